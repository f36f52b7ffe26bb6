/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include "plugin/sums.h"

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct sums_line *lines;
static struct sums_difference *differences;
static size_t count, files;

static void reads_its_lines(void **state)
{
    (void)state;
    put("SHA256SUMS",
        ABC "  esa1.example.com/cli/status.txt\n" EMPTY " *a b.txt\n" ABC "  ..a/b..");
    assert_true(sums_read(&arena, folder, &lines, &count, &fault));
    assert_int_equal(count, 3);
    assert_string_equal(lines[0].sha256, ABC);
    assert_string_equal(lines[0].path, "esa1.example.com/cli/status.txt");
    assert_string_equal(lines[1].sha256, EMPTY);
    assert_string_equal(lines[1].path, "a b.txt");
    assert_string_equal(lines[2].path, "..a/b..");
    put("SHA256SUMS", "");
    assert_true(sums_read(&arena, folder, &lines, &count, &fault));
    assert_int_equal(count, 0);
}

static void refuses_hostile_lines(void **state)
{
    static const char *const cases[] = {
        ABC "  ../etc/passwd",
        ABC "  a/../../b",
        ABC "  /etc/passwd",
        ABC "  .",
        ABC "  ./a",
        ABC "  a//b",
        ABC "  a/",
        ABC "  ..",
        ABC "  a\r",
        ABC "  a\tb",
        ABC "  a\x1b[2Jb",
        ABC "  a\x7f",
        ABC "  a\\nb",
        ABC "  ",
        ABC " ",
        ABC " a",
        ABC "\t\ta",
        ABC "a  b",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a  aa",
        "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a",
        "\\" ABC "  a",
        "",
        "# a comment",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        put("SHA256SUMS", arena_printf(&arena, "%s  fine\n%s\n", ABC, cases[i]));
        fault = (struct fault){.kind = FAULT_NONE};
        if (sums_read(&arena, folder, &lines, &count, &fault))
            print_error("'%s' was taken\n", cases[i]);
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_int_equal(fault.line, 2);
    }
    /* A NUL would end the name early. */
    put_bytes("SHA256SUMS", (struct span){ABC "  a\0b\n", sizeof(ABC "  a\0b\n") - 1});
    assert_false(sums_read(&arena, folder, &lines, &count, &fault));
}

static void says_that_there_is_none(void **state)
{
    (void)state;
    assert_false(sums_read(&arena, folder, &lines, &count, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_non_null(strstr(fault.text, "not finished"));
    assert_int_equal(mkdir(inside("SHA256SUMS"), 0700), 0);
    assert_false(sums_read(&arena, folder, &lines, &count, &fault));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
}

static void lists_what_is_to_be_sealed(void **state)
{
    const char **paths;
    (void)state;
    put("b/c/d.txt", "");
    put("b.txt", "");
    put("a/z", "");
    put("SHA256SUMS", "");
    put("SHA256SUMS.sig", "");
    put("SHA256SUMS.d/hidden", "");
    put("b/SHA256SUMS", "");
    put(".hidden", "");
    assert_true(sums_list(&arena, folder, &paths, &count, &fault));
    static const char *const wanted[] = {".hidden", "SHA256SUMS.d/hidden", "a/z",
                                         "b.txt",   "b/SHA256SUMS",        "b/c/d.txt"};
    assert_int_equal(count, COUNT(wanted));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(paths[i], wanted[i]);
}

static void refuses_what_cannot_be_sealed(void **state)
{
    const char **paths;
    (void)state;
    static const char *const names[] = {"link", "fifo", "line\nend", "back\\slash", "\x01"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (i == 0)
            assert_int_equal(symlink("/etc/passwd", inside(names[i])), 0);
        else if (i == 1)
            assert_int_equal(mkfifo(inside(names[i]), 0600), 0);
        else
            put(names[i], "");
        assert_false(sums_list(&arena, folder, &paths, &count, &fault));
        assert_string_equal(fault.origin, inside(names[i]));
        assert_false(sums_write(&arena, folder, &fault));
        assert_int_not_equal(access(inside("SHA256SUMS"), F_OK), 0);
        assert_int_equal(remove(inside(names[i])), 0);
    }
    /* A folder that leads back to itself by links is none; real ones have an end. */
    put("1/2/3/4/5/6/7/8/9/10/deep", "");
    assert_false(sums_list(&arena, folder, &paths, &count, &fault));
}

static void writes_what_sha256sum_reads(void **state)
{
    (void)state;
    put("esa1.example.com/cli/status.txt", "abc");
    put("a b", "");
    put("SHA256SUMS", "old");
    assert_true(sums_write(&arena, folder, &fault));
    assert_int_equal(
        system(arena_printf(&arena, "cd %s && sha256sum -c --strict --status SHA256SUMS", folder)),
        0);
    assert_true(sums_read(&arena, folder, &lines, &count, &fault));
    assert_int_equal(count, 2);
    assert_string_equal(lines[0].path, "a b");
    assert_string_equal(lines[0].sha256, EMPTY);
    assert_string_equal(lines[1].sha256, ABC);
    assert_true(sums_hold(&arena, folder, &fault));
}

static void names_each_difference(void **state)
{
    (void)state;
    put("a", "abc");
    put("b", "abc");
    put("c", "abc");
    /* In any order: anybody may have written it with sha256sum. */
    put("SHA256SUMS", ABC "  c\n" ABC "  b\n" ABC "  a\n");
    assert_true(sums_check(&arena, folder, &differences, &count, &files, &fault));
    assert_int_equal(count, 0);
    assert_int_equal(files, 3);
    put("a", "abd");
    put("z/new", "abc");
    put("SHA256SUMS.asc", "a signature");
    assert_int_equal(remove(inside("b")), 0);
    assert_true(sums_check(&arena, folder, &differences, &count, &files, &fault));
    assert_int_equal(count, 3);
    assert_string_equal(differences[0].file, "a");
    assert_non_null(strstr(differences[0].what, "changed"));
    assert_string_equal(differences[1].file, "b");
    assert_non_null(strstr(differences[1].what, "not there"));
    assert_string_equal(differences[2].file, "z/new");
    assert_non_null(strstr(differences[2].what, "added"));
    assert_false(sums_hold(&arena, folder, &fault));
    assert_string_equal(fault.origin, inside("a"));
    assert_non_null(strstr(fault.text, "2 more"));
    assert_int_equal(remove(inside("a")), 0);
    assert_int_equal(symlink("c", inside("a")), 0); /* the same bytes, but not here */
    assert_false(sums_hold(&arena, folder, &fault));
}

static void copies_what_was_sealed(void **state)
{
    (void)state;
    put("from/esa1/cli/status.txt", "abc");
    put("from/empty", "");
    put("from/SHA256SUMS", ABC "  esa1/cli/status.txt\n" EMPTY "  empty\n");
    put("from/unsealed", "does not come along");
    assert_true(sums_copy(&arena, inside("from"), inside("to"), &fault));
    assert_int_equal(access(inside("to/unsealed"), F_OK), -1);
    assert_true(sums_hold(&arena, inside("to"), &fault));
    put("from/esa1/cli/status.txt", "abd");
    assert_false(sums_copy(&arena, inside("from"), inside("to2"), &fault));
    assert_string_equal(fault.origin, inside("from/esa1/cli/status.txt"));
    assert_non_null(strstr(fault.text, "changed after it was sealed"));
    assert_int_equal(access(inside("to2/SHA256SUMS"), F_OK), -1);
    assert_int_equal(remove(inside("from/empty")), 0);
    put("from/esa1/cli/status.txt", "abc");
    assert_false(sums_copy(&arena, inside("from"), inside("to3"), &fault));
    assert_string_equal(fault.origin, inside("from/empty"));
    put("outside", "abc");
    put("from/SHA256SUMS", ABC "  ../outside\n");
    assert_false(sums_copy(&arena, inside("from"), inside("to4"), &fault));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_int_equal(access(inside("to4"), F_OK), -1);
}

static void reads_the_index_of_a_capture(void **state)
{
    (void)state;
    assert_true(sums_of_index(&arena, folder, &lines, &count, &fault));
    assert_int_equal(count, 0);
    put("capture.json",
        "{\"documents\": [1, null, {}, {\"node\": \"esa1\"},"
        "{\"node\": \"..\", \"id\": \"cli/status.txt\", \"sha256\": \"x\"},"
        "{\"node\": \"esa1\", \"id\": \"../status.txt\", \"sha256\": \"x\"},"
        "{\"node\": \"esa1/x\", \"id\": \"status.txt\", \"sha256\": \"x\"},"
        "{\"node\": \"esa1\", \"id\": \"/etc/passwd\", \"sha256\": \"x\"},"
        "{\"node\": \"esa1\", \"id\": 5, \"sha256\": \"x\"},"
        "{\"node\": \"esa1\", \"id\": \"cli/raid.txt\", \"sha256\": null},"
        "{\"node\": \"esa1\", \"id\": \"cli/status.txt\", \"sha256\": \"" ABC "\"}]}");
    assert_true(sums_of_index(&arena, folder, &lines, &count, &fault));
    assert_int_equal(count, 1);
    assert_string_equal(lines[0].path, "esa1/cli/status.txt");
    assert_string_equal(lines[0].sha256, ABC);
    put("capture.json", "{\"documents\": [");
    assert_false(sums_of_index(&arena, folder, &lines, &count, &fault));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(reads_its_lines),
        with_folder(refuses_hostile_lines),
        with_folder(says_that_there_is_none),
        with_folder(lists_what_is_to_be_sealed),
        with_folder(refuses_what_cannot_be_sealed),
        with_folder(writes_what_sha256sum_reads),
        with_folder(names_each_difference),
        with_folder(copies_what_was_sealed),
        with_folder(reads_the_index_of_a_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
