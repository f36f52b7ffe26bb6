#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs all tests against the build folder $1 and its sanitizer flavour $1/asan. Every test speaks
# TAP; the last line printed is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

count=0
start() { # start NAME COMMAND…: one source of TAP lines, left in $work under its number
    local begin=$SECONDS status=0
    echo "$1" >"$work/$count.name"
    shift
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$work/$count.out" 2>&1 </dev/null || status=$?
    echo "$status $((SECONDS - begin))" >"$work/$count.end"
}
report() { # report NUMBER: what start left there
    local out=$work/$1.out name status seconds ok bad plan
    name=$(cat "$work/$1.name")
    read -r status seconds <"$work/$1.end" || status=1 seconds=0 # it was killed
    ok=$(grep -c '^ok ' "$out")
    bad=$(grep -c '^not ok ' "$out")
    plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | tail -n 1)
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ] || [ "${plan:--1}" -ne "$ok" ]; }; then
        echo "not ok - $name: exit $status, $ok of ${plan:-?} tests reported" >>"$out"
        bad=1
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '%-44s %4d passed %3d failed  %3ds\n' "$name" "$ok" "$bad" "$seconds"
    [ "$bad" -eq 0 ] || grep -v '^ok ' "$out" | head -n "${LINES_OF_FAILURE:-80}"
}
run() { # run NAME COMMAND…: alone, for what measures time or keeps the machine busy
    count=$((count + 1))
    start "$@"
    report "$count"
}
beside() { # beside NAME COMMAND…: two of these at a time; together() waits for them and reports
    [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    count=$((count + 1))
    start "$@" &
}
together() { # together FIRST
    local i
    wait
    for ((i = $1; i <= count; i++)); do report "$i"; done
}

both() { # both NAME COMMAND…: with the programs of either flavour, beside each other
    beside "$1 ($build)" "${@:2}" "$build"
    beside "$1 ($build/asan)" "${@:2}" "$build/asan"
}

for folder in "$build" "$build/asan"; do
    beside "cases ($folder)" tests/cases.sh "$folder/check_asyncos"
    beside "output ($folder)" tests/output.sh "$folder/check_asyncos"
    beside "conform ($folder)" tests/conform.sh "$folder"
    beside "formats ($folder)" tests/formats.sh "$folder"
    for program in "$folder"/unit/*; do
        [ -x "$program" ] && beside "$program" "$program"
    done
done
together 1
first=$((count + 1))
both simulator tests/appliance/smoke.sh
for live in matrix run state submit satellite prometheus cores scenarios verify sshd nginx snmp maillog maillog_truth canary agentx; do
    both "live $live" "tests/live/$live.sh"
done
both deploy tests/deploy.sh
beside "live browser" tests/live/browser.sh "$build"
beside "live director" tests/live/director.sh "$build"
beside "simulated times ($build)" tests/appliance/shift_test.sh "$build/appliance"
beside "simulated times ($build/asan)" tests/appliance/shift_test.sh "$build/asan/appliance"
together "$first"
for folder in "$build" "$build/asan"; do
    for live in follow tail watch; do # these write at a pace, and want to be read at it
        run "live $live ($folder)" "tests/live/$live.sh" "$folder"
    done
done
run layers tests/layers.sh "$build"
run docs tests/docs.sh "$build"
run style tests/style.sh "$build"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
