#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# appliance.sh FOLDER [full|hang|chatty]: what a real sshd runs as forced command: the CLI of a
# stand-alone appliance, answering from FOLDER/cli/, as a batch command or as a shell on a terminal.
#   hang    prints a part of `status`, tells the sshd's process id to the FIFO FOLDER/told, and
#           waits until somebody opens FOLDER/release
#   chatty  shows a long message of the day that looks like questions and prompts
folder=$1 kind=${2-full}

# The process of sshd that serves this connection.
server() {
    local pid=$PPID
    while [ "$(cat "/proc/$pid/comm")" != sshd ]; do
        pid=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")
    done
    echo "$pid"
}
hang() {
    head -n 5 "$folder/cli/status.txt"
    server >"$folder/told"
    : <"$folder/release"
}
answer() {
    case $1 in
    'version') cat "$folder/cli/version.txt" ;;
    'status detail' | 'status') if [ "$kind" = hang ]; then hang; else cat "$folder/cli/status.txt"; fi ;;
    'displayalerts') cat "$folder/cli/displayalerts.txt" ;;
    'workqueue status') cat "$folder/cli/workqueue.txt" ;;
    *) printf '\nUnknown command or missing feature key: %s\n' "${1%% *}" ;;
    esac
}
if [ -n "${SSH_ORIGINAL_COMMAND-}" ]; then
    answer "$SSH_ORIGINAL_COMMAND"
    exit 0
fi
printf 'AsyncOS 15.0.3 for Cisco C600V build 002\n\nWelcome\n\n'
if [ "$kind" = chatty ]; then
    printf 'Authorized users only [Y]> please.\nesa9.example.com> is another appliance.\n'
    for i in $(seq 400); do echo "Notice $i: your password: is yours alone."; done
fi
while printf 'esa1.example.com> ' && read -r line; do
    [ "$line" != exit ] || exit 0
    answer "$line"
done
