/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/maillog/line.h"

/*
 * The hot loop, both ways, against what is slow and plain: rows of family.def in their order. Bytes
 * lie in copies of exactly their size and LINE_SLACK more, so that sanitizers see what is read.
 */

enum { LINES = 60, LINE_BYTES = 700 };

static const enum line_path paths[] = {LINE_PORTABLE, LINE_AVX2};
static struct line_reader *reader;
static uint32_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* -- What it should be ----------------------------------------------------------------------- */

struct wanted {
    unsigned family, numbers; /* of its pattern: other ids say nothing */
    uint64_t id[2];
    size_t rest; /* from the end of the message's first blanks */
};

static struct wanted classify(struct span message)
{
    struct wanted wanted = {.family = FAMILY_unknown};
    for (size_t i = 0; i < family_row_count; i++) {
        const struct family_row *row = &family_rows[i];
        const char *rest;
        if (*row->pattern == '\0' || !family_fits(row->pattern, message, wanted.id, &rest))
            continue;
        wanted.family = row->family;
        for (const char *p = row->pattern; *p != '\0'; p++)
            wanted.numbers += *p == '#';
        wanted.rest = (size_t)(rest - message.p);
        return wanted;
    }
    return (struct wanted){.family = FAMILY_unknown};
}

/* -- Lines ----------------------------------------------------------------------------------- */

static const char *const heads[] = {
    "Sun Mar  8 04:00:02 2026 Info: ", "Sun Mar  8 04:00:02 2026 Warning: ",
    "<166>Mar  8 04:00:02 esa1 mail_logs: Info: ", "Mar 8 04:00:02 t: Info: ",
    /* longer than what is compared at once, and than the slack */
    "Mar  8 04:00:02 esa1.a.very.long.name.of.a.host.example.com a_name_of_a_subscription_that_is"
    "_long_too: Info: "};

static size_t mutate(char *text, size_t n)
{
    static const char bytes[] = " 0123456789#<>'\"\\[],:\t\r.MIDCRSr\0\x7f\xff\xc2\xa0";
    for (uint32_t times = below(4); times > 0 && n > 0; times--) {
        size_t at = below((uint32_t)n);
        switch (below(5)) {
        case 0:
            text[at] = bytes[below(sizeof(bytes))];
            break;
        case 1:
            memmove(text + at, text + at + 1, n-- - at - 1);
            break;
        case 2:
            memmove(text + at + 1, text + at, n++ - at);
            text[at] = bytes[below(sizeof(bytes))];
            break;
        case 3:
            n = at;
            break;
        default:
            for (uint32_t digits = below(22); digits > 0 && n < LINE_BYTES / 2; digits--) {
                memmove(text + at + 1, text + at, n++ - at);
                text[at] = (char)('0' + below(10));
            }
        }
    }
    return n;
}

/* A sample, or the beginning of one and the end of another, or noise; then mutated. */
static size_t a_message(char *text)
{
    const char *one = family_rows[below((uint32_t)family_row_count)].sample;
    const char *two = family_rows[below((uint32_t)family_row_count)].sample;
    size_t n = strlen(one);
    memcpy(text, one, n);
    if (below(4) == 0) {
        size_t m = strlen(two), skip = below((uint32_t)m + 1);
        n = below((uint32_t)n + 1);
        memcpy(text + n, two + skip, m - skip);
        n += m - skip;
    }
    n = mutate(text, n);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(text[i] == '\n' ? ' ' : text[i]);
    return n;
}

struct batch {
    char bytes[LINES * LINE_BYTES];
    size_t n, count;
    struct wanted wanted[LINES]; /* of lines with an envelope */
    struct span message[LINES];
};
static struct batch batch;

static void write_batch(void)
{
    const char *head = heads[below(COUNT(heads))];
    batch.n = batch.count = 0;
    for (uint32_t lines = 1 + below(LINES - 1); lines > 0; lines--) {
        char *line = batch.bytes + batch.n;
        if (below(5) == 0)
            head = heads[below(COUNT(heads))];
        size_t h = strlen(head), n;
        memcpy(line, head, h);
        if (below(9) == 0) { /* a continuation, the beginning of a head at most */
            n = below((uint32_t)h - 1);
            line[n] = '\n';
            batch.n += n + 1;
            continue;
        }
        n = h + a_message(line + h);
        line[n] = '\n';
        while (h < n && line[h] == ' ')
            h++;
        batch.message[batch.count] = (struct span){line + h, n - h};
        batch.wanted[batch.count++] = classify((struct span){line + h, n - h});
        batch.n += n + 1;
    }
}

static char *exact_copy(const char *bytes, size_t n, char slack)
{
    char *copy = malloc(n + LINE_SLACK);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    memset(copy + n, slack, LINE_SLACK);
    return copy;
}

static void compare_batch(const char *copy, const struct line_event *events, size_t count)
{
    assert_int_equal(count, batch.count);
    for (size_t i = 0; i < count; i++) {
        const struct line_event *event = &events[i];
        const struct wanted *wanted = &batch.wanted[i];
        struct span message = batch.message[i];
        size_t at = (size_t)(message.p - batch.bytes);
        while (message.n > 0 && (unsigned char)message.p[message.n - 1] <= ' ')
            message.n--;
        size_t rest = wanted->rest < message.n ? wanted->rest : message.n;
        if (event->family == wanted->family &&
            (wanted->numbers < 1 || event->id[0] == wanted->id[0]) &&
            (wanted->numbers < 2 || event->id[1] == wanted->id[1]) && event->message == copy + at &&
            event->message_n == message.n && event->rest == event->message + rest)
            continue;
        fail_msg("'%.*s' is %s %ju %ju, wanted %s %ju %ju", TEXT_ARGS(message),
                 family_name((enum family)event->family), (uintmax_t)event->id[0],
                 (uintmax_t)event->id[1], family_name((enum family)wanted->family),
                 (uintmax_t)wanted->id[0], (uintmax_t)wanted->id[1]);
    }
}

/* Lines that are not wanted are told apart at a glance, and counted: by the same families. */
static void compare_counts(const char *copy, enum line_wish wish)
{
    static struct line_event events[LINE_ROOM];
    uint64_t wanted[FAMILY_COUNT] = {0};
    size_t count, lines;
    for (size_t i = 0; i < batch.count; i++)
        wanted[batch.wanted[i].family]++;
    memset(&reader->counts, 0, sizeof(reader->counts));
    line_want(reader, wish);
    for (size_t done = 0, got = 1; got != 0; done += got)
        got = line_read(reader, copy + done, batch.n - done, events, LINE_ROOM, &count, &lines);
    for (unsigned i = 0; i < FAMILY_COUNT; i++)
        if (reader->counts.family[i] != wanted[i])
            fail_msg("%s: %ju, wanted %ju in run %u", family_name((enum family)i),
                     (uintmax_t)reader->counts.family[i], (uintmax_t)wanted[i], seed);
}

static void compare_both_ways(char slack)
{
    static struct line_event events[LINE_ROOM];
    char *copy = exact_copy(batch.bytes, batch.n, slack);
    for (size_t p = 0; p < COUNT(paths); p++) {
        size_t count = 0, lines = 0, done = 0, all = 0;
        if (!line_init(reader, paths[p]))
            continue;
        line_want(reader, LINE_ALL);
        while (done < batch.n) {
            size_t got = line_read(reader, copy + done, batch.n - done, events + all,
                                   LINE_ROOM - all, &count, &lines);
            if (got == 0)
                break;
            done += got;
            all += count;
        }
        assert_int_equal(done, batch.n);
        compare_batch(copy, events, all);
        compare_counts(copy, LINE_EFFECTS);
        compare_counts(copy, LINE_NOTHING);
    }
    free(copy);
}

static void as_the_rows_say(void **state)
{
    (void)state;
    static const char slacks[] = {'\n', '7', ' ', '\0', 'M', (char)0xff};
    for (uint32_t run = 0; run < 2000; run++) {
        seed = run;
        write_batch();
        compare_both_ways(slacks[run % sizeof(slacks)]);
    }
}

/* Every beginning of every sample, as the last line there is and without its end. */
static void beginnings(void **state)
{
    (void)state;
    static struct line_event events[LINE_ROOM];
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t i = 0; i < family_row_count; i++)
            for (size_t cut = 0; cut < strlen(heads[0]) + strlen(family_rows[i].sample); cut++) {
                char text[2 * LINE_BYTES];
                size_t count, lines;
                size_t n = (size_t)snprintf(text, sizeof(text), "%s%s\n%s%s", heads[0],
                                            family_rows[i].sample, heads[0], family_rows[i].sample);
                size_t one = strchr(text, '\n') + 1 - text;
                if (!line_init(reader, paths[p]))
                    continue;
                char *copy = exact_copy(text, one + cut, '\n');
                assert_int_equal(
                    line_read(reader, copy, one + cut, events, LINE_ROOM, &count, &lines), one);
                assert_int_equal(lines, 1);
                free(copy);
                text[one + cut] = '\n';
                copy = exact_copy(text + one, cut + 1, '8');
                assert_int_equal(
                    line_read(reader, copy, cut + 1, events, LINE_ROOM, &count, &lines), cut + 1);
                assert_int_equal(lines, 1);
                free(copy);
                assert_true(n > one);
            }
}

/* A line that begins as a long head does and then ends is compared no further than it goes. */
static void a_head_longer_than_the_line(void **state)
{
    (void)state;
    static struct line_event events[LINE_ROOM];
    const char *head = heads[COUNT(heads) - 1];
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t cut = 0; cut < strlen(head) - 1; cut++) {
            char text[400];
            size_t count, lines;
            if (!line_init(reader, paths[p]))
                continue;
            size_t n = (size_t)snprintf(text, sizeof(text), "%sMID 5 queued for delivery\n%.*s\n",
                                        head, (int)cut, head);
            char *copy = exact_copy(text, n, '\n');
            assert_int_equal(line_read(reader, copy, n, events, LINE_ROOM, &count, &lines), n);
            assert_int_equal(lines, 2);
            assert_int_equal(count, 1);
            assert_int_equal(reader->counts.continuations, 1);
            free(copy);
        }
}

/* As many lines as there can be in a number of bytes: no more events than there is room for. */
/* Ids of 1 to 22 digits in every pattern: 19 are the most that there can be. */
static void ids_of_any_length(void **state)
{
    (void)state;
    static const char digits[] = "1234567890123456789012";
    for (size_t i = 0; i < family_row_count; i++)
        for (size_t n = 0; n < sizeof(digits); n++)
            for (unsigned place = 0; place < 3; place++) {
                char *to = batch.bytes + strlen(heads[0]);
                unsigned number = 0;
                memcpy(batch.bytes, heads[0], strlen(heads[0]));
                for (const char *p = family_rows[i].pattern; *p != '\0'; p++) {
                    size_t size = *p == '#' && number == place ? n : *p != '$';
                    memcpy(to,
                           *p == '#'   ? number++ == place ? digits : "7"
                           : *p == '?' ? "X"
                                       : p,
                           size);
                    to += size;
                }
                *to = '\n';
                batch.n = (size_t)(to + 1 - batch.bytes);
                batch.count = 1;
                batch.message[0] =
                    (struct span){batch.bytes + strlen(heads[0]), batch.n - 1 - strlen(heads[0])};
                batch.wanted[0] = classify(batch.message[0]);
                compare_both_ways('\n');
            }
}

static void the_shortest_lines(void **state)
{
    (void)state;
    enum { BYTES = 100000 };
    static struct line_event events[LINE_ROOM];
    char *text = malloc(BYTES + LINE_SLACK);
    assert_non_null(text);
    for (size_t p = 0; p < COUNT(paths); p++)
        for (size_t size = 1; size < 40; size++) {
            size_t n = 0, done = 0, all = 0, count, lines, got;
            static const char shortest[] = "CEF:0||||||||||||||||||||||||||||||||||||";
            if (!line_init(reader, paths[p]))
                continue;
            reader->timeless = true;
            while (n + size <= BYTES) {
                memcpy(text + n, shortest, size - 1);
                n += size;
                text[n - 1] = '\n';
            }
            memset(text + n, '\n', LINE_SLACK);
            while ((got = line_read(reader, text + done, n - done, events, LINE_ROOM, &count,
                                    &lines)) > 0) {
                assert_true(count <= LINE_ROOM);
                done += got;
                all += lines;
            }
            assert_int_equal(done, n);
            assert_int_equal(all, n / size);
            assert_int_equal(reader->counts.lines, n / size);
        }
    free(text);
}

static void sources_are_told_apart(void **state)
{
    (void)state;
    static struct line_event events[LINE_ROOM];
    for (size_t p = 0; p < COUNT(paths); p++) {
        if (!line_init(reader, paths[p]))
            continue;
        for (unsigned i = 0; i < 2 * LINE_SOURCES; i++) {
            char text[200];
            size_t count, lines;
            size_t n = (size_t)snprintf(text, sizeof(text),
                                        "Mar  8 04:00:02 esa%u mail_logs: Info: MID 5 queued for "
                                        "delivery\n",
                                        i % (LINE_SOURCES + 20));
            char *copy = exact_copy(text, n, '\n');
            assert_int_equal(line_read(reader, copy, n, events, LINE_ROOM, &count, &lines), n);
            free(copy);
            unsigned source = i % (LINE_SOURCES + 20);
            assert_int_equal(events[0].source, source < LINE_SOURCES ? source : LINE_SOURCES - 1);
        }
    }
}

int main(void)
{
    reader = malloc(sizeof(*reader));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_rows_say),    cmocka_unit_test(beginnings),
        cmocka_unit_test(ids_of_any_length),  cmocka_unit_test(a_head_longer_than_the_line),
        cmocka_unit_test(the_shortest_lines), cmocka_unit_test(sources_are_told_apart)};
    int code = cmocka_run_group_tests(tests, NULL, NULL);
    free(reader);
    return code;
}
