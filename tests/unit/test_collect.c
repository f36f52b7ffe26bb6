/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/run_folder.h"

#include "plugin/collect.h"

static struct cmd cmd;
static struct rules rules;
static struct collect collect;

static void configure(void)
{
    put("postcheck.ini", "[node esa1.example.com]\nrole = esa\nexpect = 15.0.3-002\n"
                         "[node esa2.example.com]\nrole = esa\n"
                         "[node sma1.example.com]\nrole = sma\n"
                         "[check raid]\nmandatory = no\n"
                         "[change]\noperator = J. Doe\n");
    assert_int_equal(chmod(inside("postcheck.ini"), 0600), 0);
    cmd = (struct cmd){.arena = &arena};
    assert_true(config_load(&arena, inside("postcheck.ini"), &cmd.config, &fault));
    rules = collect_rules(&cmd, "verify", "CHG1");
}

static bool begins(bool resume)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return collect_begin(&cmd, inside("run"), resume, &rules, &collect, &fault);
}

/* What a killed run leaves: the answers of a scenario, marked as interrupted. */
static void interrupt(void)
{
    struct capture capture;
    assert_true(capture_load(&arena, "tests/scenarios/healthy", NULL, &capture, &fault));
    assert_true(begins(false));
    for (size_t i = 0; i < capture.fleet.count; i++)
        assert_true(record_node(collect.record, &capture.fleet.nodes[i], &fault));
    const struct record_run run = {"r", "CHG1", "J. Doe"};
    assert_true(record_save(collect.record, &run, &capture.fleet, true, &fault));
    assert_true(collect_end(&collect, &fault));
}

static size_t to_ask(void)
{
    size_t count = 0;
    for (size_t i = 0; i < cmd.config.node_count; i++)
        count += collect.ask[i];
    assert_int_equal(count + collect.kept, cmd.config.node_count);
    return count;
}

static void writes_before_it_asks(void **state)
{
    struct rules written;
    (void)state;
    configure();
    assert_true(begins(false));
    assert_int_equal(to_ask(), 3);
    assert_true(proof_get_rules(&arena, inside("run"), &written, &fault));
    assert_string_equal(written.phase, "verify");
    assert_string_equal(written.change, "CHG1");
    assert_string_equal(written.run_operator, "J. Doe");
    assert_int_equal(written.expect_count, 1);
    assert_int_equal(written.judging.optional_count, 1);
    assert_int_equal(access(inside("run/capture.json"), F_OK), 0);
    /* Nobody else may have it, and it is not taken for a run that is over. */
    struct collect other;
    assert_false(collect_begin(&cmd, inside("run"), true, &rules, &other, &fault));
    assert_non_null(strstr(fault.text, "another run"));
    assert_true(collect_end(&collect, &fault));
    assert_false(begins(false));
    assert_non_null(strstr(fault.text, "not empty"));
}

static void asks_only_for_what_is_missing(void **state)
{
    (void)state;
    configure();
    interrupt();
    const char *first = rules.run_id;
    put("run/SHA256SUMS", "of before");
    rules.run_id = "another";
    assert_true(begins(true));
    assert_int_equal(to_ask(), 0);
    assert_string_equal(rules.run_id, first); /* the same run */
    /* Killed from now on, it is not one that was finished. */
    assert_int_equal(access(inside("run/SHA256SUMS"), F_OK), -1);
    assert_true(collect_end(&collect, &fault));
}

static void does_not_trust_what_is_not_as_it_was_kept(void **state)
{
    static const char *const names[] = {"removed", "changed", "a link"};
    (void)state;
    configure();
    interrupt();
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *file = "run/esa1.example.com/cli/status.txt";
        assert_true(remove(inside(file)) == 0 || i > 0);
        if (i == 1)
            put(file, "Status as of: never");
        if (i == 2)
            assert_int_equal(symlink("/etc/passwd", inside(file)), 0);
        assert_true(begins(true));
        assert_int_equal(to_ask(), 1);
        assert_true(collect.ask[0]);
        assert_true(collect_end(&collect, &fault));
        if (i == 1)
            assert_int_equal(remove(inside(file)), 0);
    }
    put("run/capture.json", "{\"half");
    assert_true(begins(true));
    assert_int_equal(to_ask(), 3);
    assert_true(collect_end(&collect, &fault));
    assert_int_equal(remove(inside("run/capture.json")), 0);
    put("run/rules.json", "");
    assert_true(begins(true));
    assert_int_equal(to_ask(), 3);
    assert_true(collect_end(&collect, &fault));
}

static void asks_again_who_did_not_answer(void **state)
{
    (void)state;
    configure();
    assert_true(begins(false));
    assert_true(collect_end(&collect, &fault));
    put("run/esa2.example.com/cli/status.txt", "abc");
    put("run/capture.json",
        "{\"nodes\": [], \"interrupted\": true, \"documents\": ["
        "{\"node\": \"esa1.example.com\", \"id\": \"cli/status.txt\", \"sha256\": null, \"fault\": "
        "{\"kind\": \"timeout\", \"text\": \"t\"}},"
        "{\"node\": \"esa2.example.com\", \"id\": \"cli/status.txt\", \"fault\": null, \"sha256\": "
        "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"},"
        "{\"node\": \"nobody.example.com\", \"id\": \"cli/status.txt\", \"fault\": null}, 7]}");
    assert_true(begins(true));
    assert_int_equal(to_ask(), 2);
    assert_false(collect.ask[1]);
    assert_true(collect_end(&collect, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_folder(writes_before_it_asks),
                                       with_folder(asks_only_for_what_is_missing),
                                       with_folder(does_not_trust_what_is_not_as_it_was_kept),
                                       with_folder(asks_again_who_did_not_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
