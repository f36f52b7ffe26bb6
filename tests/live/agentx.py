# SPDX-License-Identifier: GPL-3.0-or-later
"""agentx.py STATE MAP BASE <WALK: prints what a numeric hexadecimal walk has else than the state file.

Every cell of every table is computed here again, from the report and the file of numbers alone.
"""

import json
import sys
from datetime import datetime, timezone

STATES = ["ok", "warning", "critical", "unknown", "pending", "not_applicable"]
BADNESS = ["not_applicable", "ok", "pending", "unknown", "warning", "critical"]
NONE = 4294967295


def walked(lines, base):
    """{oid behind the base: value}; text as str, a date as bytes of 8, a number as int."""
    cells, last = {}, None
    for line in lines:
        if line.startswith("." + base + "."):
            last, _, value = line.rstrip("\n").partition(" = ")
            cells[last] = value
        elif last is not None:
            cells[last] += " " + line.strip()
    found = {}
    for name, value in cells.items():
        kind, _, rest = value.partition(": ")
        oid = name[len(base) + 2:]
        if kind == "Hex-STRING":
            found[oid] = bytes.fromhex(rest.replace(" ", ""))
        elif value.strip() == '""':
            found[oid] = b""
        else:
            found[oid] = int(rest)
    return found


def date(text):
    if text is None:
        return bytes(8)
    t = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return t.year.to_bytes(2, "big") + bytes([t.month, t.day, t.hour, t.minute, t.second, 0])


def state(word):
    return STATES.index(word) + 1


def cut(text):
    data = (text or "").encode()
    if len(data) <= 252:
        return data
    data = data[:252]
    while True:
        try:
            data.decode()
            return data + "…".encode()
        except UnicodeDecodeError:
            data = data[:-1]


def value(metrics):
    text = ""
    for metric in metrics:
        name = metric["name"] + (f"[{metric['instance']}]" if metric["instance"] else "")
        number = metric["value"]
        shown = str(int(number)) if number == int(number) else f"{number:.3f}"
        more = text + (" " if text else "") + f"{name}={shown}{metric['unit']}"
        if len(more.encode()) > 252:
            break
        text = more
    return text.encode()


def utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(cells, oid, moment):
    """Ages go on while we look: each must be what the clock says, give or take."""
    if moment is None:
        return NONE
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    wanted = int((now - datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")).total_seconds())
    found = cells.get(oid)
    return found if isinstance(found, int) and abs(found - wanted) <= 10 else wanted


def wanted_cells(report, numbers, cells):
    want = {}
    nodes, results = report["nodes"], report["results"]
    newest = max((r["taken_at"] for r in results if r["taken_at"]), default=report["run"]["ended_at"])
    seen = numbers["seen"]

    def row(table, index, values):
        for column, content in values.items():
            want[f"1.{table}.1.{column}.{index}"] = content

    for node in nodes:
        number = numbers["appliances"][node["name"]]
        own = [r for r in results if r["node"] == node["name"]]
        run = max((r["taken_at"] for r in own if r["taken_at"]), default=None)
        row(2, number, {
            2: node["name"].encode(), 3: {"esa": 1, "sma": 2}[node["role"]],
            4: cut(node["model"]), 5: cut(node["serial"]), 6: cut(node["cluster"]), 7: cut(node["sma"]),
            8: cut(node["version"]["before"]), 9: cut(node["version"]["after"]),
            10: cut(node["version"]["expected"]), 11: state(node["state"]),
            12: date(utc(seen["states"]["appliance\t" + node["name"]][2])),
            13: date(run), 14: age(cells, f"1.2.1.14.{number}", run)})
        row(2, number, {15 + i: sum(r["state"] == s for r in own) for i, s in enumerate(STATES)})
    alerts, settings = 0, {}
    for result in results:
        node, check = result["node"], result["check"]
        index = f"{numbers['appliances'][node]}.{numbers['checks'][check]}"
        now, before, since = seen["states"][f"check\t{node}\t{check}"]
        assert now == state(result["state"])
        row(3, index, {
            2: check.encode(), 3: now, 4: before or 4, 5: date(utc(since)), 6: date(result["taken_at"]),
            7: age(cells, f"1.3.1.7.{index}", result["taken_at"]),
            8: NONE if result["duration_ms"] is None else result["duration_ms"],
            9: value(result["metrics"]), 10: cut(result["summary"])})
        for i, finding in enumerate(result["findings"]):
            same = sum(f["subject"] == finding["subject"] for f in result["findings"][:i])
            subject = cut(finding["subject"]).decode()
            if finding["state"] in ("warning", "critical", "unknown") and not finding.get("follows"):
                number, raised = seen["alerts"][f"{node}\t{check}\t{same}\t{subject}"]
                alerts += 1
                row(4, number, {
                    2: numbers["appliances"][node], 3: numbers["checks"][check], 4: node.encode(),
                    5: check.encode(), 6: 2 if finding["waiver"] else state(finding["state"]),
                    7: date(utc(raised)), 8: 1 if finding["waiver"] else 2, 9: subject.encode(),
                    10: cut(finding["text"])})
            if check == "clustercheck" and finding["state"] == "critical" and finding["wanted"]:
                level = 4
                for place, word in enumerate(("cluster", "group", "machine"), 1):
                    if f" differs at {word} " in finding["text"].lower():
                        level = place
                for cluster in report["clusters"]:
                    if node in cluster["members"]:
                        settings.setdefault((cluster["name"], f"{level}\t{same}\t{subject}"), (level, subject, finding, node))
    for cluster in report["clusters"]:
        number = numbers["clusters"][cluster["name"]]
        row(5, number, {
            2: cut(cluster["name"]), 3: state(cluster["state"]),
            4: date(utc(seen["states"]["cluster\t" + cluster["name"]][2])), 5: len(cluster["members"]),
            6: sum(name == cluster["name"] for name, _ in settings)})
    for (cluster, key), (level, subject, finding, node) in settings.items():
        index = f"{numbers['clusters'][cluster]}.{numbers['settings'][cluster + chr(9) + key]}"
        row(6, index, {
            2: level, 3: subject.encode(), 4: cut(finding["wanted"]), 5: cut(finding["found"]), 6: node.encode(),
            7: date(utc(seen["states"][f"setting\t{cluster}\t{key}"][2]))})
    scalars = {
        4: 1, 5: b"", 6: state(max((r["state"] for r in results), key=BADNESS.index)),
        7: ["pass", "pass_with_warnings", "fail", "incomplete"].index(report["verdict"]) + 2,
        8: report["run"]["phase"].encode(), 9: date(newest), 10: age(cells, "1.1.10.0", newest), 11: len(nodes),
        18: len(results), 25: alerts, 26: len(report["clusters"]), 27: len(settings)}
    for i, word in enumerate(STATES):
        scalars[12 + i] = sum(n["state"] == word for n in nodes)
        scalars[19 + i] = report["counts"][word]
    for number, content in scalars.items():
        want[f"1.1.{number}.0"] = content
    for number in (1, 2, 3, 28, 29, 30, 31, 32):  # of the process: only that they are there
        want[f"1.1.{number}.0"] = cells.get(f"1.1.{number}.0", "a value")
    return want


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        numbers = json.load(file)
    cells = walked(sys.stdin, sys.argv[3])
    want = wanted_cells(report, numbers, cells)
    for oid in sorted(want.keys() | cells.keys()):
        if want.get(oid) != cells.get(oid):
            print(f"{oid}: wanted {want.get(oid)!r}, found {cells.get(oid)!r}")


main()
