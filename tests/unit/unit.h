/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

/*
 * What every unit program begins with: cmocka with the headers it wants before it, and the arena
 * and the fault that the tests of one program share.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "checks/fleet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena arena; /* empty when a test begins that is listed by with_arena() */
static struct fault fault; /* of what was read last */

static inline int set_up(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* For the list of tests in main(). */
#define with_arena(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Reads BYTES as KIND into FACTS, which begin as zeros as they do in a run. */
static inline bool reads_as(const struct document_kind *kind, struct span bytes, void *facts)
{
    fault = (struct fault){.kind = FAULT_NONE};
    memset(facts, 0, kind->facts_size);
    return kind->parse(&arena, bytes, facts, &fault);
}

/*
 * Facts of TEXT read as KIND, NULL when it is refused. Not inline: gcc does not know that
 * assert_non_null() leaves the test, and would warn of NULL behind it.
 */
__attribute__((noinline, unused)) static const void *facts_of(const struct document_kind *kind,
                                                              const char *text)
{
    void *facts = arena_alloc(&arena, kind->facts_size);
    return reads_as(kind, text_of(text), facts) ? facts : NULL;
}

/* By bytes and not with the functions of text.h, which are under test themselves. */
static inline void unit_span(struct span span, const char *wanted, const char *file, int line)
{
    if (span.n == strlen(wanted) && (span.n == 0 || memcmp(span.p, wanted, span.n) == 0))
        return;
    print_error("\"%.*s\" is not \"%s\"\n", TEXT_ARGS(span), wanted);
    _fail(file, line);
}
#define assert_span(span, wanted) unit_span(span, wanted, __FILE__, __LINE__)

#endif
