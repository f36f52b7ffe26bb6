/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/plan.h"

#include <stdio.h>

#include "checks/registry.h"
#include "plugin/fetch/log.h"
#include "tests/unit/unit.h"

#define QUESTION                                                                                   \
    "This command is restricted to \"cluster\" mode.  Would you like to switch to \"cluster\" "    \
    "mode? [Y]> "

static const char *const prompts[] = {
    "esa1.example.com> ",
    "esa1> ",
    "(Machine esa1.example.com)> ",
    "(Cluster hq)> ",
    "(Cluster Head Quarters 2.0)> ",
    "(Group Main_Group)> ",
    "(Group Main Group) > ",
};

/* What looks like a prompt, a pager or the question, and is none. */
static const char *const others[] = {
    "",
    " ",
    "> ",
    "[]> ",
    "[1]> ",
    "esa1.example.com>",
    " esa1.example.com> ",
    "esa1.example.com > ",
    "esa1.example.com>  ",
    "esa1.example.com> status",
    "-esa1> ",
    "a b> ",
    "(Machine )> ",
    "(Machine esa1;id)> ",
    "(Machine esa1.example.com)> x",
    "(Machine esa1.example.com)>",
    "(Cluster a>b)> ",
    "(Cluster a\tb)> ",
    "(Realm x)> ",
    "Press Any Key For More",
    "-Press Any Key For More- x",
    "How do you want to resolve this inconsistency? [1]> ",
    "This command is restricted to \"machine\" mode.  Would you like to switch to \"machine\" "
    "mode? [Y]> ",
    "This command is restricted to \"cluster\" mode.  Would you like to reset the \"cluster\" "
    "mode? [Y]> ",
    "Reset all? " QUESTION,
    QUESTION "Really reset all? [Y]> ",
    "This command is restricted to \"cluster\" mode. [Y]> ",
    "Thiscommand is restricted to \"cluster\" mode. Would you like to switch to \"cluster\" mode? "
    "[Y]> ",
    "Password: ",
    "Do you wish to proceed with the upgrade? [Y]> ",
};

static const char *const pagers[] = {"-Press Any Key For More-", "-Press Any Key For More- ",
                                     "text in front-Press Any Key For More-"};

static const char *const questions[] = {
    QUESTION,
    "This command is restricted to \"cluster\" mode.  Would you like to switch to\r\n"
    "\"cluster\" mode? [Y]> ",
    "\r\n" QUESTION,
};

/* Whatever a caller could ask for, allowed or not. */
static const char *const texts[] = {
    "",
    "\n",
    "version",
    "status detail",
    "status",
    "displayalerts",
    "workqueue status",
    "featurekey",
    "clusterconfig list",
    "clusterconfig connstatus",
    "clustercheck",
    "version\n",
    " version",
    "version ",
    "VERSION",
    "status detail ; suspend",
    "status;suspend",
    "version\nsuspend",
    "version\r",
    "version\003",
    "clusterconfig",
    "clusterconfig disconnect",
    "workqueue pause",
    "workqueue",
    "featurekey activate",
    "commit",
    "reboot",
    "upgrade",
    "resume",
    "Y",
    "1",
    "exit",
    "clustermode cluster ; clustercheck",
    "esa1.example.com",
    "esa1",
    "ESA-1_b.example.com",
    "esa1 ; commit",
    "esa1;commit",
    "esa1\ncommit",
    "esa1\rcommit",
    "esa1\003",
    "esa1\033[A",
    "esa1\177",
    "-esa1",
    ".esa1",
    "esa1/x",
    "$(id)",
    "`id`",
    "esa1\xc3\xa9",
    "/esa/api/v2.0/health/system_status",
    "/xml/status",
    "mail_logs",
    "grep -e \"Sun Mar  8 04:\" mail_logs",
    "grep -e \"Sat Dec 31 23:\" my_status.log-2",
    "grep -e \"Sun Mar  8 \" status",
    "grep -e \"Sun Mar 08 04:\" mail_logs",
    "grep -e \"Sun Mar 8 04:\" mail_logs",
    "grep -e \"Sun Mar  0 04:\" mail_logs",
    "grep -e \"Sun Mar 32 04:\" mail_logs",
    "grep -e \"Sun Mar  8 24:\" mail_logs",
    "grep -e \"Sun Mar  8 4:\" mail_logs",
    "grep -e \"Sun Mar  8 0\" mail_logs",
    "grep -e \"Sun Mar  8 04:0\" mail_logs",
    "grep -e \"Sun Mar  8\" mail_logs",
    "grep -e \"Sun Mar \" mail_logs",
    "grep -e \".\" mail_logs",
    "grep -e \"\" mail_logs",
    "grep -e \"sun Mar  8 04:\" mail_logs",
    "grep -e \"Xyz Mar  8 04:\" mail_logs",
    "grep -e \"Sun Mxr  8 04:\" mail_logs",
    "grep -e 'Sun Mar  8 04:' mail_logs",
    "grep -e Sun mail_logs",
    "grep -e \"Sun Mar  8 04:\"",
    "grep -e \"Sun Mar  8 04:\" ",
    "grep -e \"Sun Mar  8 04:\"  mail_logs",
    "grep -e \"Sun Mar  8 04:\" mail_logs ",
    "grep -e \"Sun Mar  8 04:\" mail_logs\n",
    "grep -e \"Sun Mar  8 04:\" mail_logs status",
    "grep -e \"Sun Mar  8 04:\" mail_logs ; commit",
    "grep -e \"Sun Mar  8 04:\" mail_logs;commit",
    "grep -e \"Sun Mar  8 04:\" mail_logs\003",
    "grep -e \"Sun Mar  8 04:\" -t",
    "grep -e \"Sun Mar  8 04:\" -p mail_logs",
    "grep -e \"Sun Mar  8 04:\" .mail_logs",
    "grep -e \"Sun Mar  8 04:\" ../mail_logs",
    "grep -e \"Sun Mar  8 04:\" m\xc3\xa4il",
    "grep -e \"Sun Mar  8 04:\" "
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "grep -i -e \"Sun Mar  8 04:\" mail_logs",
    "grep -t -e \"Sun Mar  8 04:\" mail_logs",
    "grep  -e \"Sun Mar  8 04:\" mail_logs",
    "GREP -e \"Sun Mar  8 04:\" mail_logs",
    "tail mail_logs",
};

/* Every line that may ever reach a channel, written by hand and not read from the table. */
static const char *const lines[] = {
    "version\n",
    "status detail\n",
    "status\n",
    "displayalerts\n",
    "workqueue status\n",
    "featurekey\n",
    "clusterconfig list\n",
    "clusterconfig connstatus\n",
    "clustercheck\n",
    "exit\n",
    "Y\n",
    " ",
    "\003",
    "version",
    "status detail",
    "status",
    "displayalerts",
    "workqueue status",
    "featurekey",
    "clusterconfig list",
    "clusterconfig connstatus",
    "clustercheck",
    "clustermode cluster ; clusterconfig list",
    "clustermode cluster ; clusterconfig connstatus",
    "clustermode cluster ; clustercheck",
    "grep -e \"Sun Mar  8 04:\" mail_logs\n",
    "grep -e \"Sat Dec 31 23:\" my_status.log-2\n",
    "grep -e \"Sun Mar  8 \" status\n",
    "grep -e \"Sun Mar  8 04:\" mail_logs",
    "grep -e \"Sat Dec 31 23:\" my_status.log-2",
    "grep -e \"Sun Mar  8 \" status",
    "clustermode machine mail_logs\n",
    "clustermode machine version\n", /* host names, though odd ones */
    "clustermode machine status\n",
    "clustermode machine displayalerts\n",
    "clustermode machine featurekey\n",
    "clustermode machine clustercheck\n",
    "clustermode machine VERSION\n",
    "clustermode machine clusterconfig\n",
    "clustermode machine workqueue\n",
    "clustermode machine commit\n",
    "clustermode machine reboot\n",
    "clustermode machine upgrade\n",
    "clustermode machine resume\n",
    "clustermode machine Y\n",
    "clustermode machine 1\n",
    "clustermode machine exit\n",
    "clustermode machine esa1.example.com\n",
    "clustermode machine esa1\n",
    "clustermode machine ESA-1_b.example.com\n",
};

static bool is_listed(struct span sent)
{
    for (size_t i = 0; i < COUNT(lines); i++)
        if (strlen(lines[i]) == sent.n && memcmp(lines[i], sent.p, sent.n) == 0)
            return true;
    return false;
}

static bool is_in(const char *screen, const char *const list[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(screen, list[i]) == 0)
            return true;
    return false;
}

/* May INPUT be sent at SCREEN at all? */
static bool fits(enum plan_input input, const char *screen)
{
    if (input == PLAN_INTERRUPT)
        return true;
    if (input == PLAN_YES)
        return is_in(screen, questions, COUNT(questions));
    if (input == PLAN_MORE)
        return is_in(screen, pagers, COUNT(pagers));
    if (input == PLAN_BATCH || input == PLAN_BATCH_CLUSTER)
        return screen[0] == '\0';
    return is_in(screen, prompts, COUNT(prompts));
}

static void try_all(const char *screen, size_t *sent_count)
{
    char buffer[512];
    for (int input = PLAN_COMMAND; input <= PLAN_BATCH_CLUSTER; input++)
        for (size_t t = 0; t < COUNT(texts); t++) {
            struct span text = text_of(texts[t]);
            size_t n = plan_may_send((enum plan_input)input, text, text_of(screen), buffer,
                                     sizeof(buffer));
            if (n == 0)
                continue;
            struct span sent = {buffer, n};
            if (!is_listed(sent) || !fits((enum plan_input)input, screen))
                fail_msg("input %d, text '%s', screen '%s' sends '%s'", input, texts[t], screen,
                         buffer);
            assert_true(text_trim(sent).n != 0 || input == PLAN_MORE);
            assert_true(input != PLAN_MACHINE || text_starts(sent, "clustermode machine "));
            (*sent_count)++;
        }
}

static void nothing_outside_the_list_is_sent(void **state)
{
    (void)state;
    const struct {
        const char *const *screens;
        size_t count;
    } all[] = {{prompts, COUNT(prompts)},
               {others, COUNT(others)},
               {pagers, COUNT(pagers)},
               {questions, COUNT(questions)}};
    size_t sent = 0;
    for (size_t a = 0; a < COUNT(all); a++)
        for (size_t i = 0; i < all[a].count; i++)
            try_all(all[a].screens[i], &sent);
    assert_true(sent > 200); /* the gate opens, too */
}

/* What log.c makes, the gate lets through: all days and hours. */
static void every_hour_of_a_year_can_be_searched(void **state)
{
    (void)state;
    struct span prompt = text_of("esa1.example.com> ");
    char buffer[128];
    for (int64_t hour = 0; hour < 366 * 24; hour++) {
        struct log_part parts[LOG_PARTS];
        int64_t now = 1772928000 + hour * 3600;
        assert_int_equal(log_hours(now, now, parts), 2);
        const char *command = log_command(&arena, &parts[0], "mail_logs");
        if (plan_may_send(PLAN_COMMAND, text_of(command), prompt, buffer, sizeof(buffer)) == 0)
            fail_msg("%s", command);
        size_t days = log_days(now, parts);
        for (size_t i = 0; i < days; i++)
            assert_true(plan_is_grep(text_of(log_command(&arena, &parts[i], "status"))));
    }
}

static void each_row_can_be_asked_and_nothing_else(void **state)
{
    (void)state;
    char buffer[128];
    struct span prompt = text_of("esa1.example.com> ");
    for (size_t i = 0; i < plan_row_count; i++) {
        const struct fetch_row *row = &plan_rows[i];
        if (row->how == FETCH_LOG) { /* a name; that of one is also a command */
            assert_true(plan_is_log_name(text_of(row->ask)));
            continue;
        }
        size_t n = plan_may_send(PLAN_COMMAND, text_of(row->ask), prompt, buffer, sizeof(buffer));
        assert_int_equal(n != 0, row->how == FETCH_CLI);
        if (n != 0)
            assert_int_equal(n, strlen(row->ask) + 1);
        bool cluster = plan_may_send(PLAN_BATCH_CLUSTER, text_of(row->ask), text_of(NULL), buffer,
                                     sizeof(buffer)) != 0;
        assert_int_equal(cluster, row->how == FETCH_CLI && row->mode == FETCH_MODE_CLUSTER);
    }
}

static void a_small_buffer_is_no_short_command(void **state)
{
    (void)state;
    char buffer[9] = "untouch";
    struct span prompt = text_of("esa1> ");
    assert_int_equal(plan_may_send(PLAN_COMMAND, text_of("version"), prompt, buffer, 8), 0);
    assert_int_equal(plan_may_send(PLAN_COMMAND, text_of("version"), prompt, buffer, 9), 8);
    assert_string_equal(buffer, "version\n");
    assert_int_equal(plan_may_send(PLAN_INTERRUPT, text_of(NULL), prompt, buffer, 1), 0);
    assert_int_equal(plan_may_send(PLAN_INTERRUPT, text_of(NULL), prompt, buffer, 0), 0);
}

static void a_long_host_is_no_host(void **state)
{
    (void)state;
    char host[300], buffer[512];
    struct span prompt = text_of("(Cluster hq)> ");
    memset(host, 'a', sizeof(host));
    struct span name = {host, 253};
    assert_int_equal(plan_may_send(PLAN_MACHINE, name, prompt, buffer, sizeof(buffer)), 20 + 254);
    name.n = 254;
    assert_int_equal(plan_may_send(PLAN_MACHINE, name, prompt, buffer, sizeof(buffer)), 0);
    name.n = 4;
    host[3] = '\0';
    assert_int_equal(plan_may_send(PLAN_MACHINE, name, prompt, buffer, sizeof(buffer)), 0);
}

static void prompts_tell_place_and_name(void **state)
{
    (void)state;
    struct plan_prompt prompt;
    static const struct {
        const char *line, *name;
        enum plan_place place;
    } rows[] = {
        {"esa1.example.com> ", "esa1.example.com", PLAN_STANDALONE},
        {"(Machine esa1.example.com)> ", "esa1.example.com", PLAN_MACHINE_PLACE},
        {"(Group Main Group) > ", "Main Group", PLAN_GROUP_PLACE},
        {"(Cluster Head Quarters 2.0)> ", "Head Quarters 2.0", PLAN_CLUSTER_PLACE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(plan_prompt(text_of(rows[i].line), &prompt));
        assert_int_equal(prompt.place, rows[i].place);
        assert_span(prompt.name, rows[i].name);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        if (plan_is_prompt(text_of(others[i])))
            fail_msg("'%s' is no prompt", others[i]);
}

static void questions_are_told_from_prompts(void **state)
{
    (void)state;
    assert_true(plan_is_question(text_of("[]> ")));
    assert_true(plan_is_question(text_of("[3]> ")));
    assert_true(plan_is_question(text_of("Old passphrase: ")));
    assert_false(plan_is_question(text_of("(Machine esa1.example.com)> ")));
    assert_false(plan_is_question(text_of("System status: Online")));
    assert_false(plan_is_question(text_of("")));
    assert_false(plan_is_cluster_question(text_of("")));
}

static void every_kind_has_a_row(void **state)
{
    (void)state;
    size_t count;
    const struct document_kind **kinds = registry_kinds(&arena, &count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++)
        if (plan_row(kinds[i]) == NULL)
            fail_msg("%s cannot be asked for", kinds[i]->id);
    static const struct document_kind other = {.id = "cli/other.txt"};
    assert_null(plan_row(&other));
}

static void rows_are_bounded_and_in_order(void **state)
{
    (void)state;
    bool cluster = false;
    for (size_t i = 0; i < plan_row_count; i++) {
        const struct fetch_row *row = &plan_rows[i];
        assert_true(row->max_bytes > 0 && row->max_bytes <= (size_t)32 * 1024 * 1024);
        assert_true(row->limit_s > 0);
        assert_true(row->ask != NULL || row->how == FETCH_PAGE || row->how == FETCH_SNMP);
        assert_ptr_equal(plan_row(row->kind), row);
        if (row->how != FETCH_CLI)
            continue;
        assert_false(cluster && row->mode == FETCH_MODE_MACHINE);
        cluster = row->mode == FETCH_MODE_CLUSTER;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(nothing_outside_the_list_is_sent),
        with_arena(every_hour_of_a_year_can_be_searched),
        with_arena(each_row_can_be_asked_and_nothing_else),
        with_arena(a_small_buffer_is_no_short_command),
        with_arena(a_long_host_is_no_host),
        with_arena(prompts_tell_place_and_name),
        with_arena(questions_are_told_from_prompts),
        with_arena(every_kind_has_a_row),
        with_arena(rows_are_bounded_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
