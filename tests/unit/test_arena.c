/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdalign.h>

static void assert_zero(const void *memory, size_t size)
{
    const unsigned char *p = memory;
    for (size_t i = 0; i < size; i++)
        assert_int_equal(p[i], 0);
}

static void gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *memory = arena_alloc(&arena, size);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
            assert_zero(memory, size);
            memset(memory, 0xaa, size);
        }
        assert_true(arena.bytes >= 300 * 299 / 2);
        /* Released memory comes back dirty from malloc(); the arena must clean it again. */
        arena_free(&arena);
        assert_int_equal(arena.bytes, 0);
    }
    arena_free(&arena);
}

static void keeps_pieces_apart(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    arena_init(&arena, NULL);
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i % 100 == 0 ? 100000 + i : i % 97;
        pieces[i] = arena_alloc(&arena, size + 1);
        memset(pieces[i], (int)(i % 251), size + 1);
    }
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i % 100 == 0 ? 100000 + i : i % 97;
        for (size_t b = 0; b <= size; b++)
            assert_true(pieces[i][b] == i % 251);
    }
    arena_free(&arena);
}

static void large_pieces_do_not_waste_the_block(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    char *before = arena_alloc(&arena, 16);
    char *large = arena_alloc(&arena, 5000000);
    char *after = arena_alloc(&arena, 16);
    assert_ptr_equal(after, before + 16);
    assert_zero(large, 5000000);
    arena_free(&arena);
    /* A large one first: small ones follow in a block of their own. */
    large = arena_alloc(&arena, 100000);
    after = arena_alloc(&arena, 16);
    memset(large, 1, 100000);
    assert_zero(after, 16);
    arena_free(&arena);
}

static void arrays_grow(void **state)
{
    (void)state;
    struct pair {
        size_t number;
        char name[24];
    } *pairs = NULL;
    size_t count = 0;
    arena_init(&arena, NULL);
    while (count < 10000) {
        struct pair *old = pairs;
        pairs = arena_push(&arena, pairs, count, sizeof(*pairs));
        if (count != 0 && (count & (count - 1)) != 0)
            assert_ptr_equal(pairs, old);
        assert_zero(&pairs[count], sizeof(*pairs));
        pairs[count].number = count;
        memset(pairs[count].name, 0x55, sizeof(pairs[count].name));
        count++;
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pairs[i].number, i);
    /* Doubling: all moves together cost less than four times the final array. */
    assert_true(arena.bytes < 4 * 16384 * sizeof(*pairs));
    int *numbers = arena_array(&arena, 1000, sizeof(*numbers));
    assert_zero(numbers, 1000 * sizeof(*numbers));
    assert_non_null(arena_array(&arena, 0, 8));
    assert_non_null(arena_array(&arena, SIZE_MAX, 0));
    arena_free(&arena);
}

static void copies_text(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    const char text[] = "abcdef";
    char *copy = arena_dup(&arena, (struct span){text + 1, 3});
    assert_string_equal(copy, "bcd");
    assert_string_equal(arena_dup(&arena, (struct span){NULL, 0}), "");
    char *binary = arena_dup(&arena, (struct span){"a\0b", 3});
    assert_memory_equal(binary, "a\0b", 4);
    assert_string_equal(arena_printf(&arena, "%s has %d", "esa1.example.com", 42),
                        "esa1.example.com has 42");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    char *wide = arena_printf(&arena, "%200000d", 7);
    assert_int_equal(strlen(wide), 200000);
    assert_int_equal(wide[199999], '7');
    assert_string_equal(copy, "bcd");
    arena_free(&arena);
}

static jmp_buf out_of_memory_seen;

static void out_of_memory(void)
{
    longjmp(out_of_memory_seen, 1);
}

enum { GIANT_PIECE, GIANT_PRODUCT, GIANT_SUM };

static bool runs_out(int way)
{
    arena_init(&arena, out_of_memory);
    if (setjmp(out_of_memory_seen) != 0) {
        arena_free(&arena);
        return true;
    }
    (void)arena_alloc(&arena, 8);
    if (way == GIANT_PIECE)
        (void)arena_alloc(&arena, SIZE_MAX);
    else if (way == GIANT_PRODUCT)
        (void)arena_array(&arena, SIZE_MAX / 2, 4);
    else
        (void)arena_array(&arena, SIZE_MAX / 16, 16);
    arena_free(&arena);
    return false;
}

static void gives_up_at_one_place(void **state)
{
    (void)state;
    assert_true(runs_out(GIANT_PIECE));
    assert_true(runs_out(GIANT_PRODUCT));
    assert_true(runs_out(GIANT_SUM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(keeps_pieces_apart),
        cmocka_unit_test(large_pieces_do_not_waste_the_block),
        cmocka_unit_test(arrays_grow),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(gives_up_at_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
