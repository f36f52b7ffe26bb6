/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/line.h"

/* Every row of family.def, by both paths of the hot loop, in every envelope. */

static const enum line_path paths[] = {LINE_PORTABLE, LINE_AVX2};
static const char *const envelopes[] = {
    "Sun Mar  8 04:00:02 2026 Info: ",
    "Mar  8 04:00:02 esa1.example.com mail_logs: Info: ",
    "<166>Mar 08 04:00:02 CES_Mail: Info: ",
    "esa1.example.com mail: Info: ",
    "2026 Mar 08 04:00:02 esa1 mail [info] mail_logs:nopid Info: ",
    "Mar  8 04:00:03 relay mail_logs: Sun Mar  8 04:00:02 2026 Info: "};

static struct line_reader *reader;

static bool begin(enum line_path path, const char *envelope)
{
    if (!line_init(reader, path))
        return false; /* this processor cannot */
    line_want(reader, LINE_ALL);
    (void)line_sniff(reader, text_of(envelope));
    return true;
}

/* The one line ENVELOPE MESSAGE, in a copy that ends where it may be read. */
static struct line_event read_one(const char *envelope, const char *message, size_t *count)
{
    static struct line_event events[LINE_ROOM];
    size_t a = strlen(envelope), b = strlen(message), lines;
    static char *bytes;
    free(bytes);
    bytes = malloc(a + b + 1 + LINE_SLACK);
    assert_non_null(bytes);
    memcpy(bytes, envelope, a);
    memcpy(bytes + a, message, b);
    memset(bytes + a + b, '\n', 1 + LINE_SLACK);
    events[0] = (struct line_event){.family = FAMILY_COUNT};
    assert_int_equal(line_read(reader, bytes, a + b + 1, events, LINE_ROOM, count, &lines),
                     a + b + 1);
    assert_int_equal(lines, 1);
    return events[0];
}

static void samples_are_of_their_family(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t e = 0; e < COUNT(envelopes); e++)
            for (size_t i = 0; i < family_row_count; i++) {
                const struct family_row *row = &family_rows[i];
                uint64_t id[2];
                const char *rest;
                size_t count;
                if (*row->pattern == '\0' || !begin(paths[p], envelopes[e]))
                    continue;
                assert_true(family_fits(row->pattern, text_of(row->sample), id, &rest));
                for (int twice = 0; twice < 2; twice++) { /* a new head, then the same again */
                    struct line_event event = read_one(envelopes[e], row->sample, &count);
                    if (count == 1 && event.family == row->family && event.id[0] == id[0] &&
                        event.id[1] == id[1] && event.rest - event.message == rest - row->sample)
                        continue;
                    print_error("%s%s: %s\n", envelopes[e], row->sample,
                                family_name((enum family)(event.family % FAMILY_COUNT)));
                    wrong++;
                }
            }
    assert_int_equal(wrong, 0);
}

static void what_is_no_family_is_unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {"frobnicator reloaded",
                                        "MID",
                                        "MID ",
                                        "MID 5",
                                        "MID x ready 5 bytes from <a>",
                                        "MID 5 ready",
                                        "MID 5 ready x bytes from <a>",
                                        "MID 5  ready 5 bytes from <a>",
                                        "ICID ACCEPT SG x",
                                        "MID 12345678901234567890 queued for delivery",
                                        "mid 5 queued for delivery",
                                        "xMID 5 queued for delivery",
                                        "Status CrtMID 5 queued for delivery",
                                        "DCID 7 ready 5 bytes from <a>",
                                        "Message finished MID x done",
                                        "Message done DCID 1 MID to RID [0]",
                                        "Start MID 5 ICID"};
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t i = 0; i < COUNT(texts); i++) {
            size_t count;
            if (!begin(paths[p], envelopes[0]))
                continue;
            struct line_event event = read_one(envelopes[0], texts[i], &count);
            if (event.family != FAMILY_unknown)
                fail_msg("'%s' is %s", texts[i], family_name((enum family)event.family));
            assert_int_equal(event.id[0], 0);
        }
}

static void ids_are_whole(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "1", "12345678", "123456789", "123456789012345", "1234567890123456", "1234567890123456789"};
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t i = 0; i < COUNT(ids); i++) {
            char text[200];
            size_t count;
            if (!begin(paths[p], envelopes[0]))
                continue;
            (void)snprintf(text, sizeof(text), "Message done DCID %s MID %s to RID [0]", ids[i],
                           ids[i]);
            struct line_event event = read_one(envelopes[0], text, &count);
            assert_int_equal(event.family, FAMILY_message_done);
            assert_true(event.id[0] == strtoull(ids[i], NULL, 10) && event.id[1] == event.id[0]);
            (void)snprintf(text, sizeof(text), "MID %s queued for delivery", ids[i]);
            event = read_one(envelopes[0], text, &count);
            assert_int_equal(event.family, FAMILY_mid_queued);
            assert_true(event.id[0] == strtoull(ids[i], NULL, 10));
        }
}

/* Any byte of any sample changed, any sample cut anywhere: both paths say the same, and live. */
static void paths_agree(void **state)
{
    (void)state;
    static const char bytes[] = {'0', ' ', '<', '\0', (char)0xff, 'M'};
    size_t differ = 0;
    for (size_t i = 0; i < family_row_count; i++)
        for (size_t at = 0; family_rows[i].sample[at] != '\0'; at++)
            for (size_t b = 0; b <= COUNT(bytes); b++) {
                char text[400];
                struct line_event found[2];
                size_t count[2];
                (void)snprintf(text, sizeof(text), "%s", family_rows[i].sample);
                text[at] = b < COUNT(bytes) ? bytes[b] : '\0';
                if (!begin(LINE_AVX2, envelopes[0]))
                    return;
                found[0] = read_one(envelopes[0], text, &count[0]);
                assert_true(begin(LINE_PORTABLE, envelopes[0]));
                const char *rest = found[0].rest - found[0].message + (const char *)NULL;
                found[1] = read_one(envelopes[0], text, &count[1]);
                differ += count[0] != count[1] || found[0].family != found[1].family ||
                          found[0].id[0] != found[1].id[0] || found[0].id[1] != found[1].id[1] ||
                          found[1].rest - found[1].message + (const char *)NULL != rest;
            }
    assert_int_equal(differ, 0);
}

static void envelopes_are_told_apart(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "\r",
                                       "Sun Mar  8 04:00:02 2026",
                                       "Sun Mar 32 04:00:02 2026 Info: x",
                                       "Sun Mar  8 24:00:02 2026 Info: x",
                                       "Sun Mar  8 04:00:02 2026 Notice: x",
                                       "Info: x",
                                       "<166>Info: x",
                                       "Mar  8 04:00:02 Info: x",
                                       "x bcc: Info: MID 5 queued for delivery"};
    struct envelope envelope;
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(envelope_read(text_of(none[i]), false, &envelope));
    assert_true(envelope_read(text_of("Sun Feb 29 23:59:59 2024 Critical: x"), false, &envelope));
    assert_int_equal(envelope.when, 1709251199);
    assert_int_equal(envelope.level, LINE_CRITICAL);
    assert_true(envelope_read(text_of("Mar 5 04:00:02 t: Debug:  x"), false, &envelope));
    assert_true(envelope.yearless && envelope.host.n == 0 && text_is(envelope.tag, "t"));
    assert_int_equal(envelope_in_year(envelope.when, 2025), 1741147202);
    assert_int_equal(envelope_in_year(envelope.when, 2024), 1709611202);
    assert_int_equal(envelope_year(1709251199), 2024);
}

int main(void)
{
    reader = malloc(sizeof(*reader));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_of_their_family),
        cmocka_unit_test(what_is_no_family_is_unknown), cmocka_unit_test(ids_are_whole),
        cmocka_unit_test(paths_agree), cmocka_unit_test(envelopes_are_told_apart)};
    int code = cmocka_run_group_tests(tests, NULL, NULL);
    free(reader);
    return code;
}
