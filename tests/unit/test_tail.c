/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tail_room.h"

/* -- One file ------------------------------------------------------------------------------- */

static void delivers_what_is_there_and_what_comes(void **state)
{
    (void)state;
    append("mail.current", "one\ntwo");
    follow("mail.current");
    assert_comes("one\ntwo");
    append("mail.current", " and\nthree\n");
    assert_comes("one\ntwo and\nthree\n");
}

static void fills_buffers_of_any_size(void **state)
{
    (void)state;
    append("mail.current", "0123456789\n");
    follow("mail.current");
    for (room.size = 1; room.size < 9; room.size++) {
        room.n = 0;
        append("mail.current", "abcdefghijklm\n");
        assert_comes(room.size == 1 ? "0123456789\nabcdefghijklm\n" : "abcdefghijklm\n");
    }
}

static void begins_at_the_end_when_asked(void **state)
{
    (void)state;
    append("mail.current", "old\n");
    assert_true(tail_add(room.tail, path_of("mail.current"), TAIL_FROM_END, &fault));
    append("mail.current", "new\n");
    assert_comes("new\n");
}

static void waits_for_a_file_that_is_missing(void **state)
{
    (void)state;
    follow("later/mail.current");
    assert_comes("<gone>");
    assert_int_equal(mkdir(path_of("later"), 0700), 0);
    append("later/mail.current", "one\n");
    assert_comes("<gone><appeared>one\n");
}

static void tells_that_a_file_was_removed(void **state)
{
    (void)state;
    append("mail.current", "one\n");
    follow("mail.current");
    assert_comes("one\n");
    assert_int_equal(unlink(path_of("mail.current")), 0);
    assert_comes("one\n<gone>");
    append("mail.current", "two\n");
    assert_comes("one\n<gone><appeared>two\n");
}

static void reads_what_comes_after_a_lost_event(void **state)
{
    (void)state;
    append("mail.current", "one\n");
    follow("mail.current");
    assert_comes("one\n");
    for (int i = 0; i < 20000; i++) { /* the queue holds 16384 events */
        append(i % 2 ? "other" : "another", "");
        assert_int_equal(unlink(path_of(i % 2 ? "other" : "another")), 0);
    }
    move("mail.current", "mail.@1.s");
    append("mail.current", "two\n");
    assert_comes("one\n<rotated>two\n");
}

static void sleeps_when_nothing_happens(void **state)
{
    (void)state;
    append("mail.current", "one\n");
    follow("mail.current");
    assert_comes("one\n");
    const uint64_t wakes = tail_wakes(room.tail);
    const int64_t start = milliseconds();
    while (milliseconds() - start < 1500) {
        (void)tail_wait(room.tail, 1500);
        take_all();
    }
    assert_true(tail_wakes(room.tail) - wakes <= 6);
}

static void refuses_what_cannot_be_followed(void **state)
{
    (void)state;
    assert_false(tail_add(room.tail, room.folder, TAIL_FROM_START, &fault));
    assert_string_equal(fault.text, "is a folder: name the file in it that grows");
    assert_string_equal(fault.origin, room.folder);
    assert_false(tail_add(room.tail, "/dev/fd/9999", TAIL_FROM_START, &fault));
    assert_string_equal(fault.text, "cannot be read: Bad file descriptor");
}

/* -- Rotation ------------------------------------------------------------------------------- */

static void reads_a_renamed_file_to_its_end_before_the_next(void **state)
{
    (void)state;
    int old = append("mail.current", "one\n");
    follow("mail.current");
    assert_comes("one\n");
    move("mail.current", "mail.@20260308T040000.s");
    append("mail.current", "three\n");
    take_all();
    write_to(old, "two\n");
    assert_comes("one\ntwo\n<rotated>three\n");
    append("mail.current", "four\n");
    assert_comes("one\ntwo\n<rotated>three\nfour\n");
}

static void finishes_a_line_before_the_next_file(void **state)
{
    (void)state;
    int old = append("mail.current", "on");
    follow("mail.current");
    assert_comes("on");
    move("mail.current", "mail.@1.s");
    append("mail.current", "two\n");
    const int64_t start = milliseconds();
    while (milliseconds() - start < 3 * 50) { /* a whole line would be over after 50 */
        (void)tail_wait(room.tail, 10);
        take_all();
    }
    write_to(old, "e\n");
    assert_comes("one\n<rotated>two\n");
}

static void tells_of_a_line_that_nobody_finished(void **state)
{
    (void)state;
    int calls = 0;
    append("mail.current", "on");
    follow("mail.current");
    move("mail.current", "mail.@1.s");
    append("mail.current", "two\n");
    for (take_all(); room.n < strlen("on<rotated torn>two\n") && calls < 1000; calls++) {
        (void)tail_wait(room.tail, 1000);
        take_all();
    }
    assert_string_equal(room.bytes, "on<rotated torn>two\n");
    assert_true(calls > 1 && calls < 250); /* a second, in which it sleeps */
}

static void finds_files_that_came_and_went_between_two_looks(void **state)
{
    (void)state;
    append("mail.current", "1\n");
    follow("mail.current");
    assert_comes("1\n");
    for (int i = 2; i < 9; i++) {
        move("mail.current", arena_printf(&arena, "mail.@%d.s", 20 - i)); /* names in bad order */
        append("mail.current", arena_printf(&arena, "%d\n", i));
        tick();
    }
    assert_comes("1\n<rotated>2\n<rotated>3\n<rotated>4\n<rotated>5\n<rotated>6\n<rotated>7\n"
                 "<rotated>8\n");
}

static void reads_more_files_than_it_holds_open(void **state)
{
    (void)state;
    char *wanted = arena_dup(&arena, text_of("0\n"));
    append("mail.current", "0\n");
    follow("mail.current");
    for (int i = 1; i < 140; i++) {
        move("mail.current", arena_printf(&arena, "mail.@%d.s", i));
        append("mail.current", arena_printf(&arena, "%d\n", i));
        wanted = arena_printf(&arena, "%s<rotated>%d\n", wanted, i);
        tick();
    }
    assert_comes(wanted);
}

static void follows_numbered_files(void **state)
{
    (void)state;
    append("mail.log.1", "before\n");
    tick();
    append("mail.log", "1\n");
    follow("mail.log");
    assert_comes("1\n");
    for (int i = 2; i < 5; i++) {
        for (int number = i - 1; number > 0; number--)
            move(arena_printf(&arena, "mail.log.%d", number),
                 arena_printf(&arena, "mail.log.%d", number + 1));
        move("mail.log", "mail.log.1");
        append("mail.log", arena_printf(&arena, "%d\n", i));
        tick();
    }
    assert_comes("1\n<rotated>2\n<rotated>3\n<rotated>4\n");
}

static void takes_no_files_of_others(void **state)
{
    (void)state;
    append("mail.log", "1\n");
    follow("mail.log");
    assert_comes("1\n");
    move("mail.log", "mail.log.1");
    append("mail.err", "another log\n");
    append("mail.log.1.gz", "\x1f\x8b\x08 packed");
    append("xmail.log.1", "another log\n");
    append("mail.log", "2\n");
    assert_comes("1\n<rotated>2\n");
}

static void doubles_nothing_of_a_file_renamed_back(void **state)
{
    (void)state;
    append("mail.current", "1\n");
    follow("mail.current");
    assert_comes("1\n");
    move("mail.current", "aside");
    (void)tail_wait(room.tail, 1000);
    take_all();
    move("aside", "mail.current");
    append("mail.current", "2\n");
    assert_comes("1\n2\n");
}

static void follows_symbolic_links(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of("real"), 0700), 0);
    append("real/mail.current", "1\n");
    assert_int_equal(symlink("real/mail.current", path_of("link")), 0);
    follow("link");
    assert_comes("1\n");
    move("real/mail.current", "real/mail.@1.s");
    append("real/mail.current", "2\n");
    tick();
    move("real/mail.current", "real/mail.@2.s");
    append("real/mail.current", "3\n");
    assert_comes("1\n<rotated>2\n<rotated>3\n");
    append("other", "4\n");
    assert_int_equal(symlink("other", path_of("link.new")), 0);
    move("link.new", "link");
    assert_comes("1\n<rotated>2\n<rotated>3\n<rotated>4\n");
}

/* -- Truncation ----------------------------------------------------------------------------- */

static void notices_a_file_that_was_emptied(void **state)
{
    (void)state;
    append("mail.current", "one\ntw");
    follow("mail.current");
    assert_comes("one\ntw");
    assert_int_equal(truncate(path_of("mail.current"), 0), 0);
    assert_comes("one\ntw<truncated torn lost>");
    append("mail.current", "three\n");
    assert_comes("one\ntw<truncated torn lost>three\n");
}

static void notices_a_file_that_has_grown_again(void **state)
{
    (void)state;
    append("mail.current", "one\n");
    follow("mail.current");
    assert_comes("one\n");
    assert_int_equal(truncate(path_of("mail.current"), 0), 0);
    append("mail.current", "another\n");
    assert_comes("one\n<truncated lost>another\n");
}

/* The bytes before the offset are the same: only the first ones tell. */
static void notices_another_head(void **state)
{
    (void)state;
    char bytes[2000];
    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes + sizeof(bytes) - 2, "\n", 2);
    append("mail.current", bytes);
    follow("mail.current");
    assert_comes(bytes);
    room.n = 0;
    int fd = open(path_of("mail.current"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "y", 1, 10), 1);
    assert_int_equal(close(fd), 0);
    bytes[10] = 'y';
    assert_comes(arena_printf(&arena, "<truncated lost>%s", bytes));
}

static void reads_the_rest_from_the_copy(void **state)
{
    (void)state;
    const char *start = "Info: the first line, longer than what every log begins with, 64 bytes\n";
    append("mail.log", start);
    follow("mail.log");
    assert_comes(start);
    append("mail.log", "not read ye"); /* copytruncate, faster than we look */
    append("mail.log.1", arena_printf(&arena, "%snot read ye", start));
    assert_int_equal(truncate(path_of("mail.log"), 0), 0);
    append("mail.log", "next\n");
    assert_comes(arena_printf(&arena, "%snot read ye<truncated torn>next\n", start));
}

static void passes_over_the_hole_of_a_writer_that_does_not_append(void **state)
{
    (void)state;
    char line[8192];
    memset(line, 'x', sizeof(line));
    memcpy(line + sizeof(line) - 2, "\n", 2);
    int fd = open(path_of("mail.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    keep(fd);
    for (int i = 0; i < 32; i++)
        write_to(fd, line);
    write_to(fd, "\n"); /* 262113 bytes: the block before is a hole */
    assert_true(tail_add(room.tail, path_of("mail.log"), TAIL_FROM_END, &fault));
    take_all();
    assert_int_equal(ftruncate(fd, 0), 0);
    write_to(fd, "next\n");
    const int64_t hole = (32 * 8191 + 1) % 4096; /* NULs of the block that holds the line */
    wait_for((size_t)hole + sizeof("<truncated lost>next\n") - 1);
    assert_memory_equal(room.bytes, "<truncated lost>", 16);
    assert_string_equal(room.bytes + 16 + hole, "next\n");
}

/* -- Pipes, several sources ----------------------------------------------------------------- */

static void reads_a_pipe_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    keep(ends[0]);
    assert_true(
        tail_add(room.tail, arena_printf(&arena, "/dev/fd/%d", ends[0]), TAIL_FROM_START, &fault));
    assert_int_equal(tail_wait(room.tail, 0), TAIL_READY);
    take_all();
    assert_int_equal(tail_wait(room.tail, 0), TAIL_QUIET);
    write_to(ends[1], "one\ntw");
    assert_comes("one\ntw");
    assert_int_equal(close(ends[1]), 0);
    assert_comes("one\ntw<end torn>");
    assert_int_equal(tail_wait(room.tail, -1), TAIL_DONE);
    struct position position;
    assert_false(tail_position(room.tail, 0, 0, &position));
}

static void waits_for_the_writer_of_a_fifo(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    follow("fifo");
    take_all();
    assert_int_equal(tail_wait(room.tail, 0), TAIL_QUIET);
    int fd = open(path_of("fifo"), O_WRONLY | O_CLOEXEC);
    write_to(fd, "one\n");
    assert_comes("one\n");
    assert_int_equal(close(fd), 0);
    assert_comes("one\n<end>");
}

static void starves_no_source(void **state)
{
    (void)state;
    struct tail_chunk chunk;
    char buffer[4];
    bool seen[3] = {false};
    for (int i = 0; i < 3; i++) {
        append(arena_printf(&arena, "log%d", i), "a long line of this log\n");
        follow(arena_printf(&arena, "log%d", i));
    }
    assert_int_equal(tail_wait(room.tail, 1000), TAIL_READY);
    for (int i = 0; i < 3; i++) {
        assert_true(tail_next(room.tail, buffer, sizeof(buffer), &chunk));
        seen[chunk.source] = true;
    }
    assert_true(seen[0] && seen[1] && seen[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_room(delivers_what_is_there_and_what_comes),
        with_room(fills_buffers_of_any_size),
        with_room(begins_at_the_end_when_asked),
        with_room(waits_for_a_file_that_is_missing),
        with_room(tells_that_a_file_was_removed),
        with_room(reads_what_comes_after_a_lost_event),
        with_room(sleeps_when_nothing_happens),
        with_room(refuses_what_cannot_be_followed),
        with_room(reads_a_renamed_file_to_its_end_before_the_next),
        with_room(finishes_a_line_before_the_next_file),
        with_room(tells_of_a_line_that_nobody_finished),
        with_room(finds_files_that_came_and_went_between_two_looks),
        with_room(reads_more_files_than_it_holds_open),
        with_room(follows_numbered_files),
        with_room(takes_no_files_of_others),
        with_room(doubles_nothing_of_a_file_renamed_back),
        with_room(follows_symbolic_links),
        with_room(notices_a_file_that_was_emptied),
        with_room(notices_a_file_that_has_grown_again),
        with_room(notices_another_head),
        with_room(reads_the_rest_from_the_copy),
        with_room(passes_over_the_hole_of_a_writer_that_does_not_append),
        with_room(reads_a_pipe_to_its_end),
        with_room(waits_for_the_writer_of_a_fifo),
        with_room(starves_no_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
