#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# output.sh PROGRAM: what a monitoring core sees, whatever the appliances answered: exit code, first
# line, performance data, clean text (monitoring-ecosystem.md 1.2 to 1.8); hostile captures; and the
# guard against a green that stands on nothing. Speaks TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${1:?usage: output.sh PROGRAM}")
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

/usr/bin/python3 - "$program" "$work" <<'PYTHON'
import concurrent.futures, functools, itertools, json, os, random, re, shutil, subprocess, sys

program, work = sys.argv[1:3]
SCENARIOS = "tests/scenarios"
HEALTHY = f"{SCENARIOS}/healthy"
NODES = ["esa1.example.com", "esa2.example.com", "sma1.example.com"]
ESA1, SMA1 = NODES[0], NODES[2]
CODES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
TIMEOUT = 20
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
numbers = itertools.count(1)
failed = 0


class Run:
    """One run of the program: exit code, bytes of stdout and stderr; code None when it hung."""

    def __init__(self, *arguments, env=None, shell=None):
        self.arguments = [str(a) for a in arguments]
        command = [program, *self.arguments] if shell is None else ["sh", "-c", shell, program, *self.arguments]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **(env or {})}
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, env=environment,
                                  stdin=subprocess.DEVNULL)
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, b"", b""

    def __str__(self):
        return " ".join(a if len(a) < 90 else a[:80] + "..." for a in self.arguments).replace("\n", "\\n")


def replay(folder, node, *arguments):
    return Run("--replay", folder, "-H", node, *arguments)


@functools.cache
def scenario_run(scenario, node, *arguments):
    return replay(f"{SCENARIOS}/{scenario}", node, *arguments)


def tap(name, problems):
    global failed
    problems = list(problems)
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {next(numbers)} - {name}")
    for problem in problems[:15]:
        print("# " + str(problem)[:300].replace("\n", "\\n"))


def all_of(judge, jobs):
    """Problems of JUDGE(*JOB) over all JOBS, on all processors."""
    jobs = list(jobs)
    if not jobs:
        yield "nothing was tested"
    for problems in pool.map(lambda job: list(judge(*job)), jobs):
        yield from problems


# --- What every output keeps -------------------------------------------------------------------

NUMBER = r"-?\d+(?:\.\d+)?"
RANGE = rf"(?:@?(?:(?:~|{NUMBER})?:)?(?:{NUMBER})?)"
LABEL = r"(?:[A-Za-z0-9_.-]+|'[^'=|:]+')"
PERFDATA = re.compile(rf"{LABEL}={NUMBER}(?:s|%|B)?(?:;{RANGE}(?:;{RANGE})?)?")
FIRST = re.compile(r"([A-Z]+) (OK|WARNING|CRITICAL|UNKNOWN) - \S")
HIDDEN = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def shape(run):
    """Rules for any output at all, judged or not."""
    if run.code is None:
        yield f"{run}: not finished after {TIMEOUT} s"
        return
    if run.code not in range(4):
        yield f"{run}: exit {run.code}: {run.err[:200]}"
    if run.err:
        yield f"{run}: stderr: {run.err[:200]}"
    try:
        text = run.out.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{run}: {error}"
        return
    if not text.endswith("\n"):
        yield f"{run}: output does not end with a newline"
    if HIDDEN.search(text):
        yield f"{run}: control or invisible character {HIDDEN.search(text).group()!r}"


def conforms(run, node):
    """Rules for an answer in the nagios format."""
    problems = list(shape(run))
    yield from problems
    if problems:
        return
    text, bar, perfdata = run.out.decode("utf-8")[:-1].partition("|")
    lines = text.split("\n")
    first = FIRST.match(lines[0])
    if first is None:
        yield f"{run}: first line is '{lines[0][:100]}'"
    elif CODES[first[2]] != run.code:
        yield f"{run}: first line says {first[2]}, exit code {run.code}"
    if node is not None and node not in lines[0]:
        yield f"{run}: first line does not name {node}: '{lines[0][:100]}'"
    if any(not line.strip() for line in lines):
        yield f"{run}: empty line"
    if not bar:
        return
    if "|" in perfdata or "\n" in perfdata:
        yield f"{run}: more than one '|' or line of performance data"
    tokens = re.findall(r"(?:'[^']*'|[^ '])+", perfdata)
    if " ".join(tokens) != perfdata:
        yield f"{run}: performance data is not separated by single blanks"
    for token in tokens:
        if PERFDATA.fullmatch(token) is None:
            yield f"{run}: performance data '{token[:100]}'"
    labels = [token.rpartition("=")[0] for token in (t.partition(";")[0] for t in tokens)]
    for label in {label for label in labels if labels.count(label) > 1}:
        yield f"{run}: label {label} twice"


def states(run):
    """Check -> state of a JSON report; empty when there is none."""
    try:
        return {r["check"]: r["state"] for r in json.loads(run.out)["results"]}
    except (ValueError, KeyError, TypeError):
        return {}


def judge_answer(scenario, node, *arguments):
    yield from conforms(scenario_run(scenario, node, *arguments), node)


scenarios = sorted(s for s in os.listdir(SCENARIOS) if os.path.isdir(f"{SCENARIOS}/{s}"))
options = [[], ["-v"], ["-vv", "--baseline", f"{SCENARIOS}/before"], ["-C", "status"],
           ["--since", "2026-03-08T00:00:00Z", "--expect", "15.0.3-002", "-C", "alerts,version"],
           ["-w", "workqueue_messages=0", "-c", "oldest_message_s=@0:100000", "-w", "uptime_s=~:0"]]
for extra in options:
    tap(f"conforms with '{' '.join(extra)}'", all_of(judge_answer, (
        [s, n, *extra] for s in scenarios for n in NODES
        if os.path.isdir(f"{SCENARIOS}/{s}/{n}"))))


def judge_formats(scenario, node, name):
    plain, other = scenario_run(scenario, node), scenario_run(scenario, node, "--format", name)
    yield from shape(other)
    if plain.code != other.code:
        yield f"{other}: exit {other.code}, as nagios {plain.code}"


for name in "json", "text":
    tap(f"--format {name} has the exit code of the nagios format", all_of(judge_formats, (
        [s, n, name] for s in scenarios for n in NODES)))

# --- Options -----------------------------------------------------------------------------------

for option in "-h", "--help", "-V", "--version":
    run = Run(option)
    problems = list(shape(run))
    if run.code != 3:
        problems.append(f"exit {run.code}")
    problems += [f"{len(line)} columns: {line}" for line in run.out.decode().splitlines() if len(line) > 80]
    tap(f"{option} exits 3, on stdout, at most 80 columns", problems)

registry = re.findall(r"^CHECK\((\w+)\)$", open("checks/registry.def").read(), re.M)
listing = Run("--list-checks")
listed = re.findall(r"^(\w+) \((.*)\)$", listing.out.decode(), re.M)
tap("--list-checks exits 0 and lists the registry", list(shape(listing)) + (
    [] if listing.code == 0 and [name for name, _ in listed] == registry else [listing.code, listed]))

here = ["--replay", HEALTHY, "-H", ESA1]
wrong = {
    "no argument": [], "unknown option": [*here, "--frobnicate"], "unknown letter": [*here, "-Z"],
    "unknown letter, bytes": [*here, b"-\xff"], "hostile option": [*here, "--a|b\x1b[2J\n"],
    "positional argument": [*here, "esa1"], "missing argument": [*here, "-C"],
    "unknown check": [*here, "-C", "nonesuch"], "empty check": [*here, "-C", ""],
    "empty check in a list": [*here, "-C", "status,,version"],
    "no -H": ["--replay", HEALTHY], "no --replay": ["-H", ESA1],
    "unknown node": ["--replay", HEALTHY, "-H", "esa9.example.com"], "empty node": ["--replay", HEALTHY, "-H", ""],
    "node is a path": ["--replay", HEALTHY, "-H", "../healthy/" + ESA1],
    "hostile node": ["--replay", HEALTHY, "-H", "a|b\n\x1b]0;x\x07"],
    "missing folder": ["--replay", "nonesuch", "-H", ESA1], "empty folder": ["--replay", "", "-H", ESA1],
    "folder is a file": ["--replay", f"{HEALTHY}/capture.json", "-H", ESA1],
    "hostile folder": ["--replay", "no|such\n\x1b[2Jfolder", "-H", ESA1],
    "very long folder": ["--replay", "x" * 60000, "-H", ESA1],
    "missing baseline": [*here, "--baseline", "nonesuch"], "empty baseline": [*here, "--baseline", ""],
    "unknown format": [*here, "--format", "xml"], "empty format": [*here, "--format", ""],
    "unknown metric": [*here, "-w", "nonesuch=5"], "range of nothing": [*here, "-w", "5"],
    "range without metric": [*here, "-C", "raid", "-w", "5"], "empty range": [*here, "-w", ""],
    "metric of another check": [*here, "-C", "status", "-w", "inconsistencies=5"],
    "word without check": [*here, "--ok-word", "=OK"], "word of no check": [*here, "--ok-word", "nonesuch=OK"],
    "empty word": [*here, "--ok-word", "tracking="], "too many ranges": [*here, *["-w", "uptime_s=5"] * 65],
}
for text in "20:10", "10foo", "~", "", " 5", "0x10", "1e400", "inf", "nan", "5,5", "@", "1:2:3", "5|6":
    wrong[f"range '{text}'"] = [*here, "-C", "workqueue", "-w", text]
for text in "", "yesterday", "2026-02-31", "2026-03-08 25:00", "@", "@x", "@99999999999999999999":
    wrong[f"time '{text}'"] = [*here, "--since", text]
for text in "", "15", "15.0", "15.0.3-", "15.0.3-002x", "banana-15-0-3-002", "15.0.3-99999999999":
    wrong[f"version '{text}'"] = [*here, "--expect", text]


def judge_wrong(name, arguments):
    run = Run()
    run.__init__(*(a.decode("utf-8", "surrogateescape") if isinstance(a, bytes) else a for a in arguments))
    problems = list(shape(run))
    text = run.out.decode("utf-8", "replace")
    if run.code != 3 or text.count("\n") != 1 or "|" in text or not text.startswith("ASYNCOS UNKNOWN - "):
        problems.append(f"exit {run.code}, {text[:200]}")
    return [f"{name}: {problem}" for problem in problems]


tap("wrong usage is one line and exit 3", all_of(judge_wrong, wrong.items()))


def judge_stdout(name, shell, *arguments):
    run = Run(*arguments, shell=shell)
    if run.code != 3 or run.out or run.err:
        yield f"{name}: {run}: exit {run.code}, {run.err[:100]}"


tap("an output that cannot be written is exit 3", all_of(judge_stdout, (
    [name, shell, *arguments] for name, shell in (("closed", '"$0" "$@" >&-'), ("full", '"$0" "$@" >/dev/full'))
    for arguments in (here, [*here, "--format", "json"], ["-h"], ["--list-checks"], ["--nonesuch"]))))


def judge_locale(locale, *arguments):
    if Run(*arguments).out != Run(*arguments, env={"LC_ALL": locale, "LANG": locale, "TZ": "Asia/Tokyo"}).out:
        yield f"{locale}: other output of {arguments}"


tap("locale and time zone change nothing", all_of(judge_locale, (
    [locale, *here, *extra] for locale in ("C", "de_DE.UTF-8", "tr_TR.UTF-8", "ja_JP.EUC-JP")
    for extra in ([], ["--format", "json"], ["-w", "uptime_s=1.5", "-vv"]))))

# --- Captures as somebody hostile would write them ----------------------------------------------

counter = itertools.count()


def copy(scenario, node=None, document=None):
    """A capture like SCENARIO, of links; without DOCUMENT of NODE, whose place is returned."""
    folder = f"{work}/{next(counter)}"
    os.mkdir(folder)
    source = os.path.realpath(f"{SCENARIOS}/{scenario}")
    for entry in os.listdir(source):
        if entry != node:
            os.symlink(f"{source}/{entry}", f"{folder}/{entry}")
            continue
        for path, _, files in os.walk(f"{source}/{entry}"):
            inside = folder + path[len(source):]
            os.mkdir(inside)
            for file in files:
                if not f"{path}/{file}".endswith(f"/{node}/{document}"):
                    os.symlink(os.path.realpath(f"{path}/{file}"), f"{inside}/{file}")
    return folder, f"{folder}/{node}/{document}"


def write(content):
    def make(place):
        with open(place, "wb") as file:
            file.write(content)
    return make


def unreadable(place):
    write(b"xyzzy\n")(place)
    os.chmod(place, 0)


noise = random.Random(1)
garbage = {
    "missing": lambda place: None,
    "xyzzy": write(b"xyzzy\n"),
    "empty": write(b""),
    "blanks": write(b" \r\n\t\0\n" * 100),
    "zero bytes": write(b"\0" * 4096),
    "binary": write(noise.randbytes(65536)),
    "invalid UTF-8": write(b"\xc3\x28\xf0\x28\x8c\xbc\xed\xa0\x80\xff\xfe" * 50),
    "escapes and bars": write(b"|x=1;2 \x1b[2J\x1b]0;owned\x07 <script>alert(1)</script> \xe2\x80\xae|\r\n" * 40),
    "1 MB in one line": write(b"A" * (1 << 20)),
    "1 MB of brackets": write(b"[{<" * 350000),
    "directory": os.mkdir,
    "FIFO": os.mkfifo,
    "link in a circle": lambda place: os.symlink(place, place),
    "link to a device": lambda place: os.symlink("/dev/zero", place),
    "unreadable": unreadable,
}
huge = {"10 MB of lines": write(b"Some line: of no meaning, 12 | 34\n" * 310000),
        "10 MB of tags": write(b"<table><tr><td>x" * 660000), "40 MB": write(b"x\n" * (20 << 20))}

needs = {}  # document -> the checks that cannot do without it
for block in re.split(r"\n(?=\w)", listing.out.decode()):
    for document in re.findall(r"^    document (\S+) \([^()]*\)$", block, re.M):
        needs.setdefault(document, set()).add(block.split()[0])
documents = {node: sorted(os.path.relpath(f"{path}/{file}", f"{HEALTHY}/{node}")
                          for path, _, files in os.walk(f"{HEALTHY}/{node}") for file in files) for node in NODES}
tap("documents that checks need are known", [] if "xml" not in str(needs) and all(
    check in needs.get(f"cli/{check}.txt", ()) for check in ("clustercheck", "connstatus", "workqueue")) else [needs])


# Where another document answers the same question, nobody need have asked for the first; but what was
# answered and cannot be read is always said.
instead = {("cli/status.txt", "status"): "https/xml_status.xml", ("cli/status.txt", "reboot"): "https/xml_status.xml",
           ("cli/status.txt", "licenses"): "https/xml_status.xml", ("cli/version.txt", "version"): "https/xml_status.xml",
           ("cli/clusterlist.txt", "connstatus"): "cli/connstatus.txt",  # the members stand in capture.json
           ("https/config_appliances.json", "services"): "https/services_page.html"}


def judge_garbage(scenario, node, document, name):
    """Nothing turns good because DOCUMENT turned bad; what needs it says so."""
    make = {**garbage, **huge}[name]
    must = {check for check in needs.get(document, ())
            if name != "missing" or instead.get((document, check)) not in documents[node]}
    folder, place = copy(scenario, node, document)
    make(place)
    run = replay(folder, node, "--format", "json")
    yield from shape(run)
    yield from conforms(replay(folder, node), node)
    shutil.rmtree(folder, ignore_errors=True)
    before, now = states(scenario_run(scenario, node, "--format", "json")), states(run)
    if not now:
        yield f"{scenario}, {node}/{document}: no report"
    if before.get("hardware") == "not_applicable" and document == "snmp/walk.txt":
        must -= {"hardware"}  # on a virtual model, as the CLI tells, there is nothing for the walk to say
    for check, state in now.items():
        if state in ("ok", "not_applicable") and (check in must or scenario == "healthy" and state != before[check]):
            yield f"{scenario}, {node}/{document}: {check} was {before[check]}, is {state}"


for name in garbage:
    tap(f"never green: {name}", all_of(judge_garbage, (
        ["healthy", node, document, name] for node in (ESA1, SMA1) for document in documents[node])))
for name in huge:
    tap(f"never green: {name}", all_of(judge_garbage, (
        ["healthy", node, document, name] for node in (ESA1, SMA1) for document in documents[node]
        if document.split("/")[-1] in ("displayalerts.txt", "clustercheck.txt", "xml_status.xml",
                                       "tracking_page.html", "config_appliances.json"))))
for name in "missing", "xyzzy":
    tap(f"never green in place of a fault: {name}", all_of(judge_garbage, (
        [s, node, os.path.relpath(f"{path}/{file}", f"{SCENARIOS}/{s}/{node}"), name]
        for s in scenarios if s not in ("healthy", "before") for node in NODES
        for path, _, files in os.walk(f"{SCENARIOS}/{s}/{node}") for file in files
        if not os.path.islink(f"{path}/{file}"))))


def judge_all_gone(node, name):
    """With every document bad no check but one that cannot apply has anything to stand on."""
    folder, _ = copy("healthy", node)
    for document in documents[node]:
        os.unlink(f"{folder}/{node}/{document}")
        garbage[name](f"{folder}/{node}/{document}")
    run = replay(folder, node, "--format", "json")
    yield from conforms(replay(folder, node), node)
    yield from (f"{node}: {c} is {s}" for c, s in states(run).items() if s in ("ok", "not_applicable"))
    if not states(run):
        yield f"{node}: no report"


for name in "missing", "xyzzy", "zero bytes", "directory":
    tap(f"never green: all documents {name}", all_of(judge_all_gone, ([node, name] for node in NODES)))

ALERTS = ("Date and Time Stamp               Description\n" + "-" * 80 + "\n\n"
          "08 Mar 2026 03:30:00 +0100        {}\n\n")
texts = ["a | b='c'|d=1;2;3", "\x1b[31mred\x1b[0m \x9b2J \x07", "<script>alert(1)</script>", "\u202egnp.exe\u202c \u200b\u2066",
         "x" * 1000000, "tab\tVT\x0bFF\x0c NUL\0 DEL\x7f", "100%s%n%n%d", "U+2028 \u2028 U+2029 \u2029 end", "'; ls"]


def judge_alert(text, extra):
    folder, place = copy("healthy", ESA1, "cli/displayalerts.txt")
    write(ALERTS.format(text).encode("utf-8", "surrogatepass"))(place)
    run = replay(folder, ESA1, "-C", "alerts", *extra)
    yield from conforms(run, ESA1)
    if run.code not in (1, 2, 3) or len(run.out) > 20000:
        yield f"{text[:40]!r}: exit {run.code}, {len(run.out)} bytes"


tap("an alert with hostile text is one more alert", all_of(judge_alert, (
    [text, extra] for text in texts for extra in ([], ["-vv"]))))


def judge_folder(name):
    folder, _ = copy("healthy")
    os.makedirs(f"{folder}/{name}/cli")
    yield from conforms(replay(folder, ESA1), ESA1)
    run = replay(folder, name)
    yield from conforms(run, None)
    if run.code != 3:
        yield f"{name!r}: exit {run.code}"


tap("folders whose names are no appliance", all_of(judge_folder, (
    [name] for name in ("a b", "a\nb", "a|b", "\x1b[2J", "-x", "\u202e", "x" * 254, "%s%n", "a;b", "'"))))


def judge_index(name, content, wanted):
    folder, _ = copy("healthy")
    os.unlink(f"{folder}/capture.json")
    if callable(content):
        content(f"{folder}/capture.json")
    else:
        write(content if isinstance(content, bytes) else json.dumps(content).encode())(f"{folder}/capture.json")
    run = replay(folder, ESA1)
    for problem in itertools.chain(conforms(run, None), shape(replay(folder, ESA1, "--format", "json"))):
        yield f"{name}: {problem}"
    if run.code not in wanted:
        yield f"{name}: exit {run.code}: {run.out[:150]}"


def node(name, **more):
    return {"schema": "postcheck.capture/1", "nodes": [{"name": name, **more}]}


def said(**more):
    return {"nodes": [{"name": ESA1, "role": "esa"}], "documents": [{"node": ESA1, **more}]}


bad, fine = (3,), (0, 1, 2, 3)
indexes = [
    ["cut", b'{"nodes": [', bad], ["empty", b"", bad], ["binary", noise.randbytes(5000), bad],
    ["nested", b"[" * 100000, bad], ["directory", os.mkdir, bad], ["FIFO", os.mkfifo, bad],
    ["circle", lambda place: os.symlink(place, place), bad], ["65 MB", b" " * (65 << 20) + b"{}", bad],
    ["other schema", {"schema": "postcheck.capture/2|x\n"}, bad], ["array", [], bad], ["number", 5, bad],
    ["nodes is a number", {"nodes": 5}, bad], ["nodes of numbers", {"nodes": [1, None]}, bad],
    ["../", node("../../etc"), bad], ["/", node("/etc"), bad], ["|", node("a|b"), bad], ["blank", node("a b"), bad],
    ["newline", node("a\nb"), bad], ["escape", node("\x1b[2J"), bad], ["zero byte", node("a\0b"), bad],
    ["no name", {"nodes": [{}]}, bad], ["1 MB name", node("x" * (1 << 20)), bad],
    ["role", node(ESA1, role="|\n\x1b" * 1000), bad], ["twice", {"nodes": [{"name": ESA1}] * 2}, bad],
    ["many nodes", {"nodes": [{"name": f"n{i}"} for i in range(3000)]}, fine],
    ["cluster", node(ESA1, role="esa", cluster="|\x1b[2J\n\u202e" * 1000, sma="../|"), fine],
    ["document path", said(id="../../../etc/passwd"), fine],
    ["document path with a fault", said(id="../../../etc/passwd", fault="syntax"), fine],
    ["times", said(id="cli/status.txt", taken_at="|" * 9999, duration_ms=-1), fine],
    ["duration", said(id="cli/status.txt", taken_at="9999-12-31T23:59:59Z", duration_ms=2**63 - 1), fine],
    ["fault", said(id="cli/status.txt", fault="|\x1b[2J\n" * 1000), bad],
    ["fault object", said(id="cli/status.txt", fault={"kind": "timeout", "text": "|\n\x1b\u202e" * 99}), bad],
    ["fault of wrong types", said(id="cli/status.txt", fault={"kind": 5, "text": []}), fine],
    ["run", {"nodes": [{"name": ESA1}], "run_id": "|\u202e" * 99, "change": 5, "operator": "x" * 99999}, fine],
]
tap("capture.json as nobody should write it", all_of(judge_index, indexes))


def judge_alone():
    """Without postcheck-live beside it, the plugin says so; a capture it judges all the same."""
    alone = f"{work}/alone/check_asyncos"
    os.mkdir(os.path.dirname(alone))
    shutil.copy(program, alone)
    shutil.copy(os.path.join(os.path.dirname(program), "postcheck-replay"), os.path.dirname(alone))
    done = subprocess.run([alone, "-H", ESA1], capture_output=True, timeout=TIMEOUT)
    if not os.path.exists("/usr/local/libexec/postcheck/postcheck-live") and (
            done.returncode != 3 or b"needs the program postcheck" not in done.stdout or done.stderr):
        yield f"exit {done.returncode}: {done.stdout[:200]} {done.stderr[:200]}"
    done = subprocess.run([alone, "--replay", HEALTHY, "-H", ESA1], capture_output=True, timeout=TIMEOUT)
    if done.returncode != 0 or done.stderr:
        yield f"replay: exit {done.returncode}: {done.stdout[:200]} {done.stderr[:200]}"


tap("check_asyncos without postcheck beside it", judge_alone())

print(f"1..{next(numbers) - 1}")
sys.exit(1 if failed else 0)
PYTHON
