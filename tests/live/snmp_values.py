#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""snmp_values.py WALK: the pass_persist handler of a real snmpd that serves what stands in WALK below
1.3.6.1.4.1.15497, a line of `snmpwalk -On` each. A file WALK.slow holds seconds to wait before each
answer, one of WALK.loop makes it answer the same for ever."""

import bisect
import os
import re
import sys
import time

TYPES = {"INTEGER": "integer", "Gauge32": "gauge", "Counter32": "counter", "STRING": "string"}
values = []
for line in open(sys.argv[1], encoding="utf-8"):
    found = re.fullmatch(r"[.](1[.]3[.]6[.]1[.]4[.]1[.]15497[.0-9]*) = (\w+): (.*)\n", line)
    if found:
        oid = tuple(map(int, found[1].split(".")))
        values.append((oid, TYPES[found[2]], found[3].strip('"')))
values.sort()
oids = [value[0] for value in values]


def answer(command, text):
    oid = tuple(int(arc) for arc in text.strip(".").split("."))
    at = bisect.bisect_left(oids, oid) if command == "get" else bisect.bisect_right(oids, oid)
    if os.path.exists(sys.argv[1] + ".slow"):
        time.sleep(float(open(sys.argv[1] + ".slow").read()))
    if at == len(values) or (command == "get" and oids[at] != oid):
        return "NONE"
    if os.path.exists(sys.argv[1] + ".loop"):
        at = 0
    return "." + ".".join(map(str, oids[at])) + "\n" + values[at][1] + "\n" + values[at][2]


while True:
    command = sys.stdin.readline()
    if command == "":
        sys.exit(0)
    command = command.strip()
    if command == "PING":
        print("PONG", flush=True)
    elif command in ("get", "getnext"):
        print(answer(command, sys.stdin.readline().strip()), flush=True)
    else:
        print("not-writable", flush=True)
