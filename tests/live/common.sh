#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the tests against real servers. They run on loopback, on ports that were free a moment
# ago, in a private folder, and are stopped by the process id that was started.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C.UTF-8 TZ=UTC PATH=$PATH:/usr/sbin:/sbin
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}
unset SSH_AUTH_SOCK CREDENTIALS_DIRECTORY CACHE_DIRECTORY POSTCHECK_CONFIG NGINX
build=$(realpath "${1:-build}")
check=$build/check_asyncos
simulator=$build/appliance
work=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}
trap stop EXIT
. tests/tap.sh

needs() { # needs PROGRAM…: all of the test is skipped where one is not installed
    for program in "$@"; do
        command -v "$program" >/dev/null || { skip "$program" "not installed: make deps" && done_testing; }
    done
}

free_ports() { # free_ports N: different ports that nobody has, one per line
    python3 -c 'import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
[s.bind(("127.0.0.1", 0)) for s in held]
[print(s.getsockname()[1]) for s in held]' "$1"
}

until_true() { # until_true PID COMMAND…: waits until COMMAND is true. False when PID ended before
    local pid=$1 limit=$((SECONDS + ${patience-20}))
    shift
    until "$@" 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$limit" ] || return 1
        read -rt 0.02 <>"$work/never"
    done
    return 0
}
mkfifo "$work/never"

to_now() { # to_now SCENARIO: a filter that moves the times of a scenario's documents to now
    local newest
    newest=$(jq -r '[.documents[].taken_at] | max | fromdate' "tests/scenarios/$1/capture.json")
    "$simulator" --shift "$(($(date +%s) - newest))"
}

expect() { # expect CODE TEXT COMMAND…: exit code, and TEXT (extended expression) in the output
    local code=$1 text=$2 found=0 output
    shift 2
    output=$("$@" 2>&1) || found=$?
    [ "$found" = "$code" ] && grep -qE -- "$text" <<<"$output" ||
        printf 'exit %s, wanted %s and /%s/ of: %s\n%s\n' "$found" "$code" "$text" "$*" "$output"
}
same() { # same WANTED FOUND [FILE…]: nothing when equal, else both and the files
    [ "$1" = "$2" ] && return
    printf 'wanted %s, found %s\n' "$1" "$2"
    shift 2
    [ "$#" -eq 0 ] || cat "$@"
}
