/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rendered.h"

#include "checks/registry.h"
#include "plugin/submit/submit.h"

static const struct config none = {.path = "x"};

static const struct submit_service *services(const struct config *config,
                                             const struct report *report, size_t *count)
{
    return submit_services(&arena, config, report, count);
}

/* Text and numbers of each service together are what --format nagios prints for it alone. */
static void a_service_says_what_the_plugin_says(void **state)
{
    static const char *const names[] = {"passing", "failing", "hostile"};
    (void)state;
    for (size_t n = 0; n < COUNT(names); n++) {
        struct report *report = sample(names[n]);
        size_t count;
        const struct submit_service *all = services(&none, report, &count);
        assert_true(count > 0);
        for (size_t s = 0; s < count; s++) {
            const char *joined = arena_printf(&arena, "%s%s%s\n", all[s].text,
                                              *all[s].perfdata != '\0' ? "|" : "", all[s].perfdata);
            bool found = false;
            for (size_t i = 0; i < report->count && !found; i++) {
                struct report alone = {.arena = &arena,
                                       .waivers = report->waivers,
                                       .waiver_count = report->waiver_count,
                                       .results = &report->results[i],
                                       .count = 1,
                                       .state = report->results[i].state,
                                       .one_check = true};
                found = strcmp(report->results[i].result->check->name, all[s].check) == 0 &&
                        strcmp(rendered(&alone, "nagios"), joined) == 0 &&
                        report_exit_code(&alone) == all[s].code;
            }
            assert_true(found);
            assert_null(strchr(all[s].text, '|'));
            assert_string_equal(all[s].name, arena_printf(&arena, "asyncos-%s", all[s].check));
        }
    }
}

/* One answer of NODE of the check NAME, in STATE. */
static void add(struct report *report, const char *name, const char *node, enum state is)
{
    struct result *result = arena_alloc(&arena, sizeof(*result));
    result_init(result, &arena, registry_find(text_of(name)), node);
    (void)result_say(result, is, node, "%s says %s", node, result_state_word(is));
    report->results = arena_push(&arena, report->results, report->count, sizeof(*report->results));
    report->results[report->count++] = (struct report_result){
        .result = result, .state = result_state(result), .line = result_line(result)};
}

static const struct submit_service *service(const struct submit_service *all, size_t count,
                                            const char *host, const char *check)
{
    const struct submit_service *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].host, host) == 0 && strcmp(all[i].check, check) == 0) {
            assert_null(found);
            found = &all[i];
        }
    return found;
}

static void of_a_cluster_the_worst_member_speaks(void **state)
{
    static struct config_node nodes[] = {
        {.name = "esa1", .role = ROLE_ESA, .cluster = "hq"},
        {.name = "esa2", .role = ROLE_ESA, .cluster = "hq", .monitored_as = "Gateway 2"},
        {.name = "esa3", .role = ROLE_ESA, .cluster = "lab", .cluster_monitored_as = "Lab"},
        {.name = "esa4", .role = ROLE_ESA}};
    const struct config config = {.path = "x", .nodes = nodes, .node_count = COUNT(nodes)};
    struct report report = {.arena = &arena};
    size_t count;
    (void)state;
    add(&report, "clustercheck", "esa1", STATE_UNKNOWN);
    add(&report, "clustercheck", "esa2", STATE_CRITICAL);
    add(&report, "clustercheck", "esa3", STATE_OK);
    add(&report, "clustercheck", "esa4", STATE_NOT_APPLICABLE);
    add(&report, "connstatus", "esa2", STATE_WARNING);
    add(&report, "connstatus", "esa1", STATE_WARNING);
    add(&report, "status", "esa1", STATE_OK);
    add(&report, "status", "esa2", STATE_PENDING);
    const struct submit_service *all = services(&config, &report, &count);
    assert_int_equal(count, 5);
    assert_int_equal(service(all, count, "hq", "clustercheck")->code, 2);
    assert_string_equal(service(all, count, "hq", "clustercheck")->text,
                        "CLUSTERCHECK CRITICAL - esa2 says critical");
    assert_string_equal(service(all, count, "hq", "connstatus")->text,
                        "CONNSTATUS WARNING - esa1 says warning");
    assert_int_equal(service(all, count, "Lab", "clustercheck")->code, 0);
    assert_int_equal(service(all, count, "esa1", "status")->code, 0);
    assert_int_equal(service(all, count, "Gateway 2", "status")->code, 3);
}

/* Which the inventory does not tell, but the appliances do. */
static void a_cluster_may_be_found(void **state)
{
    const char *members[] = {"esa1", "esa2"};
    struct report_cluster cluster = {.name = "found", .members = members, .member_count = 2};
    struct report report = {.arena = &arena, .clusters = &cluster, .cluster_count = 1};
    size_t count;
    (void)state;
    add(&report, "clustercheck", "ESA2", STATE_OK);
    add(&report, "clustercheck", "esa1", STATE_OK);
    add(&report, "clustercheck", "esa9", STATE_OK);
    const struct submit_service *all = services(&none, &report, &count);
    assert_int_equal(count, 1);
    assert_string_equal(all[0].host, "found");
    assert_string_equal(all[0].text, "CLUSTERCHECK OK - esa1 says ok");
}

static void tokens_may_hold_blanks(void **state)
{
    static const char *const wanted[] = {"a=1;2;3", "'b c'=4s", "'d'=5", "e_f=6"};
    struct span rest = text_of(" a=1;2;3 'b c'=4s  'd'=5 e_f=6 "), token;
    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_true(submit_token(&rest, &token));
        assert_true(text_is(token, wanted[i]));
    }
    assert_false(submit_token(&rest, &token));
    rest = text_of("");
    assert_false(submit_token(&rest, &token));
}

/* ---- the spool ---- */

static const char *output_of(const char *record)
{
    const char *output = strstr(record, "\noutput=");
    assert_non_null(output);
    output += strlen("\noutput=");
    size_t n = strcspn(output, "\n");
    assert_string_equal(output + n, "\n\n"); /* one line, which ends the record */
    return arena_dup(&arena, (struct span){output, n});
}

static void a_record_is_what_nagios_reads(void **state)
{
    const struct submit_service one = {
        "Host 1", "asyncos-status", "status", 2, "STATUS CRITICAL - C:\\new\nsecond: ß", "a=1 b=2"};
    const char *record = submit_spool_record(&arena, &one, 1772938880);
    (void)state;
    assert_true(text_starts(text_of(record),
                            "host_name=Host 1\nservice_description=asyncos-status\n"
                            "check_type=1\n"));
    assert_says(record, "\nstart_time=1772938880.0\nfinish_time=1772938880.0\n");
    assert_says(record, "\nreturn_code=2\n");
    assert_string_equal(output_of(record), "STATUS CRITICAL - C:\\\\new\\nsecond: ß|a=1 b=2");
    const struct submit_service bare = {"h", "asyncos-raid", "raid", 0, "RAID OK - fine", ""};
    assert_string_equal(output_of(submit_spool_record(&arena, &bare, 1)), "RAID OK - fine");
}

/* COUNT times WORD. */
static const char *repeated(const char *word, size_t count)
{
    char *text = arena_alloc(&arena, count * strlen(word) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * strlen(word), word, strlen(word));
    text[count * strlen(word)] = '\0';
    return text;
}

static void is_valid_utf8_end(const char *text)
{
    const char *clean = result_clean(&arena, text_of(text), 100000);
    assert_null(strstr(clean, "\xef\xbf\xbd"));
}

/* Nagios cuts at 8 KiB: the text gives way, whole lines of it, and never a number. */
static void what_is_too_long_is_cut_before_nagios_does(void **state)
{
    enum { MOST = 8191 };
    const char *perfdata = repeated("metric=123456 ", 200);
    struct submit_service one = {"h", "s", "status", 1, "", perfdata};
    (void)state;
    one.text = repeated("a line of fifty bytes, of which one is its end....\n", 300);
    const char *output = output_of(submit_spool_record(&arena, &one, 1));
    assert_true(text_ends(text_of(output), "metric=123456"));
    assert_int_equal(times(output, "=123456"), 200);
    assert_says(output, "....\\n    … cut: Nagios takes 8 KiB|metric=");
    /* Each line end became two bytes. */
    assert_true(strlen(output) - times(output, "\\n") <= MOST);
    assert_true(strlen(output) - times(output, "\\n") > MOST - 100);
    one.text = repeated("ß", 9000); /* one long line */
    output = output_of(submit_spool_record(&arena, &one, 1));
    assert_true(strlen(output) <= MOST + 2);
    is_valid_utf8_end(output);
    one.perfdata = repeated("metric=123456 ", 2000);
    one.text = "short";
    output = output_of(submit_spool_record(&arena, &one, 1));
    assert_true(text_starts(text_of(output), "short|metric=123456 "));
    assert_true(text_ends(text_of(output), " metric=123456"));
    assert_true(strlen(output) <= MOST);
    one.text = repeated("x", MOST - 1 - 7); /* just fits, with its '|' */
    one.perfdata = "a=12345";
    output = output_of(submit_spool_record(&arena, &one, 1));
    assert_int_equal(strlen(output), MOST);
    assert_silent(output, "cut:");
}

/* ---- what was not taken ---- */

static void a_reason_is_told_once(void **state)
{
    const struct submit_service one = {"h1", "asyncos-raid", "raid", 0, "", ""};
    const struct submit_service two = {"h2", "asyncos-raid", "raid", 0, "", ""};
    struct submit_tally tally = {.taken = 3};
    struct fault gone, lost;
    (void)state;
    (void)fault_set(&gone, FAULT_UNSUPPORTED, "https://x", 0, "h1!asyncos-raid is not there");
    (void)fault_set(&lost, FAULT_TIMEOUT, "https://x", 0, "no answer");
    submit_lost(&arena, &tally, &gone, &one, 0);
    assert_string_equal(submit_explain(&arena, &tally.losses[0]),
                        "https://x: h1!asyncos-raid is not there");
    submit_lost(&arena, &tally, &gone, &two, 0);
    assert_string_equal(submit_explain(&arena, &tally.losses[0]),
                        "https://x: h1!asyncos-raid is not there; so with h2!asyncos-raid");
    for (int i = 0; i < 6; i++)
        submit_lost(&arena, &tally, &gone, &two, 0);
    submit_lost(&arena, &tally, &lost, &two, 17);
    assert_int_equal(tally.loss_count, 2);
    assert_int_equal(tally.losses[0].count, 8);
    assert_int_equal(times(submit_explain(&arena, &tally.losses[0]), "h2!asyncos-raid"), 5);
    assert_true(
        text_ends(text_of(submit_explain(&arena, &tally.losses[0])), "h2!asyncos-raid and 2 more"));
    assert_string_equal(submit_explain(&arena, &tally.losses[1]),
                        "https://x: no answer; 17 more were not tried");
}

static void ways_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBMIT_WAYS; i++) {
        assert_ptr_equal(submit_find(submit_rows[i].name, &fault), &submit_rows[i]);
        assert_null(submit_find("nothing", &fault));
        assert_says(fault.text, submit_rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(a_service_says_what_the_plugin_says),
                                       with_arena(of_a_cluster_the_worst_member_speaks),
                                       with_arena(a_cluster_may_be_found),
                                       with_arena(tokens_may_hold_blanks),
                                       with_arena(a_record_is_what_nagios_reads),
                                       with_arena(what_is_too_long_is_cut_before_nagios_does),
                                       with_arena(a_reason_is_told_once),
                                       with_arena(ways_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
