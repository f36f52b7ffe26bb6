/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include "checks/registry.h"
#include "plugin/config.h"

static struct config config;

static bool load(const char *text)
{
    put("postcheck.ini", text);
    assert_int_equal(chmod(inside("postcheck.ini"), 0600), 0);
    fault = (struct fault){.kind = FAULT_NONE};
    return config_load_rules(&arena, inside("postcheck.ini"), &config, &fault);
}

#define WHO "approved_by = A. Doe, B. Roe\n"
#define WAIVER                                                                                     \
    "[waiver raid esa2]\ncheck = raid\nreason = disk is ordered\napproved_by = A. Doe\n"           \
    "expires = 2026-03-31\n"

static void reads_waivers(void **state)
{
    (void)state;
    assert_true(load("[waiver z]\ncheck = *\nreason = r\n" WHO
                     "expires = 2026-03-08T00:30:00+01:00\n"
                     "node = esa*\ntext = *disk*\n" WAIVER));
    assert_int_equal(config.node_count, 0); /* who judges a capture asks nobody */
    assert_int_equal(config.waiver_count, 2);
    const struct report_waiver *w = &config.waivers[0];
    assert_string_equal(w->name, "raid esa2");
    assert_string_equal(w->check, "raid");
    assert_string_equal(w->node, "*");
    assert_string_equal(w->text, "*");
    assert_string_equal(w->reason, "disk is ordered");
    assert_string_equal(w->approved_by, "A. Doe");
    assert_int_equal(w->expires, 1775001599); /* the last second of that day, UTC */
    assert_int_equal(w->used, 0);
    assert_false(w->expired);
    assert_string_equal(config.waivers[1].name, "z");
    assert_string_equal(config.waivers[1].node, "esa*");
    assert_string_equal(config.waivers[1].text, "*disk*");
    assert_int_equal(config.waivers[1].expires, 1772926200);
}

static void refuses_waivers_that_nobody_answers_for(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[waiver w]\nreason = r\n" WHO "expires = 2026-03-31\n", "'check'"},
        {"[waiver w]\ncheck = raid\n" WHO "expires = 2026-03-31\n", "'reason'"},
        {"[waiver w]\ncheck = raid\nreason = r\nexpires = 2026-03-31\n", "'approved_by'"},
        {"[waiver w]\ncheck = raid\nreason = r\n" WHO, "'expires'"},
        {"[waiver w]\ncheck = astrology\nreason = r\n" WHO "expires = 2026-03-31\n", "line 2"},
        {"[waiver w]\ncheck = raid\nreason =\n" WHO "expires = 2026-03-31\n", "line 3"},
        {"[waiver w]\ncheck = raid\nreason = r\n" WHO "expires = never\n", "line 5"},
        {"[waiver w]\ncheck = raid\nreason = r\n" WHO "expires = 2026-02-30\n", "line 5"},
        {"[waiver w]\ncheck = raid\nreason = r\n" WHO "expires = 2026-03-08 00:30:00\n", "zone"},
        {"[waiver w]\ncheck = *\nreason = r\napproved_by = A. Doe\nexpires = 2026-03-31\n",
         "two people"},
        {"[waiver w]\ncheck = status\nreason = r\napproved_by = A,\nexpires = 2026-03-31\n",
         "two people"},
        {"[waiver w]\ncheck = version\nreason = r\napproved_by = , A\nexpires = 2026-03-31\n",
         "two people"},
        {"[waiver w]\ncheck = clustercheck\nreason = r\napproved_by = A. Doe , a. doe\n"
         "expires = 2026-03-31\n",
         "two people"},
        {WAIVER "severity = ok\n", "severity"},
        {WAIVER WAIVER, "raid esa2"},
        {"[waiver]\ncheck = raid\n", "line 1"},
        {"[node esa1]\nrole = esa\nexpires = 2026-03-31\n", "expires"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (load(cases[i].text))
            print_error("taken: %s\n", cases[i].text);
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        if (strstr(fault.text, cases[i].says) == NULL)
            print_error("%s", cases[i].text);
        assert_non_null(strstr(fault.text, cases[i].says));
    }
}

static void reads_the_plan(void **state)
{
    (void)state;
    assert_true(load("[defaults]\nchanges = runs\n[check raid]\nmandatory = no\n"
                     "[check status]\nmandatory = yes\n[change]\nid = CHG1\ntitle = t\n"
                     "requester = r\napprover = a\napproved_at = 2026-03-01T12:00:00Z\n"
                     "implementer = i\nreviewer = v\nwindow_from = 2026-03-07T23:00:00Z\n"
                     "window_to = 2026-03-08T04:00:00Z\n"));
    const struct report_plan *plan = &config.plan;
    assert_string_equal(config.changes, inside("runs"));
    assert_string_equal(config.change, "CHG1");
    assert_int_equal(config.optional_count, 1);
    assert_ptr_equal(config.optional[0], registry_find(text_of("raid")));
    assert_string_equal(plan->title, "t");
    assert_string_equal(plan->requester, "r");
    assert_string_equal(plan->approved_by, "a");
    assert_string_equal(plan->implementer, "i");
    assert_string_equal(plan->reviewer, "v");
    assert_true(plan->has_approved_at && plan->has_from && plan->has_to);
    assert_int_equal(plan->to - plan->from, 5 * 3600);
    assert_false(load("[change]\nwindow_from = 2026-03-07 23:00\n"));
    assert_false(load("[check raid]\nmandatory = perhaps\n"));
    assert_true(load(""));
    assert_false(config.plan.has_from);
    assert_null(config.changes);
    /* Who asks appliances needs some. */
    assert_false(config_load(&arena, inside("postcheck.ini"), &config, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_folder(reads_waivers),
                                       with_folder(refuses_waivers_that_nobody_answers_for),
                                       with_folder(reads_the_plan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
