#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# prometheus.sh [BUILD]: what `postcheck poll --openmetrics` writes of a live fleet, through node_exporter
# into Prometheus with the rules of nagios/: a cluster that gets inconsistent is one alert, until it
# is consistent again. Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/sim.sh
needs jq curl promtool prometheus prometheus-node-exporter
stop_all() {
    sim_stop
    stop
}
trap stop_all EXIT
mkdir "$work/text" "$work/cache"
export CACHE_DIRECTORY=$work/cache
metrics=$work/text/fleet.prom
mapfile -t ports < <(free_ports 2)
sim_start "$work/sim" --fleet tests/live/cluster.json || exit 1
exec {to}>&"$sim_in" {from}<&"$sim_out" # rules are subshells
sim_in=$to sim_out=$from

# Everything as in nagios/, but that a minute of a rule is a tenth of a second here.
sed -E 's/^( +for:) ([0-9]+)(m|h)$/\1 \200ms/' nagios/prometheus-rules.yml >"$work/rules.yml"
cat >"$work/prometheus.yml" <<END
global: { scrape_interval: 300ms, evaluation_interval: 300ms }
rule_files: [ "$work/rules.yml" ]
scrape_configs:
  - job_name: node
    static_configs: [ { targets: [ "127.0.0.1:${ports[0]}" ] } ]
END
poll() { "$build/postcheck" -f "$work/sim/postcheck.ini" poll --no-progress --openmetrics "$metrics"; }
page() { curl -sf --max-time 10 "http://127.0.0.1:${ports[0]}/metrics"; }
api() { curl -sf --max-time 10 "http://127.0.0.1:${ports[1]}/api/v1/$1"; }

rule "a healthy fleet is collected" expect 0 'esa2.example.com' poll
rule "promtool accepts what was written" promtool check metrics <"$metrics"
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$work/text" --web.listen-address="127.0.0.1:${ports[0]}" >"$work/exporter.log" 2>&1 &
exporter=$!
pids+=("$exporter")

served() { # every sample, and no other
    until_true $exporter page >"$work/first" || cat "$work/exporter.log"
    page >"$work/page"
    grep -qx 'node_textfile_scrape_error 0' "$work/page" || grep -i textfile "$work/page" "$work/exporter.log"
    /usr/bin/python3 - "$metrics" "$work/page" <<'PYTHON'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as written
from prometheus_client.parser import text_string_to_metric_families as shown

def samples(families):
    # A label that only others of the family have is served empty: to Prometheus that is none.
    return {(s.name, *sorted(label for label in s.labels.items() if label[1])): s.value
            for f in families for s in f.samples if s.name.startswith("postcheck_")}

ours, theirs = samples(written(open(sys.argv[1]).read())), samples(shown(open(sys.argv[2]).read()))
if len(ours) < 100:
    print(f"only {len(ours)} samples")
for key in sorted({*ours, *theirs}):
    if ours.get(key) != theirs.get(key):
        print(f"{key}: written {ours.get(key)}, served {theirs.get(key)}")
PYTHON
}
rule "node_exporter serves the file, sample by sample" served

prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --log.level=warn \
    --web.listen-address="127.0.0.1:${ports[1]}" >"$work/prometheus.log" 2>&1 &
prometheus=$!
pids+=("$prometheus")

alerts() { api alerts | jq -c '[.data.alerts[] | {name: .labels.alertname, state, labels: (.labels | del(.alertname)), annotations}]'; }
# looked: all rules were evaluated, without error, over what was scraped after the moment $since
looked() {
    local scraped
    scraped=$(api 'query?query=max(timestamp(postcheck_run_info))' | jq -r '.data.result[0].value[1] // 0')
    api rules | jq -e --argjson since "$since" --argjson scraped "$scraped" '[.data.groups[].rules[]] | length > 20 and all(
        .health == "ok" and (.lastEvaluation | sub("\\.[0-9]+"; "") | fromdate) > $since) and $scraped > $since' >/dev/null
}
quiet() { looked && [ "$(alerts)" = '[]' ]; }
firing() { looked && alerts | jq -e 'any(.state == "firing")' >/dev/null; }
is_quiet() {
    since=$(date +%s)
    until_true $prometheus quiet || { alerts && cat "$work/prometheus.log"; }
}
rule "no rule has anything to say about a healthy fleet" is_quiet

inconsistent() { # one alert, that of the cluster, with setting and machines
    sim state differs
    expect 2 'Mail Policies' poll
    since=$(date +%s)
    until_true $prometheus firing || alerts
    since=$(($(date +%s) + 1)) # and some looks later it is still one
    until_true $prometheus looked || echo "no look after that"
    alerts >"$work/alerts"
    jq -e 'length == 1 and .[0].state == "firing" and .[0].name == "AsyncosClustercheck" and
        .[0].labels == {severity: "critical", check: "clustercheck", cluster: "hq"} and
        .[0].annotations.summary == "cluster hq: clustercheck is critical" and
        (.[0].annotations.description | test("\n\"Mail Policies\" differs at Cluster hq: esa1\\.example\\.com updated .*, esa2\\.example\\.com updated "))' \
        "$work/alerts" >/dev/null || jq . "$work/alerts"
}
rule "an inconsistent cluster is one alert, with setting and machines" inconsistent

consistent() {
    sim state healthy
    expect 0 'esa2.example.com' poll
    is_quiet
}
rule "and none when it is consistent again" consistent
done_testing
