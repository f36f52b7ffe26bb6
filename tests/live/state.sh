#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# state.sh [BUILD]: one collection, many readers: postcheck poll feeds check_asyncos --state and Prometheus;
# what readers see when it is late, killed, interrupted, or there twice. Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/sim.sh
needs jq promtool readelf
postcheck=$build/postcheck
stop_all() {
    sim_stop
    stop
}
trap stop_all EXIT
sim_start "$work/sim" --scenario tests/scenarios/three-faults || exit 1
exec {to}>&"$sim_in" {from}<&"$sim_out" # rules are subshells
sim_in=$to sim_out=$from
ini=$work/sim/postcheck.ini journal=$work/sim/journal.jsonl folder=$work/state
state=$folder/state.json metrics=$folder/fleet.prom
esa1=esa1.example.com
mkdir "$folder"
ask() { "$check" --state "$state" "$@"; }
events() { wc -l <"$journal"; }
started() { jq -r .run.started_at "$state"; }
poll() { "$postcheck" -f "$ini" poll --no-progress "$@"; }

light() { readelf -d "$check" | grep -E 'NEEDED.*(xml|icu|stdc|ssh|curl|ssl|crypto)'; }
rule "check_asyncos loads neither XML nor what asks" light

# -- One collector for all of the test ---------------------------------------------------------------

refusals() {
    local before
    before=$(events)
    expect 3 '--every: expected a duration from 60s to 168h' poll --every 59s --state "$state"
    expect 3 '--every: needs --state FILE or --openmetrics FILE' poll --every 60s
    expect 3 'cannot be together with --record' poll --every 60s --state "$state" --record "$work/record"
    expect 3 'nowhere/state.json.*cannot be written' poll --state "$work/nowhere/state.json"
    expect 3 'is not a regular file' poll --state "$folder"
    [ -z "$(ls -A "$folder")" ] || ls -A "$folder"
    same "$before" "$(events)"
}
rule "what cannot work is refused before anybody is asked" refusals

(umask 077 && exec "$postcheck" -f "$ini" poll --every 60s --state "$state" --openmetrics "$metrics" --no-progress) \
    >"$work/lines" 2>"$work/complaints" &
collector=$!
pids+=("$collector")
collected() { grep -q . "$work/lines"; }
until_true $collector collected || cat "$work/lines" "$work/complaints"
first=$(started)

serves() { # every appliance and every check, as the report has them; and nobody is asked
    local before node name wanted code
    before=$(events)
    while read -r node name wanted; do
        code=0
        ask -H "$node" -C "$name" >"$work/out" || code=$?
        case $wanted in ok | not_applicable) wanted=0 ;; warning) wanted=1 ;; critical) wanted=2 ;; *) wanted=3 ;; esac
        same $wanted $code "$work/out"
        grep -qE 'state_age_s=[0-9]+s;;900$' "$work/out" || cat "$work/out"
    done < <(jq -r '.results[] | "\(.node) \(.check) \(.state)"' "$state")
    expect 2 "^ASYNCOS CRITICAL - .*esa2.*also critical: status" ask -H "$esa1"
    expect 2 '"tool_version"' ask -H "$esa1" --format json
    expect 2 'postcheck_check_state' ask -H "$esa1" --format openmetrics
    same "$before" "$(events)"
}
rule "every check is served from the one collection" serves
indexed() { # the index is about this very file, and has each appliance
    same "postcheck.state-index/1 $(stat -c '%i %s' "$state")" "$(head -n 1 "$state.index" | cut -d ' ' -f 1-3)"
    same "$(jq '.nodes | length' "$state")" "$(($(wc -l <"$state.index") - 2))"
}
rule "an index lies beside the state" indexed
alone() { # a copy has no index that fits
    cp "$state" "$work/copy.json"
    cp "$state.index" "$work/copy.json.index"
    diff <(ask -H "$esa1" | sed 's/state_age_s=.*//') \
        <("$check" --state "$work/copy.json" -H "$esa1" | sed 's/state_age_s=.*//')
}
rule "the report alone is a state as well" alone

prometheus() {
    promtool check metrics <"$metrics" || echo "promtool refuses it"
    same 644 "$(stat -c %a "$metrics")"
    same 600 "$(stat -c %a "$state")"
    grep -qF "postcheck_check_state{node=\"$esa1\",check=\"status\",state=\"critical\"} 1" "$metrics" || cat "$metrics"
}
rule "metrics that promtool accepts, readable by node_exporter" prometheus

twice() {
    local before
    before=$(events)
    expect 3 "state.json.lock: is held by postcheck poll, process $collector on .*: nobody was asked" poll --state "$state"
    same "$before" "$(events)"
    same "$first" "$(started)"
}
rule "a second collector says who holds the lock, and logs in nowhere" twice

# -- Other files: they need not wait for the collector -----------------------------------------------

other=$work/other.json
poll --state "$other" >/dev/null
stale() { # it was good, and then too old, by nothing but time
    local limit=$((SECONDS + 20))
    until "$check" --state "$other" -H "$esa1" --max-age 1s | grep -qE ' is [0-9]+ s old, of 20.*state_age_s=[0-9]+s;;1$'; do
        [ $SECONDS -lt $limit ] || { echo "it does not get old" && return; }
        read -rt 0.1 <>"$work/never"
    done
    expect 3 '^ASYNCOS UNKNOWN - .*--max-age is 1 s: does `postcheck poll --state` still run' \
        "$check" --state "$other" -H "$esa1" --max-age 1s
    expect 2 'state_age_s=' "$check" --state "$other" -H "$esa1" --max-age 1h
}
rule "a state that is too old is UNKNOWN and says how old" stale

asked_status() { grep -c '"status detail' "$journal"; }
is_asked() { [ "$(asked_status)" -gt "$asked" ]; }
strike() { # strike SIGNAL: a run, while it waits for an answer
    sim "fault {\"node\": \"$esa1\", \"on\": \"cli/status.txt\", \"fault\": \"delay\", \"value\": 8000}"
    asked=$(asked_status) code=0
    "$postcheck" -f "$ini" poll --no-progress --state "$other" --openmetrics "$work/other.prom" >"$work/struck" 2>&1 &
    local pid=$!
    until_true $pid is_asked || echo "# $1: it did not ask"
    kill "-$1" $pid 2>/dev/null
    { wait $pid; } 2>/dev/null || code=$?
    sim clear
}
cp "$other" "$work/before.json"
strike TERM
interrupted() {
    same 3 "$code" "$work/struck"
    grep -q "Interrupted: .*other.json stays as it was" "$work/struck" || cat "$work/struck"
    cmp "$other" "$work/before.json"
    [ ! -e "$work/other.prom" ] || echo "metrics of half a fleet"
}
rule "an interrupted run publishes nothing" interrupted
strike KILL
killed() {
    same 137 "$code" "$work/struck"
    cmp "$other" "$work/before.json"
    expect 2 'ASYNCOS CRITICAL' "$check" --state "$other" -H "$esa1"
    expect 2 'esa1' poll --state "$other" # the lock went with its process
    ! cmp -s "$other" "$work/before.json" || echo "no new state"
    find "$work" -maxdepth 1 -name 'other.*.??????' # nothing is left
}
rule "a killed run leaves the state and no lock" killed

readers() { # while the state is replaced, each reader sees a whole one
    local i round
    poll --state "$other" >/dev/null
    (for ((i = 0; i < 4; i++)); do poll -C status --state "$other" >/dev/null; done; touch "$work/enough") &
    round=0
    until [ -e "$work/enough" ]; do
        "$check" --state "$other" -H "$esa1" -C status >"$work/seen" || true
        grep -q '^STATUS CRITICAL - esa1.example.com: receiving is suspended' "$work/seen" || cat "$work/seen"
        round=$((round + 1))
    done
    wait
    [ $round -gt 5 ] || echo "only $round readers"
}
rule "no reader sees half a state" readers

# -- Again, after a minute ----------------------------------------------------------------------------

second() { [ "$(grep -c . "$work/lines")" -ge 2 ]; }
again() {
    local limit=$((SECONDS + 200))
    until second; do
        [ $SECONDS -lt $limit ] || { echo "no second round" && cat "$work/lines" && return; }
        read -rt 0.1 <>"$work/never"
    done
    local apart=$(($(date -d "$(started)" +%s) - $(date -d "$first" +%s)))
    [ $((apart % 60)) -le 1 ] || [ $((apart % 60)) -eq 59 ] || echo "$apart s apart"
    grep -vE '^20[0-9T:-]{17}Z fail: 3 appliances, asked in [0-9]+ s: [0-9]+ critical, ' "$work/lines"
}
rule "--every asks again from start to start" again
kill -TERM $collector
code=0
wait $collector || code=$?
ended() {
    same 0 "$code" "$work/lines"
    cat "$work/complaints"
    same 'fleet.prom state.json state.json.index state.json.lock' "$(cd "$folder" && echo *)"
    expect 2 'state_age_s' ask -H "$esa1"
}
rule "SIGTERM ends it, and nothing is left half" ended
done_testing
