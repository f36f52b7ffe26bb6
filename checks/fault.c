/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    enum state state;
} kinds[FAULT_KINDS] = {
    [FAULT_NONE] = {"none", STATE_UNKNOWN},
    [FAULT_NOT_CAPTURED] = {"not captured", STATE_UNKNOWN},
    [FAULT_EMPTY] = {"empty", STATE_UNKNOWN},
    [FAULT_UNREACHABLE] = {"unreachable", STATE_CRITICAL},
    [FAULT_TIMEOUT] = {"timeout", STATE_UNKNOWN},
    [FAULT_HOST_KEY] = {"host key", STATE_UNKNOWN},
    [FAULT_HOST_CHANGED] = {"host key changed", STATE_CRITICAL},
    [FAULT_CERTIFICATE] = {"certificate", STATE_UNKNOWN},
    [FAULT_ALGORITHM] = {"algorithm", STATE_UNKNOWN},
    [FAULT_LOGIN] = {"login", STATE_UNKNOWN},
    [FAULT_EXPIRED] = {"expired", STATE_UNKNOWN},
    [FAULT_FACTOR] = {"second factor", STATE_UNKNOWN},
    [FAULT_BUSY] = {"busy", STATE_UNKNOWN},
    [FAULT_FORBIDDEN] = {"forbidden", STATE_UNKNOWN},
    [FAULT_UNSUPPORTED] = {"unsupported", STATE_UNKNOWN},
    [FAULT_RESTARTING] = {"restarting", STATE_PENDING},
    [FAULT_CUT] = {"cut", STATE_UNKNOWN},
    [FAULT_DROPPED] = {"dropped", STATE_UNKNOWN},
    [FAULT_QUESTION] = {"question", STATE_UNKNOWN},
    [FAULT_TOO_BIG] = {"too big", STATE_UNKNOWN},
    [FAULT_SYNTAX] = {"syntax", STATE_UNKNOWN},
    [FAULT_INTERNAL] = {"internal", STATE_UNKNOWN},
};

bool fault_set(struct fault *fault, enum fault_kind kind, const char *origin, unsigned line,
               const char *format, ...)
{
    if (fault == NULL)
        return false;
    fault->kind = kind;
    fault->line = line;
    (void)snprintf(fault->origin, sizeof(fault->origin), "%s", origin == NULL ? "" : origin);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    return false;
}

const struct fault *fault_keep(struct arena *arena, const struct fault *fault)
{
    struct fault *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *fault;
    return copy;
}

const char *fault_word(enum fault_kind kind)
{
    return kinds[kind].word;
}

enum fault_kind fault_kind_of(struct span word)
{
    for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++)
        if (text_is_nocase(word, kinds[kind].word))
            return (enum fault_kind)kind;
    return FAULT_INTERNAL;
}

enum state fault_state(enum fault_kind kind)
{
    return kinds[kind].state;
}
