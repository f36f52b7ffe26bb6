/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/flow_reading.h"

/*
 * Lines are a set: permuted within a second (datagrams, exports), or twice (two subscriptions of
 * one appliance in one syslog stream), they give the same totals. mail-logs.md (b), d12, d18.
 */

enum { MESSAGES = 400, MAX_LINES = 60000 };

static char written[MAX_LINES * 120];
static size_t written_n;
static const char *head; /* "" = file form; else what stands behind the time */

static void say(int at, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(int at, const char *format, ...)
{
    va_list args;
    assert_true(sizeof(written) - written_n > 1000);
    written_n += (size_t)sprintf(written + written_n,
                                 *head == '\0' ? "Sun Mar  8 %02d:%02d:%02d 2026 Info: "
                                               : "Mar  8 %02d:%02d:%02d %s: Info: ",
                                 at / 3600, at / 60 % 60, at % 60, head);
    va_start(args, format);
    written_n += (size_t)vsprintf(written + written_n, format, args);
    va_end(args);
    written[written_n++] = '\n';
}

/* How message MID goes on behind `queued`; returns when it ended. */
static int fate(int at, unsigned mid, unsigned rids)
{
    say(at, "New SMTP DCID %u interface 192.0.2.11 address 203.0.113.%u port 25", mid, mid % 7);
    say(at, "DCID %u TLS %s", mid, mid % 3 ? "success protocol TLSv1.2 cipher X " : "failed: no");
    say(at, "Delivery start DCID %u MID %u to RID [0]", mid, mid);
    switch (reading_random(8)) {
    case 0:
        say(at + 1, "Bounced: DCID %u MID %u to RID 0 - 5.1.0 - x ('550', ['no']) []", mid, mid);
        break;
    case 1:
        say(at, "Delayed: DCID %u MID %u to RID %u - 4.1.0 - y ('451', ['x'])", mid, mid, rids - 1);
        say(at + 1, "Message done DCID %u MID %u to RID [%u]", mid, mid, rids - 1);
        break;
    case 2:
        say(at, "Message done DCID %u MID %u to RID [0] (external quarantine)", mid, mid);
        break;
    case 3:
        say(at, "Message aborted MID %u Dropped by CASE", mid);
        break;
    case 4:
        say(at, "MID %u quarantined to \"Policy\" (filter:x)", mid);
        break;
    default:
        for (unsigned r = 0; r < rids; r++)
            say(at, "Message done DCID %u MID %u to RID [%u] ", mid, mid, r);
    }
    say(at + 1, "DCID %u close", mid);
    return at + 1;
}

static void life(int at, unsigned mid)
{
    unsigned rids = mid % 40 == 0 ? 80 : mid % 4 + 1;
    say(at,
        "New SMTP ICID %u interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns host "
        "mx.example.net verified yes",
        mid);
    say(at, "ICID %u %s SG X match ALL SBRS None", mid, mid % 3 ? "ACCEPT" : "RELAY");
    say(at, "Start MID %u ICID %u", mid, mid);
    say(at, "MID %u ICID %u From: <a@example.net>", mid, mid);
    for (unsigned r = 0; r < rids; r++)
        say(at, "MID %u ICID %u RID %u To: <u%u@example.com>", mid, mid, r, r);
    say(at, "MID %u ready %u bytes from <a@example.net>", mid, mid + 100);
    say(at, "MID %u matched all recipients for per-recipient policy A B in the %s table", mid,
        mid % 3 ? "inbound" : "outbound");
    say(at, "ICID %u close", mid);
    at += 1 + (int)reading_random(2); /* a child inherits what was told before */
    if (mid % 5 == 0) {
        say(at, "MID %u was split creating MID %u due to a policy (x) in the inbound table", mid,
            mid + 500);
        say(at, "MID %u ICID 0 From: <a@example.net>", mid + 500);
        say(at, "Message finished MID %u done", mid);
        mid += 500;
    } else if (mid % 7 == 0) {
        say(at, "Start MID %u ICID 0", mid + 500);
        say(at, "MID %u was generated based on MID %u by bcc filter 'x'", mid + 500, mid);
        say(at, "Message finished MID %u done", mid + 500);
    } else if (mid % 11 == 0) {
        say(at, "MID %u rewritten to MID %u by antispam", mid, mid + 500);
        say(at, "Message finished MID %u done", mid);
        mid += 500;
    }
    say(at, "MID %u queued for delivery", mid);
    if (mid % 13 == 0) {
        say(at,
            "Connection Error: DCID %u domain: example.net IP: 203.0.113.77 port: 25 details: "
            "timeout interface: 192.0.2.11 reason: x",
            mid + 9000);
        return; /* it stays open */
    }
    at = fate(at, mid, rids);
    say(at, "Message finished MID %u done", mid);
}

static int by_time(const void *a, const void *b)
{
    const struct span *one = a, *two = b;
    int order = memcmp(one->p, two->p, 19);
    return order != 0 ? order : one->p < two->p ? -1 : one->p > two->p;
}

struct lines {
    struct span line[MAX_LINES];
    size_t n;
};
static struct lines lines;

static void cut_lines(void)
{
    struct span rest = {written, written_n - 1}, line;
    lines.n = 0;
    for (bool more = true; more; lines.line[lines.n++] = line) {
        assert_true(lines.n < MAX_LINES);
        more = text_cut(rest, '\n', &line, &rest);
    }
}

/* MESSAGES messages of seed SEED, lines in the order of their time. */
static void write_log(uint32_t seed)
{
    reading_seed = seed;
    written_n = 0;
    for (unsigned i = 0; i < MESSAGES; i++)
        life(3600 * 4 + (int)i / 3, 100 + i);
    cut_lines();
    qsort(lines.line, lines.n, sizeof(*lines.line), by_time);
}

static void swap(size_t a, size_t b)
{
    struct span kept = lines.line[a];
    lines.line[a] = lines.line[b];
    lines.line[b] = kept;
}

/* Permutes the lines of each second. */
static void shuffle(void)
{
    for (size_t from = 0, to; from < lines.n; from = to) {
        for (to = from; to < lines.n && memcmp(lines.line[from].p, lines.line[to].p, 19) == 0;)
            to++;
        for (size_t i = to - from; i > 1; i--)
            swap(from + i - 1, from + reading_random((uint32_t)i));
    }
}

static char joined[2 * sizeof(written)];

/* All lines, each TIMES times: after itself, or (SECONDS) the whole second after itself. */
static struct span join(unsigned times, bool seconds)
{
    size_t n = 0;
    for (size_t from = 0, to; from < lines.n; from = to) {
        for (to = from + 1;
             seconds && to < lines.n && memcmp(lines.line[from].p, lines.line[to].p, 19) == 0;)
            to++;
        for (unsigned t = 0; t < times; t++)
            for (size_t i = from; i < to; i++) {
                memcpy(joined + n, lines.line[i].p, lines.line[i].n);
                n += lines.line[i].n;
                joined[n++] = '\n';
            }
    }
    return (struct span){joined, n};
}

static char first[READING_BYTES];

static void read_first(void)
{
    read_so(join(1, false), &reading_options, 0, LINE_BEST, 0, false);
    strcpy(first, reading.all);
    assert_true(reading.sum.messages.received == MESSAGES && reading.sum.in.opened == MESSAGES);
    assert_true(reading.sum.out.errors > 0 && reading.sum.recipients.delayed > 0);
}

static void permuted(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 30; seed++) {
        head = seed % 2 ? "" : "esa1 mail_logs";
        write_log(seed);
        read_first();
        for (int i = 0; i < 3; i++) {
            shuffle();
            read_so(join(1, false), &reading_options, 0, LINE_BEST, 0, false);
            assert_reading(first, reading.all);
        }
    }
}

static void doubled(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 30; seed++) {
        head = seed % 2 ? "" : "esa1 mail_logs";
        write_log(seed);
        read_first();
        read_so(join(2, false), &reading_options, 0, LINE_BEST, 0, false);
        assert_reading(first, reading.all);
        read_so(join(2, true), &reading_options, 0, LINE_BEST, 0, false);
        assert_reading(first, reading.all);
        shuffle();
        read_so(join(2, true), &reading_options, 0, LINE_BEST, 0, false);
        assert_reading(first, reading.all);
    }
}

/* Two appliances with the same ids, of which one's clock is an hour behind, both lines twice. */
static void two_clocks(void **state)
{
    (void)state;
    static char one[sizeof(written)];
    struct span line, rest;
    size_t n = 0;
    head = "esa1 mail_logs";
    write_log(7);
    read_first();
    struct span text = join(1, false);
    memcpy(one, text.p, text.n);
    rest = (struct span){one, text.n - 1};
    for (bool more = true; more;) {
        more = text_cut(rest, '\n', &line, &rest);
        for (int i = 0; i < 4; i++) {
            assert_true(n + line.n + 1 < sizeof(joined));
            memcpy(joined + n, line.p, line.n);
            if (i % 2 != 0) { /* "Mar  8 04:…" of esa2 */
                joined[n + 8] = (char)(joined[n + 8] - 1);
                joined[n + 19] = '2';
            }
            n += line.n;
            joined[n++] = '\n';
        }
    }
    read_so((struct span){joined, n}, &reading_options, 0, LINE_BEST, 0, false);
    assert_int_equal(reading.sum.appliance_count, 2);
    assert_int_equal(reading.sum.messages.received, 2 * MESSAGES);
    assert_int_equal(reading.sum.messages.older, 0);
    assert_int_equal(reading.sum.clock_steps, 0);
    assert_int_equal(reading.sum.in.opened, 2 * MESSAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(permuted), cmocka_unit_test(doubled),
                                       cmocka_unit_test(two_clocks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
