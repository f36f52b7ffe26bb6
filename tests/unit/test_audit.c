/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/run_folder.h"

#include "plugin/audit.h"
#include "plugin/file.h"
#include "plugin/render/render.h"

static struct audit audit;

static bool audited(void)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return audit_run(&arena, inside("run"), &audit, &fault);
}

static bool names(const char *file)
{
    for (size_t i = 0; i < audit.difference_count; i++)
        if (strcmp(audit.differences[i].file, file) == 0)
            return true;
    return false;
}

static void make(void)
{
    const struct rules rules = some_rules();
    (void)make_run("run", "healthy", "before", &rules);
}

/* The same file with one character replaced: the first of its second half that is a digit. */
static void change_byte(const char *file)
{
    struct span bytes;
    assert_true(file_read(&arena, inside(file), 64 << 20, &bytes, &fault));
    char *text = arena_dup(&arena, bytes);
    size_t at = bytes.n / 2;
    while (at + 1 < bytes.n && (text[at] < '0' || text[at] > '9'))
        at++;
    text[at] = text[at] == '7' ? '3' : '7';
    put_bytes(file, (struct span){text, bytes.n});
}

static void finds_nothing_where_nothing_was_changed(void **state)
{
    (void)state;
    make();
    assert_true(audited());
    assert_int_equal(audit.difference_count, 0);
    assert_string_equal(audit.verdict, "pass");
    assert_string_equal(audit.recomputed, "pass");
    assert_string_equal(audit.tool_version, POSTCHECK_VERSION);
    assert_true(audit.files > 60 && audit.documents > 50 && audit.results > 20);
    put("run/SHA256SUMS.sig", "a signature beside it is no difference");
    assert_true(audited());
    assert_int_equal(audit.difference_count, 0);
}

static void names_the_changed_file_and_no_other(void **state)
{
    static const char *const files[] = {
        "esa1.example.com/cli/status.txt",
        "esa2.example.com/log/mail_logs.txt",
        "sma1.example.com/https/config_appliances.json",
        "baseline/esa1.example.com/cli/version.txt",
        "report.json",
    };
    (void)state;
    make();
    for (size_t i = 0; i < COUNT(files); i++) {
        struct span bytes;
        const char *file = arena_printf(&arena, "run/%s", files[i]);
        assert_true(file_read(&arena, inside(file), 64 << 20, &bytes, &fault));
        const char *kept = arena_dup(&arena, bytes);
        change_byte(file);
        assert_true(audited());
        assert_true(names(files[i]));
        for (size_t d = 0; d < audit.difference_count; d++)
            /* What was judged from it may be another verdict now, said as report.json's. */
            if (strcmp(audit.differences[d].file, files[i]) != 0)
                assert_string_equal(audit.differences[d].file, proof_report);
        put_bytes(file, (struct span){kept, bytes.n});
        assert_true(audited());
        assert_int_equal(audit.difference_count, 0);
    }
}

/* Every kept form, whatever renderers there are. */
static void names_a_changed_form(void **state)
{
    (void)state;
    make();
    for (size_t i = 0; i < render_count; i++) {
        struct span bytes;
        if (render_rows[i].file == NULL)
            continue;
        const char *file = arena_printf(&arena, "run/%s", render_rows[i].file);
        assert_true(file_read(&arena, inside(file), 64 << 20, &bytes, &fault));
        change_byte(file);
        assert_true(audited());
        assert_true(names(render_rows[i].file));
        for (size_t d = 0; d < audit.difference_count; d++)
            assert_string_equal(audit.differences[d].file, render_rows[i].file);
        /* Also when the seal was made again to fit. */
        assert_true(sums_write(&arena, inside("run"), &fault));
        assert_true(audited());
        assert_true(names(render_rows[i].file));
        put_bytes(file, bytes);
        assert_true(sums_write(&arena, inside("run"), &fault));
    }
}

static void names_what_was_added_or_removed(void **state)
{
    (void)state;
    make();
    put("run/esa1.example.com/cli/new.txt", "x");
    assert_true(audited());
    assert_int_equal(audit.difference_count, 1);
    assert_true(names("esa1.example.com/cli/new.txt"));
    assert_int_equal(remove(inside("run/esa1.example.com/cli/new.txt")), 0);
    assert_int_equal(remove(inside("run/esa1.example.com/cli/raid.txt")), -1);
    assert_int_equal(remove(inside("run/baseline/esa1.example.com/cli/status.txt")), 0);
    assert_true(audited());
    assert_true(names("baseline/esa1.example.com/cli/status.txt"));
}

static void names_what_cannot_be_read_any_more(void **state)
{
    static const char *const files[] = {"capture.json", "rules.json", "report.json",
                                        "baseline/capture.json"};
    (void)state;
    make();
    for (size_t i = 0; i < COUNT(files); i++) {
        static const char *const broken[] = {"", "{", "[]", "\x01", "{\"schema\": \"x\"}"};
        struct span bytes;
        const char *file = arena_printf(&arena, "run/%s", files[i]);
        assert_true(file_read(&arena, inside(file), 64 << 20, &bytes, &fault));
        for (size_t b = 0; b < COUNT(broken); b++) {
            put(file, broken[b]);
            assert_true(audited());
            assert_true(names(files[i]));
        }
        assert_int_equal(remove(inside(file)), 0);
        assert_true(audited());
        assert_true(names(files[i]));
        put_bytes(file, bytes);
    }
    assert_true(audited());
    assert_int_equal(audit.difference_count, 0);
}

/* Who makes all hashes anew still cannot make another verdict follow from the answers. */
static void recomputes_what_was_sealed_anew(void **state)
{
    static const struct {
        const char *from, *to;
    } lies[] = {
        {"\"verdict\": \"fail\"", "\"verdict\": \"pass\""},
        {"\"state\": \"critical\"", "\"state\": \"ok\""},
        {"\"phase\": \"verify\"", "\"phase\": \"baseline\""},
        {"\"operator\": \"J. Doe\",", ""},
        {"\"schema\": ", "\"more\": 1, \"schema\": "},
        {"\"rules.json\": \"", "\"rules.json\": \"0"},
    };
    const struct rules rules = some_rules();
    struct span bytes;
    (void)state;
    (void)make_run("run", "three-faults", "before", &rules);
    assert_true(file_read(&arena, inside("run/report.json"), 64 << 20, &bytes, &fault));
    const char *report = arena_dup(&arena, bytes);
    for (size_t i = 0; i < COUNT(lies); i++) {
        const char *at = strstr(report, lies[i].from);
        assert_non_null(at);
        put("run/report.json", arena_printf(&arena, "%.*s%s%s", (int)(at - report), report,
                                            lies[i].to, at + strlen(lies[i].from)));
        assert_true(sums_write(&arena, inside("run"), &fault));
        assert_true(audited());
        if (audit.difference_count == 0)
            print_error("'%s' as '%s' passed\n", lies[i].from, lies[i].to);
        assert_true(audit.difference_count > 0);
        assert_string_equal(audit.recomputed, "fail");
    }
    put_bytes("run/report.json", bytes);
    /* A seal that the report does not know. */
    put("run/timeline.jsonl", "");
    assert_true(sums_write(&arena, inside("run"), &fault));
    assert_true(audited());
    assert_true(names("timeline.jsonl"));
}

static void reads_nothing_outside_of_the_folder(void **state)
{
    (void)state;
    make();
    put("outside", "abc");
    put("run/SHA256SUMS",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  ../outside\n");
    assert_false(audited());
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_int_equal(remove(inside("run/SHA256SUMS")), 0);
    assert_false(audited());
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_true(sums_write(&arena, inside("run"), &fault));
    assert_int_equal(symlink("/etc/passwd", inside("run/link")), 0);
    assert_false(audited());
    assert_string_equal(fault.origin, inside("run/link"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(finds_nothing_where_nothing_was_changed),
        with_folder(names_the_changed_file_and_no_other),
        with_folder(names_a_changed_form),
        with_folder(names_what_was_added_or_removed),
        with_folder(names_what_cannot_be_read_any_more),
        with_folder(recomputes_what_was_sealed_anew),
        with_folder(reads_nothing_outside_of_the_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
