/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/gui_table.h"

#include <string.h>

#include "checks/parse/html.h"

/* Of a page with more tables, or a table with more rows of headers, the rest is data or dropped. */
enum { MAX_TABLES = 200, MAX_HEADER_ROWS = 8, MAX_HEADER = 512 };
enum { MAX_CELL = 4096, MAX_PAGE_TEXT = 64 * 1024 };

/* -- Tables --------------------------------------------------------------------------------- */

/* The cells of one row in their columns: also those that reach into it from rows above. */
struct grid {
    struct span text[GUI_TABLE_MAX_CELLS];
    size_t rows_left[GUI_TABLE_MAX_CELLS]; /* below this one that the cell still covers */
    bool own[GUI_TABLE_MAX_CELLS];         /* begins in this row */
    size_t count;
    const xmlNode *section; /* a cell does not reach beyond its <tbody> */
};

struct reader {
    struct arena *arena;
    struct gui_page *page;
    size_t rows; /* of all tables */
};

static void lay_carried(struct grid *grid)
{
    while (grid->count < GUI_TABLE_MAX_CELLS && grid->rows_left[grid->count] != 0)
        grid->rows_left[grid->count++]--;
}

/* A positive number in an attribute, at most MAX; 1 when there is none. */
static size_t number(const xmlNode *node, const char *name, size_t max)
{
    int64_t value;
    if (!text_to_int(text_trim(html_attribute(node, name)), &value) || value < 1)
        return 1;
    return (uint64_t)value < max ? (size_t)value : max;
}

/* Lays ROW into GRID. ALL_HEADERS: are its cells all <th>? False when none of them has text. */
static bool lay_row(struct arena *arena, struct grid *grid, const xmlNode *row, bool *all_headers)
{
    char buffer[MAX_CELL];
    bool any = false;
    if (grid->section != row->parent)
        memset(grid, 0, sizeof(*grid));
    grid->section = row->parent;
    grid->count = 0;
    *all_headers = true;
    memset(grid->own, 0, sizeof(grid->own));
    bool inside = true; /* a <form> may stand between the row and its cells */
    for (const xmlNode *cell = row; cell != NULL; cell = html_following(cell, row, inside)) {
        bool header = html_is(cell, "th");
        bool hidden = html_hidden(cell);
        inside = !header && !html_is(cell, "td") && !hidden;
        if (inside || hidden)
            continue;
        lay_carried(grid);
        struct span text = html_visible(cell, buffer, sizeof(buffer));
        text.p = arena_dup(arena, text);
        any = any || text.n != 0;
        *all_headers = *all_headers && header;
        size_t rows = number(cell, "rowspan", GUI_TABLE_MAX_ROWS);
        for (size_t n = number(cell, "colspan", GUI_TABLE_MAX_CELLS);
             n != 0 && grid->count < GUI_TABLE_MAX_CELLS; n--, grid->count++) {
            grid->text[grid->count] = text;
            grid->own[grid->count] = true;
            grid->rows_left[grid->count] = rows - 1;
        }
    }
    /* Cells from above may stand behind the last one, too, with gaps in between. */
    for (size_t i = grid->count; i < GUI_TABLE_MAX_CELLS; i++) {
        if (grid->rows_left[i] == 0)
            continue;
        while (grid->count < i)
            grid->text[grid->count++] = (struct span){NULL, 0};
        lay_carried(grid);
    }
    return any;
}

static void add_headers(struct arena *arena, struct gui_table *table, const struct grid *grid)
{
    if (table->headers == NULL)
        table->headers = arena_array(arena, GUI_TABLE_MAX_CELLS, sizeof(table->headers[0]));
    for (size_t i = 0; i < grid->count; i++) {
        struct span *header = &table->headers[i];
        if (!grid->own[i] || grid->text[i].n == 0 || header->n + grid->text[i].n > MAX_HEADER)
            continue;
        if (header->n == 0)
            *header = grid->text[i];
        else
            *header = text_of(
                arena_printf(arena, "%.*s %.*s", TEXT_ARGS(*header), TEXT_ARGS(grid->text[i])));
    }
    if (table->header_count < grid->count)
        table->header_count = grid->count;
}

static void add_row(struct reader *reader, struct gui_table *table, const struct grid *grid,
                    const xmlNode *node)
{
    table->rows = arena_push(reader->arena, table->rows, table->row_count, sizeof(table->rows[0]));
    struct gui_table_row *row = &table->rows[table->row_count++];
    row->cells = arena_array(reader->arena, grid->count, sizeof(row->cells[0]));
    memcpy(row->cells, grid->text, grid->count * sizeof(row->cells[0]));
    row->count = grid->count;
    row->line = html_line(node);
    reader->rows++;
}

static void read_table(struct reader *reader, const xmlNode *node)
{
    struct gui_page *page = reader->page;
    page->tables = arena_push(reader->arena, page->tables, page->count, sizeof(page->tables[0]));
    struct gui_table *table = &page->tables[page->count++];
    table->line = html_line(node);
    struct grid grid = {.count = 0};
    size_t header_rows = 0;
    bool inside = true;
    for (const xmlNode *row = node; row != NULL && reader->rows < GUI_TABLE_MAX_ROWS;
         row = html_following(row, node, inside)) {
        bool all_headers, hidden = html_hidden(row);
        inside = !hidden && !html_is(row, "tr");
        if (inside || hidden || !lay_row(reader->arena, &grid, row, &all_headers))
            continue;
        /* A row of <th> between data is a heading of its group, not of the columns. */
        bool header = all_headers || html_is(row->parent, "thead");
        if (header && table->row_count == 0 && header_rows++ < MAX_HEADER_ROWS)
            add_headers(reader->arena, table, &grid);
        else
            add_row(reader, table, &grid, row);
    }
}

/* -- The page ------------------------------------------------------------------------------- */

/* "…/javascript?KEY&language=en-us": the session's language (V S30). */
static struct span script_language(struct arena *arena, const xmlNode *script)
{
    struct span source = html_attribute(script, "src");
    ptrdiff_t at = text_find_nocase(source, "language=");
    if (at < 0)
        return (struct span){NULL, 0};
    struct span language = text_skip(source, (size_t)at + 9);
    (void)text_cut(language, '&', &language, &source);
    language = text_head(text_trim(language), 35);
    return (struct span){arena_dup(arena, language), language.n};
}

/* Title, heading and language. Returns whether the page asks for a password. */
static bool read_head(struct arena *arena, struct gui_page *page, const xmlNode *root)
{
    bool password = false;
    char buffer[512];
    for (const xmlNode *node = root; node != NULL; node = html_following(node, root, true)) {
        bool heading = html_is(node, "h1") && !html_hidden(node);
        struct span *line = heading ? &page->heading : &page->title;
        if ((heading || html_is(node, "title")) && line->n == 0) {
            *line = html_visible(node, buffer, sizeof(buffer));
            line->p = arena_dup(arena, *line);
        } else if (html_is(node, "html") && page->language.n == 0) {
            struct span language = text_head(text_trim(html_attribute(node, "lang")), 35);
            page->language = (struct span){arena_dup(arena, language), language.n};
        } else if (html_is(node, "script") && page->language.n == 0) {
            page->language = script_language(arena, node);
        } else if (html_is(node, "input")) {
            password = password || text_is_nocase(html_attribute(node, "name"), "password") ||
                       text_is_nocase(html_attribute(node, "type"), "password");
        }
    }
    return password;
}

/* The innermost of the tables in sight: a table that holds another one is layout. */
static void read_tables(struct reader *reader, xmlNode *root)
{
    const xmlNode *node;
    for (node = root; node != NULL; node = html_following(node, root, !html_hidden(node))) {
        if (!html_is(node, "table") || html_hidden(node))
            continue;
        xmlNode *outer = node->parent;
        while (outer != NULL && !html_is(outer, "table"))
            outer = outer->parent;
        if (outer != NULL)
            outer->_private = root; /* a mark; the field is ours to use */
    }
    for (node = root; node != NULL; node = html_following(node, root, !html_hidden(node)))
        if (html_is(node, "table") && !html_hidden(node) && node->_private == NULL &&
            reader->page->count < MAX_TABLES)
            read_table(reader, node);
}

/*
 * Failures that come with status 200 (V S30). Only on a page without data: a data table may well
 * quote such words.
 */
static bool is_failure(struct arena *arena, const struct gui_page *page, const xmlNode *root,
                       bool password, struct fault *fault)
{
    static const struct {
        const char *text;
        enum fault_kind kind;
        const char *words;
    } failures[] = {
        {"User Session is not valid", FAULT_LOGIN, "the GUI session is not valid"},
        {"process of restarting", FAULT_RESTARTING, "the GUI is restarting"},
        {"Application Error", FAULT_SYNTAX, "the GUI answered \"Application Error\""},
    };
    for (size_t i = 0; i < page->count; i++)
        if (page->tables[i].header_count != 0 && page->tables[i].row_count != 0)
            return false;
    struct span text = html_visible(root, arena_alloc(arena, MAX_PAGE_TEXT), MAX_PAGE_TEXT);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
        if (text_find_nocase(text, failures[i].text) >= 0)
            return !fault_set(fault, failures[i].kind, NULL, 0, "%s", failures[i].words);
    return password && !fault_set(fault, FAULT_LOGIN, NULL, 0, "login page instead of the page");
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    xmlDoc *document = html_read(arena, bytes, fault);
    if (document == NULL)
        return false;
    struct reader reader = {.arena = arena, .page = facts};
    xmlNode *root = xmlDocGetRootElement(document);
    bool password = read_head(arena, reader.page, root);
    read_tables(&reader, root);
    bool answered = !is_failure(arena, reader.page, root, password, fault);
    if (answered && reader.page->count == 0)
        answered = fault_set(fault, FAULT_SYNTAX, NULL, 0,
                             "no table on the page: the GUI fills them by script, save the page "
                             "from the browser");
    xmlFreeDoc(document);
    return answered;
}

const struct document_kind gui_table_tracking_kind = {
    .id = "https/tracking_page.html",
    .asked = "GUI page Message Tracking Data Availability",
    .roles = ROLE_SMA,
    .facts_size = sizeof(struct gui_page),
    .parse = parse,
};

const struct document_kind gui_table_services_kind = {
    .id = "https/services_page.html",
    .asked = "GUI page Security Appliances",
    .roles = ROLE_SMA,
    .facts_size = sizeof(struct gui_page),
    .parse = parse,
};
