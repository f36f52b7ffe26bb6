#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# canary.sh [BUILD]: passphrases, tokens and community strings that nobody else has go through
# everything that asks, and are then looked for wherever they must not be. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs openssl jq python3
. tests/sim.sh
mkdir "$work/out" "$work/cores" "$work/secret"
out=$work/out sim_dir=$work/sim node=esa1.example.com
stop_all() { sim_stop 2>/dev/null; stop; }
trap stop_all EXIT
ulimit -c unlimited

# -- The canaries: one per way, as it is and in all forms that it may take on its way ---------------
# This run's own: another one beside it, of the other flavour, has its canaries on a command line too.
right="Canary+one/K3=q&%R7wz$$" wrong="Canary+two/L8=p&%S6vy$$" name="Canary+three/M5=o&%T4ux$$"
key_phrase="Canary+four/N7=n&%U2st$$" community="CanaryCommunity$$" value="CanarySetting$$"
printf '%s\n' "$right" >"$work/secret/right"
printf '%s\n' "$right" "$wrong" "$name" "$key_phrase" "$community" "$value" >"$work/secret/words"
python3 - "$work/secret" <<'END'
import base64, html, json, sys, urllib.parse
with open(sys.argv[1] + "/forms", "w") as out:
    for word in open(sys.argv[1] + "/words").read().split():
        forms = {word, urllib.parse.quote(word, safe=""), urllib.parse.quote(word), html.escape(word),
                 json.dumps(word)[1:-1], word.replace("/", "\\/"), word.encode().hex()}
        forms |= {form.lower() for form in forms if "%2" in form}
        # Base64 also where it stands behind "user:", without the last letters, which depend on what follows.
        for front in ("", "postcheck:", "x", "xx"):
            text = base64.b64encode((front + word).encode()).decode()
            forms.add(text[-(-len(front) * 4 // 3):].rstrip("=")[:-1])
        print("\n".join(sorted(forms)), file=out)
END
random_token='(^|[^0-9a-f])[0-9a-f]{48}([^0-9a-f]|$)' # how the simulator's tokens and cookies look
found() { # found PATH…: files that hold a canary
    grep -rlaFf "$work/secret/forms" "$@" 2>/dev/null
    grep -rlaE "$random_token" "$@" 2>/dev/null
}

# -- Appliances that talk about secrets in their alerts ---------------------------------------------
cp -rL tests/scenarios/healthy "$work/scenario"
for host in esa1 sma1; do
    {
        printf '08 Mar 2026 02:50:05 +0100        snmp was set up, community: %s\n\n' "$community"
        printf '08 Mar 2026 02:50:04 +0100        login with passphrase = %s\n\n' "$value"
        printf '08 Mar 2026 02:50:03 +0100        somebody typed %s as a name\n\n' "$right"
    } >"$work/secret/alerts"
    sed -i "/^-----/r $work/secret/alerts" "$work/scenario/$host.example.com/cli/displayalerts.txt"
done
sim_start "$sim_dir" --scenario "$work/scenario" --passphrase-file "$work/secret/right" ||
    echo "# the simulator did not start"
pids+=("$sim_pid")

# -- Command lines and environments of all processes, all along -------------------------------------
sample() {
    exec 2>/dev/null
    while [ ! -e "$work/enough" ]; do
        cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\0' '\n' | grep -aFf "$work/secret/forms" >>"$work/sampled"
        echo >>"$work/samples"
        read -rt 0.02 <>"$work/never"
    done
}
: >"$work/sampled"
sample &
sampler=$!
pids+=("$sampler")

runs=0 codes=
run() { # run NAME INI COMMAND…: with output kept, in a folder where a core would be found
    local name=$1 ini=$2 code=0
    shift 2
    (cd "$work/cores" && exec "$@" -f "$work/$ini.ini") >"$out/$name.stdout" 2>"$out/$name.stderr" || code=$?
    runs=$((runs + 1)) codes+="$name=$code "
}
ini() { # ini NAME EXPRESSION: the simulator's configuration, without its key, and edited
    sed -E "/^identity_file/d; $2" "$sim_dir/postcheck.ini" >"$work/$1.ini"
}
ini right ''
ini keyed "/^user/a identity_file = $sim_dir/id_ed25519"
ini basic '/^timeout/a api_login = basic'
ini wrong "s|^credentials_file.*|credentials_file = $work/secret/wrong|"
ini named '/^credentials_file/d'
ini table 's|^credentials_file.*|credentials_file = table|'
ini key "/^user/a identity_file = $work/secret/key"
(umask 077 && mkdir "$work/secret/given" && echo "* postcheck $wrong" >"$work/secret/wrong")
(umask 077 && echo "$name" >"$work/secret/given/$node" && echo "* postcheck $right" >"$work/secret/given/table")
(umask 077 && echo "$key_phrase" >"$work/secret/key_phrase")
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes-256-cbc \
    -pass "file:$work/secret/key_phrase" -out "$work/secret/key" 2>"$work/openssl.log" || cat "$work/openssl.log"
echo "* $work/secret/key $key_phrase" >>"$sim_dir/credentials"

# -- Everything that asks ---------------------------------------------------------------------------
postcheck=$build/postcheck
run first right "$check" -H $node -vvv --record "$out/first"
run json right "$check" -H sma1.example.com -vvv --format json --record "$out/sma"
run text right "$check" -H $node -C alerts -vvv --format text
run poll right "$postcheck" poll -vvv --record "$out/poll" --state "$out/state.json" --output "$out/table"
run doctor right "$postcheck" doctor -vvv
run doctor-json right "$postcheck" doctor -v --format json
run discover right "$postcheck" discover sma1.example.com
run basic basic "$check" -H sma1.example.com -C services -vvv
run encrypted key "$check" -H $node -C status -vvv --record "$out/encrypted"
run keyed keyed "$check" -H $node -vvv --record "$out/keyed"
run wrong-doctor wrong "$postcheck" doctor $node -vvv
run wrong-json wrong "$check" -H sma1.example.com -vvv --format json --record "$out/wrong"
export CREDENTIALS_DIRECTORY=$work/secret/given
run table table "$check" -H $node -C status -vvv
run named named "$check" -H $node -vvv --record "$out/named"
unset CREDENTIALS_DIRECTORY
sim 'fault {"node": "sma1.example.com", "on": "api", "fault": "token-expired"}'
run renewed right "$check" -H sma1.example.com -C services -vvv
sim clear
sim 'fault {"node": "esa1.example.com", "on": "cli/status.txt", "fault": "question"}'
run question right "$check" -H $node -C status -vvv
sim clear
sim 'fault {"node": "esa1.example.com", "on": "ssh", "fault": "interactive-only", "value": 1}'
run interactive right "$check" -H $node -vvv --record "$out/interactive"
run interactive-wrong wrong "$check" -H $node -C status -vvv --record "$out/interactive-wrong"
sim clear
sim 'fault {"node": "esa1.example.com", "on": "cli/status.txt", "fault": "delay", "value": 60000}'
run timeout right "$check" -H $node -C status -t 1 -vvv --record "$out/timeout"

# A child in the middle of its work: the passphrase is in its memory.
child_of() { # child_of PID: its first child, when there is one
    child=$(awk -v parent="$1" '$4 == parent { print $1; exit }' /proc/[0-9]*/stat)
    [ -n "$child" ]
}
asked_status() { grep -c '"status detail' "$sim_dir/journal.jsonl"; }
is_asked() { [ "$(asked_status)" -gt "$before" ]; }
strike() { # strike NAME SIGNAL parent|child: hits it while `status detail` is being asked
    before=$(asked_status)
    (cd "$work/cores" && exec "$postcheck" poll -C status -f "$work/one.ini" --no-progress \
        --record "$out/$1" --state "$out/$1.json") >"$out/$1.stdout" 2>"$out/$1.stderr" &
    local parent=$! child= code=0
    until_true $parent is_asked || echo "# $1: it was not asked"
    until_true $parent child_of $parent
    grep 'Max core file size' "/proc/$child/limits" >>"$work/limits"
    if [ "$3" = parent ]; then child=$parent; fi
    kill "-$2" "$child"
    wait $parent || code=$?
    codes+="$1=$code "
}
ini one '/^sma =/d; /^\[node (esa2|sma1)/,/^$/d'
strike crash SEGV child
strike abort ABRT child
strike terminated TERM parent
sim clear

# -- Nowhere ----------------------------------------------------------------------------------------
: >"$work/enough"
wait "$sampler"
rule "everything was run, and ended as it should" same \
    'first json text poll doctor doctor-json discover basic encrypted keyed wrong-doctor wrong-json table named renewed question interactive interactive-wrong timeout crash abort terminated' \
    "$(sed 's/=[0-3] / /g; s/ $//' <<<"$codes")"
was_there() { # the canaries went where they should, and were asked to be shown
    [ "$(found "$sim_dir/credentials" "$work/secret/right" "$work/secret/wrong" "$work/secret/given/$node" \
        "$work/scenario/$node/cli/displayalerts.txt" | wc -l)" = 5 ] || echo "the search finds nothing"
    grep -q 'community: \[redacted\]' "$out/first/$node/cli/displayalerts.txt" || echo "no community was asked"
    grep -q 'typed \[redacted\] as a name' "$out/first/$node/cli/displayalerts.txt" || echo "no echo was asked"
    tr -s ' \n' ' ' <"$out/text.stdout" | grep -q 'typed \[redacted\]' || { echo "no alert was shown" && cat "$out/text.stdout"; }
    for method in password publickey keyboard-interactive api login; do
        grep -q "\"$method\"" "$sim_dir/journal.jsonl" || echo "no login by $method"
    done
    grep -q 'key .*/secret/key of postcheck was refused' "$out/encrypted.stdout" || cat "$out/encrypted.stdout"
    [ "$(grep -c '"keyboard-interactive".*"ok": "no"' "$sim_dir/journal.jsonl")" = 1 ] || echo "not one refused answer"
    grep -q '"ok": "no"' "$sim_dir/journal.jsonl" || echo "no login was refused"
}
rule "the canaries were there" was_there
token_looks() { # the simulator's tokens look as the search believes
    python3 - "$sim_dir" "$work/secret/right" <<'END' | grep -qE "$random_token" || echo "another form of token"
import base64, http.client, json, ssl, sys
node = json.load(open(sys.argv[1] + "/nodes.json"))["nodes"][-1]
code = lambda text: base64.b64encode(text.encode()).decode()
https = http.client.HTTPSConnection("127.0.0.1", node["api"], context=ssl._create_unverified_context())
body = {"data": {"userName": code("postcheck"), "passphrase": code(open(sys.argv[2]).read().strip())}}
https.request("POST", "/sma/api/v2.0/login", json.dumps(body), {"Content-Type": "application/json"})
print(https.getresponse().read().decode())
END
}
rule "tokens are what the search looks for" token_looks
rule "not in an output, capture, report or state file" found "$out"
rule "not in the cache" found "$sim_dir/cache"
rule "not in what the simulator wrote" found "$sim_dir/journal.jsonl" "$sim_dir.log"
rule "not in a command line or an environment" cat "$work/sampled"
enough_samples() { [ "$(wc -l <"$work/samples")" -ge 20 ] || wc -l "$work/samples"; }
rule "which were looked at all along" enough_samples
sampler_sees() { # the positive control of the two rules before
    rm "$work/enough"
    sample &
    local watcher=$!
    bash -c 'read -rt 15 <>"$1"' "$right" "$work/never" &
    local holder=$!
    until_true $holder test -s "$work/sampled" || echo "it sees nothing"
    kill $holder
    : >"$work/enough"
    wait $holder $watcher 2>/dev/null
}
rule "by eyes that see" sampler_sees
rule "no process that knows a secret leaves a core" find "$work/cores" -type f
may_have_cores() { # else the rule before says nothing
    [ "$(ulimit -c)" != 0 ] || { echo "core files are not allowed here" && return; }
    case $(cat /proc/sys/kernel/core_pattern) in
    '|'* | /*) return ;;
    esac
    (mkdir "$work/control" && cd "$work/control" && bash -c 'kill -SEGV $$') 2>/dev/null
    [ -n "$(ls "$work/control")" ] || echo "this system writes no core at all"
}
rule "where a core would be written" may_have_cores
no_limit() { [ "$(sort -u "$work/limits" | tr -s ' ')" = 'Max core file size 0 0 bytes ' ] || cat "$work/limits"; }
rule "such a process may not write any" no_limit
crashed() {
    for name in crash abort; do
        jq -e '[.. | .text? // empty | select(test("ended by signal"))] | length > 0' "$out/$name.json" >/dev/null ||
            cat "$out/$name.json"
    done
}
rule "the crashes are said to be such" crashed
rule "the interruption is said to be one" grep -L 'SIGTERM' "$out/terminated.stdout"

# -- Files that others could read or change ---------------------------------------------------------
offered() { # offered NAME: what is said about a credentials file of that name
    ini offered "s|^credentials_file.*|credentials_file = $work/secret/$1|"
    timeout 10 "$check" -f "$work/offered.ini" -H $node -C status,version -vvv
}
before_offers=$(grep -c '"auth"' "$sim_dir/journal.jsonl")
for mode in 0644 0660 0604 0620; do
    cp "$sim_dir/credentials" "$work/secret/mode-$mode" && chmod "$mode" "$work/secret/mode-$mode"
    rule "mode $mode is refused" expect 3 "mode $mode\): chmod 600" offered "mode-$mode"
done
ln -s "$sim_dir/credentials" "$work/secret/link"
rule "a symbolic link is refused" expect 3 'symbolic link: name the file itself' offered link
mkfifo -m 600 "$work/secret/fifo"
rule "a FIFO is refused, and not waited for" expect 3 'is not a regular file' offered fifo
rule "a folder is refused" expect 3 'is not a regular file' offered given
if [ "$(id -u)" = 0 ]; then
    cp "$sim_dir/credentials" "$work/secret/foreign" && chown 65534 "$work/secret/foreign"
    rule "a file of somebody else is refused" expect 3 'belongs to user 65534: chown it' offered foreign
else
    skip "a file of somebody else is refused" "only root can make one"
fi
rule "and nobody was asked with any of them" same "$before_offers" "$(grep -c '"auth"' "$sim_dir/journal.jsonl")"
for mode in 0600 0640 0400; do
    cp "$sim_dir/credentials" "$work/secret/mode-$mode" && chmod "$mode" "$work/secret/mode-$mode"
    rule "mode $mode is accepted" expect 0 'ASYNCOS OK' offered "mode-$mode"
done
done_testing
