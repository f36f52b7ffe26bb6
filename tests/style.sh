#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# style.sh BUILD: the habits of the house that a machine can hold. Speaks TAP; the offenders of a
# rule stand behind it.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:-build}")
export LC_ALL=C.UTF-8

mapfile -t c_files < <(find checks plugin snmp tests -name '*.c' | sort)
mapfile -t h_files < <(find checks plugin snmp tests -name '*.h' | sort)
mapfile -t scripts < <(find tests -name '*.sh' | sort)
. tests/tap.sh

# pmccabe: $2 = complexity as McCabe counts, $5 = lines, $6 = FILE(LINE):, $7 = function
functions() {
    pmccabe "${c_files[@]}" | awk -v max="$2" -v test_max="${3:-$2}" -v column="$1" -v what="$4" '
        { limit = $6 ~ /^tests\/unit\// ? test_max : max }
        $column > limit { print $6 " " $7 ": " $column " " what ", " limit " allowed" }
        END { if (NR < 50) print "pmccabe reported only " NR " functions" }'
}

lengths() { # lengths MAX FILE…
    local max=$1
    shift
    wc -l "$@" | awk -v max="$max" '$2 != "total" && $1 > max { print $2 ": " $1 " lines, " max " allowed" }'
}

own_header_first() {
    local file first
    for file in "${c_files[@]}"; do
        [ -f "${file%.c}.h" ] || continue
        first=$(grep -m 1 '^#include' "$file")
        [ "$first" = "#include \"${file%.c}.h\"" ] || echo "$file begins with $first"
    done
}

# "FILE SYMBOL" for each global symbol that an object defines; sources that are gone do not count.
symbols() {
    (cd "$build" && find checks plugin snmp -name '*.o' 2>/dev/null | sort | xargs -r nm -A -P -g --defined-only) |
        awk '{ sub(/[.]o:$/, "", $1); print $1, $2 }' |
        while read -r file symbol; do
            [ ! -f "$file.c" ] || echo "$file $symbol"
        done
}

# A file of checks/ that defines a check exports nothing else. Inside a folder the folder may lead:
# plugin/render/json.c exports json_… or render_json….
names() {
    printf '%s\n' "$all_symbols" | awk '
        function wrong(text) { print $1 ".c exports " $2 ", not " text }
        { n = split($1, part, "/"); base = part[n]; folder = part[n - 1] "_" base }
        $1 ~ /^(plugin\/(check_asyncos|postcheck|replay)|snmp\/subagent)$/ { if ($2 != "main") wrong("main"); next }
        # The reader has no archives: what would read one becomes the other program.
        $1 == "plugin/reader" && ($2 == "main" || $2 ~ /^tail_archive_/) { next }
        $2 == base { next }
        n == 2 && $1 ~ /^checks\// && $2 ~ /_check$/ { if ($2 != base "_check") wrong(base "_check"); check[$1]; next }
        index($2, base "_") != 1 && !(n > 2 && index($2 "_", folder "_") == 1) { wrong(base "_…") }
        { other[$1] = other[$1] " " $2 }
        END { for (f in check) if (f in other) print f ".c is a check but exports" other[f] }'
}

registry() {
    local words defined
    words=$(sed -n 's/^CHECK(\([a-z0-9_]*\))$/\1/p' checks/registry.def)
    grep -nvE '^CHECK\([a-z0-9_]+\)$' checks/registry.def
    [ "$words" = "$(LC_ALL=C sort -u <<<"$words")" ] || echo "registry.def is not sorted or repeats itself"
    defined=$(printf '%s\n' "$all_symbols" | sed -n 's/^checks\/[^\/]* \(.*\)_check$/\1/p' | LC_ALL=C sort)
    diff <(echo "$words") <(echo "$defined") | sed -n 's/^</registered but not defined:/p; s/^>/defined but not registered:/p'
}

pairs() {
    local file
    printf '%s\n' "$all_symbols" | sed -n 's/^\(checks\/parse\/.*\) .*_kind$/\1/p' | sort -u |
        while read -r file; do
            [ -f "$file.h" ] || echo "$file.c has no header"
        done
}

columns() { grep -anE '^.{101,}$' "${c_files[@]}" "${h_files[@]}" | cut -c 1-140; }
leftovers() { # the words in brackets, so that this file may stay
    grep -snwE 'T[O]DO|F[I]XME|X[X]X' "${c_files[@]}" "${h_files[@]}" "${scripts[@]}" Makefile README.md
}

spdx() { # on the first line, in scripts on the second
    awk 'FNR == 1 { want = /^#!/ ? 2 : 1 }
        FNR == want && !/SPDX-License-Identifier: GPL-3.0-or-later/ { print FILENAME " has no SPDX line" }
    ' "${c_files[@]}" "${h_files[@]}" "${scripts[@]}" Makefile
}

shells() {
    local file shell
    for file in "${scripts[@]}"; do
        case $(head -n 1 "$file") in
        '#!/bin/sh') shell='sh' ;;
        '#!/bin/bash') shell=bash ;;
        *) echo "$file: neither #!/bin/sh nor #!/bin/bash" && continue ;;
        esac
        "$shell" -n "$file"
        [ -x "$file" ] || echo "$file is not executable"
    done
}

formatting() {
    clang-format --dry-run -Werror "${c_files[@]}" "${h_files[@]}" 2>&1 |
        sed -n 's/^\([^:]*:[0-9]*\):.*should be clang-formatted.*/\1: make format/p' | sort -u -t : -k 1,1
}

all_symbols=$(symbols)
rule "functions have a complexity of at most 25" functions 2 25 25 complexity
rule "functions have at most 100 lines, in unit tests 150" functions 5 100 150 lines
rule "files have at most 600 lines" lengths 600 "${c_files[@]}" "${h_files[@]}" "${scripts[@]}"
rule "the Makefile has at most 220 lines" lengths 220 Makefile
rule "README.md has at most 250 lines" lengths 250 README.md
rule "every .c includes its own header first" own_header_first
rule "exported names begin with the name of their file" names
rule "registry.def is sorted and names exactly the checks" registry
rule "every document kind has its header" pairs
rule "lines have at most 100 columns" columns
rule "nothing is left to be done" leftovers
rule "every source has its SPDX line" spdx
rule "scripts can be parsed and executed" shells
# Other releases format differently: only the one of Debian 12 is asked.
if clang-format --version 2>/dev/null | grep -q "version 14[.]"; then
    rule "clang-format has nothing to change" formatting
else
    skip "clang-format has nothing to change" "no clang-format 14"
fi
done_testing
