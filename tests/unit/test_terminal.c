/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/terminal.h"

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_featurekey.h"
#include "checks/parse/cli_workqueue.h"
#include "tests/unit/unit.h"

#define PROMPT "(Machine esa1.example.com)> "
#define PAGER  "-Press Any Key For More-"
#define ERASE  "\r                         \r"
#define QUESTION                                                                                   \
    "This command is restricted to \"cluster\" mode.  Would you like to switch to \"cluster\" "    \
    "mode? [Y]> "

enum { ROOM = 64 * 1024 };

static struct terminal terminal;

/* Feeds TEXT in pieces of PIECE bytes and returns the event at the end. */
static enum terminal_event feed(const char *text, size_t piece)
{
    for (size_t n = strlen(text); n > 0;) {
        size_t now = n < piece ? n : piece;
        assert_true(terminal_feed(&terminal, text, now));
        text += now;
        n -= now;
    }
    return terminal_event(&terminal);
}

/* A terminal that has seen the login and PROMPT_TEXT. */
static void log_in(const char *prompt_text)
{
    terminal_init(&terminal, &arena);
    terminal_begin(&terminal, text_of(NULL), ROOM);
    assert_int_equal(
        feed("AsyncOS 15.0.3 for Cisco C600V build 002\r\n\r\nNOTE: expires\r\n\r\n", 7),
        TERMINAL_NOTHING);
    assert_int_equal(feed(prompt_text, 1), TERMINAL_PROMPT);
    terminal_learn(&terminal);
}

static void command(const char *text)
{
    terminal_answered(&terminal);
    terminal_begin(&terminal, text_of(text), ROOM);
    assert_int_equal(terminal_event(&terminal), TERMINAL_NOTHING);
}

static void the_prompt_is_learnt_at_login(void **state)
{
    (void)state;
    static const struct {
        const char *prompt, *name;
        enum plan_place place;
    } rows[] = {
        {"esa1.example.com> ", "esa1.example.com", PLAN_STANDALONE},
        {"\r\r(Machine esa1.example.com)> ", "esa1.example.com", PLAN_MACHINE_PLACE},
        {"(Cluster Head Quarters)> ", "Head Quarters", PLAN_CLUSTER_PLACE},
        {"(Group Main_Group) > ", "Main_Group", PLAN_GROUP_PLACE},
        {"\033[1m\033[Kesa1.example.com> ", "esa1.example.com", PLAN_STANDALONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        log_in(rows[i].prompt);
        assert_string_equal(terminal.name, rows[i].name);
        assert_int_equal(terminal.place, rows[i].place);
    }
}

static void what_is_no_prompt_ends_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "version\r\nesa2.example.com> ",             /* somebody else's */
        "version\r\n> ",                             /* a quotation */
        "version\r\nx (Machine esa1.example.com)> ", /* not at the begin of the line */
        "version\r\nesa1.example.com> x",
        "version\r\nesa1.example.com>",
        "version\r\nesa1.example.com> \r\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        log_in("esa1.example.com> ");
        command("version");
        if (feed(texts[i], 1) == TERMINAL_PROMPT)
            fail_msg("'%s' ends in no prompt of ours", texts[i]);
        assert_int_equal(feed("\r\nesa1.example.com> ", 3), TERMINAL_PROMPT);
    }
}

/* Pieces of any size give the same document and the same end. */
static void bytes_are_kept_as_they_came(void **state)
{
    (void)state;
    static const char answer[] =
        "workqueue status\r\nStatus as of: Sun Mar 08 04:00:20 2026 CET\r\n"
        "Status:   Operational\r\nMessages: 1\r\n" PROMPT;
    for (size_t piece = 1; piece < sizeof(answer); piece++) {
        log_in(PROMPT);
        command("workqueue status");
        assert_int_equal(feed(answer, piece), TERMINAL_PROMPT);
        struct span bytes = terminal_bytes(&terminal);
        assert_int_equal(bytes.n, strlen(PROMPT) + strlen(answer));
        assert_memory_equal(bytes.p, PROMPT, strlen(PROMPT));
        assert_memory_equal(bytes.p + strlen(PROMPT), answer, strlen(answer));
        struct cli_workqueue queue;
        assert_true(reads_as(&cli_workqueue_kind, bytes, &queue));
        assert_span(queue.host, "esa1.example.com");
    }
}

/* The prompt may be shown more than once before the echo comes. */
static void a_prompt_in_front_of_the_echo_is_an_old_one(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("version");
    assert_int_equal(feed("\r\n" PROMPT, 1), TERMINAL_NOTHING);
    assert_int_equal(feed("\r\n" PROMPT, 4), TERMINAL_NOTHING);
    assert_int_equal(feed("ver", 1), TERMINAL_NOTHING);
    assert_int_equal(feed("sion\r\n\r\nCurrent Version\r\n", 1), TERMINAL_NOTHING);
    assert_int_equal(feed(PROMPT, 1), TERMINAL_PROMPT);
}

static void an_echo_may_be_wrapped_or_missing(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "clusterconfig\r\n connstatus\r\n" PROMPT,
        "clusterconfig conn \r\rstatus\r\n" PROMPT,
        "clusterconfig \r\nconnstatus\r\n\r\n" PROMPT,
        "Cluster hq\r\n" PROMPT,
        "\r\nCluster hq\r\n" PROMPT,
        "clusterconfig connstatuS\r\n" PROMPT,
    };
    for (size_t i = 0; i < COUNT(answers); i++)
        for (size_t piece = 1; piece < 9; piece++) {
            log_in(PROMPT);
            command("clusterconfig connstatus");
            if (feed(answers[i], piece) != TERMINAL_PROMPT)
                fail_msg("'%s' ends", answers[i]);
        }
}

/* The answer before had not ended when something else stands in front of the echo. */
static void text_in_front_of_the_echo_is_stray(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool stray;
    } rows[] = {
        {"status detail\r\nStatus\r\n" PROMPT, false},
        {"status \r\ndetail\r\nStatus\r\n" PROMPT, false},
        {"\r\n" PROMPT "status detail\r\nStatus\r\n" PROMPT, false},
        {"\r\033[K" PROMPT "\r" PROMPT "status detail\r\nStatus\r\n" PROMPT, false},
        {"\r\na critical alert\r\n\r\n" PROMPT "status detail\r\nStatus\r\n" PROMPT, true},
        {"alert" PROMPT "status detail\r\nStatus\r\n" PROMPT, true},
        {"s\r\n" PROMPT "status detail\r\nStatus\r\n" PROMPT, false},
        {"no echo\r\n" PROMPT, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t piece = 1; piece < 60; piece += 7) {
            log_in(PROMPT);
            command("version");
            assert_int_equal(feed("version\r\nVersion: 1\r\n" PROMPT, piece), TERMINAL_PROMPT);
            assert_false(terminal.stray);
            command("status detail");
            (void)feed(rows[i].answer, piece);
            if (terminal.stray != rows[i].stray)
                fail_msg("'%s' in pieces of %zu", rows[i].answer, piece);
        }
}

/* Where nothing is ever echoed, nothing can be told. */
static void without_echoes_nothing_is_stray(void **state)
{
    (void)state;
    static const char *const commands[] = {"version", "status detail", "featurekey"};
    log_in(PROMPT);
    for (size_t i = 0; i < COUNT(commands); i++) {
        command(commands[i]);
        assert_int_equal(feed("Unknown command: featurekey\r\n" PROMPT, 5), TERMINAL_PROMPT);
        assert_false(terminal.stray);
    }
}

static void a_prompt_of_another_machine_ends_nothing(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("version");
    assert_int_equal(feed("version\r\n(Machine esa2.example.com)> ", 3), TERMINAL_NOTHING);
    assert_int_equal(feed("\r\n(Machine ESA1.example.com)> ", 3), TERMINAL_PROMPT);
    command("clusterconfig list");
    assert_int_equal(feed("clusterconfig list\r\n(Cluster hq)> ", 3), TERMINAL_PROMPT);
    terminal_learn(&terminal);
    command("clustermode machine");
    assert_int_equal(
        feed("clustermode machine esa2.example.com\r\n(Machine esa2.example.com)> ", 3),
        TERMINAL_PROMPT);
}

static void a_prompt_inside_an_answer_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned line;
    } rows[] = {
        {"esa1.example.com> version\r\nVersion: 1\r\nesa1.example.com> ", 0},
        {"esa1.example.com> \r\nesa1.example.com> version\r\nVersion\r\nesa1.example.com> ", 0},
        {"esa1.example.com> version\r\nesa2.example.com> \r\nVersion\r\nesa1.example.com> ", 0},
        {"esa1.example.com> version\r\nesa1.example.com> \r\nesa1.example.com> ", 0},
        {"esa1.example.com> version\r\n ESA1.example.com>\r\nVersion\r\nesa1.example.com> ", 2},
        {"esa1.example.com> version\r\na\r\nesa1.example.com> version\r\nesa1.example.com> ", 3},
        {"esa1.example.com> version\r\n(Machine x)> \r\nVersion\r\nesa1.example.com> ", 2},
        {"esa1.example.com> version\r\nx\r(Group x)> \r\nVersion\r\nesa1.example.com> ", 2},
        {"esa1.example.com> version\r\na (Machine x)> b\r\nesa1.example.com> ", 0},
        {"", 0},
    };
    log_in("esa1.example.com> ");
    for (size_t i = 0; i < COUNT(rows); i++)
        if (terminal_prompt_inside(&terminal, text_of(rows[i].bytes)) != rows[i].line)
            fail_msg("'%s'", rows[i].bytes);
}

static void the_pager_is_answered_once_each_time(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("displayalerts");
    assert_int_equal(feed("displayalerts\r\nfirst\r\n" PAGER, 1), TERMINAL_PAGER);
    assert_true(plan_is_pager(terminal_screen(&terminal)));
    terminal_answered(&terminal);
    assert_int_equal(terminal_event(&terminal), TERMINAL_NOTHING);
    static const char erase[] = ERASE;
    for (size_t i = 0; erase[i] != '\0'; i++) {
        const char byte[] = {erase[i], '\0'};
        assert_int_equal(feed(byte, 1), TERMINAL_NOTHING);
    }
    assert_int_equal(feed("second\r\n" PAGER, 1), TERMINAL_PAGER);
    terminal_answered(&terminal);
    assert_int_equal(feed(ERASE PROMPT, 1), TERMINAL_PROMPT);
}

/* The pager's erasure whose CR is lost, or none at all. */
static void a_prompt_behind_the_pager_is_seen(void **state)
{
    (void)state;
    static const char *const behind[] = {"                         " PROMPT, PROMPT, "\r\n" PROMPT,
                                         "\r" PROMPT};
    for (size_t i = 0; i < COUNT(behind); i++) {
        log_in(PROMPT);
        command("displayalerts");
        assert_int_equal(feed("displayalerts\r\nfirst\r\n" PAGER, 5), TERMINAL_PAGER);
        terminal_answered(&terminal);
        assert_int_equal(feed(behind[i], 1), TERMINAL_PROMPT);
    }
}

static void the_mode_question_is_recognised_and_nothing_like_it(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("clusterconfig list");
    assert_int_equal(feed("clusterconfig list\r\n\r\n" QUESTION, 1), TERMINAL_CLUSTER_QUESTION);
    assert_true(plan_is_cluster_question(terminal_screen(&terminal)));
    terminal_answered(&terminal);
    assert_int_equal(feed("Y\r\n\r\nCluster hq\r\n  Group Main_Group:\r\n    Machine "
                          "esa1.example.com (Serial #: 420B-6F21)\r\n(Cluster hq)> ",
                          1),
                     TERMINAL_PROMPT);
    terminal_learn(&terminal);
    assert_int_equal(terminal.place, PLAN_CLUSTER_PLACE);
    struct cli_clusterlist list;
    assert_true(reads_as(&cli_clusterlist_kind, terminal_bytes(&terminal), &list));
    assert_int_equal(list.count, 1);
    assert_span(list.machines[0].name, "esa1.example.com");

    command("clustercheck");
    assert_int_equal(feed("clustercheck\r\nThis command is restricted to \"machine\" mode.  Would "
                          "you like to switch to \"machine\" mode? [Y]> ",
                          1),
                     TERMINAL_QUESTION);
    assert_false(plan_is_cluster_question(terminal_screen(&terminal)));
}

static void a_wrapped_mode_question_is_recognised(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("clusterconfig list");
    assert_int_equal(feed("clusterconfig list\r\n\r\nThis command is restricted to \"cluster\" "
                          "mode.  Would you like to switch\r\nto \"cluster\" mode? [Y]> ",
                          1),
                     TERMINAL_CLUSTER_QUESTION);
    assert_true(plan_is_cluster_question(terminal_screen(&terminal)));
}

/* Text that ends with the question of the mode, but is about something else. */
static void another_question_around_it_is_another_question(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("clusterconfig list");
    assert_int_equal(feed("clusterconfig list\r\n" QUESTION "Reset everything? [Y]> ", 1),
                     TERMINAL_QUESTION);
    assert_false(plan_is_cluster_question(terminal_screen(&terminal)));
}

static void open_questions_stay_in_the_document(void **state)
{
    (void)state;
    log_in("(Cluster hq)> ");
    command("clustercheck");
    assert_int_equal(
        feed("clustercheck\r\n\r\nChecking Mail Policies...\r\nInconsistency found!\r\n"
             "  Mail Policies at Cluster hq:\r\n    esa1.example.com was updated Sun "
             "Mar 08 03:05:44 2026 CET by 'operator' on esa1.example.com\r\n\r\n"
             "How do you want to resolve this inconsistency?\r\n\r\n1. Force the "
             "entire cluster to use the esa1.example.com version.\r\n2. Ignore.\r\n"
             "[2]> ",
             1),
        TERMINAL_QUESTION);
    struct cli_clustercheck check;
    assert_true(reads_as(&cli_clustercheck_kind, terminal_bytes(&terminal), &check));
    assert_true(check.question_open);
    assert_int_equal(check.count, 1);

    terminal_answered(&terminal);
    terminal_begin(&terminal, text_of(NULL), 0);
    assert_int_equal(terminal_event(&terminal), TERMINAL_NOTHING);
    assert_int_equal(feed("^C\r\n", 1), TERMINAL_NOTHING);
    assert_int_equal(feed("(Cluster hq)> ", 1), TERMINAL_PROMPT);
}

static void a_menu_ends_the_feature_keys(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("featurekey");
    assert_int_equal(
        feed(
            "featurekey\r\n\r\nModule                    Quantity   Status   Remaining   "
            "Expiration Date\r\nIncoming Mail Handling    1          Active   Perpetual   N/A\r\n"
            "\r\nChoose the operation you want to perform:\r\n- ACTIVATE - Activate a key.\r\n[]> ",
            3),
        TERMINAL_QUESTION);
    struct cli_featurekey keys;
    assert_true(reads_as(&cli_featurekey_kind, terminal_bytes(&terminal), &keys));
    assert_int_equal(keys.count, 1);
}

static void a_colon_is_a_weak_sign(void **state)
{
    (void)state;
    log_in(PROMPT);
    command("version");
    assert_int_equal(feed("version\r\nModel: ", 1), TERMINAL_COLON);
    assert_int_equal(feed("C600V\r\n", 1), TERMINAL_NOTHING);
    assert_int_equal(feed("Old passphrase: ", 1), TERMINAL_COLON);
}

static void too_much_is_said_and_not_kept(void **state)
{
    (void)state;
    char block[1000];
    memset(block, 'x', sizeof(block));
    log_in(PROMPT);
    terminal_begin(&terminal, text_of("version"), 2500);
    assert_true(terminal_feed(&terminal, block, sizeof(block)));
    assert_true(terminal_feed(&terminal, block, sizeof(block)));
    assert_false(terminal_feed(&terminal, block, sizeof(block)));
    assert_int_equal(terminal_bytes(&terminal).n, 2500);
    assert_int_equal(terminal_event(&terminal), TERMINAL_NOTHING);
}

/* Behind Ctrl-C any number of bytes may still come before the prompt does. */
static void without_a_limit_only_the_end_is_kept(void **state)
{
    (void)state;
    char block[999];
    memset(block, 'x', sizeof(block));
    block[500] = '\n';
    log_in(PROMPT);
    terminal_begin(&terminal, text_of(NULL), 0);
    size_t before = arena.bytes;
    for (int i = 0; i < 5000; i++)
        assert_true(terminal_feed(&terminal, block, sizeof(block)));
    assert_true(arena.bytes - before < 128 * 1024);
    assert_int_equal(feed("^C\r\n" PROMPT, 1), TERMINAL_PROMPT);
}

static size_t dropped, dropped_lines;

static void count_dropped(void *context, struct span bytes)
{
    (void)context;
    assert_true(bytes.n > 0 && bytes.p[bytes.n - 1] == '\n');
    dropped += bytes.n;
    for (size_t i = 0; i < bytes.n; i++)
        dropped_lines += bytes.p[i] == '\n';
}

/* Of a log: whatever the pieces, whole lines go, and the prompt behind them is seen. */
static void of_a_long_log_the_end_is_kept(void **state)
{
    static const size_t pieces[] = {1, 7, 64, 1000};
    (void)state;
    for (size_t p = 0; p < COUNT(pieces); p++) {
        log_in(PROMPT);
        terminal_answered(&terminal);
        terminal_begin(&terminal, text_of("grep"), 32 * ROOM);
        terminal_keep(&terminal, 500, count_dropped, NULL);
        dropped = dropped_lines = 0;
        (void)feed("grep\r\n", pieces[p]);
        for (unsigned i = 0; i < 1000; i++) {
            const char *line = arena_printf(&arena, "line %u\r\n", i);
            assert_int_equal(feed(line, pieces[p]), TERMINAL_NOTHING);
        }
        assert_int_equal(feed(PROMPT, pieces[p]), TERMINAL_PROMPT);
        struct span bytes = terminal_bytes(&terminal);
        assert_true(bytes.n >= 500 && bytes.n < 1600);
        assert_true(text_starts(bytes, "line "));
        assert_true(text_ends(bytes, "line 999\r\n" PROMPT));
        size_t lines = dropped_lines;
        for (size_t i = 0; i < bytes.n; i++)
            lines += bytes.p[i] == '\n';
        assert_int_equal(lines, 1001);
    }
}

static void a_log_without_end_is_ended(void **state)
{
    bool more = true;
    (void)state;
    log_in(PROMPT);
    terminal_answered(&terminal);
    terminal_begin(&terminal, text_of("grep"), 5000);
    terminal_keep(&terminal, 500, count_dropped, NULL);
    (void)feed("grep\r\n", 10);
    for (unsigned i = 0; i < 500 && more; i++)
        more = terminal_feed(&terminal, "0123456789012345678\n", 20);
    assert_false(more);
}

static void hostile_bytes_are_no_prompt(void **state)
{
    (void)state;
    static const char bytes[] = "\033[\033[999\033]\b\b\b\r\b\a\0(Machine \0)> \xff\xfe\033";
    log_in(PROMPT);
    command("version");
    for (size_t piece = 1; piece < sizeof(bytes); piece++)
        for (size_t at = 0; at < sizeof(bytes); at += piece) {
            size_t n = sizeof(bytes) - at < piece ? sizeof(bytes) - at : piece;
            assert_true(terminal_feed(&terminal, bytes + at, n));
            assert_true(terminal_event(&terminal) != TERMINAL_PROMPT);
            (void)terminal_screen(&terminal);
        }
    assert_int_equal(feed("\r\n" PROMPT, 1), TERMINAL_PROMPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(the_prompt_is_learnt_at_login),
        with_arena(what_is_no_prompt_ends_nothing),
        with_arena(bytes_are_kept_as_they_came),
        with_arena(a_prompt_in_front_of_the_echo_is_an_old_one),
        with_arena(an_echo_may_be_wrapped_or_missing),
        with_arena(text_in_front_of_the_echo_is_stray),
        with_arena(without_echoes_nothing_is_stray),
        with_arena(a_prompt_of_another_machine_ends_nothing),
        with_arena(a_prompt_inside_an_answer_is_found),
        with_arena(the_pager_is_answered_once_each_time),
        with_arena(a_prompt_behind_the_pager_is_seen),
        with_arena(the_mode_question_is_recognised_and_nothing_like_it),
        with_arena(a_wrapped_mode_question_is_recognised),
        with_arena(another_question_around_it_is_another_question),
        with_arena(open_questions_stay_in_the_document),
        with_arena(a_menu_ends_the_feature_keys),
        with_arena(a_colon_is_a_weak_sign),
        with_arena(too_much_is_said_and_not_kept),
        with_arena(without_a_limit_only_the_end_is_kept),
        with_arena(of_a_long_log_the_end_is_kept),
        with_arena(a_log_without_end_is_ended),
        with_arena(hostile_bytes_are_no_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
