/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/log_header.h"

#include "checks/parse/cli_version.h"
#include "checks/parse/mail_logs.h"
#include "checks/parse/xml_status.h"

/* The release that runs, as far as another document tells. */
static bool running(const struct question *q, struct release *release)
{
    const struct cli_version *cli = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    if (cli != NULL && cli->has_release)
        *release = cli->release;
    else if (xml != NULL && xml->has_release)
        *release = xml->release;
    else
        return false;
    return true;
}

void log_header_judge(const struct question *q, struct result *result,
                      const struct flow_summary *summary)
{
    struct release told, runs;
    const unsigned line = (unsigned)summary->evidence[FLOW_E0].line;
    const char *version = "";
    for (size_t i = 0; i < summary->appliance_count; i++)
        if (summary->appliances[i].version[0] != '\0')
            version = summary->appliances[i].version;
    if (!release_parse(text_of(version), &told, NULL))
        return;
    const bool known = running(q, &runs);
    const struct release *wanted = known ? &runs : q->has_expect ? &q->expect : NULL;
    if (wanted == NULL)
        return;
    struct finding *finding;
    if (release_matches(&told, wanted)) {
        const bool expected = q->has_expect && release_matches(&told, &q->expect);
        finding =
            result_say(result, STATE_OK, q->node->name, "%s: the log's header names %s, as %s",
                       q->node->name, version, expected ? "expected" : "the appliance itself");
        (void)result_evidence(result, finding, mail_logs_kind.id, line);
        return;
    }
    char text[48];
    finding = result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: the log's header names %s, not %s: it may be from before the upgrade",
                         q->node->name, version, release_print(wanted, text, sizeof(text)));
    (void)result_hint(finding, "ask for the newest log file");
    (void)result_compare(result, finding, text, version);
    (void)result_evidence(result, finding, mail_logs_kind.id, line);
}
