/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/table.h"

/* The table against a plain array, and what its users rely on. */

enum { IDS = 3000, APPLIANCES = 3 };

struct record {
    uint64_t id;
    uint32_t next;
    uint16_t appliance;
    uint32_t value;
};

static uint32_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* Ids in one run, as those of a log, far ones, and some that share all but the upper half. */
static uint64_t id_of(uint32_t i)
{
    return i < 2000 ? i + 1 : i < 2500 ? (uint64_t)i << 32 : UINT64_MAX - i;
}

static void against_an_array(void **state)
{
    (void)state;
    static uint32_t wanted[IDS][APPLIANCES];
    struct table table;
    uint32_t used = 0;
    assert_true(table_init(&table, sizeof(struct record)));
    for (uint32_t step = 0; step < 200000; step++) {
        uint32_t i = below(IDS);
        uint16_t a = (uint16_t)below(APPLIANCES);
        struct record *found = table_find(&table, id_of(i), a);
        assert_true((found != NULL) == (wanted[i][a] != 0));
        assert_true(found == NULL || found->value == wanted[i][a]);
        bool grows = step / 40000 % 2 == 0;
        if (found == NULL && (grows || below(4) == 0)) {
            struct record *new = table_add(&table, id_of(i), a);
            uint32_t number = table_number(&table, id_of(i), a);
            assert_non_null(new);
            assert_true(new->id == id_of(i) && new->appliance == a &&new->value == 0);
            assert_ptr_equal(table_at(&table, number), new);
            assert_int_not_equal(number, 0);
            new->value = wanted[i][a] = step + 1;
            used++;
        } else if (found != NULL && (!grows || below(4) == 0)) {
            table_remove(&table, id_of(i), a);
            assert_null(table_find(&table, id_of(i), a));
            assert_int_equal(table_number(&table, id_of(i), a), 0);
            wanted[i][a] = 0;
            used--;
        } else if (found == NULL) {
            table_remove(&table, id_of(i), a); /* none is none */
        }
        assert_int_equal(table.used, used);
    }
    table_free(&table);
}

struct walk {
    uint32_t seen, even;
};

static bool take_even(void *context, void *record)
{
    struct walk *walk = context;
    const struct record *one = record;
    walk->seen++;
    walk->even += one->id % 2 == 0;
    return one->id % 2 == 0;
}

static void each_once(void **state)
{
    (void)state;
    struct table table;
    struct walk walk = {0, 0};
    assert_true(table_init(&table, sizeof(struct record)));
    assert_true(table_each(&table, take_even, &walk, true));
    assert_int_equal(walk.seen, 0);
    for (uint64_t id = 1; id <= 10000; id++)
        assert_non_null(table_add(&table, id, 0));
    assert_true(table_each(&table, take_even, &walk, false));
    assert_int_equal(walk.seen, 10000);
    assert_int_equal(table.used, 10000);
    walk = (struct walk){0, 0};
    assert_true(table_each(&table, take_even, &walk, true));
    assert_int_equal(walk.even, 5000);
    assert_int_equal(table.used, 5000);
    for (uint64_t id = 1; id <= 10000; id++)
        assert_true((table_find(&table, id, 0) != NULL) == (id % 2 == 1));
    table_free(&table);
}

/* Records stay where they are, whatever is added; what was removed is used again. */
static void records_stay(void **state)
{
    (void)state;
    enum { COUNT_OF = 3 * TABLE_CHUNK };
    struct table table;
    struct record *first;
    assert_true(table_init(&table, sizeof(struct record)));
    first = table_add(&table, 1, 0);
    for (uint64_t id = 2; id <= COUNT_OF; id++)
        assert_non_null(table_add(&table, id, 0));
    assert_ptr_equal(table_find(&table, 1, 0), first);
    uint32_t chunks = table.chunk_count;
    for (int round = 0; round < 3; round++) {
        for (uint64_t id = 2; id <= COUNT_OF; id++)
            table_remove(&table, id, 0);
        for (uint64_t id = 2; id <= COUNT_OF; id++)
            assert_non_null(table_add(&table, id, 0));
    }
    assert_int_equal(table.chunk_count, chunks);
    assert_ptr_equal(table_find(&table, 1, 0), first);
    table_free(&table);
}

static void full_is_half(void **state)
{
    (void)state;
    struct table table;
    assert_true(table_init(&table, sizeof(struct record)));
    unsigned bits = table.bits;
    while (!table_is_full(&table))
        assert_non_null(table_add(&table, table.used + 1, 7));
    assert_int_equal(table.used, 1u << (bits - 1));
    assert_int_equal(table.bits, bits);
    assert_non_null(table_add(&table, 0, 7)); /* the id 0 is one too */
    assert_non_null(table_find(&table, 0, 7));
    assert_null(table_find(&table, 0, 8));
    assert_int_equal(table.bits, bits + 1);
    table_free(&table);
    assert_true(table_init(&table, sizeof(struct record)));
    assert_true(table_reserve(&table, bits + 3));
    assert_int_equal(table.bits, bits + 3);
    assert_true(table_reserve(&table, bits));
    assert_int_equal(table.bits, bits + 3);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_an_array),
                                       cmocka_unit_test(each_once), cmocka_unit_test(records_stay),
                                       cmocka_unit_test(full_is_half)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
