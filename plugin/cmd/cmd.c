/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/cmd.h"

#include "plugin/cmd/runs.h"

/* Every form of a report. */
#define REPORT_FORMATS                                                                             \
    {                                                                                              \
        "text", "json", "html", "junit", "markdown", "openmetrics", "checkmk", "nagios"            \
    }

const struct cmd_row cmd_rows[] = {
    {.name = "doctor",
     .operands = "[NODE]",
     .max_operands = 1,
     .help = "try each interface of each appliance with its credentials",
     .details = "Logs in to each appliance (or to NODE) once per interface, asks for everything\n"
                "that the checks need, and says what works, what is refused and why, and which\n"
                "checks that leaves UNKNOWN. Changes nothing and judges no appliance.\n",
     .formats = {"text", "json"},
     .needs_config = true,
     .flags = CMD_FLAG_TIMEOUT,
     .run = cmd_doctor,
     .exits = "0 everything works, 1 something does not, 2 an appliance answers nothing"},
    {.name = "discover",
     .operands = "SMA",
     .min_operands = 1,
     .max_operands = 1,
     .help = "print configuration sections for what an SMA manages",
     .details = "Asks SMA, which the configuration must have, for its managed appliances and\n"
                "prints a [node …] section for each that the configuration does not have yet.\n",
     .formats = {"text", "json"},
     .needs_config = true,
     .flags = CMD_FLAG_TIMEOUT,
     .run = cmd_discover,
     .exits = "0 the SMA told, 3 it did not"},
    {.name = "baseline",
     .operands = "",
     .help = "before the change: keep what every appliance answers",
     .details = "Asks every appliance of the configuration for all that the checks need, and\n"
                "keeps it with its hashes in CHANGES/ID/baseline, never overwritten. Says what\n"
                "nobody answered and what is wrong already. After an interruption the same\n"
                "command goes on with what is missing.\n",
     .formats = REPORT_FORMATS,
     .needs_config = true,
     .flags = CMD_FLAG_TIMEOUT,
     .own = runs_baseline_flags,
     .own_count = &runs_baseline_flag_count,
     .take = runs_take,
     .run = cmd_baseline,
     .exits = "0 all was answered, 1 not all, 2 an appliance answers nothing"},
    {.name = "watch",
     .operands = "",
     .help = "during the change: a live table of the fleet",
     .details = "Asks every appliance twice a minute for a few documents and shows where each is:\n"
                "planned, suspended, drained, installing, down, up-old, up-new, resumed,\n"
                "connected, established, verified; who still receives in each cluster; and what\n"
                "is wrong, worst first. Keys: q quits, h explains the stages. Where the output is\n"
                "no terminal: a line for each thing that happens. An appliance that refuses a\n"
                "login is not asked again.\n\n"
                "  postcheck watch --change CHG0031415\n",
     .formats = {"text", "json"},
     .needs_config = true,
     .flags = CMD_FLAG_BASELINE,
     .own = watch_flags,
     .own_count = &watch_flag_count,
     .take = watch_take,
     .run = cmd_watch,
     .exits = "the worst that is left: 0 nothing, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"},
    {.name = "verify",
     .operands = "",
     .help = "after the change: prove that everything works",
     .details = "Runs all checks of the whole fleet against the baseline, and writes the folder\n"
                "CHANGES/ID/verify-UTC: every answer, the baseline, the rules, report.html and\n"
                "others, SHA256SUMS. What needs time after a reboot is PENDING, with the time at\n"
                "which it can be judged; --wait waits for it. An interrupted run goes on when it\n"
                "is called again within an hour.\n\n"
                "  postcheck verify --change CHG0031415 --wait 45m\n"
                "  postcheck verify --change CHG0031415 --via icinga2\n"
                "  postcheck verify --replay after --baseline before --run-dir proof\n"
                "  (cd changes/CHG0031415/verify-* && ssh-keygen -Y sign -f ~/.ssh/id_ed25519 \\\n"
                "      -n postcheck SHA256SUMS)\n",
     .formats = REPORT_FORMATS,
     .needs_config = true,
     .flags = CMD_FLAG_CHECK | CMD_FLAG_BASELINE | CMD_FLAG_TIMEOUT,
     .own = runs_verify_flags,
     .own_count = &runs_verify_flag_count,
     .take = runs_take,
     .run = cmd_verify,
     .exits = "0 pass, 1 pass with warnings, 2 fail, 3 incomplete"},
    {.name = "report",
     .operands = "RUN",
     .min_operands = 1,
     .max_operands = 1,
     .help = "render an old run again, in any form",
     .details = "Prints the report of RUN, the folder of a run or a report.json, as it was judged\n"
                "then. Needs no configuration and asks nobody.\n",
     .formats = REPORT_FORMATS,
     .run = cmd_report,
     .exits = "0"},
    {.name = "audit",
     .operands = "RUN",
     .min_operands = 1,
     .max_operands = 1,
     .help = "offline: does the verdict of an old run hold?",
     .details = "Holds every file of RUN, the folder of a run, against its hash, and computes\n"
                "every verdict again from the answers. Names every file and verdict that\n"
                "differs. Needs no configuration and asks nobody.\n",
     .formats = {"text", "json"},
     .run = cmd_audit,
     .exits = "0 everything holds, 2 something differs"},
    {.name = "poll",
     .operands = "",
     .help = "ask and judge the whole fleet: one collection, many readers",
     .details = "Asks every appliance of the configuration, `parallel` at a time, judges them\n"
                "all, and prints what is wrong, worst first, then a table. --state keeps the\n"
                "report (schema postcheck.report/1) for check_asyncos --state FILE -H NODE, which\n"
                "then asks nobody. A lock, FILE.lock, keeps two from logging in at once. --every\n"
                "goes on until SIGTERM. An interrupted run leaves FILE as it was.\n\n"
                "  postcheck poll --every 5m --state /var/lib/postcheck/state.json\n",
     .formats = {"text", "json"},
     .needs_config = true,
     .flags =
         CMD_FLAG_CHECK | CMD_FLAG_RECORD | CMD_FLAG_BASELINE | CMD_FLAG_STATE | CMD_FLAG_TIMEOUT,
     .own = poll_flags,
     .own_count = &poll_flag_count,
     .take = poll_take,
     .run = cmd_poll,
     .exits = "the worst state: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, or another one\n"
              "is asking, or a result was not taken. With --every: 0 ended by a signal"},
    {.name = "maillog",
     .operands = "[FILE]...",
     .max_operands = CMD_MAX_FILES,
     .help = "read mail_logs: does mail flow, and what became of it?",
     .details = "Reads mail logs of gateways, from their files (also compressed), from syslog or\n"
                "from a pipe (-), and says whether mail flows, with the proof; what came in and\n"
                "what became of it; how long it took; where it waits and fails. Needs no\n"
                "configuration and asks nobody.\n\n"
                "  ssh esa1.example.com 'tail mail_logs' | postcheck maillog --follow -\n"
                "  postcheck maillog --top senders,reasons mail.@20260308T*.s\n"
                "  postcheck maillog --mid 815 mail.current\n",
     .formats = {"text", "json"},
     .own = settings_flags,
     .own_count = &settings_flag_count,
     .take = settings_take,
     .run = cmd_maillog,
     .exits = "0 mail flows, 1 it flows but degraded, 2 it stalls, 3 no proof, or not\n"
              "everything could be read. With --mid: 0 found, 1 not found"},
    {.name = "nodes",
     .operands = "",
     .help = "list the appliances of the configuration",
     .formats = {"text", "json"},
     .needs_config = true,
     .run = cmd_nodes,
     .exits = "0"},
    {.name = "checks",
     .operands = "",
     .help = "list the checks with documents, metrics, default limits",
     .formats = {"text", "json"},
     .run = cmd_checks,
     .exits = "0"},
};

const size_t cmd_row_count = CHECK_COUNT(cmd_rows);

void cmd_print_json(FILE *out, json_t *root)
{
    (void)json_dumpf(root, out, JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(root);
}
