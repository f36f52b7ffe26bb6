/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/world.h"

/* A check of this test alone, with one field of each operator. */
static void no_run(const struct question *question, struct result *result)
{
    (void)question;
    (void)result;
}

static const struct compare_spec specs[] = {
    {"text", COMPARE_EQUAL, "a text", 0},          {"count", COMPARE_NOT_LESS, "a count", 0},
    {"rate", COMPARE_BAND, "a rate", 4},           {"members", COMPARE_SET_EQUAL, "members", 0},
    {"features", COMPARE_SET_KEPT, "features", 0},
};
static const struct check check = {.name = "test",
                                   .title = "?",
                                   .roles = ROLE_ANY,
                                   .compares = specs,
                                   .compare_count = CHECK_COUNT(specs),
                                   .run = no_run};
static struct result result;

static int begin(void **state)
{
    (void)world_begin(state);
    result_init(&result, &arena, &check, "esa1.example.com");
    return 0;
}

static const struct comparison *last(void)
{
    assert_true(result.comparison_count > 0);
    return &result.comparisons[result.comparison_count - 1];
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        bool holds;
    } rows[] = {{"C600V", "C600V", true},  {"C600V", " C600V\r", true}, {"Online", "online", true},
                {"C600V", "C300V", false}, {"C600V", "C600", false},    {"C600V", "", false},
                {"", "C600V", false},      {NULL, "C600V", false},      {"a b", "a  b", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(compare_text(&q, &result, "text", NULL, text_of(rows[i].before),
                                      text_of(rows[i].after)),
                         rows[i].holds);
        assert_int_equal(result.comparison_count, i + 1);
        assert_int_equal(last()->holds, rows[i].holds);
        assert_ptr_equal(last()->spec, &specs[0]);
    }
    assert_null(last()->instance);
    (void)compare_text(&q, &result, "text", "a\x1b[31mb", text_of("x\n<y>"), text_of(NULL));
    assert_string_equal(last()->before, "x <y>");
    assert_null(last()->after);
    assert_null(strchr(last()->instance, '\x1b'));
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double before, after;
        bool holds;
    } rows[] = {
        {"count", 5, 5, true},   {"count", 5, 6, true},     {"count", 5, 4.9, false},
        {"rate", 10, 10, true},  {"rate", 10, 2.5, true},   {"rate", 10, 2.4, false},
        {"rate", 10, 40, true},  {"rate", 10, 40.1, false}, {"rate", 0, 0, true},
        {"rate", 0, 0.1, false}, {"rate", 0.1, 0, false},   {"count", 8412906, 8412905, false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(compare_number(&q, &result, rows[i].name, NULL, true, rows[i].before, true,
                                        rows[i].after),
                         rows[i].holds);
    assert_string_equal(last()->before, "8412906");
    assert_string_equal(last()->after, "8412905");
    assert_false(compare_number(&q, &result, "count", NULL, true, 5, false, 9));
    assert_null(last()->after);
    assert_false(compare_number(&q, &result, "count", NULL, false, 5, true, 9));
    assert_null(last()->before);
}

#define SET(...)                                                                                   \
    (const struct span[]){__VA_ARGS__},                                                            \
        sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span)
#define T(text)                                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void sets(void **state)
{
    (void)state;
    /* order, case, twice */
    assert_true(compare_set(&q, &result, "members", NULL, SET(T("b"), T("A"), T("b")),
                            SET(T("a"), T("B"))));
    assert_string_equal(last()->before, "A; b");
    assert_false(compare_set(&q, &result, "members", NULL, SET(T("a")), SET(T("a"), T("b"))));
    assert_false(compare_set(&q, &result, "members", NULL, SET(T("a"), T("b")), SET(T("b"))));
    assert_false(compare_set(&q, &result, "members", NULL, SET(T("a"), T("a")), SET(T("b"))));
    assert_true(compare_set(&q, &result, "features", NULL, SET(T("a")), SET(T("a"), T("b"))));
    assert_false(compare_set(&q, &result, "features", NULL, SET(T("a"), T("c")),
                             SET(T("a"), T("b"), T("d"))));
    assert_true(compare_set(&q, &result, "features", NULL, SET(T("b")), SET(T("bb"), T("B "))));
    /* none at all is told, and nothing is lost; not told is not */
    const struct span none[1] = {{NULL, 0}};
    assert_true(compare_set(&q, &result, "features", NULL, none, 0, SET(T("a"))));
    assert_string_equal(last()->before, "none");
    assert_false(compare_set(&q, &result, "features", NULL, SET(T("a")), none, 0));
    assert_false(compare_set(&q, &result, "features", NULL, NULL, 0, SET(T("a"))));
    assert_null(last()->before);
    assert_false(compare_set(&q, &result, "features", NULL, SET(T("a")), NULL, 0));
    assert_null(last()->after);
}

static void nothing_to_compare(void **state)
{
    (void)state;
    assert_true(compare_text(&q, &result, "text", NULL, text_of(" "), text_of(NULL)));
    assert_true(compare_set(&q, &result, "members", NULL, NULL, 0, NULL, 0));
    assert_true(compare_number(&q, &result, "count", NULL, false, 1, false, 2));
    q.baseline = NULL;
    assert_true(compare_text(&q, &result, "text", NULL, text_of("a"), text_of("b")));
    q.baseline = &fleet_then;
    fleet_then.count = 0; /* it did not know the appliance */
    assert_true(compare_text(&q, &result, "text", NULL, text_of("a"), text_of("b")));
    fleet_then.count = WORLD_NODES;
    assert_int_equal(result.comparison_count, 0);
    assert_false(compare_text(&q, &result, "text", NULL, text_of("a"), text_of("b")));
    assert_int_equal(result.comparison_count, 1);
}

static void a_long_set_is_cut(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct span *names = arena_array(&arena, MANY, sizeof(*names));
    for (int i = 0; i < MANY; i++)
        names[i] = text_of(arena_printf(&arena, "n%04d", i));
    assert_true(compare_set(&q, &result, "members", NULL, names, MANY, names, MANY));
    assert_non_null(strstr(last()->before, "and 4960 more"));
    assert_false(compare_set(&q, &result, "features", NULL, names, MANY, names + 1, MANY - 1));
}

/* Every field that a check declares: a name of its own, help, and a band where one is needed. */
static void specs_are_whole(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t c = 0; c < registry_count; c++)
        for (size_t i = 0; i < registry_checks[c]->compare_count; i++, seen++) {
            const struct compare_spec *spec = &registry_checks[c]->compares[i];
            assert_true(spec->help[0] != '\0' && spec->name[0] != '\0');
            assert_int_equal(strspn(spec->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(spec->name));
            assert_true(spec->op == COMPARE_BAND ? spec->band > 1 : spec->band <= 0);
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(spec->name, registry_checks[c]->compares[k].name);
            assert_non_null(compare_op_word(spec->op));
            assert_non_null(compare_op_label(spec->op));
        }
    assert_true(seen >= 12);
}

/* -- What the checks say of it --------------------------------------------------------------- */

static const struct comparison *field(const struct result *answer, const char *name)
{
    for (size_t i = 0; i < answer->comparison_count; i++)
        if (strcmp(answer->comparisons[i].spec->name, name) == 0)
            return &answer->comparisons[i];
    return NULL;
}

static const struct finding *saying(const struct result *answer, const char *text)
{
    for (size_t i = 0; i < answer->finding_count; i++)
        if (strstr(answer->findings[i]->text, text) != NULL)
            return answer->findings[i];
    return NULL;
}

static const struct result *answer_of(const char *name)
{
    return check_run(registry_find(text_of(name)), &q);
}

#define VERSION(model, serial)                                                                     \
    "Current Version\n===============\nProduct: Cisco Email Security Appliance\nModel: " model     \
    "\nVersion: 15.0.3-002\nSerial #: " serial "\nRAID: 02\nRAID Status: Optimal\n"

static void another_machine(void **state)
{
    (void)state;
    give(&world_then[ESA1], "cli/version.txt", VERSION("C390", "AAAA-1"), NULL);
    give(&world_now[ESA1], "cli/version.txt", VERSION("C390", "aaaa-1"), NULL);
    const struct result *same = answer_of("version");
    assert_true(field(same, "model")->holds && field(same, "serial")->holds);
    assert_null(saying(same, "in the baseline"));
    assert_true(field(answer_of("raid"), "raid_status")->holds);
    give(&world_now[ESA1], "cli/version.txt", VERSION("C190", "BBBB-2"), NULL);
    const struct result *other = answer_of("version");
    assert_false(field(other, "model")->holds || field(other, "serial")->holds);
    assert_int_equal(saying(other, "model C190, but C390")->state, STATE_WARNING);
    assert_non_null(saying(other, "model C190, but C390")->hint);
    assert_int_equal(saying(other, "serial BBBB-2, but AAAA-1")->state, STATE_WARNING);
    q.baseline = NULL;
    assert_int_equal(answer_of("version")->comparison_count, 0);
}

static const char *appliances(const char *first, const char *second)
{
    return arena_printf(&arena,
                        "{\"data\": {\"appliances\": ["
                        "{\"S-%s\": {\"product_type\": \"ESA\", \"host_name\": \"%s\"}}, "
                        "{\"S-%s\": {\"product_type\": \"ESA\", \"host_name\": \"%s\"}}]}}",
                        first, first, second, second);
}

static void another_gateway(void **state)
{
    (void)state;
    q.node = &world_now[SMA1];
    give(&world_then[SMA1], "https/config_appliances.json",
         appliances("esa1.example.com", "esa2.example.com"), NULL);
    give(&world_now[SMA1], "https/config_appliances.json",
         appliances("esa1.example.com", "esa3.example.com"), NULL);
    const struct result *answer = answer_of("services");
    assert_false(field(answer, "gateways")->holds);
    assert_int_equal(saying(answer, "esa3.example.com is managed and was not")->state,
                     STATE_WARNING);
    give(&world_now[SMA1], "https/config_appliances.json",
         appliances("esa2.example.com", "ESA1.example.com"), NULL);
    assert_true(field(answer_of("services"), "gateways")->holds);
}

#define with_result(test) cmocka_unit_test_setup_teardown(test, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_result(texts),
        with_result(numbers),
        with_result(sets),
        with_result(nothing_to_compare),
        with_result(a_long_set_is_cut),
        cmocka_unit_test(specs_are_whole),
        with_world(another_machine),
        with_world(another_gateway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
