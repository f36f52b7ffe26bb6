#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tail.sh [BUILD]: plugin/tail beside a real logger: rotation at 20,000 lines/s, with a reader that
# is killed again and again; copy and truncate; a pipe; what it costs when nothing comes. Speaks TAP.
. "$(dirname "$0")/common.sh"
flags=(-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -I. -O2)
[[ $build != */asan ]] || sanitize=(-fsanitize=address,undefined)
"${CC:-cc}" "${flags[@]}" -o "$work/writer" tests/bench/tail_writer.c &&
    "${CC:-cc}" "${flags[@]}" "${sanitize[@]}" -o "$work/reader" tests/bench/tail_reader.c \
        "$build/plugin.a" "$build/checks.a" -ljansson -lm || exit 1
rate=20000 lines=60000 renames=100
mkdir "$work/log"
log=$work/log/mail.current out=$work/out state=$work/state

fresh() { rm -rf "$work/log" "$out" "$state" && mkdir "$work/log"; }
in_order() { # in_order N: OUT holds the lines 1 to N, each once, and no half ones
    awk -v n="$1" '/^#/ { next }
        { lines++ }
        length($0) != 92 && bad++ < 5 { print "line " NR " is torn: " $0 }
        $1 != last + 1 && bad++ < 5 { print "after " last + 0 " comes " $1 }
        { last = $1 }
        END { if (lines != n) print lines " lines, wanted " n }' "$out"
}
told() { # told N EVENT: OUT holds the event exactly N times
    local found
    found=$(grep -c "^# 0 $2\$" "$out")
    [ "$found" = "$1" ] || echo "$found times '$2', wanted $1: $(grep '^#' "$out" | sort | uniq -c)"
}
watches() { # watches PID: it sleeps until something happens; what comes from now on, it sees
    grep -qs '^inotify' "/proc/$1/fdinfo/"* &&
        [ "$(awk '/^State/ { print $2 }' "/proc/$1/status")" = S ]
}
read_beside() { # read_beside MODE N: a reader beside the writer, from the first line to the last
    fresh
    "$work/reader" -o "$out" "$log" &
    local reader=$!
    until_true $reader watches $reader # a file that came and went before, nobody can know of
    "$work/writer" "$log" "$rate" "$lines" "$1" "$2" || echo "the writer failed"
    ended "$reader"
}
ended() { # ended PID: the reader ends by itself, well
    local code=0
    until_true "$1" false || : # until it has ended, or for 20 s
    ! kill -KILL "$1" 2>/dev/null || echo "it waits for the last line"
    wait "$1" || code=$?
    [ "$code" = 0 ] || echo "the reader: exit $code"
}

# -- Rotation ------------------------------------------------------------------------------------

rule "$renames renames at $rate lines/s, a logger that lingers: the reader sees the end" \
    read_beside rename "$renames"
rule "none is lost, none is doubled, all are in order" in_order "$lines"
rule "each rotation is told" told "$renames" rotated

killed() { # the same, with a reader that is killed again and again
    fresh
    local writer='' reader kills=0
    while [ -z "$writer" ] || kill -0 $writer 2>/dev/null; do
        "$work/reader" -o "$out" -s "$state" "$log" &
        reader=$!
        if [ -z "$writer" ]; then
            until_true $reader watches $reader
            "$work/writer" "$log" "$rate" "$lines" rename "$renames" &
            writer=$!
        fi
        until_true $reader test -s "$state" # before it has one it knows of no older files
        read -rt "0.$((RANDOM % 300 + 100))" <>"$work/never"
        kill -KILL $reader 2>/dev/null && kills=$((kills + 1))
        wait $reader 2>/dev/null
    done 2>/dev/null
    wait $writer || echo "the writer failed"
    [ $kills -ge 5 ] || echo "killed $kills times only"
    [ -s "$state" ] || echo "no state was kept"
    tail -n 1 "$out" | grep -q ' end$' && return # it was killed behind the last line
    "$work/reader" -o "$out" -s "$state" "$log" &
    ended $!
}
rule "a reader that is killed by SIGKILL goes on" killed
rule "with none lost, none doubled, all in order" in_order "$lines"
rule "and no loss is told" eval 'grep "^#.*lost" "$out"'

# -- Copy and truncate ---------------------------------------------------------------------------

rule "10 times copied and truncated: the reader sees the end" read_beside truncate 10
rule "what the logger left is all there" in_order "$lines"
truncated() { # each is told; when the reader was not at the end, the copy held the rest
    [ "$(grep -c '^# 0 truncated' "$out")" = 10 ] || grep '^#' "$out"
}
rule "each truncation is told" truncated

# -- A pipe --------------------------------------------------------------------------------------

piped() {
    fresh
    "$work/writer" - "$rate" 20000 pipe | "$work/reader" -o "$out" - || echo "exit $?"
}
rule "a pipe is read to its end" piped
rule "with all lines" in_order 20000
substituted() {
    fresh
    "$work/reader" -o "$out" <("$work/writer" - "$rate" 2000 pipe | head -n 1000) || echo "exit $?"
    in_order 1000
    told 1 end
}
rule "a process substitution too" substituted

# -- Nothing -------------------------------------------------------------------------------------

counted() { # PID: nanoseconds on a core, times that it slept
    awk '{ print $1 }' "/proc/$1/schedstat"
    awk '/^voluntary/ { print $2 }' "/proc/$1/status"
}
idle() {
    local reader before after
    fresh
    : >"$log"
    "$work/reader" -o "$out" "$log" &
    reader=$!
    pids+=($reader)
    until_true $reader watches $reader
    mapfile -t before < <(counted $reader)
    read -rt 4 <>"$work/never" # the one length of time that is measured
    mapfile -t after < <(counted $reader)
    kill $reader
    [ $(((after[0] - before[0]) / 4)) -lt 1000000 ] || echo "$(((after[0] - before[0]) / 4)) ns of CPU in a second, 1000000 allowed"
    [ $((after[1] - before[1])) -le 16 ] || echo "woke $((after[1] - before[1])) times in 4 s, 16 allowed"
}
if [ -z "${sanitize-}" ]; then
    rule "idle: less than 0.1 % of a core, at most 4 wake-ups a second" idle
else
    skip "idle: less than 0.1 % of a core, at most 4 wake-ups a second" "sanitizers cost time"
fi
done_testing
