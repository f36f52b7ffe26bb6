#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# maillog.sh [--save] [--memory|--instructions] [POSTCHECK [ROUNDS [SIZE]]]: postcheck maillog beside
# cat, wc, grep, rg, mawk, a perl join and pflogsumm, on a generated log whose truth is known. README.md
# says how to read it. --save keeps the summary under runs/. A missed target is said, but is no failure.
set -eu
cd "$(dirname "$0")/../.."
part=speed save=
while :; do
    case ${1-} in
    --save) save=1 ;;
    --memory | --instructions) part=${1#--} ;;
    *) break ;;
    esac
    shift
done
postcheck=$(realpath "${1:-build/postcheck}")
rounds=${2:-9} size=${3:-1G} slice=${SLICE:-128M}
seed=${SEED:-1}
export LC_ALL=C
unset PERL5LIB PERL5OPT

bytes_of() { numfmt --from=iec "$1"; }
room=${TMPDIR:-/tmp}
[ "$part" != speed ] || slack=$(($(bytes_of "$size") * 2 + $(bytes_of "$slice") * 4))
[ "$part" = speed ] || slack=$((3 << 30))
[ "$(df -B1 --output=avail /dev/shm 2>/dev/null | tail -n 1)" -lt "$slack" ] 2>/dev/null || room=/dev/shm
work=$(mktemp -d "$room/maillog.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. -O2)
"${CC:-cc}" "${flags[@]}" -o "$work/generate" tests/bench/maillog/*.c -lm
"${CC:-cc}" -std=c11 -O2 -o "$work/measure" tests/bench/measure.c
generate=$work/generate measure=("$work/measure" -o "$work/out")

machine() {
    local model
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    # shellcheck source=/dev/null
    echo "$(date -u +%Y-%m-%d), ${model:-$(uname -m)}, $(nproc) cores, kernel $(uname -r), $(. /etc/os-release && echo "$PRETTY_NAME"), file in ${room}; load before: $(cut -d ' ' -f 1 /proc/loadavg)"
}

# Figures of a program that errs are none: everything that is printed must be the truth.
equal() { # equal TRUTH LOG OPTION…
    local truth=$1 log=$2
    shift 2
    "$postcheck" maillog --format json "$@" "$log" >"$work/found.json" || [ $? -le 3 ]
    tests/bench/maillog/compare.sh "$truth" "$work/found.json" || {
        echo "maillog.sh: postcheck maillog $* is not equal to the truth of $log" >&2
        exit 1
    }
}

have() { command -v "$1" >/dev/null; }

# $work/names and $work/commands grow together.
names=() commands=()
add() { # add NAME COMMAND…
    names+=("$1")
    shift
    [ ${#commands[@]} = 0 ] || commands+=(--)
    commands+=("$@")
}
run() { # run ROUNDS: lines "NAME|cpu cpu_least wall rss code wall_least wall_most"
    "${measure[@]}" "$1" "${commands[@]}" >"$work/figures"
    paste -d '|' <(printf '%s\n' "${names[@]}") "$work/figures"
    names=() commands=()
}

speed() {
    log=$work/mail.log
    "$generate" --seed "$seed" --size "$size" --truth "$work/truth.json" >"$log"
    "$generate" --seed "$seed" --size "$slice" --truth "$work/slice.json" --postfix "$work/postfix.log" >"$work/slice.log"
    total=$(stat -c %s "$log") part_bytes=$(stat -c %s "$work/slice.log")
    for options in "--threads=1" "--threads=2" "--threads=1 --portable"; do
        # shellcheck disable=SC2086  # words on purpose
        equal "$work/truth.json" "$log" $options
    done
    tests/bench/maillog/join.pl "$work/slice.log" >"$work/found.json"
    tests/bench/maillog/compare.sh --core "$work/slice.json" "$work/found.json" || {
        echo "maillog.sh: join.pl is not equal to the truth" >&2
        exit 1
    }
    # shellcheck disable=SC2016
    add cat sh -c 'exec cat "$1" >/dev/null' - "$log"
    add 'wc -l' wc -l "$log"
    add 'grep -c MID' grep -c MID "$log"
    ! have rg || add 'rg -c MID' rg -c MID "$log"
    add 'postcheck, 1 thread' "$postcheck" maillog --threads=1 --format=json "$log"
    add 'postcheck, 2 threads' "$postcheck" maillog --threads=2 --format=json "$log"
    add 'postcheck --families' "$postcheck" maillog --threads=1 --families "$log"
    add 'postcheck --messages' "$postcheck" maillog --threads=1 --messages "$log"
    add 'postcheck --portable' "$postcheck" maillog --threads=1 --portable --format=json "$log"
    run "$rounds" >"$work/fast"
    ! have mawk || add 'mawk, families only' mawk -f tests/bench/maillog/families.awk "$work/slice.log"
    add 'perl join' perl tests/bench/maillog/join.pl "$work/slice.log"
    ! have pflogsumm || add 'pflogsumm, as Postfix' pflogsumm "$work/postfix.log"
    run "${SLOW_ROUNDS:-2}" >"$work/slow"
}

summary_of_speed() {
    echo "postcheck maillog on $(numfmt --to=iec "$total") of mail_logs ($(jq .lines "$work/truth.json") lines, $(jq .messages.received "$work/truth.json") messages received), seed $seed"
    machine
    echo "$rounds interleaved rounds, medians. mawk, perl, pflogsumm: ${SLOW_ROUNDS:-2} rounds on the first $(numfmt --to=iec "$part_bytes") (pflogsumm: the same events as Postfix logs them, $(numfmt --to=iec "$(stat -c %s "$work/postfix.log")")), scaled by bytes of mail_logs"
    echo "totals equal the generator's truth: 1 thread, 2 threads, portable; the perl join's too"
    echo
    { sed "s/\$/ $total/" "$work/fast"; sed "s/\$/ $part_bytes/" "$work/slow"; } | awk -F '|' -v total="$total" '
        {
            split($2, f, " ")
            name = $1; scale = total / f[8]
            order[++n] = name
            cpu[name] = f[1] * scale / 1e6; wall[name] = f[3] * scale / 1e6; rss[name] = f[4] / 1024
            least[name] = f[6] * scale / 1e6; most[name] = f[7] * scale / 1e6
        }
        function speed(a, b) { return (a in wall) && (b in wall) ? wall[b] / wall[a] : 0 }
        function best(a, b) { return (a in wall) && (b in wall) ? least[b] / least[a] : 0 }
        function thrift(a, b) { return (a in cpu) && (b in cpu) ? cpu[b] / cpu[a] : 0 }
        # By wall clock, and by CPU where one thread is meant: the steadier of the two on a busy machine.
        function target(text, a, b, wanted, threads) {
            s = speed(a, b); c = thrift(a, b)
            if (s == 0) { printf "%-8s %-42s not measured\n", "-", text; return }
            verdict = s >= wanted || (threads == 1 && c >= wanted) ? "met" : "MISSED"
            printf "%-8s %-42s %6.2f x wall, %6.2f x CPU, %6.2f x best; wanted %.2f x\n", verdict, text, s, c, best(a, b), wanted
        }
        END {
            printf "%-22s %9s %9s %9s %8s %8s %8s %9s\n", "", "wall s", "least", "CPU s", "GB/s", "x wc -l", "x, CPU", "RSS MiB"
            for (i = 1; i <= n; i++) {
                k = order[i]
                printf "%-22s %9.3f %9.3f %9.3f %8.2f %8.3f %8.3f %9.1f\n", k, wall[k], least[k], cpu[k], total / 1e9 / wall[k], speed(k, "wc -l"), thrift(k, "wc -l"), rss[k]
            }
            printf "\nspread of cat (most/least wall): %.2f%s\n\n", most["cat"] / least["cat"],
                (most["cat"] / least["cat"] > 1.25) ? ": the machine was not quiet, repeat the series" : ""
            target("join + summary, 1 thread, beside wc -l", "postcheck, 1 thread", "wc -l", 0.38, 1)
            target("... beside grep -c MID", "postcheck, 1 thread", "grep -c MID", 2.2, 1)
            target("... beside rg -c MID (study: 1.3)", "postcheck, 1 thread", "rg -c MID", 1.3, 1)
            target("... beside the perl join", "postcheck, 1 thread", "perl join", 25, 1)
            target("2 threads, beside wc -l", "postcheck, 2 threads", "wc -l", 0.68, 2)
            target("2 threads, beside 1 (study: 1.8)", "postcheck, 2 threads", "postcheck, 1 thread", 1.8, 2)
            target("families only, beside wc -l", "postcheck --families", "wc -l", 0.52, 1)
            target("... beside mawk (study: 12)", "postcheck --families", "mawk, families only", 12, 1)
            target("a JSON record per message, beside wc -l", "postcheck --messages", "wc -l", 0.28, 1)
            r = rss["postcheck, 1 thread"]
            printf "%-8s %-42s %6.1f MiB; wanted <= 8\n", r <= 8 ? "met" : "MISSED", "resident size, 1 thread", r
        }'
}

# -- Memory ------------------------------------------------------------------------------------------

limit() { # limit TEXT MOST: asks $work/figures, which came of a pipe
    awk -v text="$1" -v most="$2" '{ printf "%-8s %-52s %7.1f MiB; wanted <= %d   %6.1f s, exit %d\n", ($4 / 1024 <= most ? "met" : "MISSED"), text, $4 / 1024, most, $3 / 1e6, $5 }' "$work/figures"
}

# Runs postcheck behind a pipe; measure sees it alone, since the other end is started outside.
piped() { # piped TEXT MOST COMMAND…
    local text=$1 most=$2
    shift 2
    mkfifo "$work/pipe"
    "$@" >"$work/pipe" &
    local writer=$!
    "$work/once" "$work/found.json" "$postcheck" maillog --format=json - <"$work/pipe" >"$work/figures"
    wait "$writer" || true
    rm "$work/pipe"
    limit "$text" "$most"
}

# The other end of a pipe would be what is measured: hostile bytes come from a file.
hostile() { # hostile TEXT SPEED
    "$work/measure1" -o "$work/found.json" 1 wc -l "$work/hostile" >"$work/wc"
    "$work/once" "$work/found.json" timeout 600 "$postcheck" maillog --threads=1 --format=json "$work/hostile" >"$work/figures"
    limit "$1" 16
    paste -d ' ' "$work/wc" "$work/figures" | awk -v text="$1" -v wanted="$2" '{ x = $3 / $10; printf "%-8s %-52s %7.3f x wc -l; wanted %.2f (study)\n", (x >= wanted ? "met" : "MISSED"), text, x, wanted }'
}

memory() {
    sed 's/i < count; i++) \/\* once for the page cache \*\//i < 0; i++)/' tests/bench/measure.c >"$work/once.c"
    "${CC:-cc}" -std=c11 -O2 -o "$work/measure1" "$work/once.c"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nout=$1; shift\nexec "%s" -o "$out" 1 "$@"\n' "$work/measure1" >"$work/once"
    chmod +x "$work/once"
    machine
    "$generate" --seed "$seed" --size "$size" --truth "$work/truth.json" >"$work/mail.log"
    for threads in 1 2; do
        "$work/once" "$work/found.json" "$postcheck" maillog --threads=$threads --format=json "$work/mail.log" >"$work/figures"
        tests/bench/maillog/compare.sh "$work/truth.json" "$work/found.json" || exit 1
        limit "$size of mail_logs, threads: $threads" 8
    done
    rm "$work/mail.log"
    piped "${MANY:-10000000} messages, 1.1 % never finish, through a pipe" 32 \
        "$generate" --seed "$seed" --messages "${MANY:-10000000}" --never 1.1 --truth "$work/truth.json"
    tests/bench/maillog/compare.sh "$work/truth.json" "$work/found.json" || exit 1
    piped "1000000 messages in flight, through a pipe" 72 \
        "$generate" --seed "$seed" --messages 1000000 --in-flight --truth "$work/truth.json"
    tests/bench/maillog/compare.sh "$work/truth.json" "$work/found.json" || exit 1
    printf 'Tue Mar 10 09:00:00 2026 Info: MID 7 Subject ' >"$work/hostile"
    { head -c 1073741824 /dev/zero | tr '\0' x; echo; } >>"$work/hostile"
    hostile "a line of 1 GiB" 0.3
    head -c 1073741824 /dev/urandom >"$work/hostile"
    hostile "1 GiB of random bytes" 0.5
    head -c 1073741824 /dev/zero | tr '\0' '\n' >"$work/hostile"
    hostile "1 GiB of newlines" 0.03
}

# -- Instructions --------------------------------------------------------------------------------------

instructions() {
    have valgrind || { echo "maillog.sh: valgrind is not installed" >&2; exit 1; }
    machine
    "$generate" --seed "$seed" --size 50M --truth "$work/truth.json" >"$work/mail.log"
    equal "$work/truth.json" "$work/mail.log" --threads=1
    local bytes text options most
    bytes=$(stat -c %s "$work/mail.log")
    while IFS='|' read -r text options most; do
        # shellcheck disable=SC2086  # words on purpose
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$postcheck" maillog --threads=1 $options "$work/mail.log" >/dev/null 2>"$work/log" || [ $? -le 3 ]
        awk -v bytes="$bytes" -v text="$text" -v most="$most" '/Collected :/ { printf "%-8s %-36s %.2f instructions a byte (%.0f M); wanted <= %s\n", $NF / bytes <= most ? "met" : "MISSED", text, $NF / bytes, $NF / 1e6, most }' "$work/log"
    done <<'END'
join + summary, 1 thread|--format=json|2.3
families only, 1 thread (study: 1.9)|--families|1.9
END
}

case $part in
speed)
    speed
    summary_of_speed >"$work/summary.txt"
    ;;
memory) memory >"$work/summary.txt" ;;
instructions) instructions >"$work/summary.txt" ;;
esac
cat "$work/summary.txt"
if [ -n "$save" ]; then
    name=$(echo "$(nproc)-core $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" | sed 's/([^)]*)//g; s/ CPU.*//; s/[^A-Za-z0-9]\+/-/g; s/^-//; s/-$//' | tr '[:upper:]' '[:lower:]')
    folder=tests/bench/runs/$(date -u +%Y-%m-%d)-$name
    file=$folder/maillog.txt
    [ "$part" = speed ] || file=$folder/maillog-$part.txt
    mkdir -p "$folder"
    cp "$work/summary.txt" "$file"
    echo "written to $file"
fi
