/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "tail_room.h"

static const char *const start = "Info: the first line, longer than what every log begins with\n"
                                 "Info: and a second one\n";

/* Keeps the place of the first source, with a state of its own, and begins again from the file. */
static void save_and_close(size_t unread)
{
    struct position position;
    assert_true(tail_position(room.tail, 0, unread, &position));
    position.line = 2;
    assert_true(position_save(path_of("state"), &position, 1, text_of("two\nlines"), &fault));
    tail_close(room.tail);
}

static void open_and_resume(void)
{
    struct position *positions;
    size_t count;
    struct span blob;
    open_tail();
    assert_true(position_load(&arena, path_of("state"), &positions, &count, &blob, &fault));
    assert_int_equal(count, 1);
    assert_int_equal(positions->line, 2);
    assert_span(blob, "two\nlines");
    assert_true(tail_resume(room.tail, positions, &fault));
}

static void read_start(const char *name)
{
    append(name, start);
    follow(name);
    assert_comes(start);
}

/* -- Going on ------------------------------------------------------------------------------- */

static void goes_on_in_the_same_file(void **state)
{
    (void)state;
    read_start("mail.current");
    save_and_close(0);
    append("mail.current", "next\n");
    open_and_resume();
    assert_comes("next\n");
}

static void gives_again_what_was_not_used(void **state)
{
    (void)state;
    read_start("mail.current");
    append("mail.current", "half a li");
    assert_comes(arena_printf(&arena, "%shalf a li", start));
    save_and_close(9);
    append("mail.current", "ne\n");
    open_and_resume();
    assert_comes("half a line\n");
}

static void goes_on_in_a_file_that_was_renamed_since(void **state)
{
    (void)state;
    read_start("mail.current");
    save_and_close(0);
    append("mail.current", "1\n");
    for (int i = 2; i < 6; i++) {
        tick();
        move("mail.current", arena_printf(&arena, "mail.@%d.s", i));
        append("mail.current", arena_printf(&arena, "%d\n", i));
    }
    open_and_resume();
    assert_comes("1\n<rotated>2\n<rotated>3\n<rotated>4\n<rotated>5\n");
}

static void goes_on_in_numbered_files(void **state)
{
    (void)state;
    append("mail.log.1", "older\n");
    tick();
    read_start("mail.log");
    save_and_close(0);
    tick();
    move("mail.log.1", "mail.log.3");
    move("mail.log", "mail.log.2");
    append("mail.log.1", "2\n");
    tick();
    append("mail.log", "3\n");
    open_and_resume();
    assert_comes("<rotated>2\n<rotated>3\n");
}

static void goes_on_before_the_new_file_is_there(void **state)
{
    (void)state;
    read_start("mail.current");
    append("mail.current", "1\n");
    save_and_close(0);
    move("mail.current", "mail.@1.s");
    open_and_resume();
    assert_comes("1\n");
    append("mail.current", "2\n");
    assert_comes("1\n<rotated>2\n");
}

static void goes_on_at_the_start_of_a_file(void **state)
{
    (void)state;
    append("mail.current", "");
    follow("mail.current");
    take_all();
    save_and_close(0);
    append("mail.current", "1\n");
    move("mail.current", "mail.@1.s");
    tick();
    append("mail.current", "2\n");
    open_and_resume();
    assert_comes("1\n<rotated>2\n");
}

static void goes_on_while_the_old_file_is_drained(void **state)
{
    (void)state;
    append("mail.current", start);
    follow("mail.current");
    move("mail.current", "mail.@1.s");
    tick();
    append("mail.current", "2\n");
    take_all(); /* of the old file: it is not quiet yet */
    assert_string_equal(room.bytes, start);
    save_and_close(0);
    open_and_resume();
    assert_comes("<rotated>2\n");
}

static void goes_on_in_the_copy_of_a_file_that_was_emptied(void **state)
{
    (void)state;
    read_start("mail.log");
    save_and_close(0);
    append("mail.log.1", start);
    append("mail.log.1", "1\n");
    assert_int_equal(truncate(path_of("mail.log"), 0), 0);
    append("mail.log", "2\n");
    open_and_resume();
    assert_comes("1\n<rotated>2\n");
}

static void waits_for_a_file_that_never_was(void **state)
{
    (void)state;
    follow("mail.current");
    assert_comes("<gone>");
    save_and_close(0);
    append("mail.current", "1\n");
    open_and_resume();
    assert_comes("1\n");
}

/* -- Not found ------------------------------------------------------------------------------ */

static void tells_that_the_file_was_written_anew(void **state)
{
    (void)state;
    read_start("mail.current");
    save_and_close(0);
    assert_int_equal(truncate(path_of("mail.current"), 0), 0);
    for (int i = 0; i < 8; i++)
        append("mail.current", "another line of the same file\n");
    open_and_resume();
    assert_comes("<truncated lost>another line of the same file\nanother line of the same file\n"
                 "another line of the same file\nanother line of the same file\n"
                 "another line of the same file\nanother line of the same file\n"
                 "another line of the same file\nanother line of the same file\n");
}

static void tells_that_the_file_is_gone(void **state)
{
    (void)state;
    read_start("mail.current");
    save_and_close(0);
    assert_int_equal(unlink(path_of("mail.current")), 0);
    tick();
    append("mail.current", "2\n");
    tick();
    move("mail.current", "mail.@2.s");
    append("mail.current", "3\n");
    open_and_resume();
    assert_comes("<rotated lost>2\n<rotated>3\n");
    assert_int_equal(unlink(path_of("mail.@2.s")), 0);
    assert_int_equal(unlink(path_of("mail.current")), 0);
    tail_close(room.tail);
    open_and_resume();
    assert_comes("<gone lost>");
    append("mail.current", "4\n");
    assert_comes("<gone lost><appeared>4\n");
}

/* -- The file of positions ------------------------------------------------------------------ */

static void keeps_any_bytes(void **state)
{
    (void)state;
    char bytes[256];
    const struct position wanted[] = {
        {"/var/log/a \"log\"", 1, UINT64_MAX, -5, INT64_MAX, 12, 7, UINT64_MAX, 0, 1024, 256},
        {"b", .offset = INT64_MAX},
    };
    struct position *found;
    size_t count;
    struct span blob;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    assert_true(position_save(path_of("state"), wanted, 2, (struct span){bytes, 256}, &fault));
    assert_true(position_load(&arena, path_of("state"), &found, &count, &blob, &fault));
    assert_int_equal(count, 2);
    assert_int_equal(blob.n, 256);
    assert_memory_equal(blob.p, bytes, 256);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(found[i].path, wanted[i].path);
        found[i].path = wanted[i].path;
        assert_memory_equal(&found[i], &wanted[i], sizeof(wanted[i]));
    }
    assert_true(position_save(path_of("state"), NULL, 0, (struct span){NULL, 0}, &fault));
    assert_true(position_load(&arena, path_of("state"), &found, &count, &blob, &fault));
    assert_int_equal(count + blob.n, 0);
}

static void refuses_what_is_damaged(void **state)
{
    (void)state;
    struct position *found;
    const struct position one = {.path = "mail.current"};
    size_t count;
    struct span blob;
    struct stat info;
    assert_false(position_load(&arena, path_of("none"), &found, &count, &blob, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_true(position_save(path_of("state"), &one, 1, text_of("blob"), &fault));
    assert_int_equal(stat(path_of("state"), &info), 0);
    for (off_t at = 0; at < info.st_size; at++) {
        char byte;
        int fd = open(path_of("state"), O_RDWR | O_CLOEXEC);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        assert_int_equal(pwrite(fd, "\x01", 1, at), 1);
        assert_false(position_load(&arena, path_of("state"), &found, &count, &blob, &fault));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_string_equal(fault.origin, path_of("state"));
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_int_equal(close(fd), 0);
    }
    while (info.st_size-- > 0) {
        assert_int_equal(truncate(path_of("state"), info.st_size), 0);
        assert_false(position_load(&arena, path_of("state"), &found, &count, &blob, &fault));
    }
}

static void leaves_the_old_file_when_it_cannot_write(void **state)
{
    (void)state;
    const struct position bad = {.path = "not \xff text"};
    assert_true(position_save(path_of("state"), NULL, 0, text_of("old"), &fault));
    assert_false(position_save(path_of("none/state"), NULL, 0, text_of("new"), &fault));
    assert_true(text_starts(text_of(fault.text), "cannot be written: "));
    assert_false(position_save(path_of("state"), &bad, 1, text_of("new"), &fault));
    struct position *found;
    size_t count;
    struct span blob;
    assert_true(position_load(&arena, path_of("state"), &found, &count, &blob, &fault));
    assert_span(blob, "old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_room(goes_on_in_the_same_file),
        with_room(gives_again_what_was_not_used),
        with_room(goes_on_in_a_file_that_was_renamed_since),
        with_room(goes_on_in_numbered_files),
        with_room(goes_on_before_the_new_file_is_there),
        with_room(goes_on_at_the_start_of_a_file),
        with_room(goes_on_while_the_old_file_is_drained),
        with_room(goes_on_in_the_copy_of_a_file_that_was_emptied),
        with_room(waits_for_a_file_that_never_was),
        with_room(tells_that_the_file_was_written_anew),
        with_room(tells_that_the_file_is_gone),
        with_room(keeps_any_bytes),
        with_room(refuses_what_is_damaged),
        with_room(leaves_the_old_file_when_it_cannot_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
