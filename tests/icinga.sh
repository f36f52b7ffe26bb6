#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced behind live/common.sh by the tests that need a real Icinga 2. An instance is a folder: all that it
# reads and writes is there, the port is one that was free, and it runs as the caller. What is asked of it
# goes to the very daemon of that folder: nobody else has a certificate of its CA.
#
#   icinga_new DIR CN [CADIR]       folders, a port, a certificate of its own CA or of that of CADIR
#   icinga_conf DIR <<END           icinga2.conf: its name, library, checker, API; then what stdin says
#   icinga_check DIR                validates
#   icinga_start DIR                starts it and waits for its API: outside of a rule. False: it did not come up
#   icinga_stop DIR [SIGNAL]        ends it, and every process that it has started; icinga_end: all below $work
#   icinga_call DIR USER:PASS PATH [JSON]    GET, or POST of JSON. False with nothing: refused
#   icinga_list DIR                 its objects, as `icinga2 object list` shows them after icinga_check
#
# A second daemon, a satellite: icinga_new B sat.test A, with ICINGA_ZONES as zones and endpoints of both
# (icinga_port DIR is the port of one), then icinga_conf B, icinga_start B before icinga_start A.
# shellcheck disable=SC2034
export ICINGA2_USER ICINGA2_GROUP
ICINGA2_USER=$(id -un) ICINGA2_GROUP=$(id -gn)

icinga_defines() { # icinga_defines DIR: into the array `defines`
    defines=(-D "ConfigDir=$1/etc" -D "ZonesDir=$1/etc/zones.d" -D "DataDir=$1/data" -D "LogDir=$1/log"
        -D "CacheDir=$1/cache" -D "SpoolDir=$1/spool" -D "InitRunDir=$1/run")
}
icinga_port() { cat "$1/port"; }
icinga_url() { echo "https://$(cat "$1/cn"):$(icinga_port "$1")"; }

icinga_new() {
    local dir=$1 cn=$2 ca=${3-$1} sub defines
    for sub in etc/zones.d data/certs log cache spool run; do mkdir -p "$dir/$sub"; done
    echo "$cn" >"$dir/cn"
    free_ports 1 >"$dir/port"
    {
        icinga_defines "$dir"
        { [ "$ca" != "$dir" ] || icinga2 pki new-ca "${defines[@]}"; } &&
            icinga2 pki new-cert --cn "$cn" --key "$dir/data/certs/$cn.key" --csr "$dir/data/certs/$cn.csr" "${defines[@]}" &&
            icinga_defines "$ca" &&
            cp "$dir/data/certs/$cn.csr" "$ca/data/$cn.csr" &&
            icinga2 pki sign-csr --csr "$ca/data/$cn.csr" --cert "$ca/data/$cn.crt" "${defines[@]}" &&
            cp "$ca/data/$cn.crt" "$dir/data/certs/$cn.crt" &&
            cp "$ca/data/ca/ca.crt" "$dir/data/certs/ca.crt"
    } >"$dir/pki" 2>&1 || cat "$dir/pki"
}

icinga_conf() { # ICINGA_ZONES in place of an endpoint and zone of its own
    local dir=$1
    {
        cat <<END
const NodeName = "$(cat "$dir/cn")"
const ZoneName = "n"
const PluginDir = "$build"
const PluginContribDir = PluginDir
include <itl>
object CheckerComponent "checker" { }
object ApiListener "api" {
  bind_host = "127.0.0.1"
  bind_port = $(icinga_port "$dir")
  accept_config = true
  accept_commands = true
}
object ApiUser "root" { password = "test"; permissions = [ "*" ] }
END
        if [ -n "${ICINGA_ZONES-}" ]; then
            echo "$ICINGA_ZONES"
        else
            printf 'object Endpoint NodeName { }\nobject Zone ZoneName { endpoints = [ NodeName ] }\n'
        fi
        cat
    } >"$dir/etc/icinga2.conf"
}

icinga_check() {
    local defines
    icinga_defines "$1"
    icinga2 daemon -C -c "$1/etc/icinga2.conf" "${defines[@]}"
}
icinga_list() {
    local defines
    icinga_defines "$1"
    icinga2 object list "${defines[@]}" 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g'
}

icinga_call() {
    local cn port
    cn=$(cat "$1/cn") port=$(icinga_port "$1")
    curl -sf --max-time 20 --cacert "$1/data/certs/ca.crt" --resolve "$cn:$port:127.0.0.1" -u "$2" \
        -H 'Accept: application/json' ${4+-X POST -d "$4"} "https://$cn:$port/v1/$3"
}
icinga_answers() { icinga_call "$1" root:test status/IcingaApplication >/dev/null; }

icinga_start() { # in a group of its own: it is a parent, a main process and one for what it runs
    local defines
    icinga_defines "$1"
    setsid icinga2 daemon -c "$1/etc/icinga2.conf" "${defines[@]}" >>"$1/out" 2>&1 </dev/null &
    echo $! >"$1/pid"
    icinga_pid=$!
    pids+=("$icinga_pid")
    until_true "$icinga_pid" icinga_answers "$1" || {
        tail -n 20 "$1/out"
        return 1
    }
}
icinga_gone() { ! kill -0 -- "-$1"; }
icinga_stop() {
    local pid signal=${2-TERM}
    pid=$(cat "$1/pid")
    kill "-$signal" -- "-$pid" 2>/dev/null
    { wait "$pid"; } 2>/dev/null
    until_true $$ icinga_gone "$pid"
}
icinga_end() { # those that a rule started, in a shell of its own, too
    local conf
    for conf in "$work"/*/etc/icinga2.conf; do
        [ ! -e "${conf%/etc/*}/pid" ] || icinga_stop "${conf%/etc/*}"
    done
}
