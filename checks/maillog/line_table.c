/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line_table.h"

#include <string.h>

static bool is_special(char c)
{
    return c == '#' || c == '?' || c == '$' || c == '\0';
}

static size_t literal_length(const char *pattern)
{
    size_t n = 0;
    while (!is_special(pattern[n]))
        n++;
    return n;
}

static void add_step(struct line_form *form, char before, uint8_t id, const char *literal, size_t n)
{
    struct line_step *step = &form->steps[form->step_count++];
    *step = (struct line_step){.literal_n = (uint8_t)n, .before = (uint8_t)before, .id = id};
    memcpy(&step->literal, literal, n);
    memset(&step->mask, 0xff, n);
}

static void add_steps(struct line_form *form, const char *pattern)
{
    uint8_t id = form->class != LINE_WORDS; /* "MID #" has the first number */
    while (*pattern != '\0' && form->step_count < LINE_STEPS) {
        char before = is_special(*pattern) ? *pattern++ : '\0';
        size_t n = literal_length(pattern);
        n = n < 8 ? n : 8;
        add_step(form, before, id, pattern, n);
        id |= before == '#';
        pattern += n;
    }
}

static enum line_class class_of(const char *pattern, const char **behind)
{
    static const char *const numbered[] = {
        [LINE_MID] = "MID #", [LINE_ICID] = "ICID #", [LINE_DCID] = "DCID #"};
    for (unsigned i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++)
        if (strncmp(pattern, numbered[i], strlen(numbered[i])) == 0) {
            *behind = pattern + strlen(numbered[i]);
            return (enum line_class)i;
        }
    *behind = pattern;
    return LINE_WORDS;
}

/* Appends form I to the chain whose first form is *HEAD. */
static void append(struct line_table *table, uint8_t *head, uint8_t i)
{
    while (*head != 0)
        head = &table->forms[*head].next;
    *head = i;
}

static void compile(struct line_table *table, const struct family_row *row, bool keyed)
{
    const char *pattern;
    enum line_class class = class_of(row->pattern, &pattern);
    size_t n = literal_length(pattern), skip = class != LINE_WORDS;
    if (strncmp(pattern, "Message ", 8) == 0 || strncmp(pattern, "New ", 4) == 0)
        skip = LINE_TABLE_SECOND;
    if (*row->pattern == '\0' || keyed != (n >= 4 + skip) || table->count == LINE_FORMS - 1)
        return;
    uint8_t i = ++table->count;
    struct line_form *form = &table->forms[i];
    struct line_first *first = &table->firsts[i];
    n = n < LINE_LITERAL ? n : LINE_LITERAL;
    *form = (struct line_form){.class = (uint8_t) class};
    *first = (struct line_first){.literal_n = (uint8_t)n, .family = row->family};
    memcpy(first->literal, pattern, n);
    first->literal_mask = n == 32 ? UINT32_MAX : ((uint32_t)1 << n) - 1;
    add_steps(form, pattern + n);
    if (!keyed) {
        append(table, &table->fallback[class], i);
        return;
    }
    uint32_t key;
    memcpy(&key, pattern + skip, sizeof(key));
    append(table, &table->slots[line_table_slot(key, class)], i);
}

void line_table_fill(struct line_table *table)
{
    memset(table, 0, sizeof(*table));
    table->forms[0].class = LINE_CLASSES; /* the form that is none fits nothing */
    for (size_t i = 0; i < family_row_count; i++)
        compile(table, &family_rows[i], true);
    for (size_t i = 0; i < family_row_count; i++)
        compile(table, &family_rows[i], false);
}
