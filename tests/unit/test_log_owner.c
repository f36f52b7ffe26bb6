/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/log_writer.h"

#include "checks/log_owner.h"

/* The log of a collector: which lines are those of esa1.example.com? */

static const char *version_of_serial(const char *serial)
{
    return serial == NULL
               ? NULL
               : arena_printf(&arena,
                              "esa1.example.com> version\n\nCurrent Version\n===============\n"
                              "Product: Cisco C600V Email Security Virtual Appliance\n"
                              "Model: C600V\nVersion: 15.0.3-002\nSerial #: %s\n",
                              serial);
}

static struct question *question_of(const char *log, const char *version, const char *before)
{
    struct question *q = arena_alloc(&arena, sizeof(*q));
    struct fleet *fleets = arena_array(&arena, 2, sizeof(*fleets));
    for (size_t i = 0; i < 2; i++) {
        struct node *node = arena_alloc(&arena, sizeof(*node));
        node->documents = arena_array(&arena, 2, sizeof(*node->documents));
        node->name = "esa1.example.com";
        node->role = ROLE_ESA;
        const char *serial = i == 0 ? version : before;
        if (i == 0)
            node->documents[node->document_count++] =
                (struct document){.id = "log/mail_logs.txt", .bytes = text_of(log)};
        if (serial != NULL)
            node->documents[node->document_count++] = (struct document){
                .id = "cli/version.txt", .bytes = text_of(version_of_serial(serial))};
        fleets[i] = (struct fleet){node, 1};
    }
    q->arena = &arena;
    q->fleet = &fleets[0];
    q->baseline = before != NULL ? &fleets[1] : NULL;
    q->node = &fleets[0].nodes[0];
    return q;
}

static const char *why;

/* How many messages were received by whom it is taken to be; -1: that cannot be told. */
static int received(const char *log, const char *version, const char *before)
{
    const struct question *q = question_of(log, version, before);
    const struct mail_logs *facts = check_facts_of(q, q->node, &mail_logs_kind, NULL);
    assert_non_null(facts);
    assert_true(facts->several);
    why = "";
    const struct mail_logs *own = log_owner_part(q, q->node, facts, &why);
    assert_true(own == NULL || (!own->several && own->summary.lines == facts->summary.lines));
    return own == NULL ? -1 : (int)own->summary.messages.received;
}

/* COUNT messages, in the file form behind a header with SERIAL. */
static void write_file(struct log *log, const char *serial, unsigned count)
{
    say(log, UP, "Begin Logfile");
    say(log, UP, "Version: 15.0.3-002 SN: %s", serial);
    mails(log, UP + MINUTE, count, false, INSIDE, DELIVERED);
}

static void write_host(struct log *log, const char *host, unsigned count)
{
    log->head = host;
    mails(log, UP + MINUTE, count, false, INSIDE, DELIVERED);
}

static void by_the_host_field(void **state)
{
    (void)state;
    static const char *const own[] = {"esa1", "ESA1.example.com", "esa1.EXAMPLE.com"};
    for (size_t i = 0; i < COUNT(own); i++) {
        struct log log = {.day = 8};
        write_host(&log, "esa2", 3);
        write_host(&log, own[i], 5);
        write_host(&log, "esa3.example.com", 7);
        assert_int_equal(received(log.text, NULL, NULL), 5);
        /* A line without an envelope goes with the line before. */
        append(&log, "%s", "and more\n");
        assert_int_equal(received(log.text, NULL, NULL), 5);
    }
}

static void by_the_serial_number(void **state)
{
    (void)state;
    struct log log = {.day = 8};
    write_file(&log, "AAAA-1", 3);
    write_file(&log, "BBBB-2", 5);
    write_file(&log, "AAAA-1", 2);
    assert_int_equal(received(log.text, "BBBB-2", NULL), 5);
    assert_int_equal(received(log.text, "AAAA-1", NULL), 5);
    assert_int_equal(received(log.text, NULL, "bbbb-2"), 5); /* the baseline knows it */
    assert_int_equal(received(log.text, "CCCC-3", NULL), -1);
    assert_int_equal(received(log.text, NULL, NULL), -1);
    assert_string_equal(why, "the log holds lines of AAAA-1, BBBB-2, and none of them is known to "
                             "be esa1.example.com");
}

static void what_comes_before_a_header_is_of_the_first(void **state)
{
    (void)state;
    struct log log = {.day = 8};
    mails(&log, UP, 4, false, INSIDE, DELIVERED);
    write_file(&log, "AAAA-1", 3);
    write_file(&log, "BBBB-2", 5);
    assert_int_equal(received(log.text, "AAAA-1", NULL), 7);
    assert_int_equal(received(log.text, "BBBB-2", NULL), 5);
}

static void a_serial_number_outweighs_a_name(void **state)
{
    (void)state;
    struct log log = {.day = 8, .head = "esa1"};
    write_file(&log, "AAAA-1", 3);
    log.head = "mx2";
    write_file(&log, "BBBB-2", 5);
    assert_int_equal(received(log.text, NULL, NULL), 3);
    assert_int_equal(received(log.text, "BBBB-2", NULL), 5);
    assert_int_equal(received(log.text, "CCCC-3", NULL), -1);
}

static void two_of_one_name_are_not_told_apart(void **state)
{
    (void)state;
    struct log log = {.day = 8, .head = "esa1"};
    write_file(&log, "AAAA-1", 3);
    log.head = "esa1.example.com";
    write_file(&log, "BBBB-2", 5);
    assert_int_equal(received(log.text, NULL, NULL), -1);
    assert_non_null(strstr(why, "more than one of them may be esa1.example.com"));
    assert_int_equal(received(log.text, "AAAA-1", NULL), 3);
}

static void many_strangers_are_counted(void **state)
{
    (void)state;
    struct log log = {.day = 8};
    for (int i = 0; i < 9; i++)
        write_host(&log, arena_printf(&arena, "mx%d", i), 1);
    assert_int_equal(received(log.text, NULL, NULL), -1);
    assert_string_equal(why, "the log holds lines of mx0, mx1, mx2, mx3, mx4, mx5 and 3 more, and "
                             "none of them is known to be esa1.example.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(by_the_host_field),
        with_arena(by_the_serial_number),
        with_arena(what_comes_before_a_header_is_of_the_first),
        with_arena(a_serial_number_outweighs_a_name),
        with_arena(two_of_one_name_are_not_told_apart),
        with_arena(many_strangers_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
