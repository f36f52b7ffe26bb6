#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shift_test.sh APPLIANCE: does `APPLIANCE --shift SECONDS` move every time of a text, and nothing
# else? Speaks TAP; the offenders of a rule stand behind it.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C TZ=UTC
program=$(realpath "${1:?usage: shift_test.sh APPLIANCE}")
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

shift_by() { "$program" --shift "$1"; }

becomes() { # becomes SECONDS TEXT WANTED
    local got
    got=$(printf '%s' "$2" | shift_by "$1" && echo .)
    [ "$got" = "$3." ] || printf '%s and %s s: %s, not %s\n' "$2" "$1" "${got%.}" "$3"
}

forms() {
    becomes 172800 'Sun Mar 08 04:00:04 2026 CET' 'Tue Mar 10 04:00:04 2026 CET'
    becomes -172800 'Tue Mar 10 04:00:04 2026 CET' 'Sun Mar 08 04:00:04 2026 CET'
    becomes 172800 '(Sun Mar  8 04:00:04 2026)' '(Tue Mar 10 04:00:04 2026)'
    becomes -172800 '(Tue Mar 10 04:00:04 2026)' '(Sun Mar  8 04:00:04 2026)'
    becomes 3600 'Sun Mar 8 04:00:04 2026' 'Sun Mar 8 05:00:04 2026'
    becomes 86400 $'Sun Mar  8 \r\n      04:00:04 2026.' $'Mon Mar  9 \r\n      04:00:04 2026.'
    becomes 1 '08 Mar 2026 02:24:05 +0100' '08 Mar 2026 02:24:06 +0100'
    becomes 119 '31 Dec 2026 23:59' '01 Jan 2027 00:00'
    becomes -14400 '2026-03-08 03:41:55' '2026-03-07 23:41:55'
    becomes 5 '"2026-03-08T03:41:55Z"' '"2026-03-08T03:42:00Z"'
    becomes 5 '2026-03-08T03:41:55.000Z' '2026-03-08T03:42:00.000Z'
    becomes 60 '2026-03-08 03:41.' '2026-03-08 03:42.'
    becomes 60 'timestamp="20260308014810 (2h 12m 0s)"' 'timestamp="20260308014910 (2h 12m 0s)"'
    becomes 86399 'Build Date: 2024-08-20' 'Build Date: 2024-08-20'
    becomes 86400 'Build Date: 2024-08-20' 'Build Date: 2024-08-21'
}

calendar() {
    becomes 1 '28 Feb 2028 23:59:59' '29 Feb 2028 00:00:00'
    becomes 1 '28 Feb 2026 23:59:59' '01 Mar 2026 00:00:00'
    becomes 1 '20991231235958' '20991231235959'
    becomes -1 '01 Jan 2000 00:00:00' '31 Dec 1999 23:59:59'
    becomes 86400 '2000-02-28' '2000-02-29'
}

# Numbers, names, halves of times, and times that are none.
untouched() {
    local text
    while IFS= read -r text; do
        becomes 987654 "$text" "$text"
    done <<'TEXTS'
15.0.3-002
420B1D44E0C97A5510D3-6F21B8C04E9A
192.0.2.11
3,113,176
120260308040010
20261308040010
20260308250010
18260308040010
X20260308040010
20260308040010a
1-20260308040010
2026-02-30
2026-03-08-01
2026-03-08.log
31 Feb 2026 10:00
Sun Mar 08 24:00:00 2026
Sun Mar 08
Invitation | 8 March
260308004
19933318
2h 11m 54s
4 mins 12 secs
2026-03-0
08 Mar 2026 02:
TEXTS
}

# One stream of all documents, and the calendar of date(1) for two centuries.
there_and_back() {
    local by
    find tests/scenarios -type f ! -name '*.sh' -print0 | sort -z | xargs -0 cat >"$work/all"
    for by in 1 59 61 3600 86399 22377637 99999999 1000000001; do
        shift_by "$by" <"$work/all" >"$work/there"
        shift_by "-$by" <"$work/there" | cmp - "$work/all"
        [ "$(wc -c <"$work/there")" = "$(wc -c <"$work/all")" ] || echo "$by s change the size"
        ! cmp -s "$work/there" "$work/all" || echo "$by s move nothing"
    done
}

as_date_counts() {
    local form at step=7777777
    for form in '%a %b %d %H:%M:%S %Y UTC' '%a %b %e %H:%M:%S %Y' '%d %b %Y %H:%M:%S' \
        '%Y%m%d%H%M%S' '%Y-%m-%dT%H:%M:%S'; do
        for ((at = 0; at < 4000000000; at += step)); do echo "@$at"; done |
            date -f - "+$form" >"$work/dates"
        head -n -1 "$work/dates" | shift_by "$step" | diff - <(tail -n +2 "$work/dates") | head -n 4
    done
}

rule "every form of a time keeps its width" forms
rule "months, years and leap days are counted" calendar
rule "what is no time stays" untouched
rule "all scenarios come back byte for byte" there_and_back
rule "dates are those of date(1)" as_date_counts
done_testing
