#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the tests that are lists of rules. Speaks TAP; the offenders of a rule stand behind it.
number=0 failed=0

rule() { # rule NAME COMMAND…: ok when the command prints nothing
    local name=$1 offenders
    shift
    offenders=$("$@" 2>&1)
    number=$((number + 1))
    if [ -z "$offenders" ]; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        printf '%s\n' "$offenders" | head -n 40 | sed 's/^/# /'
    fi
}
skip() { number=$((number + 1)) && echo "ok $number - $1 # SKIP $2"; }
done_testing() { # the plan, and how it went
    echo "1..$number"
    exit "$failed"
}
