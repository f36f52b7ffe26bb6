#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# docs.sh [BUILD]: what the texts promise, the programs of BUILD keep, and nothing else. Speaks TAP. In
# the READMEs a ```sh block that a ```text block follows is run, and must print that text; what needs
# an appliance stands in a ```console block, which is not run.
# shellcheck disable=SC2012,SC2016,SC2045,SC2317
set -u
build=$(realpath "${1:-build}")
cd "$(dirname "$0")/.." || exit 1
program=$build/check_asyncos postcheck=$build/postcheck appliance=$build/appliance
root=$PWD manual=plugin/man/check_asyncos.1 manual_postcheck=plugin/man/postcheck.1
export LC_ALL=C.UTF-8
unset POSTCHECK_CONFIG CREDENTIALS_DIRECTORY CACHE_DIRECTORY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tap.sh

same() { # same WHAT FOUND WANTED: two texts with the same lines, each at least one
    [ -n "$3" ] || echo "the program names no $1"
    diff <(sort -u <<<"$3") <(sort -u <<<"$2") |
        sed -n "s/^</$1 is missing:/p; s/^>/$1 is not of the program:/p"
}
among() { same "$@" | grep -v ' is missing: '; } # each line of FOUND is one of WANTED

words() { # a manual as words, without roff
    sed -E '/^\.\\"/d; s/^\.SS "(.*)"/\n# \1\n/; s/^\.SH (.*)/\n== \1\n/; s/^\.(br|TP|PP|nf|fi|B|I|S|T|n|a)[A-Z]*\b *//
        s/\\f[A-Z]//g; s/\\-/-/g; s/\\\(dq/"/g; s/\\\|//g; s/" ?, ?"/,/g' "$1"
}
section() { awk -v name="== $1" '/^== / { on = $0 == name; next } on'; }        # of words
unfenced() { awk '/^```/ { open = !open; next } !open' "$@"; }                  # without code blocks
spans() { unfenced "$@" | grep -o '`[^`]*`' | tr -d '`'; }                      # inline code
rows() { # rows FILE HEADING: the table below a line that matches, columns separated by |
    awk -F ' *[|] *' -v OFS='|' -v heading="$2" '$0 ~ heading { on = 1; next } /^## / { on = 0 }
        on == 1 && /^[|]/ { on = 2 } on == 2 && !/^[|]/ { on = 0 }
        on && $2 ~ /^`/ { gsub(/`/, "", $2); print }' "$1"
}
options() { grep -oE -- '(^|[] [(,])--?[A-Za-z][a-z-]*' | sed -E 's/^[^-]*//; s/^-(.)\1+$/-\1/' | sort -u; }
offered() { # the options of a help text
    sed -nE 's/^  (-[A-Za-z], |    )--.*/&/p' | sed -E 's/^ *//; s/(--[a-z-]*).*/\1/; s/, /\n/' | sort -u
}

# What the programs say.
help=$("$program" --help) checks=$("$program" --list-checks) front=$("$postcheck" --help)
plain=$(words "$manual") plain_postcheck=$(words "$manual_postcheck")
list=$(grep -E '^[a-z]' <<<"$checks")
commands=$(sed -nE '/^Commands/,/^$/s/^  ([a-z]+) .*/\1/p' <<<"$front")
declare -A help_of=()
for command in $commands; do help_of[$command]=$("$postcheck" "$command" -h); done
wanted_options=$(offered <<<"$help")
front_options=$'-f\n--config\n-V\n--version\n-h\n--help'
common_options=$(for command in $commands; do offered <<<"${help_of[$command]}"; done |
    sort | uniq -c | awk -v n="$(wc -w <<<"$commands")" '$1 == n { print $2 }')
postcheck_options=$(for command in $commands; do offered <<<"${help_of[$command]}"; done
    echo "$front_options")
facts() { # "CHECK document ID (…)" and "CHECK metric NAME: …" from --list-checks
    awk '/^[a-z]/ { check = $1 } $1 == "document" || $1 == "metric" { $1 = check " " $1; print }'
}
documents() { # "CHECK DOCUMENT" from --list-checks
    awk '/^[a-z]/ { check = $1 } $1 == "document" { print check " " $2 }'
}
tables() { # what only the archives know: "key NAME (PLACES)", "fault WORD STATE"
    cat >"$work/tables.c" <<'END'
#include <stdio.h>
#include "checks/fault.h"
#include "plugin/config_key.h"

int main(void)
{
    const unsigned any = CONFIG_NODE | CONFIG_CLUSTER | CONFIG_DEFAULTS;
    for (size_t i = 0; i < config_key_count; i++) {
        const unsigned all = config_key_table[i].places, beside = all & ~(unsigned)CONFIG_ICINGA;
        const unsigned places = beside != 0 ? beside : all; /* what both may have is told by the other one */
        printf("key %s (%s)\n", config_key_table[i].name,
               places == any ? "any" : places == CONFIG_NODE ? "node" : places == CONFIG_DEFAULTS ? "defaults"
               : places == CONFIG_CHECK ? "check" : places == CONFIG_CHANGE ? "change"
               : places == CONFIG_WAIVER ? "waiver" : places == CONFIG_ICINGA ? "icinga2"
               : places == (CONFIG_NODE | CONFIG_CLUSTER) ? "node or cluster" : "elsewhere");
    }
    for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++)
        printf("fault %s %s\n", fault_word(kind), result_state_label(fault_state(kind)));
    return 0;
}
END
    # shellcheck disable=SC2046  # words on purpose
    "${CC:-gcc}" -std=c11 -O0 -Wall -Wextra -Werror -I. -o "$work/tables" "$work/tables.c" \
        "$build/plugin.a" "$build/checks.a" $(pkg-config --cflags --libs jansson libxml-2.0) -lm && "$work/tables"
}

readme_options() {
    same option "$(rows README.md '^## Options' | cut -d '|' -f 2 | options)" "$wanted_options"
}
other_options() {
    among option "$(spans README.md checks/README.md plugin/README.md | options)" \
        "$wanted_options"$'\n'"$postcheck_options"
}
manual_options() {
    same option "$(section OPTIONS <<<"$plain" | options)" "$wanted_options"
    same option "$(section SYNOPSIS <<<"$plain" | options)" "$(letters "$help")"
    among option "$(options <<<"$plain")" "$wanted_options"
}
letters() { sed -nE 's/^  (-[A-Za-z]|    --[a-z-]+).*/\1/p' <<<"$1" | tr -d ' '; } # or the long name
usage_options() { # the first paragraph: every option, by its letter if it has one
    same option "$(sed '/^$/,$d' <<<"$help" | options)" "$(letters "$help")"
}
agentx_options() {
    local text
    text=$(words plugin/man/postcheck-agentx.1)
    same option "$(section OPTIONS <<<"$text" | options)" "$(offered < <("$build/postcheck-agentx" --help))"
    among option "$(spans snmp/README.md | options)" "$(offered < <("$build/postcheck-agentx" --help; "$postcheck" poll -h))"
}
snmp_files() { # the map of snmp/README.md
    same file "$(awk '/^```/ { if (n++) exit; next } n && /^[a-z_]+[.]c / { print $1 }' snmp/README.md)" \
        "$(cd snmp && ls -- *.c)"
}
operands() { sed -nE 's/^usage: postcheck //; s/ \[OPTION\][.]{3}//; 1p' <<<"${help_of[$1]}"; }
commands() { for command in $commands; do operands "$command"; done; }
readme_commands() { same command "$(rows README.md '^[|] `postcheck` ' | cut -d '|' -f 2)" "$(commands)"; }
manual_commands() { same command "$(section COMMANDS <<<"$plain_postcheck" | sed -n 's/^# //p')" "$(commands)"; }
command_options() { # those of one command below it, those of all in OPTIONS
    for command in $commands; do
        same "option of $command" \
            "$(section COMMANDS <<<"$plain_postcheck" | sed -n "/^# $command\b/,/^# /p" | options)" \
            "$(offered <<<"${help_of[$command]}" | grep -vxF -- "$common_options")" |
            grep -v 'names no option'
    done
    same option "$(section OPTIONS <<<"$plain_postcheck" | options)" "$common_options"$'\n'"$front_options"
    among option "$(grep -vE '^ *(ssh-keygen|sha256sum|gpg|-s SHA256SUMS[.]sig) ' <<<"$plain_postcheck" | options)" \
        "$postcheck_options"
    among option "$(options <<<"$front")" "$front_options"
}
columns() { # helps are read on narrow terminals
    for command in '' $commands; do
        # shellcheck disable=SC2086  # no word for the list of commands
        "$postcheck" $command --help >"$work/help" || echo "postcheck $command --help does not exit with 0"
        grep -E '^.{81,}$' "$work/help" | sed "s/^/postcheck $command --help: /"
    done
    grep -E '^.{81,}$' <<<"$help"
}
help_checks() { same check "$(sed -nE '/^Checks/,/^$/s/^  ([a-z]+) +(\(.*\))$/\1 \2/p' <<<"$help")" "$list"; }
readme_checks() {
    same check "$(rows README.md '^## The checks' | awk -F'|' '{ print $2 " (" $3 ")" }')" "$list"
}
manual_checks() { same check "$(section CHECKS <<<"$plain" | sed -n 's/^# //p')" "$list"; }
manual_facts() {
    same fact "$(section CHECKS <<<"$plain" | awk -v RS= '{ $1 = $1 } $1 == "#" { check = $2 }
        $1 == "Document" || $1 == "Metric" { $1 = check " " tolower($1); print }')" \
        "$(facts <<<"$checks")"
}
readme_documents() {
    same document "$(rows README.md '^## The checks' | awk -F'|' '{ n = split($5, part, "`")
        for (i = 2; i <= n; i += 2) print $2 " " part[i] }')" "$(documents <<<"$checks")"
}
plugin_documents() {
    same document "$(grep -oE '(cli|https|log|snmp)/[a-z_*]+[a-z_*/]*[.][a-z]+' plugin/README.md)" \
        "$(documents <<<"$checks" | cut -d ' ' -f 2)"
}
keys() {
    same key "$(section CONFIGURATION <<<"$plain_postcheck" | grep -E '^[a-z_]+ \([a-z][a-z0-9 ]*\)$')" \
        "$(sed -n 's/^key //p' "$work/facts")"
}
kinds() {
    same kind "$(awk '/^## / { on = /^## Faults/ } on && /^[*] / { state = $2; sub(/[,:]$/, "", state) }
        on && state { n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i] " " state }
        ' plugin/README.md)" "$(sed -n 's/^fault //p' "$work/facts")"
}
configurations() { # each example is a configuration that postcheck reads
    awk -v folder="$work" '/^```/ { on = $0 == "```ini"; n += on; next }
        on { print > folder "/readme" n ".ini" }' README.md
    sed -nE '/^\[defaults\]/,/^\.fi/{/^\.fi/d; s/\\-/-/g; p}' "$manual_postcheck" >"$work/manual.ini"
    for file in "$work"/readme*.ini "$work/manual.ini"; do
        "$postcheck" -f "$file" nodes >"$work/nodes" 2>&1 || sed "s|$work/||" "$work/nodes"
    done
}
environment() {
    same variable "$(section ENVIRONMENT <<<"$plain_postcheck" | grep -oE '^[A-Z_]+$')" \
        "$(grep -rohE '(getenv|from_environment)\("[A-Z_]+"' --include='*.c' plugin | cut -d '"' -f 2)"
}
commands_sent() { # the table of plugin/fetch/plan.c, as the manual tells it
    sed -nE 's/^ *CLI\([a-z_]+, [A-Z_]+, ("[^"]*"), ("[^"]*"|NULL),.*/\1\n\2/p' plugin/fetch/plan.c | grep '^"' |
        tr -d '"' >"$work/sent"
    [ -s "$work/sent" ] || echo "plugin/fetch/plan.c: no commands found"
    same command "$(section SECURITY <<<"$plain_postcheck" | tr '\n' ' ' |
        sed -E 's/.*every command: ([^.]*)\. .*/\1/; s/ or |, /\n/g')" "$(cat "$work/sent")"
}
exit_codes() {
    same "exit code" "$(awk -F ' *[|] *' '$4 ~ /^[0-3]$/ { print $2 " " $4 }' README.md)" \
        $'OK 0\nN/A 0\nWARNING 1\nCRITICAL 2\nUNKNOWN 3\nPENDING 3'
    for text in "$plain" "$plain_postcheck"; do
        same "exit code" "$(section 'EXIT STATUS' <<<"$text" | tr '\n' ' ' | grep -oE '[0-3] [A-Z]+' | head -n 4)" \
            $'0 OK\n1 WARNING\n2 CRITICAL\n3 UNKNOWN'
    done
    grep -q 'Exit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN' <<<"$help" || echo "--help does not say the exit codes"
    for option in --help --version; do
        "$program" "$option" >/dev/null
        [ $? -eq 3 ] || echo "$option does not exit with 3"
        "$postcheck" "$option" >/dev/null || echo "postcheck $option does not exit with 0"
    done
}
version() {
    for page in plugin/man/*.1; do
        same version "$(sed -nE 's/^\.TH .*"postcheck ([0-9.]+)".*/\1/p' "$page")" \
            "$("$program" --version | cut -d ' ' -f 2)"
    done
    same version "$("$postcheck" --version)" "postcheck $("$program" --version | cut -d ' ' -f 2)"
}
lengths() {
    while read -r max file; do
        [ -f "$file" ] || { echo "$file is missing" && continue; }
        [ "$(wc -l <"$file")" -le "$max" ] || echo "$file has more than $max lines"
    done <<<$'250 README.md\n130 checks/README.md\n150 plugin/README.md\n130 tests/README.md\n100 tests/appliance/README.md\n125 nagios/README.md\n100 snmp/README.md'
}
links() {
    for file in README.md */README.md */*/README.md; do
        grep -oE '\]\([^)#]+' "$file" | sed 's/^](//' | while read -r link; do
            [ -e "$(dirname "$file")/$link" ] || echo "$file: no such file: $link"
        done
    done
}
plugin_files() { # the map of plugin/README.md
    local map
    map=$(awk '/^```/ { if (n++) exit; next } n' plugin/README.md)
    for file in plugin/*.c plugin/*/*.c; do
        grep -qwE "$(basename "$file" .c)" <<<"$map" || echo "$file is missing"
    done
    grep -oE '\b[a-z_]+(/|[.]c\b)' <<<"$map" | while read -r name; do
        [ -n "$(find plugin -name "${name%/}")" ] || echo "no such file: $name"
    done
}
simulator() { # options and faults of the simulator's README
    same option "$(sed -n '/^```sh/,/^```/p' tests/appliance/README.md | options)" \
        "$("$appliance" 2>&1 --help | grep -v 'unrecognized' | options)"
    same fault "$(awk '/^## Faults/ { on = 1 } on && /^[|] `/ { split($0, cell, "|"); print cell[2] }' \
        tests/appliance/README.md | grep -oE '`[^`]+`' | tr -d '`')" \
        "$(sed -n '/^static const char \*const words/,/^};/p' tests/appliance/fleet.c | grep -oE '"[^"]+"' | tr -d '"')"
}
host_paths() {
    { git ls-files --cached --others --exclude-standard 2>/dev/null ||
        find . -type f -not -path './.git/*' -printf '%P\n'; } |
        grep -v '^build/' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done |
        xargs -d '\n' grep -nIE '(^|[^A-Za-z0-9_.*)])/(wor[k]|roo[t]|hom[e])/[a-z]' | head -n 20
}
roff() { for page in plugin/man/*.1; do groff -man -Tutf8 -ww "$page" >/dev/null; done; }
installed() { # what the manuals name is there after `make install`; nothing is built for it
    env -i PATH="$PATH" make -s -j1 -o "$build/check_asyncos" -o "$build/postcheck" -o "$build/postcheck-live" \
        -o "$build/postcheck-agentx" \
        B="$build" PREFIX=/usr DESTDIR="$work/root" install || return
    while read -r file; do
        [ -e "$work/root/usr/$file" ] || echo "not installed: $file"
    done < <(printf '%s\n' bin/postcheck bin/postcheck-agentx share/snmp/mibs/POSTCHECK-MIB.txt lib/nagios/plugins/check_asyncos
        basename -a plugin/man/*.1 | sed 's|^|share/man/man1/|'
        grep -ohE 'postcheck\.report\\-[0-9]+\.json' plugin/man/*.1 | sed 's|\\||; s|^|share/postcheck/|')
    [ "$("$work/root/usr/lib/nagios/plugins/check_asyncos" --version)" = "$("$program" --version)" ] ||
        echo "the installed check_asyncos is another one"
}

examples() { # examples README CHECK_ASYNCOS: runs the blocks in one shell, in an own folder
    local folder
    folder=$work/$(tr / _ <<<"$1")
    mkdir -p "$folder/build"
    ln -s "$2" "$folder/build/check_asyncos"
    ln -s "$postcheck" "$appliance" "$folder/build"
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
    local tree=$work/tree word
    mkdir -p "$tree/checks" && cp checks/registry.def "$tree/checks"
    word=$(grep -oE '`CHECK\([a-z]+\)`' checks/README.md | tr -d '`')
    sort -o "$tree/checks/registry.def" - "$tree/checks/registry.def" <<<"$word"
    awk '/^```/ { on = $0 == "```c"; next } on' checks/README.md >"$tree/checks/new.c"
    # shellcheck disable=SC2046  # words on purpose
    "${CC:-gcc}" -std=c11 -O0 -Wall -Wextra -Werror -I"$tree" -I. -o "$tree/check_asyncos" "$tree/checks/new.c" \
        checks/registry.c "$build/plugin/replay.o" "$build/plugin.a" "$build/checks.a" \
        $(pkg-config --cflags --libs jansson libxml-2.0) -lm &&
        examples checks/README.md "$tree/check_asyncos"
    ! command -v clang-format >/dev/null ||
        clang-format --dry-run --assume-filename=checks/new.c - <"$tree/checks/new.c" 2>&1 | head -n 3
}

tables >"$work/facts" 2>"$work/tables.log" || sed 's/^/# /' "$work/tables.log"
rule "README.md names exactly the options of check_asyncos" readme_options
rule "the READMEs of the rooms name no other option" other_options
rule "the manual names exactly the options of check_asyncos" manual_options
rule "the usage of --help names exactly the options" usage_options
rule "the manual and the README of postcheck-agentx name exactly its options" agentx_options
rule "snmp/README.md names the files that there are" snmp_files
rule "README.md names exactly the commands of postcheck" readme_commands
rule "the manual names exactly the commands of postcheck" manual_commands
rule "the manual names exactly the options of each command" command_options
rule "every help is at most 80 columns wide" columns
rule "the manual names exactly the configuration keys, and where they stand" keys
rule "the examples of a configuration are read by the program" configurations
rule "the manual names exactly the variables of the environment" environment
rule "the manual names exactly the commands that are sent" commands_sent
rule "--help names exactly the checks" help_checks
rule "the table of README.md names exactly the checks, with their roles" readme_checks
rule "the manual names exactly the checks, with their roles" manual_checks
rule "the manual names exactly the documents and metrics, with their default limits" manual_facts
rule "the table of README.md names the documents of each check" readme_documents
rule "plugin/README.md names exactly the documents of the checks" plugin_documents
rule "plugin/README.md names exactly the kinds of faults, with their states" kinds
rule "plugin/README.md names the files that there are" plugin_files
rule "the simulator's README names exactly its options and faults" simulator
rule "the exit codes are said alike everywhere" exit_codes
rule "the manuals are of this version" version
rule "each room has its README, none too long" lengths
rule "links in the READMEs lead somewhere" links
rule "no text names a path of a machine" host_paths
rule "make install puts everything in place that the manuals name" installed
rule "the examples of README.md print what it shows" examples README.md "$program"
rule "the fault of tests/README.md is played as it shows" examples tests/README.md "$program"
rule "the check of checks/README.md is one file and one word" walk_through
if command -v groff >/dev/null; then
    rule "groff has nothing to say about the manuals" roff
else
    skip "groff has nothing to say about the manuals" "groff is not installed"
fi
done_testing
