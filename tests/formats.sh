#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# formats.sh BUILD: each output format beside a reader that is not ours: Markdown through cmark-gfm,
# JUnit through xmllint and junitparser, metrics through promtool and the OpenMetrics parser of
# prometheus_client, Checkmk's lines through the grammar of its documentation. The scenarios, reports
# built by hand (unit/test_samples), and captures as somebody hostile would write them. Speaks TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:?usage: formats.sh BUILD}")
for tool in cmark-gfm xmllint promtool; do
    command -v "$tool" >/dev/null || { echo "ok 1 - formats # SKIP $tool is not installed" && echo 1..1 && exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

/usr/bin/python3 - "$build" "$work" <<'PYTHON'
import collections, concurrent.futures, html.parser, io, itertools, json, os, re, shutil, subprocess, sys

import junitparser
from prometheus_client.openmetrics.parser import text_string_to_metric_families

build, work = sys.argv[1:3]
program, samples = f"{build}/check_asyncos", f"{build}/unit/test_samples"
SCENARIOS = "tests/scenarios"
FORMATS = "nagios", "text", "json", "markdown", "junit", "openmetrics", "checkmk"
ESA1 = "esa1.example.com"
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
numbers = itertools.count(1)
failed = 0


def run(*command, given=None, locale="C.UTF-8"):
    done = subprocess.run([str(c) for c in command], capture_output=True, timeout=60, input=given,
                          env={**os.environ, "LC_ALL": locale, "LANG": locale, "TZ": "UTC"})
    return done.returncode, done.stdout, done.stderr


class Output:
    """Everything that one report became: format -> bytes, and the exit code of each."""

    def __init__(self, name, *command, last=()):
        self.name, self.text, self.code = name, {}, {}
        self.problems = []
        for form in FORMATS:
            full = [*command, form, *last]
            code, out, err = run(*full)
            self.code[form] = code
            try:
                self.text[form] = out.decode("utf-8")
            except UnicodeDecodeError as error:
                self.text[form] = out.decode("utf-8", "replace")
                self.problems.append(f"{form}: {error}")
            if err:
                self.problems.append(f"{form}: stderr: {err[:200]}")
        try:
            self.report = json.loads(self.text["json"])
        except ValueError as error:
            self.problems.append(f"json: {error}")
            self.report = None


def of_scenario(folder, node, *more):
    return Output(f"{folder} {node}", program, "--replay", folder, "-H", node, *more, "--format")


def tap(name, problems):
    global failed
    problems = list(problems)
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {next(numbers)} - {name}", flush=True)
    for problem in problems[:12]:
        print("# " + str(problem)[:300].replace("\n", "\\n"))


def all_of(judge, outputs):
    """Problems of JUDGE(OUTPUT) over all, on all processors; one that breaks is one, too."""
    def safe(output):
        try:
            return [f"{output.name}: {problem}" for problem in judge(output)]
        except Exception as error:  # what a reader throws is what it has to say
            return [f"{output.name}: {type(error).__name__}: {error}"]
    if not outputs:
        yield "nothing was tested"
    for problems in pool.map(safe, outputs):
        yield from problems


def findings(output):
    for result in output.report["results"]:
        for finding in result["findings"]:
            yield result, finding


def told(finding):
    """Is it one that formats for people name?"""
    return finding["state"] not in ("ok", "not_applicable") or finding["explained_by"]


# --- Every format ------------------------------------------------------------------------------

def any_output(output):
    yield from output.problems
    for form in FORMATS:
        text = output.text[form]
        if output.code[form] != output.code["nagios"]:
            yield f"{form}: exit {output.code[form]}, nagios {output.code['nagios']}"
        if not text.endswith("\n"):
            yield f"{form}: does not end with a newline"
        hidden = re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", text)
        if hidden and form != "json":
            yield f"{form}: control or invisible character {hidden.group()!r}"
        if form != "json" and len(text) > 1_000_000:
            yield f"{form}: {len(text)} characters"


# --- Markdown ----------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    ALLOWED = set("h1 h2 p strong em code ul li table thead tbody tr th td".split())

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.in_code = False
        self.tags, self.attributes, self.strings, self.rows = collections.Counter(), set(), [], []
        self.marks = ""  # what GitHub and GitLab would still make mentions and references of
        self.feed(text)
        self.close()
        self.text = "".join(self.strings)

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.in_code |= tag == "code"
        self.attributes |= {name for name, _ in attributes}
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in ("td", "th"):
            self.rows[-1][-1] += 1

    def handle_data(self, data):
        self.strings.append(data)
        self.marks += "" if self.in_code else "".join(re.findall("[@#]", data))

    def handle_endtag(self, tag):
        self.in_code &= tag != "code"

    def handle_comment(self, data):
        self.tags["comment"] += 1

    handle_decl = handle_pi = unknown_decl = handle_comment


def page_of(text):
    extensions = [x for name in ("table", "autolink", "strikethrough", "tasklist") for x in ("-e", name)]
    code, out, err = run("cmark-gfm", "--unsafe", *extensions, given=text.encode())
    assert code == 0 and not err, err
    return Page(out.decode("utf-8"))


def markdown(output):
    page = page_of(output.text["markdown"])
    active = set(page.tags) - Page.ALLOWED
    if active or page.attributes or page.marks:
        yield f"marks {page.marks[:20]}, tags {sorted(active)}, attributes {sorted(page.attributes)}"
    for table in page.rows:
        if len(set(table)) != 1:
            yield f"rows of {sorted(set(table))} cells in one table"
    first = output.text["markdown"].split("\n")[0]
    if not re.fullmatch(r"# AsyncOS verification: (SUCCESSFUL( WITH ISSUES)?|UNSUCCESSFUL|INCOMPLETE)", first):
        yield f"first line '{first}'"
    if output.report and not output.name.endswith("hostile"):
        yield from markdown_says(output, page)


def markdown_says(output, page):
    """What was escaped comes out as it was."""
    if f"Verdict: {output.report['verdict']}." not in page.text:
        yield "does not say the verdict"
    for _, finding in findings(output):
        document = (finding["evidence"] or {}).get("document") or ""
        text = finding["text"].removeprefix(f"{document}: ")
        if told(finding) and text not in page.text:
            yield f"does not say '{text}'"
        for name in "wanted", "hint", "explained_by":
            if told(finding) and finding[name] and finding[name] not in page.text:
                yield f"does not say {name} '{finding[name]}'"
    for node in output.report["nodes"]:
        if node["name"] not in page.text:
            yield f"does not name {node['name']}"


# --- JUnit -------------------------------------------------------------------------------------

def kind_of(result):
    """What a pipeline makes of a result: see junit.c."""
    waived = any(f["waiver"] for f in result["findings"])
    return {"critical": "failures", "not_applicable": "skipped", "ok": "passed",
            "warning": "skipped" if waived else "passed"}.get(
                result["state"], "errors" if result.get("mandatory", True) else "skipped")


def junit(output):
    text = output.text["junit"].encode()
    code, _, err = run("xmllint", "--noout", "--nonet", "-", given=text)
    if code != 0:
        yield f"xmllint: {err.decode()}"
        return
    suites = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.fromstring(text))
    names = "tests", "failures", "errors", "skipped"
    said = [{n: getattr(s, n) for n in names} for s in [suites, *suites]]
    for suite in suites:
        suite.update_statistics()
    suites.update_statistics()
    counted = [{n: getattr(s, n) for n in names} for s in [suites, *suites]]
    if said != counted:
        yield f"says {said}, has {counted}"
    if not output.report or output.name.endswith("hostile"):
        return
    cases = {(case.classname, case.name): case for suite in suites for case in suite}
    wanted = {(r["node"], r["check"]): kind_of(r) for r in output.report["results"]}
    if set(cases) != set(wanted):
        yield f"other cases: {set(cases) ^ set(wanted)}"
        return
    for key, case in cases.items():
        found = [type(r).__name__ for r in case.result] or ["Passed"]
        if found != [{"failures": "Failure", "errors": "Error", "skipped": "Skipped", "passed": "Passed"}[wanted[key]]]:
            yield f"{key}: {found}, not {wanted[key]}"
    if counted[0]["tests"] != len(wanted):
        yield f"{counted[0]['tests']} tests, {len(wanted)} answers"
    for result, finding in findings(output):
        case = cases[result["node"], result["check"]]
        body = (case.system_out or "") + "".join(f"{r.text or ''}" for r in case.result)
        if told(finding) and finding["text"] not in body:
            yield f"does not say '{finding['text']}'"
        if finding["waiver"] and finding["waiver"]["name"] not in "".join(r.message for r in case.result):
            yield f"{result['check']}: the waiver is not named where it counts"
    seconds = sum((r["duration_ms"] or 0) for r in output.report["results"]) / 1000
    if abs(sum(case.time for case in cases.values()) - seconds) > 1e-6:
        yield f"other time than {seconds} s"


# --- OpenMetrics -------------------------------------------------------------------------------

UNITS = {"_s": ("_seconds", 1), "_days": ("_seconds", 86400), "_ratio": ("_ratio", 1), "_percent": ("_ratio", 0.01)}


def metric_name(name):
    for suffix, (long, factor) in UNITS.items():
        if name.endswith(suffix):
            return "postcheck_" + name[:-len(suffix)] + long, factor
    return "postcheck_" + name, 1


def openmetrics(output):
    text = output.text["openmetrics"]
    code, out, err = run("promtool", "check", "metrics", given=text.encode())
    if code != 0 or out or err:
        yield f"promtool: exit {code}: {(out + err).decode()}"
    families = list(text_string_to_metric_families(text))
    values = {(s.name, *sorted(s.labels.items())): s.value for f in families for s in f.samples}
    if sum(len(f.samples) for f in families) != len(values):
        yield "a sample twice"
    if not output.report or output.name.endswith("hostile"):
        return
    report = output.report
    if values.get(("postcheck_run_verdict", ("verdict", report["verdict"]))) != 1:
        yield f"verdict is not {report['verdict']}"
    for state, count in report["counts"].items():
        key = ("postcheck_waived_findings",) if state == "waived" else ("postcheck_results", ("state", state))
        if values.get(key) != count:
            yield f"{key}: {values.get(key)}, not {count}"
    for r in report["results"]:
        labels = [("check", r["check"]), ("node", r["node"])]
        on = [key[3][1] for key in values
              if key[0] == "postcheck_check_state" and list(key[1:3]) == labels and values[key] == 1]
        if on != [r["state"]]:
            yield f"{labels}: states {on}, not {r['state']}"
        told = {dict(key[1:])["finding"] for key in values
                if key[0] == "postcheck_finding_info" and {*labels} <= {*key[1:]}}
        bad = {f["text"] for f in r["findings"] if f["state"] in ("warning", "critical")}
        if told != (bad if r["check"] in ("clustercheck", "connstatus") else set()):
            yield f"{labels}: findings {told}, not {bad}"
        for m in r["metrics"]:
            name, factor = metric_name(m["name"])
            item = [] if m["instance"] is None else [("item", m["instance"])]
            found = values.get((name, *sorted(labels + item)))
            if found is None or abs(found - m["value"] * factor) > 1e-9 * abs(found):
                yield f"{name} {item}: {found}, not {m['value']} * {factor}"


# --- Checkmk -----------------------------------------------------------------------------------
# STATE "SERVICE" METRICS TEXT, one line each: "-" or METRIC=VALUE;WARN;CRIT joined by "|", a level
# being UPPER or LOWER:UPPER (docs.checkmk.com/latest/en/localchecks.html).

NUMBER = r"-?\d+(?:\.\d+)?"
LEVEL = rf"(?:{NUMBER}?:)?(?:{NUMBER})?"
METRIC = rf"[A-Za-z0-9_.-]+={NUMBER}(?:;{LEVEL};{LEVEL})?"
LOCAL = re.compile(rf'([0-3]) "([^"]+)" (-|{METRIC}(?:\|{METRIC})*) (\S.*)')


def checkmk(output):
    lines = output.text["checkmk"].splitlines()
    services = {}
    for line in lines:
        match = LOCAL.fullmatch(line)
        if match is None:
            yield f"'{line[:200]}'"
            continue
        if "|" in match[4] or re.search(r"\\(?!n)|\((?:!!?|\?|\.)\)", match[4]):
            yield f"active text '{match[4][:200]}'"
        if match[2] in services and not output.name.endswith("hostile"):
            yield f"service {match[2]} twice"
        services[match[2]] = int(match[1]), match[3]
    if not output.report or output.name.endswith("hostile"):
        return
    codes = {"ok": 0, "not_applicable": 0, "warning": 1, "critical": 2, "unknown": 3, "pending": 3}
    wanted = {f"AsyncOS {r['node']} {r['check']}": codes[r["state"]] for r in output.report["results"]}
    wanted["AsyncOS run"] = {"pass": 0, "pass_with_warnings": 1, "fail": 2, "incomplete": 3}[output.report["verdict"]]
    if {name: state for name, (state, _) in services.items()} != wanted:
        yield f"other services or states than {wanted}"
    for r in output.report["results"]:
        count = services[f"AsyncOS {r['node']} {r['check']}"][1].count("=")
        if count != len(r["metrics"]):
            yield f"{r['check']}: {count} metrics, not {len(r['metrics'])}"


# --- What is read ------------------------------------------------------------------------------

def scenario_nodes():
    for scenario in sorted(os.listdir(SCENARIOS)):
        folder = f"{SCENARIOS}/{scenario}"
        for node in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            files = [os.path.join(p, f) for p, _, names in os.walk(f"{folder}/{node}") for f in names]
            if any(not os.path.islink(f) for f in files):  # the fault is of this one
                yield folder, node


def hostile_captures():
    """A critical alert whose text tries to be more, and bytes where answers should be."""
    texts = ["<script>alert(1)</script> <img src=x onerror=alert(2)> ]]> --> </failure> &lt; &#x41;",
             "a|b | c `x` ``y`` **b** _i_ ~~s~~ [l](javascript:x) ![i](http://192.0.2.1/) <http://192.0.2.1>",
             "http://www.example.com/ www.example.com WWW.example.com mailto:a@example.com a@example.com @team #1 !2",
             "# head \\n (!!) (!) \\ \" ' $x$ ${y} {{z}} :bomb: 1. - + * > = ----- \x1b[2J\x1b]0;x\x07 \u202eabc\u200f",
             "\ufffe\uffff\U0001fffe \x00\x01\x08\x0b\x0c\x7f \x85 \u2028", "<<<local>>> %s%n '\"><svg/onload=1> 2 \"x\" - y",
             "x" * (1 << 20), "&" * 3000, "`" * 999, "@" * 200, "|" * 500, "\\" * 501]
    source = f"{SCENARIOS}/alert-critical/{ESA1}/cli/displayalerts.txt"
    with open(source, encoding="utf-8") as file:
        alerts = file.read()
    line = re.search(r"The .*|Critical.*", alerts)
    for number, text in enumerate(texts):
        yield number, "cli/displayalerts.txt", (alerts + text + "\n").replace(
            line.group(), line.group() + " " + text, 1).encode("utf-8", "surrogatepass")
        yield f"status-{number}", "cli/status.txt", f"System status: {text}\n".encode("utf-8", "surrogatepass")
    yield "bytes", "cli/version.txt", bytes(range(256)) * 40


def written(number, document, content):
    folder = f"{work}/{number}"
    shutil.copytree(f"{SCENARIOS}/alert-critical", folder)
    place = f"{folder}/{ESA1}/{document}"
    os.unlink(place)
    with open(place, "wb") as file:
        file.write(content)
    return folder


plain = [*pool.map(lambda job: of_scenario(*job), scenario_nodes())]
plain += [of_scenario(f"{SCENARIOS}/{s}", ESA1, "--baseline", f"{SCENARIOS}/before", *more)
          for s in ("healthy", "three-faults", "licence-negative") for more in ([], ["-vv"])]
plain.append(of_scenario(f"{SCENARIOS}/healthy", ESA1, "-C", "status", "-w", "uptime_s=@1.5:1000000",
                         "-c", "connections_in=2:"))
built = [Output(f"sample {name}", samples, name) for name in ("passing", "failing", "hostile")]
attacks = [*pool.map(lambda job: of_scenario(written(*job), ESA1), hostile_captures())]
for kind, outputs in ("scenarios", plain), ("reports built by hand", built), ("hostile captures", attacks):
    tap(f"{kind}: clean text and one exit code ({len(outputs)} reports)", all_of(any_output, outputs))
    tap(f"{kind}: cmark-gfm makes tables, lists and nothing active of Markdown", all_of(markdown, outputs))
    tap(f"{kind}: xmllint and junitparser count in JUnit what the report counts", all_of(junit, outputs))
    tap(f"{kind}: promtool and the OpenMetrics parser read the same numbers", all_of(openmetrics, outputs))
    tap(f"{kind}: Checkmk's lines follow its grammar, with the same states", all_of(checkmk, outputs))

seen = "".join(o.text["markdown"] for o in attacks)
tap("what is hostile did reach the formats", [w for w in ("script", "img", "example.com", "team", "bomb", "svg")
                                              if w not in seen])


# --- The readers can refuse ---------------------------------------------------------------------

def refusals():
    good = of_scenario(f"{SCENARIOS}/three-faults", ESA1)
    worse = {"markdown": ("## ", "<b onclick=x>@</b> http://192.0.2.1/ ## "), "junit": (' failures="', ' failures="9'),
             "openmetrics": ("# EOF\n", "postcheck_x 1\npostcheck_x 2\n"), "checkmk": ('"AsyncOS run"', "AsyncOS run")}
    for form, judge in (("markdown", markdown), ("junit", junit), ("openmetrics", openmetrics), ("checkmk", checkmk)):
        whole = good.text[form]
        if list(all_of(judge, [good])):
            yield f"{form}: not good to begin with"
        good.text[form] = whole.replace(*worse[form], 1)
        if good.text[form] == whole or not list(all_of(judge, [good])):
            yield f"{form}: what was broken is read without complaint"
        good.text[form] = whole


tap("each reader refuses what is wrong", refusals())


# --- The same bytes everywhere ------------------------------------------------------------------

def moved(form):
    here = [program, "--replay", f"{SCENARIOS}/three-faults", "-H", ESA1, "-w", "uptime_s=1.5", "--format", form]
    outputs = {run(*here, locale=locale)[1] for locale in ("C.UTF-8", "C", "de_DE.UTF-8", "tr_TR.UTF-8") * 2}
    return [] if len(outputs) == 1 else [f"{form}: {len(outputs)} different outputs"]


tap("two renderings are the same bytes, in any locale", itertools.chain(*map(moved, FORMATS)))
print(f"1..{next(numbers) - 1}")
sys.exit(failed > 0)
PYTHON
