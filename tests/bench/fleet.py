#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet.py ROUNDS DIR POSTCHECK: one `postcheck poll` with all checks over the simulated fleet of DIR,
and as many bare `ssh` logins with the same key exchange, in turn, ROUNDS times. Prints medians:
user + system time of the whole process tree, wall time, peak resident size of parent and child."""
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

rounds, folder, postcheck = int(sys.argv[1]), sys.argv[2], sys.argv[3]
config = os.path.join(folder, "postcheck.ini")
with open(config, encoding="utf-8") as f:
    text = f.read()
ports = re.findall(r"^ssh_port = (\d+)$", text, re.M)
user = re.search(r"^user = (\S+)$", text, re.M).group(1)
parallel = 16
login = f"""xargs -P {parallel} -I%% ssh -F none -T -o BatchMode=yes -o IdentitiesOnly=yes -o KexAlgorithms=curve25519-sha256 \
-o HostKeyAlgorithms=ssh-ed25519 -o Ciphers=%s -o UserKnownHostsFile={folder}/known_hosts -o GlobalKnownHostsFile=none \
-i {folder}/id_ed25519 -l {user} -p %% 127.0.0.1 exit"""


def high_water(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            found = re.search(r"^VmHWM:\s+(\d+)", f.read(), re.M)
        return int(found.group(1)) if found else 0
    except (FileNotFoundError, ProcessLookupError):
        return 0


def watch(pid, stop, peaks):
    while not stop.is_set():
        peaks["parent"] = max(peaks["parent"], high_water(pid))
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                children = f.read().split()
        except FileNotFoundError:
            children = []
        for child in children:
            peaks["child"] = max(peaks["child"], high_water(child))
        time.sleep(0.02)


def run(command, stdin=None, wanted=(0,)):
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peaks, stop = {"parent": 0, "child": 0}, threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, stop, peaks))
    watcher.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    stop.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in wanted:
        sys.exit(f"exit {process.returncode}: {' '.join(command)}: {errors.decode(errors='replace')[-500:]}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, **peaks}


def poll():
    shutil.rmtree(os.path.join(folder, "cache"), ignore_errors=True)
    return run([postcheck, "-f", config, "poll", "--no-progress", "--output", os.path.join(folder, "report.txt")])


def logins():
    with open(os.path.join(folder, "ports"), "w+", encoding="ascii") as f:
        f.write("\n".join(ports) + "\n")
        f.flush()
        f.seek(0)
        return run(["sh", "-c", login % "aes256-gcm@openssh.com"], stdin=f)


taken = {"postcheck poll": [], "bare ssh logins": []}
for _ in range(rounds):
    taken["postcheck poll"].append(poll())
    taken["bare ssh logins"].append(logins())


def median(name, figure):
    return statistics.median(r[figure] for r in taken[name])


print(f"{len(ports)} appliances, {parallel} at a time, {rounds} rounds; medians of whole process trees")
print(f"{'':18}{'CPU s':>9}{'ms each':>9}{'wall s':>9}{'parent KiB':>12}{'child KiB':>11}")
for name in taken:
    parent = median(name, "parent") if name.startswith("postcheck") else 0
    child = median(name, "child") if parent else 0
    print(f"{name:18}{median(name, 'cpu'):9.2f}{1000 * median(name, 'cpu') / len(ports):9.2f}{median(name, 'wall'):9.2f}"
          f"{parent or '-':>12}{child or '-':>11}")
ratios = [a["cpu"] / b["cpu"] for a, b in zip(taken["postcheck poll"], taken["bare ssh logins"])]
print(f"CPU of postcheck poll / bare logins: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f});"
      " target at most 1.15")
with open(os.path.join(folder, "report.txt"), encoding="utf-8") as f:
    print("the run said:", " ".join(f.read()[-400:].partition("Verdict: ")[2].split()))
