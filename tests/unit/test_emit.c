/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/maillog/emit.h"

static struct emit emit;

/* TEXT as JSON, with its quotes. */
static const char *emitted(struct span text)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    emit_begin(&emit, out);
    emit_string(&emit, text);
    emit_flush(&emit);
    assert_int_equal(fclose(out), 0);
    const char *copy = arena_dup(&arena, (struct span){bytes, n});
    free(bytes);
    return copy;
}

static void leaves_plain_text_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(emitted(text_of("")), "\"\"");
    assert_string_equal(emitted(text_of("Lunch at 12 for ann@example.com?")),
                        "\"Lunch at 12 for ann@example.com?\"");
    assert_string_equal(emitted(text_of("Gr\xc3\xbc\xc3\x9f")), "\"Gr\xc3\xbc\xc3\x9f\"");
}

/* Wherever in a word of eight bytes it stands. */
static void escapes_what_json_and_terminals_mind(void **state)
{
    static const struct {
        const char *text, *json;
    } rows[] = {{"\"", "\\\""},
                {"\\", "\\\\"},
                {"\x1b", "\\u001b"},
                {"\n", "\\u000a"},
                {"\x7f", "\\u007f"},
                {"\xc2\x9b", "\\u009b"},
                {"\xe2\x80\xae", "\\u202e"},
                {"\xff", "\\ufffd"},
                {"\xc3", "\\ufffd"},
                {"\xc0\x80", "\\ufffd\\ufffd"},
                {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int before = 0; before < 17; before++)
            assert_string_equal(emitted(text_of(arena_printf(&arena, "%.*s%s tail of it", before,
                                                             "abcdefghijklmnopq", rows[i].text))),
                                arena_printf(&arena, "\"%.*s%s tail of it\"", before,
                                             "abcdefghijklmnopq", rows[i].json));
}

/* All bytes, and a string that is longer than the buffer: JSON that says what it held. */
static void stays_json_whatever_comes(void **state)
{
    const size_t size = 3 * EMIT_BYTES;
    char *bytes = arena_alloc(&arena, size);
    (void)state;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7919 >> 3);
    json_t *json =
        json_loads(emitted((struct span){bytes, size}), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_true(json_is_string(json));
    json_decref(json);
}

static void prints_numbers_and_times(void **state)
{
    static const uint64_t numbers[] = {0, 9, 10, 99, 100, 12345, UINT64_MAX};
    const int32_t hour = 3600;
    char text[64];
    (void)state;
    emit_begin(&emit, stdout);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        *emit_number(text, numbers[i]) = '\0';
        assert_string_equal(text, arena_printf(&arena, "%llu", (unsigned long long)numbers[i]));
    }
    *emit_time(&emit, text, 1772942402, &hour) = '\0';
    assert_string_equal(text, "\"2026-03-08T03:00:02Z\"");
    *emit_time(&emit, text, 1772942402, NULL) = '\0';
    assert_string_equal(text, "\"2026-03-08T04:00:02\"");
    *emit_time(&emit, text, 951827696, NULL) = '\0';
    assert_string_equal(text, "\"2000-02-29T12:34:56\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(leaves_plain_text_as_it_is), with_arena(escapes_what_json_and_terminals_mind),
        with_arena(stays_json_whatever_comes), with_arena(prints_numbers_and_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
