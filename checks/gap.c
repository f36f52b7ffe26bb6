/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/gap.h"

#include "checks/cell.h"
#include "checks/interval.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "checks/zone.h"

/* A gap that is longer than the reboot by less is late, by more it is lost (settle time of V19). */
enum { LATE_S = 20 * 60, MAX_GAPS = 100, SAME_S = 60 };

static const char hint_longer[] =
    "see which stage stopped (written on the gateway, pulled, parsed), smad_logs on the SMA; look "
    "again in 20 minutes, data may still arrive";
static const char hint_unexplained[] =
    "no reboot of the gateway explains it: smad_logs on the SMA, trackerd on the gateway, disk "
    "space of both, and who was at work at that time";

struct gap {
    struct stamp from, to;
    const char *text; /* as the page has it */
    unsigned line;
};

struct gaps {
    struct gap *all;
    size_t count;
    bool unread; /* some cell is in no known form, or there are too many */
};

/* A moment, not a day: the page tells hours. */
static bool read_moment(const struct question *q, struct span text, struct stamp now,
                        struct stamp *stamp)
{
    if (text_find(text, ":") < 0 || !cell_read_date(text_trim(text), now, stamp))
        return false;
    *stamp = zone_of(q, q->node, *stamp);
    return true;
}

/* "08 Mar 2026 01:36 - 08 Mar 2026 01:51", several with ';' or ',' between them. */
static void read_cell(const struct question *q, const struct page_gap *cell, struct stamp now,
                      struct gaps *gaps)
{
    struct span rest = cell->cell, one, tail;
    for (bool more = true; more && !gaps->unread; rest = tail) {
        more = text_cut(rest, ';', &one, &tail) || text_cut(rest, ',', &one, &tail);
        one = text_trim(one);
        struct gap gap = {.line = cell->line};
        gaps->unread =
            gaps->count == MAX_GAPS || !read_moment(q, cell_begin(one), now, &gap.from) ||
            !read_moment(q, cell_end(one), now, &gap.to) || time_between(gap.to, gap.from) < 0;
        if (gaps->unread)
            return;
        gap.text = arena_dup(q->arena, text_head(one, 200));
        gaps->all = arena_push(q->arena, gaps->all, gaps->count, sizeof(gap));
        gaps->all[gaps->count++] = gap;
    }
}

static struct gaps read_gaps(const struct question *q, const struct page_row *row)
{
    struct gaps gaps = {.unread = row->gap_count == 0};
    struct stamp now;
    bool exact;
    if (!page_asked_at(q, gui_table_tracking_kind.id, &now, &exact))
        gaps.unread = true;
    for (size_t i = 0; i < row->gap_count && !gaps.unread; i++)
        read_cell(q, &row->gaps[i], now, &gaps);
    return gaps;
}

/* The question of the baseline, as it was then. */
static struct question then_of(const struct question *q)
{
    struct question then = *q;
    then.fleet = q->baseline;
    then.baseline = NULL;
    then.node = check_before(q);
    return then;
}

struct gap_before gap_before(const struct question *q, const struct result *result)
{
    static const char *const none[] = {NULL};
    const struct page_kind kind = {
        .document = &gui_table_tracking_kind, .good_words = none, .service = SERVICE_TRACKING};
    struct gap_before before = {.known = false};
    if (check_before(q) == NULL)
        return before;
    const struct question then = then_of(q);
    const struct gui_page *page = check_facts_of(&then, then.node, &gui_table_tracking_kind, NULL);
    if (page == NULL)
        return before;
    before.known = true;
    before.list =
        managed_by(&then, check_facts_of(&then, then.node, &config_appliances_kind, NULL));
    before.rows = page_read(&then, result, &kind, page, &before.list);
    return before;
}

/* The gaps that the baseline's page shows of ITEM; UNREAD: it does not tell. */
static struct gaps gaps_then(const struct question *q, const struct managed *item,
                             const struct gap_before *before)
{
    size_t count;
    const struct managed_name *name =
        before->known ? managed_find(&before->list, text_of(item->name), &count) : NULL;
    if (name == NULL)
        return (struct gaps){.unread = true};
    const struct page_row *row = &before->rows[name->index];
    if (row->word == PAGE_NO_ROW || row->gap_count == 0)
        return (struct gaps){.unread = row->word == PAGE_NO_ROW};
    const struct question then = then_of(q);
    return read_gaps(&then, row);
}

/* Did the baseline's page show GAP, too? -1: it does not tell. */
static int was_there(const struct gaps *then, const struct gap *gap)
{
    for (size_t i = 0; i < then->count; i++)
        if (time_between(gap->from, then->all[i].from) >= -SAME_S &&
            time_between(gap->to, then->all[i].to) <= SAME_S)
            return 1;
    return then->unread ? -1 : 0;
}

/* When the change began: --since, or what the baseline was taken at. */
static bool change_began(const struct question *q, struct stamp *begin)
{
    const struct node *before = check_before(q);
    const struct document *page =
        before == NULL ? NULL : fleet_document(before, gui_table_tracking_kind.id);
    if (q->has_since)
        *begin = q->since;
    else if (page != NULL && page->has_taken_at)
        *begin = time_from_utc(page->taken_at);
    else
        return false;
    return begin->has_offset;
}

static struct finding *say(const struct question *q, struct result *result,
                           const struct managed *item, const struct gap *gap, enum state state,
                           const char *what)
{
    char length[32];
    struct finding *finding = result_say(
        result, state, item->name, "%s: tracking data of %s are missing for %s: %s%s",
        q->node->name, item->name,
        time_print_span(time_between(gap->to, gap->from), length, sizeof(length)), gap->text, what);
    return result_evidence(result, finding, gui_table_tracking_kind.id, gap->line);
}

/* One that ended before the change began. */
static void judge_old(const struct question *q, struct result *result, const struct managed *item,
                      const struct gap *gap, const struct gaps *then)
{
    const int there = was_there(then, gap);
    if (there > 0) {
        (void)result_explain(result, say(q, result, item, gap, STATE_OK, ""),
                             "the baseline's page shows it, too");
    } else if (there == 0) {
        (void)result_hint(say(q, result, item, gap, STATE_CRITICAL,
                              ", from before the change, but the baseline's page does not show it"),
                          hint_unexplained);
    } else {
        (void)result_hint(say(q, result, item, gap, STATE_UNKNOWN,
                              ", from before the change; nothing tells whether it was there then"),
                          "take the page into the baseline next time, or accept it by a waiver");
    }
}

static void judge_gap(const struct question *q, struct result *result, const struct managed *item,
                      const struct gap *gap, const struct interval *down, const struct gaps *then)
{
    struct stamp begin;
    if (interval_holds(down, gap->from, gap->to, INTERVAL_FILE_S)) {
        (void)result_explain(result, say(q, result, item, gap, STATE_OK, ""), "%s",
                             interval_text(q, down));
        return;
    }
    if (gap->to.has_offset && change_began(q, &begin) && time_between(gap->to, begin) <= 0) {
        judge_old(q, result, item, gap, then);
        return;
    }
    if (!interval_comparable(down, gap->from) || !interval_comparable(down, gap->to)) {
        (void)result_hint(say(q, result, item, gap, STATE_UNKNOWN,
                              ", and nothing tells when the gateway was down"),
                          "capture `status` and displayalerts of the gateway too: they tell its "
                          "start and its zone");
        return;
    }
    const int64_t before = time_between(down->from, gap->from);
    const int64_t after = time_between(gap->to, down->to);
    const bool meets =
        time_between(gap->from, down->to) < 0 && time_between(gap->to, down->from) > 0;
    const int64_t more = (before > 0 ? before : 0) + (after > 0 ? after : 0);
    char longer[32];
    struct finding *finding;
    if (meets) {
        finding = say(q, result, item, gap, more <= LATE_S ? STATE_WARNING : STATE_CRITICAL,
                      arena_printf(q->arena, ", %s more than its reboot explains",
                                   time_print_span(more, longer, sizeof(longer))));
        (void)result_hint(finding, hint_longer);
    } else {
        finding = say(q, result, item, gap, STATE_CRITICAL, ", not during its reboot");
        (void)result_hint(finding, hint_unexplained);
    }
    (void)result_compare(result, finding, interval_text(q, down), gap->text);
}

bool gap_judge(const struct question *q, struct result *result, const struct managed *item,
               const struct page_row *row, const struct gap_before *before)
{
    const struct gaps gaps = read_gaps(q, row);
    if (gaps.unread)
        return false;
    const struct interval down = interval_reboot(q, item->node);
    const struct gaps then = gaps_then(q, item, before);
    for (size_t i = 0; i < gaps.count; i++)
        judge_gap(q, result, item, &gaps.all[i], &down, &then);
    return true;
}
