/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/check.h"
#include "checks/registry.h"

/*
 * The check alerts, and the excuses it knows: a cluster of two, both upgraded in the same night.
 * esa1 came up at 02:00, esa2 at 02:40; the question is about esa1, and the change began at 01:00.
 */
#define ESA1_UP "Sun Mar 08 02:00:00 2026"
#define ESA2_UP "Sun Mar 08 02:40:00 2026"

#define LINK(peer, what)                                                                           \
    "Error connecting to cluster machine " peer " (Serial #: ABC-123) at IP 192.0.2.12 - " what
#define DROPPED LINK("esa2.example.com", "Existing connection dropped - connection closed")
#define QUEUE   "work queue paused, 64 msgs, antispam"
#define UPDATER "The updater has been unable to communicate with the update server for at least 1h."
#define LASTING(time)                                                                              \
    "The updater has been unable to communicate with the update server for at least " time "."
#define ENTERED                                                                                    \
    "This system (hostname: esa1.example.com) has entered a 'resource conservation' mode in "      \
    "order to prevent the rapid depletion of critical system resources"
#define EXITED                                                                                     \
    "This system (hostname: esa1.example.com) has exited the 'resource conservation' mode"

static struct document document(const char *id, const char *text)
{
    return (struct document){.id = id, .bytes = text_of(text)};
}

static const char *status_text(const char *as_of, const char *up)
{
    return arena_printf(&arena,
                        "Status as of:                  Sun Mar 08 %s 2026 CET\n"
                        "Up since:                      %s CET (1h)\n"
                        "System status:                 Online\n",
                        as_of, up);
}

static const char *alerts_text(const char *entries)
{
    return arena_printf(&arena,
                        "Date and Time Stamp               Description\n"
                        "--------------------------------------------------------------------\n\n"
                        "%s(Machine esa1.example.com)> ",
                        entries);
}

static const char *entry_at(const char *stamp, const char *text)
{
    return arena_printf(&arena, "%s        %s\n\n", stamp, text);
}

static const char *entry(const char *time, const char *text)
{
    return entry_at(arena_printf(&arena, "08 Mar 2026 %s +0100", time), text);
}

struct world {
    const char *entries; /* of displayalerts; NULL = not captured */
    const char *link;    /* what connstatus says of esa2; NULL = not captured */
    const char *queue;
    const char *before;            /* entries of the baseline; NULL = no baseline */
    const char *esa1_up, *esa2_up; /* NULL = in the night of the change */
    const char *echo;              /* of displayalerts; NULL = none */
    bool no_status, no_since, no_list;
};

static struct fleet fleet_of(const char *entries, const char *as_of, const struct world *world)
{
    static const char list[] = "Cluster hq\n  Group Main_Group:\n"
                               "    Machine esa1.example.com (Serial #: ABC-001)\n"
                               "    Machine esa2.example.com (Serial #: ABC-123)\n";
    struct document *first = arena_array(&arena, 5, sizeof(*first));
    struct document *second = arena_array(&arena, 1, sizeof(*second));
    struct node *nodes = arena_array(&arena, 2, sizeof(*nodes));
    size_t count = 0;
    if (!world->no_list)
        first[count++] = document("cli/clusterlist.txt", list);
    if (world->link != NULL)
        first[count++] = document("cli/connstatus.txt",
                                  arena_printf(&arena,
                                               "Machine esa1.example.com (Serial #: ABC-001): this "
                                               "machine\n"
                                               "Machine esa2.example.com (Serial #: ABC-123): %s\n",
                                               world->link));
    first[count++] = document("cli/workqueue.txt",
                              arena_printf(&arena, "Status:   %s\nMessages: 3\n", world->queue));
    if (!world->no_status)
        first[count++] = document("cli/status.txt",
                                  status_text(as_of, world->esa1_up ? world->esa1_up : ESA1_UP));
    if (entries != NULL)
        first[count++] = document(
            "cli/displayalerts.txt",
            arena_printf(&arena, "%s%s", world->echo ? world->echo : "", alerts_text(entries)));
    second[0] =
        document("cli/status.txt", status_text(as_of, world->esa2_up ? world->esa2_up : ESA2_UP));
    nodes[0] = (struct node){
        .name = "esa1.example.com", .role = ROLE_ESA, .documents = first, .document_count = count};
    nodes[1] = (struct node){
        .name = "esa2.example.com", .role = ROLE_ESA, .documents = second, .document_count = 1};
    return (struct fleet){nodes, 2};
}

static struct result *judge(const struct world *world)
{
    struct fleet *fleets = arena_array(&arena, 2, sizeof(*fleets));
    fleets[0] = fleet_of(world->entries, "04:00:00", world);
    fleets[1] = fleet_of(world->before, "00:50:00", world);
    struct question *q = arena_alloc(&arena, sizeof(*q));
    *q = (struct question){.arena = &arena,
                           .fleet = &fleets[0],
                           .baseline = world->before != NULL ? &fleets[1] : NULL,
                           .node = &fleets[0].nodes[0],
                           .has_since = !world->no_since};
    assert_true(time_parse_any(text_of("2026-03-08T01:00:00+01:00"), &q->since));
    const struct check *check = registry_find(text_of("alerts"));
    assert_non_null(check);
    return check_run(check, q);
}

static const struct world calm = {.link = "Connected", .queue = "Operational"};
static const struct world torn = {.link = "Not connected", .queue = "Paused by admin: test"};
static const struct world mute = {.link = NULL, .queue = "Operational"};
static const struct world vague = {.link = "synchronising", .queue = "Operational"};
static const struct world unlisted = {.link = "Connected", .queue = "Operational", .no_list = true};

/* One alert of the night: is it explained, by what, and how bad is it if not? */
static const struct {
    const struct world *world;
    const char *time, *text;
    enum state state;
    const char *because; /* part of the explanation; NULL = there is none */
} nights[] = {
    /* own reboot: twenty minutes of going down, ten of finding the others again */
    {&calm, "01:40:00", DROPPED, STATE_OK, "own reboot"},
    {&mute, "01:39:59", DROPPED, STATE_WARNING, NULL},
    /* members were disconnected before the download, after --since */
    {&calm, "01:39:59", DROPPED, STATE_OK, "rebooted one after the other"},
    {&calm, "01:00:00", DROPPED, STATE_OK, "rebooted one after the other"},
    {&torn, "01:10:00", DROPPED, STATE_WARNING, NULL},
    {&vague, "01:10:00", DROPPED, STATE_WARNING, NULL},
    {&mute, "02:10:00", DROPPED, STATE_OK, "own reboot"},
    {&mute, "02:10:01", DROPPED, STATE_WARNING, NULL},
    /* the reboot of the other end */
    {&mute, "02:20:00", DROPPED, STATE_OK, "reboot of esa2.example.com"},
    {&calm, "02:50:00", DROPPED, STATE_OK, "reboot of esa2.example.com"},
    {&calm, "02:50:01", DROPPED, STATE_WARNING, NULL},
    /* between the first reboot and the last, if the link stands again */
    {&calm, "02:15:00", DROPPED, STATE_OK, "rebooted one after the other"},
    {&mute, "02:15:00", DROPPED, STATE_WARNING, NULL},
    /* never while the appliance says that the link is down */
    {&torn, "01:50:00", DROPPED, STATE_WARNING, NULL},
    {&torn, "02:15:00", DROPPED, STATE_WARNING, NULL},
    {&torn, "02:45:00", DROPPED, STATE_WARNING, NULL},
    /* what it says is not recognised: the reboot still explains, the disconnect does not */
    {&vague, "01:50:00", DROPPED, STATE_OK, "own reboot"},
    {&vague, "02:15:00", DROPPED, STATE_WARNING, NULL},
    /* a machine of another cluster, or that nobody knows */
    {&calm, "01:50:00", LINK("esa9.example.com", "Existing connection dropped - closed"),
     STATE_WARNING, NULL},
    {&mute, "02:15:00", LINK("esa9.example.com", "Existing connection dropped - closed"),
     STATE_WARNING, NULL},
    {&unlisted, "01:50:00", DROPPED, STATE_OK, "own reboot"},
    {&unlisted, "01:50:00", LINK("esa9.example.com", "Connection failure - timed out"),
     STATE_WARNING, NULL},
    {&calm, "01:50:00", LINK("esa2.example.com", "Message forward failed, no upstream connection"),
     STATE_CRITICAL, NULL},
    {&calm, "01:50:00", LINK("esa2.example.com", "No route found - x"), STATE_CRITICAL, NULL},
    /* never explained, whenever it comes */
    {&calm, "02:01:00", LINK("esa2.example.com", "does not appear to be in the cluster"),
     STATE_CRITICAL, NULL},
    {&calm, "02:01:00", LINK("esa2.example.com", "a new kind of trouble"), STATE_CRITICAL, NULL},
    {&calm, "02:01:00", "Something that no table knows.", STATE_WARNING, NULL},
    {&calm, "02:01:00", "An application fault occurred: ('x.py', 1)", STATE_WARNING, NULL},
    /* the work queue: own reboot, and running now */
    {&calm, "02:05:00", QUEUE, STATE_OK, "own reboot"},
    {&calm, "02:30:00", QUEUE, STATE_OK, "own reboot"},
    {&calm, "02:30:01", QUEUE, STATE_CRITICAL, NULL},
    {&torn, "02:05:00", QUEUE, STATE_CRITICAL, NULL},
    {&torn, "02:30:00", UPDATER, STATE_OK, "own reboot"},
    {&torn, "02:30:01", UPDATER, STATE_WARNING, NULL},
    {&calm, "02:20:00", LASTING("60 mins"), STATE_OK, "own reboot"},
    {&calm, "02:20:00", LASTING("soon"), STATE_OK, "own reboot"},
    {&calm, "02:20:00", LASTING("7d"), STATE_WARNING, NULL},
    {&calm, "02:20:00", LASTING("1h 1s"), STATE_WARNING, NULL},
    {&calm, "02:20:00", LASTING("2 hours"), STATE_WARNING, NULL},
    {&calm, "02:01:00", ENTERED, STATE_CRITICAL, NULL},
    {&calm, "02:01:00", EXITED, STATE_OK, NULL},
};

static void nights_of_one_alert(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nights); i++) {
        struct world world = *nights[i].world;
        world.entries = entry(nights[i].time, nights[i].text);
        const struct result *result = judge(&world);
        const struct finding *finding = result->findings[0];
        if (result->finding_count != 1 || finding->state != nights[i].state)
            fail_msg("%s %s: %zu findings, %s: %s", nights[i].time, nights[i].text,
                     result->finding_count, result_state_word(finding->state), finding->text);
        if ((finding->explained_by != NULL) != (nights[i].because != NULL))
            fail_msg("%s %s: %s", nights[i].time, nights[i].text,
                     finding->explained_by != NULL ? finding->explained_by : "not explained");
        if (nights[i].because != NULL)
            assert_non_null(strstr(finding->explained_by, nights[i].because));
        assert_string_equal(finding->evidence.document, "cli/displayalerts.txt");
        assert_int_equal(finding->evidence.line, 4);
    }
}

static double metric(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->metric_count; i++)
        if (strcmp(result->metrics[i].spec->name, name) == 0)
            return result->metrics[i].value;
    fail_msg("no metric %s", name);
    return -1;
}

static void no_alert_is_ok(void **state)
{
    (void)state;
    struct world world = calm;
    world.entries = "";
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_OK);
    assert_true(metric(result, "alerts_new") == 0);
    world.entries = entry("00:59:59", DROPPED);
    result = judge(&world);
    assert_int_equal(result_state(result), STATE_OK);
    assert_non_null(strstr(result_line(result), "no new alert since 2026-03-08 01:00:00 +0100"));
}

static void the_end_explains_the_begin(void **state)
{
    (void)state;
    struct world world = calm;
    world.entries =
        arena_printf(&arena, "%s%s", entry("03:20:00", EXITED), entry("03:10:00", ENTERED));
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_OK);
    assert_true(metric(result, "alerts_explained") == 1);
    /* An end before the begin ends something else. */
    world.entries =
        arena_printf(&arena, "%s%s", entry("03:20:00", ENTERED), entry("03:10:00", EXITED));
    result = judge(&world);
    assert_int_equal(result_state(result), STATE_CRITICAL);
    assert_true(metric(result, "alerts_new") == 1);
}

/* A repeated alert is explained only when all of its span is. */
static void repeats_count(void **state)
{
    static const char summary[] = DROPPED "\n\nLast message occurred 8 times between "
                                          "Sun Mar  8 01:45:00 2026 and Sun Mar  8 %s 2026.";
    (void)state;
    struct world world = mute;
    world.entries = entry("01:45:00", arena_printf(&arena, summary, "02:09:00"));
    assert_int_equal(result_state(judge(&world)), STATE_OK);
    world.entries = entry("01:45:00", arena_printf(&arena, summary, "03:31:00"));
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_WARNING);
    assert_non_null(strstr(result->findings[0]->text, "repeated 8 times"));
    assert_null(strstr(result->findings[0]->text, "Last message"));
}

static void same_alerts_are_one_finding(void **state)
{
    (void)state;
    struct world world = mute;
    world.entries =
        arena_printf(&arena, "%s%s%s%s", entry("03:20:00", DROPPED), entry("03:10:00", DROPPED),
                     entry("02:05:00", DROPPED), entry("03:05:00", UPDATER));
    const struct result *result = judge(&world);
    assert_int_equal(result->finding_count, 3);
    assert_true(metric(result, "alerts_new") == 3);
    assert_true(metric(result, "alerts_explained") == 1);
    assert_non_null(strstr(result->findings[0]->text, "2 times"));
}

/* The baseline was taken at 00:50 and lists one alert. */
static void baseline_decides_what_is_new(void **state)
{
    static const struct {
        const char *first, *second; /* when UPDATER was said; the old one stands behind */
        bool old;                   /* is the baseline's alert still listed? */
        enum state state;
    } rows[] = {
        {NULL, NULL, true, STATE_OK},
        {"03:10:00", NULL, true, STATE_WARNING},
        {"03:10:00", "03:20:00", true, STATE_WARNING},
        {NULL, "00:10:00", true, STATE_OK}, /* a longer list reaches further back */
        {"03:10:00", NULL, false, STATE_WARNING},
        {NULL, NULL, false, STATE_UNKNOWN}, /* the old one fell out: what else did? */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = torn;
        world.before = entry("00:30:00", UPDATER);
        world.entries = arena_printf(
            &arena, "%s%s%s", rows[i].first ? entry(rows[i].first, UPDATER) : "",
            rows[i].old ? world.before : "", rows[i].second ? entry(rows[i].second, UPDATER) : "");
        const struct result *result = judge(&world);
        if (result_state(result) != rows[i].state)
            fail_msg("row %zu: %s", i, result_line(result));
    }
}

/* Its place in the list counts more than its stamp, and an hour that comes twice is two hours. */
static void what_the_baseline_did_not_have_is_new(void **state)
{
    static const char *const stamps[][2] = {
        {"01 Jan 2020 00:12:31 +0100", "07 Mar 2026 02:30:00 +0100"},
        {"07 Mar 2026 02:30:00 +0100", "07 Mar 2026 02:30:00 +0200"},
        {"07 Mar 2026 02:30:00 XYZ", "07 Mar 2026 02:30:00 +0200"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(stamps); i++) {
        struct world world = mute;
        const char *old = entry_at(stamps[i][1], UPDATER);
        world.before = old;
        world.entries = arena_printf(&arena, "%s%s", entry_at(stamps[i][0], UPDATER), old);
        assert_int_equal(result_state(judge(&world)), STATE_WARNING);
        /* Below it, it is only further back than the baseline's list reached. */
        world.entries = arena_printf(&arena, "%s%s", old, entry_at(stamps[i][0], UPDATER));
        assert_int_equal(result_state(judge(&world)), STATE_OK);
    }
}

/* The same alert: in another zone, or wrapped by a narrower terminal. */
static void the_same_alert_is_not_new(void **state)
{
    struct world world = mute;
    (void)state;
    world.before = entry_at("07 Mar 2026 02:30:00 +0100", "An application fault occurred: xyz");
    world.entries = entry_at("07 Mar 2026 01:30:00 GMT", "An applica\ntion fault occurred: x\nyz");
    assert_int_equal(result_state(judge(&world)), STATE_OK);
}

static void no_verdict_by_a_wrong_clock(void **state)
{
    (void)state;
    struct world world = mute;
    world.entries = entry("04:10:00", EXITED); /* status is of 04:00:00 */
    assert_int_equal(result_state(judge(&world)), STATE_OK);
    world.entries = entry("04:10:01", EXITED);
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_UNKNOWN);
    assert_non_null(strstr(result_line(result), "later than the appliance's clock"));
    world.no_since = true;
    world.esa1_up = "Sat Mar 08 02:00:00 2031";
    world.entries = entry("03:00:00", DROPPED);
    result = judge(&world);
    assert_int_equal(result_state(result), STATE_UNKNOWN);
    assert_non_null(strstr(result_line(result), "later than its clock says"));
}

/* esa2 was not rebooted in this change: no window reaches back to its last start. */
static void starts_of_other_changes_excuse_nothing(void **state)
{
    static const struct {
        const char *esa1_up, *esa2_up;
        bool no_since;
        enum state state;
    } rows[] = {
        {NULL, NULL, false, STATE_OK},
        {NULL, "Sun Nov 02 12:00:00 2025", false, STATE_WARNING},
        {NULL, "Sun Mar 08 00:59:59 2026", false, STATE_WARNING}, /* just before --since */
        {"Sat Mar 07 03:00:00 2026", "Sun Mar 08 02:40:00 2026", true, STATE_OK},
        {"Sat Mar 07 02:30:00 2026", "Sun Mar 08 02:40:00 2026", true, STATE_WARNING},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = calm;
        world.entries = entry("02:15:00", DROPPED);
        world.esa1_up = rows[i].esa1_up;
        world.esa2_up = rows[i].esa2_up;
        world.no_since = rows[i].no_since;
        const struct result *result = judge(&world);
        if (result_state(result) != rows[i].state)
            fail_msg("row %zu: %s", i, result_line(result));
    }
}

static void a_short_list_may_hide_more(void **state)
{
    static const struct {
        const char *echo;
        enum state state;
    } rows[] = {
        {NULL, STATE_OK},
        {"(Machine esa1.example.com)> displayalerts 3\n\n", STATE_OK},
        {"(Machine esa1.example.com)> displayalerts 2\n\n", STATE_UNKNOWN},
        {"(Machine esa1.example.com)> displayalerts 1\n\n", STATE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = calm;
        world.echo = rows[i].echo;
        world.entries =
            arena_printf(&arena, "%s%s", entry("03:20:00", EXITED), entry("03:10:00", EXITED));
        assert_int_equal(result_state(judge(&world)), rows[i].state);
        /* A list that shows older ones is long enough. */
        world.entries = arena_printf(&arena, "%s%s", world.entries, entry("00:10:00", EXITED));
        assert_int_equal(result_state(judge(&world)), STATE_OK);
    }
}

/* The list is newest first: cut off below an old one, it hides nothing new. */
static void a_list_that_ends_early(void **state)
{
    static const struct {
        const char *first, *second; /* when EXITED was said; the last line breaks off */
        enum state state;
    } rows[] = {
        {"03:20:00", "00:10:00", STATE_OK},
        {"00:20:00", "00:10:00", STATE_OK},
        {"03:20:00", "03:10:00", STATE_UNKNOWN},
        {"00:10:00", "00:20:00", STATE_UNKNOWN}, /* oldest first: what is newer may be lost */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = calm;
        struct fleet fleet = fleet_of("", "04:00:00", &world);
        struct document *list = &fleet.nodes[0].documents[fleet.nodes[0].document_count - 1];
        list->bytes = text_of(arena_printf(
            &arena, "Date and Time Stamp               Description\n\n%s%s08 Mar 2026 00:0",
            entry(rows[i].first, EXITED), entry(rows[i].second, EXITED)));
        struct question q = {
            .arena = &arena, .fleet = &fleet, .node = &fleet.nodes[0], .has_since = true};
        assert_true(time_parse_any(text_of("2026-03-08T01:00:00+01:00"), &q.since));
        assert_int_equal(result_state(check_run(registry_find(text_of("alerts")), &q)),
                         rows[i].state);
    }
}

/* Without --since, the download begins two hours before the first reboot at most. */
static void the_download_takes_no_day(void **state)
{
    static const struct {
        const char *time;
        enum state state;
    } rows[] = {{"00:40:01", STATE_OK}, {"00:39:59", STATE_WARNING}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = calm;
        world.no_since = true;
        world.esa1_up = "Sun Mar 08 02:40:00 2026";
        world.before = entry_at("07 Mar 2026 12:00:00 +0100", EXITED);
        world.entries = arena_printf(&arena, "%s%s", entry(rows[i].time, DROPPED), world.before);
        const struct result *result = judge(&world);
        if (result_state(result) != rows[i].state)
            fail_msg("%s: %s", rows[i].time, result_line(result));
    }
}

static void without_start_nothing_is_excused(void **state)
{
    (void)state;
    struct world world = mute;
    world.no_status = true;
    world.entries = entry("02:05:00", DROPPED);
    assert_int_equal(result_state(judge(&world)), STATE_WARNING);
    /* … and without --since there is nothing to be new against. */
    world.no_since = true;
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_UNKNOWN);
    world.no_status = false;
    assert_int_equal(result_state(judge(&world)), STATE_OK);
}

static void silence_is_unknown(void **state)
{
    static const char *const texts[] = {NULL, "xyzzy\n", "\x1b[2J|||\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct world world = calm;
        world.entries = texts[i];
        const struct result *result = judge(&world);
        assert_int_equal(result_state(result), STATE_UNKNOWN);
        assert_true(result->finding_count > 0);
    }
}

/* Thousands of different alerts: bounded findings, all of them counted. */
static void many_alerts(void **state)
{
    enum { ALERTS = 5000, ROOM = ALERTS * 64 };
    char *text = arena_alloc(&arena, ROOM);
    size_t used = 0;
    (void)state;
    for (int i = 0; i < ALERTS; i++) {
        static const char stamp[] = "08 Mar 2026 03:00:00 +0100        trouble ";
        memcpy(text + used, stamp, sizeof(stamp) - 1);
        used += sizeof(stamp) - 1;
        for (int rest = i + 1; rest > 0; rest /= 26)
            text[used++] = (char)('a' + rest % 26);
        text[used++] = '\n';
    }
    struct world world = calm;
    world.entries = text;
    const struct result *result = judge(&world);
    assert_int_equal(result_state(result), STATE_WARNING);
    assert_true(metric(result, "alerts_new") == ALERTS);
    assert_in_range(result->finding_count, 2, 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(nights_of_one_alert),
        with_arena(no_alert_is_ok),
        with_arena(the_end_explains_the_begin),
        with_arena(repeats_count),
        with_arena(same_alerts_are_one_finding),
        with_arena(baseline_decides_what_is_new),
        with_arena(what_the_baseline_did_not_have_is_new),
        with_arena(the_same_alert_is_not_new),
        with_arena(no_verdict_by_a_wrong_clock),
        with_arena(starts_of_other_changes_excuse_nothing),
        with_arena(a_short_list_may_hide_more),
        with_arena(a_list_that_ends_early),
        with_arena(the_download_takes_no_day),
        with_arena(without_start_nothing_is_excused),
        with_arena(silence_is_unknown),
        with_arena(many_alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
