/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line_table.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How patterns of each class begin, in the words of family.def; NUMBER: up to a number. */
static const struct {
    const char *pattern;
    enum line_class parent;
    bool number;
    uint8_t key;
} classes[LINE_CLASSES] = {
    [LINE_MID] = {"MID #", LINE_CLASSES, true, 1},
    [LINE_ICID] = {"ICID #", LINE_CLASSES, true, 1},
    [LINE_DCID] = {"DCID #", LINE_CLASSES, true, 1},
    [LINE_MESSAGE] = {"Message ", LINE_CLASSES, false, 0},
    [LINE_NEW] = {"New SMTP", LINE_CLASSES, false, 1},
    [LINE_START] = {"Start ", LINE_CLASSES, false, 0},
    [LINE_DELIVERY] = {"Delivery", LINE_CLASSES, false, 1},
    [LINE_WORDS] = {"", LINE_CLASSES, false, 0},
    [LINE_MID_ICID] = {"MID # ICID #", LINE_MID, true, 1},
    [LINE_MID_INTERIM] = {"MID # interim ", LINE_MID, false, 0},
};

static bool is_special(char c)
{
    return c == '#' || c == '?' || c == '$' || c == '\0';
}

static size_t literal_length(const char *pattern)
{
    size_t n = 0;
    while (!is_special(pattern[n]))
        n++;
    return n < LINE_LITERAL ? n : LINE_LITERAL;
}

static void add_steps(struct line_form *form, const char *pattern, bool numbered)
{
    while (*pattern != '\0' && form->step_count < LINE_STEPS) {
        char before = is_special(*pattern) ? *pattern++ : '\0';
        size_t n = literal_length(pattern);
        struct line_step *step = &form->steps[form->step_count++];
        *step = (struct line_step){
            .mask = line_table_mask(n), .n = (uint8_t)n, .before = (uint8_t)before, .id = numbered};
        memcpy(step->literal, pattern, n);
        numbered |= before == '#';
        pattern += n;
    }
    const struct line_step *steps = form->steps;
    bool one = form->step_count >= 1 && steps[0].before == '#';
    bool two = form->step_count == 2 && steps[1].before == '#' && steps[0].n < 16;
    form->shape = form->step_count == 0                             ? LINE_PLAIN
                  : one && form->step_count == 1                    ? LINE_NUMBER
                  : one && two                                      ? LINE_NUMBERS
                  : form->step_count == 1 && steps[0].before != '?' ? LINE_ONE
                                                                    : LINE_STEPPED;
}

/* The class of the longest beginning that PATTERN shares; what is left of it is *BEHIND. */
static enum line_class class_of(const char *pattern, const char **behind)
{
    enum line_class class = LINE_WORDS;
    *behind = pattern;
    for (unsigned i = 0; i < LINE_CLASSES; i++) {
        size_t n = strlen(classes[i].pattern);
        if (strncmp(pattern, classes[i].pattern, n) == 0 && pattern + n > *behind) {
            *behind = pattern + n;
            class = (enum line_class)i;
        }
    }
    return class;
}

/* Appends form I to the chain whose first form is *HEAD. */
static void append(struct line_table *table, uint8_t *head, uint8_t i)
{
    while (*head != 0)
        head = &table->forms[*head].next;
    *head = i;
}

/* The slot of a message of CLASS that goes on with TEXT. */
static uint32_t slot_of(const struct line_table *table, enum line_class class, const char *text)
{
    uint32_t word;
    memcpy(&word, text + classes[class].key, sizeof(word));
    return line_table_slot(table, word + table->classes[class].salt);
}

/* A form of CLASS with the literal at the beginning of PATTERN, in its chain. NULL: no room. */
static struct line_form *add_form(struct line_table *table, enum line_class class,
                                  const char *pattern)
{
    uint8_t i = (uint8_t)(table->count + 1), key = classes[class].key;
    size_t n = literal_length(pattern);
    if (i == LINE_FORMS)
        return NULL;
    table->count = i;
    struct line_first *first = &table->firsts[i];
    *first =
        (struct line_first){.mask = line_table_mask(n), .n = (uint8_t)n, .class = (uint8_t) class};
    memcpy(first->literal, pattern, n);
    if (n < 4u + key) {
        append(table, &table->fallback[class], i);
        return &table->forms[i];
    }
    append(table, &table->slots[slot_of(table, class, pattern)], i);
    return &table->forms[i];
}

static bool is_keyed(enum line_class class, const char *pattern)
{
    return literal_length(pattern) >= 4u + classes[class].key;
}

static void add_row(struct line_table *table, const struct family_row *row, bool keyed)
{
    const char *pattern;
    enum line_class class = class_of(row->pattern, &pattern);
    if (*row->pattern == '\0' || keyed != is_keyed(class, pattern))
        return;
    struct line_form *form = add_form(table, class, pattern);
    if (form == NULL)
        return;
    form->family = row->family;
    add_steps(form, pattern + literal_length(pattern),
              classes[class].number || strchr(classes[class].pattern, '#') != NULL);
}

/* A fork hangs among the forms of its parent. */
static void add_fork(struct line_table *table, enum line_class class)
{
    const char *pattern = classes[class].pattern + strlen(classes[classes[class].parent].pattern);
    struct line_form *form = add_form(table, classes[class].parent, pattern);
    if (form == NULL)
        return;
    form->shape = LINE_FORK;
    form->fork = (uint8_t) class;
}

/* A multiplier under which the prefixes do not collide. */
static void add_prefixes(struct line_table *table)
{
    for (table->prefix_multiplier = 0x9e3779b1u;; table->prefix_multiplier += 2) {
        unsigned used = 0, i = 0;
        for (unsigned slot = 0; slot < LINE_PREFIXES; slot++)
            table->prefixes[slot] = table->classes[LINE_WORDS];
        for (; i < LINE_WORDS; i++) {
            uint32_t begin;
            memcpy(&begin, &table->classes[i].word, sizeof(begin));
            uint32_t slot = line_table_prefix(table, begin);
            if ((used >> slot & 1) != 0)
                break;
            used |= 1u << slot;
            table->prefixes[slot] = table->classes[i];
        }
        if (i == LINE_WORDS)
            return;
    }
}

static void add_all(struct line_table *table)
{
    memset(table->slots, 0, sizeof(table->slots));
    memset(table->fallback, 0, sizeof(table->fallback));
    memset(table->forms, 0, sizeof(table->forms));
    table->count = 0;
    for (unsigned i = LINE_WORDS + 1; i < LINE_CLASSES; i++)
        add_fork(table, (enum line_class)i);
    for (size_t i = 0; i < family_row_count; i++)
        add_row(table, &family_rows[i], true);
    for (size_t i = 0; i < family_row_count; i++)
        add_row(table, &family_rows[i], false);
}

/* Would a message of another class that goes on as form I does be taken for one of form I? */
static bool is_ambiguous(const struct line_table *table, unsigned i)
{
    const struct line_first *first = &table->firsts[i];
    char text[LINE_LITERAL + 1];
    memcpy(text, first->literal, LINE_LITERAL);
    uint32_t slot = slot_of(table, (enum line_class)first->class, text);
    for (unsigned class = 0; class < LINE_CLASSES; class ++)
        for (unsigned byte = 0; class != first->class && byte < 256; byte++) {
            if (first->n < LINE_LITERAL)
                text[first->n] = (char)byte; /* a key may go one byte beyond the literal */
            if (slot_of(table, (enum line_class) class, text) == slot)
                return true;
            if (first->n >= 4u + classes[class].key)
                break;
        }
    return false;
}

static bool is_good(const struct line_table *table)
{
    for (unsigned i = 1; i <= table->count; i++) {
        const struct line_first *first = &table->firsts[i];
        if (first->n >= 4u + classes[first->class].key && is_ambiguous(table, i))
            return false;
    }
    return true;
}

static void add_class(struct line_table *table, enum line_class class)
{
    enum line_class parent = classes[class].parent;
    const char *text = classes[class].pattern;
    text += parent == LINE_CLASSES ? 0 : strlen(classes[parent].pattern);
    size_t n = literal_length(text);
    struct line_prefix *prefix = &table->classes[class];
    *prefix = (struct line_prefix){.digits = classes[class].number ? UINT32_MAX : 0,
                                   .least = classes[class].number,
                                   .salt = class * 0x9e3779b9u,
                                   .skip = (uint8_t)n,
                                   .key = classes[class].key,
                                   .parent = (uint8_t)parent,
                                   .class = (uint8_t) class};
    if (class >= LINE_WORDS)
        return;
    char word[sizeof(prefix->word)] = {0}, mask[sizeof(word)] = {0};
    memcpy(word, text, n);
    memset(mask, 0xff, n);
    if (classes[class].number) { /* the byte behind it is like a digit */
        word[n] = '0';
        mask[n] = (char)0xf0;
    }
    memcpy(&prefix->word, word, sizeof(word));
    memcpy(&prefix->mask, mask, sizeof(mask));
}

static void fill(struct line_table *table)
{
    memset(table, 0, sizeof(*table));
    for (unsigned i = 0; i < LINE_CLASSES; i++)
        add_class(table, (enum line_class)i);
    add_prefixes(table);
    for (table->key_multiplier = 0x85ebca83u;; table->key_multiplier += 2) {
        add_all(table);
        if (is_good(table))
            break;
    }
    table->firsts[0] = (struct line_first){.class = LINE_CLASSES, .mask = 1}; /* fits nothing */
}

/* Who comes while another thread fills one makes one more, and keeps the first that is ready. */
const struct line_table *line_table_shared(void)
{
    static _Atomic(struct line_table *) shared;
    struct line_table *known = atomic_load(&shared);
    if (known != NULL)
        return known;
    struct line_table *table = aligned_alloc(alignof(struct line_table), sizeof(*table));
    if (table == NULL)
        return NULL;
    fill(table);
    if (atomic_compare_exchange_strong(&shared, &known, table))
        return table;
    free(table);
    return known;
}
