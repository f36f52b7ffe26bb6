/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/fetch/log.h"
#include "tests/unit/unit.h"

#define AT "Sun Mar  8 04:00:04 2026 Info: "

static char folder[] = "/tmp/test_log_file.XXXXXX";
static struct span bytes;
static char note[512];

static void write_file(const char *name, const char *text, int64_t when)
{
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const struct timespec times[2] = {{.tv_sec = (time_t)when}, {.tv_sec = (time_t)when}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int make_folder(void **state)
{
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    note[0] = '\0';
    return set_up(state) != 0 || mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    int rc = system(arena_printf(&arena, "rm -r '%s'", folder));
    return tear_down(state) != 0 || rc != 0;
}

static void take_begin(void *context, const char *id)
{
    (void)context;
    (void)id;
}

static struct document taken;

static void take_document(void *context, const struct document *document)
{
    (void)context;
    taken = *document;
    if (document->fault != NULL)
        fault = *document->fault;
}

static void take_note(void *context, const char *line)
{
    (void)context;
    (void)snprintf(note, sizeof(note), "%s", line);
}

static const struct fetch_sink sink = {NULL, take_begin, take_document, take_note};
static const struct config config;
static const struct config_node node = {.name = "esa1.example.com", .address = "192.0.2.11"};

static struct fetch job(void)
{
    return (struct fetch){.arena = &arena, .config = &config, .node = &node, .sink = &sink};
}

static bool reads(const char *name)
{
    struct fetch fetch = job();
    fault = (struct fault){.kind = FAULT_NONE};
    bytes = (struct span){NULL, 0};
    return log_file_read(&fetch, "log/mail_logs.txt", arena_printf(&arena, "%s%s", folder, name),
                         &bytes, &fault);
}

static void one_file_is_read_as_it_is(void **state)
{
    (void)state;
    write_file("mail.log", AT "one\n" AT "torn", 100);
    assert_true(reads("/mail.log"));
    assert_span(bytes, AT "one\n" AT "torn");
    assert_int_equal(symlink("mail.log", arena_printf(&arena, "%s/link", folder)), 0);
    assert_true(reads("/link"));
    assert_span(bytes, AT "one\n" AT "torn");
}

static void rotated_files_are_put_in_order(void **state)
{
    (void)state;
    write_file("mail.@20260308T014810.s", "second\n", 900); /* copied late: its name counts */
    write_file("mail.@20260307T014810.s", "first\n", 950);
    write_file("mail.current", "third\n", 10);
    write_file("notes.txt", "not of it\n", 1000);
    write_file("mail.@20260306T014810.s.gz", "\x1f\x8b", 1000);
    write_file(".hidden", "no\n", 1000);
    assert_int_equal(mkfifo(arena_printf(&arena, "%s/mail.@20260309T000000.s", folder), 0600), 0);
    assert_true(reads(""));
    assert_span(bytes, "first\nsecond\nthird\n");
}

static void files_of_others_go_by_their_time(void **state)
{
    (void)state;
    write_file("esa.log.1", "first\n", 100);
    write_file("esa.log", "second", 200);
    write_file("esa.log.2.gz", "packed\n", 50);
    assert_true(reads("/"));
    assert_span(bytes, "first\nsecond");
}

static void of_much_the_end_is_kept(void **state)
{
    const size_t n = LOG_BYTES + 1000;
    char *text = arena_alloc(&arena, n + 1);
    (void)state;
    const char *head = AT "Begin Logfile\n" AT "Version: 15.0.3-002 SN: A-1\n";
    memset(text, 'x', n);
    memcpy(text, head, strlen(head));
    for (size_t i = 200; i < n; i += 100)
        text[i] = '\n';
    write_file("mail.current", text, 100);
    write_file("mail.@20260307T014810.s", "older\n", 50);
    assert_true(reads("/mail.current"));
    assert_true(bytes.n <= LOG_BYTES + strlen(head) && bytes.n > LOG_BYTES - 200);
    assert_true(text_starts(bytes, head));
    assert_int_equal(bytes.p[strlen(head)], 'x');
    assert_int_equal(bytes.p[strlen(head) + 99], '\n'); /* from a line's begin on */
    assert_non_null(strstr(note, "only the last"));
    assert_true(reads(""));
    assert_true(text_find(bytes, "older") < 0);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_false(reads("/nothing"));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_non_null(strstr(fault.text, "/nothing: no such file; does syslog or SCP push deliver"));
    assert_false(reads(""));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_non_null(strstr(fault.text, "holds no log file"));
    assert_int_equal(mkfifo(arena_printf(&arena, "%s/fifo", folder), 0600), 0);
    assert_false(reads("/fifo")); /* and does not wait */
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    assert_non_null(strstr(fault.text, "/fifo: is no regular file"));
    write_file("empty", "", 1);
    assert_false(reads("/empty"));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED); /* of the file, not of the appliance */
}

static void hosts_of_syslog_lines(void **state)
{
    static const char *const rows[][2] = {
        {"Mar  8 04:00:04 esa1 mail_logs: Info: Start MID 1 ICID 2", "esa1"},
        {"<22>Mar  8 04:00:04 esa1.example.com mail_logs: Info: x", "esa1.example.com"},
        {"<166> Mar 08 04:00:04 192.0.2.11 ESA_mail_logs: Warning: x", "192.0.2.11"},
        {"<166>Mar 17 18:24:37 mail_logs: Info: x", ""},
        {"esa2 mail_logs: Info: Start MID 7 ICID 8", "esa2"},
        {AT "Start MID 1 ICID 2", ""},
        {"", ""},
        {"<x>", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_span(log_file_host(text_of(rows[i][0])), rows[i][1]);
}

#define MINE  "Mar  8 04:00:04 esa1 mail_logs: Info: Start MID 1 ICID 2\n"
#define YOURS "Mar  8 04:00:04 esa2 mail_logs: Info: Start MID 1 ICID 2\n"
#define HERS  "Mar  8 04:00:04 192.0.2.11 mail_logs: Info: Start MID 3 ICID 2\n"

static void one_appliance_of_several(void **state)
{
    size_t others;
    struct span other;
    struct span all = text_of(MINE HERS AT "no host\n");
    (void)state;
    assert_ptr_equal(
        log_file_of_host(&arena, all, "esa1.example.com", "192.0.2.11", &others, &other).p, all.p);
    assert_int_equal(others, 0);
    assert_span(log_file_of_host(&arena, text_of(MINE YOURS " its second line\n" HERS YOURS),
                                 "esa1.example.com", "192.0.2.11", &others, &other),
                MINE HERS);
    assert_int_equal(others, 2);
    assert_span(other, "esa2");
}

static void a_log_without_lines_of_ours_is_a_fault(void **state)
{
    static const struct document_kind kind = {.id = "log/mail_logs.txt"};
    static const struct fetch_row row = {.kind = &kind, .how = FETCH_LOG, .ask = "mail_logs"};
    struct fetch fetch = job();
    struct config_node named = node;
    (void)state;
    write_file("all.log", YOURS YOURS, 100);
    const char *path = arena_printf(&arena, "%s/all.log", folder);
    log_file_ask(&fetch, &row, path);
    assert_non_null(taken.fault);
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_non_null(strstr(fault.text, "of 'esa2': set log_host"));
    named.log_host = "ESA2";
    fetch.node = &named;
    log_file_ask(&fetch, &row, path);
    assert_null(taken.fault);
    assert_span(taken.bytes, YOURS YOURS);
    assert_true(taken.has_taken_at);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(one_file_is_read_as_it_is),
        with_folder(rotated_files_are_put_in_order),
        with_folder(files_of_others_go_by_their_time),
        with_folder(of_much_the_end_is_kept),
        with_folder(what_cannot_be_read_is_named),
        with_folder(hosts_of_syslog_lines),
        with_folder(one_appliance_of_several),
        with_folder(a_log_without_lines_of_ours_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
