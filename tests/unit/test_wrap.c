/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "plugin/render/wrap.h"

static const char *wrapped(const char *label, const char *text)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    wrap_put(out, label, text);
    assert_int_equal(fclose(out), 0);
    const char *copy = arena_dup(&arena, (struct span){bytes, n});
    free(bytes);
    return copy;
}

static void keeps_a_short_line(void **state)
{
    (void)state;
    assert_string_equal(wrapped("to do: ", "resume it"), "to do: resume it\n");
    assert_string_equal(wrapped("", ""), "\n");
    assert_string_equal(wrapped("at ", "a  b"), "at a b\n");
}

/* 79 columns are full, 80 are broken, and the rest begins below the text. */
static void breaks_before_column_80(void **state)
{
    char text[160];
    (void)state;
    (void)snprintf(text, sizeof(text), "%074d ab", 0);
    assert_string_equal(wrapped("- ", text), arena_printf(&arena, "- %s\n", text));
    (void)snprintf(text, sizeof(text), "%074d abc", 0);
    assert_string_equal(wrapped("- ", text), arena_printf(&arena, "- %074d\n  abc\n", 0));
}

static void never_cuts_a_word(void **state)
{
    char word[200];
    (void)state;
    (void)memset(word, 'x', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_string_equal(wrapped("  ", arena_printf(&arena, "a %s b", word)),
                        arena_printf(&arena, "  a\n  %s\n  b\n", word));
}

/* Colours take no room. */
static void counts_columns_and_not_bytes_of_colour(void **state)
{
    char text[160];
    (void)state;
    (void)snprintf(text, sizeof(text), "%074d ab cd", 0);
    assert_string_equal(wrapped("\033[1;31m-\033[0m ", text),
                        arena_printf(&arena, "\033[1;31m-\033[0m %074d ab\n  cd\n", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(keeps_a_short_line), with_arena(breaks_before_column_80),
        with_arena(never_cuts_a_word), with_arena(counts_columns_and_not_bytes_of_colour)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
