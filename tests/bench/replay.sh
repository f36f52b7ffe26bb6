#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# replay.sh [--keep] PROGRAM: what one run of the plugin costs, from start to verdict, next to the
# same job in Perl and to a program that does nothing. README.md says how to read it. --keep writes
# the summary to tests/bench/runs/. A missed target is said, but is no failure: this is no test.
set -eu
cd "$(dirname "$0")/../.."
keep=
[ "${1-}" != --keep ] || { keep=1; shift; }
program=${1:?usage: replay.sh [--keep] PROGRAM}
rounds=${ROUNDS:-101}
export LC_ALL=C.UTF-8
unset PERL5LIB PERL5OPT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

judge=(--replay tests/scenarios/healthy -H esa1.example.com)
neighbour=tests/bench/check_asyncos.pl
cp "$program" "$(dirname "$program")/postcheck-replay" "$work"
echo 'int main(void) { return 0; }' >"$work/empty.c"
"${CC:-cc}" -O2 -o "$work/empty" "$work/empty.c"
"${CC:-cc}" -std=c11 -O2 -o "$work/measure" tests/bench/measure.c

# A race between programs that answer differently is none.
for scenario in healthy receiving-suspended clustercheck-one; do
    ours=0 theirs=0
    "$work/check_asyncos" --replay "tests/scenarios/$scenario" -H esa1.example.com >"$work/ours" || ours=$?
    "$neighbour" --replay "tests/scenarios/$scenario" -H esa1.example.com >"$work/theirs" || theirs=$?
    [ "$ours" = "$theirs" ] || {
        echo "replay.sh: $scenario: exit $ours, the Perl plugin exit $theirs" >&2
        head -n 1 "$work/ours" "$work/theirs" >&2
        exit 1
    }
done

load=$(cut -d " " -f 1 /proc/loadavg)
"$work/measure" "$rounds" "$work/check_asyncos" "${judge[@]}" -- "$neighbour" "${judge[@]}" -- \
    perl -MMonitoring::Plugin -MJSON::PP -MTime::Local -e 1 -- perl -e 1 -- "$work/empty" >"$work/figures"

instructions() { # of one run in user space; "-" where the machine does not count them
    command -v perf >/dev/null || { echo -; return; }
    perf stat -x , -e instructions:u "$@" 2>&1 >/dev/null |
        awk -F , '/instructions/ && $1 ~ /^[0-9]+$/ { printf "%.1f M", $1 / 1e6; n = 1 } END { if (!n) print "-" }' || echo -
}
{
    instructions "$work/check_asyncos" "${judge[@]}"; echo
    instructions "$neighbour" "${judge[@]}"; echo
    instructions perl -MMonitoring::Plugin -MJSON::PP -MTime::Local -e 1; echo
    instructions perl -e 1; echo
    instructions "$work/empty"; echo
} 2>/dev/null | grep . >"$work/instructions"

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
summary() {
    # shellcheck source=/dev/null
    local system=$(. /etc/os-release && echo "$PRETTY_NAME")
    echo "check_asyncos ${judge[*]}"
    echo "$(date -u +%Y-%m-%d), ${processor:-$(uname -m)}, $(nproc) cores, $system, $("${CC:-cc}" --version | sed -n '1s/^\([a-z]*\).* /\1 /p')"
    echo "$(perl -e 'print "Perl $^V"'), Monitoring::Plugin $(perl -MMonitoring::Plugin -e 'print $Monitoring::Plugin::VERSION'); $rounds interleaved rounds, medians; load before: $load"
    echo
    paste -d ' ' "$work/figures" "$work/instructions" | awk '
        BEGIN {
            split("check_asyncos|Perl plugin, same job|Perl, modules only|perl -e 1|empty C program", name, "|")
            form = "%-22s %8s %8s %8s %8s %8s %13s\n"
            printf form, "", "CPU ms", "least", "wall ms", "RSS MiB", "CPU, x", "instructions"
        }
        function ms(us) { return sprintf("%.2f", us / 1000) }
        {
            cpu[NR] = $1; least[NR] = $2; rss[NR] = $4
            printf form, name[NR], ms($1), ms($2), ms($3), sprintf("%.1f", $4 / 1024), sprintf("%.1f", $1 / cpu[1]), $6 (NF > 6 ? " " $7 : "")
        }
        function verdict(met, text) { print (met ? "met     " : "MISSED  ") text }
        END {
            print ""
            verdict(cpu[1] < 10000, sprintf("CPU %.2f ms, target < 10 ms", cpu[1] / 1000))
            verdict(rss[1] < 12 * 1024, sprintf("RSS %.1f MiB, target < 12 MiB", rss[1] / 1024))
            verdict(cpu[2] >= 20 * cpu[1], sprintf("%.1f x less CPU than the Perl plugin (least: %.1f x), target >= 20 x", cpu[2] / cpu[1], least[2] / least[1]))
        }'
}

summary >"$work/summary.txt"
cat "$work/summary.txt"
if [ -n "$keep" ]; then
    machine=$(echo "$(nproc)-core ${processor:-$(uname -m)}" | sed 's/([^)]*)//g; s/ CPU.*//; s/[^A-Za-z0-9]\+/-/g; s/^-//; s/-$//' | tr '[:upper:]' '[:lower:]')
    folder=tests/bench/runs/$(date -u +%Y-%m-%d)-$machine
    mkdir -p "$folder"
    cp "$work/summary.txt" "$folder/summary.txt"
    echo "written to $folder/summary.txt"
fi
