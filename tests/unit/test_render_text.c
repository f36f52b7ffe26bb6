/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/registry.h"
#include "plugin/render/render.h"

enum { MAX = 64 };

static struct report_result results[MAX];
static struct report_node nodes[MAX];

static const struct check *check_of(const char *name)
{
    const struct check *check = registry_find(text_of(name));
    assert_non_null(check);
    return check;
}

/* An answer of CHECK about node N, "nN.example.com": DOCUMENT could not be used, or it was fine. */
static void add(struct report *report, size_t n, const char *check, const char *document,
                const char *why)
{
    const char *name = arena_printf(&arena, "n%zu.example.com", n);
    struct result *result = arena_alloc(&arena, sizeof(*result));
    result_init(result, &arena, check_of(check), name);
    if (document == NULL) {
        (void)result_say(result, STATE_OK, name, "%s is fine", name);
    } else {
        (void)fault_set(&fault, FAULT_TIMEOUT, document, 0, "%s", why);
        (void)check_fault(result, name, &fault);
    }
    assert_true(report->count < MAX);
    results[report->count++] =
        (struct report_result){result, result_state(result), result_line(result), 0, 0, 0, 0};
    nodes[n] = (struct report_node){.name = name, .role = ROLE_ESA, .state = result_state(result)};
    report->node_count = n + 1 > report->node_count ? n + 1 : report->node_count;
}

static struct report empty(void)
{
    return (struct report){.arena = &arena, .nodes = nodes, .results = results};
}

static const char *printed(const struct report *report)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    render_text_print(out, report);
    assert_int_equal(fclose(out), 0);
    const char *copy = arena_dup(&arena, (struct span){bytes, n});
    free(bytes);
    return copy;
}

static size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

/* One appliance that does not answer is one thing to read, whatever asked it. */
static void says_one_cause_once(void **state)
{
    struct report report = empty();
    (void)state;
    add(&report, 0, "alerts", "cli/displayalerts.txt", "no route to 192.0.2.11");
    add(&report, 0, "raid", "cli/version.txt", "no route to 192.0.2.11");
    add(&report, 0, "status", "cli/status.txt", "no route to 192.0.2.11");
    add(&report, 0, "version", "cli/version.txt", "no route to 192.0.2.11");
    add(&report, 1, "status", NULL, NULL);
    const char *text = printed(&report);
    assert_int_equal(times(text, "no route"), 1);
    assert_non_null(strstr(text, "UNKNOWN   alerts, raid, status, version\n"
                                 "    no route to 192.0.2.11\n"));
    assert_int_equal(times(text, "n0.example.com/cli/version.txt"), 1);
    assert_non_null(strstr(text, "n0.example.com/cli/status.txt"));
}

/* A document's name stays where it is only about that one. */
static void keeps_the_document_of_one(void **state)
{
    struct report report = empty();
    (void)state;
    add(&report, 0, "status", "cli/status.txt", "the answer is empty");
    add(&report, 1, "status", NULL, NULL);
    assert_non_null(strstr(printed(&report), "UNKNOWN   status\n"
                                             "    cli/status.txt: the answer is empty\n"
                                             "    seen in: n0.example.com/cli/status.txt\n"));
}

static void counts_what_it_does_not_name(void **state)
{
    struct report report = empty();
    (void)state;
    for (size_t n = 0; n < 10; n++)
        add(&report, n, "status", "cli/status.txt", "the run was interrupted");
    const char *text = printed(&report);
    assert_int_equal(times(text, "the run was interrupted"), 1);
    assert_int_equal(times(text, "n2.example.com/cli/status.txt"), 1);
    assert_null(strstr(text, "n3.example.com/cli/status.txt"));
    assert_non_null(strstr(text, "and 7 more, of 10"));
}

/* Every check has a column that can be told from its neighbours, on a terminal of 80. */
static void stays_within_80_columns(void **state)
{
    struct report report = empty();
    (void)state;
    for (size_t n = 0; n < 2; n++)
        for (size_t c = 0; c < registry_count; c++)
            add(&report, n, registry_checks[c]->name, n == 0 ? "cli/status.txt" : NULL,
                "no prompt came within the time that is allowed for the whole appliance");
    const char *text = printed(&report);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") < 80);
    for (size_t c = 0; c < registry_count; c++)
        assert_true(times(text, registry_checks[c]->name) >= 2);
    assert_non_null(strstr(text, "\nn0.example.com  UNKN UNKN "));
    assert_non_null(strstr(text, "\nn1.example.com  ok   ok   "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(says_one_cause_once), with_arena(keeps_the_document_of_one),
        with_arena(counts_what_it_does_not_name), with_arena(stays_within_80_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
