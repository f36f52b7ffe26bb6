/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/page.h"

#include <string.h>

#include "checks/cell.h"
#include "checks/parse/cli_displayalerts.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/zone.h"

enum {
    MAX_PAGE_AGE_S = 30 * 60, /* D1.5: what a page may lag behind the other documents */
    MAX_DATA_AGE_S = 60 * 60  /* settle time of V19, generously: a page shows whole minutes */
};

/*
 * Words that are not good. The data transfer states are the product help's (V, S34); the others are
 * plain English, since the words of the availability page are not attested anywhere.
 */
static const struct {
    const char *word;
    enum page_word meaning;
} vocabulary[] = {
    {"not enabled", PAGE_OFF}, {"reconnecting", PAGE_WAITING}, {"waiting for data", PAGE_WAITING},
    {"not ok", PAGE_BAD},      {"never connected", PAGE_BAD},  {"not established", PAGE_BAD},
    {"missing", PAGE_BAD},     {"not connected", PAGE_BAD},    {"disconnected", PAGE_BAD},
    {"failed", PAGE_BAD},      {"failure", PAGE_BAD},          {"error", PAGE_BAD},
    {"offline", PAGE_BAD},     {"unavailable", PAGE_BAD},
};

/* -- One table ------------------------------------------------------------------------------ */

struct column {
    bool names;  /* of appliances */
    bool status; /* says how the appliance is */
    bool asks;   /* "Connection Established?" (V S34): the answer may be yes or no */
    bool gap;    /* counts or dates what is missing */
    bool until;  /* where the data end */
    bool range;  /* from when to when there are data */
    enum config_appliances_service service; /* SERVICE_COUNT: none named */
};

struct reading {
    const struct question *q;
    const struct result *result;
    const struct page_kind *kind;
    const struct managed_list *list;
    struct page_row *rows;
    bool has_now;
    struct stamp now; /* when the page was taken */
    struct column columns[GUI_TABLE_MAX_CELLS];
    /* What was read last in each column: cells that span rows or columns are read once. */
    struct {
        const char *p;
        enum page_word word;
    } read[GUI_TABLE_MAX_CELLS];
};

/* The worst of a row, and the cell that says it. */
struct worst {
    enum page_word word;
    const struct span *cell; /* NULL: all of the row */
};

static bool has_any(struct span header, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(header, words[i]) >= 0)
            return true;
    return false;
}

static bool has_word(struct span header, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_find_word(header, words[i]) >= 0)
            return true;
    return false;
}

static struct column column_of(struct span header)
{
    static const char *const statuses[] = {"status", "availability", "established", "connection"};
    static const char *const bounds[] = {"from", "to", "since", "until", "range", "last"};
    /* Korean and Japanese words are a translator's (I): the GUI's own are not attested. */
    static const char *const ends[] = {"to", "until", "end", "newest", "종료", "끝", "終了"};
    static const char *const ranges[] = {"range", "period", "availability", "기간", "期間"};
    static const char *const gaps[] = {"gap",  "interval", "missing",      "lost",
                                       "누락", "欠落",     "not available"};
    static const char *const services[SERVICE_COUNT] = {[SERVICE_TRACKING] = "tracking",
                                                        [SERVICE_REPORTING] = "reporting",
                                                        [SERVICE_SPAM] = "spam",
                                                        [SERVICE_PVO] = "policy"};
    struct column column = {.status = has_any(header, statuses, CHECK_COUNT(statuses))};
    int service = 0;
    column.status = column.status && !has_word(header, bounds, CHECK_COUNT(bounds));
    while (service < SERVICE_COUNT && text_find_nocase(header, services[service]) < 0)
        service++;
    column.service = (enum config_appliances_service)service;
    column.asks = text_find_nocase(header, "established") >= 0;
    column.gap = !column.status && has_any(header, gaps, CHECK_COUNT(gaps));
    column.until = has_word(header, ends, CHECK_COUNT(ends));
    column.range = has_any(header, ranges, CHECK_COUNT(ranges));
    return column;
}

/* Whom CELL names: exactly a name, "name (address)", or "name address". */
static const struct managed_name *named(const struct managed_list *list, struct span cell,
                                        size_t *count)
{
    struct span name, behind;
    const struct managed_name *found = managed_find(list, cell, count);
    if (found != NULL)
        return found;
    if (text_cut(cell, '(', &name, &behind) && text_ends(behind, ")"))
        behind = text_trim(text_head(behind, behind.n - 1));
    else if (!text_cut(cell, ' ', &name, &behind))
        return NULL;
    found = managed_find(list, text_trim(name), count);
    return found != NULL && (cell_is_address(behind) || managed_is(list, found->index, behind))
               ? found
               : NULL;
}

/* The columns by their headers; without a known header, the first that holds a gateway's name. */
static void read_columns(struct reading *r, const struct gui_table *table)
{
    static const char *const names[] = {"appliance", "name", "host"};
    static const char *const addresses[] = {"appliance", "name", "host", "address"};
    bool headed = false;
    size_t count, first = GUI_TABLE_MAX_CELLS;
    memset(r->columns, 0, sizeof(r->columns));
    memset(r->read, 0, sizeof(r->read));
    for (size_t i = 0; i < GUI_TABLE_MAX_CELLS; i++) {
        struct span header = i < table->header_count ? table->headers[i] : (struct span){NULL, 0};
        struct column *column = &r->columns[i];
        *column = column_of(header);
        column->names = !column->status && text_find_word(header, "peer") < 0 &&
                        (has_any(header, addresses, CHECK_COUNT(addresses)) ||
                         text_find_word(header, "ip") >= 0);
        headed = headed || (column->names && has_any(header, names, CHECK_COUNT(names)));
    }
    if (headed)
        return;
    for (size_t i = 0; i < table->row_count; i++)
        for (size_t c = 0; c < table->rows[i].count && c < first; c++)
            if (named(r->list, table->rows[i].cells[c], &count) != NULL)
                first = c;
    for (size_t i = 0; i < GUI_TABLE_MAX_CELLS; i++)
        r->columns[i].names = i == first;
}

/* -- One row -------------------------------------------------------------------------------- */

/* What CELL says by itself; PAGE_NO_ROW: nothing of a status. */
static enum page_word read_word(const struct reading *r, struct span cell)
{
    if (check_good_word(r->q, r->result, cell))
        return PAGE_GOOD;
    for (size_t i = 0; r->kind->good_words[i] != NULL; i++)
        if (text_is_nocase(cell, r->kind->good_words[i]))
            return PAGE_GOOD;
    for (size_t i = 0; i < CHECK_COUNT(vocabulary); i++) {
        ptrdiff_t at = text_find_word(cell, vocabulary[i].word);
        struct span before = text_head(cell, at < 0 ? 0 : (size_t)at);
        bool denied = text_is_nocase(text_trim(before), "no") || text_is(text_trim(before), "0");
        if (at >= 0 && !denied)
            return vocabulary[i].meaning;
    }
    return cell_is_neutral(cell) ? PAGE_NO_ROW : PAGE_UNRECOGNISED;
}

/* "Not enabled" is bad where the service is on, or was (V18). */
static enum page_word off(const struct reading *r, const struct column *column,
                          const struct managed *item)
{
    enum config_appliances_service service =
        column->service != SERVICE_COUNT ? column->service : r->kind->service;
    for (int i = 0; item != NULL && i < SERVICE_COUNT; i++)
        if ((service == SERVICE_COUNT || i == (int)service) &&
            managed_service_on(item, (enum config_appliances_service)i))
            return PAGE_BAD;
    return PAGE_OFF;
}

/* Do the data end, by CELL of COLUMN, long before the page was taken? */
static bool ends_early(const struct reading *r, const struct column *column, struct span cell)
{
    struct span end = cell_end(cell);
    bool ranged = column->range && end.p != cell.p;
    struct stamp until;
    if (!r->has_now || !(column->until || ranged) || !cell_read_date(end, r->now, &until))
        return false;
    until = zone_of(r->q, r->q->node, until);
    if (!until.has_offset) /* then as late as can be */
        until = (struct stamp){.civil = until.civil, .has_offset = true, .offset = ZONE_MIN_S};
    return time_between(r->now, until) > MAX_DATA_AGE_S;
}

static enum page_word word_of(struct reading *r, size_t i, struct span cell,
                              const struct managed *item)
{
    const struct column *column = &r->columns[i];
    if (column->asks && text_is_nocase(cell, "No"))
        return PAGE_BAD;
    if (column->asks && r->kind->yes_is_good && text_is_nocase(cell, "Yes"))
        return PAGE_GOOD;
    if (i > 0 && r->read[i - 1].p == cell.p)
        r->read[i] = r->read[i - 1];
    else if (r->read[i].p != cell.p || cell.p == NULL)
        r->read[i].word = read_word(r, cell);
    r->read[i].p = cell.p;
    enum page_word word = r->read[i].word == PAGE_OFF ? off(r, column, item) : r->read[i].word;
    if (column->gap && word <= PAGE_UNRECOGNISED && word != PAGE_GOOD)
        return cell_is_no_gap(cell) ? PAGE_NO_ROW : PAGE_GAP;
    return word <= PAGE_UNRECOGNISED && ends_early(r, column, cell) ? PAGE_DOUBT : word;
}

static void take(struct worst *worst, enum page_word word, const struct span *cell)
{
    if (word > worst->word)
        *worst = (struct worst){word, cell};
}

static struct worst judge_row(struct reading *r, const struct gui_table_row *row, size_t item)
{
    struct worst worst = {PAGE_NO_ROW, NULL}, loose = {PAGE_NO_ROW, NULL};
    const struct span *dated = NULL;
    bool any_status = false;
    for (size_t i = 0; i < row->count && i < GUI_TABLE_MAX_CELLS; i++) {
        size_t count;
        const struct managed_name *name = named(r->list, row->cells[i], &count);
        if (name != NULL && managed_is(r->list, item, name->text))
            continue;
        enum page_word word =
            word_of(r, i, row->cells[i], item < r->list->count ? &r->list->items[item] : NULL);
        bool status = r->columns[i].status;
        if (status && word == PAGE_NO_ROW && cell_is_date(row->cells[i])) {
            dated = &row->cells[i]; /* "Data Availability" from when to when */
            continue;
        }
        any_status = any_status || status;
        if (status && word == PAGE_NO_ROW)
            word = PAGE_UNRECOGNISED;
        bool counts = status || word == PAGE_GAP || word == PAGE_DOUBT || word >= PAGE_WAITING;
        take(counts ? &worst : &loose, word, &row->cells[i]);
    }
    /*
     * A page in another language has no header that we know: then a known word may speak, but only
     * when everything else in the row says nothing.
     */
    if (!any_status && dated != NULL)
        take(&worst, PAGE_UNRECOGNISED, dated);
    else if (!any_status && (loose.word == PAGE_NO_ROW || loose.word == PAGE_UNRECOGNISED))
        take(&worst, PAGE_UNRECOGNISED, NULL);
    else if (!any_status)
        take(&worst, loose.word, loose.cell);
    return worst;
}

static const char *text_of_row(const struct reading *r, const struct gui_table *table,
                               const struct gui_table_row *row, struct worst worst)
{
    const char *text = "";
    if (worst.cell != NULL) {
        size_t i = (size_t)(worst.cell - row->cells);
        if ((worst.word == PAGE_GAP || worst.word == PAGE_DOUBT) && i < table->header_count)
            return arena_printf(r->q->arena, "%.*s: %.*s",
                                TEXT_ARGS(text_head(table->headers[i], 80)),
                                TEXT_ARGS(text_head(*worst.cell, 200)));
        return worst.cell->n != 0 ? arena_dup(r->q->arena, text_head(*worst.cell, 200))
                                  : "(empty cell)";
    }
    for (size_t i = 0; i < row->count && i < 12; i++)
        text = arena_printf(r->q->arena, "%s%s%.*s", text, i > 0 ? " / " : "",
                            TEXT_ARGS(text_head(row->cells[i], 80)));
    return text;
}

/* Whom ROW is about. A row without a name belongs to the one above: then *OWNER stays. */
static void find_owner(const struct reading *r, const struct gui_table_row *row,
                       const struct managed_name **owner, size_t *owners)
{
    const struct managed_name *found = NULL;
    bool nameless = true;
    size_t count = 0;
    for (size_t i = 0; found == NULL && i < row->count && i < GUI_TABLE_MAX_CELLS; i++) {
        if (!r->columns[i].names)
            continue;
        nameless = nameless && row->cells[i].n == 0;
        found = named(r->list, row->cells[i], &count);
    }
    if (found == NULL && nameless)
        return;
    *owner = found;
    *owners = count;
}

/* What ROW says of FOUND's gateway ITEM to be missing. */
static void keep_gaps(struct reading *r, const struct gui_table_row *row, struct page_row *found,
                      const struct managed *item)
{
    for (size_t i = 0; i < row->count && i < GUI_TABLE_MAX_CELLS; i++) {
        if (!r->columns[i].gap || word_of(r, i, row->cells[i], item) != PAGE_GAP)
            continue;
        if (found->gap_count > 0 && found->gaps[found->gap_count - 1].cell.p == row->cells[i].p)
            continue; /* a gateway may have one name twice */
        found->gaps = arena_push(r->q->arena, found->gaps, found->gap_count, sizeof(*found->gaps));
        found->gaps[found->gap_count++] = (struct page_gap){row->cells[i], row->line};
    }
}

static void read_table(struct reading *r, const struct gui_table *table)
{
    const struct managed_name *owner = NULL;
    size_t owners = 0;
    bool any = false;
    read_columns(r, table);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct gui_table_row *row = &table->rows[i];
        const struct managed_name nobody = {.index = r->list->count};
        find_owner(r, row, &owner, &owners);
        any = any || owner != NULL;
        if (!any)
            continue; /* a heading, or another table */
        const struct managed_name *whose = owner != NULL ? owner : &nobody;
        struct worst worst = judge_row(r, row, whose->index);
        const char *text = NULL;
        for (size_t k = 0; k < (owner != NULL ? owners : 0); k++)
            keep_gaps(r, row, &r->rows[whose[k].index], &r->list->items[whose[k].index]);
        for (size_t k = 0; k < (owner != NULL ? owners : worst.word >= PAGE_WAITING); k++) {
            struct page_row *found = &r->rows[whose[k].index];
            if (worst.word <= found->word)
                continue;
            text = text != NULL ? text : text_of_row(r, table, row, worst);
            found->word = worst.word;
            found->text = text;
            found->line = row->line;
        }
    }
}

/* -- The page ------------------------------------------------------------------------------- */

enum state page_state(enum page_word word)
{
    static const enum state states[] = {[PAGE_NO_ROW] = STATE_UNKNOWN,
                                        [PAGE_OFF] = STATE_OK,
                                        [PAGE_GOOD] = STATE_OK,
                                        [PAGE_GAP] = STATE_UNKNOWN,
                                        [PAGE_DOUBT] = STATE_UNKNOWN,
                                        [PAGE_WAITING] = STATE_WARNING,
                                        [PAGE_UNRECOGNISED] = STATE_UNKNOWN,
                                        [PAGE_BAD] = STATE_CRITICAL};
    return states[word];
}

bool page_asked_at(const struct question *q, const char *id, struct stamp *when, bool *exact)
{
    const struct document *document = fleet_document(q->node, id);
    const struct cli_status *status = check_facts_of(q, q->node, &cli_status_kind, NULL);
    *exact = document != NULL && document->has_taken_at;
    if (*exact)
        *when = time_from_utc(document->taken_at);
    else if (status != NULL && status->has_as_of)
        *when = zone_of(q, q->node, status->as_of);
    else
        return false;
    return when->has_offset;
}

/* May HOST, which a page names, be q->node: by its name, its address, its own prompt? */
static bool is_own(const struct question *q, struct span host)
{
    static const struct document_kind *const kinds[] = {&cli_version_kind, &cli_status_kind,
                                                        &cli_displayalerts_kind};
    bool told = !cell_is_address(text_of(q->node->name));
    if (fleet_same_name(host, text_of(q->node->name)) ||
        text_same_nocase(host, text_of(q->node->address)))
        return true;
    for (size_t i = 0; i < CHECK_COUNT(kinds); i++) {
        const void *facts = check_facts_of(q, q->node, kinds[i], NULL);
        struct span own =
            facts == NULL || kinds[i]->host == NULL ? text_of(NULL) : kinds[i]->host(facts);
        if (fleet_same_name(host, own))
            return true;
        told = told || own.n != 0;
    }
    return !told;
}

/* The host that TITLE ends in, " - HOST"; empty when there is none. */
static struct span host_of(struct span title)
{
    size_t at = title.n, dots = 0;
    bool letter = false; /* in the last label: else a release */
    while (at > 0 && title.p[at - 1] != ' ') {
        char c = title.p[--at];
        bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alpha && !(c >= '0' && c <= '9') && c != '-' && c != '.')
            return text_of(NULL);
        dots += c == '.';
        letter = letter || (alpha && dots == 0);
    }
    struct span host = text_skip(title, at);
    bool behind = at >= 3 && text_ends(text_head(title, at), " - ");
    return behind && ((letter && dots != 0) || cell_is_address(host)) ? host : text_of(NULL);
}

/* Another page of the GUI, or the page of another SMA, that a title names; NULL for none. */
static const char *other_page(const struct question *q, const struct page_kind *kind,
                              struct span title)
{
    static const char *const titles[] = {"Security Appliances",
                                         "Message Tracking Data Availability"};
    for (size_t i = 0; i < CHECK_COUNT(titles); i++)
        if (text_find_nocase(title, kind->title) < 0 && text_find_nocase(title, titles[i]) >= 0)
            return titles[i];
    for (size_t i = 0; i < q->fleet->count; i++) {
        const struct node *node = &q->fleet->nodes[i];
        if (node != q->node && node->role == ROLE_SMA && text_find_word(title, node->name) >= 0 &&
            text_find_word(title, q->node->name) < 0)
            return node->name;
    }
    struct span host = host_of(title);
    return host.n == 0 || is_own(q, host) ? NULL : arena_dup(q->arena, text_head(host, 200));
}

bool page_fits(const struct question *q, struct result *result, const struct page_kind *kind,
               const struct gui_page *page)
{
    int64_t age;
    char text[32];
    struct finding *finding;
    const char *other = other_page(q, kind, page->title);
    if (other == NULL)
        other = other_page(q, kind, page->heading);
    if (other != NULL) {
        finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       "%s: the page is another one: its title names %s", q->node->name, other);
        (void)result_compare(result, finding, kind->title, other);
        (void)result_hint(finding, "save the page again, from this SMA");
    } else if (check_age_s(q->node, kind->document->id, &age) && age > MAX_PAGE_AGE_S) {
        finding = result_say(result, STATE_UNKNOWN, q->node->name,
                             "%s: the page %s was taken %s before the other answers", q->node->name,
                             kind->title, time_print_span(age, text, sizeof(text)));
        (void)result_hint(finding, "save the page again");
    } else {
        return true;
    }
    (void)result_evidence(result, finding, kind->document->id, 0);
    return false;
}

const struct page_row *page_read(const struct question *q, const struct result *result,
                                 const struct page_kind *kind, const struct gui_page *page,
                                 const struct managed_list *list)
{
    struct reading r = {.q = q, .result = result, .kind = kind, .list = list};
    r.rows = arena_array(q->arena, list->count + 1, sizeof(r.rows[0]));
    bool exact;
    r.has_now = page_asked_at(q, kind->document->id, &r.now, &exact);
    for (size_t i = 0; i < page->count; i++)
        read_table(&r, &page->tables[i]);
    return r.rows;
}
