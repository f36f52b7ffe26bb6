#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cores.sh [BUILD]: Icinga 2 and Nagios ask live (simulated) appliances with the commands of nagios/. What they
# show is what the plugin printed there, and no secret; an inconsistent cluster is told once, an
# appliance that is gone alone, and both when it is over. Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/sim.sh
. tests/icinga.sh
. tests/nagios.sh
needs jq curl python3 icinga2 nagios4
stop_all() {
    sim_stop
    stop
}
trap stop_all EXIT
patience=60 # all checks of a fleet at once, under sanitizers
# The simulator is not what is tested here: the plain one is quicker.
[[ $build != */asan || ! -x ${build%/asan}/appliance ]] || simulator=${build%/asan}/appliance
canary='Canary+cores/K3=q&%R7wz9'
echo "$canary" >"$work/passphrase"
sim_start "$work/sim" --fleet tests/live/cluster.json --passphrase-file "$work/passphrase" || exit 1
exec {to}>&"$sim_in" {from}<&"$sim_out" # rules are subshells
sim_in=$to sim_out=$from
ini=$work/sim/postcheck.ini i=$work/i n=$work/n

# In place of the plugin: runs it, and keeps when, with what, and what it printed.
mkdir "$work/plugins" "$work/records"
cat >"$work/plugins/check_asyncos" <<END
#!/bin/bash
at=\$EPOCHREALTIME code=0
record=\$(mktemp "$work/records/XXXXXXXX")
"$check" "\$@" >"\$record" || code=\$?
printf '%s\0' "\$at" "\$code" "\$@" >"\$record.made" && mv "\$record.made" "\$record.argv"
cat "\$record"
exit \$code
END
chmod +x "$work/plugins/check_asyncos"
# shown: a list of {name, argv, state, output, perfdata, from, to} on stdin, as a core shows its services:
# complains of each that is not what the plugin printed then.
cat >"$work/shown.py" <<'PYTHON'
import glob, json, sys

records = []
for place in glob.glob(sys.argv[1] + "/*.argv"):
    at, code, *argv = open(place, newline="").read().split("\0")[:-1]
    records.append((float(at), int(code), argv, open(place[:-5], newline="").read()))
rows = json.load(sys.stdin)
if len(rows) < 20:
    print(f"only {len(rows)} services")
for row in rows:
    fitting = [r for r in records if r[2] == row["argv"] and row["from"] <= r[0] <= row["to"]]
    if not fitting:
        print(f"{row['name']}: was not run as {row['argv']} between {row['from']} and {row['to']}")
        continue
    _, code, _, text = max(fitting)
    output, _, perfdata = (part.rstrip("\n") for part in text.partition("|"))
    if row.get("colons"):  # Nagios makes them of the semicolons of a first line
        first, line, rest = output.partition("\n")
        output = first.replace(";", ":") + line + rest
    for what, printed, shown in (("state", code, row["state"]), ("output", output, row["output"].rstrip("\n")),
                                 ("performance data", perfdata, row["perfdata"])):
        if printed != shown:
            print(f"{row['name']}: {what}: printed {printed!r}, shown {shown!r}")
PYTHON
shown() { python3 "$work/shown.py" "$work/records"; }

# -- Both cores, the same hosts -----------------------------------------------------------------------

hosts=(esa1.example.com:esa esa2.example.com:esa sma1.example.com:sma hq:cluster)
icinga_hosts() {
    echo "include \"$PWD/nagios/icinga2-commands.conf\""
    echo "include \"$PWD/nagios/icinga2-services.conf\""
    for host in "${hosts[@]}"; do
        printf 'object Host "%s" {\n  check_command = "dummy"\n  vars.asyncos_role = "%s"\n  vars.asyncos_config = "%s"\n' \
            "${host%:*}" "${host#*:}" "$ini"
        [ "$host" != hq:cluster ] || echo '  vars.asyncos_hostname = "esa1.example.com"'
        echo '}'
    done
    cat <<END
object NotificationComponent "notification" { }
object User "night" { }
object NotificationCommand "tell" {
  command = [ "$i/tell", "\$notification.type\$", "\$host.name\$!\$service.name\$", "\$service.state\$", "\$service.output\$" ]
}
apply Notification "tell" to Service {
  command = "tell"
  users = [ "night" ]
  interval = 0
  types = [ Problem, Recovery ]
  assign where true
}
END
}
nagios_hosts() {
    for host in "${hosts[@]}"; do
        printf 'define host {\n    use asyncos-host\n    host_name %s\n    hostgroups asyncos-%s\n    contact_groups admins\n' \
            "${host%:*}" "${host#*:}"
        [ "$host" != hq:cluster ] || echo '    _ASYNCOS_NODE esa1.example.com'
        printf '    _ASYNCOS_OPTIONS -t 50 -f %s\n}\n' "$ini"
    done
    cat <<END
define servicedependency {
    host_name                        esa1.example.com
    service_description              asyncos-status
    dependent_host_name              hq
    dependent_service_description    asyncos-clustercheck,asyncos-connstatus
    execution_failure_criteria       n
    notification_failure_criteria    u,c
}
END
}
settle() {
    icinga_new "$i" n.test
    build=$work/plugins icinga_conf "$i" < <(icinga_hosts)
    printf '#!/bin/sh\necho "$*" | tr "\\n" " " >>%s && echo >>%s\n' "$i/told" "$i/told" >"$i/tell"
    chmod +x "$i/tell"
    : >"$i/told"
    nagios_new "$n" "$work/plugins" 60
    nagios_hosts >"$n/hosts.cfg"
    expect 0 'Finished validating' icinga_check "$i"
    expect 0 'Total Warnings: 0' nagios4 -v "$n/nagios.cfg"
}
rule "both take the configuration" settle
icinga_start "$i" || echo "# Icinga 2 did not come up"
nagios_start "$n"

icinga_rows() { # HOST!SERVICE STATE HARD REACHABLE STARTED, separated by tabs
    icinga_call "$i" root:test 'objects/services?attrs=state&attrs=state_type&attrs=last_reachable&attrs=last_check_result' |
        jq -r '.results[] | [.name, .attrs.state, .attrs.state_type, .attrs.last_reachable,
            (.attrs.last_check_result.execution_start // 0)] | @tsv'
}
# looked: each of the services $names was looked at since $since, by both
looked() {
    { icinga_rows | awk -F '\t' '{ print "icinga " $1, int($5) }' && nagios_rows "$n" 1 last_check | awk -F '\t' '{ print "nagios " $1 "!" $2, $7 }'; } |
        awk -v since="$since" -v names="$names" '$3 >= since { seen[$1 " " $2] } END { count = split(names, name, " ")
            for (k = 1; k <= count; k++) if (!(("icinga " name[k]) in seen) || !(("nagios " name[k]) in seen)) exit 1 }'
}
is_later() { [ "$(date +%s)" -gt "$now" ]; }
look() { # look HOST!SERVICE…: both look now, and have told what they have to tell
    local now name
    names="$*" now=$(date +%s)
    until_true $$ is_later # both tell looks apart by the second
    since=$(date +%s)
    for name in "$@"; do
        icinga_call "$i" root:test actions/reschedule-check "{\"type\": \"Service\", \"service\": \"$name\", \"force\": true}" >"$work/answer"
        nagios_order "$n" "SCHEDULE_FORCED_SVC_CHECK;${name%!*};${name#*!};$since"
    done
    until_true $$ looked || echo "not all of $names were looked at"
}
told() { # told TYPE NAME: how often, by Icinga and by Nagios
    printf '%s %s\n' "$(grep -c "^$1 $2 " "$i/told")" "$(grep -c "^$1 $2 " "$n/told")"
}
is_told() { [ "$(told "$1" "$2")" = "$3" ]; }
wait_told() { # wait_told TYPE NAME TIMES: by both, and nothing else was told to anybody
    until_true $$ is_told "$1" "$2" "$3 $3" || echo "$1 of $2: wanted $3, told $(told "$1" "$2")"
}
tell_nothing_else() { # tell_nothing_else LINES: in all
    same "$1 $1" "$(wc -l <"$i/told") $(wc -l <"$n/told")" "$i/told" "$n/told"
}
bad() { # what is not OK, by Icinga and by Nagios
    icinga_rows | awk -F '\t' '$2 != 0 { print $1 }' | sort | xargs echo icinga
    nagios_rows "$n" 1 | awk -F '\t' '$3 != 0 { print $1 "!" $2 }' | sort | xargs echo nagios
}
mapfile -t services < <(icinga_rows | cut -f 1 | sort)
rule "all services are looked at" look "${services[@]}"

# -- What they show -----------------------------------------------------------------------------------

icinga_shows() {
    icinga_call "$i" root:test 'objects/services?attrs=state&attrs=last_check_result' >"$i/results"
    jq '[.results[] | .attrs.last_check_result as $r | {name, argv: $r.command[1:], state: .attrs.state, output: $r.output,
        perfdata: ($r.performance_data | join(" ")), from: $r.execution_start, to: $r.execution_end}]' "$i/results" | shown
    same "$work/plugins/check_asyncos" "$(jq -r '.results[].attrs.last_check_result.command[0]' "$i/results" | sort -u)"
}
rule "Icinga's API shows of every service what the plugin printed" icinga_shows
perfdata() { # as Icinga itself reads them: a value each, with its unit and its limits
    jq -r '.results[].attrs.last_check_result.performance_data[] | "parse_performance_data(\(@json))"' "$i/results" >"$i/tokens"
    icinga2 console <"$i/tokens" >"$i/parsed" 2>&1
    [ "$(wc -l <"$i/tokens")" -gt 30 ] || echo "only $(wc -l <"$i/tokens") tokens"
    same "$(wc -l <"$i/tokens")" "$(grep -c 'type = "PerfdataValue"' "$i/parsed")"
    grep -i error "$i/parsed"
}
rule "every token of performance data passes icinga2 console" perfdata
nagios_shows() {
    nagios_rows "$n" 1 last_check check_execution_time | jq -Rn --arg ini "$ini" '[inputs | split("\t") | {name: "\(.[0])!\(.[1])", state: (.[2] | tonumber),
        argv: ["-H", (if .[0] == "hq" then "esa1.example.com" else .[0] end), "-C", (.[1] | sub("asyncos-"; "")), "-t", "50", "-f", $ini],
        output: ([.[3], .[4]] | map(select(. != "")) | join("\n") | gsub("\\\\n"; "\n")), perfdata: .[5],
        from: ((.[6] | tonumber) - 1), to: ((.[6] | tonumber) + (.[7] | tonumber) + 1), colons: true}]' | shown
}
rule "status.dat shows of every service what the plugin printed" nagios_shows
fine() { same $'icinga\nnagios' "$(bad)" && tell_nothing_else 0; }
rule "a healthy fleet is OK, and nobody was told anything" fine

# -- An inconsistent cluster ----------------------------------------------------------------------------

cluster='hq!asyncos-clustercheck'
blip() { # one odd look
    sim state differs
    look $cluster
    same $'icinga hq!asyncos-clustercheck\nnagios hq!asyncos-clustercheck' "$(bad)"
    sim state healthy
    look $cluster
    fine
}
rule "a cluster that was inconsistent for one look is nobody's problem" blip
once() {
    sim state differs
    for _ in 1 2 3; do look $cluster; done
    wait_told PROBLEM $cluster 1
    look "${services[@]}" # its members have no problem of their own, and it is not told again
    same $'icinga hq!asyncos-clustercheck\nnagios hq!asyncos-clustercheck' "$(bad)"
    for file in "$i/told" "$n/told"; do
        grep -qE '^PROBLEM hq!asyncos-clustercheck CRITICAL CLUSTERCHECK CRITICAL - .*Mail Policies.* differs at Cluster hq: esa1.example.com updated .*, esa2.example.com updated ' \
            "$file" || cat "$file"
    done
    tell_nothing_else 1
}
rule "one that stays so is told once, with setting and machines" once
over() {
    sim state healthy
    look $cluster
    wait_told RECOVERY $cluster 1
    tell_nothing_else 2
    same $'icinga\nnagios' "$(bad)"
}
rule "and once when it is consistent again" over

# -- An appliance that is gone --------------------------------------------------------------------------

status='esa1.example.com!asyncos-status'
mapfile -t others < <(printf '%s\n' "${services[@]}" | grep -E '^(esa1.example.com|hq)!' | grep -v '!asyncos-status$')
gone() {
    for on in ssh https; do sim "fault {\"node\": \"esa1.example.com\", \"on\": \"$on\", \"fault\": \"refuse\"}"; done
    for _ in 1 2 3; do look "$status"; done
    wait_told PROBLEM "$status" 1
    for _ in 1 2 3; do look "${others[@]}"; done
    icinga_rows >"$i/rows"
    # All of it is hard by now, and would have been told if it were not for status.
    awk -F '\t' -v others="${others[*]}" 'BEGIN { count = split(others, name, " "); for (k = 1; k <= count; k++) wanted[name[k]] }
        $1 in wanted { n++; if ($4 != "false") print $1 " is reachable: " $0; hard += $2 >= 2 && $3 == 1 }
        !($1 in wanted) && $4 != "true" { print $1 " is not reachable: " $0 }
        END { if (n != count || hard < 5) print n " of " count ", " hard " hard" }' "$i/rows"
    tell_nothing_else 3
}
rule "of an appliance that is gone only status is told; what depends on it is not reachable" gone
back() {
    sim clear
    look "${others[@]}"
    look "$status"
    wait_told RECOVERY "$status" 1
    look "${others[@]}" # reachable again
    icinga_rows | awk -F '\t' '$4 != "true"'
    same $'icinga\nnagios' "$(bad)"
    tell_nothing_else 4
}
rule "it is back, and nothing is left" back

# -- No secret --------------------------------------------------------------------------------------------

arguments() { # of a command there is nothing but names
    jq -r '.results[].attrs.last_check_result.command[1:] | join(" ")' "$i/results" | sort -u |
        grep -vxE -- "-C [a-z]+ -H [a-z0-9.]+ -f $ini -t 50"
}
rule "the command lines in Icinga's API are options and names" arguments
secrets() {
    local type
    mkdir "$i/api"
    for type in hosts services checkcommands dependencies notifications endpoints; do
        icinga_call "$i" root:test "objects/$type" >"$i/api/$type"
        [ "$(wc -c <"$i/api/$type")" -gt 100 ] || echo "the API tells nothing of $type"
    done
    icinga_call "$i" root:test status >"$i/api/status"
    kill "$(cat "$i/run/icinga2.pid")" "$nagios_pid" # the one that writes the state before the others end
    is_written() { [ -s "$i/data/icinga2.state" ] && [ -s "$n/retention.dat" ]; }
    until_true $$ is_written || ls -l "$i/data/icinga2.state" "$n/retention.dat"
    icinga_stop "$i"
    grep -qF "$canary" "$work/sim/credentials" || echo "the passphrase is another"
    grep -rlaF "$canary" "$i" "$n" "$work/plugins" "$work/records"
}
rule "no passphrase is in the API, in states, logs, objects, output" secrets
done_testing
