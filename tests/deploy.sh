#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# deploy.sh [BUILD]: nagios/ is what `check_asyncos --print-config` prints, real programs take it, and
# what they then show is what the plugin says. `deploy.sh --write BUILD` writes the files again.
# shellcheck disable=SC2016,SC2317
if [ "${1-}" = --write ]; then
    cd "$(dirname "$0")/.." || exit 1
    program=$(realpath "${2:-build}")/check_asyncos
    "$program" --print-config list | while read -r name file _; do
        "$program" --print-config "$name" >"nagios/$file" || exit
    done
    exit
fi
. "$(dirname "$0")/live/common.sh"
needs jq python3
. tests/icinga.sh
. tests/nagios.sh
postcheck_scenarios=/var/lib/postcheck # as nagios/README.md calls the folder of its captures

list=$("$check" --print-config list)
print() { "$check" --print-config "$1"; }
file_of() { awk -v name="$1" '$1 == name { print $2 }' <<<"$list"; }

# -- The files -----------------------------------------------------------------------------------

committed() {
    while read -r name file _; do
        print "$name" | diff -u --label "nagios/$file" --label "--print-config $name" "nagios/$file" - | head -n 20
    done <<<"$list"
    diff <(cut -c 1-42 <<<"$list" | awk '{ print $2 }' | sort) <(find nagios -type f -not -name README.md -printf '%f\n' | sort)
}
in_readme() { # the table of nagios/README.md
    diff <(awk '{ print $1, $2 }' <<<"$list" | sort) \
        <(sed -nE 's/^\| `([a-z0-9-]+)` \| `([a-z0-9.-]+)` \|.*/\1 \2/p' nagios/README.md | sort)
}
wrong_name() {
    expect 3 "^ASYNCOS UNKNOWN - --print-config: 'nope' is none of nagios-commands, .*grafana-dashboard$" print nope
    expect 3 'needs an argument|argument is missing|requires' "$check" --print-config
    expect 0 '^nagios-commands +nagios-commands.cfg ' print list
}
everywhere() { # every check and every metric is in each file that is about it
    "$check" --list-checks | awk '/^[a-z]/ { print $1 }' | while read -r name; do
        for file in icinga2-commands.conf icinga2-services.conf icinga2-director.json nagios-services.cfg nagios-passive.cfg; do
            grep -qE "\"?asyncos[-_]$name\b" "nagios/$file" || echo "$name is not in $file"
        done
        [ "$(grep -c "check=\"$name\"" nagios/prometheus-rules.yml)" -ge 2 ] || echo "$name has no two alerts"
    done
    "$check" --list-checks | sed -nE 's/^ +metric +([a-z0-9_]+).*/\1/p' | while read -r name; do
        grep -q "\$asyncos_${name}_critical\\$" nagios/icinga2-commands.conf || echo "$name has no limit in Icinga"
    done
    # A metric's series is in the dashboard by the name that --format openmetrics gives it.
    for node in esa1 sma1; do
        "$check" --replay tests/scenarios/healthy -H "$node.example.com" --format openmetrics
    done | sed -nE 's/^(postcheck_[a-z0-9_]+)\{.*/\1/p' | sort -u |
        grep -vE '^postcheck_(check_(duration_seconds|waived_findings)|run_info)$' | while read -r name; do
        grep -q "$name" nagios/grafana-dashboard.json || echo "$name is not in the dashboard"
    done
}
options_exist() { # each key of the commands is an option of --help; each option is a key or left out
    diff <(sed -nE 's/^\t\t"(-[^ "]+)" = \{/\1/p' nagios/icinga2-commands.conf | sort -u) \
        <("$check" --help | sed -nE 's/^  (-[A-Za-z]), --.*/\1/p; s/^      (--[a-z-]+).*/\1/p' |
            grep -vxE -- '-[hV]|--(format|record|list-checks|print-config)' | sort -u)
}
led() { # before the others of an appliance that is gone have been looked at as often as it takes, status has
    sed -nE '/^apply/,/^}/{s/^apply Service "asyncos-(.*)" .*/\1/p; s/^	retry_interval = ([0-9]+)m$/\1/p}' \
        nagios/icinga2-services.conf | paste -sd ' \n' >"$work/icinga.retries"
    sed -nE '/^define servicedependency/q; /^    use /,/^}/{s/^ +service_description +asyncos-([a-z]+)$/\1/p
        s/^ +retry_interval +([0-9]+)$/\1/p}' nagios/nagios-services.cfg | paste -sd ' \n' >"$work/nagios.retries"
    for core in icinga nagios; do
        awk -v core=$core '{ retry[$1] = $2 } END { looks = 2; every = 10
            if (NR < 10 || !("status" in retry)) print core ": " NR " services"
            for (name in retry) if (name != "status" && looks * retry[name] <= every + looks * retry["status"])
                print core ": " name " is told after " looks * retry[name] " minutes" }' "$work/$core.retries"
    done
    grep -q '^	check_interval = 10m$' nagios/icinga2-services.conf || echo "icinga: not every 10 minutes"
    grep -q '^	max_check_attempts = 3 ' nagios/icinga2-services.conf || echo "icinga: not 3 looks"
    grep -qE '^ +check_interval +10$' nagios/nagios-services.cfg || echo "nagios: not every 10 minutes"
    grep -qE '^ +max_check_attempts +3$' nagios/nagios-services.cfg || echo "nagios: not 3 looks"
}
new_check() { # one file and one word: it is in every file of its own
    local tree=$work/tree plain=${build%/asan} word name main
    [ -f "$plain/plugin.a" ] || return
    main=$plain/plugin/replay.o # that with the checks in it
    [ -f "$main" ] || main=$plain/plugin/check_asyncos.o
    mkdir -p "$tree/checks" && cp checks/registry.def "$tree/checks"
    word=$(grep -oE '`CHECK\([a-z]+\)`' checks/README.md | tr -d '`')
    sort -o "$tree/checks/registry.def" - "$tree/checks/registry.def" <<<"$word"
    awk '/^```/ { on = $0 == "```c"; next } on' checks/README.md >"$tree/checks/new.c"
    # shellcheck disable=SC2046  # words on purpose
    "${CC:-gcc}" -std=c11 -O0 -I"$tree" -I. -o "$tree/check_asyncos" "$tree/checks/new.c" checks/registry.c \
        "$main" "$plain/plugin.a" "$plain/checks.a" \
        $(pkg-config --cflags --libs jansson libxml-2.0) -lm || return
    name=$(sed -E 's/CHECK\((.*)\)/\1/' <<<"$word")
    while read -r row _; do
        [[ $row =~ ^(nagios-commands|icinga2-api-user)$ ]] || "$tree/check_asyncos" --print-config "$row" | grep -q "\b$name\b" ||
            echo "$name is not in $row"
    done <<<"$list"
}
rule "nagios/ is what --print-config prints" committed
rule "the table of nagios/README.md names the files" in_readme
rule "--print-config says what there is" wrong_name
rule "every check and metric is everywhere" everywhere
rule "the arguments of Icinga are the options of the program" options_exist
rule "what depends on status is told later than status" led
rule "a new check appears by itself" new_check
rule "basket and dashboard are JSON, their ids different" jq -es '
    if (.[0].Command.asyncos.fields | map(.datafield_id | tostring)) != (.[0].Datafield | keys_unsorted)
       or ([.[0].Datafield[].varname] | length != (unique | length) or length < 10)
       or ([.[1].panels[].id] | length != (unique | length) or length < 20)
       or ([.[1].panels[].gridPos | select(.x + .w > 24)] != [])
    then "wrong ids" | halt_error else empty end' nagios/icinga2-director.json nagios/grafana-dashboard.json

# -- Prometheus ----------------------------------------------------------------------------------

series() { # series SCENARIO MEMBER…: input series of promtool, as the program prints them for the members
    for node in "${@:2}"; do
        "$check" --replay "tests/scenarios/$1" -H "$node.example.com" --format openmetrics
    done | grep '^postcheck_' | sort -u -t ' ' -k 1,1 |
        sed -E "s/'/''/g; s/^(.*) ([^ ]*)\$/      - series: '\1'\n        values: '\2x120'/"
}
group() { printf '  - interval: 1m\n    input_series:\n'; }
alert() { # alert NAME [LABELS SUMMARY DESCRIPTION]: what shall fire after an hour, or $at; nothing, without labels
    printf '      - eval_time: %s\n        alertname: %s\n        exp_alerts:\n' "${at-1h}" "$1"
    [ "$#" -eq 1 ] || jq -nc --arg l "$2" --arg s "$3" --arg d "$4" '[{exp_labels: ($l | split(", ") | map(split("=") |
        {key: .[0], value: .[1]}) | from_entries), exp_annotations: {summary: $s, description: $d}}]' |
        sed 's/^/          /'
}
question='is the configuration of the cluster consistent?'
differs='"Mail Policies" differs at Cluster hq: esa1.example.com updated Sun Mar 08 03:05:44 2026 CET by '\''operator'\'', esa2.example.com updated Sun Mar 08 02:51:07 2026 CET by '\''admin'\''
"SMTP Routes" differs at Group Main_Group: esa1.example.com updated Sun Mar 08 01:58:20 2026 CET by '\''admin'\'', esa2.example.com updated Sat Mar 07 09:30:00 2026 CET by '\''admin'\'
inconsistent=('severity=critical, check=clustercheck, cluster=hq' 'cluster hq: clustercheck is critical')
members() { # members STATE VALUES…: of clustercheck, as esa1, esa2 see it over time
    local node=0
    while [ "$#" -gt 0 ]; do
        node=$((node + 1))
        printf "      - series: '%s'\n        values: '%s'\n" \
            "postcheck_node_info{node=\"esa$node\",cluster=\"hq\"}" 1x120 \
            "postcheck_check_state{node=\"esa$node\",check=\"clustercheck\",state=\"$1\"}" "$2"
        shift 2
    done
}
rule_tests() { # the inconsistent cluster fires once, by both members; the healthy one and all else not at all
    local scenario name at
    {
        printf 'rule_files: [ "%s" ]\ntests:\n' "$PWD/nagios/prometheus-rules.yml"
        for scenario in healthy clustercheck-two; do
            group
            series "$scenario" esa1 esa2
            printf '    alert_rule_test:\n'
            "$check" --list-checks | awk '/^[a-z]/ { print toupper(substr($1, 1, 1)) substr($1, 2) } END { print "Absent" }' |
                while read -r name; do
                    [ "$scenario $name" = 'clustercheck-two Clustercheck' ] || alert "Asyncos$name"
                done
            [ "$scenario" = healthy ] || alert AsyncosClustercheck "${inconsistent[@]}" "$question"$'\n'"$differs"
        done
        group # a member whose cluster is not known
        series clustercheck-two esa1 | sed -E '/_info\{/s/,cluster="hq"//'
        printf '    alert_rule_test:\n'
        alert AsyncosClustercheck 'severity=critical, check=clustercheck, node=esa1.example.com' \
            'esa1.example.com: clustercheck is critical' "$question"$'\n'"$differs"
        group # two odd collections tell nobody; three do, until it is over
        members critical '1x10 0x18 1x30 0x60' critical '0x30 1x29 0x60'
        printf '    alert_rule_test:\n'
        for at in 10m 11m 12m 40m 62m; do alert AsyncosClustercheck; done
        at=42m && alert AsyncosClustercheck "${inconsistent[@]}" "$question"
        unset at
        group # in the worse of two severities
        members critical 1x120 warning 1x120
        printf '    alert_rule_test:\n'
        alert AsyncosClustercheck "${inconsistent[@]}" "$question"
        group
        members warning 1x120 warning 1x120
        printf '    alert_rule_test:\n'
        alert AsyncosClustercheck 'severity=warning, check=clustercheck, cluster=hq' 'cluster hq: clustercheck is warning' "$question"
        printf '  - interval: 1m\n    alert_rule_test:\n'
        alert AsyncosAbsent severity=warning 'no metrics of postcheck' \
            'nothing is known of any appliance: is the file written and read?'
    } >"$work/rules_test.yml"
    promtool test rules "$work/rules_test.yml" >"$work/rules_test.out" 2>&1 || head -n 30 "$work/rules_test.out"
}
dashboard_queries() { # are PromQL
    jq '{groups: [{name: "queries", rules: [.panels[].targets[]?.expr | gsub("\\$node"; ".*")] |
        to_entries | map({record: "q\(.key)", expr: .value})}]}' nagios/grafana-dashboard.json >"$work/queries.yml"
    promtool check rules "$work/queries.yml" >"$work/queries.out" 2>&1 || cat "$work/queries.out"
}
if command -v promtool >/dev/null; then
    rule "promtool reads the rules" expect 0 'SUCCESS: [0-9]{2} rules' promtool check rules nagios/prometheus-rules.yml
    rule "an inconsistent cluster fires once, a healthy one not at all" rule_tests
    rule "the queries of the dashboard are PromQL" dashboard_queries
else
    skip "Prometheus" "promtool is not installed"
fi

block() { # block LANGUAGE: of nagios/README.md, with the captures of this checkout
    awk -v fence="\`\`\`$1" '/^```/ { on = $0 == fence; next } on' nagios/README.md |
        sed "s|$postcheck_scenarios|$PWD/tests/scenarios|"
}

in_time() { until_true "$@" || echo "not after 20 s"; }

# -- Icinga 2 ------------------------------------------------------------------------------------

icinga_settle() { # a node in $work/i with what the README says
    icinga_new "$work/i" n.test
    icinga_conf "$work/i" <<END
include "$PWD/nagios/icinga2-commands.conf"
include "$PWD/nagios/icinga2-services.conf"
include "$work/i/hosts.conf"
END
    block icinga2 >"$work/i/hosts.conf"
    cat >>"$work/i/hosts.conf" <<END
object Host "elsewhere.example.com" {
  check_command = "dummy"
  vars.asyncos_role = "esa"
  vars.asyncos_passive = true
  vars.asyncos_snmp = true
}
END
}
icinga_valid() {
    expect 0 'Finished validating' icinga_check "$work/i"
    icinga_list "$work/i" >"$work/i/objects"
    same 'hq!asyncos-clustercheck hq!asyncos-connstatus' \
        "$(sed -nE "s/^Object '(hq!asyncos-[a-z]+)' of type 'Service':/\1/p" "$work/i/objects" | sort | xargs)"
    same 'hq!asyncos-clustercheck!asyncos-status-member hq!asyncos-connstatus!asyncos-status-member' \
        "$(sed -nE "s/^Object '(hq![^']+)' of type 'Dependency':/\1/p" "$work/i/objects" | sort | xargs)"
    # Those of an ESA but two, and but four that want SNMP; of which all but status depend on status.
    same "$(($("$check" --list-checks | grep -c '^[a-z]*.*(esa') - 8))" \
        "$(grep -c "^Object 'esa1.example.com!asyncos-[a-z]*' of type 'Service'" "$work/i/objects")"
    same "$(($("$check" --list-checks | grep -c '^[a-z]*.*(esa') - 9))" \
        "$(grep -c "^Object 'esa1.example.com!asyncos-[a-z]*!asyncos-status' of type 'Dependency'" "$work/i/objects")"
    same 'hardware resources snmp updates' \
        "$(sed -nE "s/^Object 'elsewhere.example.com!asyncos-(hardware|resources|snmp|updates)' of type 'Service':.*/\1/p" "$work/i/objects" | sort | xargs)"
}
icinga_api() { icinga_call "$work/i" root:test "$@"; } # icinga_api PATH [JSON]
icinga_results() { icinga_api 'objects/services?attrs=state&attrs=last_check_result&attrs=vars' >"$work/i/results"; }
icinga_asked() { # every active service has a result
    icinga_results && jq -e '[.results[] | select(.name | startswith("elsewhere") | not)] |
        length > 8 and all(.attrs.last_check_result != null)' "$work/i/results" >/dev/null
}
icinga_same() { # each service: the plugin, called as Icinga called it, says what the API shows
    local row
    jq -c '.results[] | select(.name | startswith("elsewhere") | not) | .attrs.last_check_result as $r |
        {name, command: $r.command, shown: {state: .attrs.state, output: $r.output,
        perfdata: ($r.performance_data | join(" "))}}' "$work/i/results" >"$work/i/rows"
    while read -r row; do
        mapfile -t argv < <(jq -r '.command[]' <<<"$row")
        { "${argv[@]}" && echo 0 || echo $?; } >"$work/i/said"
        same "$(said "$work/i/said")" "$(jq -c .shown <<<"$row")"
        jq -r '(.name | sub(".*!asyncos-"; "") | ascii_upcase) as $check | .shown.output |
            select(startswith($check + " ") | not) | $check + ": " + .' <<<"$row"
    done <"$work/i/rows"
    jq -r '.results[].attrs.last_check_result.performance_data[]? | "parse_performance_data(\(@json))"' "$work/i/results" |
        icinga2 console 2>&1 | grep -i error
    same '0 2' "$(jq -r '.results[] | select(.name | test("^hq.*clustercheck")) | "\(.name) \(.attrs.state)"' \
        "$work/i/results" | sort | awk '{ print $2 }' | xargs)"
    grep -q -- '"stall_s=900"' "$work/i/results" || echo "the limit of the host is not in the command of mailflow"
}
icinga_passive() { # a result that is handed in, by a user who may do only that
    icinga_api actions/process-check-result '{"type": "Service", "service": "elsewhere.example.com!asyncos-status",
        "exit_status": 2, "plugin_output": "STATUS CRITICAL - handed in", "performance_data": "uptime_s=5s"}' >/dev/null ||
        echo "the API refused it"
    icinga_api 'objects/services/elsewhere.example.com!asyncos-status' | jq -r '.results[0].attrs |
        if .state == 2 and .last_check_result.output == "STATUS CRITICAL - handed in" and
           .next_check - .last_check > 1700 then empty else [.state, .last_check_result.output, .next_check - .last_check] end'
    icinga_api actions/reschedule-check '{"type": "Service", "service": "elsewhere.example.com!asyncos-alerts", "force": true}' >/dev/null
    until_true "$icinga_pid" stale || echo "without a result it is not UNKNOWN"
}
stale() {
    icinga_api 'objects/services/elsewhere.example.com!asyncos-alerts' |
        jq -e '.results[0].attrs | .state == 3 and (.last_check_result.output | test("no result was handed in"))' >/dev/null
}
if command -v icinga2 >/dev/null && command -v curl >/dev/null; then
    rule "Icinga 2: a node in a private folder" icinga_settle
    rule "Icinga 2 takes commands, services, and the hosts of the README" icinga_valid
    if icinga_start "$work/i" && icinga_results; then
        jq -r '.results[].name' "$work/i/results" | grep -v '^elsewhere' | while read -r name; do
            icinga_api actions/reschedule-check "{\"type\": \"Service\", \"service\": \"$name\", \"force\": true}" >/dev/null
        done
    fi
    rule "Icinga 2 runs every service" in_time "$icinga_pid" icinga_asked
    rule "what its API shows is what the plugin says" icinga_same
    rule "a result that is handed in counts; without one it is UNKNOWN" icinga_passive
else
    skip "Icinga 2" "icinga2 or curl is not installed"
fi

# -- Nagios 4 ------------------------------------------------------------------------------------

nagios_settle() {
    nagios_new "$work/n"
    block nagios >"$work/n/hosts.cfg"
    cat >>"$work/n/hosts.cfg" <<END
define host {
    use                 asyncos-host
    host_name           esa1.example.com
    hostgroups          asyncos-esa,asyncos-snmp
    contact_groups      admins
    _ASYNCOS_OPTIONS    -t 50 --replay $PWD/tests/scenarios/healthy
}
define host {
    use                 asyncos-host
    host_name           elsewhere.example.com
    hostgroups          asyncos-passive-esa
    contact_groups      admins
}
END
}
nagios_valid() {
    expect 0 'Total Warnings: 0' nagios4 -v "$work/n/nagios.cfg"
    nagios4 -vp "$work/n/nagios.cfg" >/dev/null 2>&1
    # A dependency is one within the same host.
    awk '/^define servicedependency/ { host = "" } $1 == "host_name" { host = $2 }
        $1 == "dependent_host_name" { n++; if ($2 != host) print "depends on " host ": " $2 }
        END { if (n < 10) print "only " n " dependencies" }' "$work/n/objects.precache"
}
nagios_asked() { [ -s "$work/n/status.dat" ] && ! nagios_rows "$work/n" 0 | grep -qv '^elsewhere' && nagios_rows "$work/n" 1 | grep -q '^hq'; }
nagios_same() { # in the first line Nagios makes a colon of each semicolon
    local host service state output long perfdata options node
    nagios_rows "$work/n" 1 | grep -v '^elsewhere' >"$work/n/rows"
    while IFS= read -r row; do
        IFS=$'\x1f' read -r host service state output long perfdata _ <<<"${row//$'\t'/$'\x1f'}"
        options=tests/scenarios/healthy node=esa1.example.com
        [ "$host" != hq-inconsistent ] || options=tests/scenarios/clustercheck-two
        { "$check" -H "$node" -C "${service#asyncos-}" -t 50 --replay "$PWD/$options" && echo 0 || echo $?; } >"$work/n/said"
        same "$(said "$work/n/said" | jq -c '.output |= (split("\n") | (.[0] |= gsub(";"; ":")) | join("\n"))')" "$(jq -nc --arg s "$state" --arg o "$output${long:+\n}$long" --arg p "$perfdata" \
            '{state: ($s | tonumber), output: ($o | gsub("\\\\n"; "\n") | sub("\n+$"; "")), perfdata: $p}')"
    done <"$work/n/rows"
    same '0 2' "$(grep clustercheck "$work/n/rows" | sort | cut -f 3 | xargs)"
}
handed_in() { nagios_rows "$work/n" 1 | grep -qE $'^elsewhere.example.com\tasyncos-status\t2\tSTATUS CRITICAL - handed in\t'; }
nagios_passive() { # through the spool directory
    cat >"$work/n/handed" <<END
file_time=$(date +%s)
host_name=elsewhere.example.com
service_description=asyncos-status
check_type=1
start_time=$(date +%s).0
finish_time=$(date +%s).0
return_code=2
output=STATUS CRITICAL - handed in|uptime_s=5s
END
    mv "$work/n/handed" "$work/n/spool/chanded" && : >"$work/n/spool/chanded.ok"
    until_true "$nagios_pid" handed_in || echo "status.dat does not show it"
}
if command -v nagios4 >/dev/null; then
    rule "Nagios: a configuration in a private folder" nagios_settle
    rule "Nagios takes commands, services, and the hosts of the README" nagios_valid
    nagios_start "$work/n"
    rule "Nagios runs every service" in_time "$nagios_pid" nagios_asked
    rule "what status.dat shows is what the plugin says" nagios_same
    rule "a result that is handed in through the spool directory counts" nagios_passive
else
    skip "Nagios" "nagios4 is not installed"
fi
done_testing
