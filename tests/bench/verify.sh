#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# verify.sh [--keep] [--instructions] BUILD: what it costs to judge a recorded fleet of 220 appliances with all
# checks, beside programs that only read, copy or hash the same files; and how much of that is evaluation
# (parsing, checks, comparison, time lines: judge.c). README.md says how to read it.
# --keep writes the summary to tests/bench/runs/; --instructions says where the time goes (callgrind,
# minutes). A missed target is said, but is no failure: this is no test.
set -eu
cd "$(dirname "$0")/../.."
keep='' instructions=''
while [[ ${1-} == --* ]]; do
    case $1 in
    --keep) keep=1 ;;
    --instructions) instructions=1 ;;
    *) echo "verify.sh: $1?" >&2 && exit 1 ;;
    esac
    shift
done
build=$(realpath "${1:-build}")
rounds=${ROUNDS:-9}
export LC_ALL=C.UTF-8
room=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || [ "$(df --output=avail -m /dev/shm | tail -n 1)" -lt 2000 ] || room=/dev/shm
work=$(mktemp -d "$room/postcheck-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -std=c11 -O2 -o "$work/measure" tests/bench/measure.c

# Twenty clusters of ten gateways, each with its manager.
FLEET_CLUSTERS=$(printf 'c%s ' {a..t}) tests/scenarios/fleet20.sh "$work"
postcheck=$build/postcheck-live # what postcheck becomes for these commands
judge=("$postcheck" verify --replay "$work/after" --baseline "$work/before")
"${judge[@]}" --run-dir "$work/run" >/dev/null || true
jq -e '.verdict == "pass" and (.nodes | length) == 220' "$work/run/report.json" >/dev/null ||
    { echo "verify.sh: the fleet does not pass: a race between programs that do other things is none" >&2 && exit 1; }
"$postcheck" audit "$work/run" >/dev/null
nodes=220 answers=$(jq '.results | length' "$work/run/report.json")
find "$work/run" -type f -size -32M -print0 >"$work/files"
find "$work/run" -name '*.json' ! -name 'report.json' -print0 >"$work/json"
printf '%s' "find '$work/run' -type f -print0 | xargs -0 sha256sum" >"$work/hash"
echo "rm -rf '$work/copy'; cp -r '$work/after' '$work/copy'; cp -r '$work/before' '$work/copy/baseline'" >"$work/copying"
echo "rm -rf '$work/again'; exec ${judge[*]} --run-dir '$work/again'" >"$work/verifying"
echo "xargs -0 cat <'$work/files'" >"$work/reading"
echo "xargs -0 jq . <'$work/json'" >"$work/parsing"

load=$(cut -d " " -f 1 /proc/loadavg)
"$work/measure" "$rounds" sh "$work/verifying" -- "$postcheck" audit "$work/run" -- "$postcheck" report "$work/run" --format text -- \
    sh "$work/copying" -- sh "$work/hash" -- sh "$work/reading" -- sh "$work/parsing" >"$work/figures"

for ((i = 0; i < rounds; i++)); do "$build/judge" "$work/run"; done >"$work/judged"

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
summary() {
    # shellcheck source=/dev/null
    local system=$(. /etc/os-release && echo "$PRETTY_NAME")
    echo "verify --replay, $nodes appliances, $answers answers, $(tr -dc '\0' <"$work/files" | wc -c) files, $(du -sm --apparent-size "$work/run" | cut -f 1) MiB"
    echo "$(date -u +%Y-%m-%d), ${processor:-$(uname -m)}, $(nproc) cores, $system, $rounds interleaved rounds, medians; load before: $load"
    echo
    awk -v nodes="$nodes" -v answers="$answers" '
        BEGIN {
            split("verify --replay|audit|report, as text|cp -r, both captures|sha256sum of all files|cat of all files|jq of the JSON answers", name, "|")
            form = "%-24s %9s %9s %9s %9s %12s %12s\n"
            printf form, "", "CPU ms", "least", "wall ms", "RSS MiB", "ms a node", "us an answer"
        }
        {
            cpu[NR] = $1; rss[NR] = $4
            printf form, name[NR], sprintf("%.0f", $1 / 1000), sprintf("%.0f", $2 / 1000), sprintf("%.0f", $3 / 1000), sprintf("%.1f", $4 / 1024),
                sprintf("%.2f", $1 / 1000 / nodes), sprintf("%.0f", $1 / answers)
        }
        ' "$work/figures"
    # The middle and the least of the rounds: CPU of reading the folder, and of evaluating what was read.
    awk '
        function middle(of, n) { return n % 2 ? of[(n + 1) / 2] : (of[n / 2] + of[n / 2 + 1]) / 2 }
        { read[NR] = $1 / 1000; judged[NR] = $2 / 1000 }
        END {
            n = asort_(read, NR); asort_(judged, NR)
            printf "\nof that, a node:   reading its documents %.2f ms (least %.2f)\n", middle(read, n), read[1]
            each = middle(judged, n)
            printf "%s      evaluation %.2f ms (least %.2f), target < 1 ms\n", each < 1 ? "met    " : "MISSED ", each, judged[1]
        }
        function asort_(of, n,   i, j, v) {
            for (i = 2; i <= n; i++) { v = of[i]; for (j = i - 1; j >= 1 && of[j] > v; j--) of[j + 1] = of[j]; of[j + 1] = v }
            return n
        }' "$work/judged"
}
profile() { # shares of all instructions, inclusive: what a function and all that it calls take
    valgrind --tool=callgrind --callgrind-out-file="$work/profile" "${judge[@]}" --run-dir "$work/profiled" >/dev/null 2>"$work/valgrind" || true
    callgrind_annotate --inclusive=yes --threshold=100 "$work/profile" 2>/dev/null | awk -v nodes="$nodes" '
        BEGIN { n = split("cmd_verify judge_node capture_load redact_log_document record_node proof_judge proof_seal sums_write sums_copy render_json_print render_html_print", want, " ") }
        /PROGRAM TOTALS/ { gsub(",", "", $1); total = $1; printf "\n%.1f million instructions a node, of these\n", total / nodes / 1e6 }
        match($0, /[a-z_0-9]+ \[/) {
            f = substr($0, RSTART, RLENGTH - 2); v = $1; gsub(",", "", v)
            if (!(f in seen)) for (i = 1; i <= n; i++) if (f == want[i]) { seen[f] = 1; printf "  %5.1f %%  %s\n", 100 * v / total, f }
        }'
}
summary | tee "$work/summary"
[ -z "$instructions" ] || profile | tee -a "$work/summary"
if [ -n "$keep" ]; then
    machine=$(echo "$(nproc)-core ${processor:-$(uname -m)}" | sed 's/([^)]*)//g; s/ CPU.*//; s/[^A-Za-z0-9]\+/-/g; s/^-//; s/-$//' | tr '[:upper:]' '[:lower:]')
    to=tests/bench/runs/$(date -u +%Y-%m-%d)-$machine
    mkdir -p "$to"
    cp "$work/summary" "$to/verify.txt"
    echo "kept in $to/verify.txt"
fi
