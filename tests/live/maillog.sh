#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# maillog.sh [BUILD]: postcheck maillog as an operator calls it: verdicts and their exit codes, what text
# and JSON say, one message's family, files in any order and packed, pipes, follow and resume,
# hostile lines, wrong calls. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs python3 jq gzip
postcheck=$build/postcheck
maillog() { "$postcheck" maillog --no-progress "$@"; }

# -- Logs of an invented gateway -----------------------------------------------------------------

cat >"$work/log.py" <<'PYTHON'
"""log.py SERIAL MINUTES [stop|accept|reject|hostile|headless]: a mail log on stdout, a message every 10 s."""
import sys, time

serial, minutes, how = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
begin = 1772942400  # Sun Mar  8 04:00:00 2026 on the clock of the appliance
lines = []


def say(second, text):
    now = time.gmtime(begin + second)
    lines.append((second, f"{time.strftime('%a %b', now)} {now.tm_mday:2} {time.strftime('%H:%M:%S %Y', now)} Info: {text}"))


if "headless" not in how:
    say(0, "Begin Logfile")
    say(0, f"Version: 16.0.4-016 SN: {serial}")
    say(0, "Time offset from UTC: 3600 seconds")
hostile = "\x1b[2J\xc2\x9b1m MID 5 ready 10 bytes from <x> \xe2\x80\xae"
for i in range(minutes * 6):
    t, mid, icid, dcid = 2 + 10 * i, 101 + i, 501 + i, 901 + i
    out = i % 3 == 0
    where, other = ("outbound", "org") if out else ("inbound", "com")
    say(t, f"New SMTP ICID {icid} interface Data 1 (192.0.2.11) address 198.51.100.{1 + i % 200} reverse dns host mx.example.net verified yes")
    if "reject" in how:
        say(t, f"ICID {icid} REJECT SG BLOCKED LIST match sbrs[-10.0:-3.0] SBRS -5.9 country not enabled")
        say(t + 1, f"ICID {icid} close")
        continue
    say(t, f"ICID {icid} {'RELAY SG RELAYLIST' if out else 'ACCEPT SG UNKNOWNLIST'} match sbrs[none] SBRS None")
    if "accept" in how:
        say(t + 1, f"ICID {icid} close")
        continue
    say(t, f"Start MID {mid} ICID {icid}")
    say(t, f"MID {mid} ICID {icid} From: <ann@example.net>")
    say(t, f"MID {mid} ICID {icid} RID 0 To: <user{i % 4}@example.{other}>")
    say(t + 1, f"MID {mid} Subject \"{hostile if 'hostile' in how else 'Lunch'}\"")
    say(t + 1, f"MID {mid} ready {1000 + i} bytes from <ann@example.net>")
    say(t + 1, f"MID {mid} matched all recipients for per-recipient policy DEFAULT in the {where} table")
    say(t + 1, f"ICID {icid} close")
    if i % 10 == 7:
        say(t + 2, f"Message aborted MID {mid} Dropped by CASE")
        say(t + 2, f"Message finished MID {mid} done")
        continue
    if i % 10 == 4:  # a rewritten one has a number of its own
        say(t + 2, f"MID {mid} rewritten to MID {mid + 50000} by antispam")
        say(t + 2, f"Message finished MID {mid} done")
        mid += 50000
        say(t + 2, f"MID {mid} ICID {icid} From: <ann@example.net>")
        say(t + 2, f"MID {mid} ICID {icid} RID 0 To: <user{i % 4}@example.{other}>")
    say(t + 2, f"MID {mid} queued for delivery")
    if "stop" in how and i > 12:
        continue
    hop = "203.0.113.25" if out else "192.0.2.25"
    say(t + 3, f"New SMTP DCID {dcid} interface 192.0.2.11 address {hop} port 25")
    say(t + 3, f"Delivery start DCID {dcid} MID {mid} to RID [0]")
    say(t + 4, f"Message done DCID {dcid} MID {mid} to RID [0] ")
    say(t + 4, f"MID {mid} RID [0] Response '2.0.0 ok {hostile if 'hostile' in how else i}'")
    say(t + 4, f"Message finished MID {mid} done")
    say(t + 9, f"DCID {dcid} close")
lines.sort(key=lambda line: line[0])
sys.stdout.buffer.write("".join(line[1] + "\n" for line in lines).encode("latin-1"))
PYTHON
log() { python3 "$work/log.py" "$@"; }

log 564D00000000-EXAMPLE0001 30 >"$work/flows"
log 564D00000000-EXAMPLE0001 30 stop >"$work/stops"
log 564D00000000-EXAMPLE0001 30 accept >"$work/accepts"
log 564D00000000-EXAMPLE0001 30 reject >"$work/rejects"
log 564D00000000-EXAMPLE0001 30 hostile >"$work/hostile"
log 564D00000000-EXAMPLE0002 10 >"$work/other"

# -- Verdicts ------------------------------------------------------------------------------------

rule "mail flows: exit 0" expect 0 '^FLOWING - mail flows inbound and outbound' maillog "$work/flows"
rule "queued but not delivered: exit 2, by direction" expect 2 '^STALLED - (in|out)bound: messages are queued' \
    maillog "$work/stops"
rule "accepts but nothing ready: exit 2" expect 2 '^STALLED - connections are accepted, but no message' maillog "$work/accepts"
rule "only refused connections: no proof, exit 3" expect 3 '^NO PROOF - no connection was accepted' maillog "$work/rejects"
rule "nothing at all: no proof" expect 3 '^NO PROOF - no entry' maillog - </dev/null
head -c 100000 /dev/urandom >"$work/noise"
rule "random bytes: no proof" expect 3 '^NO PROOF' maillog "$work/noise"
rule "a paste of some lines: no proof that says what is missing" expect 3 'not seen: |NO PROOF' \
    eval 'tail -n 12 "$work/flows" | maillog -'

# -- What is said --------------------------------------------------------------------------------

columns() { # at most 80, and nothing but text
    for name in flows stops accepts rejects hostile noise; do
        maillog -v --top senders,recipients,domains,destinations,reasons "$work/$name" >"$work/out"
        python3 - "$work/out" <<'PYTHON'
import sys
for line in open(sys.argv[1], encoding="utf-8", errors="strict"):
    line = line.rstrip("\n")
    if len(line) > 80:
        print(f"{len(line)} columns: {line}")
    if any(ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2028" for c in line):
        print(f"not clean: {line!r}")
PYTHON
    done
}
rule "text has 80 columns, and nothing of the log reaches the terminal uncleaned" columns
rule "ASCII where the locale has no more" eval '! LC_ALL=C maillog "$work/flows" | grep -P "[^ -~]"'
cat >"$work/valid.py" <<'PYTHON'
import json, sys
from jsonschema import Draft202012Validator
with open("plugin/schema/postcheck.maillog-1.json", encoding="utf-8") as f:
    schema = json.load(f)
Draft202012Validator.check_schema(schema)
for error in Draft202012Validator(schema).iter_errors(json.load(sys.stdin)):
    print(list(error.path), error.message)
PYTHON
valid() {
    for name in flows stops accepts rejects hostile noise missing; do
        maillog --top senders,destinations --format json "$work/flows" "$work/$name" 2>/dev/null | python3 "$work/valid.py"
        maillog --format json - <"$work/flows" | python3 "$work/valid.py"
    done
}
rule "JSON fits its schema" valid
counts() { # 180 messages: i % 10 == 7 are dropped, == 4 rewritten
    maillog --format json "$work/flows" >"$work/json"
    jq -c '[.lines, .verdict, .connections.in.opened, .connections.in.accepted, .connections.in.relayed, .messages.received,
        .messages.rewritten, .messages.finished, .messages.delivered, .messages.dropped, .messages.handed_on, .messages.open,
        .recipients.delivered, .latency_s.scan, .latency_s.delivery.max, .first, .appliances[0].serial,
        ([.per_minute[].received] | add), ([.hops[].delivered] | add), .evidence[4].holds, .evidence[7].holds]' "$work/json"
}
wanted=$(wc -l <"$work/flows")
rule "its numbers are those of the log" diff <(counts) <(jq -nc --argjson lines "$wanted" '[$lines, "flowing", 180, 120, 60, 180,
    18, 198, 162, 18, 18, 0, 162, {count: 162, p50: 1, p95: 1, p99: 1, max: 1}, 2, "2026-03-08T03:00:00Z",
    "564D00000000-EXAMPLE0001", 180, 162, true, false]')
hostile() { # the same log with other subjects
    diff <(maillog --format json "$work/flows" | jq 'del(.bytes, .evidence)') \
        <(maillog --format json "$work/hostile" | jq 'del(.bytes, .evidence)')
}
rule "subjects and responses that imitate log lines change nothing" hostile
same() { # the same bytes, however it is read
    maillog --format json "$work/flows" >"$work/one"
    for way in "--buffer 64" "--buffer 1000" "--threads 1" "--threads 4" --portable; do
        # shellcheck disable=SC2086  # words on purpose
        maillog $way --format json "$work/flows" | cmp "$work/one" - || echo "with $way"
    done
    maillog --format json - <"$work/flows" | cmp "$work/one" -
    sed 's/$/\r/' "$work/flows" | maillog --format json - | jq 'del(.bytes)' | diff <(jq 'del(.bytes)' "$work/one") -
}
rule "pieces, threads, the portable path, a pipe, CR LF: the same result" same
messages() { # a record each
    maillog --messages "$work/hostile" >"$work/records" || echo "exit $?"
    jq -sc '[length, ([.[] | select(.class == "delivered")] | length), (map(select(.mid == 105))[0] | .class),
        (map(select(.mid == 50105))[0] | .birth, .parent, .way, .ready)]' "$work/records"
    jq -e . "$work/records" >/dev/null || echo "not all of it is JSON"
    ! grep -P '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$work/records" || echo "not clean"
}
rule "--messages: a clean record for each" diff <(messages) \
    <(jq -nc '[198, 162, "handed_on", "rewritten", 105, "inbound", "2026-03-08T03:00:43Z"]')
rule "--families: how many lines of each" expect 0 '180  mid_start' maillog --families "$work/flows"
top() { maillog --top senders,destinations --format json "$work/flows" | jq -c '[.top.senders[0].text, .top.destinations[0].text]'; }
rule "--top" diff <(top) <(echo '["ann@example.net","192.0.2.25"]')
window() { maillog --since "$1" --until "$2" --format json "$work/flows" | jq -c '.messages.received'; }
rule "--since and --until, on the clock of the appliance" diff <(window "2026-03-08 04:10" "2026-03-08 04:19:59") <(echo 60)

# -- One message ---------------------------------------------------------------------------------

family() { # family LOG…: the lines of 105, of what it became, and of their connections
    maillog --mid 105 "$@" >"$work/out" || echo "exit $?"
    grep -E '^ *[0-9]+  2026-' "$work/out" | sed -E 's/^ *[0-9]+  .{21}//' >"$work/found"
    grep -E 'MID (105|50105)\b|ICID 505\b|DCID 905\b' "$work/flows" | sed 's/^.*Info: //; s/ *$//' | diff - "$work/found"
    grep -q '^MID 50105: rewritten from MID 105, inbound, delivered' "$work/out" || cat "$work/out"
}
rule "--mid: all lines of the family, in order" family "$work/flows"
rule "also of the child" eval 'diff <(maillog --mid 50105 "$work/flows" | grep "  2026") <(maillog --mid 105 "$work/flows" | grep "  2026")'
rule "also from a pipe" eval 'cmp <(maillog --mid 105 - <"$work/flows") <(maillog --mid 105 "$work/flows")'
numbers() { # each line stands where its number says, also behind lines that belong to another
    awk '{ print } /Start MID 105/ { print "\tof it"; print ""; print "too" } /Start MID 106/ { print "not of it" }' \
        "$work/flows" >"$work/more"
    # shellcheck disable=SC2086  # words on purpose
    maillog --mid 105 $1 "$work/more" | sed -n 's/^ *\([0-9][0-9]*\)  .\{19\}  /\1 /p' >"$work/found"
    while read -r number text; do
        sed -n "${number}p" "$work/more" | grep -qF -- "$text" || echo "line $number: $text"
    done <"$work/found"
    diff <(sed 's/^[0-9]* //' "$work/found" | grep -nE '^(not of it|of it|too)$') <(printf '%s\n' '4:of it' '5:too')
}
rule "its lines have their numbers, and lines without a time go with the line before" numbers ""
rule "in pieces as well" numbers "--buffer 64"
placed() { # as grep -n tells it: names where there are several
    maillog --mid 105 "$@" | sed -n 's/^\(.*[^ ]\)  *2026-.\{14\}  New SMTP ICID.*/\1/p' | sort
}
rule "of several files each line names its own" diff <(cd "$work" && placed flows other) <(printf '%s\n' flows:68 other:68)
tar -C "$work" -cf "$work/members.tar" more other
rule "of an archive each line names its member" diff <(cd "$work" && placed members.tar) \
    <(printf '%s\n' members.tar:more:68 members.tar:other:68)
in_json() { maillog --mid 105 --format json "$1" | jq -c '.families[0].lines[2:4] | map([.file, .member, .line, .time, .text])'; }
rule "so does JSON" diff <(cd "$work" && in_json more) \
    <(echo '[["more",null,70,"2026-03-08 04:00:42","Start MID 105 ICID 505"],["more",null,71,null,"of it"]]')
two() { maillog --mid 105 --format json "$work/flows" "$work/other" | jq -c '[.families[].appliance]'; }
rule "of two gateways each has its own" diff <(two) <(echo '["564D00000000-EXAMPLE0001","564D00000000-EXAMPLE0002"]')
rule "one that is not there: exit 1" expect 1 'MID 7 is not in these files' maillog --mid 7 "$work/flows"

# -- Files ---------------------------------------------------------------------------------------

head -n 800 "$work/flows" >"$work/part1" && tail -n +801 "$work/flows" >"$work/part2"
{ head -n 3 "$work/flows" | sed "s/04:00:00/$(sed -n 801p "$work/flows" | cut -c 12-19)/" && cat "$work/part2"; } >"$work/part2.h"
gzip -k "$work/part1"
whole() { jq -c '[.messages, .recipients, .latency_s, .connections]' "$1"; }
in_order() {
    maillog --format json "$@" >"$work/parts" || echo "exit $?"
    diff <(whole "$work/json") <(whole "$work/parts")
}
rule "files of one gateway in any order are one log" in_order "$work/part2.h" "$work/part1"
rule "also when one is packed" in_order "$work/part2.h" "$work/part1.gz"
missing() {
    maillog "$work/nothing" "$work/flows" >"$work/out" && echo "exit 0"
    grep -q '^FLOWING' "$work/out" && grep -q 'not read: .*nothing: cannot be read: No such file' "$work/out" || cat "$work/out"
}
unpacked() { # however the packed bytes come, they are the file's
    local way
    for way in "<log.gz" "< <(cat log.gz)" "< <(head -c 1 log.gz && sleep 0.1 && tail -c +2 log.gz)" \
        "< <(cat log.tar)" "< <(cat log.tgz)" "- <log.gz" "/dev/stdin < <(cat log.gz)" "<(cat log.gz)" "fifo" \
        "- < <(head -n 3 log >rest && cat log)" "- < <(cat log)"; do
        [ "$way" != fifo ] || cat "$work/fifo.gz" >"$work/fifo" &
        (cd "$work" && eval "maillog --format json $way") | cmp "$work/one" - || echo "with $way"
    done
    (cd "$work" && read -r _ && maillog --format json -) <"$work/behind" | cmp "$work/one" - || echo "from inside a file"
}
ln "$work/flows" "$work/log" && gzip -kc "$work/log" >"$work/log.gz" && ln "$work/log.gz" "$work/fifo.gz" && mkfifo "$work/fifo"
tar -C "$work" -cf "$work/log.tar" log && tar -C "$work" -czf "$work/log.tgz" log
echo "another program reads this line" | cat - "$work/log" >"$work/behind"
rule "packed logs from a pipe, a file on standard input, a FIFO" unpacked
cat >"$work/by_socket.py" <<'PYTHON'
"""socket.py FILE COMMAND…: COMMAND with FILE as standard input that is a socket, the first 2 bytes before the others."""
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
command = subprocess.Popen(sys.argv[2:], stdin=theirs)
theirs.close()
data = open(sys.argv[1], "rb").read()
ours.sendall(data[:2])
time.sleep(0.1)
ours.sendall(data[2:])
ours.close()
sys.exit(command.wait())
PYTHON
rule "and from a socket" eval 'for name in log log.gz; do
    python3 "$work/by_socket.py" "$work/$name" "$postcheck" maillog --format json - | cmp "$work/one" -; done'
rule "--mid, too" eval 'maillog --mid 105 - < <(cat "$work/log.gz") | cmp - <(maillog --mid 105 "$work/flows")'
rule "one that is followed must not be packed" expect 3 'standard input: is compressed.*leave out --follow' \
    maillog --follow --format json - < <(cat "$work/log.gz")
cut_off() { # every byte that can be unpacked counts, and that it is not all is said
    head -c "$(($(stat -c %s "$work/log.gz") * 2 / 3))" "$work/log.gz" >"$work/cut.gz"
    gzip -dc "$work/cut.gz" 2>/dev/null >"$work/cut"
    for name in cut.gz -; do
        expect 3 "^  exit 3: not everything could be read" maillog "${name/#c/$work/c}" <"$work/cut.gz"
        expect 3 "not whole: .*ends early" maillog "${name/#c/$work/c}" <"$work/cut.gz"
        maillog --format json "${name/#c/$work/c}" <"$work/cut.gz" >"$work/found" 2>"$work/err"
        diff <(jq 'del(.unread)' "$work/found") <(maillog --format json "$work/cut" | jq 'del(.unread)')
        jq -e '.unread[0].partly' "$work/found" >"$work/partly" && grep -q 'ends early: it is cut off' "$work/err" || cat "$work/err"
        python3 "$work/valid.py" <"$work/found"
    done
    expect 3 '  2026.*Start MID 105' maillog --mid 105 "$work/cut.gz"
}
rule "a packed file that is cut off: what is there is read, exit 3" cut_off
damaged() {
    { head -c -8 "$work/log.gz" && printf '%s' BADC && tail -c 4 "$work/log.gz"; } >"$work/bad.gz"
    expect 3 'not whole: .*its checksum is wrong' maillog "$work/bad.gz"
    expect 3 '"partly": true' maillog --format json "$work/bad.gz"
}
rule "one whose checksum is wrong" damaged
rule "a file that is missing is named, the others are read, exit 3" missing
rule "none of them can be read" expect 3 'nothing: cannot be read: No such file' maillog "$work/nothing"

# -- Files that tell the same ----------------------------------------------------------------------

once() { # once FILE…: however often it is told, it is one log. Lines and bytes are what was read
    (cd "$work" && maillog --format json "$@") >"$work/found" || echo "exit $?: $*"
    python3 "$work/valid.py" <"$work/found"
    diff <(jq -S "$core" "$work/found") <(jq -S "$core" "$work/one") | head -n 20
    diff <(cd "$work" && maillog --messages "$@" | sort) <(sort "$work/messages") | head -n 5
}
core='del(.lines, .bytes, .families, .evidence, .overlaps, .repeated)'
cp "$work/flows" "$work/copy" && gzip -k "$work/copy"
grep -vE ' (Subject|interface) ' "$work/flows" >"$work/second" # a subscription that logs less
{ sed -n 1,3p "$work/flows" | sed "s/04:00:00/$(sed -n 1000p "$work/flows" | cut -c 12-19)/" && sed -n '1000,$p' "$work/flows"; } >"$work/late"
head -n 2000 "$work/flows" >"$work/early" && gzip -k "$work/early" "$work/late"
maillog --messages "$work/flows" >"$work/messages"
doubled() {
    once flows copy
    once copy.gz flows
    once copy log.gz
    once flows second
    once late early
    once early.gz late
    once late.gz early.gz
    once early late copy.gz second
    once --threads 4 --buffer 64 late early
}
rule "copies, subscriptions, overlapping pieces of one gateway count once" doubled
subset() { # a whole log of every kind beside a part of its lines, in either order, in all forms
    local seed style
    for style in "--style file" "--style syslog" --crlf "--rate 200" "--quarantine-release --never 1"; do
        seed=${#style}
        # shellcheck disable=SC2086  # words on purpose
        "$build/generate" --seed "$seed" --size 1M $style >"$work/all"
        awk -v seed="$seed" 'BEGIN { srand(seed) } NR <= 3 || rand() > 0.4' "$work/all" >"$work/some"
        for pair in "all some" "some all"; do
            # shellcheck disable=SC2086  # words on purpose
            diff <(cd "$work" && maillog --format json $pair | jq -S "$whole") \
                <(maillog --format json "$work/all" | jq -S "$whole") | head -n 20 | sed "s/^/$style: /"
        done
        lines=$(cd "$work" && maillog --format json all some | jq '.overlaps[0].lines')
        [ "$lines" = "$(wc -l <"$work/some")" ] || echo "$style: $lines lines in both"
    done
}
whole='del(.evidence, .overlaps)'
rule "nothing is counted twice or lost: every number is that of the whole log" subset
told() { (cd "$work" && maillog --format json "$@" | jq -c '[(.overlaps | map([(.files | sort | join("+")), .first, .last, .lines])), .repeated]'); }
utc() { sed -n "$1p" "$work/flows" | sed -E 's/.* 04:(..:..) 2026 .*/2026-03-08T03:\1Z/'; } # when a line was written
rule "that they overlap is said" diff <(told late early flows) <(jq -nc --arg begin "$(utc 1)" --arg late "$(utc 1000)" \
    --arg early "$(utc 2000)" --arg last "$(utc '$')" '[[["early+flows", $begin, $early, 2000],
        ["early+late", $late, $early, $both], ["flows+late", $late, $last, $alone]], []]' --argjson both 1001 --argjson alone "$(($(wc -l <"$work/flows") - 999))")
rule "and shown" expect 0 'overlap .*flows and .*second are of one gateway and both' \
    eval 'maillog "$work/flows" "$work/second" | tr -s " \n" " "'
rule "pieces that only touch are no overlap" diff <(told part1 part2.h part1.gz | jq '.[0] | length') <(echo 1)
rule "one file under two names is read once" diff <(told flows ./flows log) \
    <(echo '[[],[{"file":"./flows","same_as":"flows"},{"file":"log","same_as":"flows"}]]')
rule "also on standard input" eval 'maillog "$work/flows" - <"$work/flows" | grep -q "  read once  standard input is the same file as"'
sed -E 's/^Sun (Mar  8 [0-9:]{8}) 2026 /<22>\1 esa1 mail_logs: /' "$work/flows" >"$work/syslog"
rule "a file and syslog of one gateway are not alike: that they count twice is said" diff <(told syslog flows) \
    <(echo '[[["flows+syslog","2026-03-08T03:00:00Z","2026-03-08T03:30:01Z",null]],[]]')
rule "files of two gateways do not overlap" diff <(told flows other) <(echo '[[],[]]')

# -- Following -----------------------------------------------------------------------------------

follow() { # a log that grows, is renamed, and goes on
    head -n 500 "$work/flows" >"$work/grows"
    env --default-signal=INT,TERM "$postcheck" maillog --follow --every 1 --format json "$work/grows" >"$work/lines" 2>"$work/err" &
    local pid=$! code=0
    pids+=("$pid")
    until_true "$pid" has_lines 500 || { echo "ended:" && cat "$work/err" && return; }
    sed -n 501,1000p "$work/flows" >>"$work/grows"
    mv "$work/grows" "$work/grows.1"
    { head -n 3 "$work/flows" | sed "s/04:00:00/$(sed -n 1001p "$work/flows" | cut -c 12-19)/" && tail -n +1001 "$work/flows"; } >"$work/new"
    cat "$work/new" >"$work/grows"
    until_true "$pid" has_lines "$((1000 + $(wc -l <"$work/new")))" || cat "$work/err"
    kill -INT "$pid"
    wait "$pid" || code=$?
    [ "$code" -le 3 ] || echo "exit $code"
    diff <(whole "$work/json") <(tail -n 1 "$work/lines" | jq -c '[.messages, .recipients, .latency_s, .connections]')
    [ ! -s "$work/err" ] || cat "$work/err"
}
has_lines() { [ "$(tail -n 1 "$work/lines" | jq .lines)" = "$1" ]; }
rule "--follow: lines of JSON, over a rotation, and the last one at SIGINT" follow
rule "--follow of a pipe ends with it" eval 'maillog --follow --format json - <"$work/flows" | python3 "$work/valid.py"'
cat >"$work/terminal.py" <<'PYTHON'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    if b"q: end" not in seen and b"q: end" in seen + got:
        os.write(fd, b"q")
    seen += got
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
PYTHON
live() { # q ends it; the summary stays
    timeout 20 python3 "$work/terminal.py" "$postcheck" maillog --follow "$work/flows" >"$work/screen" || echo "exit $?"
    grep -aq $'\033\[?1049l' "$work/screen" || echo "the screen is not given back"
    sed 's/.*\x1b\[?1049l//' "$work/screen" | grep -aq 'What became of 198 finished messages' || cat -v "$work/screen"
}
rule "--follow on a terminal: q ends it, and all of it is printed" live

# -- Wrong calls, and where it goes ----------------------------------------------------------------

rule "an unknown list" expect 3 "^postcheck: --top: 'x' is none of senders" maillog --top x "$work/flows"
rule "what does not go together" expect 3 '^postcheck: --messages: does not go together with --mid' \
    maillog --mid 5 --messages "$work/flows"
rule "no number" expect 3 "^postcheck: --mid: 'five' is no number" maillog --mid five "$work/flows"
rule "no time" expect 3 "^postcheck: --since: 'soon' is no time" maillog --since soon "$work/flows"
rule "an unknown option" expect 3 'unknown option --frob' maillog --frob "$work/flows"
rule "a folder" expect 3 'it is a folder' maillog "$work"
rule "a terminal is no log" expect 0 'which log' python3 "$work/terminal.py" "$postcheck" maillog
written() {
    local code
    for more in "" "--format json" --messages --families "--mid 105" "--follow --every 1"; do
        code=0
        # shellcheck disable=SC2086  # words on purpose
        maillog $more "$work/flows" >/dev/full 2>/dev/null || code=$?
        [ "$code" = 3 ] || echo "exit $code with a full disk: $more"
    done
    maillog "$work/flows" >&- 2>/dev/null
    [ $? = 3 ] || echo "no exit 3 with a closed stdout"
}
rule "an answer that cannot be written is exit 3" written
rule "--output: whole or not at all" eval 'maillog --output "$work/result" "$work/flows" && grep -q ^FLOWING "$work/result"'
done_testing
