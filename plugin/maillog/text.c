/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "checks/maillog/shape.h"
#include "plugin/maillog/account.h"
#include "plugin/maillog/chart.h"
#include "plugin/render/wrap.h"

/*
 * The account for people: the verdict and why, whose log it is, then what came in, what became of
 * it, how long it took, where it waits and fails. 80 columns; nothing of the log is printed
 * uncleaned.
 */

enum { HOPS = 10, HOPS_VERBOSE = 200 };

struct page {
    FILE *out;
    struct arena *arena;
    const struct account *account;
    const struct flow_summary *s;
    bool utf8;
};

/* "1,234,567" */
static const char *number(const struct page *page, uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    char *text = arena_alloc(page->arena, 32), *to = text;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    return text;
}

static const char *share(const struct page *page, uint64_t count, uint64_t of)
{
    return of == 0 ? "" : arena_printf(page->arena, "%.1f %%", (double)count * 100 / (double)of);
}

static const char *duration(const struct page *page, int64_t seconds)
{
    char text[32];
    return arena_dup(page->arena, text_of(verdict_duration(seconds, text, sizeof(text))));
}

static const char *cleaned(const struct page *page, const char *text, size_t max)
{
    return result_clean(page->arena, text_of(text), max);
}

/* "2026-03-08 04:00:02" on the clock of the appliance. */
static const char *clock_of(const struct page *page, int64_t seconds)
{
    char text[32];
    if (seconds == 0)
        return "-";
    (void)account_time(seconds, NULL, text, sizeof(text));
    char *copy = arena_dup(page->arena, text_of(text));
    if (strlen(copy) > 10)
        copy[10] = ' ';
    return copy;
}

/* Without the date where it is that of the end of the log. */
static const char *short_clock(const struct page *page, int64_t seconds)
{
    const char *text = clock_of(page, seconds);
    return seconds != 0 && seconds / 86400 == page->s->last / 86400 && strlen(text) > 11 ? text + 11
                                                                                         : text;
}

/* When the evidence was seen last; of steps of messages the directions know it as well. */
static int64_t last_seen(const struct page *page, enum flow_evidence_id id)
{
    int64_t last = page->s->evidence[id].last;
    for (int i = 0; i < FLOW_WAYS; i++) {
        int64_t of_way = id == FLOW_E2   ? page->s->way[i].last_ready
                         : id == FLOW_E3 ? page->s->way[i].last_queued
                         : id == FLOW_E4 ? page->s->way[i].last_delivered
                                         : 0;
        last = of_way > last ? of_way : last;
    }
    return last;
}

static void head(const struct page *page, const char *title)
{
    (void)fprintf(page->out, "\n%s\n", title);
}

/* ---- The verdict ---- */

static const char *flowing_text(const struct page *page)
{
    const bool *flows = page->account->verdict.flows;
    const char *ways = flows[FLOW_INBOUND] && flows[FLOW_OUTBOUND] ? " inbound and outbound"
                       : flows[FLOW_INBOUND]                       ? " inbound"
                       : flows[FLOW_OUTBOUND]                      ? " outbound"
                                                                   : "";
    return arena_printf(page->arena, "mail flows%s; the last delivery was at %s", ways,
                        short_clock(page, last_seen(page, FLOW_E4)));
}

/* Why the exit code is 3 although mail may flow. */
static void put_unread(const struct page *page)
{
    const struct input *input = page->account->input;
    if (input == NULL || input->failed == 0)
        return;
    wrap_put(page->out, "  exit 3: ", "not everything could be read");
    for (size_t i = 0; i < input->count; i++)
        if (input->files[i].fault != NULL)
            wrap_put(page->out, input->files[i].missing ? "  not read: " : "  not whole: ",
                     arena_printf(page->arena, "%s: %s",
                                  cleaned(page, input_name(input->files[i].name), 200),
                                  cleaned(page, input->files[i].fault->text, 200)));
}

static void put_verdict(const struct page *page)
{
    static const char *const words[] = {"FLOWING - ", "DEGRADED - ", "STALLED - ", "NO PROOF - "};
    const struct verdict *v = &page->account->verdict;
    const char *text = v->word == VERDICT_FLOWING ? flowing_text(page)
                       : v->word == VERDICT_NO_PROOF
                           ? v->missing_count > 0 ? v->missing[0].text : "nothing was seen"
                           : v->reasons[0].text;
    wrap_put(page->out, words[v->word], cleaned(page, text, 300));
    for (size_t i = v->word == VERDICT_DEGRADED || v->word == VERDICT_STALLED; i < v->reason_count;
         i++)
        wrap_put(page->out, "  also: ", cleaned(page, v->reasons[i].text, 300));
    for (size_t i = v->word == VERDICT_NO_PROOF; i < v->missing_count; i++)
        wrap_put(page->out, "  not seen: ", cleaned(page, v->missing[i].text, 300));
    if (v->word == VERDICT_NO_PROOF)
        wrap_put(page->out, "  to do: ",
                 page->s->last == 0
                     ? "give a file of the subscription mail_logs, whatever its name is"
                     : "give a longer piece of the log, or send a test message in each direction "
                       "and read again");
    if (page->account->interrupted != NULL)
        wrap_put(page->out, "  interrupted: ", page->account->interrupted);
    put_unread(page);
}

/* ---- Whose log it is ---- */

static const char *zone(const struct page *page, const struct flow_appliance *a)
{
    int offset = a->utc_offset_s / 60, plain = offset < 0 ? -offset : offset;
    return !a->has_offset ? "zone not told"
                          : arena_printf(page->arena, "UTC%c%02d:%02d", offset < 0 ? '-' : '+',
                                         plain / 60, plain % 60);
}

static void put_appliance(const struct page *page, const struct flow_appliance *a)
{
    const char *name = a->host[0] != '\0' ? a->host : a->serial;
    if (name[0] == '\0' && a->version[0] == '\0' && page->s->appliance_count > 1)
        return; /* the lines before a header */
    if (name[0] == '\0' && a->version[0] == '\0') {
        wrap_put(page->out, "  appliance  ", "not told: no header of a file was read");
        return;
    }
    const char *text = arena_printf(
        page->arena, "%s%s%s%s%s, %s%s", name[0] != '\0' ? cleaned(page, name, 60) : "not named",
        a->host[0] != '\0' && a->serial[0] != '\0' ? ", " : "",
        a->host[0] != '\0' ? cleaned(page, a->serial, 60) : "",
        a->version[0] != '\0' ? ", AsyncOS " : "", cleaned(page, a->version, 30), zone(page, a),
        page->s->appliance_count > 1
            ? arena_printf(page->arena, "; %s to %s", clock_of(page, a->first),
                           clock_of(page, a->last))
            : "");
    wrap_put(page->out, "  appliance  ", text);
    if (a->restarts > 0 || a->resets > 0)
        wrap_put(page->out, "             ",
                 arena_printf(page->arena, "%llu starts seen%s", (unsigned long long)a->restarts,
                              a->resets > 0 ? "; its message numbers began anew" : ""));
}

/* Files that tell the same twice. */
static void put_doubles(const struct page *page)
{
    const struct input *input = page->account->input;
    for (size_t i = 0; input != NULL && i < input->count; i++)
        if (input->files[i].same_as != NULL)
            wrap_put(page->out, "  read once  ",
                     arena_printf(page->arena, "%s is the same file as %s",
                                  cleaned(page, input_name(input->files[i].name), 200),
                                  cleaned(page, input_name(input->files[i].same_as), 200)));
    for (size_t i = 0; input != NULL && i < input->overlap_count; i++) {
        const struct input_overlap *o = &input->overlaps[i];
        wrap_put(page->out, "  overlap    ",
                 arena_printf(
                     page->arena, "%s and %s are of one gateway and both tell of %s to %s: %s",
                     cleaned(page, o->a->name, 200), cleaned(page, o->b->name, 200),
                     clock_of(page, o->first), short_clock(page, o->last),
                     o->twice ? "what stands in both COUNTS TWICE, since they differ in "
                                "form; give one of them"
                              : arena_printf(page->arena, "%s lines stand in both and count once",
                                             number(page, o->lines))));
    }
}

static void put_origin(const struct page *page)
{
    const struct flow_summary *s = page->s;
    char size[32];
    if (s->bytes < 100000)
        (void)snprintf(size, sizeof(size), "%llu bytes", (unsigned long long)s->bytes);
    else
        (void)snprintf(size, sizeof(size), "%.1f MB", (double)s->bytes / 1e6);
    (void)fputc('\n', page->out);
    if (s->last != 0)
        wrap_put(page->out, "  time       ",
                 arena_printf(page->arena, "%s to %s (%s)", clock_of(page, s->first),
                              short_clock(page, s->last), duration(page, s->last - s->first)));
    for (size_t i = 0; i < s->appliance_count && i < 20; i++)
        put_appliance(page, &s->appliances[i]);
    const char *recognised =
        s->lines == 0 ? ""
        : s->unrecognised == 0
            ? "; all recognised"
            : arena_printf(page->arena, "; %s not recognised (%s)", number(page, s->unrecognised),
                           share(page, s->unrecognised, s->lines));
    const char *text =
        arena_printf(page->arena, "%s lines, %s%s", number(page, s->lines), size, recognised);
    if (s->continuations > 0)
        text = arena_printf(page->arena, "%s; %s begin with no date and belong to the line before",
                            text, number(page, s->continuations));
    wrap_put(page->out, "  read       ", text);
    put_doubles(page);
}

/* ---- What came in, what became of it ---- */

/* TEXT and ", 12 WORD", without what is none. */
static const char *part(const struct page *page, const char *text, uint64_t count, const char *word)
{
    if (count == 0)
        return text;
    return arena_printf(page->arena, "%s%s%s %s", text, *text != '\0' ? ", " : "",
                        number(page, count), word);
}

static void put_connections(const struct page *page)
{
    const struct flow_summary *s = page->s;
    if (s->in.opened + s->in.accepted + s->in.relayed + s->in.rejected + s->in.refused +
            s->out.opened + s->out.errors ==
        0)
        return;
    head(page, "Connections      opened  accepted   relayed  rejected   refused    TLS  failed");
    (void)fprintf(
        page->out, "  from senders %8s %9s %9s %9s %9s %6s %7s\n", number(page, s->in.opened),
        number(page, s->in.accepted), number(page, s->in.relayed), number(page, s->in.rejected),
        number(page, s->in.refused), number(page, s->in.tls_ok), number(page, s->in.tls_failed));
    (void)fprintf(page->out, "  to next hops %8s %29s %9s %6s %7s\n", number(page, s->out.opened),
                  "errors:", number(page, s->out.errors), number(page, s->out.tls_ok),
                  number(page, s->out.tls_failed));
}

static void put_way(const struct page *page, const char *name, const uint64_t counts[FLOW_WAYS])
{
    uint64_t sum = counts[0] + counts[1] + counts[2];
    (void)fprintf(page->out, "  %-22s %9s %10s %10s %10s\n", name, number(page, sum),
                  number(page, counts[FLOW_INBOUND]), number(page, counts[FLOW_OUTBOUND]),
                  number(page, counts[FLOW_UNKNOWN_WAY]));
}

static void put_messages(const struct page *page)
{
    const struct flow_summary *s = page->s;
    uint64_t counts[3][FLOW_WAYS];
    for (int i = 0; i < FLOW_WAYS; i++) {
        counts[0][i] = s->way[i].ready;
        counts[1][i] = s->way[i].queued;
        counts[2][i] = s->way[i].delivered;
    }
    head(page, "Messages                   in all    inbound   outbound    unknown");
    put_way(page, "taken", counts[0]);
    put_way(page, "through the queue", counts[1]);
    put_way(page, "taken by a next hop", counts[2]);
    const char *born =
        part(page, "", s->messages.received,
             arena_printf(page->arena, "received (%.1f MB)", (double)s->messages.bytes / 1e6));
    born = part(page, born, s->messages.generated, "generated");
    born = part(page, born, s->messages.split, "by splitting");
    born = part(page, born, s->messages.rewritten, "by rewriting");
    born = part(page, born, s->messages.older, "before the log begins");
    if (*born != '\0')
        wrap_put(page->out, "  born: ", born);
}

static void put_outcomes(const struct page *page)
{
    enum { BAR = 30 };
    static const char *const names[FLOW_CLASSES] = {
        [FLOW_DELIVERED] = "delivered",
        [FLOW_QUARANTINED] = "quarantined",
        [FLOW_DROPPED] = "dropped",
        [FLOW_BOUNCED] = "bounced",
        [FLOW_HANDED_ON] = "split or rewritten",
        [FLOW_OTHER] = "something else",
        [FLOW_ABORTED] = "receiving broke off",
        [FLOW_OPEN] = "not finished",
    };
    char bar[BAR + 1];
    const struct flow_summary *s = page->s;
    uint64_t all = s->messages.finished;
    if (all == 0)
        return;
    head(page, arena_printf(page->arena, "What became of %s finished messages", number(page, all)));
    for (int i = 0; i < FLOW_OPEN; i++) {
        uint64_t count = s->messages.class[i];
        if (count == 0)
            continue;
        size_t n = (size_t)((double)count * BAR / (double)all + 0.5);
        memset(bar, '#', BAR);
        bar[n < BAR ? n : BAR] = '\0';
        (void)fprintf(page->out, "  %-20s %11s %9s  %s\n", names[i], number(page, count),
                      share(page, count, all), bar);
    }
    uint64_t done = s->recipients.delivered + s->recipients.bounced;
    const char *rids = part(page, "", s->recipients.accepted, "accepted");
    rids = part(page, rids, s->recipients.refused, "refused");
    rids = part(page, rids, s->recipients.delivered, "delivered");
    rids =
        part(page, rids, s->recipients.bounced,
             arena_printf(page->arena, "bounced (%s)", share(page, s->recipients.bounced, done)));
    rids = part(page, rids, s->recipients.delayed, "delayed");
    rids = part(page, rids, s->recipients.quarantined, "in quarantine");
    if (*rids != '\0')
        wrap_put(page->out, "  recipients: ", rids);
}

/* ---- How long it took ---- */

static void put_latency_row(const struct page *page, const char *name, const struct flow_latency *l)
{
    if (l->count == 0)
        (void)fprintf(page->out, "  %-22s %9s\n", name, "none");
    else
        (void)fprintf(page->out, "  %-22s %9s %10s %10s %10s %11s\n", name, number(page, l->count),
                      duration(page, l->p50), duration(page, l->p95), duration(page, l->p99),
                      duration(page, l->max));
}

static void put_latency(const struct page *page)
{
    const struct flow_summary *s = page->s;
    if (s->scan.count + s->delivery.count == 0)
        return;
    head(page, "How long           messages   half within     95 % in     99 % in     longest");
    put_latency_row(page, "in the work queue", &s->scan);
    put_latency_row(page, "until delivered", &s->delivery);
}

static void put_waiting_row(const struct page *page, const char *name, uint64_t count,
                            int64_t oldest)
{
    if (count > 0)
        (void)fprintf(page->out, "  %-22s %9s%s%s\n", name, number(page, count),
                      oldest > 0 ? "   the oldest for " : "",
                      oldest > 0 ? duration(page, oldest) : "");
}

static void put_waiting(const struct page *page)
{
    const struct flow_summary *s = page->s;
    uint64_t all = s->waiting.receiving + s->waiting.scanning + s->waiting.delivering +
                   s->waiting.delayed + s->waiting.held;
    if (all == 0)
        return;
    head(page, "Waiting at the end of the log");
    put_waiting_row(page, "being received", s->waiting.receiving, 0);
    put_waiting_row(page, "in the work queue", s->waiting.scanning, s->waiting.oldest_scanning);
    put_waiting_row(page, "for delivery", s->waiting.delivering, s->waiting.oldest_delivering);
    put_waiting_row(page, "for another try", s->waiting.delayed, 0);
    put_waiting_row(page, "in quarantine", s->waiting.held, 0);
}

/* ---- Where to ---- */

static double badness(const struct flow_hop *hop)
{
    double bad = (double)(hop->errors + hop->delayed + hop->bounced + hop->tls_failed);
    return bad / (bad + (double)hop->delivered + 1);
}

static int worst_first(const void *a, const void *b)
{
    const struct flow_hop *x = *(const struct flow_hop *const *)a;
    const struct flow_hop *y = *(const struct flow_hop *const *)b;
    double difference = badness(y) - badness(x);
    if (difference > 1e-9 || difference < -1e-9)
        return difference > 0 ? 1 : -1;
    if (x->delivered != y->delivered)
        return x->delivered < y->delivered ? 1 : -1;
    return strcmp(x->address, y->address);
}

static void put_hops(const struct page *page)
{
    const struct flow_summary *s = page->s;
    size_t most = page->account->verbose > 0 ? HOPS_VERBOSE : HOPS;
    const struct flow_hop **sorted = arena_array(page->arena, s->hop_count + 1, sizeof(*sorted));
    if (s->hop_count == 0)
        return;
    for (size_t i = 0; i < s->hop_count; i++)
        sorted[i] = &s->hops[i];
    qsort(sorted, s->hop_count, sizeof(*sorted), worst_first);
    head(page, "Next hops, worst first     opened errors delivered delayed bounced TLS failed");
    for (size_t i = 0; i < s->hop_count && i < most; i++) {
        const struct flow_hop *h = sorted[i];
        const char *address = cleaned(page, h->address, 39);
        /* A long address has a line of its own. */
        (void)fprintf(page->out, strlen(address) > 22 ? "  %s\n%24s" : "  %-22s%.0s", address, "");
        (void)fprintf(page->out, " %8s %6s %9s %7s %7s %10s\n", number(page, h->opened),
                      number(page, h->errors), number(page, h->delivered), number(page, h->delayed),
                      number(page, h->bounced), number(page, h->tls_failed));
    }
    if (s->hop_count > most)
        (void)fprintf(page->out, "  and %s more: -v shows them\n",
                      number(page, s->hop_count - most));
}

/* ---- When ---- */

static void put_chart(const struct page *page)
{
    struct chart chart;
    char line[3 * CHART_COLUMNS + 1];
    if (!chart_make(page->s->minutes, page->s->minute_count, &chart))
        return;
    const char *width = chart.minutes < 120 ? arena_printf(page->arena, "%u min", chart.minutes)
                        : chart.minutes < 1440
                            ? arena_printf(page->arena, "%u hours", chart.minutes / 60)
                            : arena_printf(page->arena, "%u days", chart.minutes / 1440);
    head(page, arena_printf(page->arena, "Over time, %s to %s, a column is %s",
                            clock_of(page, chart.from), short_clock(page, chart.to), width));
    const struct {
        const char *name;
        const uint64_t *values;
        uint64_t most;
    } rows[] = {{"received", chart.received, chart.most_received},
                {"delivered", chart.delivered, chart.most_delivered},
                {"bounced", chart.bounced, chart.most_bounced}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++)
        if (rows[i].most > 0)
            (void)fprintf(page->out, "  %-9s |%s| %s\n", rows[i].name,
                          chart_line(rows[i].values, chart.columns, rows[i].most, page->utf8, line),
                          number(page, rows[i].most));
    (void)fprintf(page->out, "  (right: the most in a column)\n");
}

/* ---- Who, what is odd, what proves it ---- */

static void put_tops(const struct page *page)
{
    for (size_t list = 0; list <= FLOW_LISTS; list++) {
        if (!page->account->top[list].wanted)
            continue;
        head(page, arena_printf(page->arena, "Most frequent %s", settings_top_word(list)));
        for (size_t i = 0; i < page->account->top[list].count; i++) {
            const struct flow_top *top = &page->account->top[list].tops[i];
            wrap_put(page->out,
                     arena_printf(page->arena, "  %s%9s  ", top->error > 0 ? "<=" : "  ",
                                  number(page, top->count)),
                     top->text.n == 0 ? "<>" : result_clean(page->arena, top->text, 160));
        }
        if (page->account->top[list].count == 0)
            (void)fprintf(page->out, "  none\n");
    }
}

static void put_note(const struct page *page, bool *any, uint64_t count, const char *format)
{
    if (count == 0)
        return;
    if (!*any)
        head(page, "Worth a look");
    *any = true;
    wrap_put(page->out, "  ", arena_printf(page->arena, "%s %s", number(page, count), format));
}

static void put_notes(const struct page *page)
{
    const struct flow_summary *s = page->s;
    bool any = false;
    put_note(page, &any, s->alerts, "alerts were sent: see `displayalerts`");
    put_note(page, &any, s->queue_full, "times the listener refused mail for want of resources");
    put_note(page, &any, s->family[FAMILY_suspended], "lines say that delivery was suspended");
    put_note(page, &any, s->clock_steps, "times the clock of the log went back");
    put_note(page, &any, s->counters.failures, "status lines whose counters do not add up");
    put_note(page, &any, s->other_logs.failures, "lines of other logs tell of a failure");
    put_note(page, &any, s->consolidated.events,
             "consolidated events, each about one message; they are not counted again");
    put_note(page, &any, s->messages.expired,
             "messages were idle for so long that they are no longer watched");
    put_note(page, &any, s->messages.orphans, "lines are about messages no longer watched");
}

/* What the parser did not know: rows for family.def. */
static void put_shapes(const struct page *page)
{
    uint8_t order[SHAPE_MAX];
    size_t count = shape_order(page->s->shapes, order);
    size_t most = page->account->verbose > 0 ? count : 3;
    if (count == 0)
        return;
    head(page, "Not recognised: how many, and an example of each form");
    for (size_t i = 0; i < count && i < most; i++)
        wrap_put(
            page->out,
            arena_printf(page->arena, "%10s  ", number(page, page->s->shapes->of[order[i]].count)),
            page->s->shapes->of[order[i]].example);
    if (count > most)
        (void)fprintf(page->out, "            and %zu more forms: -v shows them\n", count - most);
}

static void put_proof(const struct page *page)
{
    head(page, "Proof                                       holds     count  last seen");
    for (int i = 0; i < FLOW_EVIDENCES; i++) {
        const struct flow_evidence *e = &page->s->evidence[i];
        const char *holds = page->account->verdict.holds[i] ? "yes" : e->count > 0 ? "NO" : "-";
        (void)fprintf(page->out, "  E%d %-39s %-5s %9s  %s\n", i,
                      verdict_evidence_title((enum flow_evidence_id)i), holds,
                      e->count > 0 ? number(page, e->count) : "-",
                      short_clock(page, last_seen(page, (enum flow_evidence_id)i)));
        if (page->account->verbose > 0 && e->text_n > 0)
            wrap_put(page->out,
                     arena_printf(page->arena, "       line %llu: ", (unsigned long long)e->line),
                     result_clean(page->arena, (struct span){e->text, e->text_n}, 240));
    }
}

void maillog_text_print(FILE *out, const struct account *account, bool utf8)
{
    const struct page page = {out, account->arena, account, account->s, utf8};
    put_verdict(&page);
    put_origin(&page);
    if (account->s->last != 0) {
        put_connections(&page);
        put_messages(&page);
        put_outcomes(&page);
        put_latency(&page);
        put_waiting(&page);
        put_hops(&page);
        put_chart(&page);
        put_tops(&page);
    }
    put_notes(&page);
    put_shapes(&page);
    if (account->s->last != 0)
        put_proof(&page);
}
