#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# maillog_truth.sh [BUILD]: what postcheck maillog finds is what the generator of tests/bench/maillog
# wrote, number by number, whatever reads: 1 to 8 threads, buffers from 64 bytes on, pipes in pieces of
# any size, AVX2 and portable. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs jq python3
postcheck=$build/postcheck
generate=$build/generate
[[ $build != */asan || ! -x ${build%/asan}/generate ]] || generate=${build%/asan}/generate
size=6M
[[ $build != */asan ]] || size=2M

log=$work/log truth=$work/truth.json found=$work/found.json
maillog() { "$postcheck" maillog --no-progress --format json "$@" >"$found"; [ $? -le 3 ]; }
equal() { tests/bench/maillog/compare.sh "${loose[@]}" "$truth" "$found"; }
loose=()
write() { "$generate" --truth "$truth" "$@" >"$log"; }
as() { # as NAME OPTION…: reads the log so, then compares
    local name=$1
    shift
    rule "$name" read_so "$@"
}
read_so() { maillog "$@" "$log" && equal; }
piped() { # piped SEED BUFFER OPTION…: in pieces of 1 to 9000 bytes
    python3 -c '
import os, random, sys
random.seed(int(sys.argv[2]))
with open(sys.argv[1], "rb") as log:
    while piece := log.read(random.choice((1, 2, 63, 64, 65, random.randrange(1, 9000)))):
        os.write(1, piece)' "$log" "$1" | maillog --buffer "$2" "${@:3}" - && equal
}

# -- Whatever reads --------------------------------------------------------------------------------

write --seed 1 --size "$size"
for threads in 1 2 3 4 5 6 7 8; do
    as "$threads threads" --threads "$threads"
done
as "8 threads, pieces of 64 KiB" --threads 8 --buffer 65536
as "3 threads, pieces of 64 bytes" --threads 3 --buffer 64
as "portable, 2 threads" --portable --threads 2
for buffer in 64 65 127 1000 4096 100000 1000000; do
    rule "a pipe, buffer of $buffer bytes" piped "$buffer" "$buffer"
    rule "a pipe, buffer of $buffer bytes, portable" piped 7 "$buffer" --portable
done

# -- Whatever is written ---------------------------------------------------------------------------

variant() { # variant NAME OPTION…
    local name=$1
    shift
    rule "$name: written" write --size "$size" "$@"
    as "$name" --threads 1
    as "$name, 4 threads" --threads 4
    rule "$name, a pipe in pieces" piped 3 64
    as "$name, portable" --portable
}
variant "hazards" --seed 2 --hazards
variant "CRLF" --seed 3 --crlf
variant "classic" --seed 4 --profile classic
variant "quarantine release" --seed 5 --quarantine-release
variant "ids that begin anew" --seed 6 --reset 0.5 --size 6M # MIDs fall by more than 1,000
variant "ids that collide" --seed 7 --reset 0.5 --collide --size 6M
variant "a clock that steps back" --seed 8 --clock-back 3600
variant "every line twice" --seed 9 --double 100
variant "a torn last line" --seed 10 --torn
variant "all in flight" --seed 11 --in-flight
loose=(--yearless)
variant "syslog, two appliances" --seed 12 --style syslog --appliances 2 --hazards
variant "syslog without host" --seed 13 --style syslog-nohost
variant "header eaten" --seed 14 --style bare
done_testing
