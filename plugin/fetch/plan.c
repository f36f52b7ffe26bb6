/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/plan.h"

#include <string.h>

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_featurekey.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/cli_workqueue.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "checks/parse/mail_logs.h"
#include "checks/parse/snmp_walk.h"
#include "checks/parse/status_log.h"
#include "checks/parse/system_status.h"
#include "checks/parse/tracking_messages.h"
#include "checks/parse/xml_status.h"
#include "plugin/fetch/log.h"

enum { KIB = 1024, MIB = 1024 * KIB, NAME_MAX_BYTES = 253, LOG_NAME_BYTES = 64 };

#define CLI(kind, mode, ask, fallback, bytes, limit_s)                                             \
    {                                                                                              \
        &(kind), FETCH_CLI, mode, ask, fallback, bytes, limit_s                                    \
    }
#define WEB(kind, how, ask, bytes, limit_s)                                                        \
    {                                                                                              \
        &(kind), how, FETCH_MODE_MACHINE, ask, NULL, bytes, limit_s                                \
    }

#define LOG(kind, name, limit_s)                                                                   \
    {                                                                                              \
        &(kind), FETCH_LOG, FETCH_MODE_MACHINE, name, NULL, LOG_BYTES, limit_s                     \
    }

/* In the order of asking: the mode is switched once (asyncos-cli.md 5.1, 11). */
const struct fetch_row plan_rows[] = {
    CLI(cli_version_kind, FETCH_MODE_MACHINE, "version", NULL, 256 * KIB, 20),
    CLI(cli_status_kind, FETCH_MODE_MACHINE, "status detail", "status", 256 * KIB, 20),
    CLI(cli_displayalerts_kind, FETCH_MODE_MACHINE, "displayalerts", NULL, 8 * MIB, 30),
    CLI(cli_workqueue_kind, FETCH_MODE_MACHINE, "workqueue status", NULL, 64 * KIB, 20),
    CLI(cli_featurekey_kind, FETCH_MODE_MACHINE, "featurekey", NULL, 256 * KIB, 20),
    CLI(cli_clusterlist_kind, FETCH_MODE_CLUSTER, "clusterconfig list", NULL, 256 * KIB, 30),
    CLI(cli_connstatus_kind, FETCH_MODE_CLUSTER, "clusterconfig connstatus", NULL, 256 * KIB, 30),
    CLI(cli_clustercheck_kind, FETCH_MODE_CLUSTER, "clustercheck", NULL, 4 * MIB, 45),
    LOG(mail_logs_kind, "mail_logs", 45),
    LOG(status_log_kind, "status", 30),
    WEB(xml_status_kind, FETCH_XML, "/xml/status", 4 * MIB, 30),
    WEB(system_status_kind, FETCH_API, "/esa/api/v2.0/health/system_status", MIB, 30),
    WEB(config_appliances_kind, FETCH_API, "/sma/api/v2.0/config/appliances?device_type=sma",
        4 * MIB, 30),
    WEB(tracking_messages_kind, FETCH_API, "/sma/api/v2.0/message-tracking/messages", 4 * MIB, 30),
    WEB(gui_table_tracking_kind, FETCH_PAGE, NULL, 8 * MIB, 30),
    WEB(gui_table_services_kind, FETCH_PAGE, NULL, 8 * MIB, 30),
    WEB(snmp_walk_kind, FETCH_SNMP, NULL, MIB, 30),
};
const size_t plan_row_count = sizeof(plan_rows) / sizeof(plan_rows[0]);

const struct fetch_row *plan_row(const struct document_kind *kind)
{
    for (size_t i = 0; i < plan_row_count; i++)
        if (plan_rows[i].kind == kind)
            return &plan_rows[i];
    return NULL;
}

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

static bool is_host(struct span name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES || memchr(".-_", name.p[0], 3) != NULL)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_host_byte(name.p[i]))
            return false;
    return true;
}

/* Group and cluster names are the operators' own words: anything but what a name cannot hold. */
static bool is_name(struct span name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f || name.p[i] == '>')
            return false;
    return true;
}

bool plan_prompt(struct span line, struct plan_prompt *prompt)
{
    static const char *const words[] = {[PLAN_MACHINE_PLACE] = "(Machine ",
                                        [PLAN_GROUP_PLACE] = "(Group ",
                                        [PLAN_CLUSTER_PLACE] = "(Cluster "};
    struct cursor c = text_cursor(line);
    prompt->place = PLAN_STANDALONE;
    for (size_t i = PLAN_MACHINE_PLACE; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_literal(&c, words[i]))
            prompt->place = (enum plan_place)i;
    bool alone = prompt->place == PLAN_STANDALONE;
    if (!text_until(&c, alone ? '>' : ')', NAME_MAX_BYTES, &prompt->name))
        return false;
    if (!alone) {
        (void)text_literal(&c, " ");
        if (!text_literal(&c, ">"))
            return false;
    }
    return text_is(text_rest(&c), " ") &&
           (alone || prompt->place == PLAN_MACHINE_PLACE ? is_host(prompt->name)
                                                         : is_name(prompt->name));
}

bool plan_is_prompt(struct span line)
{
    struct plan_prompt prompt;
    return plan_prompt(line, &prompt);
}

bool plan_is_pager(struct span line)
{
    return text_ends(text_trim(line), "-Press Any Key For More-");
}

bool plan_is_cluster_question(struct span text)
{
    static const char *const words[] = {
        "This", "command", "is", "restricted", "to", "\"cluster\"", "mode.", "Would",
        "you",  "like",    "to", "switch",     "to", "\"cluster\"", "mode?", "[Y]>"};
    struct span rest = text_trim(text);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!text_starts(rest, words[i]))
            return false;
        struct span behind = text_skip(rest, strlen(words[i]));
        rest = text_trim(behind);
        if (rest.n != 0 && rest.p == behind.p)
            return false; /* no blank between the words */
    }
    return rest.n == 0;
}

bool plan_is_question(struct span line)
{
    return (text_ends(line, "]> ") || text_ends(line, ": ") || text_ends(line, "]>")) &&
           text_trim(line).n > 1;
}

bool plan_is_log_name(struct span text)
{
    if (text.n == 0 || text.n > LOG_NAME_BYTES || text.p[0] == '-' || text.p[0] == '.')
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (!is_host_byte(text.p[i]))
            return false;
    return true;
}

static bool is_one_of(struct cursor *c, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_literal(c, words[i]))
            return true;
    return false;
}

bool plan_is_grep(struct span text)
{
    static const char *const days[] = {"Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat "};
    static const char *const months[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                         "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    struct cursor c = text_cursor(text);
    int64_t day, hour;
    if (!text_literal(&c, "grep -e \"") || !is_one_of(&c, days, 7) || !is_one_of(&c, months, 12))
        return false;
    if (text_literal(&c, " ") ? !text_digits(&c, 1, 1, &day) || day < 1
                              : !text_digits(&c, 2, 2, &day) || day < 10 || day > 31)
        return false;
    if (!text_literal(&c, " "))
        return false;
    if (!text_literal(&c, "\" ") &&
        (!text_digits(&c, 2, 2, &hour) || hour > 23 || !text_literal(&c, ":\" ")))
        return false;
    return plan_is_log_name(text_rest(&c));
}

/* TEXT as it stands in a row: nothing that merely resembles it. */
static const char *listed(struct span text, bool cluster_only)
{
    for (size_t i = 0; i < plan_row_count; i++) {
        const struct fetch_row *row = &plan_rows[i];
        if (row->how != FETCH_CLI || (cluster_only && row->mode != FETCH_MODE_CLUSTER))
            continue;
        if (text_is(text, row->ask))
            return row->ask;
        if (row->fallback != NULL && text_is(text, row->fallback))
            return row->fallback;
    }
    return NULL;
}

/* FIRST, SECOND and END behind each other; 0 when they do not fit. */
static size_t join(char *buffer, size_t size, const char *first, struct span second,
                   const char *end)
{
    size_t a = strlen(first), b = strlen(end), n = a + second.n + b;
    if (n == 0 || n >= size)
        return 0;
    memcpy(buffer, first, a);
    if (second.n != 0)
        memcpy(buffer + a, second.p, second.n);
    memcpy(buffer + a + second.n, end, b);
    buffer[n] = '\0';
    return n;
}

size_t plan_may_send(enum plan_input input, struct span text, struct span screen, char *buffer,
                     size_t size)
{
    const struct span none = {NULL, 0};
    const char *command = NULL;
    switch (input) {
    case PLAN_COMMAND:
        if (plan_is_prompt(screen) && plan_is_grep(text))
            return join(buffer, size, "", text, "\n");
        command = plan_is_prompt(screen) ? listed(text, false) : NULL;
        return command == NULL ? 0 : join(buffer, size, "", text_of(command), "\n");
    case PLAN_MACHINE:
        if (!plan_is_prompt(screen) || !is_host(text))
            return 0;
        return join(buffer, size, "clustermode machine ", text, "\n");
    case PLAN_EXIT:
        return plan_is_prompt(screen) ? join(buffer, size, "exit", none, "\n") : 0;
    case PLAN_YES:
        return plan_is_cluster_question(screen) ? join(buffer, size, "Y", none, "\n") : 0;
    case PLAN_MORE:
        return plan_is_pager(screen) ? join(buffer, size, " ", none, "") : 0;
    case PLAN_INTERRUPT:
        return join(buffer, size, "\003", none, "");
    case PLAN_BATCH:
        if (screen.n == 0 && plan_is_grep(text))
            return join(buffer, size, "", text, "");
        /* fall through */
    case PLAN_BATCH_CLUSTER:
        command = screen.n == 0 ? listed(text, input == PLAN_BATCH_CLUSTER) : NULL;
        return command == NULL
                   ? 0
                   : join(buffer, size, input == PLAN_BATCH ? "" : "clustermode cluster ; ",
                          text_of(command), "");
    }
    return 0;
}
