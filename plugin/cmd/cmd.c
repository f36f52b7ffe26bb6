/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/cmd/cmd.h"

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
    {.name = "poll",
     .operands = "",
     .help = "ask and judge the whole fleet once",
     .details = "Asks every appliance of the configuration, `parallel` at a time, judges them\n"
                "all, and prints what is wrong, worst first, then a table. --state keeps the\n"
                "report (schema postcheck.report/1). Of one appliance: check_asyncos -H NODE.\n",
     .formats = {"text", "json"},
     .needs_config = true,
     .flags =
         CMD_FLAG_CHECK | CMD_FLAG_RECORD | CMD_FLAG_BASELINE | CMD_FLAG_STATE | CMD_FLAG_TIMEOUT,
     .run = cmd_poll,
     .exits = "the worst state: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"},
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
