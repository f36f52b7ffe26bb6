#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cases.sh [--accept] PROGRAM [CASE…]: runs the end-to-end cases of tests/cases/ and speaks TAP. A
# case is a folder: see tests/README.md. --accept rewrites expected.nagios, and expected.json where
# there is one, from what PROGRAM says; `exit` is written by people only.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8 TZ=UTC

# One case: what the program prints in both forms, kept under $work/$case.
if [ "${1-}" = --run ]; then
    program=$2 folder=tests/cases/$4 out=$3/$4
    mkdir -p "$out"
    cmd=$(cat "$folder/cmd")
    if [ -e "$folder/prepare" ]; then
        mkdir -p "$out/scenario"
        SCENARIO=$out/scenario bash -eu "$folder/prepare" >"$out/prepare.err" 2>&1 ||
            echo "prepare failed" >>"$out/prepare.err"
        cmd=${cmd//@SCENARIO@/$out/scenario}
    fi
    for form in nagios json; do
        [ "$form" = nagios ] || cmd="--format json $cmd"
        eval "set -- $cmd" # the words of cmd are quoted for a shell
        timeout 60 "$program" "$@" >"$out/$form" 2>"$out/$form.err" </dev/null
        echo $? >"$out/$form.exit"
    done
    exit 0
fi

accept=
[ "${1-}" != --accept ] || { accept=1; shift; }
program=${1:?usage: cases.sh [--accept] PROGRAM [CASE…]}
shift
case $program in */*) ;; *) program=./$program ;; esac
if [ $# -eq 0 ]; then
    mapfile -t all < <(ls tests/cases)
    set -- "${all[@]}"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/cases.sh --run "$program" "$work"

ACCEPT=$accept /usr/bin/python3 - "$work" "$@" <<'PYTHON'
import difflib, json, os, re, sys
from jsonschema import Draft202012Validator

work, cases, accept = sys.argv[1], sys.argv[2:], os.environ.get("ACCEPT")
with open("plugin/schema/postcheck.report-1.json", encoding="utf-8") as f:
    validator = Draft202012Validator(json.load(f))


def read(*path):
    try:
        with open(os.path.join(*path), "rb") as f:
            return f.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def compare(problems, path, found):
    """FOUND against the file PATH, or FOUND into it."""
    wanted = read(path)
    if accept:
        with open(path, "w", encoding="utf-8") as f:
            f.write(found)
    elif wanted != found:
        old = (wanted or "").splitlines()
        problems += difflib.unified_diff(old, found.splitlines(), path, "found", lineterm="")


def check_nagios(problems, text):
    """Monitoring-ecosystem.md 1.3: one pipe, behind the last byte of text, before one line."""
    if not text.strip():
        problems.append("no output")
    if text.count("|") > 1 or "|" in text and "\n" in text.split("|")[1].rstrip("\n"):
        problems.append("performance data is not one line behind the only '|'")
    if re.search(r"[^\n -~\u00a1-\U0010ffff]", text):
        problems.append("control characters in the output")


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings(member)


def plain(text):
    """What a text renderer may change: '|', and blanks."""
    return re.sub(r"\W+", " ", text)


def check_json(problems, folder, text, nagios):
    try:
        report = json.loads(text)
    except ValueError as error:
        problems.append(f"json: {error}")
        return
    for error in validator.iter_errors(report):
        problems.append(f"json: {error.json_path}: {error.message}"[:300])
    said = plain("\n".join(strings(report)))
    lines = nagios.split("|")[0].splitlines()
    for line in lines[1:] or lines:  # the first of several sums up
        line = re.sub(r"^[A-Z]+ [A-Z/]+ - ", "", line)
        if line.startswith("    waived: "):
            line = re.sub(r"approved by |until ", "", line)
        line = re.sub(r"^\s*(\[[A-Z/]+\] )?([a-z]+: |explained by: )?", "", line)
        line = re.sub(r", line \d+$|…$|^… and \d+ more: .*", "", line)  # "--format json shows all"
        unnamed = line.split(": ", 1)[-1]  # a summary may put the appliance's name before it
        if plain(line).strip() not in said and plain(unnamed).strip() not in said:
            problems.append(f"json: does not say '{line}'")
    report.pop("run", None)
    path = os.path.join(folder, "expected.json")
    if os.path.exists(path):
        shown = json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        compare(problems, path, shown)


def judge(case):
    folder, out, problems = os.path.join("tests/cases", case), os.path.join(work, case), []
    scenario = os.path.join(out, "scenario")
    result = {name: (read(out, name) or "").replace(scenario, "@SCENARIO@")
              for name in ("nagios", "json", "nagios.err", "json.err", "nagios.exit", "json.exit")}
    wanted = (read(folder, "exit") or "?").strip()
    for form in ("nagios", "json"):
        if result[f"{form}.exit"].strip() != wanted:
            problems.append(f"{form}: exit {result[f'{form}.exit'].strip()}, wanted {wanted}")
        problems += [f"{form}: stderr: {x}" for x in result[f"{form}.err"].splitlines()[:20]]
    problems += (read(out, "prepare.err") or "").splitlines()
    if "--format" not in read(folder, "cmd"):
        check_nagios(problems, result["nagios"])
        # Help, version, lists and usage errors are the same in every format: no report to look at.
        if result["json"] != result["nagios"]:
            check_json(problems, folder, result["json"], result["nagios"])
    compare(problems, os.path.join(folder, "expected.nagios"), result["nagios"])
    return problems


failed = 0
print(f"1..{len(cases)}")
for number, case in enumerate(cases, 1):
    problems = judge(case)
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {number} - {case}")
    for problem in problems[:60]:
        print("# " + problem)
sys.exit(1 if failed else 0)
PYTHON
