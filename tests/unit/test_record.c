/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fts.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/capture.h"
#include "plugin/record.h"

static char home[64]; /* of one test, with everything below it */
static char dir[96];  /* the capture */

static int begin(void **state)
{
    (void)snprintf(home, sizeof(home), "/tmp/postcheck-record-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    (void)snprintf(dir, sizeof(dir), "%s/capture", home);
    fault = (struct fault){.kind = FAULT_NONE};
    return set_up(state);
}

static int end(void **state)
{
    char *const roots[] = {home, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
        if (entry->fts_info != FTS_D)
            (void)remove(entry->fts_path);
    if (tree != NULL)
        (void)fts_close(tree);
    return tear_down(state);
}

#define with_home(test) cmocka_unit_test_setup_teardown(test, begin, end)

static const struct fault late = {.kind = FAULT_TIMEOUT, .line = 3, .text = "no answer in 60 s"};

static struct document esa_documents[] = {
    {.id = "cli/version.txt",
     .bytes = {"Model: C600V\r\n", 14},
     .has_taken_at = true,
     .taken_at = 1772938802,
     .has_duration = true,
     .duration_ms = 305,
     .vantage = "ops1.example.com"},
    {.id = "cli/workqueue.txt", .bytes = {NULL, 0}},
    {.id = "cli/status.txt", .fault = &late, .has_taken_at = true, .taken_at = 1772938803},
};
static struct document sma_documents[] = {
    {.id = "https/tracking_messages/esa1.example.com.json", .bytes = {"{\"data\": []}", 12}},
};
static struct node nodes[] = {
    {.name = "esa1.example.com",
     .role = ROLE_ESA,
     .cluster = "hq",
     .sma = "sma1.example.com",
     .address = "192.0.2.11",
     .documents = esa_documents,
     .document_count = COUNT(esa_documents)},
    {.name = "esa2.example.com", .role = ROLE_ESA, .by_name_only = true},
    {.name = "sma1.example.com",
     .role = ROLE_SMA,
     .documents = sma_documents,
     .document_count = COUNT(sma_documents)},
};
static const struct fleet fleet = {nodes, COUNT(nodes)};
static const struct record_run run = {"2026-03-08T03:00:00Z-1", "CHG \"1\"", "J. Doe"};

static const char *path_of(const char *name)
{
    return arena_printf(&arena, "%s/%s", dir, name);
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode & 07777;
}

static void record_fleet(bool interrupted)
{
    struct record *record = record_open(&arena, dir, &fault);
    assert_non_null(record);
    for (size_t i = 0; i < fleet.count; i++)
        assert_true(record_node(record, &fleet.nodes[i], &fault));
    assert_true(record_close(record, &run, &fleet, interrupted, &fault));
}

static void compare(const struct document *found, const struct document *wanted)
{
    assert_non_null(found);
    assert_true(text_same(found->bytes, wanted->bytes));
    assert_int_equal(found->has_taken_at, wanted->has_taken_at);
    assert_int_equal(found->taken_at, wanted->taken_at);
    assert_int_equal(found->has_duration, wanted->has_duration);
    assert_int_equal(found->duration_ms, wanted->duration_ms);
    assert_int_equal(found->vantage == NULL, wanted->vantage == NULL);
    assert_int_equal(found->fault == NULL, wanted->fault == NULL);
    if (wanted->fault == NULL)
        return;
    assert_int_equal(found->fault->kind, wanted->fault->kind);
    assert_int_equal(found->fault->line, wanted->fault->line);
    assert_string_equal(found->fault->text, wanted->fault->text);
}

static void is_read_again_as_it_was(void **state)
{
    struct capture capture;
    (void)state;
    record_fleet(false);
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    assert_string_equal(capture.run_id, run.id);
    assert_string_equal(capture.change, run.change);
    assert_string_equal(capture.run_operator, run.run_operator);
    assert_int_equal(capture.fleet.count, fleet.count);
    for (size_t i = 0; i < fleet.count; i++) {
        const struct node *found = fleet_node(&capture.fleet, text_of(nodes[i].name));
        assert_non_null(found);
        assert_int_equal(found->role, nodes[i].role);
        assert_int_equal(found->by_name_only, nodes[i].by_name_only);
        assert_int_equal(found->document_count, nodes[i].document_count);
        for (size_t d = 0; d < nodes[i].document_count; d++)
            compare(fleet_document(found, nodes[i].documents[d].id), &nodes[i].documents[d]);
    }
    const struct node *esa = fleet_node(&capture.fleet, text_of("esa1.example.com"));
    assert_string_equal(esa->cluster, "hq");
    assert_string_equal(esa->sma, "sma1.example.com");
    assert_string_equal(esa->address, "192.0.2.11");
    assert_string_equal(fleet_document(esa, "cli/version.txt")->vantage, "ops1.example.com");
}

static json_t *load_index(void)
{
    json_t *root = json_load_file(path_of("capture.json"), 0, NULL);
    assert_non_null(root);
    return root;
}

static void writes_an_index_with_hashes(void **state)
{
    (void)state;
    record_fleet(false);
    json_t *root = load_index();
    const json_t *entry = json_array_get(json_object_get(root, "documents"), 0);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "postcheck.capture/1");
    assert_string_equal(json_string_value(json_object_get(root, "tool_version")),
                        POSTCHECK_VERSION);
    assert_null(json_object_get(root, "interrupted"));
    assert_string_equal(json_string_value(json_object_get(entry, "id")), "cli/version.txt");
    assert_string_equal(json_string_value(json_object_get(entry, "sha256")),
                        "ff37720377c84e3372bc13a1194d47123b647040f5a7b81aa594a4612c638328");
    entry = json_array_get(json_object_get(root, "documents"), 2);
    assert_true(json_is_null(json_object_get(entry, "sha256")));
    json_decref(root);
}

static void says_that_it_was_interrupted(void **state)
{
    (void)state;
    record_fleet(true);
    json_t *root = load_index();
    assert_true(json_is_true(json_object_get(root, "interrupted")));
    json_decref(root);
}

static void names_a_run_without_a_name(void **state)
{
    struct capture capture;
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    assert_true(record_close(record, &(struct record_run){NULL, NULL, NULL}, &fleet, false, NULL));
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    assert_non_null(capture.run_id);
    assert_true(strlen(capture.run_id) > 20);
    assert_null(capture.change);
}

static void lets_nobody_else_read(void **state)
{
    (void)state;
    mode_t old = umask(0);
    record_fleet(false);
    (void)umask(old);
    assert_int_equal(mode_of(dir), 0700);
    assert_int_equal(mode_of(path_of("esa1.example.com")), 0700);
    assert_int_equal(mode_of(path_of("esa1.example.com/cli")), 0700);
    assert_int_equal(mode_of(path_of("esa1.example.com/cli/version.txt")), 0600);
    assert_int_equal(mode_of(path_of("capture.json")), 0600);
    assert_int_not_equal(access(path_of("esa1.example.com/cli/.part"), F_OK), 0);
    assert_int_not_equal(access(path_of(".part"), F_OK), 0);
}

static void overwrites_nothing(void **state)
{
    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    struct record *record = record_open(&arena, dir, &fault);
    assert_non_null(record);
    assert_true(record_close(record, &run, &fleet, false, &fault));
    assert_null(record_open(&arena, dir, &fault));
    assert_string_equal(fault.origin, dir);
    assert_non_null(strstr(fault.text, "not empty"));
}

static void refuses_what_is_no_folder(void **state)
{
    (void)state;
    FILE *file = fopen(dir, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_null(record_open(&arena, dir, &fault));
    assert_string_equal(fault.origin, dir);
    assert_null(record_open(&arena, path_of("below/it"), NULL));
    (void)snprintf(dir, sizeof(dir), "%s/not/there", home);
    assert_null(record_open(&arena, dir, &fault));
    assert_non_null(strstr(fault.text, "folder that is to hold it"));
}

static void follows_no_link(void **state)
{
    (void)state;
    const char *outside = arena_printf(&arena, "%s/outside", home);
    assert_int_equal(mkdir(outside, 0700), 0);
    struct record *record = record_open(&arena, dir, &fault);
    assert_int_equal(symlink(outside, path_of("esa1.example.com")), 0);
    assert_int_equal(mkdir(path_of("sma1.example.com"), 0700), 0);
    assert_int_equal(symlink(outside, path_of("sma1.example.com/https")), 0);
    assert_false(record_node(record, &nodes[0], &fault));
    assert_non_null(strstr(fault.origin, "esa1.example.com/cli/version.txt"));
    assert_false(record_node(record, &nodes[2], NULL));
    fault = (struct fault){.kind = FAULT_NONE};
    assert_false(record_close(record, &run, &fleet, false, &fault));
    assert_non_null(strstr(fault.origin, "esa1.example.com/cli/version.txt"));
    assert_int_equal(rmdir(outside), 0); /* still empty */
}

static void refuses_names_that_leave_the_folder(void **state)
{
    static struct document bad[] = {{.id = "../x"}, {.id = "/x"}, {.id = "cli/.part"}};
    static struct node strange[] = {
        {.name = "..", .documents = bad, .document_count = 1},
        {.name = "capture.json", .documents = bad, .document_count = 1},
        {.name = "a/b", .documents = bad, .document_count = 1},
        {.name = "esa1", .documents = bad, .document_count = COUNT(bad)},
    };
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    for (size_t i = 0; i < COUNT(strange); i++) {
        fault.kind = FAULT_NONE;
        assert_false(record_node(record, &strange[i], &fault));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
    }
    assert_false(record_close(record, &run, &fleet, false, &fault));
    assert_int_not_equal(access(arena_printf(&arena, "%s/x", home), F_OK), 0);
    assert_int_equal(access(path_of("capture.json"), F_OK), 0);
}

/* A write that stops in the middle, as on a full disk: here at the limit of a file's size. */
static void says_which_file_could_not_be_written(void **state)
{
    static char big[100000];
    static struct document documents[] = {{.id = "cli/big.txt", .bytes = {big, sizeof(big)}},
                                          {.id = "cli/small.txt", .bytes = {"fine", 4}}};
    const struct node node = {.name = "esa1", .documents = documents, .document_count = 2};
    const struct fleet one = {(struct node[]){node}, 1};
    struct rlimit old, small;
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){50000, old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool recorded = record_node(record, &node, &fault);
    (void)setrlimit(RLIMIT_FSIZE, &old);
    (void)signal(SIGXFSZ, handler);
    assert_false(recorded);
    assert_non_null(strstr(fault.origin, "esa1/cli/big.txt"));
    assert_non_null(strstr(fault.text, "cannot be written: "));
    assert_false(record_close(record, &run, &one, false, NULL));
    assert_int_not_equal(access(path_of("esa1/cli/big.txt"), F_OK), 0);
    assert_int_not_equal(access(path_of("esa1/cli/.part"), F_OK), 0);
    assert_int_equal(access(path_of("esa1/cli/small.txt"), F_OK), 0);
    json_t *root = load_index();
    const json_t *entry = json_array_get(json_object_get(root, "documents"), 0);
    assert_true(json_is_object(json_object_get(entry, "fault")));
    json_decref(root);
}

static void cleans_what_is_no_text(void **state)
{
    struct capture capture;
    static const struct fault strange = {.kind = FAULT_QUESTION, .text = "says '\xff\x1b[2J\"\n'"};
    struct document documents[] = {{.id = "cli/version.txt", .fault = &strange, .vantage = "\xff"}};
    struct node node = {.name = "esa1", .documents = documents, .document_count = 1};
    const struct fleet one = {&node, 1};
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    assert_true(record_node(record, &node, &fault));
    assert_true(record_close(record, &run, &one, false, &fault));
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    const struct document *found = fleet_document(&capture.fleet.nodes[0], "cli/version.txt");
    assert_int_equal(found->fault->kind, FAULT_QUESTION);
    assert_string_equal(found->fault->text, "says '\xef\xbf\xbd [2J\" '");
}

static json_t *entry_of(const json_t *root, const char *id)
{
    size_t i;
    json_t *entry, *found = NULL;
    json_array_foreach (json_object_get(root, "documents"), i, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0)
            found = entry;
    }
    return found;
}

/* Rounds of asking: answers replace answers, an appliance that is gone has none any more. */
static void another_round_replaces_what_it_brings(void **state)
{
    static const struct fault gone = {.kind = FAULT_UNREACHABLE, .text = "no route"};
    static const struct fault stopped = {.kind = FAULT_INTERNAL, .text = "was interrupted"};
    struct document first[] = {{.id = "cli/status.txt", .bytes = {"old", 3}},
                               {.id = "cli/raid.txt", .bytes = {"old", 3}},
                               {.id = "cli/version.txt", .bytes = {"old", 3}}};
    struct document second[] = {{.id = "cli/status.txt", .bytes = {"newer", 5}},
                                {.id = "cli/raid.txt", .fault = &gone},
                                {.id = "cli/version.txt", .fault = &stopped},
                                {.id = "cli/workqueue.txt", .fault = &stopped}};
    struct node node = {.name = "esa1", .documents = first, .document_count = COUNT(first)};
    const struct fleet one = {&node, 1};
    struct capture capture;
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    assert_true(record_node(record, &node, &fault));
    assert_true(record_save(record, &run, &one, true, &fault));
    node.documents = second;
    node.document_count = COUNT(second);
    assert_true(record_node(record, &node, &fault));
    assert_true(record_close(record, &run, &one, false, &fault));
    json_t *root = load_index();
    assert_int_equal(json_array_size(json_object_get(root, "documents")), 4);
    assert_true(json_is_null(json_object_get(entry_of(root, "cli/version.txt"), "fault")));
    assert_true(json_is_object(json_object_get(entry_of(root, "cli/raid.txt"), "fault")));
    json_decref(root);
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    const struct node *read = &capture.fleet.nodes[0];
    assert_span(fleet_document(read, "cli/status.txt")->bytes, "newer");
    assert_span(fleet_document(read, "cli/version.txt")->bytes, "old");
    assert_int_equal(fleet_document(read, "cli/raid.txt")->fault->kind, FAULT_UNREACHABLE);
    assert_int_equal(fleet_document(read, "cli/raid.txt")->bytes.n, 0);
    assert_int_equal(access(path_of("esa1/cli/raid.txt"), F_OK), -1);
}

static void write_stray(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Killed at any moment: temporary files, and documents that no index names yet. */
static void goes_on_where_a_run_was_killed(void **state)
{
    static const struct fault gone = {.kind = FAULT_UNREACHABLE, .text = "no route"};
    struct document first[] = {{.id = "cli/version.txt", .bytes = {"kept", 4}}};
    struct document second[] = {{.id = "cli/version.txt", .bytes = {"kept", 4}},
                                {.id = "cli/status.txt", .fault = &gone},
                                {.id = "cli/featurekey.txt", .bytes = {"fine", 4}}};
    struct node node = {.name = "esa1", .documents = first, .document_count = 1};
    const struct fleet one = {&node, 1};
    struct capture capture;
    (void)state;
    struct record *record = record_open(&arena, dir, &fault);
    assert_true(record_node(record, &node, &fault));
    assert_true(record_save(record, &run, &one, true, &fault));
    assert_null(record_resume(&arena, dir, NULL, &fault)); /* while it runs */
    assert_non_null(strstr(fault.text, "another run"));
    assert_true(record_release(record, &fault));
    write_stray(".part", "{\"half");
    write_stray("esa1/cli/.part", "half");
    write_stray("esa1/cli/status.txt", "of the run that was killed");
    json_t *root = load_index();
    assert_true(json_is_true(json_object_get(root, "interrupted")));
    record = record_resume(&arena, dir, root, &fault);
    json_decref(root);
    assert_non_null(record);
    node.documents = second;
    node.document_count = COUNT(second);
    assert_true(record_node(record, &node, &fault));
    assert_true(record_close(record, &run, &one, false, &fault));
    assert_int_equal(access(path_of(".part"), F_OK), -1);
    assert_int_equal(access(path_of("esa1/cli/.part"), F_OK), -1);
    assert_true(capture_load(&arena, dir, NULL, &capture, &fault));
    const struct node *read = &capture.fleet.nodes[0];
    assert_int_equal(read->document_count, 3);
    assert_int_equal(fleet_document(read, "cli/status.txt")->bytes.n, 0);
    assert_int_equal(fleet_document(read, "cli/status.txt")->fault->kind, FAULT_UNREACHABLE);
    assert_span(fleet_document(read, "cli/featurekey.txt")->bytes, "fine");
    root = load_index();
    assert_null(json_object_get(root, "interrupted"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_home(is_read_again_as_it_was),
        with_home(writes_an_index_with_hashes),
        with_home(says_that_it_was_interrupted),
        with_home(names_a_run_without_a_name),
        with_home(lets_nobody_else_read),
        with_home(overwrites_nothing),
        with_home(refuses_what_is_no_folder),
        with_home(follows_no_link),
        with_home(refuses_names_that_leave_the_folder),
        with_home(says_which_file_could_not_be_written),
        with_home(cleans_what_is_no_text),
        with_home(another_round_replaces_what_it_brings),
        with_home(goes_on_where_a_run_was_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
