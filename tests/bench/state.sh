#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# state.sh [--keep] [BUILD [COPIES]]: one `postcheck poll` of 3 x COPIES simulated appliances, then each of
# its results served as a service check of its own by `check_asyncos --state`, in turn with check_dummy
# of monitoring-plugins, a program that does nothing with its arguments. README.md says how to read it.
# A missed target is said, but is no failure: this is no test.
set -eu
cd "$(dirname "$0")/../.."
keep=
[ "${1-}" != --keep ] || { keep=1; shift; }
build=$(realpath "${1:-build}")
simulator=$build/appliance
export LC_ALL=C.UTF-8
dummy=/usr/lib/nagios/plugins/check_dummy
[ -x "$dummy" ] || { echo "state.sh: needs the Debian package monitoring-plugins-basic" >&2; exit 1; }
. tests/sim.sh
work=$(mktemp -d)
trap 'sim_stop || true; rm -rf "$work"' EXIT
sim_start "$work/sim" --scenario tests/scenarios/healthy --copies "${2:-358}"
code=0
"$build/postcheck" -f "$work/sim/postcheck.ini" poll --no-progress --state "$work/state.json" >"$work/table" || code=$?
[ -s "$work/state.json" ] || { cat "$work/table" >&2; exit 1; }
sim_stop
"${CC:-cc}" -std=c11 -O2 -o "$work/measure" tests/bench/measure.c
echo 'int main(void) { return 0; }' >"$work/empty.c"
"${CC:-cc}" -O2 -o "$work/empty" "$work/empty.c"
load=$(cut -d " " -f 1 /proc/loadavg)
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)

# One service in the middle, run after run; and the same from the report alone.
cp "$work/state.json" "$work/alone.json"
host=$(jq -r '.results[(.results | length) / 2].node' "$work/state.json")
state=("$build/check_asyncos" --max-age 2h -H "$host" -C status --state)
"$work/measure" 501 "${state[@]}" "$work/state.json" -- "$dummy" 0 OK -- "$work/empty" >"$work/one"
"$work/measure" 11 "${state[@]}" "$work/alone.json" >"$work/whole"

summary() {
    # shellcheck source=/dev/null
    local system=$(. /etc/os-release && echo "$PRETTY_NAME")
    echo "check_asyncos --state, one state file of a fleet; next to check_dummy $("$dummy" -V | sed 's/.*(\(.*\))/\1/')"
    echo "$(date -u +%Y-%m-%d), ${processor:-$(uname -m)}, $(nproc) cores, $system; load before: $load"
    python3 - "$build/check_asyncos" "$dummy" "$work" <<'PYTHON'
import json, os, resource, statistics, sys, time

plugin, dummy, work = sys.argv[1:]
state = f"{work}/state.json"
with open(state, encoding="utf-8") as f:
    report = json.load(f)
code_of = {"ok": 0, "not_applicable": 0, "warning": 1, "critical": 2, "unknown": 3, "pending": 3}
services = [(r["node"], r["check"], code_of[r["state"]]) for r in report["results"]]
null = os.open("/dev/null", os.O_WRONLY)


def run(commands):
    """Runs them one after the other: seconds, CPU seconds, exit codes."""
    before, begin, codes = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), []
    for argv in commands:
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    return end - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, codes


ours, theirs = [], []
for at in range(0, len(services), 500):
    part = services[at:at + 500]
    wall, cpu, codes = run([[plugin, "--state", state, "--max-age", "2h", "-H", n, "-C", c] for n, c, _ in part])
    wrong = [s for s, code in zip(part, codes) if s[2] != code]
    if wrong:
        sys.exit(f"state.sh: {len(wrong)} services exit otherwise than the report says, such as {wrong[0]}")
    ours.append((wall / len(part), cpu / len(part)))
    wall, cpu, _ = run([[dummy, "0", "OK"]] * len(part))
    theirs.append((wall / len(part), cpu / len(part)))

size, index = os.path.getsize(state), os.path.getsize(state + ".index")
print(f"{len(report['nodes'])} appliances, {len(services)} services; state {size / 1e6:.1f} MB, index {index / 1e3:.0f} kB")
print(f"\nEach service once, one after the other, in turn with check_dummy ({len(ours)} parts, medians)\n")
print(f"{'':22}{'checks/s':>9}{'CPU ms':>9}{'CPU, x':>9}")
floor = statistics.median(c for _, c in theirs)
for name, rows in (("check_asyncos --state", ours), ("check_dummy", theirs)):
    wall, cpu = (statistics.median(column) for column in zip(*rows))
    print(f"{name:22}{1 / wall:9.0f}{cpu * 1e3:9.2f}{cpu / floor:9.2f}")
ratio = statistics.median(a[1] / b[1] for a, b in zip(ours, theirs))

print("\nOne service again and again, on one core (medians; least)\n")
print(f"{'':22}{'CPU ms':>9}{'least':>9}{'wall ms':>9}{'RSS MiB':>9}{'CPU, x':>9}")
with open(f"{work}/one") as f, open(f"{work}/whole") as g:
    rows = [[int(n) for n in line.split()] for line in f.readlines() + g.readlines()]
names = "check_asyncos --state", "check_dummy", "empty C program", "without the index"
for name, row in zip(names, rows):
    print(f"{name:22}{row[0] / 1e3:9.2f}{row[1] / 1e3:9.2f}{row[2] / 1e3:9.2f}{row[3] / 1024:9.1f}{row[0] / rows[1][0]:9.2f}")
print(f"\n{'met     ' if ratio <= 3 else 'MISSED  '}{ratio:.2f} x the CPU of check_dummy for a service, target <= 3 x")
PYTHON
}
summary >"$work/summary.txt"
cat "$work/summary.txt"
if [ -n "$keep" ]; then
    machine=$(echo "$(nproc)-core ${processor:-$(uname -m)}" | sed 's/([^)]*)//g; s/ CPU.*//; s/[^A-Za-z0-9]\+/-/g; s/^-//; s/-$//' | tr '[:upper:]' '[:lower:]')
    folder=tests/bench/runs/$(date -u +%Y-%m-%d)-$machine
    mkdir -p "$folder"
    cp "$work/summary.txt" "$folder/state.txt"
    echo "written to $folder/state.txt"
fi
