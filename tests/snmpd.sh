#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: a real snmpd of net-snmp that serves the values of an appliance, on loopback.

snmpd_port() { # a UDP port that nobody had a moment ago
    python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
snmpd_answers() { MIBS='' snmpget -v2c -c sesame -t 0.5 -r 0 "127.0.0.1:$1" .1.3.6.1.4.1.15497.1.1.1.1.0 >/dev/null 2>&1; }

# snmpd_values WALK: lines of snmpd.conf that give its values
snmpd_values() {
    local oid='[.]1[.]3[.]6[.]1[.]4[.]1[.]15497[.0-9]+'
    sed -nE "s/^($oid) = INTEGER: ([0-9]+)\$/override \\1 integer \\2/p; s/^($oid) = Gauge32: ([0-9]+)\$/override \\1 uinteger \\2/p
        s/^($oid) = Counter32: ([0-9]+)\$/override \\1 counter \\2/p; s/^($oid) = STRING: (\".*\")\$/override \\1 octet_str \\2/p" "$1"
}

# snmpd_serve DIR WALK [ENGINE [handler]]: serves WALK, a document snmp/walk.txt; with "handler" by
# live/snmp_values.py, which can be made slow, from its copy DIR/walk. Its port
# is in $snmpd_port, its process id in $snmpd_pid: who started it stops it. Community: sesame. Users of v3:
# v3get (SHA, AES) and v3long (SHA-512, AES), passphrase open-sesame.
snmpd_serve() {
    local tries
    mkdir -p "$1/persistent"
    cp "$2" "$1/walk"
    for tries in 1 2 3; do
        snmpd_port=$(snmpd_port)
        cat >"$1/snmpd.conf" <<END
agentaddress udp:127.0.0.1:$snmpd_port
engineID ${3-postcheck}
sysDescr $(sed -n 's/^[.]1[.]3[.]6[.]1[.]2[.]1[.]1[.]1[.]0 = STRING: "\(.*\)"$/\1/p' "$2")
sysObjectID $(sed -n 's/^[.]1[.]3[.]6[.]1[.]2[.]1[.]1[.]2[.]0 = OID: //p' "$2")
rocommunity sesame 127.0.0.1
createUser v3get SHA open-sesame AES
createUser v3long SHA-512 open-sesame AES
rouser v3get priv
rouser v3long priv
$(if [ $# -gt 3 ]; then
            echo "pass_persist .1.3.6.1.4.1.15497 $(command -v python3) $PWD/tests/live/snmp_values.py $1/walk"
        else
            snmpd_values "$2"
        fi)
END
        SNMP_PERSISTENT_DIR=$1/persistent MIBS='' snmpd -f -C -c "$1/snmpd.conf" -Le \
            -I system_mib,pass_persist,override,vacm_conf,usmConf,snmpEngine,usmUser >"$1/log" 2>&1 &
        snmpd_pid=$!
        until snmpd_answers "$snmpd_port"; do
            kill -0 "$snmpd_pid" 2>/dev/null || break
        done
        ! kill -0 "$snmpd_pid" 2>/dev/null || return 0
        echo "# snmpd did not start, try $tries:" && sed 's/^/# /' "$1/log"
    done
    return 1
}
