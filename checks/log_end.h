/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_LOG_END_H
#define CHECKS_LOG_END_H

/*
 * How a log ends, and what that means. What an appliance answered to `grep` or `tail` itself ends
 * where its log ends. A file that syslog or SCP push wrote, and any text without a prompt, may have
 * been left behind: then its end says nothing of the appliance, and only another document that
 * shows it idle makes silence of it.
 */

#include "checks/counters.h"
#include "checks/period.h"

struct log_end {
    int64_t last;  /* newest line of all of it, wall clock; 0 = none has a time */
    int64_t quiet; /* seconds from there until it was asked for; 0 = that is not known */
    bool torn;     /* in the middle of a line, or of what is read: more was lost on the way */
    bool stale;    /* left behind, as far as is known */
    bool idle;     /* another document shows that nothing came */
    const char
        *busy; /* what shows that the appliance worked since, as half a sentence; NULL = nothing */
};

/* WHOLE: all of the log that PERIOD is a part of. */
struct log_end log_end_of(const struct question *q, const struct period *period,
                          const struct counters *counters, const struct mail_logs *whole);

/* The end as a sentence that names its time. */
const char *log_end_text(const struct question *q, const struct log_end *end);

#endif
