#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# docs.sh PROGRAM: what the texts promise, PROGRAM keeps, and nothing else. Speaks TAP. In the READMEs
# a ```sh block that a ```text block follows is run, and must print that text.
# shellcheck disable=SC2012,SC2016,SC2045,SC2317
set -u
program=$(realpath "${1:-build/check_asyncos}")
cd "$(dirname "$0")/.." || exit 1
root=$PWD manual=plugin/man/check_asyncos.1
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tap.sh

same() { # same WHAT FOUND WANTED: two texts with the same lines, each at least one
    [ -n "$3" ] || echo "the program names no $1"
    diff <(sort -u <<<"$3") <(sort -u <<<"$2") |
        sed -n "s/^</$1 is missing:/p; s/^>/$1 is not of the program:/p"
}

help=$("$program" --help) checks=$("$program" --list-checks)
# The manual as words, without roff.
plain=$(sed -E '/^\.\\"/d; s/^\.SS "(.*)"/\n# \1\n/; s/^\.SH (.*)/\n\1\n/; s/^\.(br|TP|PP|nf|fi|B|I|S|T|n|a)[A-Z]*\b *//
    s/\\f[A-Z]//g; s/\\-/-/g; s/\\\(dq/"/g; s/\\\|//g; s/" ?, ?"/,/g' "$manual")

unfenced() { awk '/^```/ { open = !open; next } !open' "$@"; } # without code blocks
spans() { unfenced "$@" | grep -o '`[^`]*`' | tr -d '`'; }     # inline code
options() { grep -oE -- '(^|[] [(,])--?[A-Za-z][a-z-]*' | sed -E 's/^[^-]*//; s/^-(.)\1$/-\1/' | sort -u; }
wanted_options=$(sed -nE 's/^  (-[A-Za-z], |    )--.*/&/p' <<<"$help" |
    sed -E 's/^ *//; s/(--[a-z-]*).*/\1/; s/, /\n/' | sort -u)
facts() { # "CHECK document ID (…)" and "CHECK metric NAME: …" from --list-checks
    awk '/^[a-z]/ { check = $1 } $1 == "document" || $1 == "metric" { $1 = check " " $1; print }'
}
documents() { # "CHECK DOCUMENT" from --list-checks
    awk '/^[a-z]/ { check = $1 } $1 == "document" { print check " " $2 }'
}
rows() { # of README's table of checks
    awk -F ' *[|] *' -v OFS='|' '/^## / { on = /^## The checks/ }
        on && $2 ~ /^`/ { gsub(/`/, "", $2); print }' README.md
}

readme_options() { same option "$(spans README.md | options)" "$wanted_options"; }
other_options() {
    same option "$(spans README.md checks/README.md plugin/README.md | options)" "$wanted_options" |
        grep -v missing
}
manual_options() { same option "$(options <<<"$plain")" "$wanted_options"; }
usage_options() { # the first paragraph: every option, by its letter if it has one
    same option "$(sed '/^$/,$d' <<<"$help" | options)" \
        "$(sed -nE 's/^  (-[A-Za-z]|    --[a-z-]+).*/\1/p' <<<"$help" | tr -d ' ')"
}
list=$(grep -E '^[a-z]' <<<"$checks")
help_checks() { same check "$(sed -nE '/^Checks/,/^$/s/^  ([a-z]+) +(\(.*\))$/\1 \2/p' <<<"$help")" "$list"; }
readme_checks() { same check "$(rows | awk -F'|' '{ print $2 " (" $3 ")" }')" "$list"; }
manual_checks() { same check "$(sed -n 's/^# //p' <<<"$plain")" "$list"; }
manual_facts() {
    same fact "$(awk -v RS= '{ $1 = $1 } $1 == "#" { check = $2 }
        $1 == "Document" || $1 == "Metric" { $1 = check " " tolower($1); print }' <<<"$plain")" \
        "$(facts <<<"$checks")"
}
readme_documents() {
    same document "$(rows | awk -F'|' '{ n = split($5, part, "`")
        for (i = 2; i <= n; i += 2) print $2 " " part[i] }')" "$(documents <<<"$checks")"
}
plugin_documents() {
    same document "$(grep -oE '(cli|https|log|snmp)/[a-z_*]+[a-z_*/]*[.][a-z]+' plugin/README.md)" \
        "$(documents <<<"$checks" | cut -d ' ' -f 2)"
}
exit_codes() {
    same "exit code" "$(awk -F ' *[|] *' '$4 ~ /^[0-3]$/ { print $2 " " $4 }' README.md)" \
        $'OK 0\nN/A 0\nWARNING 1\nCRITICAL 2\nUNKNOWN 3\nPENDING 3'
    same "exit code" "$(tr '\n' ' ' <<<"${plain#*EXIT STATUS}" | grep -oE '[0-3] [A-Z]+' | head -n 4)" \
        $'0 OK\n1 WARNING\n2 CRITICAL\n3 UNKNOWN'
    grep -q 'Exit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN' <<<"$help" || echo "--help does not say the exit codes"
    for option in --help --version; do
        "$program" "$option" >/dev/null
        [ $? -eq 3 ] || echo "$option does not exit with 3"
    done
}
version() {
    same version "$(sed -nE 's/^\.TH .*"postcheck ([0-9.]+)".*/\1/p' "$manual")" \
        "$("$program" --version | cut -d ' ' -f 2)"
}
lengths() {
    while read -r max file; do
        [ -f "$file" ] || { echo "$file is missing" && continue; }
        [ "$(wc -l <"$file")" -le "$max" ] || echo "$file has more than $max lines"
    done <<<$'250 README.md\n120 checks/README.md\n100 plugin/README.md\n120 tests/README.md'
}
links() {
    for file in README.md */README.md; do
        grep -oE '\]\([^)#]+' "$file" | sed 's/^](//' | while read -r link; do
            [ -e "$(dirname "$file")/$link" ] || echo "$file: no such file: $link"
        done
    done
}
host_paths() {
    { git ls-files --cached --others --exclude-standard 2>/dev/null ||
        find . -type f -not -path './.git/*' -printf '%P\n'; } |
        grep -v '^build/' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done |
        xargs -d '\n' grep -nIE '(^|[^A-Za-z0-9_.*)])/(wor[k]|roo[t]|hom[e])/[a-z]' | head -n 20
}
roff() { groff -man -Tutf8 -ww "$manual" >/dev/null; }

examples() { # examples README PROGRAM: runs the blocks in one shell, in an own folder
    local folder
    folder=$work/$(tr / _ <<<"$1")
    mkdir -p "$folder/build"
    ln -s "$2" "$folder/build/check_asyncos"
    ln -s "$root/tests" "$folder/tests"
    awk -v folder="$folder" '
        /^```/ && open { open = 0; closed = kind; next }
        /^```/ { open = 1; kind = substr($0, 4); script = folder "/sh." ++n
                 if (kind == "text" && closed == "sh") { script = folder "/wanted." (n - 1) } next }
        open { print > script; next }
        /./ { closed = "" }' "$1"
    (
        cd "$folder" || exit
        for wanted in $(ls -v wanted.*); do
            echo "{ . ./sh.${wanted#*.}; } >found.${wanted#*.} 2>&1"
        done >run
        timeout 20 bash -u run </dev/null
        for wanted in wanted.*; do
            diff -u --label "$1" --label found "$wanted" "found.${wanted#*.}"
        done
    )
}
walk_through() { # one file and one word, taken from the text, linked with the archives of the build
    local tree=$work/tree build word
    build=$(dirname "$program")
    mkdir -p "$tree/checks" && cp checks/registry.def "$tree/checks"
    word=$(grep -oE '`CHECK\([a-z]+\)`' checks/README.md | tr -d '`')
    sort -o "$tree/checks/registry.def" - "$tree/checks/registry.def" <<<"$word"
    awk '/^```/ { on = $0 == "```c"; next } on' checks/README.md >"$tree/checks/new.c"
    # shellcheck disable=SC2046  # words on purpose
    "${CC:-gcc}" -std=c11 -O0 -Wall -Wextra -Werror -I"$tree" -I. -o "$tree/check_asyncos" "$tree/checks/new.c" \
        checks/registry.c "$build/plugin/check_asyncos.o" "$build/plugin.a" "$build/checks.a" \
        $(pkg-config --cflags --libs jansson libxml-2.0) -lm &&
        examples checks/README.md "$tree/check_asyncos"
    ! command -v clang-format >/dev/null ||
        clang-format --dry-run --assume-filename=checks/new.c - <"$tree/checks/new.c" 2>&1 | head -n 3
}

rule "README.md names exactly the options of --help" readme_options
rule "the READMEs of the rooms name no other option" other_options
rule "the manual names exactly the options of --help" manual_options
rule "the usage of --help names exactly the options" usage_options
rule "--help names exactly the checks" help_checks
rule "the table of README.md names exactly the checks, with their roles" readme_checks
rule "the manual names exactly the checks, with their roles" manual_checks
rule "the manual names exactly the documents and metrics, with their default limits" manual_facts
rule "the table of README.md names the documents of each check" readme_documents
rule "plugin/README.md names exactly the documents of the checks" plugin_documents
rule "the exit codes are said alike everywhere" exit_codes
rule "the manual is of this version" version
rule "each room has its README, none too long" lengths
rule "links in the READMEs lead somewhere" links
rule "no text names a path of a machine" host_paths
rule "the examples of README.md print what it shows" examples README.md "$program"
if [ -f "$(dirname "$program")/checks.a" ]; then
    rule "the check of checks/README.md is one file and one word" walk_through
else
    skip "the check of checks/README.md is one file and one word" "no archives beside $program"
fi
if command -v groff >/dev/null; then
    rule "groff has nothing to say about the manual" roff
else
    skip "groff has nothing to say about the manual" "groff is not installed"
fi
done_testing
