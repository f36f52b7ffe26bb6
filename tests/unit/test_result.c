/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/check.h"

static const struct check check = {.name = "example"};

static void worst_of(void **state)
{
    static const enum state order[] = {STATE_NOT_APPLICABLE, STATE_OK,      STATE_PENDING,
                                       STATE_UNKNOWN,        STATE_WARNING, STATE_CRITICAL};
    (void)state;
    assert_int_equal(COUNT(order), STATE_COUNT);
    for (size_t a = 0; a < COUNT(order); a++)
        for (size_t b = 0; b < COUNT(order); b++)
            assert_int_equal(result_worse(order[a], order[b]), order[a > b ? a : b]);
}

static void words_and_codes(void **state)
{
    static const struct {
        enum state state;
        const char *word, *label;
        int code;
    } rows[] = {
        {STATE_NOT_APPLICABLE, "not_applicable", "N/A", 0},
        {STATE_OK, "ok", "OK", 0},
        {STATE_PENDING, "pending", "PENDING", 3},
        {STATE_UNKNOWN, "unknown", "UNKNOWN", 3},
        {STATE_WARNING, "warning", "WARNING", 1},
        {STATE_CRITICAL, "critical", "CRITICAL", 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(result_state_word(rows[i].state), rows[i].word);
        assert_string_equal(result_state_label(rows[i].state), rows[i].label);
        assert_int_equal(result_exit_code(rows[i].state), rows[i].code);
    }
}

#define BAD "\xef\xbf\xbd"

/* Unicode 15, table 3-7: every border of the well-formed forms from both sides. */
static const struct {
    const char *text, *clean;
} utf8[] = {
    {"plain", "plain"},
    {"\xc2\xa1", "\xc2\xa1"},
    {"\xdf\xbf", "\xdf\xbf"},
    {"\xe0\xa0\x80", "\xe0\xa0\x80"},
    {"\xec\xbf\xbf", "\xec\xbf\xbf"},
    {"\xed\x9f\xbf", "\xed\x9f\xbf"},
    {"\xee\x80\x80", "\xee\x80\x80"},
    {"\xef\xbf\xbf", "\xef\xbf\xbf"},
    {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},
    {"\xf3\xbf\xbf\xbf", "\xf3\xbf\xbf\xbf"},
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
    {"\x80", BAD},
    {"\xbf", BAD},
    {"\xc0\x80", BAD BAD},
    {"\xc1\xbf", BAD BAD},
    {"\xe0\x9f\xbf", BAD BAD BAD},
    {"\xed\xa0\x80", BAD BAD BAD},
    {"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD},
    {"\xf4\x90\x80\x80", BAD BAD BAD BAD},
    {"\xf5\x80\x80\x80", BAD BAD BAD BAD},
    {"\xfe\xff", BAD BAD},
    {"\xc3", BAD},
    {"\xe2\x82", BAD BAD},
    {"\xf0\x9f\x98", BAD BAD BAD},
    {"a\xc3(b", "a" BAD "(b"},
    {"\xc3\xa9\xc3", "\xc3\xa9" BAD},
    {"\xe9t\xe9", BAD "t" BAD},
};

static void cleans_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(utf8); i++)
        assert_string_equal(result_clean(&arena, text_of(utf8[i].text), 100), utf8[i].clean);
}

static const struct {
    const char *text, *clean;
} lines[] = {
    {"", ""},
    {"   ", ""},
    {"\r\n", ""},
    {"  a  b  ", "a b"},
    {"a\tb\r\nc\n\n\nd", "a b c d"},
    {"a\x01\x1f\x7f\x62", "a b"},
    {"a\xc2\x80\xc2\x9f\xc2\xa0z", "a z"},
    {"\x1b[31mred\x1b[0m", "[31mred [0m"},
    {"a\xe2\x80\xa8z\xe2\x80\xa9z", "a z z"},
    {"a\xe2\x80\xaez\xe2\x80\xac", "az"},
    {"\xe2\x81\xa6z\xe2\x81\xa9", "z"},
    {"a\xe2\x80\x8bz\xef\xbb\xbfz\xd8\x9cz", "azzz"},
    {"\xf3\xa0\x81\x81z", "z"},
    {"a|b<c>\"d\"", "a|b<c>\"d\""},
};

static void cleans_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_string_equal(result_clean(&arena, text_of(lines[i].text), 100), lines[i].clean);
    assert_string_equal(result_clean(&arena, (struct span){"a\0b\0", 4}, 100), "a b");
    assert_string_equal(result_clean(&arena, (struct span){NULL, 0}, 100), "");
}

static void cuts(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *clean;
    } rows[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdef \n", 6, "abcdef"},
        {"abcdefg", 6, "abcdef…"},
        {"abcdef g", 6, "abcdef…"},
        {"abcde fg", 6, "abcde…"},
        {"abc", 0, "…"},
        {"", 0, ""},
        {"äöüßä", 8, "äöüß…"},
        {"äöüßä", 7, "äöü…"},
        {"a€€", 4, "a€…"},
        {"a€€", 6, "a€…"},
        {"\xff\xff", 6, BAD BAD},
        {"\xff\xff\xff", 6, BAD BAD "…"},
        {"\xff\xff", 5, BAD "…"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(result_clean(&arena, text_of(rows[i].text), rows[i].max),
                            rows[i].clean);
}

/* Whatever the bytes: never longer than asked for and the mark, and clean already when cleaned
 * again. */
static void cleaning_is_final(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char bytes[40];
        size_t n = (size_t)round % sizeof(bytes), max = (size_t)round % 37;
        for (size_t i = 0; i < n; i++) {
            static const char bricks[] = "\xe2\x80\xa8\xae\xef\xbb\xbf\xf0\x9f\xc2\xa0\x1b z";
            random = random * 1664525u + 1013904223u;
            bytes[i] =
                random >> 31 ? bricks[(random >> 8) % (sizeof(bricks) - 1)] : (char)(random >> 16);
        }
        const char *clean = result_clean(&arena, (struct span){bytes, n}, max);
        assert_true(strlen(clean) <= max + sizeof("…") - 1);
        assert_string_equal(result_clean(&arena, text_of(clean), max), clean);
        for (const char *p = clean; *p != '\0'; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
    }
}

static void silence_is_unknown(void **state)
{
    struct result result;
    (void)state;
    result_init(&result, &arena, &check, "esa1.example.com");
    result_summary(&result, "all is well");
    assert_int_equal(result_state(&result), STATE_UNKNOWN);
    assert_string_equal(result_line(&result), "nothing was found out");
}

static void line_of_a_result(void **state)
{
    static const struct {
        enum state states[3];
        size_t count;
        const char *summary, *headline, *line;
        enum state worst;
    } rows[] = {
        {{STATE_OK}, 1, NULL, NULL, "finding 0", STATE_OK},
        {{STATE_OK}, 1, "fine", "several", "fine", STATE_OK},
        {{STATE_NOT_APPLICABLE}, 1, "fine", NULL, "fine", STATE_NOT_APPLICABLE},
        {{STATE_NOT_APPLICABLE, STATE_OK}, 2, NULL, NULL, "finding 1", STATE_OK},
        {{STATE_OK, STATE_WARNING}, 2, "fine", NULL, "finding 1", STATE_WARNING},
        {{STATE_WARNING, STATE_CRITICAL}, 2, "fine", NULL, "finding 1 (+1 more)", STATE_CRITICAL},
        {{STATE_WARNING, STATE_CRITICAL}, 2, "fine", "several", "several", STATE_CRITICAL},
        {{STATE_CRITICAL, STATE_OK, STATE_CRITICAL},
         3,
         NULL,
         NULL,
         "finding 0 (+1 more)",
         STATE_CRITICAL},
        {{STATE_UNKNOWN, STATE_WARNING, STATE_PENDING},
         3,
         NULL,
         NULL,
         "finding 1 (+2 more)",
         STATE_WARNING},
        {{STATE_PENDING, STATE_OK}, 2, "fine", NULL, "finding 0", STATE_PENDING},
        {{STATE_PENDING, STATE_UNKNOWN}, 2, "fine", NULL, "finding 1 (+1 more)", STATE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result;
        result_init(&result, &arena, &check, "esa1.example.com");
        for (size_t f = 0; f < rows[i].count; f++)
            (void)result_say(&result, rows[i].states[f], "subject", "finding %zu", f);
        if (rows[i].summary != NULL)
            result_summary(&result, "%s", rows[i].summary);
        if (rows[i].headline != NULL)
            result_headline(&result, "%s", rows[i].headline);
        assert_int_equal(result_state(&result), rows[i].worst);
        assert_string_equal(result_line(&result), rows[i].line);
    }
}

static void everything_said_is_clean(void **state)
{
    struct result result;
    (void)state;
    result_init(&result, &arena, &check, "esa1.example.com");
    struct finding *finding =
        result_say(&result, STATE_WARNING, "a\nb", "said: '%s'", "x\x1b[2J\r\n\xff");
    assert_string_equal(finding->subject, "a b");
    assert_string_equal(finding->text, "said: 'x [2J " BAD "'");
    assert_null(finding->wanted);
    assert_null(finding->evidence.document);
    assert_ptr_equal(result_compare(&result, finding, "on\n", NULL), finding);
    assert_string_equal(finding->wanted, "on");
    assert_null(finding->found);
    (void)result_compare(&result, finding, NULL, "off\t");
    assert_string_equal(finding->wanted, "on");
    assert_string_equal(finding->found, "off");
    (void)result_evidence(&result, finding, "cli/status\n.txt", 7);
    assert_string_equal(finding->evidence.document, "cli/status .txt");
    assert_int_equal(finding->evidence.line, 7);
    (void)result_explain(&result, finding, "because\n%d", 5);
    assert_string_equal(finding->explained_by, "because 5");
    (void)result_hint(finding, "constant");
    assert_string_equal(finding->hint, "constant");
}

static void long_texts_are_cut(void **state)
{
    struct result result;
    char *text = arena_alloc(&arena, 100001);
    (void)state;
    memset(text, 'x', 100000);
    result_init(&result, &arena, &check, "esa1.example.com");
    struct finding *finding = result_say(&result, STATE_OK, text, "%s", text);
    assert_true(strlen(finding->text) <= 1003);
    assert_true(strlen(finding->subject) <= 203);
    assert_string_equal(finding->text + strlen(finding->text) - 3, "…");
}

/* A finding stays where it is while the list grows. */
static void findings_do_not_move(void **state)
{
    struct result result;
    (void)state;
    result_init(&result, &arena, &check, "esa1.example.com");
    struct finding *first = result_say(&result, STATE_OK, "s", "first");
    for (int i = 0; i < 1000; i++)
        (void)result_say(&result, STATE_OK, "s", "%d", i);
    assert_ptr_equal(result.findings[0], first);
    assert_string_equal(result.findings[1000]->text, "999");
    assert_int_equal(result.finding_count, 1001);
}

/* The copy must not point into the arena of the original: that one is released and written over. */
static void a_copy_stands_alone(void **state)
{
    static const struct metric_spec spec = {.name = "depth"};
    struct arena scratch;
    struct result result;
    (void)state;
    arena_init(&scratch, NULL);
    result_init(&result, &scratch, &check, arena_dup(&scratch, text_of("esa1.example.com")));
    struct finding *finding = result_say(&result, STATE_WARNING, "subject", "text %d", 1);
    (void)result_compare(&result, finding, "wanted", "found");
    (void)result_explain(&result, finding, "because of %s", "this");
    (void)result_hint(finding, "hint");
    (void)result_evidence(&result, finding, "cli/status.txt", 7);
    result_summary(&result, "summary");
    result.metrics = arena_push(&scratch, result.metrics, 0, sizeof(*result.metrics));
    result.metrics[result.metric_count++] = (struct metric){
        .spec = &spec, .instance = "a", .value = 3, .warning = "1", .critical = NULL};
    const struct result *copy = result_copy(&arena, &result);
    for (int i = 0; i < 2; i++) {
        const struct finding *said = copy->findings[0];
        assert_string_equal(copy->node, "esa1.example.com");
        assert_string_equal(copy->summary, "summary");
        assert_null(copy->headline);
        assert_int_equal(copy->finding_count, 1);
        assert_int_equal(said->state, STATE_WARNING);
        assert_string_equal(said->subject, "subject");
        assert_string_equal(said->text, "text 1");
        assert_string_equal(said->wanted, "wanted");
        assert_string_equal(said->found, "found");
        assert_string_equal(said->explained_by, "because of this");
        assert_string_equal(said->hint, "hint");
        assert_string_equal(said->evidence.document, "cli/status.txt");
        assert_int_equal(said->evidence.line, 7);
        assert_int_equal(copy->metric_count, 1);
        assert_ptr_equal(copy->metrics[0].spec, &spec);
        assert_string_equal(copy->metrics[0].instance, "a");
        assert_string_equal(copy->metrics[0].warning, "1");
        assert_null(copy->metrics[0].critical);
        arena_free(&scratch);
    }
}

/* A waiver makes a WARNING of anything, never OK, and the line is that of what counts most. */
static void a_waiver_weighs_as_a_warning(void **state)
{
    struct result result;
    (void)state;
    result_init(&result, &arena, &check, "esa1");
    struct finding *one = result_say(&result, STATE_CRITICAL, "one", "first");
    struct finding *two = result_say(&result, STATE_UNKNOWN, "two", "second");
    assert_int_equal(result_state(&result), STATE_CRITICAL);
    assert_string_equal(result_line(&result), "first (+1 more)");
    one->waiver = "accepted";
    assert_int_equal(result_weight(one), STATE_WARNING);
    assert_int_equal(result_weight(two), STATE_UNKNOWN);
    assert_int_equal(result_state(&result), STATE_WARNING);
    assert_string_equal(result_line(&result), "first (+1 more)");
    two->waiver = "accepted";
    assert_int_equal(result_state(&result), STATE_WARNING);
    struct result *copy = result_copy(&arena, &result);
    assert_string_equal(copy->findings[1]->waiver, "accepted");
    assert_int_equal(result_state(copy), STATE_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(worst_of),
        with_arena(words_and_codes),
        with_arena(cleans_utf8),
        with_arena(cleans_lines),
        with_arena(cuts),
        with_arena(cleaning_is_final),
        with_arena(silence_is_unknown),
        with_arena(line_of_a_result),
        with_arena(everything_said_is_clean),
        with_arena(long_texts_are_cut),
        with_arena(findings_do_not_move),
        with_arena(a_copy_stands_alone),
        with_arena(a_waiver_weighs_as_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
