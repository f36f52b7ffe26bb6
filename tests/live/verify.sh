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
until_ok() { # until_ok COMMAND…: waits for it, 60 s at most
    local i
    for ((i = 0; i < 3000; i++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        read -rt 0.02 <>"$work/never"
    done
    echo "this did not come: $*"
    return 1
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

"$postcheck" -f "$ini" watch --change CHG2 --changes "$changes" --every 5s >"$work/watched" 2>&1 </dev/null &
watcher=$! began=$(date -u +%FT%TZ)
pids+=("$watcher")
watched() { [ "$(grep -cE "example.com ([a-z-]+ -> )?$1 " "$work/watched")" -ge "$2" ]; } # STAGE, of how many
rule "watch sees that all are as before" until_ok watched planned 3
sim state rebooting
rule "and that all are down" until_ok watched down 3
rule "while all are down, verify fails" ends 2 on verify
first=$(only "$changes/CHG2/verify-*")
sim state healthy
rule "and that both gateways are established again" until_ok watched established 2
kill -TERM $watcher && wait $watcher
rule "later verify passes" ends 0 on verify
second=$(find "$changes/CHG2" -maxdepth 1 -name 'verify-*' ! -path "$first")
chained() { # the run before, and the hash of its seals
    same "${first##*/} $(sha256sum "$first/SHA256SUMS" | cut -c 1-64)" "$(jq -r '"\(.previous) \(.previous_sha256)"' "$second/rules.json")"
}
rule "a run names the one before, by the hash of its seals" chained
rule "the baseline is what it was" diff "$work/baseline.sums" <(sums "$changes/CHG2/baseline")
seen() { # what watch saw is evidence of the run, and stands in its time line
    cmp "$changes/CHG2/timeline.jsonl" "$second/timeline.jsonl"
    grep -q ' timeline.jsonl$' "$second/SHA256SUMS" || echo "it is not sealed"
    jq -r --arg began "$began" '.nodes[] | select(any(.timeline[]?; .what == "down" and .at >= $began) | not) | "\(.name): \(.timeline)"' "$second/report.json"
    ends 0 "$postcheck" audit "$second"
}
rule "what watch saw goes with the run" seen
copied() { diff -r "$changes/CHG2/baseline" "$first/baseline"; }
rule "a run holds a copy of it" copied

# -- Waiting ---------------------------------------------------------------------------------------

newest() { find "$changes/CHG2" -maxdepth 1 -name 'verify-*' | sort | tail -n 1; }
sim state gui-restarting
pending() { # too early: not judged yet, and that is no pass
    ends 3 on verify -C services,tracking
    same "incomplete 1" "$(jq -r '"\(.verdict) \(.counts.pending)"' "$(newest)/report.json")"
}
rule "while the GUI restarts, nothing is judged: PENDING, and incomplete" pending
capture_says() { jq -e "$1" "$(newest)/capture.json" >/dev/null 2>&1; } # EXPRESSION
asked_after() { # RUN: a newer one has been told that the GUI restarts
    [ "$(newest)" != "$1" ] && capture_says 'any(.documents[]; .fault.kind == "restarting")'
}
waits() { # the GUI comes up while verify waits: PENDING first, then judged
    local code=0 before
    before=$(newest)
    begin verify --change CHG2 -C services,tracking --wait 2m --every 1s
    until_ok asked_after "$before" # the run before has such answers too
    [ ! -e "$(newest)/report.json" ] || echo "judged already"
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

# -- Settling ----------------------------------------------------------------------------------------

second_run() { find "$changes/CHG5" -maxdepth 1 -name 'verify-*' ! -path "$1" | grep .; }
settles() { # esa1 started 75 s ago, and its cluster is judged 120 s after a start
    local until run code=0 scenario=$work/young wait=$work/wait
    cp -rL tests/scenarios/healthy "$scenario"
    sed -i 's/^Up since: .*/Up since:                      Sun Mar 08 03:59:00 2026 CET (1m 4s)/' "$scenario/esa1.example.com/cli/status.txt"
    sed -i 's/<birth_time .*/<birth_time timestamp="20260308035900 (1m 10s)"\/>/' "$scenario/esa1.example.com/https/xml_status.xml"
    jq -n --arg young "$scenario" '{anchor: "tests/scenarios/healthy", timeline: [
        {name: "before", scenario: "tests/scenarios/before"}, {name: "young", scenario: $young}, {name: "healthy", scenario: "tests/scenarios/healthy"}]}' >"$work/young.json"
    sim_start "$wait" --fleet "$work/young.json" || return
    judge_young() { rm -rf "$wait/cache" && "$postcheck" -f "$wait/postcheck.ini" "$1" --change CHG5 --changes "$changes" "${@:2}"; }
    ends 0 judge_young baseline
    sim state young
    ends 3 judge_young verify -C connstatus,status
    run=$(only "$changes/CHG5/verify-*")
    until=$(jq -r '[.results[] | select(.check == "connstatus" and .state == "pending") | .summary | capture("judged at (?<at>[-0-9T:]+Z)").at] | unique[]' "$run/report.json")
    [[ $until == 20*Z && $until > $(date -u +%FT%TZ) ]] || echo "it is not said until when: '$until'"
    rm -rf "$wait/cache"
    "$postcheck" -f "$wait/postcheck.ini" verify --change CHG5 --changes "$changes" -C connstatus,status --wait 5m >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    until_ok second_run "$run"
    run=$(second_run "$run")
    until_ok jq -e '[.documents[].node] | unique | length == 3' "$run/capture.json"
    sim state healthy # as it is when the time has come
    code=0
    wait $pid || code=$?
    same 0 "$code" "$work/out" "$work/err"
    same "pass 0" "$(jq -r '"\(.verdict) \(.counts.pending)"' "$run/report.json")"
    [[ $(jq -r .run.ended_at "$run/report.json") > $until ]] || echo "judged before $until"
    # The baseline, the early run, and twice while it waited.
    same 4 "$(jq -s '[.[] | select(.event == "session" and .node == "esa1.example.com")] | length' "$wait/journal.jsonl")"
    sim_stop
}
rule "a young cluster is PENDING, with its time; --wait judges it then, and asks no more than twice" settles

# -- Judged again, from captures ---------------------------------------------------------------------

replay() { # replay RUN AFTER OPTION…: judges the scenario AFTER into $work/RUN
    local run=$work/$1 after=$2
    shift 2
    "$postcheck" verify --replay "$after" --run-dir "$run" "$@"
}
before=tests/scenarios/before
rule "a replay, without a configuration" ends 2 replay one tests/scenarios/three-faults --baseline $before
rule "is sealed" sealed "$work/one"
rule "can be audited" ends 0 "$postcheck" audit "$work/one"
rule "and is never overwritten" expect 3 'never overwritten' replay one tests/scenarios/three-faults --baseline $before
rule "and once more" ends 2 replay two tests/scenarios/three-faults --baseline $before
twins() { diff <(jq -S 'del(.run)' "$work/one/report.json") <(jq -S 'del(.run)' "$work/two/report.json"); }
rule "the two reports are the same but for the run" twins
rule "a replay of a run is judged alike" ends 2 replay three "$work/one" --baseline "$work/one/baseline"
again() { diff <(jq -S '.results, .verdict, .counts' "$work/one/report.json") <(jq -S '.results, .verdict, .counts' "$work/three/report.json"); }
rule "to the same results" again
formats() { # every form that report knows; json is the file
    local format forms
    forms=$("$postcheck" report --help | tr -s ' \n' ' ' | sed -n 's/.*--format=NAME \(.*\) --output=.*/\1/p' | grep -oE '[a-z]+' | grep -vxE 'default|or')
    [ "$(wc -l <<<"$forms")" -ge 2 ] || echo "which forms are there? $forms"
    for format in $forms; do
        ends 0 "$postcheck" report "$work/one" --format "$format"
        grep -q 'esa1.example.com' "$work/out" || echo "$format: nothing in it"
        cp "$work/out" "$work/form"
        ends 0 "$postcheck" report "$work/one" --format "$format"
        cmp "$work/form" "$work/out"
        [ ! -e "$work/one/report.$format" ] || cmp "$work/form" "$work/one/report.$format"
    done
}
rule "report renders it again in every form, the same each time" formats
rule "which changes nothing" sealed "$work/one"
rule "report of what is no run" expect 3 'not captured|no report' "$postcheck" report "$before"
rule "--run-dir is wanted" expect 3 'run-dir.*missing' "$postcheck" verify --replay $before

inside() { # nothing is written but below the run folder: not where it stands, not at home, not in /tmp
    local place
    mkdir -p "$work/in/"{cwd,home,tmp,runs}
    (cd "$work/in/cwd" && HOME=$work/in/home TMPDIR=$work/in/tmp XDG_CACHE_HOME=$work/in/home ends 2 "$postcheck" verify \
        --replay "$OLDPWD/tests/scenarios/three-faults" --baseline "$OLDPWD/$before" --run-dir "$work/in/runs/one" --change X)
    find "$work/in" -mindepth 2 ! -path "$work/in/runs/one*"
    [ -s "$work/in/runs/one/report.json" ] || echo "no run"
    command -v strace >/dev/null || return
    strace -f -qq -e trace=openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,truncate \
        -o "$work/trace" "$postcheck" verify --replay tests/scenarios/three-faults --baseline $before --run-dir "$work/in/runs/two" >/dev/null 2>&1
    grep -q "runs/two/report.json" "$work/trace" || return # it cannot be traced here
    grep -vE 'open.*O_RDONLY|open.*O_PATH|ENOENT|\+\+\+|---' "$work/trace" | grep -F '"' | grep -vF "\"$work/in/runs/two" |
        grep -vE '^[0-9]+ +[a-z0-9]+at[0-9]?\([0-9]+, "[^/]' # below a folder that is open: the run
}
rule "nothing is written outside of the run's folder" inside

# -- One byte --------------------------------------------------------------------------------------

tampered() { # tampered FILE [EXPRESSION]: audit names FILE of a run that is $work/one but for a byte there
    local file=$1
    rm -rf "$work/bad"
    cp -r "$work/one" "$work/bad"
    # The last digit or letter becomes another: as small as a change can be, and JSON stays JSON.
    python3 -c 'import re, sys
text = open(sys.argv[1], "rb").read()
at = [m.start() for m in re.finditer(rb"[0-9]", text)][-1]
open(sys.argv[1], "wb").write(text[:at] + (b"1" if text[at:at + 1] != b"1" else b"2") + text[at + 1:])' "$work/bad/$file"
    ! cmp -s "$work/one/$file" "$work/bad/$file" || echo "$file is what it was"
    expect 2 "^DIFFERS $file" "$postcheck" audit "$work/bad"
    got "$postcheck" audit "$work/bad" --format json
    jq -r --arg file "$file" 'if any(.differences[]; .file == $file) then empty else . end' "$work/out"
    (cd "$work/bad" && sha256sum -c --status SHA256SUMS) && echo "sha256sum finds nothing"
}
for file in esa1.example.com/cli/status.txt sma1.example.com/https/tracking_messages/esa2.example.com.json \
    baseline/esa2.example.com/log/mail_logs.txt baseline/capture.json capture.json rules.json report.json; do
    rule "a byte of $file: audit names it" tampered "$file"
done
audited() { # audited CODE TEXT COMMAND…: what audit says of a copy to which COMMAND was done, in it
    local wanted=$1 text=$2
    shift 2
    rm -rf "$work/bad"
    cp -r "$work/one" "$work/bad"
    (cd "$work/bad" && "$@")
    expect "$wanted" "$text" "$postcheck" audit "$work/bad"
}
reseal() { find . -type f ! -path './SHA256SUMS*' -printf '%P\0' | sort -z | xargs -0 sha256sum >SHA256SUMS; }
rule "a file that is gone" audited 2 '^DIFFERS esa1.example.com/cli/version.txt' rm esa1.example.com/cli/version.txt
rule "a file that nobody knows" audited 2 '^DIFFERS esa1.example.com/cli/extra.txt' cp SHA256SUMS esa1.example.com/cli/extra.txt
rule "no seals at all" audited 3 'SHA256SUMS' rm SHA256SUMS
rule "no rules" audited 2 '^DIFFERS rules.json' rm rules.json
new_seals() { sed -i 's/Receiving suspended/Online/' esa1.example.com/cli/status.txt && reseal; }
rule "another document under new seals: the index of the capture holds its hash" audited 2 '^DIFFERS esa1.example.com/cli/status.txt' new_seals
new_index() {
    new_seals
    local hash
    hash=$(sha256sum esa1.example.com/cli/status.txt | cut -c 1-64)
    jq --arg hash "$hash" '(.documents[] | select(.node == "esa1.example.com" and .id == "cli/status.txt") | .sha256) = $hash' capture.json >new
    mv new capture.json
    reseal
}
rule "and in the index too: the verdict of the report does not follow" audited 2 '^DIFFERS report.json' new_index
kinder() { jq '.verdict = "pass" | .results[].state = "ok" | .counts.critical = 0' report.json >new && mv new report.json && reseal; }
rule "a kinder report under new seals: computed again it is another" audited 2 '^DIFFERS report.json' kinder
waived() { jq '.waivers = [{name: "w", check: "*", node: "*", text: "*", reason: "r", approved_by: "A, B", expires: "2030-01-01T00:00:00Z"}]' rules.json >new && mv new rules.json && reseal; }
rule "a waiver that was not there: the verdict does not follow either" audited 2 '^DIFFERS report.json' waived

# -- Signatures, by the tools that are there ---------------------------------------------------------

signed_by_ssh() {
    rm -rf "$work/signed" && cp -r "$work/one" "$work/signed"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/key"
    echo "board@example.com namespaces=\"postcheck\" $(cat "$work/key.pub")" >"$work/signers"
    (cd "$work/signed" && ssh-keygen -q -Y sign -f "$work/key" -n postcheck SHA256SUMS) || echo "not signed"
    check_ssh || echo "its own signature is not accepted"
    ends 0 "$postcheck" audit "$work/signed"
    echo >>"$work/signed/SHA256SUMS"
    ! check_ssh || echo "the signature of other seals is accepted"
}
check_ssh() {
    (cd "$work/signed" && ssh-keygen -q -Y verify -f "$work/signers" -I board@example.com -n postcheck -s SHA256SUMS.sig <SHA256SUMS >/dev/null 2>&1)
}
rule "ssh-keygen signs SHA256SUMS, and audit minds neither" signed_by_ssh
signed_by_gpg() {
    rm -rf "$work/signed" && cp -r "$work/one" "$work/signed"
    mkdir -m 700 "$work/gnupg"
    export GNUPGHOME=$work/gnupg
    gpg --batch --quiet --passphrase '' --quick-gen-key board@example.com ed25519 sign never 2>"$work/err" || cat "$work/err"
    (cd "$work/signed" && gpg --batch --quiet --armor --detach-sign SHA256SUMS) || echo "not signed"
    gpg --quiet --verify "$work/signed/SHA256SUMS.asc" "$work/signed/SHA256SUMS" 2>"$work/err" || cat "$work/err"
    ends 0 "$postcheck" audit "$work/signed"
    sealed "$work/signed"
    echo >>"$work/signed/SHA256SUMS"
    ! gpg --quiet --verify "$work/signed/SHA256SUMS.asc" "$work/signed/SHA256SUMS" 2>/dev/null || echo "the signature of other seals is accepted"
    gpgconf --kill all
}
rule "gpg signs SHA256SUMS, and audit minds neither" signed_by_gpg

# -- Waivers -----------------------------------------------------------------------------------------

waiver() { # waiver NAME CHECK NODE TEXT EXPIRES
    printf '[waiver %s]\ncheck = %s\nnode = %s\ntext = %s\nreason = known\napproved_by = A. Board, B. Chair\nexpires = %s\n\n' "$@"
}
judge() { # judge NAME CODE: receiving-suspended under the waivers of standard input
    cat >"$work/$1.ini"
    ends "$2" replay "$1" tests/scenarios/receiving-suspended --baseline $before -f "$work/$1.ini"
}
of_status() { jq -rc '.results[] | select(.node == "esa1.example.com" and .check == "status") | "\(.state)", (.findings[] | select(.state != "ok") | "\(.state) \(.waiver.name // "-") \(.subject)")' "$work/$1/report.json"; }
used() {
    waiver held status 'esa1.*' '*receiving is suspended*' 2030-01-01 | judge used 1
    diff <(printf '%s\n' warning 'critical held esa1.example.com') <(of_status used)
    same "pass_with_warnings 1 0" "$(jq -r '"\(.verdict) \(.counts.waived) \(.counts.critical)"' "$work/used/report.json")"
    same "1 false A. Board, B. Chair" "$(jq -r '.waivers[0] | "\(.used) \(.expired) \(.approved_by)"' "$work/used/report.json")"
    ends 0 "$postcheck" audit "$work/used"
}
rule "a waiver lets a finding pass with warnings: it stays visible, and is not OK" used
expired() {
    waiver held status 'esa1.*' '*receiving is suspended*' 2026-01-01 | judge expired 2
    of_status expired | grep -qx 'warning - held' || { echo "it does not say that the waiver ended" && of_status expired; }
    of_status expired | grep -qx 'critical - esa1.example.com' || echo "the finding is not there"
    ends 0 "$postcheck" audit "$work/expired"
}
rule "a waiver that has ended lets nothing pass, and is a finding itself" expired
unmatched() {
    waiver held status 'esa2.*' '*receiving is suspended*' 2030-01-01 | judge unmatched 2
    jq -e 'any(.results[].findings[]; .subject == "held" and .state == "warning" and (.text | test("fits nothing")))' "$work/unmatched/report.json" >/dev/null ||
        echo "it is not said that the waiver fits nothing"
}
rule "a waiver that fits nothing is a finding too" unmatched
alone() { sed 's/, B. Chair//' <(waiver held status '*' '*' 2030-01-01) >"$work/alone.ini"; expect 3 'waived by two people' replay alone $before -f "$work/alone.ini"; }
rule "nobody waives the state of an appliance alone" alone
optional() { # a check that is not mandatory may be UNKNOWN
    mkdir "$work/unread" && cp -rL tests/scenarios/healthy/. "$work/unread"
    echo garbage >"$work/unread/esa1.example.com/cli/workqueue.txt"
    ends 3 replay mandatory "$work/unread" --baseline $before
    printf '[check workqueue]\nmandatory = no\n' >"$work/optional.ini"
    ends 1 replay optional "$work/unread" --baseline $before -f "$work/optional.ini"
    same "incomplete pass_with_warnings" "$(jq -r .verdict "$work/mandatory/report.json") $(jq -r .verdict "$work/optional/report.json")"
}
rule "what is UNKNOWN is incomplete, or a warning where the check is not mandatory" optional

# -- Full --------------------------------------------------------------------------------------------

no_half() { # no_half FOLDER: what is there is whole, and no seal pretends more
    find "$1" -name '*.tmp*' -o -name '.*' -type f
    for file in "$1"/*.json; do
        [ ! -e "$file" ] || jq -e . "$file" >/dev/null || echo "$file is cut off"
    done
    [ ! -e "$1/SHA256SUMS" ] || sealed "$1"
}
full() { # full FOLDER: exit 3 and a reason, at any size of the disk
    expect 3 'space|written|large|No space' replay "$1" tests/scenarios/healthy --baseline $before
    no_half "$work/$1"
    expect 3 '' "$postcheck" audit "$work/$1"
}
mkdir "$work/full"
for size in 16k 200k 300k; do
    if mount -t tmpfs -o size=$size none "$work/full" 2>/dev/null; then
        rule "a disk of $size leaves no half report" full full/run
        umount "$work/full"
    else
        skip "a disk of $size leaves no half report" "no tmpfs can be mounted"
    fi
done
limited() { (trap '' XFSZ && ulimit -f 30 && full limited); }
rule "nor does a limit of file sizes" limited

# -- Twenty nodes, two clusters, two managers ---------------------------------------------------------

faults=(suspended=hq01 not-connected=hq04 critical-alert=hq07 other-build=br02 not-established=br04 tracking-gap=br05 no-mail=br07)
tests/scenarios/fleet20.sh "$work/sound" && tests/scenarios/fleet20.sh "$work/faulty" "${faults[@]}"
twenty() {
    ends 0 replay twenty "$work/sound/after" --baseline "$work/sound/before"
    same "22 2 pass" "$(jq -r '"\(.nodes | length) \(.clusters | length) \(.verdict)"' "$work/twenty/report.json")"
    ends 0 "$postcheck" audit "$work/twenty"
}
rule "a fleet of twenty, two clusters and two managers in one command" twenty
where() { # where REPORT: "check node" that is CRITICAL; of what a whole cluster says, the cluster
    jq -r '.results[] | select(.state == "critical") | "\(.check) \(.node | sub("[.].*"; ""))"' "$1" |
        sed -E 's/^(connstatus|version|clustercheck) (hq|br)[0-9]*/\1 \2/' | sort -u
}
wanted='alerts hq07
connstatus hq
services sma2
status hq01
tracking sma2
version br'
replayed() {
    ends 2 replay faults "$work/faulty/after" --baseline "$work/faulty/before"
    diff <(echo "$wanted") <(where "$work/faults/report.json")
}
rule "seven faults in it are found where they are" replayed
live_night() { # the simulator plays what was generated
    jq -n --arg dir "$work/faulty" '{timeline: [{name: "before", scenario: "\($dir)/before"}, {name: "after", scenario: "\($dir)/after"}]}' >"$work/fleet.json"
    sim_start "$work/night" --fleet "$work/fleet.json" || return
    ends 0 "$postcheck" -f "$work/night/postcheck.ini" baseline --change CHG4 --changes "$changes"
    sim state after
    ends 2 "$postcheck" -f "$work/night/postcheck.ini" verify --change CHG4 --changes "$changes"
    sim_stop
    diff <(sort <(echo "$wanted") - <<<'mailflow br07') <(where "$(only "$changes/CHG4/verify-*")/report.json")
    ends 0 "$postcheck" audit "$(only "$changes/CHG4/verify-*")"
}
rule "live too, in one command" live_night
done_testing
