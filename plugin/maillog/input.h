/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_INPUT_H
#define PLUGIN_MAILLOG_INPUT_H

/*
 * The files of a run, in the order in which they are read: those of one gateway together, by the
 * time of their first entry, whatever the order they were named in.
 */

#include "checks/maillog/maillog.h"
#include "plugin/cmd/cmd.h"
#include "plugin/maillog/bar.h"

struct input_file {
    const char *name; /* as it was given; input_name() for people */
    const char *path; /* "-" = standard input */
    bool plain;       /* a regular file that is not compressed */
    bool missing;     /* nothing of it can be read */
    uint64_t size;    /* bytes of the file; 0 = not known */
    int64_t changed;  /* when it was written last: seconds since the epoch */
    /* Of the beginning. */
    const char *gateway; /* serial number, else host; "" = not told */
    bool hosts;          /* its lines name their host: syslog */
    int64_t first;       /* wall clock; 0 = no entry seen */
    int64_t last;        /* INT64_MAX = not known */
    bool members;        /* it is an archive of several */
    bool has_offset;
    int32_t utc_offset_s;
    const struct fault *fault; /* why it was not read, or not whole */
    const char *same_as;    /* the name by which the same file was given before; it is read once */
    uint64_t device, inode; /* 0 = none that would tell */
};

/* Two files of one gateway with lines of the same time. */
struct input_overlap {
    const struct input_file *a, *b;
    int64_t first, last; /* wall clock */
    uint64_t lines;      /* that stand in both */
    bool twice; /* they are too different to be read side by side: what is in both counts twice */
};

enum { INPUT_TOUCH_S = 10 }; /* a file begins some seconds before the one before it ends */

struct input {
    struct arena *arena;
    struct input_file *files;
    size_t count;
    uint64_t size;     /* of all */
    int64_t reference; /* the newest change: gives yearless lines their year */
    size_t failed;     /* files with a fault */
    struct input_overlap *overlaps;
    size_t overlap_count;
    bool apart;                   /* overlapping files are read one after the other all the same */
    const struct input_file *now; /* that is read, and */
    const char *member;           /* of an archive, which of its files; else NULL */
    bool stopped;                 /* by a signal */
    struct bar *bar;              /* may be NULL */
    unsigned threads;             /* that read one large file; 0 = one */
    size_t buffer;                /* bytes at a time; 0 = the engine's own */
    bool portable, details, families; /* as settings and flow_options have them */
};

/*
 * Looks at what PATHS name and sorts it. A file that cannot be read is no fault of the whole: it
 * keeps its own. False with FAULT when nothing is left to read.
 */
bool input_look(struct arena *arena, char *const *paths, size_t count, struct input *input,
                struct fault *fault);

/* Can the lines of A and B be read side by side? */
bool input_alike(const struct input_file *a, const struct input_file *b);

/* FAULT of FILE: it was not read, or not whole. */
void input_spoil(struct input *input, struct input_file *file, const struct fault *fault);

/* "standard input" for "-". */
const char *input_name(const char *path);

/*
 * What can be read only once, a pipe or standard input, is copied to a file without a name. False
 * with FAULT.
 */
bool input_keep_pipes(struct input *input, struct fault *fault);

/* Bytes of FILE, as they come: calls TAKE until the end, a fault of the file, or a signal. */
struct input_sink {
    void *context;
    char *(*room)(void *context, size_t *room); /* where to; NULL = out of memory */
    bool (*commit)(void *context, size_t n);    /* false = out of memory */
    bool (*begin)(void *context); /* another file, or member of an archive; false = out of memory */
};
/* False: out of memory. */
bool input_read(struct input *input, struct input_file *file, const struct input_sink *sink);

/* All of INPUT into LOG. False: out of memory. */
bool input_feed(struct input *input, struct maillog *log);

#endif
