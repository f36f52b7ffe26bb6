/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_COUNTERS_H
#define CHECKS_MAILLOG_COUNTERS_H

/*
 * A line of the status log: "Status: CPULd 3 DskIO 5 … LogAvail 66G". Pairs of a name and a number
 * in any order and of any set: it differs between releases (53 names in 2007, 63 in 2019, 64 on
 * 14.x, 63 on 16.0.4), and new ones come. mail-logs.md 0 and (c), R; meanings V.
 *
 * What it counts goes on over a restart; CPUETm alone begins anew (R, one pair of lines). No
 * allocation; everything has a fixed size and points nowhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/fault.h"
#include "checks/text.h"

enum counters_class {
    COUNTERS_GAUGE,  /* of this moment */
    COUNTERS_TOTAL,  /* ever: only a reset lets it fall */
    COUNTERS_ID,     /* the newest MID, ICID, DCID: as TOTAL */
    COUNTERS_ELAPSED /* seconds since the start of the mail process: a restart lets it fall */
};

/* KEY(constant, name in the line, class) */
#define COUNTERS_KEYS(KEY)                                                                         \
    KEY(CPULD, "CPULd", GAUGE)     /* % of the mail process alone */                               \
    KEY(DSKIO, "DskIO", GAUGE)     /* % */                                                         \
    KEY(RAMUTIL, "RAMUtil", GAUGE) /* % */                                                         \
    KEY(QKUSD, "QKUsd", GAUGE)     /* KiB of the queue used, and free */                           \
    KEY(QKFRE, "QKFre", GAUGE)                                                                     \
    KEY(CRTMID, "CrtMID", ID)                                                                      \
    KEY(CRTICID, "CrtICID", ID)                                                                    \
    KEY(CRTDCID, "CrtDCID", ID)                                                                    \
    KEY(INJMSG, "InjMsg", TOTAL) /* messages taken */                                              \
    KEY(INJRCP, "InjRcp", TOTAL)                                                                   \
    KEY(GENBNCRCP, "GenBncRcp", TOTAL)                                                             \
    KEY(REJRCP, "RejRcp", TOTAL)                                                                   \
    KEY(DRPMSG, "DrpMsg", TOTAL)                                                                   \
    KEY(SFTBNCEVNT, "SftBncEvnt", TOTAL)                                                           \
    KEY(CMPRCP, "CmpRcp", TOTAL)       /* = DlvRcp + HrdBncRcp + DelRcp */                         \
    KEY(HRDBNCRCP, "HrdBncRcp", TOTAL) /* = the next five */                                       \
    KEY(DNSHRDBNC, "DnsHrdBnc", TOTAL)                                                             \
    KEY(5XXHRDBNC, "5XXHrdBnc", TOTAL)                                                             \
    KEY(FLTRHRDBNC, "FltrHrdBnc", TOTAL)                                                           \
    KEY(EXPHRDBNC, "ExpHrdBnc", TOTAL)                                                             \
    KEY(OTRHRDBNC, "OtrHrdBnc", TOTAL)                                                             \
    KEY(DLVRCP, "DlvRcp", TOTAL)                                                                   \
    KEY(DELRCP, "DelRcp", TOTAL)                                                                   \
    KEY(GLBUNSBHT, "GlbUnsbHt", TOTAL)                                                             \
    KEY(ACTVRCP, "ActvRcp", GAUGE) /* = UnatmptRcp + AtmptRcp */                                   \
    KEY(UNATMPTRCP, "UnatmptRcp", GAUGE)                                                           \
    KEY(ATMPTRCP, "AtmptRcp", GAUGE)                                                               \
    KEY(CRTCNCIN, "CrtCncIn", GAUGE)                                                               \
    KEY(CRTCNCOUT, "CrtCncOut", GAUGE)                                                             \
    KEY(DNSREQ, "DnsReq", TOTAL)                                                                   \
    KEY(NETREQ, "NetReq", TOTAL)                                                                   \
    KEY(CCHHIT, "CchHit", TOTAL)                                                                   \
    KEY(CCHMIS, "CchMis", TOTAL)                                                                   \
    KEY(CCHECT, "CchEct", TOTAL)                                                                   \
    KEY(CCHEXP, "CchExp", TOTAL)                                                                   \
    KEY(CPUTTM, "CPUTTm", ELAPSED) /* CPU seconds used since the start */                          \
    KEY(CPUETM, "CPUETm", ELAPSED) /* seconds since the start */                                   \
    KEY(MAXIO, "MaxIO", GAUGE)                                                                     \
    KEY(RAMUSD, "RAMUsd", GAUGE)                                                                   \
    KEY(MMLEN, "MMLen", GAUGE)                                                                     \
    KEY(DSTINMEM, "DstInMem", GAUGE)                                                               \
    KEY(RESCON, "ResCon", GAUGE) /* 0 to 60, or 999: receiving stopped */                          \
    KEY(WORKQ, "WorkQ", GAUGE)   /* messages */                                                    \
    KEY(QUARMSGS, "QuarMsgs", GAUGE)                                                               \
    KEY(QUARQKUSD, "QuarQKUsd", GAUGE)                                                             \
    KEY(LOGUSD, "LogUsd", GAUGE)     /* % */                                                       \
    KEY(LOGAVAIL, "LogAvail", GAUGE) /* bytes */                                                   \
    KEY(SBLD, "SBLd", GAUGE)                                                                       \
    KEY(CASELD, "CASELd", GAUGE)                                                                   \
    KEY(TOTALLD, "TotalLd", GAUGE)     /* % of the machine */                                      \
    KEY(SWAPUSAGE, "SwapUsage", GAUGE) /* %; 14.x has it, 16.0.4 does not */

enum counters_key {
#define COUNTERS_KEY(constant, name, class) COUNTERS_##constant,
    COUNTERS_KEYS(COUNTERS_KEY)
#undef COUNTERS_KEY
        COUNTERS_KNOWN
};

enum {
    COUNTERS_OTHERS = 64,     /* names kept besides the known ones */
    COUNTERS_NAME_BYTES = 23, /* of such a name */
    COUNTERS_IDENTITIES = 3,
    COUNTERS_SLACK_S = 300 /* what the clock may be off between two lines without a meaning */
};

struct counters_other {
    char name[COUNTERS_NAME_BYTES + 1]; /* cut when longer */
    char unit;                          /* as below */
    int64_t value;
};

/* One line, not `struct counters`: that is what a check makes of it (checks/counters.h). */
struct counters_line {
    uint64_t has;                  /* bit 1 << key */
    int64_t value[COUNTERS_KNOWN]; /* in units of one, K, M, G, T multiplied: powers of 1024 */
    char unit[COUNTERS_KNOWN];     /* '%', 'B' for K to T, 0 */
    unsigned pairs;                /* all of them */
    unsigned odd;                  /* words that are no part of a pair, pairs that came twice */
    unsigned other_count, unkept;  /* kept below; found no room there */
    struct counters_other other[COUNTERS_OTHERS];
};

/*
 * Reads MESSAGE, the text behind the level, that begins with "Status: ". False: it does not, or has
 * no pair (FAULT_SYNTAX), or ends in half a pair (FAULT_CUT: torn); what was read until there is in
 * OUT. A line torn inside a number cannot be told from a whole one by itself: see
 * counters_check(), and compare `pairs` with other lines of the appliance. FAULT may be NULL.
 */
bool counters_parse(struct span message, struct counters_line *out, struct fault *fault);

const char *counters_name(enum counters_key key);
enum counters_class counters_class_of(enum counters_key key);

/* False, and *VALUE untouched, where the line does not tell it. */
bool counters_get(const struct counters_line *line, enum counters_key key, int64_t *value);

/* The same by name, for names that are not known here too. NULL: not told. */
const int64_t *counters_find(const struct counters_line *line, struct span name);

/* SUM is what its parts make together: held by every line of an appliance (R, five lines). */
struct counters_identity {
    enum counters_key sum;
    bool told, holds; /* a line may lack a part: then nothing is told */
    int64_t value, parts;
};

/* Fills CHECKED; returns how many are told and do not hold: a torn line, or one that is misread. */
unsigned counters_check(const struct counters_line *line,
                        struct counters_identity checked[COUNTERS_IDENTITIES]);

struct counters_change {
    uint64_t has; /* bit 1 << key: both lines tell it */
    int64_t delta[COUNTERS_KNOWN];
    uint64_t reset; /* bits of those of class TOTAL and ID that fell; delta is negative there */
    bool restarted; /* CPUETm fell, or rose by so much less than the clock that the process must
                       have started in between */
};

/* From BEFORE to AFTER. ELAPSED_S by the clock; negative: not known. */
void counters_compare(const struct counters_line *before, const struct counters_line *after,
                      int64_t elapsed_s, struct counters_change *change);

/* When the mail process started, on the clock that NOW (the line's time) is of. */
bool counters_started(const struct counters_line *line, int64_t now, int64_t *started);

#endif
