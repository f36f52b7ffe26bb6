#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# matrix.sh [BUILD]: every fault that the simulator plays, on every transport that it fits, and what
# check_asyncos makes of it: one row of matrix.tsv each. Then the journal of all that was sent is
# judged by journal.jq: nothing but the allow-list, no answer to any question. Speaks TAP.
# KEEP=FOLDER keeps what the rows left behind.
. "$(dirname "$0")/common.sh"
# The simulator is not what is tested here: the plain one is quicker.
simulator=$build/appliance
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
. tests/sim.sh
table=tests/live/matrix.tsv
jobs=24 # rows at a time: most of them wait
end() {
    sim_stop
    stop
}
trap end EXIT

# -- The rows ------------------------------------------------------------------------------------

read_row() { # read_row N: into the variables that are named like the columns
    IFS=$'\t' read -r fault on value node set check state exit sentence why <"$work/rows/$1/row"
}

configure() { # configure N HOST: the simulator's configuration of this copy, of HOST as SET wants it
    local file=$work/rows/$1/ini settings setting copy other
    cp "$work/sections/defaults" "$file"
    cp "$work/sections/$2" "$file.node"
    set=${set//@WORK@/$work}
    IFS=';' read -ra settings <<<"${set//@PIN@/$pin}"
    for setting in "${settings[@]}"; do
        [ "$setting" != - ] || continue
        sed -i "/^${setting%%=*} = /d" "$file" "$file.node"
        [[ $setting != *=* ]] || echo "${setting%%=*} = ${setting#*=}" >>"$file.node"
    done
    sed "s|@KEY@|$(awk -v host="$2" '$1 == host { print $2 }' "$work/fingerprints")|" "$file.node" >>"$file"
    copy=$(printf %04d "$1")
    for other in "$work/sections"/*"-s$copy.example.com"; do
        [ "${other##*/}" = "$2" ] || cat "$other" >>"$file"
    done
}

prepare() { # every row has the appliance of one copy for itself
    local n=0 line host
    while IFS= read -r line; do
        mkdir "$work/rows/$n"
        printf '%s\n' "$line" >"$work/rows/$n/row"
        read_row "$n"
        host=sma1
        [ "$node" = sma ] || host=esa2 # whose texts hold no remains of a pager that is not there
        host=$host-s$(printf %04d "$n").example.com
        echo "$host" >"$work/rows/$n/host"
        configure "$n" "$host"
        [ "$fault" = - ] || sim "fault {\"node\": \"$host\", \"on\": \"$on\", \"fault\": \"$fault\"$(
            [ "$value" = - ] || echo ", $value")}" || echo "row $n: $line"
        n=$((n + 1))
    done <"$work/table"
}

play() { # play N: its files are in $work/rows/N
    local folder=$work/rows/$1 checks=licenses,raid,reboot,status,version code=0
    local fault on value node set check state exit sentence why
    read_row "$1"
    # Alerts of a gateway that is asked alone are not explained by its neighbour's reboot.
    case $check:$node in
    alerts:*) checks=alerts ;;
    mailflow:*) checks=mailflow ;;
    *:esa) checks+=,clustercheck,connstatus,workqueue ;;
    *) checks+=,services,tracking ;;
    esac
    "$check_asyncos" -f "$folder/ini" -H "$(cat "$folder/host")" -C "$checks" --format json \
        --record "$folder/capture" >"$folder/report" 2>"$folder/errors" || code=$?
    echo "$code" >"$folder/exit"
}

judge() { # judge N: prints what is not as row N wants it
    local folder=$work/rows/$1 found text
    local fault on value node set check state exit sentence why
    read_row "$1"
    [ ! -s "$folder/errors" ] || { echo "on standard error:" && cat "$folder/errors"; }
    found=$(jq -r --arg check "$check" '.results[] | select(.check == $check) | .state' "$folder/report" 2>&1)
    # What the check says; of a check that is fine, what is known of its documents.
    if [ "$state" = ok ]; then
        text=$(jq -r '.documents[].fault // empty | .text' "$folder/capture/capture.json")
        [ -n "$why" ] || echo "a row that may be OK in spite of a fault needs a reason"
    else
        text=$(jq -r --arg check "$check" '.results[] | select(.check == $check) | .findings[].text' "$folder/report")
    fi
    [ "$found" = "$state" ] || echo "$check is $found, wanted $state"
    [ "$(cat "$folder/exit")" = "$exit" ] || echo "exit $(cat "$folder/exit"), wanted $exit"
    sentence=${sentence//@KEY@/$(awk -v host="$(cat "$folder/host")" '$1 == host { gsub(/[+]/, "[+]", $2); print $2 }' "$work/fingerprints")}
    [ "$sentence" = - ] || grep -qE -- "$sentence" <<<"$text" || echo "/$sentence/ is not in what it says"
    # A port that refuses leaves no trace of its own.
    [ "$fault" = - ] || [ "$fault" = refuse ] ||
        grep -qx "$(cat "$folder/host") $fault" "$work/met" ||
        echo "the fault was never met"
}
report() { # report N: the same, with all that helps to see why
    local offenders
    offenders=$(judge "$1")
    [ -n "$offenders" ] || return 0
    printf '%s\nhost %s\n' "$offenders" "$(cat "$work/rows/$1/host")"
    jq -r '.results[] | "\(.check) \(.state)", (.findings[] | "  \(.text)")' "$work/rows/$1/report"
    jq -r '.documents[] | select(.fault) | "  \(.id): \(.fault.kind): \(.fault.text)"' "$work/rows/$1/capture/capture.json"
}
export -f read_row play judge report
export work check_asyncos=$check

grep -v -e '^#' -e '^$' "$table" >"$work/table"
count=$(wc -l <"$work/table")
mkdir "$work/rows" "$work/sections"
sim_start "$work/sim" --scenario tests/scenarios/healthy --copies "$count" || exit 1
pin=$(jq -r .pin "$work/sim/nodes.json")
jq -r '.nodes[] | "\(.name) \(.fingerprint)"' "$work/sim/nodes.json" >"$work/fingerprints"
awk -v dir="$work/sections" '
    /^\[/ { close(file); file = dir "/" ($1 == "[defaults]" ? "defaults" : substr($2, 1, length($2) - 1)) }
    file != "" { print > file }' "$work/sim/postcheck.ini"
: >"$work/empty"
(umask 077 && echo '* postcheck wrong-passphrase' >"$work/wrong")
rule "all faults of the table can be set" prepare
seq 0 $((count - 1)) | xargs -P "$jobs" -I{} bash -c 'play {}'
cp "$work/sim/journal.jsonl" "$work/journal"
jq -r 'select(.event == "fault") | "\(.node) \(.fault)"' "$work/journal" | sort -u >"$work/met"
seq 0 $((count - 1)) | xargs -P 2 -I{} bash -c 'report {} >"$work/rows/{}/offenders" 2>&1'
for ((n = 0; n < count; n++)); do
    read_row "$n"
    [ "$set" != - ] || set=
    rule "$fault${value:+ }${value#-} on $on of $node${set:+ with $set}: $check $state" cat "$work/rows/$n/offenders"
done

# -- The list of faults --------------------------------------------------------------------------

# "FAULT WHERE" of the simulator's own list; a document is of the CLI, XML, JSON or a page.
listed() {
    sed -n '/^| fault | on /,$ { s/^| \(`[^|]*\) | \([^|]*\) |.*/\1|\2/p }' tests/appliance/README.md |
        while IFS='|' read -r faults places; do
            for fault in $(grep -o '`[a-z0-9-]*`' <<<"$faults" | tr -d '`'); do
                case $fault:$places in
                idle:*) echo ssh cli page ;; # there is no session to be logged out of elsewhere
                html:*) echo api json ;;
                restarting:*) echo gui api xml json page ;;
                *:any) echo ssh gui api https cli xml json page ;;
                *'CLI document') echo cli ;;
                *'HTTPS document') echo xml json page ;;
                *) echo "${places//document/cli xml json page}" | sed 's/\bany\b//; s/,/ /g' ;;
                esac | xargs -n 1 echo "$fault"
            done
        done | sort
}
played() {
    awk -F '\t' '$1 != "-" {
        on = $2
        if (on ~ /^cli/) on = "cli"
        sub(/^https.*[.]/, "", on)
        sub(/^html$/, "page", on)
        print $1, on
    }' "$work/table" | sort -u
}
not_played() { comm -23 <(listed) <(played); }
rule "every fault of the list is played on everything that it can happen to" not_played
rule "the list is a list" eval '[ "$(listed | wc -l)" -gt 80 ] || listed'

# -- The journal ---------------------------------------------------------------------------------

offences() { jq -sr -f tests/live/journal.jq "$1" 2>&1; }
rule "nothing was sent but what is on the list, nothing asked twice, no question answered" offences "$work/journal"
speaks() { # a journal in which nothing happened proves nothing
    local found
    for found in input:60 exec:20 answer:60 request:400 auth:200; do
        [ "$(grep -c "\"event\": \"${found%:*}\"" "$work/journal")" -ge "${found#*:}" ] || echo "too few: $found"
    done
}
rule "and much was sent" speaks

last=esa2-s$(printf %04d $((count - 1))).example.com # asked for nothing in this run
doctored() { # doctored EVENT…: members of events of that appliance, which must be found
    local event
    cp "$work/journal" "$work/doctored"
    for event; do
        echo "{\"node\": \"$last\", \"t_ms\": 1, $event}" >>"$work/doctored"
    done
    offences "$work/doctored" | grep -q "^$last: " || echo "not found"
}
finds() { # finds WHAT EVENT…
    local what=$1
    shift
    rule "the judge of the journal finds $what" doctored "$@"
}
types() { # types WHAT BYTES EVENT…: BYTES as in JSON, in a shell
    local what=$1 bytes=$2
    shift 2
    finds "$what" '"on": "ssh", "event": "shell"' "\"on\": \"ssh\", \"event\": \"input\", \"bytes\": \"$bytes\"" "$@"
}
question='This command is restricted to \"cluster\" mode.  Would you like to switch to \"cluster\" mode? [Y]> '
answer='"on": "ssh", "event": "answer", "default": "not taken", "answer": "Y", "question"'
types "another command" 'commit\n'
types "another command behind one of the list" 'version ; commit\n'
types "another command behind Ctrl-C" 'version\n\u0003commit\n'
types "half a command" 'version\nresume'
types "an empty line" '\n'
types "an empty line behind a command" 'version\n\n'
types "an empty line behind Ctrl-C" '\u0003\n'
types "a blank without a pager" ' version\n'
hour='grep -e \"Sun Mar  8 04:\" mail_logs'
types "a search for something else" 'grep -e \"ann@example.com\" mail_logs\n'
types "a search for every Sunday" 'grep -e \"Sun \" mail_logs\n'
types "a search with another option" 'grep -i -e \"Sun Mar  8 04:\" mail_logs\n'
types "a search that never ends" 'grep -t -e \"Sun Mar  8 04:\" mail_logs\n'
types "a search in two logs" "$hour status\\n"
types "an option in place of a log" 'grep -e \"Sun Mar  8 04:\" -t\n'
types "another command behind a search" "$hour ; commit\\n"
types "a log that is followed" 'tail mail_logs\n'
types "a Y behind a search" "$hour\\nY\\n"
types "another machine's mode" 'clustermode machine esa9.example.com\n'
types "a Y that nobody asked for" 'clustercheck\nY\n'
types "a Y behind a command of the machine" 'version\nY\n' "$answer: \"$question\""
types "a Y to another question" 'clustercheck\nY\n' "$answer: \"Resolve? [Y]> \""
types "a default that was taken" 'clustercheck\nY\n' "${answer/not taken/taken}: \"$question\""
types "a change" '\u0003' '"event": "changed", "answer": "1"'
finds "a Ctrl-C in a dialogue at login" '"on": "ssh", "event": "fault", "fault": "login-prompt"' \
    '"on": "ssh", "event": "shell"' '"on": "ssh", "event": "input", "bytes": "\u0003"'
finds "another batch command" '"on": "ssh", "event": "exec", "command": "reboot"'
finds "another batch command of the cluster" '"on": "ssh", "event": "exec", "command": "clustermode cluster ; commit"'
finds "another search as a batch command" '"on": "ssh", "event": "exec", "command": "grep -e \".\" mail_logs"'
finds "two sessions at a time" '"on": "ssh", "event": "session", "open": "2"'
finds "a POST" '"event": "request", "method": "POST", "path": "/commit"'
finds "a DELETE" '"event": "request", "method": "DELETE", "path": "/login"'
status='"event": "request", "method": "GET", "path": "/xml/status"'
finds "/xml/status twice in a minute" "$status" "$status, \"t_ms\": 59000"
finds "a second failed login" '"event": "auth", "on": "ssh", "ok": "no"' '"event": "auth", "on": "api", "ok": "no"'
good() { # and it does not find what is right
    [ -n "$(doctored '"on": "ssh", "event": "shell"' '"on": "ssh", "event": "input", "bytes": "clustercheck\nY\n"' \
        "\"on\": \"ssh\", \"event\": \"input\", \"bytes\": \"$hour\\n\"" \
        "$answer: \"$question\"" "\"on\": \"ssh\", \"event\": \"exec\", \"command\": \"${hour/04:/}\"" "$status" "$status, \"t_ms\": 60001" '"event": "auth", "on": "ssh", "ok": "no"')" ]
}
rule "the judge of the journal passes what is right" eval 'good || echo "found something"'
[ -z "${KEEP-}" ] || cp -r "$work" "$KEEP"
done_testing
