/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "snmp/table.h"

static struct table_summary summary = {.version = "1.2", .generation = 3, .worst = TABLE_OK};
static struct table_appliance appliances[] = {
    {.index = {{2, 0}}, .name = "b", .state = TABLE_CRITICAL, .run = TABLE_NO_TIME},
    {.index = {{7, 0}}, .name = "a", .state = TABLE_OK, .run = 1772938802},
};
static struct table_check checks[] = {
    {.index = {{2, 1}}, .name = "x", .run = TABLE_NO_TIME},
    {.index = {{2, 5}}, .name = "y", .run = TABLE_NO_TIME},
    {.index = {{7, UINT32_MAX}}, .name = "z", .run = TABLE_NO_TIME},
};

static struct table_view sample(void)
{
    return (struct table_view){.now = 1772938842,
                               .running = true,
                               .tables = {[TABLE_SUMMARY] = {&summary, 1},
                                          [TABLE_APPLIANCE] = {appliances, COUNT(appliances)},
                                          [TABLE_CHECK] = {checks, COUNT(checks)}}};
}

static int order(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return (a_count > b_count) - (a_count < b_count);
}

/* Every cell once, ascending, and GET finds the same; nothing is between two neighbours. */
static void walk(void **state)
{
    const struct table_view view = sample();
    struct table_cell cell, same, next;
    size_t count = 0;
    (void)state;
    for (bool more = table_next(&view, NULL, 0, &cell); more; count++) {
        assert_int_equal(table_get(&view, cell.oid, cell.oid_count, &same), TABLE_FOUND);
        assert_int_equal(same.type, cell.type);
        assert_int_equal(same.number, cell.number);
        more = table_next(&view, cell.oid, cell.oid_count, &next);
        if (more) {
            uint32_t longer[TABLE_MAX_OID + 1] = {0};
            assert_true(order(cell.oid, cell.oid_count, next.oid, next.oid_count) < 0);
            memcpy(longer, cell.oid, cell.oid_count * sizeof(*longer));
            assert_true(table_next(&view, longer, cell.oid_count + 1, &same));
            assert_int_equal(order(same.oid, same.oid_count, next.oid, next.oid_count), 0);
        }
        cell = next;
    }
    assert_int_equal(count, 32 + 2 * 19 + 3 * 9);
}

struct step {
    uint32_t from[8];
    size_t count;
    uint32_t to[TABLE_MAX_OID];
    size_t to_count; /* 0: the end */
};

static void edges(void **state)
{
    static const struct step steps[] = {
        {{0}, 1, {1, 1, 1, 0}, 4},
        {{1}, 1, {1, 1, 1, 0}, 4},
        {{1, 1, 1}, 3, {1, 1, 1, 0}, 4},
        {{1, 1, 1, 0}, 4, {1, 1, 2, 0}, 4},
        {{1, 1, 1, 9}, 4, {1, 1, 2, 0}, 4},
        {{1, 1, 32, 0}, 4, {1, 2, 1, 2, 2}, 5}, /* the last scalar, the first cell */
        {{1, 1, 99}, 3, {1, 2, 1, 2, 2}, 5},
        {{1, 2, 1, 1, 5}, 5, {1, 2, 1, 2, 2}, 5}, /* the index is no column that is served */
        {{1, 2, 1, 2, 2}, 5, {1, 2, 1, 2, 7}, 5},
        {{1, 2, 1, 2, 3}, 5, {1, 2, 1, 2, 7}, 5},
        {{1, 2, 1, 2, 7}, 5, {1, 2, 1, 3, 2}, 5},     /* the last row, the next column */
        {{1, 2, 1, 2, 2, 0}, 6, {1, 2, 1, 2, 7}, 5},  /* too long an index */
        {{1, 2, 1, 20, 7}, 5, {1, 3, 1, 2, 2, 1}, 6}, /* the end of a table */
        {{1, 2, 2}, 3, {1, 3, 1, 2, 2, 1}, 6},
        {{1, 3, 1, 2, 2}, 5, {1, 3, 1, 2, 2, 1}, 6}, /* half an index */
        {{1, 3, 1, 2, 2, 1}, 6, {1, 3, 1, 2, 2, 5}, 6},
        {{1, 3, 1, 2, 2, 6}, 6, {1, 3, 1, 2, 7, UINT32_MAX}, 6},
        {{1, 3, 1, 2, 7, UINT32_MAX}, 6, {1, 3, 1, 3, 2, 1}, 6},
        {{1, 3, 1, 10, 7, UINT32_MAX}, 6, {0}, 0}, /* the tables behind it are empty */
        {{1, 3, 1, 10, 7, UINT32_MAX, 0}, 7, {0}, 0},
        {{2}, 1, {0}, 0},
    };
    const struct table_view view = sample();
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct table_cell cell;
        const bool found = table_next(&view, steps[i].from, steps[i].count, &cell);
        assert_int_equal(found, steps[i].to_count != 0);
        if (found && order(cell.oid, cell.oid_count, steps[i].to, steps[i].to_count) != 0)
            fail_msg("step %zu leads elsewhere", i);
    }
}

static void absent(void **state)
{
    const struct table_view view = sample();
    struct table_cell cell;
    (void)state;
    assert_int_equal(table_get(&view, NULL, 0, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 1, 1}, 3, &cell), TABLE_NO_INSTANCE);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 1, 1, 1}, 4, &cell), TABLE_NO_INSTANCE);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 1, 33, 0}, 4, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 1, 2}, 5, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 2, 3}, 5, &cell), TABLE_NO_INSTANCE);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 2, 1}, 5, &cell), TABLE_NO_INSTANCE);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 2, 2, 0}, 6, &cell), TABLE_NO_INSTANCE);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 2, 2, 2}, 5, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 7, 1, 2, 2}, 5, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){2, 1, 1, 0}, 4, &cell), TABLE_NO_OBJECT);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 4, 1, 2, 1}, 5, &cell), TABLE_NO_INSTANCE);
}

static uint32_t number_at(const struct table_view *view, const uint32_t *oid, size_t count)
{
    struct table_cell cell;
    assert_int_equal(table_get(view, oid, count, &cell), TABLE_FOUND);
    assert_int_not_equal(cell.type, TABLE_OCTETS);
    return cell.number;
}

static void values(void **state)
{
    static const uint32_t worst[] = {1, 1, 6, 0}, critical[] = {1, 2, 1, 11, 2};
    static const uint32_t age[] = {1, 2, 1, 14, 7}, no_age[] = {1, 2, 1, 14, 2};
    struct table_view view = sample();
    struct table_cell cell;
    (void)state;
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 2, 7}, 5, &cell), TABLE_FOUND);
    assert_int_equal(cell.type, TABLE_OCTETS);
    assert_int_equal(cell.octet_count, 1);
    assert_memory_equal(cell.octets, "a", 1);
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 4, 7}, 5, &cell), TABLE_FOUND);
    assert_int_equal(cell.octet_count, 0); /* no model: empty, not absent */
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 13, 7}, 5, &cell), TABLE_FOUND);
    assert_int_equal(cell.octet_count, 8);
    assert_memory_equal(cell.octets, "\x07\xea\x03\x08\x03\x00\x02\x00", 8); /* 8 March, 03:00:02 */
    assert_int_equal(table_get(&view, (uint32_t[]){1, 2, 1, 13, 2}, 5, &cell), TABLE_FOUND);
    assert_memory_equal(cell.octets, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(number_at(&view, age, 5), 40);
    assert_int_equal(number_at(&view, no_age, 5), UINT32_MAX);
    assert_int_equal(number_at(&view, worst, 4), TABLE_OK);
    assert_int_equal(number_at(&view, critical, 5), TABLE_CRITICAL);
    view.running = false; /* nothing is ok, or known to be bad, for ever */
    assert_int_equal(number_at(&view, worst, 4), TABLE_UNKNOWN);
    assert_int_equal(number_at(&view, critical, 5), TABLE_UNKNOWN);
    view.now = 0; /* a clock that was set back */
    assert_int_equal(number_at(&view, age, 5), 0);
    view.now = INT64_C(1) << 40;
    assert_int_equal(number_at(&view, age, 5), UINT32_MAX - 1);
}

static void sorted(void **state)
{
    struct table_check rows[] = {
        {.index = {{2, 1}}, .name = "b"},
        {.index = {{1, 9}}, .name = "a"},
        {.index = {{2, 1}}, .name = "b"},
        {.index = {{UINT32_MAX, 0}}, .name = "c"},
    };
    struct table_rows table = {rows, COUNT(rows)};
    (void)state;
    table_sort(TABLE_CHECK, &table);
    assert_int_equal(table.count, 3);
    assert_string_equal(rows[0].name, "a");
    assert_string_equal(rows[1].name, "b");
    assert_string_equal(rows[2].name, "c");
}

static void digest(void **state)
{
    struct table_rows table = {checks, COUNT(checks)};
    const uint64_t before = table_digest(TABLE_CHECK, &table);
    (void)state;
    checks[1].run = 5;
    checks[1].duration = 9;
    assert_true(table_digest(TABLE_CHECK, &table) == before);
    checks[1].state = TABLE_WARNING;
    assert_true(table_digest(TABLE_CHECK, &table) != before);
    checks[1].state = 0;
    checks[1].message = "m";
    assert_true(table_digest(TABLE_CHECK, &table) != before);
    checks[1].message = NULL;
    assert_true(table_digest(TABLE_CHECK, &table) == before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk),   cmocka_unit_test(edges),  cmocka_unit_test(absent),
        cmocka_unit_test(values), cmocka_unit_test(sorted), cmocka_unit_test(digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
