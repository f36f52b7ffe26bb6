/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_STAGE_H
#define CHECKS_STAGE_H

/*
 * Where one appliance is in its upgrade, from what it answered at one moment and the stage before.
 * Each stage rests on something that was seen; what was not answered keeps the stage of before and
 * is named as a doubt. The start of the system decides whether it was rebooted: an appliance that
 * was out of reach for a while and shows the same start was not.
 */

#include "checks/check.h"

enum stage_word {
    STAGE_UNKNOWN,     /* nothing has told it yet */
    STAGE_PLANNED,     /* `status` does not say that receiving is suspended; not rebooted */
    STAGE_SUSPENDED,   /* it says so */
    STAGE_DRAINED,     /* and the work queue and the active recipients are 0 */
    STAGE_INSTALLING,  /* and it is disconnected from every member of its cluster that answers. No
                          document shows an installation: this is where it may run. Alone, an
                          appliance goes from drained to down. */
    STAGE_DOWN,        /* SSH cannot be reached, and nothing else answered */
    STAGE_UP_OLD,      /* rebooted, and not on the planned release, or still on that of before */
    STAGE_UP_NEW,      /* rebooted, and on the planned release, or another than before */
    STAGE_RESUMED,     /* and `status` says Online */
    STAGE_CONNECTED,   /* and connected, seen from every member; passed over outside of a cluster */
    STAGE_ESTABLISHED, /* and its SMA says so; passed over when no SMA that is asked manages it */
    STAGE_VERIFIED,    /* and `verify` found all of it good, after its start */
    STAGE_COUNT
};

enum stage_told { STAGE_UNTOLD, STAGE_NO, STAGE_YES, STAGE_NONE /* cannot apply */ };

enum { STAGE_TEXT = 200, STAGE_ID = 96 };

/* What of a start or a release is kept from one moment to the next. */
struct stage_mark {
    bool has_release, has_start;
    struct release release;
    struct stamp start;
};

/* Without pointers: it outlives the documents, and may be sent through a pipe. Texts are clean. */
struct stage {
    enum stage_word word;
    char why[STAGE_TEXT];    /* what told it: "work queue 0, active recipients 0" */
    char document[STAGE_ID]; /* that told it; "" = none */
    unsigned line;
    char waits[STAGE_TEXT];   /* why it is not further, as far as something tells; "" */
    char doubt[STAGE_TEXT];   /* what was not answered or not recognised; "" = nothing */
    enum state state;         /* of PROBLEM */
    char problem[STAGE_TEXT]; /* what is wrong beyond being on the way; "" = nothing */
    bool answered;            /* something told at this moment */
    bool complete;            /* nothing is left but to verify */
    enum stage_told receiving, online, connected, established;
    struct stage_mark before; /* before the upgrade: the baseline's, else those seen first */
    struct stage_mark now;    /* told last */
    bool has_seen;
    int64_t seen_at; /* newest document that counted, UTC: an older one tells nothing new */
};

/* What `verify` said of the appliance. */
struct stage_verdict {
    bool good; /* all results are OK or N/A */
    bool has_at;
    int64_t at; /* end of the run, UTC */
};

const char *stage_name(enum stage_word word);    /* "up-old" */
enum stage_word stage_of_name(const char *name); /* STAGE_COUNT: it is none */

/*
 * A stage of which nothing is known but what the fleet of BASELINE, in which it is asked of
 * BASELINE->node, tells of before. NULL: there is no baseline.
 */
struct stage stage_begin(const struct question *baseline);

/* Q: the fleet of this moment. VERDICT: of the newest run of the change; NULL = there is none. */
struct stage stage_next(const struct question *q, const struct stage *before,
                        const struct stage_verdict *verdict);

#endif
