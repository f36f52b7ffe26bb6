/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include "plugin/change.h"

static struct change change;

static bool found(const char *id)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return change_find(&arena, folder, id, &change, &fault);
}

static void put_run(const char *name, bool interrupted, bool sealed)
{
    put(arena_printf(&arena, "C1/%s/capture.json", name),
        interrupted ? "{\"nodes\": [], \"interrupted\": true}" : "{\"nodes\": []}");
    if (sealed)
        put(arena_printf(&arena, "C1/%s/SHA256SUMS", name), "");
}

static void takes_only_names_of_folders(void **state)
{
    static const char *const bad[] = {"",    ".",    "..",   "../x", "a/b",      "/etc", "-x",
                                      "a b", "a\nb", ".hid", "ä",    "CHG 1;rm", "a\\b", "%s"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (found(bad[i]))
            print_error("'%s' was taken\n", bad[i]);
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        assert_string_equal(fault.origin, "--change");
    }
    char *longest = arena_alloc(&arena, 255);
    memset(longest, 'a', 254);
    assert_false(found(longest));
    assert_true(found("CHG0031415_a.b-c"));
    assert_string_equal(change.baseline, inside("CHG0031415_a.b-c/baseline"));
    assert_false(change.has_baseline);
    assert_null(change.last);
    assert_null(change.broken);
    assert_int_equal(access(change.dir, F_OK), -1); /* nothing is made */
}

static void finds_the_newest_run(void **state)
{
    (void)state;
    put_run("verify-20260308T030000Z", false, true);
    put_run("verify-20260308T020000Z", false, true);
    put("C1/verify-20260309T000000Z", "no folder");
    put("C1/notes/capture.json", "{}");
    assert_true(found("C1"));
    assert_string_equal(change.last, inside("C1/verify-20260308T030000Z"));
    assert_null(change.broken);
    put_run("verify-20260308T040000Z", true, true);
    assert_true(found("C1"));
    assert_string_equal(change.last, inside("C1/verify-20260308T030000Z"));
    assert_string_equal(change.broken, inside("C1/verify-20260308T040000Z"));
    put_run("verify-20260308T050000Z", false, true);
    assert_true(found("C1"));
    assert_string_equal(change.last, inside("C1/verify-20260308T050000Z"));
    assert_null(change.broken);
}

/* Killed at any moment: before capture.json, while asking, between the last answer and the seal. */
static void knows_what_was_not_finished(void **state)
{
    (void)state;
    assert_true(change_interrupted(&arena, inside("nothing")));
    put("C1/baseline/esa1/cli/status.txt", "");
    assert_true(found("C1"));
    assert_true(change.has_baseline && change.baseline_interrupted);
    put_run("baseline", true, false);
    assert_true(found("C1"));
    assert_true(change.baseline_interrupted);
    put_run("baseline", false, false);
    assert_true(found("C1"));
    assert_true(change.baseline_interrupted);
    put_run("baseline", true, true);
    assert_true(found("C1"));
    assert_true(change.baseline_interrupted);
    put_run("baseline", false, true);
    assert_true(found("C1"));
    assert_false(change.baseline_interrupted);
    put("C1/baseline/capture.json", "{");
    assert_true(found("C1"));
    assert_true(change.baseline_interrupted);
    put_run("verify-1", false, false);
    assert_true(found("C1"));
    assert_null(change.last);
    assert_string_equal(change.broken, inside("C1/verify-1"));
}

static void makes_its_folders(void **state)
{
    (void)state;
    const char *root = inside("deep/er");
    assert_true(change_find(&arena, root, "C1", &change, &fault));
    assert_true(change_make(&arena, &change, &fault));
    assert_true(change_make(&arena, &change, &fault));
    assert_int_equal(access(inside("deep/er/C1"), F_OK), 0);
    const char *first = change_new_run(&arena, &change, 1772938800);
    assert_string_equal(first, inside("deep/er/C1/verify-20260308T030000Z"));
    assert_int_equal(mkdir(first, 0700), 0);
    assert_string_equal(change_new_run(&arena, &change, 1772938800),
                        inside("deep/er/C1/verify-20260308T030000Z-2"));
    assert_string_equal(change_name_of(first), "verify-20260308T030000Z");
    assert_string_equal(change_name_of("plain"), "plain");
    put("file", "");
    assert_true(change_find(&arena, inside("missing"), "C1", &change, &fault));
    assert_false(change_find(&arena, inside("file"), "C1", &change, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(takes_only_names_of_folders), with_folder(finds_the_newest_run),
        with_folder(knows_what_was_not_finished), with_folder(makes_its_folders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
