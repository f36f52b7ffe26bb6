/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/registry.h"
#include "plugin/capture.h"

/*
 * All checks over documents of the scenarios that are damaged at random, one document at a time;
 * what they say must be fit to print whatever the documents said. To be run from the root of the
 * repository. A fixed seed: the same damage every time.
 */

enum { ROUNDS_PER_SCENARIO = 450, MAX_DOCUMENT = 64 * 1024 };

static const char *const scenarios[] = {
    "tests/scenarios/healthy",
    "tests/scenarios/three-faults",
    "tests/scenarios/alert-multiline",
    "tests/scenarios/clustercheck-two",
    "tests/scenarios/tracking-korean",
    "tests/scenarios/licence-negative",
    "tests/scenarios/connstatus-missing",
    "tests/scenarios/snmp-healthy",
};

static uint32_t seed;

static size_t below(size_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return limit == 0 ? 0 : (seed >> 8) % limit;
}

/* Is TEXT one line of well-formed UTF-8 without control characters? Written apart from result.c. */
static bool is_printable_line(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        size_t more = *p < 0x80 ? 0 : *p < 0xc2 ? 9 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
        uint32_t point = more == 0 ? *p : *p & (0x3fu >> more);
        if (*p > 0xf4 || more == 9)
            return false;
        for (p++; more > 0; more--, p++) {
            if ((*p & 0xc0) != 0x80)
                return false;
            point = point << 6 | (*p & 0x3f);
        }
        if (point < 0x20 || (point >= 0x7f && point < 0xa0) ||
            (point >= 0xd800 && point < 0xe000) || point > 0x10ffff ||
            (point >= 0x202a && point <= 0x202e) || point == 0x2028 || point == 0x2029)
            return false;
    }
    return true;
}

static void assert_text(const char *text, bool may_be_missing)
{
    if (text == NULL) {
        assert_true(may_be_missing);
        return;
    }
    if (!is_printable_line(text))
        fail_msg("not fit to print: '%s'", text);
}

static void judge_result(const struct result *result)
{
    assert_true(result->finding_count > 0);
    assert_in_range(result_state(result), 0, STATE_COUNT - 1);
    assert_text(result_line(result), false);
    assert_true(result_line(result)[0] != '\0');
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        assert_in_range(finding->state, 0, STATE_COUNT - 1);
        assert_text(finding->subject, false);
        assert_text(finding->text, false);
        assert_true(finding->text[0] != '\0');
        assert_text(finding->wanted, true);
        assert_text(finding->found, true);
        assert_text(finding->hint, true);
        assert_text(finding->explained_by, true);
        assert_text(finding->evidence.document, true);
    }
    for (size_t i = 0; i < result->metric_count; i++) {
        const struct metric *metric = &result->metrics[i];
        assert_non_null(metric->spec);
        assert_text(metric->instance, true);
        assert_true(metric->value == metric->value);
        assert_true(metric->value < 1e300 && metric->value > -1e300);
    }
}

static void forget_facts(struct fleet *fleet)
{
    for (size_t n = 0; n < fleet->count; n++)
        for (size_t d = 0; d < fleet->nodes[n].document_count; d++) {
            fleet->nodes[n].documents[d].parsed_as = NULL;
            fleet->nodes[n].documents[d].facts = NULL;
        }
}

/* Everything is asked of every node; the checks of NODE's documents also read other nodes'. */
static void judge_fleet(struct fleet *fleet, const struct fleet *baseline)
{
    forget_facts(fleet);
    for (size_t n = 0; n < fleet->count; n++) {
        struct question q = {.arena = &arena,
                             .fleet = fleet,
                             .baseline = baseline,
                             .node = &fleet->nodes[n],
                             .has_since = n % 2 == 0,
                             .since = time_from_utc(1772928000)};
        for (size_t c = 0; c < registry_count; c++)
            judge_result(check_run(registry_checks[c], &q));
    }
}

/* Replaces REMOVED bytes at AT of BYTES by INSERT. */
static struct span splice(struct span bytes, size_t at, size_t removed, struct span insert)
{
    struct span head = text_head(bytes, at), tail = text_skip(bytes, at + removed);
    char *out = arena_alloc(&arena, head.n + insert.n + tail.n);
    if (head.n > 0)
        memcpy(out, head.p, head.n);
    if (insert.n > 0)
        memcpy(out + head.n, insert.p, insert.n);
    if (tail.n > 0)
        memcpy(out + head.n + insert.n, tail.p, tail.n);
    return (struct span){out, head.n + insert.n + tail.n};
}

static struct span part_of(struct span bytes)
{
    size_t from = below(bytes.n);
    return text_head(text_skip(bytes, from), 1 + below(400));
}

static struct span damage(struct span bytes, struct span other)
{
    static const struct {
        const char *p;
        size_t n;
    } bricks[] = {
        {"\0", 1},
        {"\r", 1},
        {"\n", 1},
        {"\x1b[2J", 4},
        {"|", 1},
        {"9", 1},
        {"-1", 2},
        {"99999999999999999999", 20},
        {"\xff", 1},
        {"\xe2\x80\xae", 3},
        {"%s%n", 4},
        {"<", 1},
        {"\"", 1},
        {"}", 1},
        {"]]>", 3},
        {"&#x1b;", 6},
        {"\\u202e", 6},
        {"\xc2\x85", 2},
        {"e308", 4},
        {"\\u0000", 6},
        {"</table>", 8},
        {"Machine ", 8},
        {"(Serial #: ", 11},
        {" days", 5},
    };
    size_t brick = below(COUNT(bricks)), at = below(bytes.n + 1);
    switch (below(8)) {
    case 0: { /* one bit */
        struct span copy = splice(bytes, 0, 0, (struct span){NULL, 0});
        size_t bit = below(copy.n * 8);
        if (copy.n > 0)
            ((char *)(uintptr_t)copy.p)[bit / 8] ^= (char)(1u << bit % 8);
        return copy;
    }
    case 1:
        return text_head(bytes, at);
    case 2:
        return text_skip(bytes, at);
    case 3:
        return splice(bytes, at, 0, part_of(bytes));
    case 4:
        return splice(bytes, at, below(200), part_of(other));
    case 5:
        return splice(bytes, at, 1 + below(100), (struct span){NULL, 0});
    default:
        return splice(bytes, at, below(2), (struct span){bricks[brick].p, bricks[brick].n});
    }
}

static void attack(const char *folder)
{
    struct arena base;
    struct capture now, before;
    arena_init(&base, NULL);
    if (!capture_load(&base, folder, NULL, &now, &fault) ||
        !capture_load(&base, "tests/scenarios/before", NULL, &before, &fault))
        fail_msg("%s: %s (to be run from the root of the repository)", fault.origin, fault.text);
    judge_fleet(&now.fleet, &before.fleet);
    for (int round = 0; round < ROUNDS_PER_SCENARIO; round++) {
        arena_free(&arena);
        forget_facts(&before.fleet);
        struct node *node = &now.fleet.nodes[below(now.fleet.count)];
        struct node *stranger = &now.fleet.nodes[below(now.fleet.count)];
        struct document *document = &node->documents[below(node->document_count)];
        struct span other = stranger->documents[below(stranger->document_count)].bytes;
        struct span saved = document->bytes;
        for (size_t wounds = 1 + below(4); wounds > 0; wounds--)
            document->bytes = text_head(damage(document->bytes, other), (size_t)MAX_DOCUMENT);
        judge_fleet(&now.fleet, round % 2 == 0 ? &before.fleet : NULL);
        document->bytes = saved;
    }
    arena_free(&base);
}

static void damaged_documents(void **state)
{
    (void)state;
    seed = 20260308;
    for (size_t i = 0; i < COUNT(scenarios); i++)
        attack(scenarios[i]);
}

/* Every document of every kind as every other one: nothing is recognised that is not there. */
static void documents_in_the_wrong_place(void **state)
{
    struct arena base;
    struct capture now;
    (void)state;
    arena_init(&base, NULL);
    assert_true(capture_load(&base, scenarios[0], NULL, &now, &fault));
    for (size_t n = 0; n < now.fleet.count; n++) {
        struct node *node = &now.fleet.nodes[n];
        for (size_t a = 0; a < node->document_count; a++)
            for (size_t b = 0; b < node->document_count; b++) {
                struct span saved = node->documents[a].bytes;
                arena_free(&arena);
                node->documents[a].bytes = node->documents[b].bytes;
                judge_fleet(&now.fleet, NULL);
                node->documents[a].bytes = saved;
            }
    }
    arena_free(&base);
}

static void the_judge_can_fail(void **state)
{
    static const char *const bad[] = {"\n",       "a\tb",         "\x1b",         "\x7f",
                                      "\xc2\x85", "\xc3",         "\xc0\x80",     "\xed\xa0\x80",
                                      "\xff",     "\xe2\x80\xae", "\xe2\x80\xa8", "\xe2\x82"};
    static const char *const good[] = {"", "a|b", "ä€\xf0\x9f\x98\x80", "\xef\xbf\xbd", "…"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(is_printable_line(bad[i]));
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(is_printable_line(good[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_judge_can_fail),
        with_arena(damaged_documents),
        with_arena(documents_in_the_wrong_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
