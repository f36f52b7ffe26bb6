#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# scenarios.sh [BUILD]: every scenario that has an index is asked live, from a simulator that serves it:
# does the recording replay to the same output, and are the states those of the folder? Speaks TAP.
. "$(dirname "$0")/common.sh"
needs snmpd snmpget jq
postcheck=$build/postcheck
simulator=$build/appliance # not what is tested here: the plain one is quicker
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
table=tests/live/scenarios.tsv

states() { jq -r '.results[] | "\(.node) \(.check) \(.state)"' "$@" | sort; }
results() { jq -S '[.results[] | select(.node == $node)]' --arg node "$1" "$2"; } # NODE REPORT

agents() { # agents NAME: for each walk of the scenario an snmpd; their ids are in $served
    local walk host
    served=()
    for walk in "tests/scenarios/$1"/*/snmp/walk.txt; do
        [ -e "$walk" ] || continue
        host=${walk%/snmp/walk.txt} host=${host##*/}
        snmpd_serve "$folder/$host.agent" "$walk" || continue
        served+=("$snmpd_pid")
        sed -i "/^\[node $host\]/a snmp = 2c\nsnmp_user = community\nsnmp_port = $snmpd_port" "$ini"
    done
    [ "${#served[@]}" -eq 0 ] || echo '* community sesame' >>"$folder/sim/credentials"
}
ask() { # ask NAME NUMBER: plays scenario NAME; all that is compared lies in $work/NAME
    local folder=$work/$1 ini=$work/$1/sim/postcheck.ini nodes node
    mkdir "$folder"
    . tests/sim.sh
    . tests/snmpd.sh
    sim_start "$folder/sim" --scenario "tests/scenarios/$1" || return
    agents "$1"
    "$postcheck" -f "$ini" poll --format json --record "$folder/fleet" >"$folder/live" 2>"$folder/errors"
    echo $? >"$folder/exit"
    mapfile -t nodes < <(jq -r '.nodes[].name' "$folder/sim/nodes.json")
    # One of them alone, as text; that it was asked for /xml/status before is not for this run.
    sed -i "s|^cache_dir = .*|&-alone|" "$ini"
    node=${nodes[$2 % ${#nodes[@]}]}
    echo "$node" >"$folder/node"
    "$check" -f "$ini" -H "$node" -vv --record "$folder/alone" >"$folder/alone.live" 2>>"$folder/errors"
    echo $? >"$folder/alone.exit"
    for node in "${served[@]}"; do kill "$node" && wait "$node" 2>/dev/null; done
    sim_stop
}
replay() { # replay NAME
    local folder=$work/$1 node code=0
    for node in $(jq -r '.nodes[].name' "$folder/sim/nodes.json"); do
        "$check" --replay "$folder/fleet" -H "$node" --format json >"$folder/replayed.$node" 2>>"$folder/errors"
        "$check" --replay "tests/scenarios/$1" -H "$node" --format json >"$folder/wanted.$node" 2>>"$folder/errors"
    done
    "$check" --replay "$folder/alone" -H "$(cat "$folder/node")" -vv >"$folder/alone.replayed" 2>>"$folder/errors" || code=$?
    [ "$code" = "$(cat "$folder/alone.exit")" ] || echo "replay exits $code" >>"$folder/errors"
}
export -f agents ask replay
export work check postcheck simulator

cd tests/scenarios && scenarios=(*/capture.json) && cd ../.. || exit 1
scenarios=("${scenarios[@]%/capture.json}")
for ((i = 0; i < ${#scenarios[@]}; i++)); do echo "${scenarios[i]} $i"; done |
    xargs -P 6 -L 1 bash -c 'ask "$0" "$1" && replay "$0"'

same_output() { # same_output NAME
    local folder=$work/$1 node
    [ ! -s "$folder/errors" ] || cat "$folder/errors"
    for node in $(jq -r '.nodes[].name' "$folder/sim/nodes.json"); do
        diff <(results "$node" "$folder/live") <(results "$node" "$folder/replayed.$node")
    done
    diff "$folder/alone.live" "$folder/alone.replayed"
}
# "node check state" of the folder, with what the table says is different when it is asked live.
wanted() {
    states "$work/$1"/wanted.* | awk -v name="$1" -F '[ \t]' '
        NR == FNR { if ($0 !~ /^#/ && $1 == name && $4 != "") other[$2 " " $3] = $4; next }
        { if ($1 " " $2 in other) $3 = other[$1 " " $2]; print $1, $2, $3 }' "$table" -
}
same_states() { diff <(wanted "$1") <(states "$work/$1/live"); }
for name in "${scenarios[@]}"; do
    rule "$name: a recording replays to the same output" same_output "$name"
    rule "$name: live, the states are those of the folder" same_states "$name"
done
reasons() { # every exception is one, of a scenario that there is, and has a reason
    local name node check state why
    while IFS=$'\t' read -r name node check state why; do
        [ -n "$why" ] || echo "no reason: $name $node $check"
        ! states "$work/$name"/wanted.* | grep -qx "$node $check $state" || echo "no exception: $name $node $check $state"
        states "$work/$name"/wanted.* | grep -q "^$node $check " || echo "no such check: $name $node $check"
    done < <(grep -v -e '^#' -e '^$' "$table")
}
rule "the exceptions are exceptions" reasons
many() { [ "${#scenarios[@]}" -ge 45 ] || echo "only ${#scenarios[@]}"; }
rule "there are scenarios" many
done_testing
