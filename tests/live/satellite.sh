#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# satellite.sh [BUILD]: a fleet that no single machine reaches, verified by an Icinga 2 master and its satellite:
# two real daemons, simulated appliances, `baseline` and `verify --via icinga2`. What runs where, the same
# verdicts as a local run, an audit; satellites that die, users that may not, hosts that are unknown.
. "$(dirname "$0")/common.sh"
. tests/icinga.sh
postcheck=$build/postcheck
simulator=$build/appliance # not what is tested here: the plain one is quicker
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
. tests/sim.sh
end() {
    sim_stop
    icinga_end
    stop
}
trap end EXIT
needs icinga2 jq curl

ends() { # ends CODE COMMAND…: without a word, else all of them
    local wanted=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" = "$wanted" ] || { echo "exit $code, wanted $wanted: $*" && cat "$work/out" "$work/err"; }
}
run_of() { cat "$work/run"; } # the folder of the last verify
asked() { # asked CODE INI OPTION…: verify of CHG1, as if the minute of /xml/status were over
    local code=$1 ini=$2
    shift 2
    rm -rf "$work/sim/cache"
    ends "$code" "$postcheck" -f "$ini" verify --change CHG1 --changes "$work/changes" --new "$@"
    find "$work/changes/CHG1" -mindepth 1 -maxdepth 1 -name 'verify-*' -newer "$work/mark" >"$work/run"
    touch "$work/mark"
}
verdicts() { jq -r '.verdict, (.results[] | "\(.node) \(.check) \(.state)")' "$1/report.json" | sort; }
of_nodes() { # of_nodes EXPRESSION: of each document of the last run
    jq -r ".documents[] | $1" "$(run_of)/capture.json" | sort -u
}

# -- Appliances, master, satellite ---------------------------------------------------------------

jq -n '{anchor: "tests/scenarios/healthy", timeline: [
    {name: "before", scenario: "tests/scenarios/before"},
    {name: "rebooting", scenario: "tests/scenarios/before", down: ["esa1.example.com", "esa2.example.com", "sma1.example.com"]},
    {name: "healthy", scenario: "tests/scenarios/healthy"},
    {name: "faulty", scenario: "tests/scenarios/receiving-suspended"}]}' >"$work/fleet.json"
sim_start "$work/sim" --fleet "$work/fleet.json" || exit 1
master=$work/master sat=$work/sat
icinga_new "$master" master.test
icinga_new "$sat" sat.test "$master"
ICINGA_ZONES='object Endpoint "master.test" { host = "127.0.0.1"; port = "'$(icinga_port "$master")'" }
object Endpoint "sat.test" { host = "127.0.0.1"; port = "'$(icinga_port "$sat")'" }
object Zone "master" { endpoints = [ "master.test" ] }
object Zone "site" { endpoints = [ "sat.test" ]; parent = "master" }
object Zone "global-templates" { global = true }'
icinga_conf "$sat" </dev/null
icinga_conf "$master" <<END
const AsyncosApiPassword = "of the API"
include "$PWD/nagios/icinga2-api-user.conf"
object ApiUser "reader" { password = "of the API"; permissions = [ "objects/query/*", "status/query" ] }
END
zones=$master/etc/zones.d
mkdir -p "$zones"/{global-templates,master,site}
cp nagios/icinga2-commands.conf nagios/icinga2-services.conf "$zones/global-templates"
host() { # host NAME ROLE: with one service
    cat <<END
object Host "$1" {
  check_command = "dummy"
  vars.asyncos_role = "$2"
  vars.asyncos_config = "$work/sim/postcheck.ini"
  vars.asyncos_state = "/nowhere" // of its services: a verification asks
  vars.asyncos_without = [ "$(sed 's/ /", "/g' <<<"${without[*]}")" ]
}
END
}
mapfile -t without < <("$check" --list-checks | sed -nE 's/^([a-z]+) .*/\1/p' | grep -vx status)
host esa1.example.com esa >"$zones/master/hosts.conf"
# An agent: its host is of the master, its services run on the satellite. Only what is of its own zone can
# carry what it executes for others.
{
    host agent esa
    echo 'object Service "asyncos-extra" { host_name = "agent"; check_command = "asyncos_status"
        vars.asyncos_service = "status"; command_endpoint = "sat.test" }'
    echo 'object Host "other" { check_command = "dummy" }'
} >>"$zones/master/hosts.conf"
{ host esa2.example.com esa && host sma1.example.com sma; } >"$zones/site/hosts.conf"
echo '* postcheck of the API
* reader of the API' >"$work/api"
sed 's/API$/aPI/' "$work/api" >"$work/api.wrong"
fleet() { # fleet [USER [CREDENTIALS]]: a configuration without any way to an appliance
    cat <<END
[defaults]
timeout = ${seconds:-40}
[icinga2]
url = https://master.test:$(icinga_port "$master")
address = 127.0.0.1
ca_file = $master/data/certs/ca.crt
user = ${1-postcheck}
credentials_file = ${2-$work/api}
[cluster hq]
sma = sma1.example.com
[node esa1.example.com]
role = esa
cluster = hq
[node esa2.example.com]
role = esa
cluster = hq
[node sma1.example.com]
role = sma
END
}
ini=$work/fleet.ini local_ini=$work/sim/postcheck.ini
fleet >"$ini"
touch "$work/mark"
chmod 600 "$work"/api* "$ini"
mkdir "$work/changes"
rule "the satellite starts" icinga_start "$sat"
rule "the master starts" icinga_start "$master"
connected() { icinga_call "$master" root:test objects/endpoints/sat.test | jq -e '.results[0].attrs.connected' >/dev/null; }
known() { # also after the satellite has its configuration
    icinga_call "$sat" root:test objects/services | jq -e '[.results[].name] | length >= 2' >/dev/null && connected
}
rule "and sends the satellite what it is to check" until_true $$ known

# -- What is scheduled ---------------------------------------------------------------------------

sources() { # of each service with a result
    icinga_call "$master" root:test 'objects/services?attrs=last_check_result' | jq -r '.results[] |
        .name as $name | .attrs.last_check_result // empty | "\($name) \(.check_source) \(.scheduling_source)"' | sort
}
look() { # now, and not when its turn would be; each tells its own scheduler
    for instance in "$master" "$sat"; do
        icinga_call "$instance" root:test actions/reschedule-check '{"type": "Service", "filter": "true", "force": true}' >/dev/null
    done
}
all_sources() { sources >"$work/sources" && [ "$(grep -c asyncos-status "$work/sources")" = 4 ]; }
scheduled() {
    look
    until_true $$ all_sources || echo "not all were checked"
    diff - <(grep asyncos-status "$work/sources") <<'END'
agent!asyncos-status master.test master.test
esa1.example.com!asyncos-status master.test master.test
esa2.example.com!asyncos-status sat.test sat.test
sma1.example.com!asyncos-status sat.test sat.test
END
}
rule "the satellite checks its own, and the master has the results" scheduled

# -- A night, judged in one place ------------------------------------------------------------------

baseline() {
    ends 0 "$postcheck" -f "$ini" baseline --change CHG1 --changes "$work/changes" --via icinga2
    ends 0 "$postcheck" audit "$work/changes/CHG1/baseline"
    diff - <(jq -r '.documents[] | "\(.node) \(.vantage)"' "$work/changes/CHG1/baseline/capture.json" | sort -u) <<'END'
esa1.example.com master.test
esa2.example.com sat.test
sma1.example.com sat.test
END
}
rule "a baseline, from master and satellite" baseline
sim state rebooting && sim state healthy
night() {
    asked 0 "$ini" --via icinga2
    verdicts "$(run_of)" >"$work/via"
    of_nodes '"\(.node) \(.vantage) \(.fault // "")"' >"$work/vantage"
    diff - "$work/vantage" <<'END'
esa1.example.com master.test 
esa2.example.com sat.test 
sma1.example.com sat.test 
END
    ends 0 "$postcheck" audit "$(run_of)"
    (cd "$(run_of)" && sha256sum -c --quiet SHA256SUMS)
}
rule "verify writes one report of both, that an audit confirms" night
locally() { # locally CODE: the same, asked from here
    asked "$1" "$local_ini"
    diff "$work/via" <(verdicts "$(run_of)")
    [ "$(wc -l <"$work/via")" -ge 20 ] || echo "few verdicts"
}
rule "the verdicts are those of a local run" locally 0
sim state faulty
night_with_fault() {
    asked 2 "$ini" --via icinga2
    verdicts "$(run_of)" >"$work/via"
    grep -qx 'esa1.example.com status critical' "$work/via" || echo "receiving is suspended, and nobody says so"
    ends 0 "$postcheck" audit "$(run_of)"
}
rule "a fault that is left behind is found" night_with_fault
rule "as by a local run" locally 2
some() {
    asked 0 "$ini" --via icinga2 -C raid,version
    same 'raid version' "$(jq -r '[.results[].check] | unique | join(" ")' "$(run_of)/report.json")"
}
rule "some checks only" some
sim state healthy

big_log() { # 8 MiB of answer, through both daemons and their API
    local hashes sizes
    cp "$local_ini" "$work/kept.ini"
    awk 'BEGIN { for (i = 0; i < 140000; i++) printf "Sun Mar  8 %02d:%02d:%02d 2026 Info: MID %d queued for delivery %s\n",
        i / 36000 % 24, i / 600 % 60, i / 10 % 60, 4711 + i, i * 7919 % 104729 }' >"$work/mail.log"
    sed -i "/^\[node esa2.example.com\]/a mail_log_path = $work/mail.log" "$local_ini"
    for way in local via; do
        local option=()
        [ $way = local ] || option=(--via icinga2)
        rm -rf "$work/sim/cache"
        "$postcheck" -f "$([ $way = via ] && echo "$ini" || echo "$local_ini")" verify --change CHG3 --changes "$work/changes" --no-baseline --new \
            -C mailflow "${option[@]}" --run-dir "$work/big-$way" >/dev/null 2>&1
    done
    cp "$work/kept.ini" "$local_ini"
    mapfile -t sizes < <(stat -c %s "$work"/big-{local,via}/esa2.example.com/log/mail_logs.txt)
    mapfile -t hashes < <(sha256sum <"$work/big-local/esa2.example.com/log/mail_logs.txt"; sha256sum <"$work/big-via/esa2.example.com/log/mail_logs.txt")
    [ "${sizes[0]-0}" -gt 8000000 ] || echo "only ${sizes[*]} bytes"
    same "${hashes[0]}" "${hashes[1]}"
}
rule "a log of 8 MiB comes through whole" big_log

argv() { # what runs, with all that Icinga knows of it, holds no secret
    local file secrets
    secrets=$(cut -d ' ' -f 3- "$work/api" && cut -d ' ' -f 3- "$work/sim/credentials")
    secrets=$(sort -u <<<"$secrets")
    icinga_call "$master" root:test objects/hosts >"$work/objects"
    icinga_call "$master" root:test objects/services >>"$work/objects"
    for file in "$work/objects" "$master/out" "$sat/out"; do
        grep -nF "$secrets" "$file" | cut -c 1-200
    done
    [ "$(wc -l <<<"$secrets")" -ge 2 ] || echo "which secrets?"
    find "$(run_of)" -type f -print0 | xargs -0 grep -lF "$secrets"
}
rule "no secret is in Icinga or in the run" argv

# -- What is not as it should be -----------------------------------------------------------------

unknown_host() {
    { fleet && printf '[node esa9.example.com]\nrole = esa\nsma = sma1.example.com\n[node agent]\nrole = esa\nsma = sma1.example.com\n'; } >"$work/more.ini"
    asked 3 "$work/more.ini" --via icinga2 -C version
    same incomplete "$(jq -r .verdict "$(run_of)/report.json")"
    of_nodes 'select(.fault) | "\(.node) \(.fault.text)"' >"$work/faults"
    grep -qE '^esa9.example.com Icinga shows no host esa9.example.com ' "$work/faults" || cat "$work/faults"
    # Its own host could not bring back what is said of it: it is asked for under another.
    grep -qE '^agent the satellite sat.test says: ASYNCOS UNKNOWN - .*no section .node agent' "$work/faults" || cat "$work/faults"
    same '15' "$(jq '[.results[] | select(.node | startswith("esa1") or startswith("esa2") or startswith("sma1"))] | length * 5' "$(run_of)/report.json")"
}
rule "a host that Icinga does not know is told, an agent's answers come back" unknown_host
refused() { # refused TEXT USER CREDENTIALS: before anything is written
    fleet "$2" "$3" >"$work/refused.ini"
    expect 3 "$1" "$postcheck" -f "$work/refused.ini" verify --change CHG1 --changes "$work/changes" --new --via icinga2
    find "$work/changes/CHG1" -mindepth 1 -maxdepth 1 -newer "$work/mark"
}
rule "another passphrase of the ApiUser" refused 'HTTP 401.*ApiUser postcheck' postcheck "$work/api.wrong"
rule "a user that may not execute" refused "ApiUser reader lacks the permission 'actions/execute-command'" reader "$work/api"
execute() { # execute HOST COMMAND: by the generated user
    icinga_call "$master" 'postcheck:of the API' actions/execute-command "$(jq -n --arg host "$1" --arg command "$2" '{type: "Host",
        host: $host, command_type: "CheckCommand", command: $command, endpoint: "sat.test", ttl: 5}')" >/dev/null && echo "$2 on $1"
}
beyond() {
    same 'asyncos on esa2.example.com' "$(execute esa2.example.com asyncos)"
    execute esa2.example.com asyncos_status
    execute esa2.example.com dummy
    execute other asyncos
}
rule "the generated user may execute nothing else, and nothing elsewhere" beyond
rule "--via what" expect 3 "'nrpe' is not icinga2" "$postcheck" -f "$ini" verify --change CHG1 --via nrpe
rule "--via and --replay" expect 3 'via: does not go with --replay' "$postcheck" verify --replay tests/scenarios/healthy --run-dir "$work/x" --via icinga2
plain_ini() { grep -v '^user\|^credentials' "$local_ini" >"$work/plain.ini"; expect 3 'no \[icinga2\] section' "$postcheck" -f "$work/plain.ini" verify --change CHG1 --changes "$work/changes" --via icinga2; }
rule "without [icinga2]" plain_ini

interrupted() { # goes on with who was not asked
    local pid before
    before=$(wc -l <"$work/sim/journal.jsonl")
    rm -rf "$work/sim/cache"
    sim fault '{"node": "esa2.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}' || return
    "$postcheck" -f "$ini" verify --change CHG2 --changes "$work/changes" --no-baseline --via icinga2 >"$work/out" 2>&1 &
    pid=$!
    until_true $pid has_node esa1.example.com && until_true $pid has_node sma1.example.com || echo "they were not kept"
    kill -TERM "$pid"
    wait "$pid"
    sim clear
    rm -rf "$work/sim/cache"
    "$postcheck" -f "$ini" verify --change CHG2 --changes "$work/changes" --no-baseline --via icinga2 >"$work/out" 2>"$work/err"
    grep -q 'goes on with verify-.*: 2 of 3 appliances were asked already' "$work/err" || cat "$work/err"
    same 0 "$(jq '[.documents[] | select(.fault and .fault.kind != "unsupported")] | length' "$work/changes/CHG2/"verify-*/capture.json)"
}
has_node() { jq -e --arg node "$1" 'any(.documents[]; .node == $node)' "$work/changes/CHG2/"verify-*/capture.json >/dev/null; }
rule "an interrupted run goes on" interrupted

killed() {
    local pid
    seconds=8 fleet >"$work/short.ini"
    sim fault '{"node": "sma1.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}' || return
    sim fault '{"node": "esa2.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}' || return
    local before
    before=$(wc -l <"$work/sim/journal.jsonl")
    asked 3 "$work/short.ini" --via icinga2 &
    pid=$!
    until_true "$pid" eval "tail -n +$((before + 1)) '$work/sim/journal.jsonl' | grep -q sma1.example.com" || echo "the satellite did not ask"
    icinga_stop "$sat" KILL
    wait "$pid"
    sim clear
    same incomplete "$(jq -r .verdict "$(run_of)/report.json")"
    diff - <(of_nodes '"\(.node) \(.fault.text // "")"' | sed 's/within [0-9]* s/within N s/') <<'END'
esa1.example.com 
esa2.example.com the satellite sat.test did not answer within N s: is its icinga2 running and connected?
sma1.example.com the satellite sat.test did not answer within N s: is its icinga2 running and connected?
END
    same unknown "$(jq -r '[.results[] | select(.node | startswith("esa1") | not) | .state] | unique | join(" ")' "$(run_of)/report.json")"
    same ok "$(jq -r '.results[] | select(.node == "esa1.example.com" and .check == "status") | .state' "$(run_of)/report.json")"
    ends 0 "$postcheck" audit "$(run_of)"
}
rule "a satellite that is killed: its appliances are UNKNOWN, the run incomplete, nothing lost of the other" killed
gone() {
    asked 3 "$ini" --via icinga2 -C version
    same 'esa1.example.com,esa2.example.com the satellite sat.test is not connected: is its icinga2 running?,sma1.example.com the satellite sat.test is not connected: is its icinga2 running?' \
        "$(of_nodes '"\(.node)\(if .fault then " " + .fault.text else "" end)"' | paste -sd ,)"
}
rule "one that is not connected is told at once" gone
back() { # asked again until it is there: the same rounds as of any other run
    local pid
    asked 0 "$ini" --via icinga2 -C version --wait 60s --every 1s &
    pid=$!
    icinga_start "$sat"
    wait "$pid"
}
rule "--wait asks again when it is back" back
done_testing
