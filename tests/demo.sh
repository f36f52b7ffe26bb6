#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh [BUILD]: judges a recorded upgrade night that left three faults behind, all from this
# repository. Exit 0 when exactly these faults were found.
set -eu
program=$(realpath "${1:-build}")/check_asyncos
cd "$(dirname "$0")/.."
now=tests/scenarios/three-faults
before=tests/scenarios/before
# The faults that were left behind, as "appliance check": exactly what must be CRITICAL. What follows
# from them may be UNKNOWN.
faults='esa1.example.com connstatus
esa1.example.com status
esa2.example.com connstatus
sma1.example.com services'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
color=false
[ ! -t 1 ] || [ -n "${NO_COLOR-}" ] || color=true

nodes=$(jq -r '.nodes[].name' "$now/capture.json")
for node in $nodes; do
    code=0
    "$program" --replay "$now" --baseline "$before" -H "$node" --format json >"$work/$node" ||
        code=$?
    jq --argjson code "$code" '. + {$code}' "$work/$node"
done | jq -s . >"$work/reports"

# Finding by finding, each once although both ends of a link report it, then the table.
jq -r --argjson color "$color" '
    def pad(n): . + ((" " * (n - length)) // "");
    def paint(n): pad(n) as $text
        | ({"OK": 32, "N/A": 2, "pass": 32, "WARNING": 33, "CRITICAL": 31, "fail": 31}[.] // 35) as $code
        | if $color then "\u001b[\($code)m\($text)\u001b[0m" else $text end;
    def shown: if . == "not_applicable" then "N/A" else ascii_upcase end;
    def wrapped(first; next): # words into lines of at most 96 columns
        reduce splits(" ") as $word ({text: "", line: first, empty: true};
            if (.line + $word | length) < 96 or .empty
            then .line += (if .empty then "" else " " end) + $word | .empty = false
            else .text += .line + "\n" | .line = next + $word end)
        | .text + .line;
    . as $reports
    | [.[].nodes[0].name] as $names
    | def seen($node): # NODE/DOCUMENT, line N
        .document as $id
        | [if any($names[]; . as $name | $id | startswith($name + "/")) then $id else "\($node)/\($id)" end,
           (.line | select(. > 0) | "line \(.)")] | join(", ");
    ([$names[] | length] | max + 2) as $width
    | [.[] | .results[] | .node as $node | .check as $check | .findings[]
        | select(.state | . != "ok" and . != "not_applicable")
        | {$check, state, text, hint, seen: (.evidence | select(. != null) | seen($node))}]
    | (unique_by(.text) | sort_by(.state, .check)[]
        | (.state | shown | paint(9)) + " " + .check,
          (.text | wrapped("    "; "    ")),
          (select(.hint != null) | .hint | wrapped("    to do: "; "           ")),
          "    seen in: " + .seen, ""),
      ("check" | pad(15)) + ([$names[] | pad($width)] | add),
      ([$reports[].results[].check] | unique[] | . as $check
        | pad(15) + ([$reports[] | ([.results[] | select(.check == $check).state] | first) as $state
            | if $state == null then "-" | pad($width) else $state | shown | paint($width) end] | add)),
      ("verdict" | pad(15)) + ([$reports[].verdict | paint($width)] | add)
' "$work/reports" >"$work/shown"

found=$(jq -r '.[].results[] | select(.state == "critical") | "\(.node) \(.check)"' "$work/reports" | sort)
codes=$(jq -r '[.[].code] | unique | join(" ")' "$work/reports")

cat <<END

What you see: two gateways in a cluster and their manager, upgraded overnight. Their recorded answers
(${now}) are judged against those of the evening before (${before}).

END
sed 's/ *$//' "$work/shown"
if [ "$found" != "$faults" ] || [ "$codes" != 2 ]; then
    printf '\nDEMO FAILED: wanted exactly these CRITICAL, and exit code 2:\n%s\nfound (exit %s):\n%s\n' \
        "$faults" "$codes" "${found:-none}"
    exit 1
fi
cat <<END

Verdict: fail. The three faults were found: receiving not resumed, a cluster link down (seen from both
ends), a gateway not established on its manager. "-": the check does not apply to that role.
Try next: ${1:-build}/check_asyncos --replay $now --baseline $before -H esa1.example.com -v
END
