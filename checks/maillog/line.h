/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_H
#define CHECKS_MAILLOG_LINE_H

/*
 * Bytes of a log -> lines -> events. A line is an envelope (time, source, level; mail-logs.md (a),
 * R) and a message; the message belongs to a family of checks/maillog/family.def. Families are
 * recognised by their first words and by the literal text between their numbers, each at its
 * place: nothing is ever searched inside a line, for subjects, host names, responses and
 * attachment names are written by strangers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/maillog/line_table.h"
#include "checks/text.h"

/* Readable bytes behind the end of whatever is given to line_read(): the hot loop reads ahead. */
enum { LINE_SLACK = 64 };
/* Room for events that line_read() wants at least. */
enum { LINE_ROOM = 1024 };
/* What is looked at of one line; the rest of a longer one is passed over. */
enum { LINE_MAX_BYTES = 65536 };
/* Different senders (host and subscription) told apart in one stream; more share the last. */
enum { LINE_SOURCES = 128 };

/* What line_event.use is of a family that changes nothing, where every line is wanted. */
enum { LINE_EVERY = 255 };

/* Of line_reader.head_mask: what can not be compared at once. */
#define LINE_HEAD_ODD ((uint64_t)1 << 32)

enum line_level { LINE_INFO, LINE_WARNING, LINE_CRITICAL, LINE_DEBUG, LINE_TRACE };

/* Which code reads: one and the same result. */
enum line_path { LINE_BEST, LINE_PORTABLE, LINE_AVX2 };

/*
 * One line that is wanted; or, with `use` 0, one that seemed so and is to be passed over. Pointers
 * go into the caller's bytes.
 */
struct line_event {
    const char *message; /* behind "Info: " */
    const char *rest;    /* behind what the family's pattern matched, inside the message */
    uint64_t id[2];      /* the first number of the pattern, and the last of the others; else 0 */
    uint32_t message_n;  /* bytes of the message, trailing blanks and CR cut */
    uint32_t number;     /* of the line in this call, 0 = first */
    union {
        struct {
            uint32_t when;  /* seconds: see line_source.yearless */
            uint8_t source; /* index into line_reader.sources */
            uint8_t level;  /* enum line_level */
            uint8_t family; /* enum family */
            uint8_t use;    /* enum family_use, or LINE_EVERY */
        };
        uint64_t stamp; /* all of these */
    };
};

/* Who wrote a line: what stands between time and level. */
struct line_source {
    char host[64];     /* "" in the file form */
    char tag[64];      /* name of the subscription; free text; "" in the file form */
    bool yearless;     /* event.when counts from 1 January of a leap year; else from 1970, as the
                          wall clock of the appliance shows */
    bool timeless;     /* a collector ate the header: event.when is that of the line before */
    uint16_t known_as; /* for the reader of the events: UINT16_MAX until it sets it */
};

struct line_counts {
    uint64_t lines, continuations;
    uint64_t family[FAMILY_COUNT];
};

struct line_reader {
    const struct line_table *table;
    enum line_path path;          /* never LINE_BEST after line_init() */
    bool timeless;                /* lines without a time count: line_sniff() */
    uint8_t wanted[FAMILY_COUNT]; /* whose lines become events, by their use: line_want() */
    char head[256 + LINE_SLACK];  /* of the line before: what the next is compared with */
    uint32_t head_n;              /* its bytes; 0 = none */
    uint64_t head_mask;           /* a bit for each; LINE_HEAD_ODD when none, or more than 32 */
    union {
        struct {
            uint32_t when;
            uint8_t source, level;
        };
        uint64_t stamp; /* of line_event, but for family and use */
    };
    uint8_t source_count;       /* of those below; what is behind them is not set */
    uint8_t quiet[LINE_FORMS];  /* 1: its lines are known by the first literal, and not wanted */
    uint8_t family[LINE_FORMS]; /* of each form: enum family */
    uint8_t loud[LINE_FORMS], loud_count; /* the other forms, in their order */
    struct line_counts counts;
    struct line_source sources[LINE_SOURCES];
};

/* LINE_BEST takes what the processor has. False: it cannot do PATH, or there is no memory. */
bool line_init(struct line_reader *reader, enum line_path path);

/* Which lines become events. */
enum line_wish {
    LINE_NOTHING, /* none: families are counted */
    LINE_EFFECTS, /* those of families with effect */
    LINE_DETAILS, /* also those that only add text */
    LINE_ALL
};
void line_want(struct line_reader *reader, enum line_wish wish);

/* Which of the rarer envelopes to accept, by the first line of BYTES that has one; false: none has.
 */
bool line_sniff(struct line_reader *reader, struct span bytes);

/*
 * Reads the whole lines of BYTES (LINE_SLACK readable bytes behind them) until EVENTS has room for
 * less than 512 more; returns the bytes consumed. *COUNT events were written, *LINES lines read.
 * ROOM >= LINE_ROOM. Who has a last line without '\n' gives it one.
 */
size_t line_read(struct line_reader *reader, const char *bytes, size_t n, struct line_event *events,
                 size_t room, size_t *count, size_t *lines);

/* The slow path: LINE has another head than the line before. UINT32_MAX: it has no envelope. */
uint32_t line_head(struct line_reader *reader, struct span line);

#endif
