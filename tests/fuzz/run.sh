#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes every document parser: tests/fuzz/run.sh CFLAGS LIBS, called by `make fuzz`.
#
#   FUZZ_SECONDS=20   for each kind of document       FUZZ_KINDS="xml_status_kind …"   only these
#   FUZZ_DIR=build/fuzz
#
# Seeds are the documents of that kind in tests/scenarios; what libFuzzer finds worth keeping stays
# in FUZZ_DIR/corpus, what makes a parser fail in FUZZ_DIR/KIND-crash-*, its story in KIND.log.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=${FUZZ_DIR:-build/fuzz}
seconds=${FUZZ_SECONDS:-20}
read -r -a cflags <<<"${1:-}"
read -r -a libs <<<"${2:-}"
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -I. -g -O1 -fno-omit-frame-pointer
    -fsanitize=address,undefined -fno-sanitize-recover=all "${cflags[@]}")
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

command -v clang >/dev/null || { echo "fuzz: clang is missing (Debian package clang)" >&2; exit 1; }
mkdir -p "$dir/corpus" "$dir/o"
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { (void)p, (void)n; return 0; }' |
    clang -fsanitize=fuzzer -x c -o "$dir/o/probe" - 2>/dev/null; then
    echo "fuzz: libFuzzer is missing (Debian package libclang-rt-14-dev, or that of your clang)" >&2
    exit 1
fi

# The library once, then one program per kind.
objects=()
for source in checks/*.c checks/parse/*.c; do
    object=$dir/o/${source//\//_}.o
    objects+=("$object")
    if [ "$object" -ot "$source" ] || [ -n "$(find checks -name '*.h' -newer "$object" -print -quit)" ]; then
        clang "${flags[@]}" -fsanitize=fuzzer-no-link -c -o "$object" "$source" || exit 1
    fi
done

fuzz() { # fuzz KIND HEADER: builds, seeds, runs
    local kind=$1 header=$2 id seeds=0 file
    clang "${flags[@]}" -fsanitize=fuzzer -DKIND="$kind" -DHEADER="\"$header\"" -o "$dir/$kind" \
        tests/fuzz/document.c "${objects[@]}" "${libs[@]}" || return 1
    # The id is the first string of the kind's constant; a '*' in it fits find -path as it is.
    id=$(awk -v kind="$kind" '$0 ~ "document_kind " kind " =" {in_it = 1}
         in_it && match($0, /"[^"]+"/) {print substr($0, RSTART + 1, RLENGTH - 2); exit}' "${header%.h}.c")
    mkdir -p "$dir/corpus/$kind"
    while IFS= read -r -d '' file; do
        cp "$file" "$dir/corpus/$kind/seed-$(sha256sum <"$file" | cut -c 1-16)"
        seeds=$((seeds + 1))
    done < <(find tests/scenarios -type f -path "*/$id" -print0 2>/dev/null)
    if "$dir/$kind" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
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
while read -r header kind; do
    case " ${FUZZ_KINDS:-$kind} " in *" $kind "*) ;; *) continue ;; esac
    fuzz "$kind" "$header" </dev/null &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
done < <(grep -H -o '^extern const struct document_kind [a-z_0-9]*' checks/parse/*.h |
        sed 's/:extern const struct document_kind / /')
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit "$failed"
