/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_HOT_H
#define CHECKS_MAILLOG_LINE_HOT_H

/*
 * The hot loop, compiled twice: by line_avx2.c for processors that have AVX2, by line_portable.c
 * for all. Both include this file and give hot_ends(), hot_same(), hot_digits() and hot_number().
 *
 * performance.md 4: line ends from a mask of 64 bytes; the head of a line by one comparison with
 * that of the line before; the family from four bytes at a known place, then verified whole.
 */

#include <string.h>

#include "checks/maillog/line.h"

/* How much is looked at in one go: room for as many ends, if each byte were one. */
enum { HOT_BLOCK = 64, HOT_BLOCKS = 32, HOT_ENDS = HOT_BLOCK * HOT_BLOCKS };
/* Events that one group can give: the shortest line that is one has more than LEAST bytes. */
enum { HOT_LEAST = 6, HOT_EVENTS = HOT_ENDS / HOT_LEAST + 1 };

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

/* Where the ends of the lines in [p, p + n) are, N <= HOT_ENDS; returns their number. */
static size_t hot_ends(const char *p, size_t n, uint32_t *ends);
/* Are the N bytes at A and B the same? Both have slack. */
static bool hot_same(const char *a, const char *b, uint32_t n, uint32_t mask);
/* Number of digits at P, at most 16. */
static unsigned hot_digits(const char *p);
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

/* Passes over a number at *P. */
static inline bool hot_pass(const char **p)
{
    unsigned n = hot_digits(*p);
    *p += n;
    for (; __builtin_expect(n >= 16, 0) && **p >= '0' && **p <= '9'; (*p)++)
        if (n++ >= 19)
            return false;
    return n != 0;
}

/*
 * The parts of FORM behind its first literal, at P. Numbers are only passed over: where they begin
 * is left in NUMBERS, the first and the last of them.
 */
static inline __attribute__((always_inline)) bool
hot_steps(const struct line_form *form, const char *p, const char *numbers[2], const char **rest)
{
    const struct line_step *step = form->steps;
    for (unsigned left = form->step_count; left != 0; left--, step++) {
        if (step->before == '#') {
            numbers[step->id] = p;
            if (!hot_pass(&p))
                return false;
        } else if (step->before == '?') {
            if (!hot_word(&p))
                return false;
        } else if (step->before == '$' && !hot_at_end(p)) {
            return false;
        }
        if (((hot_load8(p) ^ step->literal) & step->mask) != 0)
            return false;
        p += step->literal_n;
    }
    *rest = p;
    return true;
}

/* A line that its first four bytes and its key did not settle. */
struct hot_work {
    const char *message, *end;
    const char *behind; /* where the first literal is to be */
    uint32_t number;
    uint8_t class, form;
    bool first; /* the first literal of the form is there */
};

static inline bool hot_is_first(const struct line_first *first, const char *p)
{
    return hot_same(p, first->literal, first->literal_n, first->literal_mask);
}

/*
 * A glance at the message at P. True: it is of a family whose lines are not wanted, is counted, and
 * done. There is no branch here that depends on what kind of line it is.
 */
static inline bool hot_glance(struct line_reader *reader, const char *p, struct hot_work *work)
{
    enum { MID = 0x2044494d, ICID = 0x44494349, DCID = 0x44494344 };
    enum { MESSAGE = 0x7373654d, NEW = 0x2077654e };
    const struct line_table *table = &reader->table;
    uint32_t begin = hot_load4(p);
    unsigned class = LINE_WORDS, skip = 0, number = 0;
    class = begin == MID ? LINE_MID : class;
    skip = begin == MID ? 4 : skip;
    class = begin == ICID ? LINE_ICID : class;
    class = begin == DCID ? LINE_DCID : class;
    skip = class == LINE_ICID || class == LINE_DCID ? 5 : skip;
    number = class != LINE_WORDS;
    unsigned digits = hot_digits(p + skip) & (0u - number);
    const char *behind = p + skip + digits;
    unsigned second = begin == MESSAGE || begin == NEW ? LINE_TABLE_SECOND : 0;
    uint32_t key = hot_load4(behind + number + second);
    unsigned form = table->slots[line_table_slot(key, class)];
    const struct line_first *first = &table->firsts[form];
    work->first = hot_is_first(first, behind);
    bool quiet = (first->quiet_class == class) & work->first;
    reader->counts.family[first->family] += quiet;
    work->message = p;
    work->behind = behind;
    work->class = (uint8_t) class;
    work->form = (uint8_t)form;
    return quiet;
}

/* What a line turned out to be. */
struct hot_found {
    const char *numbers[2], *rest;
};

/* The form of WORK that is not the first of its chain: the first that fits, 0 = none. */
static __attribute__((noinline)) unsigned
hot_further(const struct line_table *table, const struct hot_work *work, struct hot_found *found)
{
    unsigned i = work->form;
    for (bool keyed = true;; i = table->forms[i].next) {
        if (i == 0) { /* the end of a chain */
            if (!keyed || table->fallback[work->class] == 0)
                return 0;
            keyed = false;
            i = table->fallback[work->class];
        }
        const struct line_form *form = &table->forms[i];
        if (form->class == work->class && hot_is_first(&table->firsts[i], work->behind) &&
            hot_steps(form, work->behind + table->firsts[i].literal_n, found->numbers,
                      &found->rest))
            return i;
    }
}

static inline unsigned hot_form(const struct line_table *table, const struct hot_work *work,
                                struct hot_found *found)
{
    const struct line_form *form = &table->forms[work->form];
    const char *p = work->behind + table->firsts[work->form].literal_n;
    if (__builtin_expect(work->first && form->class == work->class, 1) &&
        hot_steps(form, p, found->numbers, &found->rest))
        return work->form;
    return hot_further(table, work, found);
}

/* The family of WORK; where its numbers and its rest are, in FOUND. */
static inline unsigned hot_family(const struct line_table *table, struct hot_work *work,
                                  unsigned level, struct hot_found *found)
{
    const char *id = work->message + 5 - (work->class == LINE_MID);
    found->numbers[0] = found->numbers[1] = NULL;
    if (work->class != LINE_WORDS) {
        found->numbers[0] = id;
        if (__builtin_expect(work->behind - id == 16, 0)) {
            while (work->behind - id < 20 && *work->behind >= '0' && *work->behind <= '9')
                work->behind++; /* an id of more digits than the glance sees */
            work->form = table->slots[line_table_slot(hot_load4(work->behind + 1), work->class)];
            work->first = false;
        }
        if (work->behind == id || work->behind - id > 19)
            found->numbers[0] = NULL;
    }
    unsigned i = hot_form(table, work, found);
    if (__builtin_expect(i != 0 && (work->class == LINE_WORDS || found->numbers[0] != NULL), 1))
        return table->firsts[i].family;
    found->numbers[0] = found->numbers[1] = NULL;
    found->rest = work->message;
    return level >= LINE_DEBUG ? FAMILY_chatter : FAMILY_unknown;
}

static inline uint64_t hot_value(const char *p)
{
    uint64_t value = 0;
    if (p != NULL)
        (void)hot_id(&p, &value);
    return value;
}

/* The COUNT lines of WORK, all with the head in hand, become EVENTS; returns how many do. */
static inline size_t hot_settle(struct line_reader *reader, struct hot_work *work, size_t count,
                                struct line_event *events)
{
    struct line_event *event = events;
    for (size_t i = 0; i < count; i++, work++) {
        struct hot_found found;
        unsigned family = hot_family(&reader->table, work, reader->level, &found);
        unsigned use = reader->wanted[family];
        const char *p = work->message, *end = work->end;
        reader->counts.family[family]++;
        if (use == 0)
            continue;
        if (__builtin_expect(end - p > LINE_MAX_BYTES, 0))
            end = p + LINE_MAX_BYTES;
        while ((unsigned char)end[-1] <= ' ' && end > p)
            end--;
        event->message = p;
        event->message_n = (uint32_t)(end - p);
        event->rest = found.rest < end ? found.rest : end;
        event->id[0] = hot_value(found.numbers[0]);
        event->id[1] = hot_value(found.numbers[1]);
        event->when = reader->when;
        event->number = work->number;
        event->source = reader->source;
        event->level = reader->level;
        event->family = (uint8_t)family;
        event->use = (uint8_t)use;
        event++;
    }
    return (size_t)(event - events);
}

/* Is the head of the line at P, which goes to END, that of the line before? */
static inline bool hot_same_head(const struct line_reader *reader, const char *p, const char *end)
{
    uint32_t n = reader->head_n;
    if (!hot_same(p, reader->head, n < 32 ? n : 32, reader->head_mask))
        return false;
    return __builtin_expect(n - 1 < 32, 1) ||
           (n != 0 && (size_t)(end - p) >= n && memcmp(p + 32, reader->head + 32, n - 32) == 0);
}

static inline size_t hot_read(struct line_reader *reader, const char *bytes, size_t n,
                              struct line_event *events, size_t room, size_t *count, size_t *lines)
{
    uint32_t ends[HOT_ENDS + 2];
    struct hot_work works[HOT_ENDS + 1], *work = works;
    size_t scanned = 0, written = 0, number = 0;
    const char *line = bytes;
    while (scanned < n && room - written >= HOT_EVENTS) {
        size_t most = n - scanned < HOT_ENDS ? n - scanned : HOT_ENDS;
        size_t found = hot_ends(bytes + scanned, most, ends);
        for (size_t i = 0; i < found; i++) {
            const char *p = line, *end = bytes + scanned + ends[i];
            line = end + 1;
            uint32_t head = reader->head_n;
            if (__builtin_expect(!hot_same_head(reader, p, end), 0)) {
                if (end - p < HOT_LEAST) { /* too short for an envelope */
                    reader->counts.continuations++;
                    continue;
                }
                written += hot_settle(reader, works, (size_t)(work - works), events + written);
                work = works;
                head = line_head(reader, (struct span){p, (size_t)(end - p)});
                if (head == UINT32_MAX) {
                    reader->counts.continuations++;
                    continue;
                }
            }
            for (p += head; *p == ' ';)
                p++;
            work->end = end;
            work->number = (uint32_t)(number + i);
            work += !hot_glance(reader, p, work);
        }
        number += found;
        scanned += most;
        written += hot_settle(reader, works, (size_t)(work - works), events + written);
        work = works;
    }
    reader->counts.lines += number;
    *count = written;
    *lines = number;
    return (size_t)(line - bytes);
}

#endif
