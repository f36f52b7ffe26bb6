/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/counters.h"

#include <string.h>

static const char begin[] = "Status: ";

/* Beyond is no number of an appliance; five of them still can be added. */
static const int64_t biggest = (int64_t)1 << 60;

static const struct {
    const char *name;
    size_t n;
    enum counters_class class;
} keys[COUNTERS_KNOWN] = {
#define COUNTERS_KEY(constant, name, class)                                                        \
    [COUNTERS_##constant] = {name, sizeof(name) - 1, COUNTERS_##class},
    COUNTERS_KEYS(COUNTERS_KEY)
#undef COUNTERS_KEY
};

_Static_assert(COUNTERS_KNOWN <= 64, "one bit a key");

static const struct {
    enum counters_key sum;
    unsigned count;
    enum counters_key parts[5];
} identities[COUNTERS_IDENTITIES] = {
    {COUNTERS_CMPRCP, 3, {COUNTERS_DLVRCP, COUNTERS_HRDBNCRCP, COUNTERS_DELRCP}},
    {COUNTERS_HRDBNCRCP,
     5,
     {COUNTERS_DNSHRDBNC, COUNTERS_5XXHRDBNC, COUNTERS_FLTRHRDBNC, COUNTERS_EXPHRDBNC,
      COUNTERS_OTRHRDBNC}},
    {COUNTERS_ACTVRCP, 2, {COUNTERS_UNATMPTRCP, COUNTERS_ATMPTRCP}},
};

static uint64_t bit(enum counters_key key)
{
    return (uint64_t)1 << key;
}

const char *counters_name(enum counters_key key)
{
    return keys[key].name;
}

enum counters_class counters_class_of(enum counters_key key)
{
    return keys[key].class;
}

/* "12", "-3", "66G", "0%": the whole WORD. */
static bool number(struct span word, int64_t *value, char *unit)
{
    static const char units[] = "KMGT";
    struct cursor c = text_cursor(word);
    const bool negative = text_literal(&c, "-");
    int64_t found;
    if (!text_digits(&c, 1, 18, &found))
        return false;
    *unit = 0;
    if (text_literal(&c, "%")) {
        *unit = '%';
    } else if (!text_at_end(&c)) {
        const char *scale = *c.p == '\0' ? NULL : strchr(units, *c.p);
        if (scale == NULL)
            return false;
        for (const char *u = units; u <= scale; u++) {
            if (found > biggest / 1024)
                return false;
            found *= 1024;
        }
        *unit = 'B';
        c.p++;
    }
    *value = negative ? -found : found;
    return text_at_end(&c) && found <= biggest;
}

/* FROM is where to look first: lines of one release have one order. */
static bool known(struct span name, unsigned from, enum counters_key *key)
{
    for (unsigned i = 0; i < COUNTERS_KNOWN; i++) {
        const unsigned at = (from + i) % COUNTERS_KNOWN;
        if (name.n == keys[at].n && memcmp(name.p, keys[at].name, name.n) == 0) {
            *key = (enum counters_key)at;
            return true;
        }
    }
    return false;
}

static struct span cut_name(struct span name)
{
    return text_head(name, COUNTERS_NAME_BYTES);
}

static const struct counters_other *other(const struct counters_line *line, struct span name)
{
    for (unsigned i = 0; i < line->other_count; i++)
        if (text_is(cut_name(name), line->other[i].name))
            return &line->other[i];
    return NULL;
}

/* The first of two pairs of one name counts: nothing behind it can change what was said. */
static void take(struct counters_line *out, struct span name, int64_t value, char unit,
                 unsigned *next)
{
    enum counters_key key;
    if (known(name, *next, &key)) {
        *next = (unsigned)key + 1;
        if ((out->has & bit(key)) != 0) {
            out->odd++;
            return;
        }
        out->has |= bit(key);
        out->value[key] = value;
        out->unit[key] = unit;
    } else if (other(out, name) != NULL) {
        out->odd++;
        return;
    } else if (out->other_count < COUNTERS_OTHERS) {
        struct counters_other *kept = &out->other[out->other_count++];
        const struct span cut = cut_name(name);
        *kept = (struct counters_other){.unit = unit, .value = value};
        for (size_t i = 0; i < cut.n; i++)
            kept->name[i] = cut.p[i] > ' ' && cut.p[i] < 0x7f ? cut.p[i] : '?';
    } else {
        out->unkept++;
    }
    out->pairs++;
}

/* Whatever text_word() does not take. */
static void skip(struct cursor *c)
{
    while (!text_at_end(c) && (unsigned char)*c->p <= ' ')
        c->p++;
}

bool counters_parse(struct span message, struct counters_line *out, struct fault *fault)
{
    struct cursor c = text_cursor(text_trim(message));
    struct span word = {NULL, 0}, name = {NULL, 0};
    unsigned next = 0;
    bool half = false;
    memset(out, 0, sizeof(*out));
    if (!text_literal(&c, begin))
        return fault_set(fault, FAULT_SYNTAX, "status", 0, "this is no status line: '%.*s'",
                         FAULT_QUOTE(message));
    for (skip(&c); text_word(&c, SIZE_MAX, &word); skip(&c)) {
        int64_t value;
        char unit;
        if (!number(word, &value, &unit)) {
            out->odd += name.n != 0; /* two names: the first has no number */
            name = word;
            half = true;
        } else if (name.n != 0) {
            take(out, name, value, unit, &next);
            name.n = 0;
            half = false;
        } else {
            out->odd++;
            half = true; /* at the end it may be the first digit of "5XXHrdBnc" */
        }
    }
    if (half)
        return fault_set(fault, FAULT_CUT, "status", 0, "the status line is torn in '%.*s'",
                         FAULT_QUOTE(word));
    if (out->pairs == 0)
        return fault_set(fault, FAULT_SYNTAX, "status", 0,
                         "a status line without a counter: '%.*s'", FAULT_QUOTE(message));
    return true;
}

bool counters_get(const struct counters_line *line, enum counters_key key, int64_t *value)
{
    if ((line->has & bit(key)) == 0)
        return false;
    *value = line->value[key];
    return true;
}

const int64_t *counters_find(const struct counters_line *line, struct span name)
{
    enum counters_key key;
    if (known(name, 0, &key))
        return (line->has & bit(key)) != 0 ? &line->value[key] : NULL;
    const struct counters_other *found = other(line, name);
    return found != NULL ? &found->value : NULL;
}

unsigned counters_check(const struct counters_line *line,
                        struct counters_identity checked[COUNTERS_IDENTITIES])
{
    unsigned failed = 0;
    for (unsigned i = 0; i < COUNTERS_IDENTITIES; i++) {
        struct counters_identity *one = &checked[i];
        *one = (struct counters_identity){.sum = identities[i].sum};
        one->told = counters_get(line, one->sum, &one->value);
        for (unsigned k = 0; k < identities[i].count; k++) {
            int64_t part = 0;
            one->told = counters_get(line, identities[i].parts[k], &part) && one->told;
            one->parts += part;
        }
        one->holds = one->told && one->value == one->parts;
        failed += one->told && !one->holds;
    }
    return failed;
}

void counters_compare(const struct counters_line *before, const struct counters_line *after,
                      int64_t elapsed_s, struct counters_change *change)
{
    *change = (struct counters_change){.has = before->has & after->has};
    for (int i = 0; i < COUNTERS_KNOWN; i++) {
        const enum counters_key key = (enum counters_key)i;
        if ((change->has & bit(key)) == 0)
            continue;
        change->delta[i] = after->value[i] - before->value[i];
        if (change->delta[i] < 0 &&
            (keys[i].class == COUNTERS_TOTAL || keys[i].class == COUNTERS_ID))
            change->reset |= bit(key);
    }
    if ((change->has & bit(COUNTERS_CPUETM)) == 0)
        return;
    const int64_t up = change->delta[COUNTERS_CPUETM];
    /* An hour of summer time between two lines looks alike but for the second condition. */
    const bool by_clock = elapsed_s >= 0 && up < elapsed_s - COUNTERS_SLACK_S &&
                          after->value[COUNTERS_CPUETM] < elapsed_s;
    change->restarted = up < 0 || by_clock;
}

bool counters_started(const struct counters_line *line, int64_t now, int64_t *started)
{
    int64_t up;
    if (!counters_get(line, COUNTERS_CPUETM, &up) || up < 0)
        return false;
    *started = now - up;
    return true;
}
