/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log_grep.h"

#include <time.h>

enum { HOUR_S = 60 * 60, DAY_S = 24 * HOUR_S, CERTAIN_PARTS = 2 };

/* From when on the log is wanted, as NOW (civil): what began longer ago than a day is no start. */
static int64_t window_start(const struct fetch *fetch, const struct log_clock *clock, int64_t now)
{
    const struct config *config = fetch->config;
    int64_t since, from = now - HOUR_S;
    if (config->has_since) {
        /* By how long ago it was: so it does not matter what the appliance's zone is. */
        since = time_utc(config->since, &since) ? now - ((int64_t)time(NULL) - since)
                                                : config->since.civil;
        if (since <= now && since >= now - DAY_S)
            return since;
    }
    if (clock->has_start && clock->start <= now && clock->start >= now - DAY_S)
        from = clock->start;
    return from;
}

/* Which parts, newest first. *ANY: they are all alike, and the first that has lines is enough. */
static size_t parts_of(const struct fetch *fetch, const struct log_clock *clock,
                       struct log_part parts[LOG_PARTS], bool *any)
{
    *any = !clock->known;
    if (!clock->known)
        return log_days((int64_t)time(NULL), parts);
    int64_t now = clock->civil + (fetch_now_ms() - clock->at_ms) / 1000;
    return log_hours(now, window_start(fetch, clock, now), parts);
}

/* Is the next part worth another search of all files? TOOK_MS: how long the last one took. */
static bool goes_on(const struct log_grep *grep, const struct log_text *text, size_t done, bool any,
                    int64_t took_ms)
{
    int64_t left_ms = grep->deadline_ms - fetch_now_ms();
    if (any)
        return text->count == 0 && left_ms > 0;
    return (done < CERTAIN_PARTS || text->bytes < LOG_ENOUGH) && left_ms > 2 * took_ms;
}

bool log_grep(struct fetch *fetch, const struct fetch_row *row, const struct log_grep *grep,
              struct log_text *text, struct span *bytes, struct fault *fault)
{
    struct log_part parts[LOG_PARTS];
    const char *id = row->kind->id, *name = fetch_log_name(fetch, row);
    bool any, more = true;
    size_t done = 0, count = parts_of(fetch, grep->clock, parts, &any);
    for (int64_t took_ms = 0; done < count && more; done++) {
        const char *command = log_command(fetch->arena, &parts[done], name);
        struct span answer, lines, prompt;
        const int64_t start_ms = fetch_now_ms();
        if (!grep->ask(grep->context, row, command, &answer, fault) ||
            !log_answer(fetch->arena, id, command, &parts[done], answer, &lines, &prompt, fault)) {
            if (text->count == 0 || fault->kind != FAULT_TIMEOUT)
                return false; /* an appliance that answers oddly may have done so before */
            fetch_note(fetch, "SSH: %s without what is older: %s", id, fault->text);
            break;
        }
        /* Around the lines stands whose they are, as in every answer of the CLI. */
        if (prompt.n > 0) {
            text->last = arena_dup(fetch->arena, prompt);
            text->first = arena_printf(fetch->arena, "%s%s", text->last, command);
        }
        took_ms = fetch_now_ms() - start_ms;
        more = log_add(text, lines) && goes_on(grep, text, done + 1, any, took_ms);
    }
    const char *note = log_cut_note(text, name);
    if (note != NULL)
        fetch_note(fetch, "SSH: %s", note);
    if (text->count == 0)
        return fault_set(fault, FAULT_EMPTY, id, 0, "%s has no line since \"%s\"", name,
                         parts[done == 0 ? 0 : done - 1].begin);
    *bytes = log_join(text);
    return true;
}
