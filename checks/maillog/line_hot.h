/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_HOT_H
#define CHECKS_MAILLOG_LINE_HOT_H

/*
 * The hot loop, compiled twice: by line_avx2.c for processors that have AVX2, by line_portable.c
 * for all. Both include this file and give hot_ends(), hot_same(), hot_digits(),
 * hot_digits_behind() and hot_number().
 *
 * What performance.md 4 measured, and what was measured since: line ends from masks of 64 bytes;
 * the head of a line by one comparison with that of the line before; the form of a message from
 * its first eight bytes and four more behind its number, then verified whole. Lines go through
 * this in stages, HOT_LINES at a time, and those that are wanted are settled form by form: so the
 * processor has several lines in hand, and hardly a branch that it cannot foresee.
 */

#include <string.h>

#include "checks/maillog/line.h"

/* How many lines are looked at in one go, and the bytes whose ends are found at once. */
enum { HOT_LINES = 512, HOT_BLOCK = 128 };
/* The shortest line that has an envelope has more bytes. */
enum { HOT_LEAST = 6 };

static inline uint32_t hot_load4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t hot_load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/* The compiler takes POINTER as it is in place of computing it again. */
#define HOT_ONCE(pointer) __asm__("" : "+r"(pointer))
/* In a branch that is hardly ever taken: it stays one, and what follows need not wait for it. */
#define HOT_RARELY() __asm__ volatile("")

/*
 * Where the lines in [p, p + *n) end, at most HOT_LINES; returns their number. *N becomes how far
 * it looked.
 */
static size_t hot_ends(const char *p, size_t *n, const char **ends);
/*
 * Are the first N bytes, at most 32, at A and B the same? MASK has a bit for each; with others
 * never. Both have slack.
 */
static bool hot_same(const char *a, const char *b, uint32_t n, uint64_t mask);
/* Number of digits at P, at most 16. */
static unsigned hot_digits(const char *p);
/* Number of digits at P + SKIP, at most 16, of the 32 bytes at P; SKIP < 32. */
static unsigned hot_digits_behind(const char *p, unsigned skip);
/* Value of the N digits at P, 1 to 16. */
static uint64_t hot_number(const char *p, unsigned n);

/* Reads the number at *P, which goes behind it; at most 19 digits. */
static inline bool hot_id(const char **p, uint64_t *value)
{
    unsigned n = hot_digits(*p);
    if (n == 0)
        return false;
    *value = hot_number(*p, n);
    *p += n;
    for (; __builtin_expect(n >= 16, 0) && **p >= '0' && **p <= '9'; (*p)++)
        if (n++ >= 19)
            return false;
        else
            *value = *value * 10 + (uint64_t)(**p - '0');
    return true;
}

static inline bool hot_word(const char **p)
{
    unsigned n = 0;
    while (n < 64 && (*p)[n] != ' ' && (*p)[n] != '\t' && (*p)[n] != '\r' && (*p)[n] != '\n')
        n++;
    *p += n;
    return n != 0;
}

static inline bool hot_at_end(const char *p)
{
    while (*p == ' ' || *p == '\r' || *p == '\t' || *p == '\0')
        p++;
    return *p == '\n';
}

static inline bool hot_literal(const struct line_step *step, const char **p)
{
    bool same = hot_same(*p, step->literal, step->n, step->mask);
    *p += step->n;
    return same;
}

/* The COUNT parts of a form behind its first literal, at *P, which goes behind them. */
static inline bool hot_steps(const struct line_step *step, unsigned count, const char **p,
                             uint64_t id[2])
{
    for (; count != 0; count--, step++)
        if ((step->before == '#' && !hot_id(p, &id[step->id])) ||
            (step->before == '?' && !hot_word(p)) || (step->before == '$' && !hot_at_end(*p)) ||
            !hot_literal(step, p))
            return false;
    return true;
}

static inline const struct line_prefix *hot_prefix(const struct line_table *table, const char *p)
{
    uint64_t word = hot_load8(p);
    const struct line_prefix *prefix = &table->prefixes[line_table_prefix(table, hot_load4(p))];
    HOT_ONCE(prefix);
    if (__builtin_expect(((word ^ prefix->word) & prefix->mask) != 0, 0)) {
        HOT_RARELY();
        prefix = &table->classes[LINE_WORDS];
    }
    return prefix;
}

static inline uint32_t hot_key(const struct line_prefix *class, const char *behind)
{
    return hot_load4(behind + class->key) + class->salt;
}

/* The end of EVENT's message is behind its last byte that is none of the blanks; its rest is REST.
 */
static inline __attribute__((always_inline)) void hot_end(struct line_event *event,
                                                          const char *rest)
{
    const char *end = event->message + event->message_n;
    event->rest = rest;
    if (__builtin_expect((unsigned char)end[-1] > ' ', 1))
        return;
    while (end > event->message && (unsigned char)end[-1] <= ' ')
        end--;
    event->message_n = (uint32_t)(end - event->message);
    event->rest = rest < end ? rest : end;
}

/* -- The slow way: a line that is not what the glance took it for ---------------------------- */

/* What a message is, by all that may fit. */
struct hot_found {
    const char *rest;
    uint64_t id[2];
};

static unsigned hot_search(const struct line_table *table, const struct line_prefix *class,
                           const char *behind, struct hot_found *found);

/* The form that fits at BEHIND: form I, or, if it is a fork, one of those it leads to; 0 = none. */
static unsigned hot_try(const struct line_table *table, unsigned i, const char *behind,
                        struct hot_found *found)
{
    const struct line_first *first = &table->firsts[i];
    const struct line_form *form = &table->forms[i];
    struct hot_found here = *found;
    if (!hot_same(behind, first->literal, first->n, first->mask))
        return 0;
    here.rest = behind + first->n;
    if (form->shape == LINE_FORK) {
        const struct line_prefix *class = &table->classes[form->fork];
        if (class->digits != 0 && !hot_id(&here.rest, &here.id[1]))
            return 0;
        i = hot_search(table, class, here.rest, &here);
    } else if (!hot_steps(form->steps, form->step_count, &here.rest, here.id)) {
        return 0;
    }
    if (i != 0)
        *found = here;
    return i;
}

/* The first form of CLASS that fits at BEHIND: of the chain of its key, then of those without. */
static unsigned hot_search(const struct line_table *table, const struct line_prefix *class,
                           const char *behind, struct hot_found *found)
{
    const uint8_t chains[] = {table->slots[line_table_slot(table, hot_key(class, behind))],
                              table->fallback[class->class]};
    for (unsigned c = 0; c < 2; c++)
        for (unsigned i = chains[c]; i != 0; i = table->forms[i].next) {
            unsigned fit =
                table->firsts[i].class == class->class ? hot_try(table, i, behind, found) : 0;
            if (fit != 0)
                return fit;
        }
    return 0;
}

static __attribute__((noinline)) void hot_slow(struct line_reader *reader, struct line_event *event)
{
    const struct line_table *table = reader->table;
    const struct line_prefix *class = hot_prefix(table, event->message);
    const char *behind = event->message + class->skip;
    struct hot_found found = {event->message, {0, 0}};
    unsigned form = class->digits == 0 || hot_id(&behind, &found.id[0])
                        ? hot_search(table, class, behind, &found)
                        : 0;
    unsigned family = form != 0                    ? table->forms[form].family
                      : event->level >= LINE_DEBUG ? FAMILY_chatter
                                                   : FAMILY_unknown;
    event->id[0] = form != 0 ? found.id[0] : 0;
    event->id[1] = form != 0 ? found.id[1] : 0;
    reader->counts.family[family]++;
    event->family = (uint8_t)family;
    event->use = reader->wanted[family];
    hot_end(event, found.rest);
}

/* -- The fast way ---------------------------------------------------------------------------- */

/* The lines of one go that the glance did not settle, in lists by the form that they seem to be. */
struct hot_lists {
    uint16_t head[LINE_FORMS]; /* HOT_NONE: no line */
    uint16_t next[HOT_LINES];
};
enum { HOT_NONE = UINT16_MAX };

/* The form of KEY, if its first literal stands at BEHIND; else 0. */
static inline unsigned hot_form(const struct line_table *table, uint32_t key, const char *behind)
{
    unsigned form = table->slots[line_table_slot(table, key)];
    const struct line_first *first = &table->firsts[form];
    HOT_ONCE(first);
    if (__builtin_expect(!hot_same(behind, first->literal, first->n, first->mask), 0)) {
        HOT_RARELY();
        form = 0;
    }
    return form;
}

/* Lines that came to a fork are hung where they go on. */
static __attribute__((noinline)) void hot_fork(struct line_reader *reader, struct hot_lists *lists,
                                               struct line_event *events, unsigned f)
{
    const struct line_table *table = reader->table;
    const struct line_prefix *class = &table->classes[table->forms[f].fork];
    const unsigned literal = table->firsts[f].n;
    for (unsigned i = lists->head[f], next; i != HOT_NONE; i = next) {
        struct line_event *event = &events[i];
        const char *behind = event->rest + literal;
        next = lists->next[i];
        unsigned digits = class->digits != 0 ? hot_digits(behind) : 0;
        behind += digits;
        unsigned form = hot_form(table, hot_key(class, behind), behind);
        if (__builtin_expect(digits < class->least, 0))
            form = 0;
        event->rest = behind;
        event->use = 0;
        reader->counts.family[reader->family[form]] += reader->quiet[form];
        lists->next[i] = lists->head[form];
        lists->head[form] = (uint16_t)i;
    }
}

/* The numbers before the place where a fork went on, at EVENT's rest. */
static inline void hot_forked(const struct line_table *table, const struct line_prefix *class,
                              struct line_event *event)
{
    const char *p = event->message + table->classes[class->parent].skip;
    unsigned n = hot_digits(p);
    event->id[0] = hot_number(p, n);
    p += n + class->skip;
    event->id[1] = hot_number(p, (unsigned)(event->rest - p));
}

/*
 * The numbers of SHAPE at *P and the literals behind them. Both are found by the digits among the
 * same 32 bytes; who does not fit in there goes the slow way.
 */
static inline __attribute__((always_inline)) bool
hot_numbers(const struct line_step *steps, const char **p, enum line_shape shape, uint64_t id[2])
{
    const char *q = *p;
    unsigned n = hot_digits_behind(q, 0), skip = n + steps[0].n;
    const char *behind = q + n, *next = behind + steps[0].n;
    if (n - 1 >= 15 || !hot_same(behind, steps[0].literal, steps[0].n, steps[0].mask))
        return false;
    *p = next;
    if (shape == LINE_NUMBERS) {
        unsigned m = hot_digits_behind(q, skip);
        *p = next + m + steps[1].n;
        if (m - 1 >= 15 || skip + m >= 32 ||
            !hot_same(next + m, steps[1].literal, steps[1].n, steps[1].mask))
            return false;
        id[1] = hot_number(next, m);
    }
    id[0] = hot_number(q, n);
    return true;
}

/* Where the first number of a pattern is: in its steps, behind "MID ", or before a fork. */
enum hot_ids { HOT_STEPS, HOT_MESSAGE, HOT_FORKED };

/* The lines that seem to be of form F, whose shape is SHAPE, become events. */
static inline __attribute__((always_inline)) void
hot_settle(struct line_reader *reader, const struct hot_lists *lists, struct line_event *events,
           unsigned f, const enum line_shape shape, const enum hot_ids ids)
{
    const struct line_table *table = reader->table;
    const struct line_form *form = &table->forms[f];
    const struct line_step *steps = form->steps;
    const struct line_prefix *class = &table->classes[table->firsts[f].class];
    const unsigned literal = table->firsts[f].n, family = form->family, skip = class->skip,
                   use = reader->wanted[family];
    unsigned fits = 0;
    for (unsigned i = lists->head[f]; i != HOT_NONE; i = lists->next[i]) {
        struct line_event *event = &events[i];
        const char *p = event->rest + literal, *id = event->message + skip;
        uint64_t number[2] = {0, 0};
        bool good = true;
        if (shape == LINE_NUMBER || shape == LINE_NUMBERS)
            good = hot_numbers(steps, &p, shape, number);
        if (shape == LINE_ONE)
            good = steps->before == '$' ? hot_at_end(p) : hot_literal(steps, &p);
        if (shape == LINE_STEPPED)
            good = hot_steps(steps, form->step_count, &p, number);
        if (__builtin_expect(!good, 0)) {
            hot_slow(reader, event);
            continue;
        }
        fits++;
        event->use = (uint8_t)use;
        if (use == 0)
            continue;
        if (ids == HOT_STEPS) {
            event->id[0] = number[0];
            event->id[1] = number[1];
        } else if (ids == HOT_FORKED) {
            hot_forked(table, class, event);
        } else {
            event->id[0] = hot_number(id, (unsigned)(event->rest - id));
            event->id[1] = 0;
        }
        if (ids != HOT_STEPS && shape != LINE_PLAIN && shape != LINE_ONE)
            event->id[1] = number[shape == LINE_NUMBERS || shape == LINE_STEPPED];
        event->family = (uint8_t)family;
        hot_end(event, p);
    }
    reader->counts.family[family] += fits;
}

static inline __attribute__((always_inline)) void
hot_settle_shape(struct line_reader *reader, const struct hot_lists *lists,
                 struct line_event *events, unsigned f, const enum line_shape shape)
{
    unsigned class = reader->table->firsts[f].class;
    if (class > LINE_WORDS)
        hot_settle(reader, lists, events, f, shape, HOT_FORKED);
    else if (reader->table->classes[class].digits != 0)
        hot_settle(reader, lists, events, f, shape, HOT_MESSAGE);
    else
        hot_settle(reader, lists, events, f, shape, HOT_STEPS);
}

/* A function for each shape, so that what it needs stays in registers. */
#define HOT_SETTLE(name, shape)                                                                    \
    static __attribute__((noinline)) void name(struct line_reader *reader,                         \
                                               struct hot_lists *lists, struct line_event *events, \
                                               unsigned f)                                         \
    {                                                                                              \
        hot_settle_shape(reader, lists, events, f, shape);                                         \
    }
HOT_SETTLE(hot_plain, LINE_PLAIN)
HOT_SETTLE(hot_numbered, LINE_NUMBER)
HOT_SETTLE(hot_two_numbers, LINE_NUMBERS)
HOT_SETTLE(hot_one, LINE_ONE)
HOT_SETTLE(hot_stepped, LINE_STEPPED)

static inline void hot_settle_all(struct line_reader *reader, struct hot_lists *lists,
                                  struct line_event *events)
{
    static void (*const settle[])(struct line_reader *, struct hot_lists *, struct line_event *,
                                  unsigned) = {
        [LINE_PLAIN] = hot_plain, [LINE_NUMBER] = hot_numbered, [LINE_NUMBERS] = hot_two_numbers,
        [LINE_ONE] = hot_one,     [LINE_STEPPED] = hot_stepped, [LINE_FORK] = hot_fork,
    };
    for (unsigned i = 0; i < reader->loud_count; i++) {
        unsigned f = reader->loud[i];
        if (lists->head[f] == HOT_NONE)
            continue;
        settle[reader->table->forms[f].shape](reader, lists, events, f);
        lists->head[f] = HOT_NONE;
    }
    for (unsigned i = lists->head[0]; i != HOT_NONE; i = lists->next[i])
        hot_slow(reader, &events[i]);
    lists->head[0] = HOT_NONE;
}

/* -- Lines ----------------------------------------------------------------------------------- */

/* Is the head of the line at P, which goes to END, that of the line before? */
static inline bool hot_same_head(const struct line_reader *reader, const char *p, const char *end)
{
    uint32_t n = reader->head_n;
    if (__builtin_expect(hot_same(p, reader->head, n, reader->head_mask), 1))
        return true;
    return n > 32 && (size_t)(end - p) >= n && memcmp(p, reader->head, n) == 0;
}

/* A line on its way: what one stage leaves to the next. */
struct hot_line {
    const char *message, *behind; /* behind: its prefix and number */
    uint32_t key;
};

/* The first stage: where the message of the line at P begins, and what follows its number. */
static inline __attribute__((always_inline)) void hot_begin(const struct line_table *table,
                                                            const char *p, struct hot_line *line)
{
    while (*p == ' ')
        p++;
    const struct line_prefix *class = hot_prefix(table, p);
    unsigned skip = class->skip, digits = hot_digits_behind(p, skip) & class->digits;
    const char *behind = p + skip + digits;
    line->message = p;
    line->behind = behind;
    line->key = hot_key(class, behind);
}

/* The last stage: lines become the beginnings of events, hung in the lists of their forms, but for
 * those that are quiet: they are counted, and done. Returns how many are left. */
static inline size_t hot_take(struct line_reader *reader, struct hot_lists *lists,
                              const struct hot_line *line, const char *const *ends, size_t count,
                              struct line_event *events, size_t written, uint32_t number)
{
    const uint64_t stamp = reader->stamp;
    for (size_t i = 0; i < count; i++) {
        struct line_event *event = &events[written];
        const char *p = line[i].message, *behind = line[i].behind;
        unsigned form = hot_form(reader->table, line[i].key, behind);
        unsigned quiet = reader->quiet[form];
        reader->counts.family[reader->family[form]] += quiet;
        event->message = p;
        event->rest = behind;
        event->message_n = (uint32_t)(ends[i] - p);
        event->number = number + (uint32_t)i;
        event->stamp = stamp;
        lists->next[written] = lists->head[form];
        lists->head[form] = (uint16_t)written;
        written += quiet ^ 1;
    }
    return written;
}

/*
 * The lines that begin at BEGIN, COUNT of them; NUMBER: of the first. Lines with one head go
 * through the stages together: each stage is short, so that the processor has several lines in
 * hand, and has no branch that depends on what kind of line it is. Returns how many the glance
 * left.
 */
static __attribute__((noinline)) size_t hot_lines(struct line_reader *reader,
                                                  struct hot_lists *lists, const char *begin,
                                                  const char *const *ends, size_t count,
                                                  struct line_event *events, uint32_t number)
{
    const struct line_table *table = reader->table;
    struct hot_line lines[HOT_LINES];
    size_t written = 0;
    for (size_t from = 0, to = 0; to < count; from = to) {
        const char *p = begin;
        uint32_t head = reader->head_n;
        /* It may be too short for an envelope. */
        if (ends[to] - p < HOT_LEAST ||
            (!hot_same_head(reader, p, ends[to]) &&
             (head = line_head(reader, (struct span){p, (size_t)(ends[to] - p)})) == UINT32_MAX)) {
            reader->counts.continuations++;
            begin = ends[to++] + 1;
            continue;
        }
        do {
            hot_begin(table, p + head, &lines[to]);
            p = ends[to++] + 1;
        } while (to < count && hot_same_head(reader, p, ends[to]));
        begin = p;
        written = hot_take(reader, lists, lines + from, ends + from, to - from, events, written,
                           number + (uint32_t)from);
    }
    return written;
}

/* Of a longer line only so much is looked at. */
static void hot_clamp(struct line_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].message_n > LINE_MAX_BYTES)
            events[i].message_n = LINE_MAX_BYTES;
}

static inline size_t hot_read(struct line_reader *reader, const char *bytes, size_t n,
                              struct line_event *events, size_t room, size_t *count, size_t *lines)
{
    const char *ends[HOT_LINES + 2], *line = bytes;
    struct hot_lists lists;
    size_t scanned = 0, number = 0;
    *count = 0;
    memset(lists.head, 0xff, sizeof(lists.head));
    while (scanned < n && room - *count >= HOT_LINES) {
        struct line_event *first = events + *count;
        size_t look = n - scanned, found = hot_ends(bytes + scanned, &look, ends);
        size_t written = hot_lines(reader, &lists, line, ends, found, first, (uint32_t)number);
        scanned += look;
        if (found != 0) {
            if (ends[found - 1] - line > LINE_MAX_BYTES)
                hot_clamp(first, written);
            hot_settle_all(reader, &lists, first);
            line = ends[found - 1] + 1;
        }
        number += found;
        *count += written;
    }
    reader->counts.lines += number;
    *lines = number;
    return (size_t)(line - bytes);
}

#endif
