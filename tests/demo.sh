#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh [BUILD]: plays an upgrade night on simulated appliances, live over SSH and HTTPS, that leaves
# three faults behind. Exit 0 when exactly these faults were found.
set -eu
build=$(realpath "${1:-build}") shown=${1:-build}
cd "$(dirname "$0")/.."
simulator=$build/appliance
. tests/sim.sh
# The faults that were left behind, as "appliance check": exactly what must be CRITICAL. What follows
# from them may be UNKNOWN.
faults='esa1.example.com connstatus
esa1.example.com status
esa2.example.com connstatus
sma1.example.com services'
work=$(mktemp -d)
trap 'sim_stop || true; rm -rf "$work"' EXIT
postcheck() { "$build/postcheck" -f "$work/sim/postcheck.ini" "$@"; }

cat <<END

What you see: two gateways in a cluster and their manager, simulated on loopback ports of this machine
and asked over SSH and HTTPS, with host keys and certificates verified.

END
sim_start "$work/sim" --fleet tests/appliance/upgrade.json
postcheck nodes
echo
echo "1. The evening before: postcheck baseline --change DEMO"
code=0
postcheck baseline --changes "$work/changes" --change DEMO >"$work/shown" || code=$?
[ "$code" = 0 ] || { cat "$work/shown"; exit 1; }
sed -n 's/^Baseline of/   Baseline of/p' "$work/shown"
echo "2. The night: all reboot into the new build. Somebody forgets a thing or three."
sim state rebooting
sim state after
echo "3. The morning: postcheck verify --change DEMO"
echo
code=0
start=$(date +%s%N)
postcheck verify --changes "$work/changes" --change DEMO >"$work/shown" || code=$?
took=$((($(date +%s%N) - start) / 1000000))
run=$(echo "$work"/changes/DEMO/verify-*)
grep -v '^Kept and hashed' "$work/shown"
found=$(jq -r '.results[] | select(.state == "critical") | "\(.node) \(.check)"' "$run/report.json" | sort)
if [ "$found" != "$faults" ] || [ "$code" != 2 ]; then
    printf '\nDEMO FAILED: wanted exactly these CRITICAL, and exit code 2:\n%s\nfound (exit %s):\n%s\n' \
        "$faults" "$code" "${found:-none}"
    exit 1
fi
rm -rf "$build/demo"
cp -r "$run" "$build/demo"
cat <<END

The three faults were found in $((took / 1000)).$(printf %03d $((took % 1000))) s: receiving not resumed, a cluster link down (seen from both ends), a
gateway not established on its manager. "-": the check does not apply to that role.
The proof, to read and to sign: $shown/demo/report.html and the other files there.
Try next: $shown/postcheck audit $shown/demo
          $shown/check_asyncos --replay tests/scenarios/three-faults -H esa1.example.com -v
END
