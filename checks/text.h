/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_TEXT_H
#define CHECKS_TEXT_H

/*
 * Bounded reading of text that somebody else wrote.
 *
 * A span is a view into bytes that it does not own and that need not end in NUL. A cursor walks
 * over a span. Every reading function advances only when it succeeds, never reads past the end,
 * and takes (or has) a maximum for what it accepts. Letters are compared as ASCII; nothing
 * here depends on a locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

/* printf("%.*s", TEXT_ARGS(span)) */
#define TEXT_ARGS(span) (int)((span).n > 4096 ? 4096 : (span).n), ((span).n ? (span).p : "")

static inline char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* NULL gives the empty span. Inline, as much here: the length of a literal is known then. */
static inline struct span text_of(const char *string)
{
    return (struct span){string, string == NULL ? 0 : strlen(string)};
}

/* What follows the first BYTES bytes. */
static inline struct span text_skip(struct span span, size_t bytes)
{
    if (bytes >= span.n)
        return (struct span){span.p == NULL ? NULL : span.p + span.n, 0};
    return (struct span){span.p + bytes, span.n - bytes};
}

/* At most the first BYTES bytes. */
static inline struct span text_head(struct span span, size_t bytes)
{
    return (struct span){span.p, span.n < bytes ? span.n : bytes};
}

struct span text_trim(struct span span); /* without blanks, tabs, CR, LF, NUL, U+00A0 at the ends */

/* Equal. */
static inline bool text_same(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool text_is(struct span span, const char *string)
{
    return text_same(span, text_of(string));
}

/* Begins with PREFIX. */
static inline bool text_starts(struct span span, const char *prefix)
{
    const size_t n = strlen(prefix);
    return span.n >= n && (n == 0 || memcmp(span.p, prefix, n) == 0);
}

bool text_is_nocase(struct span span, const char *string); /* equal but for case */
bool text_same_nocase(struct span a, struct span b);       /* equal but for case */
bool text_starts_nocase(struct span span, const char *prefix);
bool text_ends(struct span span, const char *suffix);

/* Order without letter case: < 0, 0, > 0; 0 is what text_same_nocase() calls the same. */
int text_order_nocase(struct span a, struct span b);

/* Position of NEEDLE in SPAN, or -1. Linear; an empty needle is found at 0. */
ptrdiff_t text_find(struct span span, const char *needle);
ptrdiff_t text_find_nocase(struct span span, const char *needle);

/* How many bytes at the start of SPAN are letters, digits, signs and blanks of ASCII. */
size_t text_plain(struct span span);

/*
 * Position of WORD in SPAN, case folded, where it stands as a word of its own: neither neighbour
 * is a letter, digit, '_', or (so that host names stay whole) '-' or '.' followed by a letter or
 * digit. -1 when it does not occur.
 */
ptrdiff_t text_find_word(struct span span, const char *word);

/* Cuts SPAN at the first SEPARATOR. Without one: false, *HEAD is all of SPAN, *TAIL is empty. */
bool text_cut(struct span span, char separator, struct span *head, struct span *tail);

/* The whole SPAN as a decimal number: optional sign, digits, optional thousands commas. */
bool text_to_int(struct span span, int64_t *value);

/* The whole SPAN as a decimal number with optional fraction; no exponent, no hex, no inf. */
bool text_to_double(struct span span, double *value);

struct cursor {
    const char *p;
    const char *end;
};

static inline struct cursor text_cursor(struct span span)
{
    return (struct cursor){span.p, span.p == NULL ? NULL : span.p + span.n};
}

static inline bool text_at_end(const struct cursor *cursor)
{
    return cursor->p == cursor->end;
}

static inline struct span text_rest(const struct cursor *cursor)
{
    return (struct span){cursor->p, (size_t)(cursor->end - cursor->p)};
}

/* Skips blanks and tabs. */
static inline void text_blanks(struct cursor *cursor)
{
    while (!text_at_end(cursor) && (*cursor->p == ' ' || *cursor->p == '\t'))
        cursor->p++;
}

/* Exactly STRING; the second form folds case. */
static inline bool text_literal(struct cursor *cursor, const char *string)
{
    if (!text_starts(text_rest(cursor), string))
        return false;
    cursor->p += strlen(string);
    return true;
}

bool text_literal_nocase(struct cursor *cursor, const char *string);

/* One run of bytes that are not blank, at least 1 and at most MAX long. */
bool text_word(struct cursor *cursor, size_t max, struct span *word);

/* Everything before STOP (at most MAX bytes); the cursor moves behind STOP. */
bool text_until(struct cursor *cursor, char stop, size_t max, struct span *span);

/* Exactly or at most so many digits as a number. No sign. */
bool text_digits(struct cursor *cursor, size_t min, size_t max, int64_t *value);

/* Signed decimal number with optional thousands commas: 3,113,176  -17  0 */
bool text_integer(struct cursor *cursor, int64_t *value);

/*
 * A quantity with an optional unit of size behind it: 14%, 388G, 379323K, 34M, 0.5, 1,024. The
 * value is in units of one (bytes for K, M, G, T: powers of 1024); *UNIT is '%', 'B' or 0.
 */
bool text_quantity(struct cursor *cursor, double *value, char *unit);

#endif
