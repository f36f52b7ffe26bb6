#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fleet20.sh DIR [FAULT=NODE…]: writes the captures DIR/before and DIR/after of a night on which twenty
# gateways were upgraded (domain.md 5.3): hq01 to hq10 in the cluster hq, managed by sma1, and br01 to
# br10 in the cluster branch, managed by sma2. All texts are those of the scenarios beside this file: odd
# numbers are esa1 (virtual), even ones esa2 (hardware), under names, serials and addresses of their own.
# FAULT is one of the table below; NODE is a short name. A fault that only one of the two tells has
# nodes of that kind. FLEET_CLUSTERS (hq branch) and FLEET_PAIRS (5) of gateways in each make other fleets.
set -eu
dir=$(realpath -m "${1:?usage: fleet20.sh DIR [FAULT=NODE…]}")
shift
cd "$(dirname "$0")"
read -ra clusters <<<"${FLEET_CLUSTERS:-hq branch}"
pairs=${FLEET_PAIRS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The scenario that tells a fault, and of which appliance (0: of both).
declare -A tells=([suspended]='receiving-suspended 1' [other-build]='mixed-builds 2' [critical-alert]='alert-critical 1'
    [no-mail]='mail-log-silent 1' [not-established]='connection-false 2' [tracking-gap]='tracking-not-ok 1'
    [not-connected]='connstatus-disconnected 0' [inconsistent]='clustercheck-one 0')
declare -A fault=() # NODE -> FAULT
refuse() { echo "fleet20.sh: $*" >&2 && exit 1; }
for asked; do
    name=${asked%%=*} node=${asked#*=}
    [[ $asked == *=* && -n ${tells[$name]-} && $node =~ ^[a-z0-9]{2}[0-9]{2}$ ]] || refuse "'$asked' is not FAULT=NODE with one of: ${!tells[*]}"
    kind=${tells[$name]#* }
    [ "$kind" = 0 ] || [ $(((10#${node: -2} + 1) % 2 + 1)) = "$kind" ] || refuse "only gateways such as esa$kind tell $name, and $node is the other kind"
    fault[$node]=$name
done
# Sets a and b, the names of pair $2 of cluster number $1, and $rename: what makes it out of esa1 and esa2.
name_pair() {
    local cluster=${clusters[$1]} n=$((2 * $2 - 1)) at=$((30 + 2 * ($1 * pairs + $2)))
    printf -v a '%s%02d' "${cluster:0:2}" "$n"
    printf -v b '%s%02d' "${cluster:0:2}" $((n + 1))
    printf -v rename 's/\\b%s\\b/%s/g;' esa1 "$a" esa2 "$b" sma1 "sma$(($1 + 1))" hq "$cluster" \
        '192[.]0[.]2[.]11' "192.0.2.$((at - 1))" '192[.]0[.]2[.]12' "192.0.2.$at"
    printf -v rename '%ss/420B1D44E0C97A5510D3/420B1D44E0C97A55%02X%02X/g;s/70DF2F3A91C4/70DF2F3A%02X%02X/g' \
        "$rename" "$1" "$n" "$1" $((n + 1))
}

# A pair that is still called esa1 and esa2, with what their SMA and the index say of it in rows/.
template() { # template TO SCENARIO [FAULT-OF-ESA1 FAULT-OF-ESA2]
    local to=$1 from=$2 scenario sma=sma1.example.com/https
    local -A of=() # a fault that the SMA tells -> its scenario
    mkdir -p "$to/rows"
    for node in "esa1 ${3-}" "esa2 ${4-}"; do
        scenario=$from
        case ${node#* } in
        suspended | other-build | critical-alert | no-mail) scenario=${tells[${node#* }]% *} ;;
        tracking-gap | not-established) of[${node#* }]=${tells[${node#* }]% *} ;;
        esac
        cp -rL "$scenario/${node% *}.example.com" "$to/"
    done
    cp -rL "$from/$sma/tracking_messages" "$to/"
    sed -n '/<tr class="row">/,/<\/tr>/p' "${of[tracking-gap]-$from}/$sma/tracking_page.html" >"$to/rows/tracking"
    sed -n '/appliance?name=esa/p' "${of[not-established]-$from}/$sma/services_page.html" >"$to/rows/services"
    jq -c '.data.appliances[]' "${of[not-established]-$from}/$sma/config_appliances.json" >"$to/rows/appliances"
    sed -n '/^ *{"name": "esa/p' "$from/capture.json" >"$to/rows/nodes"
    sed -nE '/"node": "esa|tracking_messages/p' "$from/capture.json" >"$to/rows/documents"
    sed -n '/^    Machine /p' "$from/esa1.example.com/cli/clusterlist.txt" >"$to/rows/members"
}

write_pair() { # write_pair STATE SCENARIO SMA
    local from=$work/template pair=$work/pair
    if [ "$1" = after ] && [ -n "${fault[$a]-}${fault[$b]-}" ]; then
        from=$work/$a
        template "$from" "$2" "${fault[$a]-}" "${fault[$b]-}"
    fi
    rm -rf "$pair"
    cp -r "$from" "$pair"
    find "$pair" -type f -exec sed -i "$rename" {} +
    mv "$pair/esa1.example.com" "$dir/$1/$a.example.com"
    mv "$pair/esa2.example.com" "$dir/$1/$b.example.com"
    mv "$pair/tracking_messages/esa1.example.com.json" "$3/$a.example.com.json"
    mv "$pair/tracking_messages/esa2.example.com.json" "$3/$b.example.com.json"
    for file in "$pair"/rows/*; do cat "$file" >>"$work/${file##*/}"; done
}

# In clusterlist and connstatus every member names all members; what one pair says is replaced.
write_cluster() { # write_cluster STATE CLUSTER
    local link broken='' node file
    sed 's/^ *//; s/$/: Connected/' "$work/members" >"$work/links"
    for node in "${members[@]}"; do
        [ "${fault[$node]-}" != not-connected ] || [ "$1" = before ] || broken=$node
    done
    for node in "${members[@]}"; do
        file=$dir/$1/$node.example.com/cli
        sed -i -e "/^    Machine /{x;s/^/./;/^[.]\$/r $work/members" -e 'x;d}' "$file/clusterlist.txt"
        link=s/^$/$/ # what stays as it is
        [ -z "$broken" ] || link="/^Machine $broken[.]/s/Connected/Disconnected/"
        [ "$broken" != "$node" ] || link=s/Connected/Disconnected/
        # esa1 names itself too, esa2 only the others.
        case $node in
        *[13579]) link="/^Machine $node[.]/{s/Connected/this machine/;b};$link" ;;
        *) link="/^Machine $node[.]/d;$link" ;;
        esac
        sed "$link" "$work/links" >"$work/seen"
        sed -i -e "/^Machine /{x;s/^/./;/^[.]\$/r $work/seen" -e 'x;d}' "$file/connstatus.txt"
    done
}

# clustercheck says the same on every member: that $a and $b differ.
write_inconsistency() {
    local node kind
    for node in "${members[@]}"; do
        kind=esa$(((10#${node: -2} + 1) % 2 + 1)).example.com
        sed "s/(Machine esa[12]/(Machine $node/;$rename" "clustercheck-one/$kind/cli/clustercheck.txt" >"$dir/after/$node.example.com/cli/clustercheck.txt"
    done
}

write_sma() { # write_sma STATE SCENARIO NUMBER
    local to=$dir/$1/sma$3.example.com from=$2/sma1.example.com rename
    printf -v rename 's/\\bsma1\\b/sma%d/g;s/192[.]0[.]2[.]21/192.0.2.%d/g;s/421F6B02C7D94E3A88B1/421F6B02C7D94E3A88%02X/g' \
        "$3" $((10 + $3)) "$3"
    cp -rL "$from/cli" "$to/"
    sed -i "$rename" "$to"/cli/*
    sed -e "/appliance?name=esa1/r $work/services" -e '/appliance?name=esa/d' "$from/https/services_page.html" | sed "$rename" >"$to/https/services_page.html"
    sed -e "/display: none/r $work/tracking" -e '/<tr class="row">/,/<\/tr>/d' -e "s/Overall: 2 /Overall: $((2 * pairs)) /" \
        "$from/https/tracking_page.html" | sed "$rename" >"$to/https/tracking_page.html"
    jq -sc '{data: {appliances: .}}' "$work/appliances" >"$to/https/config_appliances.json"
    sed -n '/^ *{"name": "sma/p' "$2/capture.json" | sed "$rename" >>"$work/nodes"
    sed -n '/tracking_messages/d; /"node": "sma/p' "$2/capture.json" | sed "$rename" >>"$work/documents"
}

write_state() { # write_state STATE SCENARIO
    local work=$work/$1 c p a b rename members inconsistent
    template "$work/template" "$2"
    for ((c = 0; c < ${#clusters[@]}; c++)); do
        rm -f "$work"/{members,tracking,services,appliances}
        mkdir -p "$dir/$1/sma$((c + 1)).example.com/https/tracking_messages"
        members=() inconsistent=
        for ((p = 1; p <= pairs; p++)); do
            name_pair "$c" "$p"
            write_pair "$1" "$2" "$dir/$1/sma$((c + 1)).example.com/https/tracking_messages"
            members+=("$a" "$b")
            [[ " ${fault[$a]-} ${fault[$b]-} " != *' inconsistent '* ]] || inconsistent=$p
        done
        write_cluster "$1"
        [ -z "$inconsistent" ] || [ "$1" = before ] || { name_pair "$c" "$inconsistent" && write_inconsistency; }
        write_sma "$1" "$2" $((c + 1))
    done
    {
        printf '{\n  "schema": "postcheck.capture/1",\n  "change": "CHG0031415",\n  "nodes": [\n'
        sed 's/},*$/},/; $s/,$//' "$work/nodes"
        printf '  ],\n  "documents": [\n'
        sed 's/},*$/},/; $s/,$//' "$work/documents"
        printf '  ]\n}\n'
    } >"$dir/$1/capture.json"
}

[ ! -e "$dir/before" ] && [ ! -e "$dir/after" ] || refuse "there is a fleet in $dir"
write_state before before &
write_state after healthy
wait $!
