/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

#include "checks/registry.h"

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
    results[report->count++] = (struct report_result){
        .result = result, .state = result_state(result), .line = result_line(result)};
    nodes[n] = (struct report_node){.name = name, .role = ROLE_ESA, .state = result_state(result)};
    report->node_count = n + 1 > report->node_count ? n + 1 : report->node_count;
}

static struct report empty(void)
{
    return (struct report){.arena = &arena, .nodes = nodes, .results = results};
}

static const char *printed(const struct report *report)
{
    return rendered(report, "text");
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

/* A sentence without a document that does not say whose it is. */
static void names_whose_it_is(void **state)
{
    (void)state;
    struct report *report = sample("passing");
    for (size_t n = 0; n < 2; n++) {
        struct result *result = arena_alloc(&arena, sizeof(*result));
        *result = *report->results[n * registry_count].result;
        result->finding_count = 0;
        (void)result_say(result, STATE_PENDING, "x", "too early to tell");
        (void)result_say(result, STATE_WARNING, "x", "%s is slow", result->node);
        report->results[n * registry_count].result = result;
    }
    assert_says(printed(report), "    too early to tell\n"
                                 "    seen in: esa1.example.com; esa2.example.com\n\n");
    assert_says(printed(report), "    esa1.example.com is slow\n\n");
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

/* The ticket stands first; then all but what a single look has. */
static void heads_a_signed_run_with_its_plan(void **state)
{
    (void)state;
    struct report *report = sample("passing");
    assert_true(text_starts(text_of(printed(report)),
                            "change:      CHG0031415: AsyncOS 15.0.3 on the gateways of the head "
                            "office\n"
                            "planned:     2026-03-08T00:00:00Z to 2026-03-08T04:00:00Z\n"
                            "requester:   Mail operations\n"
                            "approved by: Change advisory board, 2026-03-04T15:00:00Z\n"));
    assert_says(printed(report), "\nVerdict: SUCCESSFUL (pass). 3 appliances");
    assert_says(printed(report), "\n\nExplained, and not failing:\n"
                                 "  alerts         esa1.example.com: new warning alert");
    report->seal_count = 0; /* a single look, of which a change is known */
    report->plan = (struct report_plan){.title = NULL};
    const char *look = printed(report);
    assert_silent(look, "CHG0031415");
    assert_silent(look, "Explained");
    assert_says(look, "\nVerdict: pass. 3 appliances");
}

/* What does not hold is told; the rest when it is asked for. */
static void tells_what_differs_from_the_baseline(void **state)
{
    (void)state;
    struct report *report = sample("failing");
    const char *text = printed(report);
    assert_says(text,
                "  differs    esa07.mx.example.com connstatus: members of the cluster: before\n"
                "             esa01 to esa10; after esa01 to esa06, esa09, esa10; wanted: the\n"
                "             same set\n");
    assert_silent(text, "  as wanted  ");
    assert_says(text, " more: -v shows all\n\n");
    report->verbose = 2;
    assert_says(printed(report), "  as wanted  esa01.mx.example.com connstatus: members");
}

static void lists_waivers_with_what_became_of_them(void **state)
{
    (void)state;
    const char *text = printed(sample("failing"));
    assert_says(text, "WAIVED    alerts\n    new critical alert");
    assert_says(text, "    waived: av-mirror: the mirror of the site");
    assert_silent(text, "CRITICAL  alerts");
    assert_says(text, "\n\nWaivers:\n  valid    av-mirror: ");
    assert_says(text, "\n  expired  licence-renewal: the renewal is ordered, PO 4711");
    assert_says(text, "46 N/A; 1\n         finding waived\n");
    assert_says(text,
                "PENDING   tracking\n    too early to tell: settles until 2026-03-08T04:15:00Z");
}

/* Without colours the same text, so that columns stand where they stood. */
static void colours_words_of_states_only(void **state)
{
    (void)state;
    static const char *const names[] = {"passing", "failing", "hostile"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct report *report = sample(names[i]);
        const char *plain = printed(report);
        report->colour = true;
        const char *painted = printed(report), *from = painted;
        assert_int_equal(times(painted, "\033["), times(painted, "\033[0m") * 2);
        assert_true(times(painted, "\033[0m") > 30);
        char *bare = arena_dup(&arena, text_of(painted)), *to = bare;
        while (*from != '\0')
            if (*from == '\033')
                from += strcspn(from, "m") + 1;
            else
                *to++ = *from++;
        *to = '\0';
        assert_string_equal(bare, plain);
    }
    struct report *report = sample("failing");
    report->colour = true;
    assert_says(printed(report), "\033[1;31mCRITICAL\033[0m  status\n");
    assert_says(printed(report), "\nVerdict: \033[1;31mUNSUCCESSFUL (fail)\033[0m. 22");
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(says_one_cause_once),
                                       with_arena(keeps_the_document_of_one),
                                       with_arena(counts_what_it_does_not_name),
                                       with_arena(names_whose_it_is),
                                       with_arena(stays_within_80_columns),
                                       with_arena(heads_a_signed_run_with_its_plan),
                                       with_arena(tells_what_differs_from_the_baseline),
                                       with_arena(lists_waivers_with_what_became_of_them),
                                       with_arena(colours_words_of_states_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
