/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/page.h"

/*
 * Words that are not good. The data transfer states are the product help's (V, S34); the others are
 * plain English, since the words of the availability page are not attested anywhere.
 */
static const struct {
    const char *word;
    enum page_word meaning;
} vocabulary[] = {
    {"file transfer failure", PAGE_BAD},
    {"never connected", PAGE_BAD},
    {"not enabled", PAGE_BAD},
    {"not established", PAGE_BAD},
    {"not connected", PAGE_BAD},
    {"disconnected", PAGE_BAD},
    {"not ok", PAGE_BAD},
    {"missing", PAGE_BAD},
    {"failed", PAGE_BAD},
    {"failure", PAGE_BAD},
    {"error", PAGE_BAD},
    {"unavailable", PAGE_BAD},
    {"offline", PAGE_BAD},
    {"waiting for data", PAGE_WAITING},
};

static bool is_status_header(struct span header)
{
    static const char *const words[] = {"status", "availability", "established", "connection"};
    static const char *const bounds[] = {"from", "to", "since", "until", "range", "last"};
    for (size_t i = 0; i < CHECK_COUNT(bounds); i++)
        if (text_find_word(header, bounds[i]) >= 0)
            return false;
    for (size_t i = 0; i < CHECK_COUNT(words); i++)
        if (text_find_nocase(header, words[i]) >= 0)
            return true;
    return false;
}

static enum page_word meaning_of(const struct question *q, const struct result *result,
                                 struct span header, struct span cell, const char *const *built_in)
{
    if (check_good_word(q, result, cell))
        return PAGE_GOOD;
    for (size_t i = 0; built_in[i] != NULL; i++)
        if (text_is_nocase(cell, built_in[i]))
            return PAGE_GOOD;
    /* Under "Connection Established?" (V S34) the answer may be yes or no. */
    bool asks = text_find_nocase(header, "established") >= 0;
    if (asks && text_is_nocase(cell, "Yes"))
        return PAGE_GOOD;
    if (asks && text_is_nocase(cell, "No"))
        return PAGE_BAD;
    for (size_t i = 0; i < CHECK_COUNT(vocabulary); i++)
        if (text_find_word(cell, vocabulary[i].word) >= 0)
            return vocabulary[i].meaning;
    return PAGE_UNRECOGNISED;
}

static bool names_appliance(struct span cell, struct page_names names)
{
    return (names.name != NULL && text_find_word(cell, names.name) >= 0) ||
           (names.address != NULL && text_find_word(cell, names.address) >= 0);
}

static const char *all_cells(const struct question *q, const struct gui_table_row *row)
{
    const char *text = "";
    for (size_t i = 0; i < row->count && i < 12; i++)
        text = arena_printf(q->arena, "%s%s%.*s", text, i > 0 ? " / " : "",
                            TEXT_ARGS(text_head(row->cells[i], 80)));
    return text;
}

static void take_worse(struct page_row *found, enum page_word word, const char *text, unsigned line)
{
    if (word > found->word)
        *found = (struct page_row){word, text, line};
}

static void judge_row(const struct question *q, const struct result *result,
                      const struct gui_table *table, const struct gui_table_row *row,
                      struct page_names names, const char *const *built_in, struct page_row *found)
{
    static const struct span no_header = {NULL, 0};
    bool any_status = false;
    struct page_row loose = {.word = PAGE_NO_ROW};
    for (size_t i = 0; i < row->count; i++) {
        struct span header = i < table->header_count ? table->headers[i] : no_header;
        struct span cell = row->cells[i];
        if (names_appliance(cell, names))
            continue;
        enum page_word word = meaning_of(q, result, header, cell, built_in);
        const char *text = arena_dup(q->arena, text_head(cell, 200));
        if (is_status_header(header)) {
            any_status = true;
            take_worse(found, word, cell.n != 0 ? text : "(empty cell)", row->line);
        } else if (word != PAGE_UNRECOGNISED) {
            take_worse(&loose, word, text, row->line);
        }
    }
    /* A page in another language has no header that we know: then a known word alone may speak. */
    if (!any_status && loose.word != PAGE_NO_ROW)
        take_worse(found, loose.word, loose.text, loose.line);
    else if (!any_status)
        take_worse(found, PAGE_UNRECOGNISED, all_cells(q, row), row->line);
}

struct page_row page_find(const struct question *q, const struct result *result,
                          const struct gui_page *page, struct page_names names,
                          const char *const *built_in)
{
    struct page_row found = {.word = PAGE_NO_ROW};
    for (size_t t = 0; t < page->count; t++)
        for (size_t r = 0; r < page->tables[t].row_count; r++) {
            const struct gui_table_row *row = &page->tables[t].rows[r];
            for (size_t c = 0; c < row->count; c++)
                if (names_appliance(row->cells[c], names)) {
                    judge_row(q, result, &page->tables[t], row, names, built_in, &found);
                    break;
                }
        }
    return found;
}
