/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/release.h"

static struct release parsed(const char *text)
{
    struct release release = {0};
    fault = (struct fault){0};
    if (!release_parse(text_of(text), &release, &fault))
        fail_msg("%s: %s", text, fault.text);
    return release;
}

static void reads_all_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
        enum product product;
    } rows[] = {
        {"14.2.0-620", "14.2.0-620", PRODUCT_UNKNOWN},
        {"14.2.0 build 620", "14.2.0-620", PRODUCT_UNKNOWN},
        {"AsyncOS 14.2.0 build 620", "14.2.0-620", PRODUCT_UNKNOWN},
        {"AsyncOS 14.2.0-620", "14.2.0-620", PRODUCT_UNKNOWN},
        {"AsyncOS 14.2.0 for Cisco C100V build 620", "14.2.0-620", PRODUCT_ESA},
        {"AsyncOS 14.2.0 for Cisco M600V build 020", "14.2.0-020", PRODUCT_SMA},
        {"AsyncOS 12.5.1 for Cisco S690 build 011", "12.5.1-011", PRODUCT_WSA},
        {"AsyncOS 8.0.1 for Cisco IronPort C370 build 023", "8.0.1-023", PRODUCT_ESA},
        {"AsyncOS 16.0.0 for Cisco Novelty build 001", "16.0.0-001", PRODUCT_UNKNOWN},
        {"asyncos 14.2.0 FOR cisco C100V BUILD 620", "14.2.0-620", PRODUCT_ESA},
        {"phoebe-14-2-0-620", "14.2.0-620", PRODUCT_ESA},
        {"phoebe 14.2.0-620", "14.2.0-620", PRODUCT_ESA},
        {"Phoebe 14.2.0-620", "14.2.0-620", PRODUCT_ESA},
        {"zeus-15-5-1-024", "15.5.1-024", PRODUCT_SMA},
        {"coeus 15.2.0-116", "15.2.0-116", PRODUCT_WSA},
        {"14.2.0", "14.2.0", PRODUCT_UNKNOWN},
        {"AsyncOS 14.2.0", "14.2.0", PRODUCT_UNKNOWN},
        {"  15.0.3-002\r\n", "15.0.3-002", PRODUCT_UNKNOWN},
        {"15.0.3-2", "15.0.3-002", PRODUCT_UNKNOWN},
        {"15.0.3-0", "15.0.3-000", PRODUCT_UNKNOWN},
        {"15.0.3-1234", "15.0.3-1234", PRODUCT_UNKNOWN},
        {"15.0.3-000002", "15.0.3-002", PRODUCT_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[48];
        struct release release = parsed(rows[i].text);
        assert_int_equal(release.product, rows[i].product);
        assert_string_equal(release_print(&release, buffer, sizeof(buffer)), rows[i].printed);
    }
    struct release release = parsed("phoebe-14-3-9-062");
    assert_int_equal(release.major, 14);
    assert_int_equal(release.minor, 3);
    assert_int_equal(release.maintenance, 9);
    assert_true(release.has_build);
    assert_int_equal(release.build, 62);
    assert_false(parsed("14.2.0").has_build);
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "14",
        "14.2",
        "14.2.",
        "14.2.0.",
        "14.2.0.1",
        "14.2.0-",
        "14.2.0-620x",
        "14.2.0-620-1",
        "14.2.0-620 GD",
        "14.2.0 620",
        "14.2.0 build",
        "14.2.0 build x",
        "14.2.0 build 620 upgrade",
        "14.2.0build 620",
        "14.2.0 for Cisco C100V build 620",
        "AsyncOS",
        "AsyncOS ",
        "AsyncOS14.2.0",
        "AsyncOS 14.2.0 for",
        "AsyncOS 14.2.0 for build 620",
        "AsyncOS 14.2.0 for Cisco C100V",
        "AsyncOS 14.2.0 for a b c d e f g h i j build 620",
        "phoebe",
        "phoebe-",
        "phoebe-14-2-0",
        "phoebe-14-2-0-",
        "phoebe-14-2-0-620.xml",
        "phoebe-14-2-0-620-C100V",
        "phoebe-14.2.0-620",
        "phoebe 14.2.0",
        "phoebe 14-2-0-620",
        "phoebe14-2-0-620",
        "phoebe build 620",
        "hermes-14-2-0-620",
        "v14.2.0",
        "14,2,0",
        "14-2-0-620",
        "-14.2.0",
        "+14.2.0",
        "14.-2.0",
        "14. 2.0",
        "99999.0.0",
        "14.2.0-1234567",
        "14.2.0-99999999999999999999999",
        "0x14.2.0",
        "14.2.0\n15.0.0",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct release release = {.major = 7};
        fault = (struct fault){0};
        if (release_parse(text_of(bad[i]), &release, &fault))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_non_null(strstr(fault.text, "14.2.0-620"));
        assert_int_equal(release.major, 7);
        assert_false(release_parse(text_of(bad[i]), &release, NULL));
    }
}

static void survives_bytes(void **state)
{
    (void)state;
    static char bytes[200000];
    static const char fill[] = {'1', '.', ' ', '-', 'p', '\0', '\xff', '\n'};
    static const char whole[] = "AsyncOS 14.2.0 for Cisco C100V build 620";
    struct release release;
    for (size_t f = 0; f < sizeof(fill); f++) {
        fault = (struct fault){0};
        memset(bytes, fill[f], sizeof(bytes));
        assert_false(release_parse((struct span){bytes, sizeof(bytes)}, &release, &fault));
        assert_true(strlen(fault.text) < sizeof(fault.text));
    }
    assert_false(release_parse((struct span){NULL, 0}, &release, NULL));
    /* Cut anywhere: whole in "AsyncOS 14.2.0" and in each build of one, two, three digits. */
    for (size_t n = 0; n < sizeof(whole) - 1; n++) {
        bool wanted = n == 14 || n == 15 || n >= sizeof(whole) - 3;
        assert_int_equal(release_parse((struct span){whole, n}, &release, NULL), wanted);
    }
}

static void knows_models(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum product product;
    } rows[] = {
        {"C600V", PRODUCT_ESA},      {"C190", PRODUCT_ESA},       {"C10", PRODUCT_ESA},
        {"X1070", PRODUCT_ESA},      {"C695F", PRODUCT_ESA},      {"M600V", PRODUCT_SMA},
        {"M695", PRODUCT_SMA},       {"S690", PRODUCT_WSA},       {"S100V", PRODUCT_WSA},
        {"", PRODUCT_UNKNOWN},       {"C", PRODUCT_UNKNOWN},      {"C1", PRODUCT_UNKNOWN},
        {"Cisco", PRODUCT_UNKNOWN},  {"c600v", PRODUCT_UNKNOWN},  {"C600VV", PRODUCT_UNKNOWN},
        {"C600-1", PRODUCT_UNKNOWN}, {"C60000", PRODUCT_UNKNOWN}, {"Z600V", PRODUCT_UNKNOWN},
        {"600V", PRODUCT_UNKNOWN},   {"C600V ", PRODUCT_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (release_model_product(text_of(rows[i].model)) != rows[i].product)
            fail_msg("%s", rows[i].model);
    assert_int_equal(release_model_product((struct span){NULL, 0}), PRODUCT_UNKNOWN);
    assert_string_equal(release_product_name(PRODUCT_ESA), "ESA");
    assert_string_equal(release_product_name(PRODUCT_SMA), "SMA");
    assert_string_equal(release_product_name(PRODUCT_WSA), "WSA");
    assert_string_equal(release_product_name(PRODUCT_UNKNOWN), "unknown product");
}

enum { SAME = 0, OLDER = -1, NEWER = 1, NO_ORDER = 2 };

static void compares(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool comparable, matches;
        int order;
    } rows[] = {
        {"14.2.0-620", "14.2.0-620", true, true, SAME},
        {"14.2.0-62", "14.2.0-062", true, true, SAME},
        {"14.2.0 build 620", "phoebe-14-2-0-620", true, true, SAME},
        {"14.2.0-620", "14.2.0-621", true, false, OLDER},
        {"14.2.0-99", "14.2.0-100", true, false, OLDER},
        {"14.2.0-999", "14.2.1-001", true, false, OLDER},
        {"14.10.0-001", "14.9.0-001", true, false, NEWER},
        {"15.0.0-001", "14.99.99-999", true, false, NEWER},
        {"9.8.7-001", "10.0.0-001", true, false, OLDER},
        {"14.2.0", "14.2.0-620", true, true, NO_ORDER},
        {"14.2.0-620", "14.2.0", true, true, NO_ORDER},
        {"14.2.0", "14.2.0", true, true, SAME},
        {"14.2.0", "14.2.1-001", true, false, OLDER},
        {"15.0.0", "14.2.1-001", true, false, NEWER},
        {"phoebe-14-2-0-620", "phoebe 14.2.0-620", true, true, SAME},
        {"phoebe-14-2-0-620", "zeus-14-2-0-620", false, false, NO_ORDER},
        {"phoebe-14-2-0-620", "coeus-15-2-0-620", false, false, NO_ORDER},
        {"phoebe-14-2-0-620", "AsyncOS 14.2.0 for Cisco C100V build 620", true, true, SAME},
        {"AsyncOS 14.2.0 for Cisco M100V build 620", "phoebe-14-2-0-620", false, false, NO_ORDER},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct release a = parsed(rows[i].a), b = parsed(rows[i].b);
        int order = 42;
        assert_int_equal(release_comparable(&a, &b), rows[i].comparable);
        assert_int_equal(release_matches(&a, &b), rows[i].matches);
        assert_int_equal(release_matches(&b, &a), rows[i].matches);
        assert_int_equal(release_order(&a, &b, &order), rows[i].order != NO_ORDER);
        assert_int_equal(order, rows[i].order == NO_ORDER ? 42 : rows[i].order);
        if (rows[i].order != NO_ORDER) {
            assert_true(release_order(&b, &a, &order));
            assert_int_equal(order, -rows[i].order);
        }
    }
}

static void prints_into_any_buffer(void **state)
{
    (void)state;
    char buffer[48];
    const struct release huge = {PRODUCT_ESA, ~0U, ~0U, ~0U, true, ~0U};
    assert_string_equal(release_print(&huge, buffer, sizeof(buffer)),
                        "4294967295.4294967295.4294967295-4294967295");
    assert_string_equal(release_print(&huge, buffer, 5), "4294");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms), cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(survives_bytes),  cmocka_unit_test(knows_models),
        cmocka_unit_test(compares),        cmocka_unit_test(prints_into_any_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
