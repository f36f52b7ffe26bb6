#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# smoke.sh BUILD: does the simulator itself behave as its README says, seen by the real ssh, curl
# and openssl? Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=$(realpath "${1:-build}")/appliance
export LC_ALL=C.UTF-8
. tests/tap.sh
work=$(mktemp -d)
dir=$work/sim
sim=
end() {
    [ ! -S "$work/mux" ] || ssh -F none -S "$work/mux" -O exit x 2>/dev/null
    [ -z "$sim" ] || kill "$sim" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
esa1=esa1.example.com esa2=esa2.example.com sma1=sma1.example.com

start() { # start OPTION…: the simulator, with its standard input and output at 7 and 8
    rm -rf "$dir" "$work/in" "$work/out"
    mkfifo "$work/in" "$work/out"
    "$program" --dir "$dir" "$@" <"$work/in" >"$work/out" 2>"$work/err" &
    sim=$!
    exec 7>"$work/in" 8<"$work/out"
    until [ -e "$dir/ready" ] || ! kill -0 "$sim" 2>/dev/null; do sleep 0.02; done
    [ -e "$dir/ready" ] || { echo "the simulator did not start: $(cat "$work/err")"; return 1; }
}
stop() { # stop [SIGNAL]: by the end of its standard input, or a signal; prints what is wrong
    local code=0
    [ $# -eq 0 ] || kill "-$1" "$sim"
    [ $# -gt 0 ] || exec 7>&-
    wait "$sim" || code=$?
    sim=
    exec 7>&- 8<&-
    [ "$code" -eq 0 ] || echo "exit $code"
    cat "$work/err"
}
tell() { # tell LINE: prints what is not "ok"
    local answer
    echo "$*" >&7
    read -r -t 20 answer <&8 || answer="no answer"
    [ "$answer" = ok ] || echo "$1: $answer"
}
fault() { tell "fault {\"node\": \"$1\", \"on\": \"$2\", \"fault\": \"$3\"${4:+, $4}}"; }
port() { jq -r --arg n "$1" ".nodes[] | select(.name == \$n).$2" "$dir/nodes.json"; }
passphrase() { cut -d ' ' -f 3 "$dir/credentials"; }
into() { # into NODE ARGUMENT…: the real client, with the key
    local node=$1
    shift
    timeout --foreground "${limit:-20}" ssh -F none -p "$(port "$node" ssh)" -o UserKnownHostsFile="$dir/known_hosts" \
        -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o BatchMode=yes \
        -o IdentitiesOnly=yes -i "$dir/id_ed25519" "${options[@]}" postcheck@127.0.0.1 "$@" 2>&1
}
options=()
shell() { # shell NODE TEXT: types TEXT (printf) into a shell on a terminal
    printf '%b' "$2" | into "$1" -tt
}
say() { # say NODE PASSPHRASE METHOD
    printf '#!/bin/sh\necho %s\n' "$2" >"$work/ask"
    chmod 700 "$work/ask"
    SSH_ASKPASS="$work/ask" SSH_ASKPASS_REQUIRE=force timeout 20 ssh -F none -p "$(port "$1" ssh)" \
        -o UserKnownHostsFile="$dir/known_hosts" -o StrictHostKeyChecking=yes -o LogLevel=ERROR \
        -o PreferredAuthentications="$3" -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 \
        postcheck@127.0.0.1 'status ; version' 2>&1
}
has() { # has TEXT WHAT: prints WHAT unless TEXT is in standard input
    local all
    all=$(tr -d '\0' | tr '\r' '~')
    [[ $all == *"$1"* ]] || printf '%s is missing: %s\n%s\n' "$2" "$1" "$all"
}
hasnt() {
    local all
    all=$(tr -d '\0' | tr '\r' '~')
    [[ $all != *"$1"* ]] || printf '%s: %s\n%s\n' "$2" "$1" "$all"
}
events() { jq -c "select($1)" "$dir/journal.jsonl" | wc -l; }
count() { # count WANTED FILTER
    local found
    found=$(events "$2")
    [ "$found" -eq "$1" ] || echo "$found instead of $1 events: $2"
}
until_event() { # until_event FILTER: waits for it
    for ((i = 0; i < 500; i++)); do
        [ "$(events "$1")" -eq 0 ] || return 0
        sleep 0.02
    done
    echo "no event: $1"
}

refuses_calls() {
    local text code=0
    text=$("$program" 2>&1 >/dev/null) || code=$?
    [ "$code" -eq 2 ] || echo "exit $code"
    has "--dir DIR is missing" "the reason" <<<"$text"
    "$program" --dir "$work/none" --scenario tests/none 2>&1 | has "capture.json" "the file"
    "$program" --shift 60 <<<"Sun Mar 08 03:59:30 2026" | has "Sun Mar 08 04:00:30 2026" "the moved time"
}
writes_files() {
    [ "$(stat -c %a "$dir/credentials" "$dir/id_ed25519" | sort -u)" = 600 ] || echo "a secret can be read"
    for file in ca.pem id_ed25519.pub journal.jsonl known_hosts nodes.json postcheck.ini; do
        [ -s "$dir/$file" ] || echo "no $file"
    done
    [ "$(grep -c '^\[node ' "$dir/postcheck.ini")" -eq 3 ] || echo "not three nodes"
    grep -q "^tracking_page = /monitor/" "$dir/postcheck.ini" || echo "no tracking page"
    ssh-keygen -lf <(sed -n 1p "$dir/known_hosts") | has "$(jq -r '.nodes[0].fingerprint' "$dir/nodes.json")" "the fingerprint"
}
speaks() {
    local text
    text=$(shell $esa1 'version\nnonsense\n\n\003status\nexit\n')
    has 'AsyncOS 15.0.3 for Cisco C600V build 002' "the banner" <<<"$text"
    has '(Machine esa1.example.com)> version~' "the echo" <<<"$text"
    has 'Model: C600V~' "the line end" <<<"$text"
    has 'Unknown command or missing feature key: nonsense' "the refusal" <<<"$text"
    has '(Machine esa1.example.com)> ^C' "Ctrl-C" <<<"$text"
    has 'System status:                 Online' "the status" <<<"$text"
    has 'sma1.example.com> exit' "the prompt of an SMA" <<<"$(shell $sma1 'exit\n')"
    has 'Unknown command' "no cluster of SMAs" <<<"$(into $sma1 'clusterconfig list')"
}
switches() {
    local text
    text=$(shell $esa1 'clusterconfig connstatus\nY\nstatus\nn\nstatus\n\nexit\n')
    has 'This command is restricted to "cluster" mode.  Would you like to switch to "cluster" mode? [Y]> Y~' \
        "the question" <<<"$text"
    has 'cluster hq:' "the answer" <<<"$text"
    has '(Cluster hq)> status~' "the new prompt" <<<"$text"
    has 'restricted to "machine" mode.  Would you like to switch to "machine" mode? [Y]> n' "the other question" <<<"$text"
    has '(Machine esa1.example.com)> exit' "the way back" <<<"$text"
    count 1 '.event == "answer" and .default == "taken"'
    has "(Machine $esa2)> exit" "another machine" <<<"$(shell $esa1 "clustermode machine $esa2\nexit\n")"
}
resolves() {
    local text
    text=$(shell $esa1 'clustermode cluster\nclustercheck\n\003exit\n')
    has '3. Ignore.~' "the choice" <<<"$text"
    has '[3]> ^C' "Ctrl-C" <<<"$text"
    has '(Cluster hq)> exit' "the prompt" <<<"$text"
    count 0 '.event == "changed"'
    shell $esa1 'clustermode cluster\nclustercheck\n\n\003exit\n' | has 'Checking Content Filters' "what follows"
    count 1 '.event == "changed" and .answer == ""'
}
journals() {
    count 1 '.event == "input" and .bytes == "clustermode cluster\nclustercheck\n\u0003exit\n"'
    count 0 '.event == "auth" and .ok == "no"'
    grep -F "$(passphrase)" "$dir/journal.jsonl"
    jq -e . "$dir/journal.jsonl" >/dev/null || echo "a line is no JSON"
}
pages() {
    local text
    fault $esa1 cli/version.txt pager '"value": 5'
    text=$(shell $esa1 'version\n    exit\n')
    has '-Press Any Key For More-~                         ~Version: ' "the pager and its erasure" <<<"$text"
    has '> exit' "the prompt" <<<"$text"
    tell clear
    rm -f "$work/raw"
    text=$({
        until [ -e "$work/raw" ]; do sleep 0.02; done
        printf 'version\n q\003exit\n'
    } | SHELL=/bin/bash timeout 20 script -qec "stty raw -echo rows 9 cols 60 && : >$work/raw
        $(declare -f into port); dir=$dir options=(); into $esa1 -tt" /dev/null)
    [ "$(grep -o 'Press Any' <<<"$text" | wc -l)" -eq 3 ] || echo "not three pages: $text"
    has 'Serial #: ' "the second page" <<<"$text"
    hasnt 'Graymail' "a page after Ctrl-C" <<<"$text"
    has 'NOTE: This session will expire if left idle for 30 minutes.~' "the wrapped note" <<<"$text"
    fault $esa1 cli/displayalerts.txt wrap '"value": 40'
    into $esa1 displayalerts | awk 'length > 40' | sed 's/^/too long: /'
    tell clear
}
runs_batches() {
    local text
    text=$(into $esa1 'clustermode cluster ; clusterconfig connstatus')
    has 'cluster hq:' "the answer" <<<"$text"
    hasnt '~' "CR" <<<"$text"
    hasnt 'hq)>' "a prompt" <<<"$text"
    text=$(limit=1 into $esa1 clustercheck </dev/null)
    [ $? -eq 124 ] || echo "a question without terminal did not hang"
    has 'mode? [Y]> ' "the question" <<<"$text"
    shell $esa1 'tail mail_logs\n\003exit\n' | has 'Info: New SMTP ICID' "the log"
    count 1 '.event == "exec" and .command == "clustercheck"'
}
limits_sessions() {
    options=(-S "$work/mux")
    into $esa1 -M -f -N >/dev/null
    shell $esa1 'exit\n' | has '> exit' "the first shell"
    shell $esa1 'exit\n' | hasnt '> exit' "a second shell"
    into $esa1 version | has 'Current Version' "a batch command beside it"
    options=()
    into $esa1 version | has 'Current Version' "the second session"
    count 1 '.event == "session" and .open == "2"'
    ssh -F none -S "$work/mux" -O exit x 2>/dev/null
}
logs_in() {
    say $esa2 "$(passphrase)" password | has 'Current Version' "password"
    say $esa2 "$(passphrase)" keyboard-interactive | has 'Current Version' "keyboard-interactive"
    count 1 '.method == "keyboard-interactive" and .ok == "yes"'
    for i in {1..11}; do
        say $esa2 wrong password | has 'Permission denied' "the refusal"
    done
    count 11 ".event == \"auth\" and .ok == \"no\" and .node == \"$esa2\""
    into $esa2 version | hasnt 'Current' "an answer to a blocked client"
    count 1 '.event == "close" and .why == "blocked"'
    tell clear
    into $esa2 version | has 'Current Version' "an answer when it is cleared"
}
seen() { # seen ON FAULT TEXT COMMAND…: what the client says while the fault is played
    fault $esa1 "$1" "$2" "${value-}"
    "${@:4}" | has "$3" "with $2"
    until_event ".event == \"fault\" and .fault == \"$2\""
    tell clear
}
plays_logins() {
    seen ssh wrong-host-key 'verification failed' into $esa1 version
    seen ssh old-algorithms 'no matching key exchange' into $esa1 version
    seen ssh login-refused 'Permission denied' into $esa1 version
    seen ssh second-factor 'Permission denied' into $esa1 version
    seen ssh second-factor 'Permission denied' say $esa1 "$(passphrase)" keyboard-interactive
    seen ssh session-limit 'maximum number of sessions' shell $esa1 ''
    seen ssh expired 'must be changed' shell $esa1 '\003'
    seen ssh idle 'inactivity' shell $esa1 ''
    seen ssh no-shell 'request failed' shell $esa1 ''
    seen ssh login-prompt 'Accept> ' shell $esa1 '\003'
    seen ssh other-host "(Machine $esa2)> exit" shell $esa1 'exit\n'
    fault $sma1 ssh other-host
    shell $sma1 'exit\n' | has "$esa1> exit" "the prompt of a gateway"
    tell clear
    seen ssh interactive-only 'Permission denied (keyboard-interactive)' into $esa1 version
    seen ssh interactive-only 'Permission denied' say $esa1 "$(passphrase)" password
    seen ssh interactive-only 'Current Version' say $esa1 "$(passphrase)" keyboard-interactive
    seen ssh garbage 'invalid characters' into $esa1 version
    value='"value": 900' seen ssh cut 'onnection' into $esa1 version
    value='"value": 50' seen ssh delay 'Current Version' into $esa1 version
    fault $esa1 ssh hang
    (limit=1 into $esa1 version)
    [ $? -eq 124 ] || echo "a hanging port answered"
    tell clear
    fault $esa1 ssh refuse
    into $esa1 version | has 'refused' "a port that refuses"
    tell clear
    into $esa1 version | has 'Current Version' "the port again"
}
plays_documents() {
    local document=cli/version.txt
    value='"value": 30' seen $document cut 'Current' into $esa1 version
    seen $document unknown-command 'Unknown command' into $esa1 version
    value='"value": 1' seen $document drip 'Graymail' into $esa1 version
    value='"value": 50' seen $document delay 'Graymail' into $esa1 version
    seen $document endless '^C' shell $esa1 'version\n\003exit\n'
    seen $document question '[Y]> ^C' shell $esa1 'version\n\003exit\n'
    seen $document idle 'inactivity' shell $esa1 'version\n'
    seen $document prompt-inside "(Machine $esa1)> ~" shell $esa1 'version\nexit\n'
    value='"value": 1' seen $document prompt-inside "(Machine $esa1)> status~" shell $esa1 'version\nexit\n'
    value='"value": 2' seen $document prompt-inside "(Machine $esa1)> version~" shell $esa1 'version\nexit\n'
    value='"value": 50' seen $document prompt-pause "(Machine $esa1)> " into $esa1 version
    seen $document prompt-pause "(Machine $esa1)> ~" shell $esa1 'version\nexit\n'
    fault $esa1 $document empty '"once": true'
    into $esa1 version | hasnt 'Current' "text of an empty answer"
    into $esa1 version | has 'Current Version' "the answer after once"
    fault $esa1 $document garbage
    [ "$(into $esa1 version | wc -c)" -ge 2048 ] || echo "no garbage"
    tell clear
    fault $esa1 $document reboot '"value": 4000, "once": true'
    into $esa1 version | has 'Current Version' "half an answer"
    until_event '.event == "down"'
    into $esa1 version | has 'refused' "an appliance that reboots"
    until_event '.event == "up"'
    into $esa1 version | has 'Graymail' "the answer after the reboot"
}
serves_https() {
    local ask=(curl -sS --max-time 20 --cacert "$dir/ca.pem" --resolve "$esa1:$(port $esa1 gui):127.0.0.1"
        "https://$esa1:$(port $esa1 gui)/xml/status")
    "${ask[@]}" -u "postcheck:$(passphrase)" 2>&1 | has '<status' "the XML"
    fault $esa1 https/xml_status.xml cut-text '"value": 100'
    "${ask[@]}" -u "postcheck:$(passphrase)" 2>&1 >"$work/cut" | has '' "a whole answer"
    [ "$(wc -c <"$work/cut")" -eq 100 ] || echo "not 100 bytes"
    tell clear
    fault $esa1 https refuse
    "${ask[@]}" 2>&1 | has "connect" "the refused connection"
    tell clear
    openssl s_client -connect "127.0.0.1:$(port $esa1 api)" -CAfile "$dir/ca.pem" </dev/null 2>/dev/null |
        has 'Verify return code: 0' "the certificate"
}
moves_on() {
    into $esa1 status | has 'Online' "the first state"
    tell step
    into $esa1 status | has 'refused' "an appliance that is down"
    into $sma1 status | has 'Online' "one that is not"
    shell $sma1 'state three\n' >/dev/null
    tell state after
    into $esa1 status | has 'Receiving suspended' "the last state"
    tell nonsense | has 'error: commands are' "the list of commands"
    tell step | has 'error: this is the last state' "the end"
    count 1 '.event == "state" and .name == "rebooting"'
}
multiplies() {
    [ "$(jq '.nodes | length' "$dir/nodes.json")" -eq 60 ] || echo "not 60 appliances"
    into esa1-s0019.example.com 'clustermode cluster ; clusterconfig list' |
        has 'Cluster hq-s0019' "the name of its cluster"
    into esa1-s0019.example.com 'clustermode cluster ; clusterconfig list' |
        has 'Machine esa2-s0019.example.com' "the name of the other"
    shell esa1-s0019.example.com 'exit\n' | has '(Machine esa1-s0019.example.com)> ' "its prompt"
    grep -q '^sma = sma1-s0019.example.com$' "$dir/postcheck.ini" || echo "no sma1-s0019"
}
opens_menus() {
    local text
    text=$(shell $esa1 'featurekey\n\003featurekey\n\nexit\n')
    has 'Sophos' "the document" <<<"$text"
    has '[]> ^C' "the menu" <<<"$text"
    has 'esa1.example.com> exit' "the prompt" <<<"$text"
    count 0 '.event == "changed"'
    shell $esa1 'featurekey\nACTIVATE\nexit\n' >/dev/null
    count 1 '.event == "changed" and .answer == "ACTIVATE"'
    shell $esa1 'clusterconfig list\n\003exit\n' | has 'configure as standalone' "the offer to join"
    shell $esa1 'version\nexit\n' >/dev/null
    count 1 '.event == "close" and .why == "end of a cut document"'
}
here() { # here NAME COMMAND…: a rule whose command changes this shell
    local name=$1
    shift
    "$@" >"$work/wrong" 2>&1
    rule "$name" cat "$work/wrong"
}

rule "wrong calls are refused, --shift filters" refuses_calls
here "it starts" start --scenario tests/scenarios/clustercheck-two
rule "the folder holds what a client needs" writes_files
rule "banner, prompt, echo, line ends, unknown commands" speaks
rule "restricted commands ask, and switch the mode" switches
rule "clustercheck stops at its question; an answer counts as a change" resolves
rule "the journal keeps every byte that was written, and no passphrase" journals
rule "pager and word wrap" pages
rule "batch commands" runs_batches
rule "one shell per session; sessions are counted" limits_sessions
rule "logins, and the block list" logs_in
rule "faults of SSH" plays_logins
rule "faults of documents" plays_documents
rule "HTTPS answers" serves_https
here "it ends with its standard input" stop
cat >"$work/fleet.json" <<EOF
{ "timeline": [ {"name": "before", "scenario": "tests/scenarios/healthy"},
                {"name": "rebooting", "scenario": "tests/scenarios/healthy", "down": ["$esa1"]},
                {"name": "after", "scenario": "tests/scenarios/three-faults"} ] }
EOF
here "a fleet file" start --fleet "$work/fleet.json"
rule "its timeline" moves_on
here "and its end" stop
mkdir -p "$work/alone/$esa1/cli"
jq --arg n $esa1 '.nodes |= [.[] | select(.name == $n) | .cluster = null | .sma = null]' \
    tests/scenarios/healthy/capture.json >"$work/alone/capture.json"
printf 'Module   Quantity   Status   Remaining   Expiration Date\nSophos   1   Active   190 days   x\n' \
    >"$work/alone/$esa1/cli/featurekey.txt"
printf 'Current Version\n====' >"$work/alone/$esa1/cli/version.txt"
here "an appliance without cluster" start --scenario "$work/alone"
rule "menus and a document that was cut off" opens_menus
here "and the end of it" stop
here "copies" start --copies 20
rule "have names of their own" multiplies
here "and end" stop
here "started again" start
here "SIGTERM ends it" stop TERM
done_testing
