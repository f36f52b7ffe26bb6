#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs all tests against the build folder $1 and its sanitizer flavour $1/asan. Every test speaks
# TAP; the last line printed is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
passed=0 failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
export LC_ALL=C.UTF-8
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

run() { # run NAME COMMAND…: one source of TAP lines
    local name=$1 status=0 start=$SECONDS
    shift
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$out" 2>&1 </dev/null || status=$?
    local ok bad plan
    ok=$(grep -c '^ok ' "$out")
    bad=$(grep -c '^not ok ' "$out")
    plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | tail -n 1)
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$ok" -eq 0 ] || [ "${plan:--1}" -ne "$ok" ]; }; then
        echo "not ok - $name: exit $status, $ok of ${plan:-?} tests reported" >>"$out"
        bad=1
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '%-44s %4d passed %3d failed  %3ds\n' "$name" "$ok" "$bad" $((SECONDS - start))
    [ "$bad" -eq 0 ] || grep -v '^ok ' "$out" | head -n "${LINES_OF_FAILURE:-80}"
}

for folder in "$build" "$build/asan"; do
    for program in "$folder"/unit/*; do
        [ -x "$program" ] && run "$program" "$program"
    done
    run "cases ($folder)" tests/cases.sh "$folder/check_asyncos"
    run "output ($folder)" tests/output.sh "$folder/check_asyncos"
    run "simulator ($folder)" tests/appliance/smoke.sh "$folder"
    run "simulated times ($folder)" tests/appliance/shift_test.sh "$folder/appliance"
    for live in matrix run scenarios sshd nginx maillog maillog_truth follow tail canary; do
        run "live $live ($folder)" "tests/live/$live.sh" "$folder"
    done
done
run layers tests/layers.sh "$build"
run docs tests/docs.sh "$build"
run style tests/style.sh "$build"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
