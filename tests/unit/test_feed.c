/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"
#include "tests/unit/state_sample.h"

#include <poll.h>

#include "snmp/feed.h"

#define TAKEN "2026-03-08T03:00:02Z"
enum { TAKEN_AT = 1772938802, MAX_AGE = 900 };

static struct feed *open_at(int64_t now)
{
    const struct feed_options options = {inside("state.json"), inside("map"), MAX_AGE};
    return feed_open(&arena, &options, now, &fault);
}

/* As postcheck poll does it. */
static void replace(const char *text)
{
    put("state.new", text);
    assert_int_equal(rename(inside("state.new"), inside("state.json")), 0);
}

static uint32_t number(struct feed *feed, const uint32_t *oid, size_t count)
{
    struct table_cell cell;
    assert_int_equal(table_get(feed_view(feed, TAKEN_AT + 10), oid, count, &cell), TABLE_FOUND);
    return cell.number;
}
#define SCALAR(n)        number(feed, (const uint32_t[]){1, 1, n, 0}, 4)
#define STATUS           number(feed, (const uint32_t[]){1, 3, 1, 3, 1, 1}, 6)
#define GENERATION       SCALAR(3)
#define WORST            SCALAR(6)
#define CHECKS_CHANGED   SCALAR(29)
#define CLUSTERS_CHANGED SCALAR(31)

static size_t message(struct feed *feed)
{
    struct table_cell cell;
    assert_int_equal(table_get(feed_view(feed, 0), (const uint32_t[]){1, 1, 5, 0}, 4, &cell),
                     TABLE_FOUND);
    return cell.octet_count;
}

static void from_missing_to_stale(void **state)
{
    (void)state;
    struct feed *feed = open_at(TAKEN_AT);
    assert_non_null(feed);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_int_equal(feed_collector(feed), FEED_MISSING);
    assert_int_equal(WORST, TABLE_UNKNOWN);
    assert_int_equal(SCALAR(7), 1);
    assert_true(message(feed) > 0);
    assert_false(feed_look(feed, TAKEN_AT, true, &fault));
    replace(state_sample(TAKEN, "ok"));
    assert_true(feed_look(feed, TAKEN_AT + 10, true, &fault));
    assert_int_equal(feed_collector(feed), FEED_RUNNING);
    assert_int_equal(message(feed), 0);
    assert_int_equal(STATUS, TABLE_OK);
    assert_int_equal(WORST, TABLE_CRITICAL);
    assert_int_equal(GENERATION, 1);
    assert_false(feed_look(feed, TAKEN_AT + MAX_AGE, true, &fault));
    assert_true(
        feed_look(feed, TAKEN_AT + MAX_AGE + 1, true, &fault)); /* the clock alone does it */
    assert_int_equal(feed_collector(feed), FEED_STALE);
    assert_int_equal(STATUS, TABLE_UNKNOWN);
    assert_int_equal(WORST, TABLE_UNKNOWN);
    assert_int_equal(SCALAR(7), 1);
    assert_true(message(feed) > 0);
    assert_int_equal(GENERATION, 1);
    assert_true(
        feed_look(feed, TAKEN_AT - 120, true, &fault)); /* a file of the future is no good one */
    assert_int_equal(feed_collector(feed), FEED_INVALID);
    feed_close(feed);
}

static void torn_and_whole_again(void **state)
{
    (void)state;
    replace(state_sample(TAKEN, "ok"));
    struct feed *feed = open_at(TAKEN_AT);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(STATUS, TABLE_OK);
    put("state.json", "{\"schema\": \"postcheck.rep");
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_int_equal(feed_collector(feed), FEED_INVALID);
    assert_int_equal(STATUS, TABLE_UNKNOWN); /* the row stays */
    put("state.json", "{\"schema\": \"other/1\"}");
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(fault.kind, FAULT_UNSUPPORTED);
    replace(state_sample(TAKEN, "warning"));
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(STATUS, TABLE_WARNING);
    assert_int_equal(GENERATION, 2);
    assert_int_equal(unlink(inside("state.json")), 0);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(feed_collector(feed), FEED_MISSING);
    assert_int_equal(STATUS, TABLE_UNKNOWN);
    assert_int_equal(mkfifo(inside("state.json"), 0600), 0);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault)); /* and it does not wait for a writer */
    assert_int_equal(feed_collector(feed), FEED_INVALID);
    feed_close(feed);
}

static void tells_what_changed(void **state)
{
    (void)state;
    replace(state_sample(TAKEN, "ok"));
    struct feed *feed = open_at(TAKEN_AT);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    struct pollfd ready = {.fd = feed_descriptor(feed), .events = POLLIN};
    assert_true(ready.fd >= 0);
    while (poll(&ready, 1, 0) > 0)
        (void)feed_look(feed, TAKEN_AT, true, &fault);
    replace(state_sample("2026-03-08T03:00:07Z", "ok"));
    assert_int_equal(poll(&ready, 1, 5000), 1); /* the kernel tells at once */
    assert_true(feed_look(feed, TAKEN_AT + 5, true, &fault));
    assert_int_equal(GENERATION, 2);
    assert_int_equal(CHECKS_CHANGED, 1); /* other times are no change */
    replace(state_sample("2026-03-08T03:00:09Z", "warning"));
    assert_true(feed_look(feed, TAKEN_AT + 7, true, &fault));
    assert_int_equal(CHECKS_CHANGED, 3);
    assert_int_equal(CLUSTERS_CHANGED, 1);
    feed_close(feed);
}

/* Nobody waits for the reading: what was served is served until it is done. */
static void beside(void **state)
{
    (void)state;
    replace(state_sample(TAKEN, "ok"));
    struct feed *feed = open_at(TAKEN_AT);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    for (uint32_t i = 2; i < 50; i++) {
        struct pollfd ready = {.fd = feed_descriptor(feed), .events = POLLIN};
        replace(state_sample(TAKEN, i % 2 == 0 ? "warning" : "ok"));
        while (!feed_look(feed, TAKEN_AT, false, &fault)) {
            assert_int_equal(STATUS, i % 2 == 0 ? TABLE_OK : TABLE_WARNING);
            assert_int_equal(poll(&ready, 1, 5000), 1);
        }
        assert_int_equal(STATUS, i % 2 == 0 ? TABLE_WARNING : TABLE_OK);
        assert_int_equal(GENERATION, i);
    }
    replace(state_sample(TAKEN, "critical"));
    (void)feed_look(feed, TAKEN_AT, false, &fault); /* and it may be closed meanwhile */
    feed_close(feed);
}

static void numbers_survive(void **state)
{
    (void)state;
    replace(state_sample(TAKEN, "ok"));
    struct feed *feed = open_at(TAKEN_AT);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    feed_close(feed);
    /* The next process meets the appliances in another order. */
    replace(
        "{\"schema\": \"postcheck.report/1\", \"run\": {\"ended_at\": \"2026-03-08T03:00:02Z\"},"
        " \"nodes\": [{\"name\": \"new\", \"state\": \"ok\"}, {\"name\": \"sma1\", \"state\": "
        "\"ok\"}], \"clusters\": [], \"results\": []}");
    feed = open_at(TAKEN_AT);
    assert_true(feed_look(feed, TAKEN_AT, true, &fault));
    assert_int_equal(number(feed, (const uint32_t[]){1, 2, 1, 11, 3}, 5), TABLE_OK); /* sma1 */
    assert_int_equal(number(feed, (const uint32_t[]){1, 2, 1, 11, 4}, 5), TABLE_OK); /* new */
    feed_close(feed);
    put("map", "{ no map");
    assert_null(open_at(TAKEN_AT)); /* better none than other numbers */
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(from_missing_to_stale), with_folder(torn_and_whole_again),
        with_folder(tells_what_changed),    with_folder(beside),
        with_folder(numbers_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
