#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [BUILD]: how a run behaves: a hung appliance, signals, a crash, limits of time, what is asked
# twice, disks that are full, wrong calls, and postcheck's other commands. Speaks TAP.
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

ini=$work/sim/postcheck.ini
journal=$work/sim/journal.jsonl
sim_start "$work/sim" --scenario tests/scenarios/healthy --copies 2 || exit 1
one=esa1-s0000.example.com two=esa2-s0000.example.com sma=sma1-s0000.example.com

play() { sim "fault {\"node\": \"$1\", \"on\": \"$2\", \"fault\": \"$3\"${4:+, $4}}"; } # NODE ON FAULT
events() { tail -n "+$((mark + 1))" "$journal" | jq -c "select($1)" | wc -l; } # since mark
mark() { mark=$(wc -l <"$journal"); }
until_ok() { # until_ok COMMAND…: waits for it, 20 s at most
    local i
    for ((i = 0; i < 1000; i++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        read -rt 0.02 <> <(:)
    done
    echo "this did not come: $*"
    return 1
}
is_event() { tail -n "+$((mark + 1))" "$journal" | jq -es "any(.[]; $1)"; }
one_line() { # one_line CODE TEXT COMMAND…: exit code, and one line in all that holds TEXT
    local code=$1 text=$2 output found=0
    shift 2
    output=$("$@" 2>&1) || found=$?
    [ "$found" = "$code" ] && [ "$(wc -l <<<"$output")" = 1 ] && grep -qE -- "$text" <<<"$output" ||
        printf 'exit %s, wanted %s and one line with /%s/ of: %s\n%s\n' "$found" "$code" "$text" "$*" "$output"
}
configure() { # configure NAME KEY=VALUE…: a configuration with other [defaults]
    local file=$work/$1.ini setting
    shift
    cp "$ini" "$file"
    for setting; do
        sed -i "/^${setting%%=*} = /d; s|^\[defaults\]|&\n${setting%%=*} = ${setting#*=}|" "$file"
    done
}
states() { jq -r '.results[] | "\(.node) \(.check) \(.state)"' "$1" | sort; } # REPORT

# -- A hung appliance ----------------------------------------------------------------------------

configure hung parallel=2
sed -i "s/^\[node $one\]/&\ntimeout = 4/" "$work/hung.ini"
poll() { # poll CODE NAME: its report, and how many milliseconds it took
    local code=0 start
    start=$(date +%s%N)
    "$postcheck" -f "$work/hung.ini" poll --format json --record "$work/$2.capture" >"$work/$2" 2>"$work/$2.err" || code=$?
    took=$((($(date +%s%N) - start) / 1000000))
    echo "$took" >"$work/$2.took"
    [ "$code" = "$1" ] && [ ! -s "$work/$2.err" ] || echo "exit $code, wanted $1: $(cat "$work/$2.err" "$work/$2")"
}
rule "a fleet without faults" poll 0 sound
answered() { # answered NAME: all but the one answered everything that was asked
    jq -r --arg one "$one" '.documents[] | select(.node != $one and .fault and (.fault.text | startswith("not asked: /xml/status") | not))
        | "\(.node) \(.id): \(.fault.text)"' \
        "$work/$1.capture/capture.json"
}
hang() {
    local limit
    mark
    play "$one" ssh hang
    play "$one" https hang
    poll 3 hang
    # Its own deadline, and at most what the others took without it; a loaded machine is slow.
    limit=$((4000 + 3 * $(cat "$work/sound.took") + 3000))
    [ "$took" -le "$limit" ] || echo "took $took ms, wanted at most $limit"
    is_event '.event == "fault" and .fault == "hang"' >/dev/null || echo "nothing hung"
    answered hang
}
rule "a hung appliance costs its own deadline; all others are asked completely" hang
rule "and those that do not need its answers are judged as without it" \
    diff <(states "$work/sound" | grep s0001) <(states "$work/hang" | grep s0001)
neighbours() { # of its cluster and its manager: what they alone can tell
    states "$work/hang" | grep -e "^$two" -e "^$sma" | grep -v -e ' alerts ' -e ' connstatus ' -e ' ok$' -e ' not_applicable$' |
        comm -23 - <(states "$work/sound")
}
rule "its neighbours stay fine, but for what its own answers would explain or confirm" neighbours
rule "it is UNKNOWN itself, in all that it did not answer" \
    diff <(states "$work/hang" | grep "^$one" | cut -d ' ' -f 3 | sort -u) <(echo unknown)
sim clear

# -- The end by a limit of time ------------------------------------------------------------------

play "$one" ssh hang
rule "-t: what is missing is UNKNOWN" expect 3 '^STATUS UNKNOWN' "$check" -f "$ini" -H "$one" -C status -t 2
rule "-t with a state" expect 2 '^STATUS CRITICAL' "$check" -f "$ini" -H "$one" -C status -t 2:critical
rule "-t of postcheck ends the run" expect 3 'no answer|not asked|took the connection' \
    "$postcheck" -f "$ini" poll -t 3 -v
sim clear

# -- Signals and crashes -------------------------------------------------------------------------

configure lone parallel=2
begin() { # begin COMMAND…: runs in the background until an appliance hangs
    mark
    env --default-signal=INT,TERM "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    until_ok is_event '.event == "fault" and .fault == "hang"' || { kill -KILL "$pid"; return 1; }
    children=$(pgrep -P "$pid" | tr '\n' ' ')
    [ -n "$children" ] || echo "no child"
}
finished() { # finished CODE: ends, and leaves no child
    local code=0 child
    wait "$pid" || code=$?
    [ "$code" = "$1" ] || echo "exit $code, wanted $1: $(cat "$work/out" "$work/err")"
    for child in $children; do
        ! kill -0 "$child" 2>/dev/null || echo "child $child is still there"
    done
}
interrupted() { # interrupted SIGNAL COMMAND…
    local signal=$1
    shift
    begin "$@" || return
    kill "-$signal" "$pid"
    finished 3
    [ "$(grep -c "interrupted by SIG$signal: [0-9]* of [0-9]* documents were answered" "$work/out" "$work/err" |
        awk -F : '{ n += $2 } END { print n }')" = 1 ] || { echo "no final line:" && cat "$work/out" "$work/err"; }
}
play "$one" ssh hang
play esa1-s0001.example.com ssh hang
for signal in TERM INT; do
    rule "SIG$signal ends check_asyncos with a line and exit 3" \
        interrupted $signal "$check" -f "$ini" -H "$one"
    rule "SIG$signal ends a fleet run the same way" \
        interrupted $signal "$postcheck" -f "$work/lone.ini" poll --record "$work/ended-$signal"
    replayed() {
        jq -e '.interrupted == true' "$work/ended-$signal/capture.json" >/dev/null || echo "the capture does not say so"
        expect 3 '^ASYNCOS (UNKNOWN|WARNING|CRITICAL)' "$check" --replay "$work/ended-$signal" -H "$two"
        expect 3 'STATUS UNKNOWN.*interrupted' "$check" --replay "$work/ended-$signal" -H "$one" -C status
    }
    rule "and its capture can be judged" replayed
done
sim clear

play "$one" ssh hang
crash() { # one child is left: that of the appliance that hangs
    begin "$@" || return
    only() { [ "$(pgrep -P "$pid" | wc -l)" = 1 ] && [ "$(events '.event == "session"')" -ge "$sessions" ]; }
    until_ok only || { kill "$pid"; return; }
    kill -SEGV "$(pgrep -P "$pid")"
    finished 3
}
crash_one() {
    sessions=0
    crash "$check" -f "$ini" -H "$one" -C status
    grep -qE '^STATUS UNKNOWN - .*the process that asked ended (by signal 11|too early)' "$work/out" || cat "$work/out"
}
rule "a crash of the process that asks is UNKNOWN" crash_one
crash_fleet() {
    sessions=5
    crash "$postcheck" -f "$ini" poll --format json --record "$work/crash.capture"
    answered crash
    diff <(states "$work/sound" | grep s0001) <(states "$work/out" | grep s0001)
    jq -e --arg one "$one" 'any(.documents[]; .node == $one and (.fault.text // "" | test("the process that asked ended")))' \
        "$work/crash.capture/capture.json" >/dev/null || echo "nobody says that it crashed"
}
rule "and costs that appliance" crash_fleet
sim clear

# -- What is asked once --------------------------------------------------------------------------

once() {
    configure fresh "cache_dir=$work/fresh"
    mark
    "$check" -f "$work/fresh.ini" -H "$one" -C status >/dev/null
    "$check" -f "$work/fresh.ini" -H "$one" -C status >/dev/null
    "$postcheck" -f "$work/fresh.ini" poll >/dev/null
    [ "$(events ".node == \"$one\" and .event == \"request\" and .path == \"/xml/status\"")" = 1 ] || echo "asked more than once"
    [ "$(events ".node == \"$one\" and .event == \"session\"")" = 3 ] || echo "not three sessions: nothing is proven"
}
rule "/xml/status is asked once in a minute, by three runs" once
(umask 077 && echo '* postcheck wrong-passphrase' >"$work/wrong")
attempts() { # attempts SETTING…: a fleet run with a wrong passphrase
    local found
    configure refused "credentials_file=$work/wrong" "cache_dir=$work/none-$RANDOM" "$@"
    # Without the key, and its path, everything goes by passphrase.
    [[ " $* " == *identity* ]] || sed -i '/^identity_file/d' "$work/refused.ini"
    mark
    "$postcheck" -f "$work/refused.ini" poll >/dev/null 2>&1
    found=$(tail -n "+$((mark + 1))" "$journal" | jq -r 'select(.event == "auth" and .ok == "no") | .node' | sort | uniq -c | awk '{ print $1 }')
    [ "$found" = "$(printf '1\n1\n1\n1\n1\n1')" ] ||
        { echo "attempts by appliance:" && tail -n "+$((mark + 1))" "$journal" | jq -c 'select(.event == "auth")'; }
    sim clear
}
rule "a wrong passphrase is tried once per appliance, of SSH and HTTPS together" attempts
rule "also where SSH has a key and only HTTPS is refused" attempts "identity_file=$work/sim/id_ed25519"
rule "also with HTTP Basic" attempts "identity_file=$work/sim/id_ed25519" api_login=basic

# -- Where the results go ------------------------------------------------------------------------

mkdir "$work/taken"
: >"$work/taken/file"
rule "a capture is never written over anything" one_line 3 "$work/taken.*(not empty|holds|already)" \
    "$check" -f "$ini" -H "$one" -C status --record "$work/taken"
filled() { # filled FOLDER COMMAND…
    local folder=$1 code=0
    shift
    "$@" >"$work/out" 2>&1 || code=$?
    [ "$code" = 3 ] && grep -qiE 'No space|too large|disk' "$work/out" || echo "exit $code: $(cat "$work/out")"
    [ ! -e "$folder/capture.json" ] || jq -e . "$folder/capture.json" >/dev/null || echo "half an index"
}
mkdir "$work/full"
if mount -t tmpfs -o size=32k none "$work/full" 2>/dev/null; then
    rule "a full disk is said, and exit 3" \
        filled "$work/full/capture" "$postcheck" -f "$ini" poll --record "$work/full/capture"
    umount "$work/full"
else
    skip "a full disk is said, and exit 3" "no tmpfs can be mounted"
fi
limited() { (trap '' XFSZ && ulimit -f 1 && filled "$work/small" "$check" -f "$ini" -H "$one" --record "$work/small"); }
rule "so is a limit of file sizes" limited
written() { # written COMMAND…: stdout cannot be written
    local code
    for target in /dev/full -; do
        code=0
        if [ $target = - ]; then "$@" >&- 2>/dev/null || code=$?; else "$@" >$target 2>/dev/null || code=$?; fi
        [ "$code" = 3 ] || echo "exit $code with stdout to $target"
    done
}
rule "an answer that cannot be written is exit 3" written "$check" -f "$ini" -H "$one" -C status
rule "of a fleet too" written "$postcheck" -f "$ini" poll
rule "of a list too" written "$postcheck" -f "$ini" nodes
quiet() {
    "$postcheck" -f "$ini" poll >/dev/null 2>"$work/err"
    [ ! -s "$work/err" ] || { echo "without a terminal:" && cat "$work/err"; }
    terminal "" >"$work/progress"
    grep -qE 'asking [a-z0-9.-]+: ' "$work/progress" || { echo "no progress on a terminal:" && cat "$work/progress"; }
    grep -q "$one" "$work/out" || echo "no result beside it"
    terminal --no-progress >"$work/progress"
    ! grep -a 'example' "$work/progress" || echo "with --no-progress"
}
terminal() { script -qec "$postcheck -f $ini poll $1 >$work/out" /dev/null </dev/null; }
rule "progress is for terminals" quiet

# -- Wrong calls ---------------------------------------------------------------------------------

wrong_config() { # wrong_config LINE TEXT SCRIPT: the sed SCRIPT spoils the configuration in LINE
    sed "$3" "$ini" >"$work/bad.ini"
    local where="$work/bad.ini: line $1: .*$2"
    one_line 3 "$where" "$check" -f "$work/bad.ini" -H "$one"
    one_line 3 "$where" "$postcheck" -f "$work/bad.ini" poll
    [ -z "$("$check" -f "$work/bad.ini" -H "$one" 2>&1 >/dev/null)" ] || echo "check_asyncos writes to stderr"
}
rule "an unknown key" wrong_config 9 "unknown key 'timeuot'.*timeout" 's/^timeout/timeuot/'
rule "an unknown section" wrong_config 2 "unknown section.*default" 's/^\[defaults\]/[default]/'
rule "a bad number" wrong_config 9 "timeout" 's/^timeout = .*/timeout = soon/'
rule "a bad port" wrong_config 16 "ssh_port" '16 s/.*/ssh_port = 65536/'
rule "a bad role" wrong_config 12 "role" '12 s/.*/role = wsa/'
rule "a line that is no setting" wrong_config 3 "." '3 s/.*/what is this/'
rule "no configuration" one_line 3 "$work/none.ini" "$check" -f "$work/none.ini" -H "$one"
rule "an unknown appliance" one_line 3 'has no section \[node esa9.example.com\]' "$check" -f "$ini" -H esa9.example.com
rule "an unknown command" one_line 3 "'pol' is no command" "$postcheck" -f "$ini" pol
rule "an unknown check" one_line 3 "no check is called 'stats'" "$check" -f "$ini" -H "$one" -C stats
rule "an unknown option" one_line 3 "frobnicate" "$postcheck" -f "$ini" poll --frobnicate

# -- Other commands ------------------------------------------------------------------------------

configure well "cache_dir=$work/well" # what was asked a moment ago is not asked again
rule "doctor: everything works" expect 0 'every check can be answered' "$postcheck" -f "$work/well.ini" doctor
play "$sma" api refuse
ill() { # names the interface, the reason, and the checks that it costs
    expect 1 'API +fails +0 of [0-9]+ documents' "$postcheck" -f "$ini" doctor "$sma"
    expect 1 'port [0-9]+ refuses connections: the API is not enabled' "$postcheck" -f "$ini" doctor "$sma"
    expect 1 'checks (left UNKNOWN|that cannot be answered): .*services' "$postcheck" -f "$ini" doctor "$sma"
    expect 1 'SSH +works' "$postcheck" -f "$ini" doctor "$sma"
}
rule "doctor: one interface fails" ill
play "$sma" ssh refuse
play "$sma" gui refuse
rule "doctor: nothing works" expect 2 'SSH +fails' "$postcheck" -f "$ini" doctor "$sma"
rule "doctor: as JSON" eval '"$postcheck" -f "$ini" doctor "$sma" --format json | jq -e ".[0].interfaces | length == 6" >/dev/null || echo no'
sim clear
discovers() {
    awk -v sma="$sma" '/^\[/ { keep = $1 == "[defaults]" || $2 == sma "]" } keep' "$ini" >"$work/found.ini"
    "$postcheck" -f "$work/found.ini" discover "$sma" >"$work/out" || echo "exit $?"
    cat "$work/out" >>"$work/found.ini"
    # Those of this manager: its own copy.
    diff <("$postcheck" -f "$work/found.ini" nodes --format json | jq -r '.[] | "\(.name) \(.role) \(.sma)"') \
        <("$postcheck" -f "$ini" nodes --format json | jq -r '.[] | "\(.name) \(.role) \(.sma)"' | grep s0000)
    "$postcheck" -f "$work/found.ini" discover "$sma" | grep '^\[' && echo "what is known is not known"
}
rule "discover prints sections that load, of the same appliances" discovers
rule "discover of a gateway" one_line 3 "$one" "$postcheck" -f "$ini" discover "$one"
rule "nodes" expect 0 "^$one +esa +127.0.0.1 +hq-s0000 +$sma" "$postcheck" -f "$ini" nodes
rule "checks" expect 0 '^workqueue \(esa\)' "$postcheck" checks
valid() { # valid NAME: $work/NAME is a report
    python3 -c '
import json, sys
from jsonschema import Draft202012Validator
with open("plugin/schema/postcheck.report-1.json", encoding="utf-8") as f:
    validator = Draft202012Validator(json.load(f))
with open(sys.argv[1], encoding="utf-8") as f:
    for error in validator.iter_errors(json.load(f)):
        print(list(error.path), error.message)' "$work/$1"
}
reports() { # of one appliance, of a fleet, and of a run that was interrupted
    "$check" -f "$ini" -H "$two" --format json >"$work/check.json"
    valid check.json
    jq -e '.run.phase == "check" and .run.started_at != null' "$work/check.json" >/dev/null || echo "no live check"
    "$postcheck" -f "$ini" poll --state "$work/state.json" >/dev/null
    valid state.json
    jq -e '(.nodes | length) == 6 and .run.phase == "poll"' "$work/state.json" >/dev/null || echo "no fleet"
    sim "fault {\"node\": \"$two\", \"on\": \"cli/version.txt\", \"fault\": \"delay\", \"value\": 8000}"
    mark
    env --default-signal=INT "$check" -f "$ini" -H "$two" --format json >"$work/ended.json" &
    local pid=$!
    until_ok is_event '.event == "input"'
    kill -INT "$pid"
    wait "$pid"
    sim clear
    valid ended.json
    jq -e '.verdict == "incomplete" and (.run.interrupted | test("SIGINT"))' "$work/ended.json" >/dev/null || cat "$work/ended.json"
}
rule "JSON of live runs fits the schema" reports
helps() {
    local command
    for command in '' doctor discover poll nodes checks; do
        expect 0 'usage: postcheck' "$postcheck" $command -h
        "$postcheck" $command -h | grep -E '^.{81}' | sed 's/^/over 80 columns: /'
    done
}
rule "help of every command, in 80 columns" helps
rule "the version" expect 0 '^postcheck [0-9]' "$postcheck" -V
# What counts per run is not counted over all runs, which have notes of their own of what was asked.
rule "nothing was sent in all of it that may not be sent" \
    eval 'jq -sr -f tests/live/journal.jq "$journal" | grep -v -e "failed logins$" -e "twice in a minute$"'
done_testing
