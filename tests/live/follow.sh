#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# follow.sh [BUILD]: postcheck maillog --follow --resume beside a logger that renames its files, with
# a follower that is killed again and again: at the end it has counted what one look at all the files
# counts. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs jq python3
postcheck=$build/postcheck
generate=$build/generate
[[ $build != */asan || ! -x ${build%/asan}/generate ]] || generate=${build%/asan}/generate
rate=10000 size=5M renames=25
state=$work/state

cat >"$work/logger.py" <<'PYTHON'
# logger.py FROM PATH RATE RENAMES: writes the lines of FROM to PATH, RATE a second, in pieces that
# end anywhere; PATH becomes STEM.@NUMBER.s RENAMES times. The old descriptor is kept for 5 ms and
# written to; a new file begins with the header that AsyncOS gives it.
import os, random, sys, time
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
path, rate, renames = sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
random.seed(len(lines))
stem = path.rpartition(".")[0]
flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
is_entry = lambda line: line[20:23] == b"202"
header = lines[:3] if is_entry(lines[0]) else [] # not in a syslog
fd, held, start, done, renamed = os.open(path, flags, 0o644), b"", time.monotonic(), 0, 0
while done < len(lines):
    n = random.randrange(1, 30)
    piece = held + b"".join(lines[done:done + n])
    done = min(done + n, len(lines))
    keep = random.randrange(0, 60) if done < len(lines) and random.random() < 0.5 else 0
    cut = len(piece) - min(keep, len(piece))
    os.write(fd, piece[:cut])
    held = piece[cut:]
    if renamed < renames and done >= (renamed + 1) * len(lines) // (renames + 1):
        renamed += 1
        os.rename(path, f"{stem}.@{renamed:08}.s")
        time.sleep(0.005)
        os.write(fd, held)
        os.close(fd)
        fd, held = os.open(path, flags, 0o644), b""
        if header:
            at = next(line[:24] for line in reversed(lines[:done]) if is_entry(line))
            os.write(fd, b"".join(at + line[24:] for line in header))
    wait = start + done / rate - time.monotonic()
    if wait > 0:
        time.sleep(wait)
os.close(fd)
PYTHON
logger() { python3 "$work/logger.py" "$1" "$2" "$rate" "$renames"; }

follow() { exec "$postcheck" maillog --follow --every 1 --format json --resume "$state" "$@"; }
numbers() { # all that does not depend on the clock of this machine, or on who asks
    jq -S 'del(.verdict, .reasons, .missing, .unread, .interrupted)'
}
killed() { # killed LOG…: a follower beside the loggers that is killed until they have ended
    local writers=() reader kills=0 log
    for log; do
        logger "$(dirname "$log").log" "$log" &
        writers+=($!)
    done
    for log; do until_true "${writers[0]}" test -s "$log"; done
    while kill -0 "${writers[@]}" 2>/dev/null; do
        follow "$@" >>"$work/lives" &
        reader=$!
        until_true $reader test -s "$state" # before it has one it knows of no older files
        read -rt "$((kills % 4 == 3 ? 2 : 0)).$((RANDOM % 500 + 200))" <>"$work/never"
        kill -KILL $reader 2>/dev/null && kills=$((kills + 1))
        wait $reader 2>/dev/null
    done 2>/dev/null
    for writer in "${writers[@]}"; do wait "$writer" || echo "a logger failed"; done
    [ $kills -ge 4 ] || echo "killed $kills times only"
}
goes_on() { # goes_on N LOG…: the last life reads until it has N lines, and is asked to end
    local reader n=$1 code=0
    shift
    follow "$@" >"$work/last" &
    reader=$!
    pids+=($reader)
    all() { [ "$(tail -n 1 "$work/last" | jq .lines)" = "$n" ]; }
    until_true $reader all || echo "it has $(tail -n 1 "$work/last" | jq .lines) lines of $n"
    kill -TERM $reader 2>/dev/null
    wait $reader || code=$?
    [ $code -le 3 ] || echo "exit $code"
}
whole() { "$postcheck" maillog --no-progress --format json "$@" | numbers >"$work/whole"; }
equal() { # equal [FILTER]
    tail -n 1 "$work/last" | numbers | jq -S "${1-.}" | diff <(jq -S "${1-.}" "$work/whole") - | head -n 40
}

# -- Logs that are renamed -------------------------------------------------------------------------

fresh() { # fresh NAME OPTION…: a log of the generator's, and a folder to write it to
    mkdir "$work/$1"
    "$generate" --size "$size" "${@:2}" >"$work/$1.log"
}
one() { # one NAME OPTION…: followed and looked at
    local name=$1 log=$work/$1/mail.current
    fresh "$@"
    rm -f "$state"
    rule "$name: a follower is killed by SIGKILL again and again" killed "$log"
    whole "$work/$name"/mail.@* "$log"
    rule "$name: it goes on to the last line" goes_on "$(jq .lines "$work/whole")" "$log"
    rule "$name: its numbers are those of one look at all the files" equal
    rule "$name: and are many" eval '[ "$(jq .messages.delivered "$work/whole")" -gt 500 ] || cat "$work/whole"'
    rule "$name: started again, it knows them still" goes_on "$(jq .lines "$work/whole")" "$log"
    rule "$name: and counts nothing twice" equal
}
one files --seed 1 --rate 5 --hazards
one syslog --seed 2 --rate 5 --style syslog

two() { # of two logs at once; in which order they come is chance
    local a=$work/left/mail.current b=$work/right/mail.current
    fresh left --seed 3 --rate 5 --style syslog
    fresh right --seed 4 --rate 5 --style syslog
    sed -i 's/ esa/ other-esa/' "$work/right.log"
    rm -f "$state"
    rule "two logs: a follower is killed by SIGKILL again and again" killed "$a" "$b"
    whole "$work/left"/mail.@* "$a" "$work/right"/mail.@* "$b"
    rule "two logs: it goes on to the last line" goes_on "$(jq .lines "$work/whole")" "$a" "$b"
    rule "two logs: its numbers are those of one look at all the files" equal \
        '{lines, continuations, connections, messages, recipients, latency_s, waiting, families, per_minute}'
}
two

# -- What is no state ------------------------------------------------------------------------------

log=$work/files/mail.current
rule "a state of another log format is refused" expect 3 'is no position of ours, or it is damaged' \
    eval 'cp "$work/files.log" "$work/none"; "$postcheck" maillog --follow --resume "$work/none" "$log"'
rule "one that was begun with other options too" expect 3 'was begun with other --since' \
    eval '"$postcheck" maillog --follow --resume "$state" --top senders "$log"'
python3 - "$state" "$work/empty" <<'PYTHON'
import json, sys
head = json.loads(open(sys.argv[1], "rb").readline())
head.update(state_bytes=0, state_hash="")
open(sys.argv[2], "w").write(json.dumps(head) + "\n")
PYTHON
rule "one without its mail flow too" expect 3 'postcheck: .*empty' \
    eval '"$postcheck" maillog --follow --resume "$work/empty" "$log"'
done_testing
