#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# compare.sh [--yearless] [--core] TRUTH.json FOUND.json: every number and word of TRUTH must stand at
# the same place in FOUND, which may hold more. Prints what differs; exit 1 when something does.
# --yearless: lines without a year, so the years of minutes do not count. --core: not what join.pl
# leaves out. Percentiles of 256 s and more may be 1 % off (postcheck's histogram).
set -eu
yearless=false core=false
while [ $# -gt 2 ]; do
    case $1 in
    --yearless) yearless=true ;;
    --core) core=true ;;
    *) break ;;
    esac
    shift
done
[ $# = 2 ] || { echo "usage: compare.sh [--yearless] [--core] TRUTH.json FOUND.json" >&2; exit 2; }
differences=$(jq -n -r --argjson yearless $yearless --argjson core $core --slurpfile truth "$1" --slurpfile found "$2" '
    def plain: if $yearless then del(.first, .last) | .per_minute |= map(.minute |= .[5:]) else . end
        | if $core then del(.first, .last, .appliances, .unrecognised) else . end;
    # a list of minutes becomes an object, so that one that is missing is named
    def minutes: .per_minute |= (map({key: .minute, value: del(.minute)}) | from_entries);
    def about($a; $b): $a == $b or (($a | type) == "number" and ($b | type) == "number" and $a >= 256
        and (($a - $b) | fabs) <= $a / 100);
    def loose: .[0] == "latency_s" and (.[2] | startswith("p"));
    if ($truth | length) != 1 or ($found | length) != 1 then "no JSON" else
    ($truth[0] | plain | minutes) as $t | ($found[0] | plain | minutes) as $f
    | ($t | paths(scalars)) as $p
    | ($t | getpath($p)) as $want | (try ($f | getpath($p)) catch null) as $is
    | select($want != $is and (($p | loose and about($want; $is)) | not))
    | "\($p | map(tostring) | join(".")): \($want | tojson) is true, found \($is | tojson)"
    end,
    (($found[0].per_minute // [] | length) as $n | ($truth[0].per_minute | length) as $m
    | select($n != $m) | "per_minute: \($m) minutes are true, found \($n)"),
    (($found[0].appliances // [] | length) as $n | ($truth[0].appliances | length) as $m
    | select($core == false and $n != $m) | "appliances: \($m) are true, found \($n)")') || exit 2
[ -n "$differences" ] || exit 0
printf '%s\n' "$differences"
exit 1
