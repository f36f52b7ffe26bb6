#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# watch.sh [BUILD]: postcheck watch beside a fleet that is upgraded: its lines, its journal, and its
# screen in a real terminal (tmux, on a socket of its own). Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/sim.sh
needs jq tmux
postcheck=$build/postcheck
terminal=(tmux -S "$work/terminal" -f /dev/null)
stop_all() {
    "${terminal[@]}" kill-server 2>/dev/null
    sim_stop
    stop
}
trap stop_all EXIT

# -- A night: esa1 goes first ----------------------------------------------------------------------

esa1=esa1.example.com
state() { # state NAME FROM: a scenario of ours, whose files may be written to
    mkdir -p "$work/night"
    cp -rL "tests/scenarios/$2" "$work/night/$1"
}
suspend() { # suspend NAME…: esa1 of these scenarios
    for name; do
        sed -i 's/^\(System status: *\).*/\1Receiving suspended/' "$work/night/$name/$esa1/cli/status.txt"
    done
}
drain() {
    for name; do
        sed -i -E 's/(Active Recipients|Messages In Work Queue)( +)[0-9,]+/\1\2 0/' "$work/night/$name/$esa1/cli/status.txt"
        sed -i -E 's/^(Messages: ).*/\10/' "$work/night/$name/$esa1/cli/workqueue.txt"
    done
}
state suspended before && state drained before && state left before && state up healthy && state hostile healthy
suspend suspended drained left up
drain drained left
sed -i 's/: Connected *$/: Disconnected/' "$work/night"/{left,up}/esa?.example.com/cli/connstatus.txt
printf 'System status: \033[2J\033]0;owned\007\xe2\x80\xae<b>|\n' >"$work/night/hostile/$esa1/cli/status.txt"
cat >"$work/fleet.json" <<END
{ "timeline": [ {"name": "before", "scenario": "tests/scenarios/before"},
    {"name": "suspended", "scenario": "$work/night/suspended"}, {"name": "drained", "scenario": "$work/night/drained"},
    {"name": "left", "scenario": "$work/night/left"},
    {"name": "down", "scenario": "$work/night/left", "down": ["$esa1"]},
    {"name": "up", "scenario": "$work/night/up"}, {"name": "healthy", "scenario": "tests/scenarios/healthy"},
    {"name": "hostile", "scenario": "$work/night/hostile"},
    {"name": "nobody", "scenario": "tests/scenarios/both-suspended", "down": ["esa2.example.com"]} ] }
END
fleet() { # fleet OPTION…: a new simulator, that rules, which are subshells, can talk to as well
    sim_stop
    rm -rf "$work/sim"
    sim_start "$work/sim" --fleet "$work/fleet.json" "$@" || exit 1
    exec {to}>&"$sim_in" {from}<&"$sim_out"
    sim_in=$to sim_out=$from
}
watch() { "$postcheck" -f "$work/sim/postcheck.ini" watch "$@"; }

told() { sed -E 's/^[0-9-]{10}T[0-9:]{8}Z //' "$work/lines"; } # without the times
says() { grep -qF -- "$1" "$work/lines"; }
reaches() { # reaches STATE TEXT: plays it, and waits for a line
    sim state "$1" && until_true $watcher says "$2" || printf '%s: no line "%s"\n' "$1" "$2"
}
night() {
    local code=0
    : >"$work/lines"
    "$postcheck" -f "$work/sim/postcheck.ini" watch --every 5s --change CHG1 --changes "$work/changes" >"$work/lines" &
    watcher=$!
    pids+=($watcher)
    until_true $watcher says 'receivers left: 2 of 2' || echo "nothing begins"
    reaches suspended 'planned -> suspended'
    reaches drained 'suspended -> drained'
    reaches left 'drained -> installing'
    reaches down 'installing -> down'
    reaches up 'down -> up-new'
    reaches healthy 'up-new -> established'
    whole() { [ "$(grep -c 'receivers left: 2 of 2' "$work/lines")" = 2 ]; } # the end of the round
    until_true $watcher whole || echo "the round does not end"
    kill -TERM $watcher
    wait $watcher || code=$?
    same 0 $code "$work/lines"
}
lines() {
    diff <(told | grep "$esa1\|hq ") - <<END
$esa1 planned (status says Online)
hq receivers left: 2 of 2
$esa1 planned -> suspended (status says Receiving suspended)
hq receivers left: 1 of 2
$esa1 suspended -> drained (work queue 0, recipients 0)
$esa1 drained -> installing (drained, and not connected to esa2.example.com)
$esa1 installing -> down ($(told | grep -o 'no connection to 127.0.0.1 port [0-9]*: Connection refused'))
$esa1 down -> up-new (runs 15.0.3-002)
$esa1 up-new -> established (established on sma1.example.com)
hq receivers left: 2 of 2
END
    grep -vE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z [a-z0-9.]+ ' "$work/lines"
}
journal() {
    diff <(jq -r 'select(.node == "'$esa1'") | "\(.was) \(.event) \(.document) \(.release // "")"' "$work/changes/CHG1/timeline.jsonl") - <<'END'
planned suspended cli/status.txt 
suspended drained cli/status.txt 
drained disconnected cli/connstatus.txt 
installing down cli/status.txt 
down up cli/version.txt 15.0.3-002
up-new resumed cli/status.txt 
up-new connected cli/connstatus.txt 
up-new established sma1.example.com/https/config_appliances.json 
END
    jq -e 'select(.at | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$") | not)' "$work/changes/CHG1/timeline.jsonl"
}
asked() { # what the simulator saw: few documents, one login a round, nothing that changes anything
    jq -r 'select(.event == "command") | .text // .command // empty' "$work/sim/journal.jsonl" | sort -u >"$work/commands"
    jq -c 'select(.event == "changed")' "$work/sim/journal.jsonl"
    jq -r 'select(.event == "session" and (.open | tonumber) > 1)' "$work/sim/journal.jsonl"
}
fleet
rule "a watch follows it to its end" night
rule "each change of stage is a line, also who still receives" lines
rule "and an event of the change's journal, with what told it" journal
rule "one session each, and nothing was changed" asked

again() { # what is known from the journal is no news
    local before
    before=$(wc -l <"$work/changes/CHG1/timeline.jsonl")
    expect 0 "$esa1 established" watch --once --change CHG1 --changes "$work/changes"
    same "$before" "$(wc -l <"$work/changes/CHG1/timeline.jsonl")" "$work/changes/CHG1/timeline.jsonl"
}
rule "a second watch goes on where the first one ended" again

json() {
    watch --once --format json >"$work/json" || echo "exit $?"
    same '3 true' "$(jq -rs '[.[] | select(.stage)] | "\(length) \(all(.[]; .node and .at and (.document | type == "string")))"' "$work/json")" "$work/json"
    same '2 2' "$(jq -r 'select(.cluster) | "\(.receiving) \(.members)"' "$work/json")" "$work/json"
}
rule "--format json: lines of JSON" json
hostile() {
    sim state hostile
    watch --once >"$work/hostile" 2>&1
    grep -q 'UNKNOWN: not recognised' "$work/hostile" || cat -v "$work/hostile"
    grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae' "$work/hostile" | cat -v
}
rule "text of an appliance is one clean line" hostile

refused() { # a client that fails more often than ten times is locked out for a day
    sim state healthy
    sim fault '{"node": "esa2.example.com", "on": "ssh", "fault": "login-refused"}'
    : >"$work/lines"
    local before after
    before=$(grep -c '"esa2.example.com".*"auth"' "$work/sim/journal.jsonl")
    "$postcheck" -f "$work/sim/postcheck.ini" watch --every 5s >"$work/lines" &
    watcher=$!
    pids+=($watcher)
    until_true $watcher says 'esa2.example.com UNKNOWN: login refused, not asked again' || cat "$work/lines"
    reaches up "$esa1 planned -> suspended"
    kill -TERM $watcher
    wait $watcher
    same 3 $? "$work/lines"
    after=$(grep -c '"esa2.example.com".*"auth"' "$work/sim/journal.jsonl")
    [ $((after - before)) -le 2 ] || echo "$((after - before)) logins"
    sim clear
}
rule "an appliance that refuses a login is not asked again" refused
problem() {
    sim state nobody
    expect 2 'hq CRITICAL: nobody receives for cluster hq' watch --once
}
rule "nobody receives: CRITICAL" problem
rule "wrong calls: no such duration" expect 3 'from 5s to 24h' watch --every 1s
rule "no journal of ours" expect 3 'line 1 is no event' eval 'echo "{}" >"$work/none"; watch --once --journal "$work/none"'

# -- On a screen -----------------------------------------------------------------------------------

screen() { "${terminal[@]}" capture-pane -p; }
shows() { screen | grep -qE -- "$1"; }
terminal_pid() { "${terminal[@]}" display-message -p '#{pid}'; }
wait_for() { until_true "$(terminal_pid)" shows "$1" || { echo "no /$1/ in:" && screen; }; }
keys() { "${terminal[@]}" send-keys "$@"; }
open_screen() { # open_screen OPTION…: in a terminal of 80 x 24 that says what the exit code was
    "${terminal[@]}" new-session -d -x 80 -y 24 "env ${no_colour-} TERM=screen '$postcheck' -f '$work/sim/postcheck.ini' watch --every 5s $*; echo exit \$?; exec cat"
}
close_screen() { "${terminal[@]}" kill-session 2>/dev/null; }
first_screen() {
    sim state before
    open_screen --change CHG2 --changes "$work/changes"
    wait_for 'sma1 +planned'
    screen >"$work/page"
    [ "$(wc -l <"$work/page")" = 24 ] || echo "$(wc -l <"$work/page") lines"
    head -n 1 "$work/page" | grep -qE '^postcheck watch  CHG2   [0-9:]{8} UTC   (next in [0-5] s|ask.*)$' || head -n 1 "$work/page"
    same '3 appliances, 0 complete: 3 planned' "$(sed -n 2p "$work/page")"
    same 'Receivers left: hq all 2' "$(sed -n 3p "$work/page")"
    same 'q quit   h help' "$(tail -n 1 "$work/page")"
    same '  esa1     planned       <1m 14.2.0-620 status says Online' "$(grep esa1 "$work/page")"
}
worst_first() {
    sim state nobody
    wait_for '^CRITICAL nobody receives for cluster hq'
    wait_for 'esa2 +down'
    screen >"$work/page"
    sed -n 2p "$work/page" | grep -q '^CRITICAL' || cat "$work/page"
    grep -A 1 '^  NAME' "$work/page" | tail -n 1 | grep -qE '^(  |! )esa2 +down' || cat "$work/page"
    grep -q '^Receivers left: hq 0 of 2' "$work/page" || cat "$work/page"
}
still() { # a second on which nothing happens costs a few bytes, and clears nothing
    "${terminal[@]}" pipe-pane "cat >'$work/bytes'"
    keys x
    wait_for 'next in 4 s'
    wait_for 'next in 1 s'
    "${terminal[@]}" pipe-pane
    [ "$(wc -c <"$work/bytes")" -gt 20 ] || echo "nothing was drawn"
    [ "$(wc -c <"$work/bytes")" -lt 1500 ] || echo "$(wc -c <"$work/bytes") bytes"
    grep -aq $'\033\[2J' "$work/bytes" && echo "the screen was cleared"
    grep -aq 'esa2' "$work/bytes" && echo "rows were drawn again: $(cat -v "$work/bytes")"
}
resize() {
    "${terminal[@]}" resize-window -x 100 -y 30
    full() { [ "$(screen | wc -l)" = 30 ] && screen | tail -n 1 | grep -q '^q quit'; }
    until_true "$(terminal_pid)" full || screen
    "${terminal[@]}" resize-window -x 80 -y 24
    small() { [ "$(screen | wc -l)" = 24 ] && screen | tail -n 1 | grep -q '^q quit'; }
    until_true "$(terminal_pid)" small || screen
}
help_page() {
    keys h
    wait_for '^installing +and it left its cluster'
    shows '^verified ' || screen
    keys h
    wait_for '^  NAME '
}
quits() { # quits KEY CODE
    keys "$1"
    wait_for "^exit $2\$"
    shows '^CRITICAL nobody receives' || screen # what was left is said once more
    same '1 1' "$("${terminal[@]}" display-message -p '#{cursor_flag} #{wrap_flag}')"
    same 0 "$("${terminal[@]}" display-message -p '#{alternate_on}')"
    close_screen
}
rule "80 x 24: head, counts, receivers, rows, keys" first_screen
rule "the worst problem first" worst_first
rule "no flicker: what did not change is not drawn" still
rule "another size: drawn anew" resize
rule "h explains the stages" help_page
rule "q quits, says what is left, and restores the screen" quits q 2
interrupted() {
    open_screen
    wait_for '^CRITICAL nobody receives'
    quits C-c 2
}
rule "so does Ctrl-C" interrupted
crash() { # the one process that draws, by its id
    open_screen
    wait_for '^CRITICAL nobody receives'
    kill -SEGV "$(pgrep -P "$("${terminal[@]}" display-message -p '#{pane_pid}')" -f 'watch --every' | head -n 1)"
    wait_for '^exit [1-9]'
    same '1 0' "$("${terminal[@]}" display-message -p '#{cursor_flag} #{alternate_on}')"
    close_screen
}
[[ $build == */asan ]] || rule "a crash gives the terminal back" crash # the sanitizer keeps its handlers
colours() {
    open_screen
    wait_for '^CRITICAL nobody'
    "${terminal[@]}" capture-pane -ep | grep -q $'\033\[.*m.*CRITICAL' || echo "no colour"
    close_screen
    no_colour=NO_COLOR=1 open_screen
    wait_for '^CRITICAL nobody'
    "${terminal[@]}" capture-pane -ep | grep $'\033' | cat -v
    close_screen
}
rule "colours, unless NO_COLOR" colours

# -- Many ------------------------------------------------------------------------------------------

copies=100
[[ $build != */asan ]] || copies=34 # a round of all takes longer there
count=$((3 * copies))
long() { until_true "$(terminal_pid)" shows "$1" || until_true "$(terminal_pid)" shows "$1" || wait_for "$1"; }
many() {
    open_screen --every 10s
    long "^$count appliances, 0 complete: $count planned"
    wait_for "^Receivers left: all of $copies clusters"
    screen | tail -n 1 | grep -q "1 to 18 of $count\$" || screen
    same 18 "$(screen | grep -c planned\ )"
}
keeps() { # keys are answered at once, also while a round is at work
    keys G
    wait_for "$((count - 17)) to $count of $count\$"
    keys k
    wait_for "$((count - 18)) to $((count - 1)) of $count\$"
    keys Home
    wait_for "1 to 18 of $count\$"
    keys PageDown
    wait_for "19 to 36 of $count\$"
    keys j Down
    wait_for "21 to 38 of $count\$"
    keys g
}
first_of_many() { # the worst of them stand on the first page
    sim state nobody
    long '^CRITICAL nobody receives for cluster hq-s00'
    long '^ +and [0-9]+ more$'
    long '^Receivers left: hq-s00.. 0 of 2'
    keys q
    wait_for '^exit 2'
    close_screen
}
fleet --copies $copies
rule "some hundred appliances: as many as fit" many
rule "and all by scrolling" keeps
rule "the worst of them are seen" first_of_many
done_testing
