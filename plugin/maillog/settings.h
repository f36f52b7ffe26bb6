/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_SETTINGS_H
#define PLUGIN_MAILLOG_SETTINGS_H

/* What `postcheck maillog` was asked for: its flags, one table with their help, and their values.
 */

#include "checks/maillog/flow.h"
#include "checks/time.h"
#include "plugin/cmd/cmd.h"

struct settings {
    bool follow, messages, families, portable;
    bool has_mid;
    uint64_t mid;
    bool top[FLOW_LISTS + 1]; /* the last one: destinations, which are the next hops */
    bool has_since, has_until;
    struct stamp since, until;
    unsigned threads; /* 0 = as many as there are processors, two at most */
    size_t buffer;    /* bytes at a time; 0 = the engine's own */
    unsigned every_s;
    bool utf8; /* the terminal shows blocks */
    const char *resume;
};

enum { SETTINGS_DESTINATIONS = FLOW_LISTS, SETTINGS_MAX_THREADS = 256 };

/* The settings of CMD, made when first asked for; they live in its arena. */
struct settings *settings_of(struct cmd *cmd);

/* What cannot go together. False: FAULT says it. */
bool settings_agree(const struct cmd *cmd, const struct settings *settings, struct fault *fault);

/* "senders", "destinations" … of settings.top. */
const char *settings_top_word(size_t list);

#endif
