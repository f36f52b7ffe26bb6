#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# verify.sh [BUILD]: the proof that a change manager signs, end to end: baseline, the night, verify, report,
# audit, signatures; what is left behind, what is interrupted, tampered with or full. Speaks TAP.
. "$(dirname "$0")/common.sh"
postcheck=$build/postcheck
simulator=$build/appliance # not what is tested here: the plain one is quicker
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
. tests/sim.sh
end() {
    sim_stop
    ! mountpoint -q "$work/full" || umount "$work/full"
    stop
}
trap end EXIT
needs jq sha256sum ssh-keygen gpg

code=0 # of the last command that was run by got
got() { # got COMMAND…: $code, and what it printed in $work/out and $work/err
    code=0
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
}
ends() { # ends CODE COMMAND…: without a word, else all of them
    local wanted=$1
    shift
    got "$@"
    [ "$code" = "$wanted" ] || { echo "exit $code, wanted $wanted: $*" && cat "$work/out" "$work/err"; }
}
failing() { jq -r '.results[] | select(.state != "ok" and .state != "not_applicable") | "\(.node | sub("[.].*"; "")) \(.check) \(.state)"' "$1/report.json" | sort; }
only() { # only PATTERN: the one path that it names
    local found
    found=$(compgen -G "$1") && [ "$(wc -l <<<"$found")" = 1 ] || { echo "not one $1: $found" >&2 && return 1; }
    echo "$found"
}
sums() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2); } # FOLDER
sealed() { # sealed FOLDER: every file of it, and no other, stands in SHA256SUMS as it is
    (cd "$1" && sha256sum -c --quiet --strict SHA256SUMS && diff <(cut -c 67- SHA256SUMS | sort) \
        <(find . -type f ! -path './SHA256SUMS*' -printf '%P\n' | sort))
}
fleet_file() { # fleet_file FILE SCENARIO…: "before", then the night, then each of them
    local file=$1 scenario
    shift
    jq -n '{anchor: "tests/scenarios/healthy", timeline: ([
        {name: "before", scenario: "tests/scenarios/before"},
        {name: "rebooting", scenario: "tests/scenarios/before", down: ["esa1.example.com", "esa2.example.com", "sma1.example.com"]}]
        + [$ARGS.positional[] | {name: ., scenario: "tests/scenarios/\(.)"}])}' --args "$@" >"$file"
}

# -- What is left behind: each by its own finding, and nothing else ------------------------------

# scenario: all that is not fine | the finding: check, node, its text; its hint
left='receiving-suspended: esa1 status critical | status esa1 receiving is suspended; resumelistener
delivery-suspended: esa1 mailflow critical, esa1 status critical | status esa1 delivery is suspended; resume
connstatus-disconnected: esa1 alerts warning, esa1 clustercheck unknown, esa1 connstatus critical, esa2 alerts warning, esa2 clustercheck unknown, esa2 connstatus critical | connstatus esa1 not connected to esa2; reconnect
clustercheck-one: esa1 clustercheck critical, esa2 clustercheck critical | clustercheck esa1 "Mail Policies" differs; decide which copy is right
mixed-builds: esa1 version critical, esa2 version critical | version esa2 esa2[.a-z]* runs 15.0.3-001; bring all members to the same build
connection-false: sma1 services critical | services sma1 connection to esa2[.a-z]* is not established; reachability
tracking-not-ok: sma1 tracking critical | tracking sma1 availability of esa1[.a-z]*: .Not OK.; compare the missing interval with the reboots
tracking-stale: sma1 tracking critical | tracking sma1 newest tracked message of esa1; resumetransfers
alert-critical: esa1 alerts critical | alerts esa1 LDAP: work queue processing error; ldaptest
mail-log-silent: esa1 mailflow critical | mailflow esa1 log is silent; logconfig
mail-not-delivered: esa1 mailflow critical | mailflow esa1 5 wait; resumedel'
play() { # play SCENARIO: the whole night; all that is looked at lies in $work/SCENARIO
    local folder=$work/$1 ini=$work/$1/sim/postcheck.ini
    mkdir "$folder"
    . tests/sim.sh
    fleet_file "$folder/fleet.json" "$1"
    sim_start "$folder/sim" --fleet "$folder/fleet.json" || return
    "$postcheck" -f "$ini" baseline --change CHG1 --changes "$folder" >"$folder/baseline.out" 2>&1
    echo $? >"$folder/baseline.exit"
    sim state rebooting && sim state "$1"
    "$postcheck" -f "$ini" verify --change CHG1 --changes "$folder" >"$folder/verify.out" 2>&1
    echo $? >"$folder/verify.exit"
    sim_stop
}
export -f play fleet_file
export work postcheck simulator
{ echo healthy && cut -d : -f 1 <<<"$left"; } | xargs -P 4 -I '{}' bash -c 'play "{}"'

whole() { # whole SCENARIO EXIT VERDICT
    local run
    [ "$(cat "$work/$1/baseline.exit")" = 0 ] || cat "$work/$1/baseline.out"
    [ "$(cat "$work/$1/verify.exit")" = "$2" ] || { echo "exit $(cat "$work/$1/verify.exit")" && cat "$work/$1/verify.out"; }
    run=$(only "$work/$1/CHG1/verify-*") || return
    same "$3" "$(jq -r .verdict "$run/report.json")"
    ends 0 "$postcheck" audit "$run"
    sealed "$run"
    ! jq -e 'select(.event == "changed")' "$work/$1/sim/journal.jsonl" || echo "the appliances were changed"
}
rule "a night without faults passes" whole healthy 0 pass
rule "and nothing failed in it" failing "$work/healthy/CHG1/"verify-*
told() { # told SCENARIO CHECK NODE TEXT HINT: the finding and what to do, and where it was seen
    jq -r --arg check "$2" --arg node "$3.example.com" --arg text "$4" --arg hint "$5" '
        [.results[] | select(.check == $check and .node == $node) | .findings[] | select(.state == "critical")] |
        if any(.[]; (.text | test($text)) and (.hint // "" | test($hint)) and .evidence.document) then empty else . end' \
        "$work/$1/CHG1/"verify-*/report.json
}
while IFS=: read -r name rest; do
    IFS=' ' read -r check node text <<<"${rest#*| }"
    rule "$name: the run fails, and is sealed" whole "$name" 2 fail
    rule "$name: nothing else failed" diff <(sed 's/ |.*//; s/^ //; s/, /\n/g' <<<"$rest") <(failing "$work/$name/CHG1/"verify-*)
    rule "$name: its own finding, with what to do" told "$name" "$check" "$node" "${text%;*}" "${text##*; }"
done <<<"$left"

# -- The baseline, and one night with its runs ---------------------------------------------------

ini=$work/sim/postcheck.ini changes=$work/changes
fleet_file "$work/fleet.json" gui-restarting healthy
sim_start "$work/sim" --fleet "$work/fleet.json" || exit 1
# Each run as if the minute of /xml/status were over.
on() { rm -rf "$work/sim/cache" && "$postcheck" -f "$ini" "$1" --change CHG2 --changes "$changes" "${@:2}"; } # COMMAND OPTION…
begin() { # begin COMMAND OPTION…: in the background, as $pid
    rm -rf "$work/sim/cache"
    "$postcheck" -f "$ini" "$@" --changes "$changes" >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
}
journal() { jq -c "$1" "$work/sim/journal.jsonl"; } # EXPRESSION

rule "verify without a baseline says so" expect 3 'no baseline to compare with' on verify
rule "and leaves nothing" compgen -G "$changes/CHG2/verify-*"
rule "a change needs a name" expect 3 'name the change' "$postcheck" -f "$ini" verify
for wrong in ../up .hidden a/b ''; do
    rule "'$wrong' is no name of a change" expect 3 "--change" "$postcheck" -f "$ini" baseline --change "$wrong" --changes "$changes"
done
rule "a baseline" ends 0 on baseline
rule "which is sealed" sealed "$changes/CHG2/baseline"
rule "and can be audited" ends 0 "$postcheck" audit "$changes/CHG2/baseline"
sums "$changes/CHG2/baseline" >"$work/baseline.sums"
rule "a baseline is never overwritten" expect 3 'never overwritten' on baseline
rule "nor with --run-dir" expect 3 'never overwritten|not empty' on baseline --run-dir "$changes/CHG2/baseline"

if "$postcheck" --help | grep -q '^ *watch '; then
    sim state rebooting
    rule "watch --once while all are down" ends 3 on watch --once
else
    skip "watch --once while all are down" "there is no watch"
fi
sim state rebooting
rule "while all are down, verify fails" ends 2 on verify
first=$(only "$changes/CHG2/verify-*")
sim state healthy
rule "later it passes" ends 0 on verify
chained() { # the run before, and the hash of its seals
    local run
    run=$(find "$changes/CHG2" -maxdepth 1 -name 'verify-*' ! -path "$first")
    same "${first##*/} $(sha256sum "$first/SHA256SUMS" | cut -c 1-64)" "$(jq -r '"\(.previous) \(.previous_sha256)"' "$run/rules.json")"
}
rule "a run names the one before, by the hash of its seals" chained
rule "the baseline is what it was" diff "$work/baseline.sums" <(sums "$changes/CHG2/baseline")
copied() { diff -r "$changes/CHG2/baseline" "$first/baseline"; }
rule "a run holds a copy of it" copied

# -- Waiting ---------------------------------------------------------------------------------------

until_ok() { # until_ok COMMAND…: waits for it, 20 s at most
    local i
    for ((i = 0; i < 1000; i++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        read -rt 0.02 <>"$work/never"
    done
    echo "this did not come: $*"
    return 1
}
newest() { find "$changes/CHG2" -maxdepth 1 -name 'verify-*' | sort | tail -n 1; }
sim state gui-restarting
pending() { # too early: not judged yet, and that is no pass
    ends 3 on verify -C services,tracking
    same "incomplete 1" "$(jq -r '"\(.verdict) \(.counts.pending)"' "$(newest)/report.json")"
}
rule "while the GUI restarts, nothing is judged: PENDING, and incomplete" pending
capture_says() { jq -e "$1" "$(newest)/capture.json" >/dev/null 2>&1; } # EXPRESSION
waits() { # the GUI comes up while verify waits: PENDING first, then judged
    local code=0 before
    before=$(newest)
    begin verify --change CHG2 -C services,tracking --wait 2m --every 1s
    until_ok capture_says 'any(.documents[]; .fault.kind == "restarting")'
    [ "$(newest)" != "$before" ] && [ ! -e "$(newest)/report.json" ] || echo "judged already"
    sim state healthy
    wait $pid || code=$?
    same 0 $code "$work/out" "$work/err"
    same "pass 0" "$(jq -r '"\(.verdict) \(.counts.pending)"' "$(newest)/report.json")"
    sealed "$(newest)"
}
rule "with --wait, verify asks again until it is judged" waits

# -- Interrupted: it says so, and goes on ----------------------------------------------------------

asked_of() { jq -s --arg node "$1.example.com" '[.[] | select(.event == "session" and .node == $node)] | length' "$work/sim/journal.jsonl"; } # NODE
strike() { # strike SIGNAL: esa2 hangs, the others have answered, then verify is hit
    local signal=$1 child
    code=0
    sim 'fault {"node": "esa2.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}'
    before=$(newest)
    begin verify --change CHG2
    until_ok others_are_kept
    children=$(pgrep -P $pid)
    kill "-$signal" $pid
    wait $pid 2>/dev/null || code=$?
    sim clear
    for child in $children; do
        until_ok gone "$child"
    done
}
gone() { ! kill -0 "$1"; }
others_are_kept() {
    [ "$(newest)" != "$before" ] &&
        capture_says '[.documents[] | select(.node != "esa2.example.com") | .node] | unique | length == 2'
}
terminated() {
    strike TERM
    same 3 $code "$work/out" "$work/err"
    grep -q SIGTERM "$work/out" || { echo "it does not say why" && cat "$work/out"; }
    capture_says '.interrupted == true' || echo "the folder does not say so"
    jq -e '.run.interrupted // .verdict == "incomplete"' "$(newest)/report.json" >/dev/null || echo "the report does not say so"
}
rule "SIGTERM: exit 3, and the folder and its report say that it was interrupted" terminated
goes_on() { # goes_on: the same run, and nobody is asked again who has answered
    local run esa1 esa2 id
    run=$(newest) esa1=$(asked_of esa1) esa2=$(asked_of esa2) id=$(jq -r .run_id "$(newest)/capture.json")
    ends 0 on verify
    grep -q "goes on with ${run##*/}" "$work/err" || { echo "it does not say so" && cat "$work/err"; }
    same "$run" "$(newest)"
    same "$id" "$(jq -r .run.id "$run/report.json")"
    same "$esa1 $((esa2 + 1))" "$(asked_of esa1) $(asked_of esa2)"
    same "null pass" "$(jq -r .interrupted "$run/capture.json") $(jq -r .verdict "$run/report.json")"
    ends 0 "$postcheck" audit "$run"
    sealed "$run"
}
rule "called again, it goes on with what is missing" goes_on
killed() {
    strike KILL
    same 137 $code
    capture_says '.interrupted == true' || echo "the folder does not say so"
    compgen -G "$(newest)/report.*"
    rule_of_report
}
rule_of_report() { expect 3 'interrupted' "$postcheck" report "$(newest)"; }
rule "kill -9: there is no report, and the folder says that it was interrupted" killed
rule "it cannot be audited" expect 3 '' "$postcheck" audit "$(newest)"
rule "and goes on all the same" goes_on
fresh() { # --new leaves the broken one behind
    strike KILL
    before=$(newest)
    ends 0 on verify --new
    [ "$(newest)" != "$before" ] && [ ! -e "$before/report.json" ] || echo "it went on"
}
rule "--new begins anew" fresh
half_baseline() { # a baseline may be interrupted too
    sim 'fault {"node": "esa2.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}'
    begin baseline --change CHG3
    until_ok jq -e '[.documents[] | select(.node != "esa2.example.com") | .node] | unique | length == 2' "$changes/CHG3/baseline/capture.json"
    kill -KILL $pid
    wait $pid 2>/dev/null
    sim clear
    rm -rf "$work/sim/cache"
    ends 0 "$postcheck" -f "$ini" baseline --change CHG3 --changes "$changes"
    sealed "$changes/CHG3/baseline"
    expect 3 'never overwritten' "$postcheck" -f "$ini" baseline --change CHG3 --changes "$changes"
}
rule "a baseline that was killed goes on, and then is one" half_baseline
not_allowed() { journal 'select(.event == "changed" or (.event == "answer" and .default == "taken"))'; }
rule "in all that, nothing was changed and no question was answered by its default" not_allowed
sim_stop
