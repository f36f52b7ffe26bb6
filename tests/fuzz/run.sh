#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes every document parser, and what else reads hostile bytes (redact, wire, pack, terminal, config, run, lines):
# tests/fuzz/run.sh CFLAGS LIBS, called by `make fuzz`.
#
#   FUZZ_SECONDS=20   for each target       FUZZ_KINDS="xml_status_kind wire …"   only these
#   FUZZ_DIR=build/fuzz
#
# Seeds are the documents of that kind in tests/scenarios, the others are made of them; what libFuzzer
# finds worth keeping stays in FUZZ_DIR/corpus, what makes a target fail in FUZZ_DIR/NAME-crash-*, its
# story in NAME.log.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=${FUZZ_DIR:-build/fuzz}
seconds=${FUZZ_SECONDS:-20}
read -r -a cflags <<<"${1:-}"
read -r -a libs <<<"${2:-}"
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -D_GNU_SOURCE -DPOSTCHECK_VERSION='"fuzz"' -I. -g -O1 -fno-omit-frame-pointer
    -fsanitize=address,undefined -fno-sanitize-recover=all "${cflags[@]}")
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

command -v clang >/dev/null || { echo "fuzz: clang is missing (Debian package clang)" >&2; exit 1; }
mkdir -p "$dir/corpus" "$dir/o"
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { (void)p, (void)n; return 0; }' |
    clang -fsanitize=fuzzer -x c -o "$dir/o/probe" - 2>/dev/null; then
    echo "fuzz: libFuzzer is missing (Debian package libclang-rt-14-dev, or that of your clang)" >&2
    exit 1
fi

# The library once, then one program per target.
objects=() # of checks/
object_of() {
    object=$dir/o/${1//\//_}.o
    if [ "$object" -ot "$1" ] || [ -n "$(find checks plugin -name '*.h' -newer "$object" -print -quit)" ]; then
        clang "${flags[@]}" -fsanitize=fuzzer-no-link -c -o "$object" "$1" || exit 1
    fi
}
for source in checks/*.c checks/*/*.c; do
    object_of "$source"
    objects+=("$object")
done

# What else reads bytes of others: target in tests/fuzz/, and what of plugin/ it needs.
targets=(
    "redact redact redact_address redact_pass"
    "wire wire file"
    "pack pack wire file"
    "terminal fetch/terminal fetch/plan"
    "config config config_key duration file index limits"
    "run reload rules file $(cd plugin && ls render/*.c | sed 's/[.]c$//' | tr '\n' ' ')"
    "lines"
)

documents() { # those of the scenarios that match FIND-OPTION…, small ones, each content once
    find tests/scenarios -type f -size -16k "$@" -exec sha256sum {} + | sort | uniq -w 64 | cut -c 67-
}

# A frame of wire.c with the document FILE: length, kind 1, no bits, id, bytes.
frame() {
    local id=cli/version.txt size length
    size=$(stat -c %s "$1") length=$((size + 4 + ${#id}))
    printf "\\x40\\x$(printf %02x $((length & 255)))\\x$(printf %02x $((length >> 8 & 255)))\\0\\0\\1\\0"
    printf "\\x$(printf %02x ${#id})\\0%s" "$id"
    cat "$1"
}

seed() { # seed TARGET: from the scenarios, into its corpus
    local corpus=$dir/corpus/$1 file name
    mkdir -p "$corpus"
    case $1 in
    config) cp tests/fuzz/config.ini "$corpus/seed-all" ;;
    run) # what a run folder holds, of a build beside
        for file in healthy three-faults; do
            build/postcheck verify --replay "tests/scenarios/$file" --baseline tests/scenarios/before \
                --run-dir "$dir/seed-$file" >/dev/null
            cp "$dir/seed-$file/report.json" "$corpus/seed-$file"
            cp "$dir/seed-$file/rules.json" "$corpus/seed-$file-rules"
            rm -rf "$dir/seed-$file"
        done ;;
    lines) # each sample of a form, and each of lines.txt
        sed -n 's/^SIDELOG.*[A-Z], "\(.*\)")$/\1/p' checks/maillog/sidelog.def |
            cat - tests/fuzz/lines.txt | split -l 1 - "$corpus/seed-" ;;
    terminal) set -- "$1" -path '*/cli/*' ;;
    redact | wire | pack) set -- "$1" -path '*/*/*' ;;
    esac
    [ $# -gt 1 ] || return 0
    documents "${@:2}" | while read -r file; do
        name=$corpus/seed-$(sha256sum <"$file" | cut -c 1-16)
        case $1 in
        redact) { echo Example-1 && cat "$file"; } >"$name" ;;
        wire) frame "$file" >"$name" ;;
        pack) { frame "$file" && printf '\1\0\0\0\3'; } >"$name" ;; # and the end
        terminal) { printf '#' && cat "$file"; } >"$name" ;;
        esac
    done
}

fuzz_target() { # fuzz_target NAME SOURCE…: builds, seeds, runs
    local name=$1 source own=()
    for source in "${@:2}"; do
        object_of "plugin/$source.c"
        own+=("$object")
    done
    clang "${flags[@]}" -fsanitize=fuzzer -o "$dir/$name" "tests/fuzz/$name.c" "${own[@]}" \
        "${objects[@]}" "${libs[@]}" || return 1
    seed "$name"
    run "$name"
}

fuzz() { # fuzz KIND HEADER: builds, seeds, runs
    local kind=$1 header=$2 id file
    clang "${flags[@]}" -fsanitize=fuzzer -DKIND="$kind" -DHEADER="\"$header\"" -o "$dir/$kind" \
        tests/fuzz/document.c "${objects[@]}" "${libs[@]}" || return 1
    # The id is the first string of the kind's constant; a '*' in it fits find -path as it is.
    id=$(awk -v kind="$kind" '$0 ~ "document_kind " kind " =" {in_it = 1}
         in_it && match($0, /"[^"]+"/) {print substr($0, RSTART + 1, RLENGTH - 2); exit}' "${header%.h}.c")
    mkdir -p "$dir/corpus/$kind"
    while IFS= read -r -d '' file; do
        cp "$file" "$dir/corpus/$kind/seed-$(sha256sum <"$file" | cut -c 1-16)"
    done < <(find tests/scenarios -type f -path "*/$id" -print0 2>/dev/null)
    run "$kind"
}

run() { # run NAME: a program with its corpus
    local kind=$1 seeds
    seeds=$(find "$dir/corpus/$kind" -name 'seed-*' | wc -l)
    if "$dir/$kind" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=131072 \
        -artifact_prefix="$dir/$kind-" -print_final_stats=1 "$dir/corpus/$kind" >"$dir/$kind.log" 2>&1; then
        printf 'ok - %-28s %3d seeds, %8d runs\n' "$kind" "$seeds" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$kind.log")"
    else
        printf 'not ok - %s: see %s\n' "$kind" "$dir/$kind.log"
        grep -E -m 3 'SUMMARY|ERROR|Test unit written' "$dir/$kind.log" | sed 's/^/#   /'
        return 1
    fi
}

# Each as many at a time as there are processors; the verdict is the sum.
failed=0
running=0
start() { # start NAME COMMAND…, when NAME is wanted
    case " ${FUZZ_KINDS:-$1} " in *" $1 "*) ;; *) return ;; esac
    "${@:2}" </dev/null &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
}
for target in "${targets[@]}"; do
    read -r -a words <<<"$target"
    start "${words[0]}" fuzz_target "${words[@]}"
done
while read -r header kind; do
    start "$kind" fuzz "$kind" "$header"
done < <(grep -H -o '^extern const struct document_kind [a-z_0-9]*' checks/parse/*.h |
        sed 's/:extern const struct document_kind / /')
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit "$failed"
