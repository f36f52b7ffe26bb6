/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_REPORT_H
#define PLUGIN_RENDER_REPORT_H

/* The finished value that every renderer prints: one appliance, its results, and the verdict. */

#include "checks/check.h"
#include "plugin/capture.h"

struct report {
    struct arena *arena;
    const char *tool_version;
    const struct capture *capture;
    const struct node *node;
    struct result **results; /* in the order of the registry */
    size_t count;
    enum state state; /* worst of the results */
    bool one_check;   /* exactly one check was asked for: it names the first line */
    int verbose;
    const struct question *question;
};

/*
 * "fail": something is CRITICAL; else "incomplete": something is UNKNOWN or PENDING; else
 * "pass_with_warnings" or "pass" (design.md 5). Not the worst state: that one ranks a warning above
 * ignorance, but ignorance is never a pass.
 */
const char *report_verdict(const struct report *report);

/* First line of a person's answer: "STATUS CRITICAL - …", "ASYNCOS OK - …". In the arena. */
const char *report_headline(const struct report *report);

#endif
