#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# snmp.sh [BUILD]: check_asyncos against a real snmpd that serves the values of an appliance, by v2c
# and v3, and against one that is silent, slow, somebody else, or was given other keys. Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/snmpd.sh
needs snmpd snmpwalk jq python3
unset MIBS MIBDIRS
export SNMP_PERSISTENT_DIR=$work/persistent SNMPCONFPATH=$work/none
before=tests/scenarios/snmp-before now=tests/scenarios/snmp-healthy
serve() { # serve NAME WALK ENGINE [handler]: its port is in $port. Not in a rule, whose pids are lost
    snmpd_serve "$work/$1" "${@:2}"
    port=$snmpd_port
    pids+=("$snmpd_pid")
}

umask 077
cat >"$work/credentials" <<'END'
* v3get open-sesame
* v3long open-sesame
* community sesame
* mistaken not-the-words
* short words
other.example.com v3get not-the-words
END
configure() { # configure LINE…: one appliance that only SNMP is asked of
    cat >"$work/postcheck.ini" <<END
[defaults]
credentials_file = $work/credentials
cache_dir = $work
timeout = 12
[node esa2.example.com]
role = esa
address = 127.0.0.1
$(printf '%s\n' "$@")
END
}
ask() { "$check" -f "$work/postcheck.ini" -H esa2.example.com -C hardware,resources,updates "$@"; }
record() { # record DIR [OPTION…]: the walk that was recorded
    rm -rf "${work:?}/$1"
    ask --record "$work/$1" "${@:2}" >"$work/$1.out" 2>&1
}
walk_of() { echo "$work/$1/esa2.example.com/snmp/walk.txt"; }

serve esa2 "$now/esa2.example.com/snmp/walk.txt" postcheck-one handler
good=$port
v2c=("snmp = 2c" "snmp_user = community" "snmp_port = $good")
v3=("snmp = 3" "snmp_port = $good")

works() { # works LINE…
    configure "$@"
    expect 0 'ASYNCOS OK - esa2.example.com: 3 checks passed' ask
}
rule "v2c: hardware, resources and updates are judged" works "${v2c[@]}"
rule "v3, SHA and AES: the same" works "${v3[@]}"
rule "v3, SHA-512 and AES: the same" works "${v3[@]}" "snmp_auth = sha-512" "snmp_user = v3long"

as_snmpwalk() { # what is recorded is what snmpwalk prints, but for the time that passes
    configure "${v2c[@]}"
    record v2c
    { snmpwalk -v2c -c sesame -On -m '' "127.0.0.1:$good" .1.3.6.1.2.1.1 &&
        snmpwalk -v2c -c sesame -On -m '' "127.0.0.1:$good" .1.3.6.1.4.1.15497; } | grep -v Timeticks >"$work/wanted"
    grep -v Timeticks "$(walk_of v2c)" | diff "$work/wanted" - | head -20
    grep -F .15497.1.1.1. "$now/esa2.example.com/snmp/walk.txt" |
        diff - <(grep -F .15497.1.1.1. "$(walk_of v2c)") | head -20
}
rule "the document is what snmpwalk -On prints, line by line" as_snmpwalk

replays() {
    configure "${v3[@]}"
    record v3
    "$check" --replay "$work/v3" -H esa2.example.com -C hardware,resources,updates >"$work/replayed"
    diff "$work/v3.out" "$work/replayed"
    grep -q '^[.]1[.]3[.]6[.]1[.]6[.]3[.]10[.]2[.]1[.]1[.]0 = Hex-STRING: 80 00 1F 88 04 70 6F 73 74 ' "$(walk_of v3)" ||
        echo "the engine ID is not recorded"
    grep -rlE 'sesame' "$work/v3" "$work/v3.out"
}
rule "a recorded walk replays to the same words; no secret is in it" replays

refused() { # refused TEXT LINE…: UNKNOWN, and why
    local text=$1
    shift
    configure "$@"
    expect 3 "snmp/walk.txt: $text" ask
}
sed 's/open-sesame/not-the-words/' "$work/credentials" >"$work/wrong"
rule "v3: a wrong passphrase is a refusal, not silence" refused 'SNMPv3 as v3get was refused: the passphrase' "${v3[@]}" \
    "credentials_file = $work/wrong"
rule "v3: another digest than the agent's is one, too" refused 'SNMPv3 as v3get was refused' "${v3[@]}" "snmp_auth = sha-256"
rule "v3: a user that it does not know" refused 'SNMPv3 as mistaken was refused: the agent does not know the user' \
    "${v3[@]}" "snmp_user = mistaken"
rule "v3: a passphrase that is too short for a key" refused 'the SNMP passphrase of short is no key' "${v3[@]}" "snmp_user = short"
rule "no line of the credentials" refused '.*credentials: no line for node' "${v3[@]}" "snmp_user = nobody"
rule "v2c: a wrong community is not answered, and that is said" refused 'no answer to SNMP .* wrong community' "snmp = 2c" "snmp_port = $good" "snmp_user = mistaken"

silent() { # within a third of the time; the other interfaces are refused meanwhile
    local begin=$EPOCHREALTIME
    configure "snmp = 3" "snmp_port = $(snmpd_port)"
    expect 3 'no answer to SNMP on UDP port' ask
    python3 -c 'import sys; took = float(sys.argv[2]) - float(sys.argv[1])
took < 6 or print(f"took {took} s")' "$begin" "$EPOCHREALTIME"
}
rule "silence costs a third of the appliance's time" silent

slow() { # 0.03 s for each of 120 values: within the time
    echo 0.005 >"$work/esa2/walk.slow"
    works "${v2c[@]}"
    echo 3 >"$work/esa2/walk.slow"
    refused 'no answer to SNMP|is too slow' "${v2c[@]}"
    rm "$work/esa2/walk.slow"
}

rule "a slow agent is waited for, one that is too slow is not" slow

loops() { # pass_persist lets snmpd hand on whatever comes
    configure "${v2c[@]}"
    touch "$work/esa2/walk.loop"
    expect 3 'snmp/walk.txt: the SNMP agent does not go forward' ask
    rm "$work/esa2/walk.loop"
}
rule "an agent whose walk would never end" loops

other_engine() { # the agent was set up anew: it is answered, and the check of SNMP says that it is another
    works "snmp = 3" "snmp_port = $port"
    record other
    expect 1 'SNMP WARNING - esa2.example.com: .*engine ID' "$check" --replay "$work/other" --baseline "$work/v3" \
        -H esa2.example.com -C snmp
    expect 0 'SNMP OK' "$check" --replay "$work/v3" --baseline "$work/v3" -H esa2.example.com -C snmp
}

serve again "$now/esa2.example.com/snmp/walk.txt" postcheck-two
rule "v3: an agent with another engine ID is answered, and said" other_engine

somebody_else() {
    refused 'the agent is not that of an AsyncOS appliance' "snmp = 2c" "snmp_user = community" "snmp_port = $port"
}
sed 's/OID: .*/OID: .1.3.6.1.4.1.8072.3.2.10/' "$now/esa2.example.com/snmp/walk.txt" >"$work/linux.txt"
serve linux "$work/linux.txt" postcheck-three
rule "the agent of a Linux host is no appliance's" somebody_else

faulty() { # a fan that stands still, beside the baseline
    configure "snmp = 3" "snmp_port = $port"
    expect 2 '\[CRITICAL\] hardware: .*Fan 2: .*: 0, below 1' ask --baseline "$before"
}
sed '/15497.1.1.1.10.1.2.2 /s/5720/0/' "$now/esa2.example.com/snmp/walk.txt" >"$work/fan.txt"
serve fan "$work/fan.txt" postcheck-four
rule "a fan that stands still is CRITICAL" faulty
done_testing
