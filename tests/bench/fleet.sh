#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fleet.sh [BUILD [COPIES [ROUNDS]]]: all checks on 3 x COPIES simulated appliances, beside as many
# bare `ssh` logins. Takes minutes; never part of `make test`.
set -eu
build=$(realpath "${1:-build}")
cd "$(dirname "$0")/../.."
simulator=$build/appliance
. tests/sim.sh
work=$(mktemp -d)
trap 'sim_stop || true; rm -rf "$work"' EXIT
sim_start "$work/sim" --scenario tests/scenarios/healthy --copies "${2:-334}"
printf '%s, %s cores, %s\n' "$(uname -sm)" "$(nproc)" "$(ssh -V 2>&1)"
python3 tests/bench/fleet.py "${3:-5}" "$work/sim" "$build/postcheck"
