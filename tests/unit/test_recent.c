/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugin/fetch/recent.h"

/* One appliance, asked by one run, with a folder of its own. */
static char home[64];
static struct config config;
static struct config_node node;
static struct fetch fetch;
static struct span bytes;
static int64_t taken_at;

static int begin_test(void **state)
{
    (void)set_up(state);
    (void)snprintf(home, sizeof(home), "/tmp/postcheck-unit-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    config = (struct config){.cache_dir = arena_printf(&arena, "%s/a/cache", home)};
    node = (struct config_node){.name = "esa1.example.com", .https_port = 443};
    fetch = (struct fetch){.arena = &arena,
                           .config = &config,
                           .node = &node,
                           .deadline_ms = fetch_now_ms() + 60 * 1000};
    fault = (struct fault){.kind = FAULT_NONE};
    return 0;
}

/* Removes what a test may have left in HOME: two levels of folders and the files in the last. */
static int end_test(void **state)
{
    static const char *const left[] = {"a/cache/esa1.example.com_443",
                                       "a/cache/esa1.example.com_443.lock",
                                       "a/cache/esa1.example.com_443.new",
                                       "a/cache/esa1.example.com_8443",
                                       "a/cache/esa1.example.com_8443.lock",
                                       "a/cache/esa2.example.com_443",
                                       "a/cache/esa2.example.com_443.lock",
                                       "a/cache",
                                       "a/elsewhere",
                                       "a",
                                       "postcheck/esa1.example.com_443",
                                       "postcheck/esa1.example.com_443.lock",
                                       "postcheck",
                                       ".cache/postcheck/esa1.example.com_443",
                                       ".cache/postcheck/esa1.example.com_443.lock",
                                       ".cache/postcheck",
                                       ".cache",
                                       "victim"};
    recent_end(&fetch, (struct span){NULL, 0});
    for (size_t i = 0; i < COUNT(left); i++)
        (void)remove(arena_printf(&arena, "%s/%s", home, left[i]));
    int removed = rmdir(home);
    (void)tear_down(state);
    return removed;
}

static enum recent begin(void)
{
    return recent_begin(&fetch, &bytes, &taken_at, &fault);
}

static const char *note_path(void)
{
    return arena_printf(&arena, "%s/esa1.example.com_443", config.cache_dir);
}

static void write_note(const char *text)
{
    int fd = open(note_path(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void asks_once_and_keeps_the_answer(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL);
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, text_of("<status>\nsecond line\n</status>"));
    assert_int_equal(begin(), RECENT_ANSWER);
    assert_span(bytes, "<status>\nsecond line\n</status>");
    assert_true(taken_at >= before && taken_at <= (int64_t)time(NULL));
    assert_int_equal(begin(), RECENT_ANSWER);
}

static void remembers_a_question_without_answer(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, (struct span){NULL, 0});
    assert_int_equal(begin(), RECENT_NO_ANSWER);
    assert_int_equal(bytes.n, 0);
    assert_true((int64_t)time(NULL) - taken_at < RECENT_S);
}

/* What a process leaves that is killed between asking and the answer. */
static void the_attempt_is_noted_at_once(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    assert_int_equal(access(note_path(), R_OK), 0);
    assert_int_equal(begin(), RECENT_NO_ANSWER); /* the first begin lets go of its lock */
}

static void what_was_not_sent_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_cancel(&fetch);
    assert_int_equal(begin(), RECENT_ASK);
}

static void one_note_per_appliance_and_port(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, text_of("<one/>"));
    node.name = "esa2.example.com";
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, text_of("<two/>"));
    node.name = "ESA1.example.com"; /* the same appliance */
    assert_int_equal(begin(), RECENT_ANSWER);
    assert_span(bytes, "<one/>");
    node.https_port = 8443;
    assert_int_equal(begin(), RECENT_ASK);
}

/* A minute is over, a clock went backwards, and notes that are none of ours: all are asked. */
static void other_notes_do_not_count(void **state)
{
    long long now = (long long)time(NULL);
    const char *notes[] = {
        arena_printf(&arena, "postcheck.recent/1 %lld answer\n<old/>", now - RECENT_S - 1),
        arena_printf(&arena, "postcheck.recent/1 %lld answer\n<later/>", now + 3600),
        arena_printf(&arena, "postcheck.recent/2 %lld answer\n<other/>", now),
        arena_printf(&arena, "postcheck.recent/1 %lldanswer\n<broken/>", now),
        "postcheck.recent/1 99999999999999999999 answer\n<big/>",
        "postcheck.recent/1  answer\n",
        "postcheck.recent/1 ",
        "\n",
        "",
    };
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, (struct span){NULL, 0});
    for (size_t i = 0; i < COUNT(notes); i++) {
        write_note(notes[i]);
        assert_int_equal(begin(), RECENT_ASK);
        recent_end(&fetch, (struct span){NULL, 0});
    }
    write_note(arena_printf(&arena, "postcheck.recent/1 %lld answer\n<new/>", now));
    assert_int_equal(begin(), RECENT_ANSWER);
    assert_span(bytes, "<new/>");
    write_note(arena_printf(&arena, "postcheck.recent/1 %lld asked\n<what/>", now));
    assert_int_equal(begin(), RECENT_NO_ANSWER);
}

static void modes_are_private(void **state)
{
    struct stat info;
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, text_of("<status/>"));
    assert_int_equal(stat(config.cache_dir, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(stat(note_path(), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_not_equal(access(arena_printf(&arena, "%s.new", note_path()), F_OK), 0);
}

static void refuses_a_folder_that_others_may_write_to(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, (struct span){NULL, 0});
    assert_int_equal(chmod(config.cache_dir, 0777), 0);
    assert_int_equal(begin(), RECENT_NO_PLACE);
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    assert_non_null(strstr(fault.text, "cache_dir"));
}

static void follows_no_link(void **state)
{
    struct stat info;
    (void)state;
    const char *victim = arena_printf(&arena, "%s/victim", home);
    const char *elsewhere = arena_printf(&arena, "%s/a/elsewhere", home);
    assert_int_equal(begin(), RECENT_ASK);
    recent_cancel(&fetch);
    assert_int_equal(symlink(victim, note_path()), 0);
    assert_int_equal(begin(), RECENT_ASK);
    recent_end(&fetch, text_of("<status/>"));
    assert_int_not_equal(access(victim, F_OK), 0);
    assert_int_equal(lstat(note_path(), &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_int_equal(symlink(config.cache_dir, elsewhere), 0);
    config.cache_dir = elsewhere;
    assert_int_equal(begin(), RECENT_NO_PLACE);
}

/* The lock of another run, as another open file has it; no time is left to wait for it. */
static void waits_no_longer_than_its_time(void **state)
{
    (void)state;
    assert_int_equal(begin(), RECENT_ASK);
    recent_cancel(&fetch);
    int fd = open(arena_printf(&arena, "%s.lock", note_path()), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    fetch.deadline_ms = fetch_now_ms();
    assert_int_equal(begin(), RECENT_NO_PLACE);
    assert_int_equal(fault.kind, FAULT_BUSY);
    (void)close(fd);
    assert_int_equal(begin(), RECENT_ASK);
}

static void a_name_that_is_no_file_name_is_refused(void **state)
{
    char name[300];
    (void)state;
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    node.name = name;
    assert_int_equal(begin(), RECENT_NO_PLACE);
    node.name = "../esa1";
    assert_int_equal(begin(), RECENT_NO_PLACE);
    assert_int_equal(fault.kind, FAULT_INTERNAL);
}

static void finds_a_folder_in_the_environment(void **state)
{
    (void)state;
    const char *given = arena_printf(&arena, "%s/postcheck", home);
    config.cache_dir = NULL;
    (void)setenv("CACHE_DIRECTORY", arena_printf(&arena, "%s:/nonexistent", given), 1);
    assert_int_equal(begin(), RECENT_ASK);
    recent_cancel(&fetch);
    assert_int_equal(access(arena_printf(&arena, "%s/esa1.example.com_443.lock", given), F_OK), 0);
    (void)unsetenv("CACHE_DIRECTORY");
    (void)setenv("XDG_CACHE_HOME", "relative/is/ignored", 1);
    (void)setenv("HOME", home, 1);
    assert_int_equal(begin(), RECENT_ASK);
    recent_cancel(&fetch);
    given = arena_printf(&arena, "%s/.cache/postcheck/esa1.example.com_443.lock", home);
    assert_int_equal(access(given, F_OK), 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        test(asks_once_and_keeps_the_answer),
        test(remembers_a_question_without_answer),
        test(the_attempt_is_noted_at_once),
        test(what_was_not_sent_does_not_count),
        test(one_note_per_appliance_and_port),
        test(other_notes_do_not_count),
        test(modes_are_private),
        test(refuses_a_folder_that_others_may_write_to),
        test(follows_no_link),
        test(waits_no_longer_than_its_time),
        test(a_name_that_is_no_file_name_is_refused),
        test(finds_a_folder_in_the_environment),
    };
#undef test
    return cmocka_run_group_tests(tests, NULL, NULL);
}
