#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the tests that need simulated appliances: sim_start DIR OPTION…, sim WORD…, sim_stop.
# $simulator is the program; DIR/postcheck.ini is ready when sim_start returns.

sim_start() {
    local dir=$1
    shift
    coproc SIMULATOR { exec "$simulator" --dir "$dir" "$@" 2>"$dir.log"; }
    # The names are gone once the process has ended: kept here.
    sim_pid=$SIMULATOR_PID sim_in=${SIMULATOR[1]} sim_out=${SIMULATOR[0]}
    if ! sim clear; then
        echo "the simulator did not start:" >&2
        cat "$dir.log" >&2
        return 1
    fi
}

sim() { # one line to the simulator, and its answer: "ok", or "error: …" on stderr
    local answer
    echo "$*" >&"$sim_in" 2>/dev/null && read -r -t 60 answer <&"$sim_out" || return 1
    [ "$answer" = ok ] || { echo "simulator: $*: $answer" >&2 && return 1; }
}

sim_stop() {
    [ -n "${sim_pid-}" ] || return 0
    echo quit >&"$sim_in" 2>/dev/null
    wait "$sim_pid" 2>/dev/null
    sim_status=$?
    sim_pid=
    return "$sim_status"
}
