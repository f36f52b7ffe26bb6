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
    emit_end(&emit, emit_string(&emit, emit_room(&emit), text));
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

static uint32_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* Bytes of the UTF-8 character at P, by the table of RFC 3629; 0: it is none. */
static size_t utf8(const unsigned char *p, size_t n)
{
    static const unsigned char rows[][4] = {{0xc2, 0xdf, 0x80, 0xbf}, {0xe0, 0xe0, 0xa0, 0xbf},
                                            {0xe1, 0xec, 0x80, 0xbf}, {0xed, 0xed, 0x80, 0x9f},
                                            {0xee, 0xef, 0x80, 0xbf}, {0xf0, 0xf0, 0x90, 0xbf},
                                            {0xf1, 0xf3, 0x80, 0xbf}, {0xf4, 0xf4, 0x80, 0x8f}};
    for (size_t row = 0; row < COUNT(rows); row++) {
        size_t size = 2u + (p[0] >= 0xe0) + (p[0] >= 0xf0);
        if (p[0] < rows[row][0] || p[0] > rows[row][1] || n < size || p[1] < rows[row][2] ||
            p[1] > rows[row][3])
            continue;
        for (size_t i = 2; i < size; i++)
            if (p[i] < 0x80 || p[i] > 0xbf)
                return 0;
        return size;
    }
    return 0;
}

/* The same, a character at a time. */
static void put_slowly(FILE *out, const unsigned char *p, size_t n)
{
    static const struct {
        unsigned first, last;
    } unsafe[] = {{0x80, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200f},
                  {0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}};
    (void)fputc('"', out);
    for (size_t i = 0, size; i < n; i += size) {
        size = p[i] < 0x80 ? 1 : utf8(p + i, n - i);
        unsigned code = p[i] & (size == 1 ? 0x7f : 0xffu >> (size + 1));
        for (size_t k = 1; k < size; k++)
            code = code << 6 | (p[i + k] & 0x3f);
        bool escape = code < ' ' || code == 0x7f || size == 0;
        for (size_t k = 0; k < COUNT(unsafe); k++)
            escape |= code >= unsafe[k].first && code <= unsafe[k].last;
        if (escape)
            (void)fprintf(out, "\\u%04x", size == 0 ? 0xfffdu : code);
        else
            (void)fprintf(out, "%s%.*s", code == '"' || code == '\\' ? "\\" : "", (int)size, p + i);
        size += size == 0;
    }
    (void)fputc('"', out);
}

/* A text of N bytes, of which some stand out, also torn characters: more often at its ends. */
static void fill(char *p, size_t n)
{
    static const char *const odd[] = {"\"",
                                      "\\",
                                      "\x7f",
                                      "\x1f",
                                      "\x80",
                                      "\xc3\xa4",
                                      "\xe2\x80\xae",
                                      "\xe2\x80\x8b",
                                      "\xe4\xbc\x9a",
                                      "\xff",
                                      "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(' ' + below(2));
    for (uint32_t count = n == 0 ? 0 : below(4); count > 0; count--) {
        const char *what = odd[below(COUNT(odd))];
        size_t at = below(2) == 0 ? below((uint32_t)n) : n - 1 - below(n < 4 ? (uint32_t)n : 4);
        memcpy(p + at, what, strlen(what) < n - at ? strlen(what) : n - at);
    }
}

/* Texts of every length around the blocks that are copied at once, one behind the other: the buffer
 * ends at any place. What lies behind a text is not read: each has a room of its own. */
static void is_fast_as_it_is_slow(void **state)
{
    enum { TEXTS = 20000, LONGEST = 2 * EMIT_MARGIN };
    char *fast = NULL, *slow = NULL;
    size_t fast_n = 0, slow_n = 0;
    FILE *fast_out = open_memstream(&fast, &fast_n), *slow_out = open_memstream(&slow, &slow_n);
    (void)state;
    assert_true(fast_out != NULL && slow_out != NULL);
    emit_begin(&emit, fast_out);
    for (uint32_t i = 0; i < TEXTS; i++) {
        size_t n = i % 8 != 0 ? i / 8 % 70 : i % 64 != 0 ? 0 : below(LONGEST);
        char *text = malloc(n + (n == 0));
        assert_non_null(text);
        fill(text, n);
        emit_end(&emit, emit_string(&emit, emit_room(&emit), (struct span){text, n}));
        put_slowly(slow_out, (const unsigned char *)text, n);
        free(text);
    }
    emit_flush(&emit);
    assert_true(fclose(fast_out) == 0 && fclose(slow_out) == 0);
    assert_int_equal(fast_n, slow_n);
    assert_memory_equal(fast, slow, slow_n);
    free(fast);
    free(slow);
}

/* Many in one line, without asking for room between them. */
static void finds_room_for_every_string(void **state)
{
    enum { STRINGS = EMIT_BYTES };
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    (void)state;
    assert_non_null(out);
    emit_begin(&emit, out);
    char *p = emit_room(&emit);
    for (int i = 0; i < STRINGS; i++)
        p = EMIT(emit_string(&emit, p, text_of(i % 2 == 0 ? "" : "seventeen letters")), ",");
    emit_end(&emit, p);
    emit_flush(&emit);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(n, STRINGS / 2 * (3 + 20));
    for (size_t i = 0; i < n; i += 23)
        assert_memory_equal(bytes + i, "\"\",\"seventeen letters\",", 23);
    free(bytes);
}

static void prints_numbers_and_times(void **state)
{
    uint64_t power = 1;
    const int32_t hour = 3600;
    char text[64];
    (void)state;
    emit_begin(&emit, stdout);
    for (int digits = 0; digits <= 20; digits++, power = digits < 20 ? power * 10 : 0)
        for (uint64_t number = power - 1; number != power + 2; number++) {
            *emit_number(text, number) = '\0';
            assert_string_equal(text, arena_printf(&arena, "%llu", (unsigned long long)number));
        }
    *emit_time(&emit, text, 1772942402, &hour) = '\0';
    assert_string_equal(text, "\"2026-03-08T03:00:02Z\"");
    *emit_time(&emit, text, 1772942402, NULL) = '\0';
    assert_string_equal(text, "\"2026-03-08T04:00:02\"");
    *emit_time(&emit, text, 3599, &hour) = '\0'; /* no time is before 1970 */
    assert_string_equal(text, "\"1970-01-01T00:00:00Z\"");
    *emit_time(&emit, text, 951827696, NULL) = '\0';
    assert_string_equal(text, "\"2000-02-29T12:34:56\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(leaves_plain_text_as_it_is),  with_arena(escapes_what_json_and_terminals_mind),
        with_arena(stays_json_whatever_comes),   with_arena(is_fast_as_it_is_slow),
        with_arena(finds_room_for_every_string), with_arena(prints_numbers_and_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
