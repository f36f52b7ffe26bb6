/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/deploy/deploy.h"

/*
 * Alert rules over what plugin/render/openmetrics.c prints. They fire on states, so limits, waivers
 * and explanations count as they do everywhere else. What is about a cluster fires once for it, by
 * whichever member it is seen; a member whose cluster is not known stands for itself.
 */

/* "postcheck_check_state{…}", for one state of one check. */
static const char *series_of(const struct deploy *deploy, const struct check *check,
                             enum state state)
{
    return arena_printf(deploy->arena, "postcheck_check_state{check=\"%s\",state=\"%s\"} == 1",
                        check->name, result_state_word(state));
}

/* Clusters in which a member sees CHECK in STATE, and members without a known cluster. */
static void put_clusters(const struct deploy *deploy, const struct check *check, enum state state)
{
    const char *bad = series_of(deploy, check, state);
    (void)fprintf(deploy->out,
                  "            max by (cluster, check) (\n"
                  "              (%s)\n"
                  "              * on (node) group_left (cluster) max by (node, cluster) "
                  "(postcheck_node_info{cluster!=\"\"})\n"
                  "            )\n"
                  "            or max by (node, check) (\n"
                  "              (%s)\n"
                  "              unless on (node) postcheck_node_info{cluster!=\"\"}\n"
                  "            )\n",
                  bad, bad);
}

static void put_expression(const struct deploy *deploy, const struct check *check, enum state state)
{
    if (!check->about_cluster) {
        (void)fprintf(deploy->out, "        expr: 'max by (node, check) (%s)'\n",
                      series_of(deploy, check, state));
        return;
    }
    (void)fprintf(deploy->out, "        expr: |-\n          (\n");
    put_clusters(deploy, check, state);
    (void)fprintf(deploy->out, "          )\n");
    if (state == STATE_CRITICAL)
        return;
    (void)fprintf(deploy->out, "          unless on (cluster, node, check) (\n");
    put_clusters(deploy, check, STATE_CRITICAL);
    (void)fprintf(deploy->out, "          )\n");
}

/* The question; of a cluster also what is wrong, in the words of all members, each once. */
static void put_description(const struct deploy *deploy, const struct check *check,
                            enum state state)
{
    const char *title = check->title;
    if (!check->about_cluster) {
        (void)fprintf(deploy->out, "          description: '%s'\n",
                      deploy_line(deploy->arena, title, "'", '\''));
        return;
    }
    (void)fprintf(deploy->out,
                  "          description: |-\n"
                  "            %s\n"
                  "            {{- $of := printf \"node=%%q\" $labels.node }}\n"
                  "            {{- if $labels.cluster }}{{ $of = printf \"cluster=%%q\" "
                  "$labels.cluster }}{{ end }}\n"
                  "            {{- range query (printf `max by (finding) "
                  "(postcheck_finding_info{check=\"%s\",state=\"%s\",%%s})` $of) | sortByLabel "
                  "\"finding\" }}\n"
                  "            {{ .Labels.finding }}\n"
                  "            {{- end }}\n",
                  deploy_line(deploy->arena, title, "", '\0'), check->name,
                  result_state_word(state));
}

static void put_alert(const struct deploy *deploy, const struct check *check, enum state state)
{
    const char *whose = check->about_cluster
                            ? "{{ if $labels.cluster }}cluster {{ $labels.cluster }}"
                              "{{ else }}{{ $labels.node }}{{ end }}"
                            : "{{ $labels.node }}";
    (void)fprintf(deploy->out, "      - alert: Asyncos%s\n",
                  deploy_capital(deploy->arena, check->name));
    put_expression(deploy, check, state);
    (void)fprintf(deploy->out,
                  "        for: %um\n"
                  "        labels:\n"
                  "          severity: %s\n"
                  "        annotations:\n"
                  "          summary: '%s: %s is %s'\n",
                  deploy_for_s(check) / 60, result_state_word(state), whose, check->name,
                  result_state_word(state));
    put_description(deploy, check, state);
}

void deploy_prometheus_rules(const struct deploy *deploy)
{
    (void)fprintf(
        deploy->out,
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
        "# Printed by check_asyncos --print-config prometheus-rules: do not edit, see README.md.\n"
        "# A rule waits for %d collections, %d minutes apart, and longer than its answer may be "
        "not\n"
        "# final after a start. Each check is one alert by name, in two severities; what is about "
        "a\n"
        "# cluster fires once for the cluster, in the worse of them, and says what is wrong.\n"
        "groups:\n"
        "  - name: postcheck-checks\n"
        "    rules:\n",
        DEPLOY_ATTEMPTS, DEPLOY_COLLECT_S / 60);
    for (size_t i = 0; i < registry_count; i++) {
        put_alert(deploy, registry_checks[i], STATE_CRITICAL);
        put_alert(deploy, registry_checks[i], STATE_WARNING);
    }
    (void)fprintf(
        deploy->out,
        "  - name: postcheck-itself\n"
        "    rules:\n"
        "      - alert: AsyncosNotSeen\n"
        "        expr: 'max by (node, check) (postcheck_check_state{state=~\"unknown|pending\"} == "
        "1)'\n"
        "        for: 3h\n"
        "        labels:\n"
        "          severity: warning\n"
        "        annotations:\n"
        "          summary: '{{ $labels.node }}: {{ $labels.check }} has not been seen for 3 "
        "hours'\n"
        "          description: 'postcheck doctor says what is refused'\n"
        "      - alert: AsyncosStale\n"
        "        expr: 'time() - max by (node) (postcheck_check_taken_timestamp_seconds) > %d'\n"
        "        for: 1h\n"
        "        labels:\n"
        "          severity: warning\n"
        "        annotations:\n"
        "          summary: '{{ $labels.node }}: the newest answer is {{ $value | humanizeDuration "
        "}} "
        "old'\n"
        "          description: 'the states are those of then: does the collector still run?'\n"
        "      - alert: AsyncosAbsent\n"
        "        expr: 'absent(postcheck_run_info)'\n"
        "        for: 15m\n"
        "        labels:\n"
        "          severity: warning\n"
        "        annotations:\n"
        "          summary: 'no metrics of postcheck'\n"
        "          description: 'nothing is known of any appliance: is the file written and "
        "read?'\n",
        DEPLOY_STALE_S);
}
