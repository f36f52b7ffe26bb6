/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/settings.h"

#include <string.h>

enum {
    OWN_FOLLOW = CMD_OWN,
    OWN_EVERY,
    OWN_MID,
    OWN_MESSAGES,
    OWN_FAMILIES,
    OWN_TOP,
    OWN_SINCE,
    OWN_UNTIL,
    OWN_RESUME,
    OWN_THREADS,
    OWN_BUFFER,
    OWN_PORTABLE
};

const struct flag settings_flags[] = {
    {OWN_FOLLOW, "follow", NULL,
     "go on with what is written: on a terminal a live\n"
     "summary (q ends it), else a line of JSON at times"},
    {OWN_EVERY, "every", "SECONDS", "so often such a line (default: 60)"},
    {OWN_MID, "mid", "N",
     "all lines of message N, of what it came from and\n"
     "became, and of their connections, with their numbers"},
    {OWN_MESSAGES, "messages", NULL, "a line of JSON per message, nothing else"},
    {OWN_TOP, "top", "LIST",
     "also the most frequent senders, recipients, domains,\n"
     "destinations, reasons; repeat, or separate by commas"},
    {OWN_FAMILIES, "families", NULL, "only how many lines of each kind there are"},
    {OWN_SINCE, "since", "TIME",
     "count only from then on: \"2026-03-08 04:00\" on the\n"
     "appliance's clock, 2026-03-08T03:00:00Z, @SECONDS"},
    {OWN_UNTIL, "until", "TIME", "and until then"},
    {OWN_RESUME, "resume", "FILE",
     "with --follow: go on where FILE says, and keep it;\n"
     "it is made when there is none"},
    {OWN_THREADS, "threads", "N", "threads that read one file (default: 2 at most)"},
    {OWN_BUFFER, "buffer", "BYTES", "read so many at a time; the result is the same"},
    {OWN_PORTABLE, "portable", NULL, "without instructions of this processor alone"},
};
const size_t settings_flag_count = CHECK_COUNT(settings_flags);

static const char *const top_words[] = {[FLOW_SENDERS] = "senders",
                                        [FLOW_RECIPIENTS] = "recipients",
                                        [FLOW_DOMAINS] = "domains",
                                        [FLOW_REASONS] = "reasons",
                                        [SETTINGS_DESTINATIONS] = "destinations"};

const char *settings_top_word(size_t list)
{
    return top_words[list];
}

struct settings *settings_of(struct cmd *cmd)
{
    if (cmd->own == NULL) {
        struct settings *settings = arena_alloc(cmd->arena, sizeof(*settings));
        settings->every_s = 60;
        cmd->own = settings;
    }
    return cmd->own;
}

static bool take_number(const char *option, const char *argument, int64_t min, int64_t max,
                        int64_t *value, struct fault *fault)
{
    if (argument[0] >= '0' && argument[0] <= '9' && text_to_int(text_of(argument), value) &&
        *value >= min && *value <= max)
        return true;
    return fault_set(fault, FAULT_INTERNAL, option, 0, "'%.60s' is no number from %lld to %lld",
                     argument, (long long)min, (long long)max);
}

static bool take_time(const char *option, const char *argument, struct stamp *stamp,
                      struct fault *fault)
{
    char minutes[32]; /* "2026-03-08 04:00" */
    int n = snprintf(minutes, sizeof(minutes), "%.20s:00", argument);
    return time_parse_any(text_of(argument), stamp) ||
           (n == 19 && time_parse_any(text_of(minutes), stamp)) ||
           fault_set(fault, FAULT_INTERNAL, option, 0,
                     "'%.60s' is no time; for instance \"2026-03-08 04:00\" or "
                     "2026-03-08T03:00:00Z",
                     argument);
}

static bool take_top(struct settings *settings, const char *argument, struct fault *fault)
{
    struct span rest = text_of(argument), word;
    bool more = true;
    while (more) {
        size_t list = 0;
        more = text_cut(rest, ',', &word, &rest);
        while (list < CHECK_COUNT(top_words) && !text_is(word, top_words[list]))
            list++;
        if (list == CHECK_COUNT(top_words))
            return fault_set(fault, FAULT_INTERNAL, "--top", 0,
                             "'%.*s' is none of senders, recipients, domains, destinations, "
                             "reasons",
                             FAULT_QUOTE(word));
        settings->top[list] = true;
    }
    return true;
}

bool settings_take(struct cmd *cmd, int code, const char *argument, struct fault *fault)
{
    struct settings *s = settings_of(cmd);
    int64_t number = 0;
    bool good = true;
    switch (code) {
    case OWN_FOLLOW:
        s->follow = true;
        break;
    case OWN_EVERY:
        good = take_number("--every", argument, 1, 86400, &number, fault);
        s->every_s = (unsigned)number;
        break;
    case OWN_MID:
        good = take_number("--mid", argument, 0, INT64_MAX, &number, fault);
        s->has_mid = true;
        s->mid = (uint64_t)number;
        break;
    case OWN_MESSAGES:
        s->messages = true;
        break;
    case OWN_FAMILIES:
        s->families = true;
        break;
    case OWN_TOP:
        return take_top(s, argument, fault);
    case OWN_SINCE:
        s->has_since = true;
        return take_time("--since", argument, &s->since, fault);
    case OWN_UNTIL:
        s->has_until = true;
        return take_time("--until", argument, &s->until, fault);
    case OWN_RESUME:
        s->resume = argument;
        break;
    case OWN_THREADS:
        good = take_number("--threads", argument, 1, SETTINGS_MAX_THREADS, &number, fault);
        s->threads = (unsigned)number;
        break;
    case OWN_BUFFER:
        good = take_number("--buffer", argument, 64, 1 << 30, &number, fault);
        s->buffer = (size_t)number;
        break;
    default:
        s->portable = true;
        break;
    }
    return good;
}

bool settings_agree(const struct cmd *cmd, const struct settings *settings, struct fault *fault)
{
    const struct {
        bool on;
        const char *name;
    } kinds[] = {{settings->has_mid, "--mid"},
                 {settings->messages, "--messages"},
                 {settings->families, "--families"},
                 {settings->follow, "--follow"}};
    const char *first = NULL;
    for (size_t i = 0; i < CHECK_COUNT(kinds); i++) {
        if (kinds[i].on && first != NULL)
            return fault_set(fault, FAULT_INTERNAL, kinds[i].name, 0,
                             "does not go together with %s", first);
        first = kinds[i].on ? kinds[i].name : first;
    }
    if (settings->resume != NULL && !settings->follow)
        return fault_set(fault, FAULT_INTERNAL, "--resume", 0, "is of use only with --follow");
    if (settings->follow && cmd->output != NULL)
        return fault_set(fault, FAULT_INTERNAL, "--output", 0,
                         "is written when all is done, and --follow goes on");
    if (settings->has_since && settings->has_until &&
        time_between(settings->until, settings->since) < 0)
        return fault_set(fault, FAULT_INTERNAL, "--until", 0, "is before --since");
    return true;
}
