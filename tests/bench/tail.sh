#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tail.sh [--keep] [BUILD]: from write() to line, and what it costs: plugin/tail on a file, on a pipe,
# and behind `tail -F`, at 10, 1,000 and 20,000 lines/s, in turn. --keep writes the summary to
# tests/bench/runs/. A missed target is said, but is no failure: this is no test.
set -eu
cd "$(dirname "$0")/../.."
keep=
[ "${1-}" != --keep ] || { keep=1; shift; }
build=${1:-build}
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3}
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -I. -O2)
"${CC:-cc}" "${flags[@]}" -o "$work/writer" tests/bench/tail_writer.c
"${CC:-cc}" "${flags[@]}" -o "$work/reader" tests/bench/tail_reader.c "$build/plugin.a" "$build/checks.a" -ljansson -lm
log=$work/mail.current

cpu_of() { awk '{ print $1 }' "/proc/$1/schedstat"; } # nanoseconds
begun() { until [ -n "$(ls "$work/reader.out" 2>/dev/null)" ] && grep -q "^inotify wd" /proc/"$1"/fdinfo/* 2>/dev/null; do sleep 0.01; done; }
follow() { # follow KIND RATE: a line "count p50 p99 max cpu% wakes/s", and the CPU % of tail
    local lines=$(($2 * seconds)) reader neighbour=0 start
    : >"$log"
    start=$(date +%s%N)
    case $1 in
    file)
        "$work/reader" "$log" >"$work/reader.out" & reader=$!
        begun $reader
        "$work/writer" "$log" "$2" "$lines"
        ;;
    pipe) "$work/writer" - "$2" "$lines" pipe | "$work/reader" - >"$work/reader.out" & reader=$! ;;
    tail)
        mkfifo "$work/fifo"
        exec 9<>"$work/fifo" # else tail ends with the reader, and nobody knows what it cost
        tail -F -n +1 "$log" >"$work/fifo" 2>/dev/null 9>&- & neighbour=$!
        "$work/reader" - <"$work/fifo" >"$work/reader.out" & reader=$!
        begun $neighbour
        "$work/writer" "$log" "$2" "$lines"
        ;;
    esac
    wait $reader
    if [ $neighbour = 0 ]; then
        echo "$(cat "$work/reader.out") 0"
    else
        echo "$(cat "$work/reader.out") $(cpu_of $neighbour) $start $(date +%s%N)" |
            awk '{ printf "%s %s %s %s %s %s %.2f\n", $1, $2, $3, $4, $5, $6, 100 * $7 / ($9 - $8) }'
        kill $neighbour
        wait $neighbour 2>/dev/null || true
        exec 9>&-
        rm "$work/fifo"
    fi
}

for ((round = 0; round < rounds; round++)); do
    for rate in 10 1000 20000; do
        for kind in file pipe tail; do
            echo "$kind $rate $(follow $kind $rate)" >>"$work/figures"
        done
    done
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
summary() {
    # shellcheck source=/dev/null
    echo "$(date -u +%Y-%m-%d), ${processor:-$(uname -m)}, $(nproc) cores, $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r), $(tail --version | head -n 1)"
    echo "$rounds interleaved rounds of $seconds s, medians; 93-byte lines, one write() each; load: $(cut -d ' ' -f 1 /proc/loadavg)"
    echo
    awk '
        function median(key, what,    n, i, j, v, t) {
            n = count[key]
            for (i = 1; i <= n; i++) v[i] = value[key, what, i]
            for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
            return v[int((n + 1) / 2)]
        }
        { key = $1 " " $2; n = ++count[key]; for (i = 4; i <= 9; i++) value[key, i, n] = $i }
        function verdict(met, text) { print (met ? "met     " : "MISSED  ") text }
        END {
            split("file pipe tail", kinds, " "); split("10 1000 20000", rates, " ")
            name["file"] = "plugin/tail on the file"; name["pipe"] = "plugin/tail on a pipe"; name["tail"] = "tail -F | plugin/tail"
            form = "%-24s %8s %8s %8s %10s %10s %9s\n"
            printf form, "", "lines/s", "p50 us", "p99 us", "CPU %", "+ tail %", "wakes/s"
            for (r = 1; r <= 3; r++) for (k = 1; k <= 3; k++) {
                key = kinds[k] " " rates[r]
                printf form, name[kinds[k]], rates[r], median(key, 4), median(key, 5), median(key, 7), kinds[k] == "tail" ? median(key, 9) : "", median(key, 8)
            }
            print ""
            p50 = median("file 1000", 4); p99 = median("file 1000", 5); cpu = median("file 1000", 7)
            verdict(p50 <= 200, "1,000 lines/s: p50 " p50 " us, target <= 200 us")
            verdict(p99 <= 1000, "1,000 lines/s: p99 " p99 " us, target <= 1,000 us")
            verdict(cpu <= 2.5, "1,000 lines/s: " cpu " % of a core, target <= 2.5 %")
        }' "$work/figures"
}
summary >"$work/summary.txt"
cat "$work/summary.txt"
if [ -n "$keep" ]; then
    machine=$(echo "$(nproc)-core ${processor:-$(uname -m)}" | sed 's/([^)]*)//g; s/ CPU.*//; s/[^A-Za-z0-9]\+/-/g; s/^-//; s/-$//' | tr '[:upper:]' '[:lower:]')
    folder=tests/bench/runs/$(date -u +%Y-%m-%d)-$machine
    mkdir -p "$folder"
    cp "$work/summary.txt" "$folder/tail.txt"
    echo "written to $folder/tail.txt"
fi
