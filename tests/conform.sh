#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# conform.sh BUILD: every program and command in every format that it says it has, where output goes wrong:
# closed, full, another locale, a signal in the middle, a megabyte of hostile text in what is read. The
# formats are asked of the programs: a new one is tested by itself. Speaks TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:?usage: conform.sh BUILD}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset POSTCHECK_CONFIG CREDENTIALS_DIRECTORY CACHE_DIRECTORY
/usr/bin/python3 - "$build" "$work" <<'PYTHON'
import concurrent.futures, html.parser, itertools, json, os, re, resource, shutil, signal, socket, subprocess, sys
import time, xml.etree.ElementTree

build, work = sys.argv[1:3]
PLUGIN, POSTCHECK, REPLAY = f"{build}/check_asyncos", f"{build}/postcheck", f"{build}/postcheck-replay"
SCENARIOS = os.path.realpath("tests/scenarios")
ESA1 = "esa1.example.com"
LOG = f"{SCENARIOS}/healthy/{ESA1}/log/mail_logs.txt"
TIMEOUT = 60
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
numbers, counter = itertools.count(1), itertools.count(1)
failed = 0


def environment(**more):
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", **more}


class Run:
    """One run: exit code, bytes of stdout and stderr; code None when it hung."""

    def __init__(self, *argv, shell=None, env=None):
        self.argv = [str(a) for a in argv]
        command = self.argv if shell is None else ["sh", "-c", shell, *self.argv]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, cwd=work,
                                  env=environment(**(env or {})))
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, b"", b""

    def __str__(self):
        return " ".join(a.replace(build + "/", "").replace(SCENARIOS + "/", "").replace(work + "/", "") for a in self.argv)


def tap(name, problems):
    global failed
    problems = list(problems)
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {next(numbers)} - {name}", flush=True)
    for problem in problems[:15]:
        print("# " + str(problem)[:400].replace("\n", "\\n"))


def all_of(judge, jobs):
    """Problems of JUDGE(*JOB) over all JOBS, on all processors."""
    def safe(job):
        try:
            return list(judge(*job))
        except Exception as error:
            return [f"{job}: {type(error).__name__}: {error}"]
    jobs = list(jobs)
    if not jobs:
        yield "nothing was tested"
    for problems in pool.map(safe, jobs):
        yield from problems


def fresh(name=""):
    """A path that is not there yet."""
    return f"{work}/{next(counter)}{name}"


# --- What there is, as the programs tell it ------------------------------------------------------

commands = re.findall(r"^  ([a-z]+) ", Run(POSTCHECK, "-h").out.decode().partition("\nCommands\n")[2].partition("\n\n")[0], re.M)


def formats_of(*argv):
    run = Run(*argv, "--format", "nonesuch")
    match = re.search(r"'nonesuch' is none of ([a-z, ]+)$", (run.out + run.err).decode().strip())
    if match is None or run.code != 3:
        raise ValueError(f"{run}: does not tell its formats: {run.out + run.err}")
    return match[1].split(", ")


# What each command does to a capture, a log or a run, without asking anybody. RUN is made below, FRESH is new.
OFFLINE = {
    "verify": ["--replay", f"{SCENARIOS}/three-faults", "--baseline", f"{SCENARIOS}/before", "--run-dir", "FRESH"],
    "report": ["RUN"], "audit": ["RUN"], "maillog": [LOG], "nodes": ["-f", "INI"], "checks": [],
}
# These ask; against appliances that are silent.
ASKING = {"doctor": [ESA1], "discover": ["sma1.example.com"], "baseline": ["--change", "C1", "--changes", "FRESH"],
          "verify": ["--change", "C1", "--changes", "FRESH", "--no-baseline"], "poll": [],
          "watch": ["--change", "C1", "--changes", "FRESH"]}
plugin = {"replay": ["--replay", f"{SCENARIOS}/three-faults", "-H", ESA1], "state": ["--state", "STATE", "-H", ESA1, "--max-age", "2h"]}
tap("every command is in the tables of this test", [] if sorted({*OFFLINE, *ASKING}) == sorted(commands) and len(commands) > 9
    else [commands])


def filled(words):
    places = {"RUN": kept, "STATE": f"{work}/state.json", "INI": ini}
    return [fresh("-new") if word == "FRESH" else places.get(word, word) for word in words]


def offline():
    """(argv, format) of everything that needs nobody."""
    for words in plugin.values():
        for program in (PLUGIN, REPLAY) if "--replay" in words else (PLUGIN,):
            for name in formats_of(program, *filled(words)):
                yield [program, *filled(words)], name
    for command, words in OFFLINE.items():
        for name in formats_of(POSTCHECK, command, *filled(words)):
            yield [POSTCHECK, command, *filled(words)], name


silent = socket.create_server(("127.0.0.1", 0), backlog=200)  # accepts, and never says a word
port = silent.getsockname()[1]
ini, kept = f"{work}/silent.ini", f"{work}/kept"
with open(f"{work}/known_hosts", "w") as file:
    file.write("")
with open(os.open(f"{work}/credentials", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
    file.write("* postcheck nobody\n")
with open(ini, "w") as file:
    file.write(f"[defaults]\nuser = postcheck\nknown_hosts = {work}/known_hosts\ncredentials_file = {work}/credentials\n"
               f"cache_dir = {work}/cache\ntimeout = 60\nssh_port = {port}\nhttps_port = {port}\napi_port = {port}\n"
               f"[node {ESA1}]\nrole = esa\naddress = 127.0.0.1\nsma = sma1.example.com\n"
               "[node sma1.example.com]\nrole = sma\naddress = 127.0.0.1\n")
made = Run(POSTCHECK, "verify", "--replay", f"{SCENARIOS}/three-faults", "--baseline", f"{SCENARIOS}/before", "--run-dir", kept)


def state_of(run_dir, place):
    """The report of RUN_DIR as a collection of this moment."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with open(f"{run_dir}/report.json", encoding="utf-8") as report, open(place, "w", encoding="utf-8") as state:
        state.write(re.sub('"taken_at": "[^"]*"', f'"taken_at": "{now}"', report.read()))


state_of(kept, f"{work}/state.json")
tap("a run to work on", [] if made.code == 2 and not made.err else [made.code, made.err])
matrix = list(offline())
plugin_formats = formats_of(PLUGIN, *plugin["replay"])
tap(f"every format of every program is known ({len(matrix)})", [] if len(matrix) > 30 and {"nagios", "html", "json"} <= {
    name for _, name in matrix} else [matrix])

# --- -h and -V -----------------------------------------------------------------------------------


def judge_help(argv, code):
    run = Run(*argv)
    if run.code != code or run.err or not run.out.endswith(b"\n"):
        yield f"{run}: exit {run.code}, stderr {run.err[:100]}"
    yield from (f"{run}: {len(line)} columns: {line}" for line in run.out.decode().splitlines() if len(line) > 80)


tap("-h and -V: on stdout, at most 80 columns, exit 0, of the plugin 3", all_of(judge_help, [
    *([[program, option], 3] for program in (PLUGIN, REPLAY) for option in ("-h", "--help", "-V", "--version")),
    *([[POSTCHECK, option], 0] for option in ("-h", "--help", "-V", "--version")),
    *([[POSTCHECK, command, option], 0] for command in commands for option in ("-h", "--help"))]))

# --- Every format --------------------------------------------------------------------------------

HIDDEN = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Page(html.parser.HTMLParser):
    """Nothing of a page runs, loads, or is of an unknown kind."""

    def __init__(self, text):
        super().__init__()
        self.problems = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "img", "iframe", "object", "embed", "link", "form", "base", "input"):
            self.problems.append(f"<{tag}>")
        self.problems += [f"{name}={value}" for name, value in attributes
                          if name.startswith("on") or name in ("src", "action") or name == "href" and not value.startswith("#")]


def shape(name, text):
    """Rules for a text in the format NAME."""
    hidden = HIDDEN.search(text)
    if hidden:
        yield f"control or invisible character {hidden.group()!r}"
    if not text.endswith("\n"):
        yield "does not end with a newline"
    if len(text) > 2_000_000:
        yield f"{len(text)} characters"
    if name == "nagios" and (text.count("|") > 1 or "|" in text and text.partition("|")[2].count("\n") != 1):
        yield "not one pipe, with one line behind it"
    try:
        if name == "json":
            json.loads(text)
        if name == "junit":
            xml.etree.ElementTree.fromstring(text)
    except (ValueError, xml.etree.ElementTree.ParseError) as error:
        yield f"{error}: {text[:60]!r} to {text[-60:]!r}"
    if name == "html":
        yield from Page(text).problems
    if name == "openmetrics" and not text.endswith("\n# EOF\n"):
        yield "no # EOF"
    if name == "checkmk":
        yield from (f"line {line[:80]!r}" for line in text.splitlines() if not re.match(r'[0-3] "[^"]+" \S+ \S', line))


def judge_format(argv, name):
    first, last = Run(*argv, "--format", name), None
    if first.code not in range(4) or first.err:
        yield f"{first}: exit {first.code}, stderr {first.err[:200]}"
    try:
        yield from (f"{first}: {problem}" for problem in shape(name, first.out.decode("utf-8")))
    except Exception as error:
        yield f"{first}: {type(error).__name__}: {error}"
    if argv[0] == POSTCHECK:  # into a file: the same bytes, and nothing on stdout
        place = fresh("-out")
        last = Run(*[fresh("-new") if word.endswith("-new") else word for word in argv], "--format", name, "--output", place)
        if last.code != first.code or last.out or last.err:
            yield f"{last}: exit {last.code}, not {first.code}, or it said something"
        if "--run-dir" not in argv and open(place, "rb").read() != first.out:
            yield f"{last}: other bytes than on stdout"


codes = {}


def judge_code(argv, name):
    """The exit code is that of the first format."""
    key = tuple(word for word in argv if not word.endswith("-new"))
    run = Run(*[fresh("-new") if word.endswith("-new") else word for word in argv], "--format", name)
    if codes.setdefault(key, run.code) != run.code:
        yield f"{run}: exit {run.code}, other formats {codes[key]}"


tap("each format has its shape, on stdout as in a file", all_of(judge_format, matrix))
tap("each format has the same exit code", all_of(judge_code, matrix))


def judge_columns(argv):
    run = Run(*argv)
    yield from (f"{run}: {len(line)} columns: {line}" for line in run.out.decode().splitlines()
                if len(line) > 80 and max(map(len, line.split())) < 60)


tap("what people read is at most 80 columns wide", all_of(judge_columns, (
    [[*argv, "--format", name, *more]] for argv, name in matrix for more in ([], ["-v"]) if name == "text"
    and "-new" not in str(argv) and argv[1] != "checks")))  # a fact a line, as --list-checks prints them

# --- Output that cannot be written ----------------------------------------------------------------


def judge_stdout(how, argv):
    run = Run(*[fresh("-new") if word.endswith("-new") else word for word in argv], shell=how)
    if run.code != 3 or run.out:
        yield f"{run} {how[8:]}: exit {run.code}, stdout {run.out[:100]}"
    if argv[0] in (PLUGIN, REPLAY) and run.err:
        yield f"{run} {how[8:]}: stderr {run.err[:100]}"
    if argv[0] == POSTCHECK and not re.fullmatch(rb"postcheck: [^\n]+\n", run.err):
        yield f"{run} {how[8:]}: stderr {run.err[:200]}"


tap("an output that cannot be written is exit 3, and said", all_of(judge_stdout, (
    [how, argv] for how in ('"$0" "$@" >&-', '"$0" "$@" >/dev/full') for argv in [
        *([*argv, "--format", name] for argv, name in matrix), [PLUGIN, "-h"], [PLUGIN, "-V"], [PLUGIN, "--list-checks"],
        [PLUGIN, "--print-config", "grafana-dashboard"], [POSTCHECK, "-h"], [POSTCHECK, "-V"],
        *([POSTCHECK, command, "-h"] for command in commands)])))
tap("nor into a folder that is not there, or over one", all_of(
    lambda argv, name, place: [] if (run := Run(*[fresh("-new") if w.endswith("-new") else w for w in argv], "--format", name, "--output",
                                                place)).code == 3 and not run.out and run.err else [f"{run}: exit {run.code}"],
    ([argv, name, place] for argv, name in matrix if argv[0] == POSTCHECK for place in (f"{work}/none/x", work))))

# --- A locale with a decimal comma ----------------------------------------------------------------

os.mkdir(f"{work}/locales")
subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", "--no-archive", f"{work}/locales/de_DE.UTF-8"], capture_output=True)
# The C library keeps its LOCPATH to the end: that is no leak of ours.
german = {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LOCPATH": f"{work}/locales", "ASAN_OPTIONS": "detect_leaks=0"}
tap("there is a locale with a decimal comma", [] if Run("/usr/bin/printf", "%.1f", "1,5", env=german).out == b"1,5" else ["localedef"])


def judge_locale(argv, name):
    here, there = Run(*argv, "--format", name), Run(*argv, "--format", name, env=german)
    # A state's age is counted when it is read.
    if re.sub(rb"age_s\D+\d+", b"", here.out) != re.sub(rb"age_s\D+\d+", b"", there.out) or here.code != there.code:
        yield f"{there}: other bytes, exit {here.code} and {there.code}: {here.err[:100]} {there.err[:100]}"


tap("it changes nothing", all_of(judge_locale, (
    [[*argv, *more], name] for argv, name in matrix if "--run-dir" not in argv
    for more in ([[], ["-w", "uptime_s=1.5"]] if argv[0] in (PLUGIN, REPLAY) and "--replay" in argv else [[]]))))

# --- A signal in the middle -----------------------------------------------------------------------


def strike(argv, number, begun):
    """Exit code, stdout, stderr of ARGV, struck when BEGUN() is true."""
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=work,
                             env=environment(), start_new_session=True)
    limit = time.monotonic() + TIMEOUT
    while not begun() and child.poll() is None and time.monotonic() < limit:
        time.sleep(0.01)
    struck = child.poll() is None
    if struck:
        child.send_signal(number)
    try:
        out, err = child.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        return None, out, err
    return child.returncode if struck else "ended by itself", out, err


held = []


def is_asked():
    silent.settimeout(0.01)
    try:
        held.append(silent.accept()[0])
        return True
    except TimeoutError:
        return False


def judge_signal(number, argv, name, out_file):
    """Exit 3, whole output or none, files as they were or whole, nothing of a temporary file."""
    while is_asked():  # those of the one before
        pass
    for connection in held:
        connection.close()
    held.clear()
    folder = fresh("-signal")
    os.mkdir(folder)
    for old in ("state.json", "fleet.prom", "result"):
        with open(f"{folder}/{old}", "w") as file:
            file.write("old\n")
    more = ["--output", f"{folder}/result"] if out_file else []
    if argv[1] == "poll":
        more += ["--state", f"{folder}/state.json", "--openmetrics", f"{folder}/fleet.prom"]
    full = [*argv, *more, "--format", name]
    code, out, err = strike(full, number, is_asked)
    label = f"{' '.join(full[:3])} {name} {signal.Signals(number).name}"
    if code != 3:
        yield f"{label}: exit {code}: {out[:100]} {err[:200]}"
    if out and not out_file:
        try:
            yield from (f"{label}: {problem}" for problem in shape(name, out.decode()))
        except ValueError as error:
            yield f"{label}: torn: {error}: {out[-100:]}"
    elif not out and argv[0] == PLUGIN:
        yield f"{label}: no output"
    if argv[0] == PLUGIN and err:
        yield f"{label}: stderr {err[:100]}"
    for old in ("state.json", "fleet.prom"):
        if open(f"{folder}/{old}").read() != "old\n":
            yield f"{label}: {old} is another"
    text = open(f"{folder}/result").read()
    if text != "old\n" and (text or argv[1] != "watch"):  # watch has lines, none when nothing happened
        yield from (f"{label}: {problem}" for problem in shape(name, text))
    left = sorted(set(os.listdir(folder)) - {"state.json", "fleet.prom", "result", "state.json.lock"})
    if left:
        yield f"{label}: left {left}"


def struck():
    for name in plugin_formats:
        yield signal.SIGTERM, [PLUGIN, "-f", ini, "-H", ESA1], name, False
    yield signal.SIGINT, [PLUGIN, "-f", ini, "-H", ESA1], "nagios", False
    for command, words in ASKING.items():
        for name in formats_of(POSTCHECK, command, "-f", ini, *filled(words)):
            yield signal.SIGTERM, [POSTCHECK, command, "-f", ini, *filled(words)], name, False
        yield signal.SIGTERM, [POSTCHECK, command, "-f", ini, *filled(words)], "json", True
        yield signal.SIGHUP, [POSTCHECK, command, "-f", ini, *filled(words)], "text", False


tap("SIGTERM in the middle: exit 3, nothing torn, files as they were", itertools.chain.from_iterable(
    judge_signal(*job) for job in struck()))

# --- A megabyte of hostile text ---------------------------------------------------------------------

MEGABYTE = 1 << 20
HOSTILE = {
    "bars": b"| a=1 |", "escapes": b"\x1b[2J\x1b]0;owned\x07\x9b31m", "directions": "\u202egnp.exe\u2066\u200b".encode(),
    "zero bytes": b"\0", "no UTF-8": b"\xff\xfe\xc3\x28", "tags": b"<script>alert(1)</script>]]>&lt;", "quotes": b"\"'\\`$(x)%s%n",
    "lines": b"a | b = c\r\n\x0b", "letters": b"x",
}
# Where the text stands: behind what a parser knows, so that it is told, and not only refused.
FRONTS = {
    "cli/status.txt": b"System status:                 ", "cli/version.txt": b"Current Version\nProduct: ",
    "cli/displayalerts.txt": b"Date and Time Stamp               Description\n" + b"-" * 80 + b"\n\n08 Mar 2026 03:30:00 +0100        Critical: ",
    "cli/clustercheck.txt": b"Checking Mail Policies...\nInconsistency found!\n  ",
    "cli/connstatus.txt": b"Machine ", "cli/clusterlist.txt": b"Cluster ", "cli/workqueue.txt": b"Status:   ",
    "https/xml_status.xml": b"<?xml version=\"1.0\"?><status hostname=\"", "log/mail_logs.txt":
    b"Sun Mar  8 03:50:00 2026 Info: MID 7 Subject ",
}


def capture(document, text):
    folder = fresh("-hostile")
    shutil.copytree(f"{SCENARIOS}/healthy", folder)
    place = f"{folder}/{ESA1}/{document}"
    if document != "everywhere":
        os.unlink(place)
        with open(place, "wb") as file:
            file.write(FRONTS[document] + (text * (MEGABYTE // len(text) + 1))[:MEGABYTE] + b"\n")
        return folder
    for name in FRONTS:
        os.unlink(f"{folder}/{ESA1}/{name}")
        with open(f"{folder}/{ESA1}/{name}", "wb") as file:
            file.write(FRONTS[name] + (text * (MEGABYTE // len(text) + 1))[:MEGABYTE] + b"\n")
    return folder


def told(run, name):
    if run.code not in range(4):
        yield f"{run} {name}: exit {run.code}: {run.err[-300:]}"
        return
    try:
        yield from (f"{run} {name}: {problem}" for problem in shape(name, run.out.decode("utf-8")))
        if HIDDEN.search(run.err.decode("utf-8")):
            yield f"{run}: stderr {run.err[:100]}"
    except Exception as error:
        yield f"{run} {name}: {type(error).__name__}: {error}: {run.out[:100]}"


def judge_hostile(number, document, kind):
    folder = capture(document, HOSTILE[kind])
    # Under sanitizers a third of the formats each: all kinds still meet all formats.
    for name in plugin_formats[number % 3::3] if build.endswith("/asan") else plugin_formats:
        run = Run(PLUGIN, "--replay", folder, "-H", ESA1, "-v", "--format", name)
        yield from (f"{kind} in {document}: {problem}" for problem in told(run, name))
        if run.code == 0 and document != "https/xml_status.xml":  # a second source only
            yield f"{kind} in {document}: {name}: exit 0"
    shutil.rmtree(folder)


tap("a megabyte of hostile text in a document, in each format", all_of(judge_hostile, (
    [number, *job] for number, job in enumerate((d, k) for k in HOSTILE for d in FRONTS))))


def judge_hostile_run(kind):
    """The same in all documents, through verify, report, audit, the state, and the log reader."""
    folder, run_dir = capture("everywhere", HOSTILE[kind]), fresh("-new")
    made = Run(POSTCHECK, "verify", "--replay", folder, "--baseline", f"{SCENARIOS}/before", "--run-dir", run_dir)
    yield from told(made, "text")
    for name in formats_of(POSTCHECK, "report", run_dir):
        yield from told(Run(POSTCHECK, "report", run_dir, "--format", name), name)
    for name in "text", "json":
        audit = Run(POSTCHECK, "audit", run_dir, "--format", name)
        yield from told(audit, name)
        if audit.code != 0:
            yield f"{kind}: audit: exit {audit.code}: {audit.out[:300]}"
    state_of(run_dir, f"{run_dir}.json")
    for name in plugin_formats:
        yield from told(Run(PLUGIN, "--state", f"{run_dir}.json", "-H", ESA1, "--format", name), name)
    log = f"{folder}/{ESA1}/log/mail_logs.txt"
    for more in ["--format", "text"], ["--format", "json"], ["--messages"], ["--mid", "7"]:
        run = Run(POSTCHECK, "maillog", *more, log)
        if run.code not in range(4) or HIDDEN.search(run.out.decode("utf-8")) or len(run.out) > 4 * MEGABYTE:
            yield f"{kind}: {run}: exit {run.code}, {len(run.out)} bytes, {HIDDEN.search(run.out.decode('utf-8'))}"
    shutil.rmtree(folder)


tap("and through a whole run, its reports, its audit, its state, the log reader", all_of(judge_hostile_run, ([k] for k in HOSTILE)))
print(f"1..{next(numbers) - 1}")
sys.exit(failed > 0)
PYTHON
