#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# submit.sh [BUILD]: postcheck poll --submit and --downtime against a real Icinga 2 and a real Nagios 4: what
# they show is what check_asyncos says; what they refuse, and what it is like when they die. Speaks TAP.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/common.sh"
postcheck=$build/postcheck
simulator=$build/appliance # not what is tested here: the plain one is quicker
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
. tests/sim.sh
. tests/icinga.sh
. tests/nagios.sh
needs jq strace icinga2 nagios4 curl openssl python3
end() {
    sim_stop
    ! mountpoint -q "$work/full" || umount "$work/full"
    stop
}
trap end EXIT

# -- A fleet, an Icinga that is handed results, configurations that differ in one thing ------------

secret='Grüße aus dem | "Vault" \x' # with what quoting could get wrong
user() { # user NAME [WITHOUT]: the ApiUser that is generated, under another name, without one permission
    "$check" --print-config icinga2-api-user | awk -v name="$1" -v without="${2-}" '
        { sub(/"postcheck" \{/, "\"" name "\" {") }
        /^\t\t\{/ { held = $0; next }
        held != "" { held = held "\n" $0; if (/^\t\t\}/) { if (without == "" || held !~ without) print held; held = "" } next }
        { print }'
}
permissions=$("$check" --print-config icinga2-api-user | sed -n 's/.*permission = "\(.*\)"/\1/p')
# An alert with what a quotation could get wrong: lines, columns, a pipe, a backslash.
cp -rL tests/scenarios/clustercheck-two "$work/hostile"
sed -i '/^08 Mar 2026 02:24:05/i08 Mar 2026 02:24:30 +0100        Größe "C:\\temp\\new" | q=1;2 <b>$HOME</b> \\| '"'"'x'"'"'\n' "$work/hostile/esa1.example.com/cli/displayalerts.txt"
jq -n --arg hostile "$work/hostile" '{anchor: "tests/scenarios/healthy", timeline: [
    {name: "hostile", scenario: $hostile}, {name: "before", scenario: "tests/scenarios/before"},
    {name: "rebooting", scenario: "tests/scenarios/before", down: ["esa1.example.com", "esa2.example.com", "sma1.example.com"]},
    {name: "healthy", scenario: "tests/scenarios/healthy"}]}' >"$work/fleet.json"
sim_start "$work/sim" --fleet "$work/fleet.json" || exit 1
exec {to}>&"$sim_in" {from}<&"$sim_out" # rules are subshells
sim_in=$to sim_out=$from
i=$work/i
icinga_new "$i" n.test
icinga_new "$work/runner" runner.test "$i" # only for its certificate
{
    printf 'const AsyncosApiPassword = %s\n' "$(jq -n --arg s "$secret" '$s')"
    echo "include \"$PWD/nagios/icinga2-commands.conf\""
    echo "include \"$PWD/nagios/icinga2-services.conf\""
    echo "include \"$PWD/nagios/icinga2-api-user.conf\""
    while read -r permission; do user "no-$(basename "$permission")" "$permission"; done <<<"$permissions"
    user by-certificate | sed 's/password = .*/client_cn = "runner.test"/'
    cat <<END
template Host "handed-in" {
  check_command = "dummy"
  vars.asyncos_passive = true
}
object Host "esa1.example.com" {
  import "handed-in"
  vars.asyncos_role = "esa"
}
object Host "gateway two" {
  import "handed-in"
  vars.asyncos_role = "esa"
}
object Host "sma1.example.com" {
  import "handed-in"
  vars.asyncos_role = "sma"
}
object Host "Cluster HQ" {
  import "handed-in"
  vars.asyncos_role = "cluster"
  vars.asyncos_hostname = "esa1.example.com"
}
object Host "other" {
  check_command = "dummy"
}
END
} | icinga_conf "$i"
api() { icinga_call "$i" root:test "$@"; }

(umask 077 && for name in postcheck $(sed 's|.*/|no-|' <<<"$permissions"); do
    printf 'n.test %s %s\n' "$name" "$secret"
done >"$work/sim/icinga-credentials")
(umask 077 && echo "n.test postcheck another one" >"$work/sim/wrong-credentials"
    : >"$work/sim/empty-credentials"
    echo "sma1.example.com postcheck x" >"$work/sim/sma-credentials")
ini=$work/sim/with.ini
mkdir "$work/spool"
{
    sed -e "s|^\[defaults\]|&\nspool_dir = $work/spool|" -e 's|^\[node esa2.*|&\nmonitored_as = gateway two|' "$work/sim/postcheck.ini"
    cat <<END

[cluster hq]
monitored_as = Cluster HQ

[icinga2]
url = $(icinga_url "$i")
address = 127.0.0.1
user = postcheck
credentials_file = icinga-credentials
ca_file = $i/data/certs/ca.crt
timeout = 20
END
} >"$ini"
other() { # other NAME SED…: a configuration that differs; its path
    sed "${@:2}" "$ini" >"$work/sim/$1.ini"
    echo "$work/sim/$1.ini"
}
state=$work/state.json
poll() { rm -rf "$work/sim/cache" && "$postcheck" -f "$1" poll --no-progress "${@:2}"; } # poll INI OPTION…: as if the minute of /xml/status were over
# What the plugin says of HOST, by the state of the same collection; without the age of that.
says() { # says HOST SERVICE
    local node=$1 code=0
    case $1 in 'gateway two') node=esa2.example.com ;; 'Cluster HQ') node=esa1.example.com ;; esac
    "$check" --state "$state" --max-age 1h -H "$node" -C "${2#asyncos-}" >"$work/says" || code=$?
    sed -E 's/[| ]state_age_s=[^ ]*$//' "$work/says" >"$work/said"
    echo "$code" >>"$work/said"
    said "$work/said"
}
rule "Icinga takes the users that are generated" expect 0 'Finished validating' icinga_check "$i"
icinga_start "$i" || exit 1

# -- Icinga 2 ------------------------------------------------------------------------------------

shown() { api 'objects/services?attrs=state&attrs=last_check_result' >"$work/shown" && jq -c '.results[] | .attrs.last_check_result as $r | select($r != null)
    | {name, state: .attrs.state, output: $r.output, perfdata: $r.performance_data, source: $r.check_source, ttl: $r.ttl}' "$work/shown"; }
services=$(api 'objects/services' | jq '.results | length')
handed_in() {
    expect 2 "^Handed in to icinga2: $services results$" poll "$ini" --state "$state" --submit icinga2
    shown >"$work/rows"
    same "$services" "$(grep -c . "$work/rows")"
}
as_said() { # state, text and each token
    local row name
    while read -r row; do
        name=$(jq -r .name <<<"$row")
        same "$(says "${name%!*}" "${name#*!}" | jq -c '.perfdata |= [scan("(?:\u0027[^\u0027]*\u0027|[^ \u0027])+")]')" "$(jq -c '{state, output, perfdata}' <<<"$row")"
        same "$(uname -n) null" "$(jq -r '"\(.source) \(if .ttl == 0 then null else .ttl end)"' <<<"$row")"
    done <"$work/rows"
    jq -r '.perfdata[] | "parse_performance_data(\(@json))"' "$work/rows" | icinga2 console 2>&1 | grep -i error
    grep -q "'license_days_" "$work/rows" || echo "no label with a blank was there"
}
cluster_once() { # CRITICAL there, and nowhere else
    same 'Cluster HQ!asyncos-clustercheck' "$(jq -r 'select(.state == 2).name' "$work/rows")"
    same 'Cluster HQ!asyncos-clustercheck Cluster HQ!asyncos-connstatus' "$(jq -r 'select(.name | test("c(luster|onn)")).name' "$work/rows" | grep -E 'clustercheck|connstatus' | sort | xargs -d '\n')"
}
rule "every result is handed in to Icinga" handed_in
rule "and shown as check_asyncos says it: state, text, each number" as_said
rule "what is about the cluster once, on its own host" cluster_once

certificate=$(other certificate -e '/^.icinga2/,$ { /^user = /d; /^credentials_file = /d }' \
    -e "s|^url = .*|&\ncert_file = $work/runner/data/certs/runner.test.crt\nkey_file = $work/runner/data/certs/runner.test.key|")
rule "a certificate logs in as well" expect 2 "^Handed in to icinga2: $services results$" poll "$certificate" --submit icinga2

loses() { # loses TAKEN-NOT TEXT INI: the state is written, the exit code tells, each reason once
    local code=0
    rm -f "$state"
    poll "$3" --state "$state" --submit icinga2 >"$work/out" 2>"$work/err" || code=$?
    same 3 "$code" "$work/out" "$work/err"
    [ -s "$state" ] || echo "no state was written"
    grep -qE -- "$2" "$work/err" || { echo "not /$2/:" && cat "$work/err"; }
    grep -qE "^postcheck: --submit: icinga2: $1 of $services results were not taken$" "$work/err" || cat "$work/err"
    same 2 "$(grep -c . "$work/err")" "$work/err"
}
every='[0-9]+ more were not tried'
elsewhere=$(other elsewhere 's/^monitored_as = gateway two/monitored_as = nowhere/')
of_esa2=$(api objects/services | jq '[.results[] | select(.name | startswith("gateway"))] | length')
lost_object() { # of one host: the others are taken
    loses "$of_esa2" "^postcheck: https://n.test:[0-9]+/v1/actions/process-check-result: HTTP 404: Object does not exist: nowhere!asyncos-alerts is not in Icinga: import nagios/icinga2-services.conf, and set vars.asyncos_role on the host; so with nowhere!asyncos-licenses, .* and $((of_esa2 - 6)) more$" "$elsewhere"
    while read -r row; do
        name=$(jq -r .name <<<"$row")
        [[ $name == gateway* ]] || same "$(says "${name%!*}" "${name#*!}" | jq -c .output)" "$(jq -c .output <<<"$row")"
    done < <(shown)
}
rule "a host that is not there: named, the others are taken" lost_object
foreign=$(other foreign 's/^monitored_as = gateway two/monitored_as = other/')
rule "so is a host without these services" loses "$of_esa2" 'other!asyncos-alerts is not in Icinga' "$foreign"
rule "a wrong passphrase" loses "$services" "HTTP 401: Unauthorized. Please check your user credentials: ApiUser postcheck is not known or its passphrase is another.*; $every$" \
    "$(other passphrase s/icinga-credentials/wrong-credentials/)"
rule "another CA" loses "$services" "the certificate of n.test on port [0-9]+ is of an authority that is not known here: ca_file of \[icinga2\] is to be the ca.crt of Icinga's own CA.*; $every$" \
    "$(other authority "s|^ca_file = $i.*|ca_file = $work/sim/ca.pem|")"
(umask 077 && sed 's/^n.test/m.test/' "$work/sim/icinga-credentials" >"$work/sim/m-credentials")
rule "another name" loses "$services" "another name: url is to name the host as its certificate does .*; $every$" \
    "$(other name -e 's|^url = https://n.test|url = https://m.test|' -e "s|icinga-credentials|m-credentials|")"
rule "no permission: which one" loses "$services" "HTTP 404: Missing permission: actions/process-check-result: ApiUser no-process-check-result lacks the permission 'actions/process-check-result', see nagios/icinga2-api-user.conf" \
    "$(other permission '/^.icinga2/,$ s/^user = .*/user = no-process-check-result/')"
rule "what is no API of Icinga" loses "$services" '/v1/actions/process-check-result: HTTP [0-9]+, and no answer of Icinga.s API: does url name its ApiListener.; '"$every" \
    "$(other appliance -e "s|^url = .*|url = https://sma1.example.com:$(sed -n '/^\[node sma1/,$ s/^https_port = //p' "$ini" | head -n 1)|" \
        -e "s|^ca_file = $i.*|ca_file = $work/sim/ca.pem|" -e 's|icinga-credentials|sma-credentials|')"

again() { # --every: each result says how long it counts
    rm -rf "$work/sim/cache"
    "$postcheck" -f "$ini" poll --no-progress --every 60s --submit icinga2 >"$work/out" 2>&1 &
    local pid=$!
    fresh() { [ "$(shown | jq 'select(.ttl == 180).name' | wc -l)" = "$services" ]; }
    until_true $pid fresh || { echo "not all have a ttl" && shown; }
    kill -TERM $pid && wait $pid || cat "$work/out"
    api 'objects/services' | jq -r '.results[].attrs | .next_check - .last_check_result.execution_end | select(. < 175 or . > 185)'
}
rule "with --every a result counts for three rounds" again

# -- When it dies ---------------------------------------------------------------------------------

slow=$(other slow -e 's/^timeout = 20$/timeout = 1/')
kill -STOP -- "-$icinga_pid"
rule "Icinga hangs" loses "$services" "no answer on port|took the connection, but no TLS|; $((services - 1)) more were not tried" "$slow"
kill -CONT -- "-$icinga_pid"
between() { # between PORT: passes one connection on to Icinga and kills it after some answers
    python3 - "$1" "$(icinga_port "$i")" "$icinga_pid" 9 <<'END'
import os, select, signal, socket, sys
port, to, group, answers = map(int, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", port))
print("ready", flush=True)
here = listener.accept()[0]
there = socket.create_connection(("127.0.0.1", to))
while answers:
    for one in select.select([here, there], [], [])[0]:
        data = one.recv(65536)
        (there if one is here else here).sendall(data)
        answers -= one is there
os.killpg(group, signal.SIGKILL)
END
}
port=$(free_ports 1)
dies() {
    between "$port" >"$work/between" &
    local pid=$!
    ready() { grep -q ready "$work/between"; }
    until_true $pid ready
    loses '([2-9]|1[0-9]|2[0-4])' 'port [0-9]+ (closed the connection|refuses connections|was open before).*; [0-9]+ more were not tried$' \
        "$(other between "s|^url = .*|url = https://n.test:$port|")"
    wait $pid
}
rule "Icinga is killed in the middle" dies
{ icinga_stop "$i" KILL; } 2>/dev/null
rule "Icinga is not there" loses "$services" "port [0-9]+ refuses connections: does icinga2 run, with its api feature[?]; $every$" "$ini"
icinga_start "$i" || exit 1
rule "and when it is back it has all" handed_in

refused() { # refused TEXT INI OPTION…: before anybody is asked
    local before
    before=$(wc -l <"$work/sim/journal.jsonl")
    expect 3 "$1" poll "${@:2}"
    same "$before" "$(wc -l <"$work/sim/journal.jsonl")"
}
rule "without [icinga2] nobody is asked" refused 'has no \[icinga2\] section: add one with url, ca_file, user and credentials_file' "$work/sim/postcheck.ini" --submit icinga2
rule "nor without the passphrase" refused 'no line for node n.test .or \*. and user postcheck' "$(other empty 's|icinga-credentials|empty-credentials|')" --submit icinga2
rule "nor to what is no way" refused "'carrier-pigeon' is none of icinga2, spool, nsca" "$ini" --submit carrier-pigeon

# -- Nagios --------------------------------------------------------------------------------------

n=$work/n
nagios_new "$n"
while IFS=: read -r host role; do
    cat <<END
define host {
    use               asyncos-$([ "$role" = cluster ] && echo cluster || echo host)
    host_name         $host
    hostgroups        asyncos-passive-$role
    contact_groups    admins
}
END
done <<'END' >"$n/hosts.cfg"
esa1.example.com:esa
gateway two:esa
sma1.example.com:sma
Cluster HQ:cluster
END
spooled=$(other spooled "s|^spool_dir = .*|spool_dir = $n/spool|")
rule "Nagios takes these hosts" expect 0 'Total Warnings: 0' nagios4 -v "$n/nagios.cfg"
rule "every result lies in the spool" expect 2 "^Handed in to spool: $services results$" poll "$spooled" --state "$state" --submit spool
two_files() {
    local file
    file=$(find "$n/spool" -type f -name 'c??????')
    same "$(printf '%s\n' "$file" "$file.ok")" "$(find "$n/spool" -type f | sort)"
    same 0 "$(stat -c %s "$file.ok")"
    same 644 "$(stat -c %a "$file")"
}
rule "as one file, and one that says that it is whole" two_files
nagios_start "$n"
taken() { [ "$(nagios_rows "$n" 1 | wc -l)" = "$services" ]; }
rule "Nagios takes them all" until_true "$nagios_pid" taken
nagios_same() { # in the first line Nagios makes a colon of each semicolon
    local host service worst output long perfdata
    while IFS= read -r row; do
        IFS=$'\x1f' read -r host service worst output long perfdata <<<"${row//$'\t'/$'\x1f'}"
        same "$(says "$host" "$service" | jq -c '.output |= (split("\n") | (.[0] |= gsub(";"; ":")) | join("\n"))')" "$(jq -nc --arg s "$worst" --arg o "$output" --arg l "$long" --arg p "$perfdata" \
            '{state: ($s | tonumber), output: ([$o, ($l | gsub("\\\\n"; "\n"))] | join("\n") | sub("\n+$"; "")), perfdata: $p}')"
    done < <(nagios_rows "$n" 1)
    same 'Cluster HQ' "$(nagios_rows "$n" 1 | awk -F '\t' '$3 == 2 { print $1 }')"
    find "$n/spool" -type f
}
rule "and shows what check_asyncos says" nagios_same

nsca_server() {
    port=$(free_ports 1)
    cat >"$n/nsca-ng.cfg" <<END
command_file = "$n/nagios.cmd"
listen = "127.0.0.1:$port"
authorize "runner" {
  password = "key of the runner"
  hosts = ".*"
  services = "asyncos-.*"
}
END
    (umask 077 && tee "$n/send_nsca.cfg" >/dev/null) <<END
identity = "runner"
password = "key of the runner"
server = "127.0.0.1"
port = $port
END
    sed 's/key of/no key of/' "$n/send_nsca.cfg" >"$n/wrong_nsca.cfg"
    nsca-ng -F -S -c "$n/nsca-ng.cfg" >"$n/nsca.out" 2>&1 &
    nsca=$!
    pids+=("$nsca")
    listens() { python3 -c "import socket; socket.create_connection((\"127.0.0.1\", $port))"; }
    until_true "$nsca" listens || cat "$n/nsca.out"
}
nsca_same() { # to the same Nagios: what it has shown until then is older
    local before
    before=$(grep -c 'PASSIVE SERVICE CHECK' "$n/nagios.log")
    expect 2 "^Handed in to nsca: $services results$" poll "$nscaed" --state "$state" --submit nsca
    all() { [ "$(grep -c 'PASSIVE SERVICE CHECK' "$n/nagios.log")" -ge $((before + services)) ]; }
    until_true "$nagios_pid" all || { echo "Nagios did not take all" && tail -n 5 "$n/nagios.log" "$n/nsca.out"; }
    written() { [ "$(grep -c "last_update=" "$n/status.dat")" -gt 0 ] && [ "$n/status.dat" -nt "$n/seen" ]; }
    touch "$n/seen" && until_true "$nagios_pid" written
    nagios_same
}
if command -v send_nsca >/dev/null && command -v nsca-ng >/dev/null; then
    nscaed=$(other nsca "s|^spool_dir = .*|nsca_config = $n/send_nsca.cfg|")
    nsca_server
    rule "a server of NSCA-ng takes the same, and Nagios shows it" nsca_same
    rule "a wrong key" expect 3 "wrong_nsca.cfg: send_nsca ended with [1-9].*; $((services - 1)) more were not tried" \
        poll "$(other nsca "s|^spool_dir = .*|nsca_config = $n/wrong_nsca.cfg|")" --submit nsca
    rule "no configuration of send_nsca" refused 'nowhere: cannot be read: No such file or directory: set nsca_config' \
        "$(other nsca "s|^spool_dir = .*|nsca_config = $n/nowhere|")" --submit nsca
    kill "$nsca"
else
    skip "NSCA-ng" "nsca-ng or send_nsca is not installed"
fi

rule "no such folder" refused "nowhere: cannot be written: No such file or directory: set spool_dir to the check_result_path of Nagios" \
    "$(other nofolder "s|^spool_dir = .*|spool_dir = $work/nowhere|")" --submit spool
full() { # full FOLDER COMMAND…: nothing is handed in and nothing is left, the state is there
    rm -f "$state"
    expect 3 "$1/c.{6}: cannot be written: (No space left on device|File too large): nothing was handed in; $((services - 1)) more were not tried" "${@:2}"
    [ -z "$(ls -A "$1" | grep -v filler)" ] || ls -A "$1"
    [ -s "$state" ] || echo "no state was written"
}
limited() { (trap '' XFSZ && ulimit -f 8 && "$@"); } # 8 KiB a file
mkdir "$work/little" "$work/full"
little=$(other little "s|^spool_dir = .*|spool_dir = $work/little|")
limited_poll() { # the state file is as long: it is written by another run
    poll "$little" --state "$state" >/dev/null
    limited poll "$little" --submit spool
}
rule "a file that may not be so long" full "$work/little" limited_poll
if mount -t tmpfs -o size=8k tmpfs "$work/full" 2>/dev/null; then
    rule "a full disk" full "$work/full" poll "$(other full "s|^spool_dir = .*|spool_dir = $work/full|")" --state "$state" --submit spool
else
    skip "a full disk" "nothing can be mounted here"
fi
both() { # one of two ways fails: the other has all
    local code=0
    poll "$elsewhere" --submit icinga2 --submit spool >"$work/out" 2>"$work/err" || code=$?
    same 3 "$code" "$work/err"
    grep -q "^Handed in to spool: $services results$" "$work/out" || cat "$work/out"
    find "$work/spool" -name '*.ok' | wc -l | grep -qx 1 || ls "$work/spool"
}
rule "one way that fails does not stop the other" both

# -- The passphrase ---------------------------------------------------------------------------------

hidden() { # of every process, in all that was written
    local word
    ASAN_OPTIONS=detect_leaks=0 strace -f -v -s 100000 -e trace=execve,write -o "$work/trace" "$postcheck" -f "$ini" poll --no-progress -vvv \
        --state "$state" --submit icinga2 >"$work/out" 2>"$work/err"
    grep -q 'execve(' "$work/trace" || echo "nothing was traced"
    for word in "$secret" Vault "$(printf 'postcheck:%s' "$secret" | base64 -w 0)" "$(printf '%s' "$secret" | base64 -w 0 | cut -c 5-40)"; do
        grep -rlaF --exclude='*-credentials' --exclude=icinga2.conf --exclude=icinga2.vars --exclude=icinga2.debug -- "$word" "$work"
    done
}
rule "the passphrase is in no argument, environment, output or file" hidden

# -- Downtime ------------------------------------------------------------------------------------

changes=$work/changes
on() { rm -rf "$work/sim/cache" && "$postcheck" -f "$1" "$2" --change CHG7 --changes "$changes" --no-progress "${@:3}"; } # on INI COMMAND OPTION…
downtimes() { api objects/downtimes | jq -r ".results[] | select($1) | .name" | sort; }
of_ours='.attrs.author == "postcheck"'
sim state before
api actions/schedule-downtime "$(jq -n '{type: "Host", host: "esa1.example.com", all_services: true, author: "postcheck-team", comment: "disk",
    start_time: (now | floor), end_time: (now + 9999 | floor), fixed: true}')" >/dev/null
foreign=$(downtimes true)
begun() {
    expect 0 'downtime of 4 hosts in Icinga until 20' on "$ini" baseline --downtime 1h
    same "$((services + 4))" "$(downtimes "$of_ours" | wc -l)"
    diff <(downtimes "$of_ours") <(sort "$changes/CHG7/downtimes")
    api objects/downtimes | jq -c ".results[] | select($of_ours) | .attrs | select(.comment != \"CHG7, by postcheck\" or .fixed != true
        or .end_time - .start_time != 3600 or (now - .start_time | fabs) > 60) | {comment, fixed, start_time, end_time}"
    api objects/hosts | jq -r '.results[] | select(.name != "other" and .attrs.downtime_depth == 0).name'
}
rule "a downtime is scheduled for every host and service" begun
sim state rebooting && sim state hostile
stays() { # a longer one in its place: one set, no gap
    local before
    before=$(downtimes "$of_ours")
    expect 2 'downtime in Icinga stays: the verdict is fail' on "$ini" verify --downtime 2h
    diff <(downtimes "$of_ours") <(sort "$changes/CHG7/downtimes")
    same "$((services + 4))" "$(downtimes "$of_ours" | wc -l)"
    same '' "$(comm -12 <(downtimes "$of_ours") <(echo "$before"))"
    same 7200 "$(api objects/downtimes | jq ".results[] | select($of_ours) | .attrs | .end_time - .start_time" | sort -u)"
}
rule "and stays when the verdict is fail, for longer when asked" stays
half() { # a host that is not there: none is scheduled, those of before stay
    local before events
    before=$(downtimes "$of_ours") events=$(wc -l <"$work/sim/journal.jsonl")
    expect 3 'HTTP 404: Object does not exist: nowhere is not in Icinga: define the host, or name it with monitored_as' on "$elsewhere" verify --downtime 3h
    same "$before" "$(downtimes "$of_ours")"
    same "$events" "$(wc -l <"$work/sim/journal.jsonl")"
    same 'baseline downtimes verify' "$(cd "$changes/CHG7" && printf '%s\n' * | sed 's/-20.*//' | sort -u | xargs)"
}
rule "for all hosts or for none" half
rule "no permission to schedule one" expect 3 "ApiUser no-schedule-downtime lacks the permission 'actions/schedule-downtime'" \
    on "$(other noschedule '/^.icinga2/,$ s/^user = .*/user = no-schedule-downtime/')" verify --downtime 3h
sim state healthy
kept() { # no permission to remove one: the verdict is the same
    local before
    before=$(downtimes "$of_ours")
    expect 0 "downtime in Icinga stays: .*ApiUser no-remove-downtime lacks the permission 'actions/remove-downtime'" \
        on "$(other noremove '/^.icinga2/,$ s/^user = .*/user = no-remove-downtime/')" verify
    same "$before" "$(downtimes "$of_ours")"
    diff <(downtimes "$of_ours") <(sort "$changes/CHG7/downtimes")
}
rule "no permission to remove one" kept
removed() { # one is gone already; those of others stay
    api actions/remove-downtime "$(jq -n --arg d "$(head -n 3 "$changes/CHG7/downtimes" | tail -n 1)" '{type: "Downtime", downtime: $d}')" >/dev/null
    expect 0 'the downtime in Icinga is removed' on "$ini" verify
    same "$foreign" "$(downtimes true)"
    ls "$changes/CHG7" | grep downtime
}
rule "a pass removes it, and nothing that others scheduled" removed
beyond() { # what the generated user may not do
    local name=${foreign%%$'\n'*}
    same '' "$(icinga_call "$i" "postcheck:$secret" actions/remove-downtime "$(jq -n --arg d "$name" '{type: "Downtime", downtime: $d}')")"
    same '' "$(icinga_call "$i" "postcheck:$secret" actions/process-check-result '{"type": "Host", "host": "other", "exit_status": 2, "plugin_output": "x"}')"
    same '' "$(icinga_call "$i" "postcheck:$secret" actions/schedule-downtime '{"type": "Host", "host": "other", "author": "postcheck", "comment": "x", "start_time": 1, "end_time": 9999999999}')"
    same '' "$(icinga_call "$i" "postcheck:$secret" objects/hosts/other)"
    same '' "$(icinga_call "$i" "postcheck:$secret" objects/users)"
    same "$foreign" "$(downtimes true)"
}
rule "the generated user may do no more" beyond
rule "verify without --downtime asks Icinga for nothing" expect 0 'Verdict' on "$(other noicinga '/^\[icinga2\]/,$d')" verify
rule "a downtime needs a change" expect 3 'downtime: needs --change ID' "$postcheck" -f "$ini" verify --no-baseline --run-dir "$work/one" --downtime 1h
done_testing
