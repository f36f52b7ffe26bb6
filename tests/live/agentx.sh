#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# agentx.sh [BUILD]: postcheck-agentx below a real snmpd, asked by net-snmp's own tools: does it serve
# what the state file says, every object of the MIB and nothing else, and what when the file, the
# master or it itself is gone? Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/sim.sh
needs snmpd snmpbulkwalk snmptable smilint jq python3 setpriv
agentx=$build/postcheck-agentx
stop_all() {
    sim_stop
    stop
}
trap stop_all EXIT
base=1.3.6.1.4.1.8072.9999.9999
socket=$work/master/agentx state=$work/state/state.json map=$work/state/state.json.agentx
mkdir -p "$work/mibs" "$work/own" "$work/other" "$work/master" "$work/state" "$work/conf" "$work/persistent/cert_indexes"
tests/live/base_mibs.sh "$work/mibs"
cp snmp/POSTCHECK-MIB.txt "$work/own/POSTCHECK-MIB"
printf 'defVersion 2c\ndefCommunity public\n' >"$work/conf/snmp.conf"
export MIBS='' MIBDIRS=$work/mibs:$work/own SNMPCONFPATH=$work/conf SNMP_PERSISTENT_DIR=$work/persistent

# -- The module ------------------------------------------------------------------------------------

lint() { SMIPATH=$work/mibs smilint -l 6 -s "$1" 2>&1; }
rule "smilint has nothing to say about the module" lint snmp/POSTCHECK-MIB.txt
lint_fails() {
    sed 's/^ *postcheckRunAge,$//' snmp/POSTCHECK-MIB.txt >"$work/bad.txt"
    lint "$work/bad.txt" | grep -q postcheckRunAge || echo "an object outside of every group is not noticed"
}
rule "and would have" lint_fails
other_bases() {
    "$agentx" --print-mib | diff snmp/POSTCHECK-MIB.txt -
    for other in 1.3.6.1.4.1.64512 1.3.6.1.4.1.64512.7 1.3.6.1.4.1.64512.1.2.3.4; do
        "$agentx" --base "$other" --print-mib >"$work/other/POSTCHECK-MIB"
        lint "$work/other/POSTCHECK-MIB"
        same ".$other.1.1.6" "$(MIBDIRS=$work/mibs:$work/other snmptranslate \
            -m POSTCHECK-MIB -On POSTCHECK-MIB::postcheckWorstState)"
    done
}
rule "--print-mib prints it for any base" other_bases

calls() {
    expect 0 '^usage: postcheck-agentx' "$agentx" --help
    expect 0 '^postcheck-agentx [0-9]' "$agentx" -V
    "$agentx" --help | grep -E '^.{81,}$'
    expect 2 '--state: is wanted' "$agentx"
    expect 2 '--base: must lie below enterprises' "$agentx" --base 1.3.6.1.2.1 --print-mib
    expect 2 "appliances' own" "$agentx" --base 1.3.6.1.4.1.15497.1 --print-mib
    expect 2 '--max-age: expected a duration' "$agentx" --state "$state" --max-age soon
    expect 2 'is no option' "$agentx" --state "$state" more
    expect 3 'cannot be written' "$agentx" --state "$work/nowhere/state.json" --foreground
}
rule "wrong calls are refused" calls

# -- Served ----------------------------------------------------------------------------------------

port=$(free_ports 1)
cat >"$work/snmpd.conf" <<END
agentaddress udp:127.0.0.1:$port
rocommunity public 127.0.0.1
rocommunity narrow 127.0.0.1 .1.3.6.1.2.1.1
master agentx
agentXSocket unix:$socket
agentXPerms 0666 0755
END
start_master() {
    rm -f "$socket"
    snmpd -f -LF 6 "$work/snmpd.log" -m '' -I -smux -C -c "$work/snmpd.conf" -p "$work/snmpd.pid" >/dev/null 2>&1 &
    master=$!
    pids+=("$master")
    until_true $master [ -S "$socket" ] || cat "$work/snmpd.log"
}
start_subagent() { # start_subagent [OPTION…]
    "$agentx" --state "$state" --socket "unix:$socket" --foreground "$@" >/dev/null 2>>"$work/log" &
    subagent=$!
    pids+=("$subagent")
}
tool() { # tool NAME [ARGUMENT…]: one of net-snmp's, which all take the agent behind their options
    local name=$1
    shift
    "$name" -r 0 -t 3 "${@:1:$#-1}" "127.0.0.1:$port" "${@: -1}"
}
scalar() { snmpget -r 0 -t 3 -Oqve "127.0.0.1:$port" "$base.1.1.$1.0" 2>&1; }
is() { [ "$(scalar "$1")" = "$2" ]; } # is N VALUE: a scalar of the summary
becomes() { until_true "$subagent" is "$1" "$2" || echo "scalar $1 is $(scalar "$1"), not $2"; }
walk() { tool snmpbulkwalk -Onx -Cr50 "$base"; }
equal() { walk | python3 tests/live/agentx.py "$state" "$map" "$base"; }

sim_start "$work/sim" --scenario tests/scenarios/clustercheck-two || exit 1
poll() { # a newer state than the one before, by the second
    "$build/postcheck" -f "$work/sim/postcheck.ini" poll --no-progress --state "$state" >/dev/null
}
poll
sim_stop
start_master
start_subagent
rule "it connects, and the state file is good" becomes 4 1
rule "every cell of every table is as the state file says, and nothing else is there" equal

alike() { # GETBULK, GETNEXT and GET tell the same, ages apart
    tool snmpbulkwalk -Onx "$base" | grep -v '\.1\.1\.10\.0 \|\.1\.2\.1\.14\.\|\.1\.3\.1\.7\.' >"$work/bulk"
    tool snmpwalk -Onx "$base" | grep -v '\.1\.1\.10\.0 \|\.1\.2\.1\.14\.\|\.1\.3\.1\.7\.' | diff "$work/bulk" -
    sed -n 's/ = .*//p' "$work/bulk" | grep '^[.]1' | xargs -n 20 snmpget -r 0 -t 3 -Onx "127.0.0.1:$port" |
        diff "$work/bulk" -
    [ "$(grep -c '^[.]1' "$work/bulk")" -gt 300 ] || echo "only $(wc -l <"$work/bulk") values"
}
rule "GET, GETNEXT and GETBULK tell the same" alike

objects() {
    awk '$2 == "OBJECT-TYPE" { name = $1 } /MAX-ACCESS +read-only/ { print name }' snmp/POSTCHECK-MIB.txt | sort >"$work/wanted"
    [ "$(wc -l <"$work/wanted")" -gt 70 ] || echo "the module names $(wc -l <"$work/wanted") objects"
    MIBS=POSTCHECK-MIB tool snmpbulkwalk -OqQ "$base" | sed -n 's/^POSTCHECK-MIB::\([A-Za-z]*\)\..*/\1/p' | sort -u |
        diff "$work/wanted" -
}
rule "every object of the module is served, and none that it does not name" objects

tables() { # as people look at them
    local rows
    for table in Appliance:nodes Check:results Cluster:clusters; do
        rows=$(MIBS=POSTCHECK-MIB tool snmptable -Cf '|' -CH "postcheck${table%:*}Table" | wc -l)
        same "$(jq ".${table#*:} | length" "$state")" "$rows"
    done
    rows=$(jq '[.results[] | select(.check == "clustercheck").findings[] | select(.state == "critical").subject] |
        unique | length' "$state")
    [ "$rows" -gt 0 ] || echo "no setting differs"
    expect 0 "^hq[|]critical[|].*[|]2 appliances[|]$rows settings$" env MIBS=POSTCHECK-MIB \
        snmptable -Cf '|' -CH "127.0.0.1:$port" postcheckClusterTable
    same "$rows" "$(MIBS=POSTCHECK-MIB tool snmptable -Cf '|' -CH postcheckInconsistencyTable | grep -c 'the same on every member')"
}
rule "snmptable shows the tables" tables

refused() {
    expect 0 'No Such Instance' tool snmpget "$base.1.2.1.2.99"
    expect 0 'No Such Object' tool snmpget "$base.1.2.1.1.1"
    expect 2 'noAccess|notWritable' snmpset -c public "127.0.0.1:$port" "$base.1.1.1.0" s x
    expect 0 "$base" tool snmpwalk -On 1.3.6.1.2.1.1.9.1.2
}
rule "what is not there is not there, nothing can be set, sysORTable names the module" refused

# -- The state file --------------------------------------------------------------------------------

never_ok() { # collector N: every state is unknown, and the rows are still there
    becomes 4 "$1"
    same 4 "$(scalar 6)"
    same 1 "$(scalar 7)"
    [ "$(scalar 5)" != '""' ] || echo "no message"
    for column in 2.1.11 3.1.3 3.1.4 4.1.6 5.1.3; do
        same 4 "$(tool snmpbulkwalk -Oqve "$base.1.$column" | sort -u | tr '\n' ' ' | sed 's/ $//')"
    done
}
good=$work/good.json
cp "$state" "$good"
replace() { cp "$1" "$work/state/new" && mv "$work/state/new" "$state"; }
torn() {
    head -c 5000 "$good" >"$state"
    never_ok 4
    replace "$good"
    becomes 4 1
    equal
}
rule "a state file that is cut off is never ok, and a whole one is again" torn
missing() {
    rm "$state"
    never_ok 3
    replace "$good"
    becomes 4 1
}
rule "nor is a missing one" missing
stale() {
    jq '.results[].taken_at |= (if . then "2026-03-08T03:00:00Z" else . end) | .run.ended_at = "2026-03-08T03:00:30Z"' "$good" >"$work/old.json"
    replace "$work/old.json"
    never_ok 2
    jq '.schema = "other/1"' "$good" >"$work/other.json"
    replace "$work/other.json"
    never_ok 4
    replace "$good"
    becomes 4 1
    equal
}
rule "nor one that is old, or something else" stale
changes() { # another state: generation and one table's stamp go on, the rest stays
    local generation checks clusters
    generation=$(scalar 3) clusters=$(scalar 31)
    jq '(.results[] | select(.check == "status") | .state) = "warning"' "$good" >"$work/changed.json"
    replace "$work/changed.json"
    becomes 3 $((generation + 1))
    same $((generation + 1)) "$(scalar 29)"
    same "$clusters" "$(scalar 31)"
    walk | python3 tests/live/agentx.py "$work/changed.json" "$map" "$base" | grep -v '^1[.]1[.]\(19\|20\)[.]0:\|^1[.]2[.]1[.]1[56][.]'
    MIBS=POSTCHECK-MIB tool snmptable -Cf '|' -CH postcheckCheckTable | grep '^status' | grep -v '^status|warning|ok|'
    replace "$good"
    becomes 3 $((generation + 2))
}
rule "a change is published with its previous state and its stamp" changes

# -- Master and subagent come and go ---------------------------------------------------------------

second() {
    expect 3 'is held' timeout 20 "$agentx" --state "$state" --socket "unix:$socket" --foreground
    expect 3 'registered by another subagent' timeout 20 "$agentx" --state "$state" --map "$work/second" \
        --socket "unix:$socket" --foreground
    becomes 4 1
}
rule "a second instance ends and says why" second

(for ((i = 0; i < 40; i++)); do walk; done >/dev/null 2>&1) &
walker=$!
kill "$master"
wait "$master" 2>/dev/null
start_master
restarted() {
    becomes 4 1
    equal
    kill -0 "$subagent" || echo "the subagent is gone"
}
rule "a master that is restarted under a walk is found again" restarted
wait "$walker"

frozen() { # ten seconds: the subagent goes on reading its file
    local before
    before=$(grep -c 'out of date' "$work/log")
    kill -STOP "$master"
    replace "$work/old.json"
    noticed() { [ "$(grep -c 'out of date' "$work/log")" -gt "$before" ]; }
    until_true "$subagent" noticed || echo "the file is not read while the master hangs"
    read -rt 10 <>"$work/never"
    kill -CONT "$master"
    replace "$good"
    becomes 4 1
    equal
}
rule "a master that hangs for ten seconds does not stop the subagent" frozen

kill -TERM "$subagent"
wait "$subagent"
code=$?
rule "SIGTERM ends it in order" same 0 "$code"
gone() { expect 0 'No Such Object' tool snmpget "$base.1.1.4.0"; }
rule "and its objects are gone" gone

walk_numbers() { walk | grep -v '^[.]\S*[.]1[.]1[.]\(2\|3\|10\|28\|29\|30\|31\|32\)[.]0 \|[.]1[.]2[.]1[.]14[.]\|[.]1[.]3[.]1[.]7[.]'; }
killed() { # 50 times, at any moment
    start_subagent
    becomes 4 1
    walk_numbers >"$work/numbers"
    for ((i = 0; i < 50; i++)); do
        kill -KILL "$subagent"
        wait "$subagent" 2>/dev/null
        start_subagent
        [ $((i % 3)) -eq 0 ] || becomes 4 1
    done
    becomes 4 1
    walk_numbers | diff "$work/numbers" -
    equal
    kill -0 "$master" || echo "snmpd is gone"
    kill "$subagent"
    wait "$subagent" 2>/dev/null
}
rule "killed 50 times, it keeps every number, and harms nobody" killed

descriptors() { # the master's socket is number 1100 and more
    (
        ulimit -n 4096 || exit
        for ((i = 0; i < 1100; i++)); do exec {fd}</dev/null; done
        exec "$agentx" --state "$state" --socket "unix:$socket" --foreground >/dev/null 2>>"$work/log"
    ) >/dev/null 2>&1 &
    subagent=$!
    pids+=("$subagent")
    becomes 4 1
    equal
    kill "$subagent"
    wait "$subagent" 2>/dev/null
}
rule "it works with more than a thousand descriptors" descriptors

nobody() { # with no right but to read the state, to write its numbers, to reach the socket
    cp "$agentx" "$work/agentx"
    chmod 755 "$work" "$work/state" "$work/agentx"
    mkdir "$work/nobody" && chown 65534:65534 "$work/nobody"
    setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs "$work/agentx" --state "$state" \
        --map "$work/nobody/map" --socket "unix:$socket" --foreground >/dev/null 2>>"$work/log" &
    subagent=$!
    pids+=("$subagent")
    becomes 4 1
    map=$work/nobody/map equal
    same 65534 "$(stat -c %u "$work/nobody/map")"
    kill "$subagent"
    wait "$subagent" 2>/dev/null
}
if [ "$(id -u)" -eq 0 ]; then
    rule "it works without any privilege" nobody
else
    skip "it works without any privilege" "only root can become somebody else"
fi

# -- The self-test ---------------------------------------------------------------------------------

selftest() { "$agentx" --socket "unix:$socket" --agent "udp:127.0.0.1:$port" "$@" --selftest; }
explains() {
    expect 1 'FAILED: no subagent serves' selftest
    start_subagent
    becomes 4 1
    expect 0 'OK: a walk of .* finds [0-9]{3} values' selftest
    expect 0 'OK: the collector is running' selftest
    expect 1 'nobody listens' selftest --socket "unix:$work/none"
    printf 'defVersion 2c\ndefCommunity narrow\n' >"$work/conf/snmp.conf"
    expect 1 'may not see it: add `view systemonly included' selftest
    printf 'defVersion 2c\ndefCommunity wrong\n' >"$work/conf/snmp.conf"
    expect 1 'does not answer' selftest
    printf 'defVersion 2c\ndefCommunity public\n' >"$work/conf/snmp.conf"
    rm "$state"
    becomes 4 3
    expect 1 'FAILED: the collector is missing.*is not there' selftest
    kill "$subagent"
    wait "$subagent" 2>/dev/null
}
rule "--selftest explains what is in the way" explains
quiet() { grep -iE 'sanitizer|runtime error|assert|cert' "$work/log"; }
rule "its log has nothing else to tell" quiet
done_testing
