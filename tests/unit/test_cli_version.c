/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_version.h"

static const char virtual_esa[] = "esa1.example.com> version\r\n"
                                  "\r\n"
                                  "Current Version\r\n"
                                  "===============\r\n"
                                  "Product: Cisco C600V Email Security Virtual Appliance\r\n"
                                  "Model: C600V\r\n"
                                  "Version: 15.0.3-002\r\n"
                                  "Build Date: 2024-06-18\r\n"
                                  "Install Date: 2025-03-02 03:41:55\r\n"
                                  "Serial #: 42AABBCCDDEE00112233-001122334455\r\n"
                                  "BIOS: 6.00\r\n"
                                  "CPUs: 8 expected, 8 allocated\r\n"
                                  "Memory: 16384 MB expected, 15360 MB allocated\r\n"
                                  "Hard disk: 500 GB, or 250 GB expected; 500 GB allocated\r\n"
                                  "RAID: NA\r\n"
                                  "RAID Status: Unknown\r\n"
                                  "RAID Type: NA\r\n"
                                  "BMC: NA\r\n"
                                  "esa1.example.com> ";

static void reads_a_virtual_appliance(void **state)
{
    (void)state;
    const struct cli_version *v = facts_of(&cli_version_kind, virtual_esa);
    assert_non_null(v);
    assert_true(v->has_release && v->release.has_build);
    assert_int_equal(v->release.product, PRODUCT_ESA);
    assert_int_equal(v->release.major, 15);
    assert_int_equal(v->release.minor, 0);
    assert_int_equal(v->release.maintenance, 3);
    assert_int_equal(v->release.build, 2);
    assert_int_equal(v->release_line, 7);
    assert_span(v->release_text, "15.0.3-002");
    assert_span(v->product, "Cisco C600V Email Security Virtual Appliance");
    assert_span(v->model, "C600V");
    assert_span(v->serial, "42AABBCCDDEE00112233-001122334455");
    assert_true(v->has_install_date && !v->install_date.has_offset);
    struct stamp installed;
    assert_true(time_parse_iso(text_of("2025-03-02 03:41:55"), &installed));
    assert_int_equal(v->install_date.civil, installed.civil);
    assert_int_equal(v->install_line, 9);
    assert_span(v->raid, "NA");
    assert_span(v->raid_status, "Unknown");
    assert_int_equal(v->raid_line, 15);
    assert_int_equal(v->raid_status_line, 16);
    assert_true(v->is_virtual);
    assert_int_equal(v->component_count, 0);
}

static void undoes_wrapping_of_components(void **state)
{
    (void)state;
    static const struct {
        const char *name, *version, *updated;
        unsigned line;
    } wanted[] = {
        {"Sophos IDE", "", "Never Updated", 4},
        {"Engine Definition", "1.0", "", 5},
        {"A Rather Long Name Of An Engine - Web Categorization Engine", "1.12.4.944",
         "Never Updated", 6},
        {"Rules", "7", "Thu Feb 24 13:26:05 2022", 8},
        {"Another Rather Long Name Of An Engine That Fills One Whole Line Of Output", "20250301",
         "Sat Mar 01 01:02:03 2025", 10},
        {"Last", "9", "", 12},
    };
    const struct cli_version *v =
        facts_of(&cli_version_kind,
                 "Current Version\n"
                 "Version: 15.0.0-416\n"
                 "Model: M600V\n"
                 "Sophos IDE:  (Never Updated)\n"
                 "Engine Definition: 1.0\n"
                 "A Rather Long Name Of An Engine - Web Categorization Engine: 1.12.4.944 (Never\n"
                 "Updated)\n"
                 "Rules: 7\n"
                 "(Thu Feb 24 13:26:05 2022)\n"
                 "Another Rather Long Name Of An Engine That Fills One Whole Line Of Output:\n"
                 "20250301 (Sat Mar 01 01:02:03 2025)\n"
                 "Last: 9\n"
                 "no label and no wrapping\n");
    assert_non_null(v);
    assert_int_equal(v->component_count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_span(v->components[i].name, wanted[i].name);
        assert_span(v->components[i].version, wanted[i].version);
        assert_span(v->components[i].updated, wanted[i].updated);
        assert_int_equal(v->components[i].line, wanted[i].line);
    }
    assert_int_equal(v->release.product, PRODUCT_SMA);
}

static void tells_the_product(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum product product;
        bool is_virtual;
    } cases[] = {
        {"Version: 14.2.0-620\nModel: C190\n", PRODUCT_ESA, false},
        {"Version: 14.2.0-620\nModel: M600V\n", PRODUCT_SMA, true},
        {"Version: 14.2.0-620\nModel: S690\n", PRODUCT_WSA, false},
        {"Version: 14.2.0-620\nProduct: Cisco Secure Email Gateway\n", PRODUCT_ESA, false},
        {"Version: 14.2.0-620\nProduct: Cisco Secure Email and Web Manager\n", PRODUCT_SMA, false},
        {"Version: 14.2.0-620\nProduct: Cisco Content Security Management Appliance\n", PRODUCT_SMA,
         false},
        {"Version: 14.2.0-620\nProduct: Cisco Web Security Appliance\n", PRODUCT_WSA, false},
        {"Version: 14.2.0-620\nProduct: something\n", PRODUCT_UNKNOWN, false},
        {"Version: 14.2.0-620\nModel: V\n", PRODUCT_UNKNOWN, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_version *v = facts_of(&cli_version_kind, cases[i].text);
        assert_non_null(v);
        assert_true(v->has_release);
        assert_int_equal(v->release.product, cases[i].product);
        assert_int_equal(v->is_virtual, cases[i].is_virtual);
    }
}

static void leaves_out_what_it_cannot_read(void **state)
{
    (void)state;
    const struct cli_version *v =
        facts_of(&cli_version_kind,
                 "Version: 15.0.3-002 beta\nModel: C600V\nInstall Date: 2025-02-31 03:41:55\n"
                 "Version: 15.0.3-002\nInstall Date: 2025-03-02\nRAID Status:\n");
    assert_non_null(v);
    assert_false(v->has_release);
    assert_span(v->release_text, "15.0.3-002 beta");
    assert_int_equal(v->release_line, 1);
    assert_false(v->has_install_date);
    assert_int_equal(v->install_line, 3);
    assert_span(v->serial, "");
    assert_int_equal(v->raid_line, 0);

    /* 15.0.3-00 might be the beginning of 15.0.3-002. */
    v = facts_of(&cli_version_kind, "Current Version\nModel: C600V\nVersion: 15.0.3-00");
    assert_non_null(v);
    assert_false(v->has_release);
    assert_span(v->release_text, "");
}

static void refuses_other_texts(void **state)
{
    (void)state;
    static const char *const cases[] = {"hello\n", "Version: 8.5.6-074\n", "Current Version\n",
                                        "Status: Operational\nMessages: 0\n"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(facts_of(&cli_version_kind, cases[i]));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_int_equal(fault.line, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_a_virtual_appliance), with_arena(undoes_wrapping_of_components),
        with_arena(tells_the_product),         with_arena(leaves_out_what_it_cannot_read),
        with_arena(refuses_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
