/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/journal.h"

static char path[] = "/tmp/journal-XXXXXX";

static int begin(void **state)
{
    (void)set_up(state);
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    fault = (struct fault){.kind = FAULT_NONE};
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
    (void)unlink(path);
    return tear_down(state);
}

static void write_bytes(const char *bytes, size_t n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

static struct journal_event *events;
static size_t count;

static const char good[] = "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1.example.com\","
                           "\"event\":\"down\",\"was\":\"drained\",\"document\":null}\n";

static void what_is_appended_is_read(void **state)
{
    (void)state;
    const struct journal_event a = {1772933530,  "esa1.example.com", "suspended", "planned",
                                    "suspended", "cli/status.txt",   NULL};
    const struct journal_event b = {
        1772933590,  "esa2.example.com", "up", "down", "up-new", "sma1.example.com/cli/version.txt",
        "15.0.3-002"};
    const struct journal_event c = {1772933591, "esa2.example.com", "verified", NULL, NULL, NULL,
                                    NULL};
    for (int round = 0; round < 2; round++) { /* opened again, nothing is lost */
        int fd = journal_open(path, &fault);
        assert_true(fd >= 0);
        assert_true(journal_append(fd, &a, &fault) && journal_append(fd, &b, &fault) &&
                    journal_append(fd, &c, &fault));
        assert_int_equal(close(fd), 0);
    }
    assert_true(journal_read(&arena, path, &events, &count, &fault));
    assert_int_equal(count, 6);
    assert_int_equal(events[3].at, a.at);
    assert_string_equal(events[3].was, "planned");
    assert_string_equal(events[4].stage, "up-new");
    assert_null(events[3].release);
    assert_string_equal(events[4].node, b.node);
    assert_string_equal(events[4].event, "up");
    assert_string_equal(events[4].document, b.document);
    assert_string_equal(events[4].release, "15.0.3-002");
    assert_null(events[5].was);
    assert_null(events[5].document);
}

static void what_is_not_there_is_empty(void **state)
{
    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_true(journal_read(&arena, path, &events, &count, &fault));
    assert_int_equal(count, 0);
    int fd = journal_open(path, &fault);
    struct stat info;
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(close(fd), 0);
    assert_true(journal_read(&arena, path, &events, &count, &fault) && count == 0);
}

/* A kill or a full disk cuts a line anywhere; what was whole is read, and the next one follows. */
static void a_torn_last_line(void **state)
{
    (void)state;
    const struct journal_event next = {1, "esa1.example.com", "up", "down", NULL, NULL, NULL};
    char text[2 * sizeof(good)];
    const size_t n = sizeof(good) - 1;
    (void)snprintf(text, sizeof(text), "%s%s", good, good);
    for (size_t cut = n + 1; cut < 2 * n; cut++) {
        write_bytes(text, cut);
        assert_true(journal_read(&arena, path, &events, &count, &fault));
        assert_int_equal(count, 1);
        int fd = journal_open(path, &fault);
        assert_true(fd >= 0 && journal_append(fd, &next, &fault));
        assert_int_equal(close(fd), 0);
        assert_true(journal_read(&arena, path, &events, &count, &fault));
        assert_int_equal(count, 2);
        assert_string_equal(events[1].event, "up");
    }
}

static void what_is_no_event(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "down",
        "[]",
        "{}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1.example.com\"}",
        "{\"at\":\"2026-03-08T01:32:10\",\"node\":\"esa1.example.com\",\"event\":\"down\"}",
        "{\"at\":\"2026-02-30T01:32:10Z\",\"node\":\"esa1.example.com\",\"event\":\"down\"}",
        "{\"at\":1772933530,\"node\":\"esa1.example.com\",\"event\":\"down\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"../../etc\",\"event\":\"down\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"exploded\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\",\"was\":\"asleep\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\",\"stage\":\"away\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\",\"event\":\"up\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\","
        "\"document\":\"a\\u001b[2Jb\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\","
        "\"document\":\"\xff\xfe\"}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\",\"release\":15}",
        "{\"at\":\"2026-03-08T01:32:10Z\",\"node\":\"esa1\",\"event\":\"down\"} {}",
        "\x1b[2J",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        write_text(arena_printf(&arena, "%s%s\n%s", good, lines[i], good));
        if (journal_read(&arena, path, &events, &count, &fault))
            fail_msg("taken: %s", lines[i]);
        assert_int_equal(fault.line, 2);
        assert_non_null(strstr(fault.text, "line 2"));
    }
    char *line = arena_alloc(&arena, JOURNAL_LINE + 200); /* a good one, but for its length */
    memset(line, ' ', JOURNAL_LINE + 100);
    line[JOURNAL_LINE + 99] = '\n';
    memcpy(line, good, sizeof(good) - 2);
    write_text(line);
    assert_false(journal_read(&arena, path, &events, &count, &fault));
    write_bytes("{\"at\":\0}\n", 9);
    assert_false(journal_read(&arena, path, &events, &count, &fault));
}

static void what_is_no_journal(void **state)
{
    (void)state;
    char *long_line = arena_alloc(&arena, 3 * JOURNAL_LINE);
    memset(long_line, 'x', 3 * JOURNAL_LINE - 1);
    write_text(long_line);
    assert_int_equal(journal_open(path, &fault), -1);
    assert_non_null(strstr(fault.text, "no journal of ours"));
    assert_int_equal(journal_open("/dev/null", &fault), -1);
    assert_non_null(strstr(fault.text, "not a regular file"));
    assert_int_equal(journal_open("/nowhere/at/all", &fault), -1);
    assert_false(journal_read(&arena, "/", &events, &count, &fault));
    const struct journal_event hostile = {1, "esa1\xff", "up", NULL, NULL, NULL, NULL};
    write_text("");
    int fd = journal_open(path, &fault);
    assert_true(fd >= 0);
    assert_false(journal_append(fd, &hostile, &fault));
    struct stat info;
    assert_true(fstat(fd, &info) == 0 && info.st_size == 0);
    assert_int_equal(close(fd), 0);
}

#define journal(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        journal(what_is_appended_is_read), journal(what_is_not_there_is_empty),
        journal(a_torn_last_line),         journal(what_is_no_event),
        journal(what_is_no_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
