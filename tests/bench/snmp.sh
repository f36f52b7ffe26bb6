#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# snmp.sh [BUILD [APPLIANCES]]: `postcheck poll` walks so many appliances, all of them one real snmpd
# that holds the values itself, by v2c and by v3; beside a shell loop of net-snmp's snmpbulkwalk that
# asks a tenth of them the same. Takes a minute; never part of `make test`.
set -eu
build=$(realpath "${1:-build}") count=${2:-1000}
cd "$(dirname "$0")/../.."
export MIBS='' LC_ALL=C
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT
umask 077
. tests/snmpd.sh
port=$(snmpd_port)
walk=tests/scenarios/snmp-healthy/esa2.example.com/snmp/walk.txt
{
    printf '%s\n' "agentaddress udp:127.0.0.1:$port" 'rocommunity sesame 127.0.0.1' 'createUser v3get SHA open-sesame AES' \
        'rouser v3get priv' 'sysObjectID .1.3.6.1.4.1.15497.1.1' \
        "sysDescr $(sed -n '1s/.*STRING: "\(.*\)"/\1/p' "$walk")"
    snmpd_values "$walk"
} >"$work/snmpd.conf"
SNMP_PERSISTENT_DIR=$work snmpd -f -C -c "$work/snmpd.conf" -Le >"$work/log" 2>&1 &
pid=$!
until snmpget -v2c -c sesame -t 0.2 -r 0 "127.0.0.1:$port" .1.3.6.1.2.1.1.3.0 >/dev/null 2>&1; do
    kill -0 "$pid" || { cat "$work/log" && exit 1; }
done
printf '* v3get open-sesame\n* community sesame\n' >"$work/credentials"

seconds() { # seconds COMMAND…: wall time, and that of all processors
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }'
}
poll() { # poll VERSION USER
    {
        printf '[defaults]\ncredentials_file = %s\ncache_dir = %s\nsnmp = %s\nsnmp_user = %s\nsnmp_port = %s\n' \
            "$work/credentials" "$work" "$1" "$2" "$port"
        for ((i = 0; i < count; i++)); do
            printf '[node n%d.example.com]\nrole = esa\naddress = 127.0.0.1\n' "$i"
        done
    } >"$work/ini"
    "$build/postcheck" -f "$work/ini" poll -C hardware,resources,updates --state "$work/state" --no-progress --output "$work/text"
    [ "$(jq '[.results[] | select(.state == "ok")] | length' "$work/state")" = $((3 * count)) ]
}
loop() { # a shell asks a tenth of them
    for ((i = 0; i < count / 10; i++)); do
        for root in .1.3.6.1.2.1.1 .1.3.6.1.4.1.15497; do
            snmpbulkwalk -Cr40 -On "$@" "127.0.0.1:$port" "$root"
        done
    done
}
show() { # show WHAT TIMES SECONDS CPU
    awk -v what="$1" -v n="$2" -v s="$3" -v c="$4" \
        'BEGIN { printf "%-28s %7.1f a second, %6.2f ms of processor each\n", what, n / s, 1000 * c / n }'
}
printf '%s, %s cores, %s\n' "$(uname -sm)" "$(nproc)" "$(snmpget -V 2>&1)"
for way in '2c community -v2c -c sesame' '3 v3get -v3 -u v3get -l authPriv -a SHA -A open-sesame -x AES -X open-sesame'; do
    read -r version user rest <<<"$way"
    read -r s c <<<"$(seconds poll "$version" "$user")"
    show "postcheck poll, v$version" "$count" "$s" "$c"
    # shellcheck disable=SC2086  # words on purpose
    read -r ls lc <<<"$(seconds loop $rest)"
    show "snmpbulkwalk twice, v$version" $((count / 10)) "$ls" "$lc"
    awk -v p="$s" -v l="$ls" 'BEGIN { printf "ratio of time, v'"$version"': %.2f\n", p / (10 * l) }'
done
