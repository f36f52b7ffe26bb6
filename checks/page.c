/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/page.h"

#include <stdio.h>
#include <string.h>

#include "checks/parse/cli_status.h"
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

/* -- Cells that say nothing of a status ----------------------------------------------------- */

static bool is_any(struct span cell, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is_nocase(cell, words[i]))
            return true;
    return false;
}

static bool has_any(struct span header, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(header, words[i]) >= 0)
            return true;
    return false;
}

static bool is_address(struct span cell)
{
    size_t dots = 0, colons = 0;
    for (size_t i = 0; i < cell.n; i++) {
        char c = cell.p[i];
        bool hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        dots += c == '.';
        colons += c == ':';
        if (!hex && !(c >= '0' && c <= '9') && c != '.' && c != ':')
            return false;
        if (hex && colons == 0 && dots != 0)
            return false;
    }
    return (dots == 3 && colons == 0) || colons >= 2;
}

/* Dates and times in any order and language that the GUI may have: a year or a time of day, and
 * nothing but digits, names of days, months, zones, and what stands between them. */
static bool is_date(struct span cell)
{
    static const char *const words[] = {
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar",  "apr",  "may",
        "jun", "jul", "aug", "sep", "oct", "nov", "dec", "am",  "pm",  "gmt",  "utc",  "to",
        "est", "edt", "cst", "cdt", "pst", "pdt", "cet", "jst", "kst", "cest", "june", "july"};
    static const char *const signs[] = {"年", "月", "日", "時", "分", "秒",   "午前", "午後", "년",
                                        "월", "일", "시", "분", "초", "오전", "오후", "–",    "～"};
    bool dated = false;
    size_t digits = 0;
    for (size_t i = 0, n; i < cell.n; i += n) {
        struct span rest = text_skip(cell, i), word = {rest.p, 0};
        bool digit = *rest.p >= '0' && *rest.p <= '9';
        dated = dated || (digits == 4 && !digit) || (digits != 0 && *rest.p == ':');
        digits = digit ? digits + 1 : 0;
        n = 1;
        if (digit || memchr(" :-/.,+()~", *rest.p, 10) != NULL)
            continue;
        while (word.n < rest.n && ((rest.p[word.n] >= 'a' && rest.p[word.n] <= 'z') ||
                                   (rest.p[word.n] >= 'A' && rest.p[word.n] <= 'Z')))
            word.n++;
        n = word.n;
        for (size_t s = 0; n == 0 && s < CHECK_COUNT(signs); s++)
            n = text_starts(rest, signs[s]) ? strlen(signs[s]) : 0;
        if (n == 0 || (word.n != 0 && !is_any(word, words, CHECK_COUNT(words))))
            return false;
    }
    return dated || digits == 4;
}

static bool is_neutral(struct span cell)
{
    double number;
    return cell.n == 0 || text_to_double(cell, &number) || is_address(cell) || is_date(cell);
}

/* A date of a cell, with or without seconds and zone. */
static bool read_date(struct span cell, struct stamp *stamp)
{
    static const char *const endings[] = {"", ":00", " (GMT)", ":00 (GMT)"};
    char text[80];
    if (cell.n == 0 || cell.n > 60)
        return false;
    for (size_t i = 0; i < CHECK_COUNT(endings); i++) {
        (void)snprintf(text, sizeof(text), "%.*s%s", TEXT_ARGS(cell), endings[i]);
        if (!time_parse_any(text_of(text), stamp))
            continue;
        stamp->has_offset = stamp->has_offset && i < 2; /* the zone was ours */
        return true;
    }
    return false;
}

/* -- One table ------------------------------------------------------------------------------ */

struct column {
    bool names;  /* of appliances */
    bool status; /* says how the appliance is */
    bool asks;   /* "Connection Established?" (V S34): the answer may be yes or no */
    bool gap;    /* counts or dates what is missing */
    bool until;  /* where the data end */
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

static struct column column_of(struct span header)
{
    static const char *const statuses[] = {"status", "availability", "established", "connection"};
    static const char *const bounds[] = {"from", "to", "since", "until", "range", "last"};
    static const char *const gaps[] = {"gap", "interval", "missing"};
    static const char *const services[SERVICE_COUNT] = {[SERVICE_TRACKING] = "tracking",
                                                        [SERVICE_REPORTING] = "reporting",
                                                        [SERVICE_SPAM] = "spam",
                                                        [SERVICE_PVO] = "policy"};
    struct column column = {.status = has_any(header, statuses, CHECK_COUNT(statuses))};
    int service = 0;
    for (size_t i = 0; i < CHECK_COUNT(bounds); i++)
        column.status = column.status && text_find_word(header, bounds[i]) < 0;
    while (service < SERVICE_COUNT && text_find_nocase(header, services[service]) < 0)
        service++;
    column.service = (enum config_appliances_service)service;
    column.asks = text_find_nocase(header, "established") >= 0;
    column.gap = !column.status && has_any(header, gaps, CHECK_COUNT(gaps));
    column.until = text_find_word(header, "to") >= 0 || text_find_word(header, "until") >= 0;
    return column;
}

/* Whom CELL names: exactly a name, or "name (address)". */
static const struct managed_name *named(const struct managed_list *list, struct span cell,
                                        size_t *count)
{
    struct span name, behind;
    const struct managed_name *found = managed_find(list, cell, count);
    if (found != NULL || !text_cut(cell, '(', &name, &behind) || !text_ends(behind, ")"))
        return found;
    behind = text_trim(text_head(behind, behind.n - 1));
    found = managed_find(list, text_trim(name), count);
    return found != NULL && (is_address(behind) || managed_is(list, found->index, behind)) ? found
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
    return is_neutral(cell) ? PAGE_NO_ROW : PAGE_UNRECOGNISED;
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

static enum page_word word_of(struct reading *r, size_t i, struct span cell,
                              const struct managed *item)
{
    static const char *const nothing[] = {"", "-", "--", "none", "no", "n/a"};
    const struct column *column = &r->columns[i];
    double number;
    struct stamp until;
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
        return is_any(cell, nothing, CHECK_COUNT(nothing)) ||
                       (text_to_double(text_head(cell, 32), &number) && number == 0)
                   ? PAGE_NO_ROW
                   : PAGE_DOUBT;
    if (column->until && r->has_now && read_date(cell, &until)) {
        until = zone_of(r->q, r->q->node, until);
        if (!until.has_offset) /* then as late as can be */
            until = (struct stamp){until.civil, true, ZONE_MIN_S};
        if (time_between(r->now, until) > MAX_DATA_AGE_S)
            return PAGE_DOUBT;
    }
    return word;
}

static void take(struct worst *worst, enum page_word word, const struct span *cell)
{
    if (word > worst->word)
        *worst = (struct worst){word, cell};
}

static struct worst judge_row(struct reading *r, const struct gui_table_row *row, size_t item)
{
    struct worst worst = {PAGE_NO_ROW, NULL}, loose = {PAGE_NO_ROW, NULL};
    bool any_status = false;
    for (size_t i = 0; i < row->count && i < GUI_TABLE_MAX_CELLS; i++) {
        size_t count;
        const struct managed_name *name = named(r->list, row->cells[i], &count);
        if (name != NULL && managed_is(r->list, item, name->text))
            continue;
        enum page_word word =
            word_of(r, i, row->cells[i], item < r->list->count ? &r->list->items[item] : NULL);
        bool status = r->columns[i].status;
        any_status = any_status || status;
        if (status && word == PAGE_NO_ROW)
            word = PAGE_UNRECOGNISED;
        bool counts = status || word == PAGE_DOUBT || word >= PAGE_WAITING;
        take(counts ? &worst : &loose, word, &row->cells[i]);
    }
    /*
     * A page in another language has no header that we know: then a known word may speak, but only
     * when everything else in the row says nothing.
     */
    if (!any_status && (loose.word == PAGE_NO_ROW || loose.word == PAGE_UNRECOGNISED))
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
        if (worst.word == PAGE_DOUBT && i < table->header_count)
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
        for (size_t k = 0; k < (owner != NULL ? owners : worst.word >= PAGE_WAITING); k++) {
            struct page_row *found = &r->rows[whose[k].index];
            if (worst.word <= found->word)
                continue;
            text = text != NULL ? text : text_of_row(r, table, row, worst);
            *found = (struct page_row){worst.word, text, row->line};
        }
    }
}

/* -- The page ------------------------------------------------------------------------------- */

enum state page_state(enum page_word word)
{
    static const enum state states[] = {
        [PAGE_NO_ROW] = STATE_UNKNOWN,  [PAGE_OFF] = STATE_OK,
        [PAGE_GOOD] = STATE_OK,         [PAGE_DOUBT] = STATE_UNKNOWN,
        [PAGE_WAITING] = STATE_WARNING, [PAGE_UNRECOGNISED] = STATE_UNKNOWN,
        [PAGE_BAD] = STATE_CRITICAL};
    return states[word];
}

bool page_asked_at(const struct question *q, const char *id, struct stamp *when)
{
    const struct document *document = fleet_document(q->node, id);
    const struct cli_status *status = check_facts_of(q, q->node, &cli_status_kind, NULL);
    if (document != NULL && document->has_taken_at)
        *when = time_from_utc(document->taken_at);
    else if (status != NULL && status->has_as_of)
        *when = zone_of(q, q->node, status->as_of);
    else
        return false;
    return when->has_offset;
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
    return NULL;
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
    r.has_now = page_asked_at(q, kind->document->id, &r.now);
    for (size_t i = 0; i < page->count; i++)
        read_table(&r, &page->tables[i]);
    return r.rows;
}
