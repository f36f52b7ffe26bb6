/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/output.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/test_output.XXXXXX");
    return set_up(state) + (mkdtemp(folder) == NULL);
}

static int remove_folder(void **state)
{
    return tear_down(state) + rmdir(folder); /* fails when a temporary file was left behind */
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static const char *path_of(const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

static void write_file(const char *path, const char *text, bool keep)
{
    struct output output;
    assert_true(output_open(&arena, path, &output, &fault));
    assert_true((fcntl(fileno(output.file), F_GETFD) & FD_CLOEXEC) != 0);
    assert_true(fputs(text, output.file) >= 0);
    assert_true(output_close(&output, keep, &fault));
}

static void assert_file(const char *path, const char *text)
{
    char bytes[64];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof(bytes) - 1, file);
    bytes[n] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(bytes, text);
}

static void replaces_whole_files_or_none(void **state)
{
    (void)state;
    const char *path = path_of("report.json");
    write_file(path, "first", true);
    assert_file(path, "first");
    write_file(path, "second", false);
    assert_file(path, "first");
    write_file(path, "third", true);
    assert_file(path, "third");
    assert_int_equal(unlink(path), 0);
}

static void lets_others_read_what_umask_lets_them(void **state)
{
    (void)state;
    const char *path = path_of("state.json");
    static const mode_t masks[] = {022, 027, 077};
    struct stat info;
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        const mode_t before = umask(masks[i]);
        write_file(path, "x", true);
        assert_int_equal(umask(before), masks[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, 0666 & ~masks[i]);
    }
    assert_int_equal(unlink(path), 0);
}

static void replaces_nothing_but_regular_files(void **state)
{
    (void)state;
    struct output output;
    const char *path = path_of("pipe");
    struct stat info;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(output_open(&arena, path, &output, &fault));
    assert_string_equal(fault.origin, path);
    assert_string_equal(fault.text, "is not a regular file");
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_false(output_open(&arena, folder, &output, &fault));
    assert_false(output_open(&arena, path_of("missing/file"), &output, &fault));
    assert_true(text_starts(text_of(fault.text), "cannot be written: "));
}

static void leaves_stdout_open(void **state)
{
    (void)state;
    struct output output;
    assert_true(output_open(&arena, NULL, &output, &fault));
    assert_ptr_equal(output.file, stdout);
    assert_true(output_close(&output, true, &fault));
    assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(replaces_whole_files_or_none),
        with_folder(lets_others_read_what_umask_lets_them),
        with_folder(replaces_nothing_but_regular_files),
        with_folder(leaves_stdout_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
