/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/counters.h"

#include <string.h>

enum { MAX_DIGITS = 18 };

static const char begin[] = "Status: ";

/* Beyond is no number of an appliance; five of them still can be added. */
static const int64_t biggest = (int64_t)1 << 60;

static const struct {
    uint8_t n;     /* bytes of the name */
    uint8_t class; /* enum counters_class */
    char name[14];
} keys[COUNTERS_KNOWN] = {
#define COUNTERS_KEY(constant, name, class)                                                        \
    [COUNTERS_##constant] = {sizeof(name) - 1, COUNTERS_##class, name},
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
    return (enum counters_class)keys[key].class;
}

/* As text_word() takes them. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* The unit at P, which FOUND is multiplied by. Returns its end; NULL: it is none. */
static const char *unit_at(const char *p, const char *end, int64_t *found, char *unit)
{
    static const char units[] = "KMGT";
    const char *scale = strchr(units, *p);
    *unit = scale != NULL ? 'B' : '%';
    if (scale == NULL && *p != '%')
        return NULL;
    for (const char *u = units; scale != NULL && u <= scale; u++) {
        if (*found > biggest / 1024)
            return NULL;
        *found *= 1024;
    }
    return ++p == end || is_blank(*p) ? p : NULL;
}

/* "12", "-3", "66G", "0%": all of the word at P. Returns its end; NULL: it is none. */
static inline const char *number(const char *p, const char *end, int64_t *value, char *unit)
{
    const bool negative = *p == '-';
    const char *const digits = p + negative;
    uint64_t found = 0;
    for (p = digits; p < end && *p >= '0' && *p <= '9'; p++)
        found = found * 10 + (uint64_t)(*p - '0');
    if (p == digits || p - digits > MAX_DIGITS)
        return NULL;
    *value = (int64_t)found;
    *unit = 0;
    if (p < end && !is_blank(*p))
        p = unit_at(p, end, value, unit);
    *value = negative ? -*value : *value;
    return p;
}

/* The key of NAME, which is not empty, or COUNTERS_KNOWN. */
static unsigned key_of(struct span name)
{
    for (unsigned key = 0; key < COUNTERS_KNOWN; key++)
        if (name.n == keys[key].n && *name.p == *keys[key].name &&
            memcmp(name.p, keys[key].name, name.n) == 0)
            return key;
    return COUNTERS_KNOWN;
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

/* Keeps the pair; false: its name was there before. */
static bool keep_other(struct counters_line *out, struct span name, int64_t value, char unit)
{
    if (other(out, name) != NULL)
        return false;
    if (out->other_count == COUNTERS_OTHERS) {
        out->unkept++;
        return true;
    }
    struct counters_other *kept = &out->other[out->other_count++];
    const struct span cut = cut_name(name);
    *kept = (struct counters_other){.unit = unit, .value = value};
    for (size_t i = 0; i < cut.n; i++)
        kept->name[i] = cut.p[i] > ' ' && cut.p[i] < 0x7f ? cut.p[i] : '?';
    return true;
}

static inline bool keep_known(struct counters_line *out, unsigned key, int64_t value, char unit)
{
    const uint64_t mine = bit((enum counters_key)key);
    if ((out->has & mine) != 0)
        return false;
    out->has |= mine;
    out->value[key] = value;
    out->unit[key] = unit;
    return true;
}

/* The word at P, and its key. It is nearly always NEXT: lines of one release have one order. */
static inline struct span name_at(const char *p, const char *end, unsigned next, unsigned *key)
{
    const size_t n = next < COUNTERS_KNOWN ? keys[next].n : SIZE_MAX;
    struct span name = {p, n};
    *key = next;
    if (n < (size_t)(end - p) && is_blank(p[n]) && memcmp(p, keys[next].name, n) == 0)
        return name;
    struct cursor c = {p, end};
    (void)text_word(&c, SIZE_MAX, &name);
    *key = key_of(name);
    return name;
}

/* Behind whatever text_word() does not take. */
static inline const char *skip(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p <= ' ')
        p++;
    return p;
}

/* All pairs. Returns the word at the end that is, or may be, half of one; or an empty one. */
static struct span read_pairs(const char *p, const char *end, struct counters_line *out)
{
    struct span half = {NULL, 0};
    unsigned key, next = 0;
    int64_t value;
    char unit;
    for (p = skip(p, end); p < end; p = skip(p, end)) {
        const char *behind = number(p, end, &value, &unit);
        if (behind != NULL) { /* without a name: it may be the first digit of "5XXHrdBnc" */
            half = (struct span){p, (size_t)(behind - p)};
            out->odd++;
            p = behind;
            continue;
        }
        half = name_at(p, end, next, &key);
        p = skip(p + half.n, end);
        behind = p < end ? number(p, end, &value, &unit) : NULL;
        if (behind == NULL) {
            out->odd += p < end; /* another name: this one has no number */
            continue;
        }
        /* The first of two pairs of one name counts: nothing behind can change what was said. */
        const bool kept = key < COUNTERS_KNOWN ? keep_known(out, key, value, unit)
                                               : keep_other(out, half, value, unit);
        *(kept ? &out->pairs : &out->odd) += 1;
        next = key < COUNTERS_KNOWN ? key + 1 : next;
        half.n = 0;
        p = behind;
    }
    return half;
}

bool counters_parse(struct span message, struct counters_line *out, struct fault *fault)
{
    struct cursor c = text_cursor(text_trim(message));
    memset(out, 0, sizeof(*out));
    if (!text_literal(&c, begin))
        return fault_set(fault, FAULT_SYNTAX, "status", 0, "this is no status line: '%.*s'",
                         FAULT_QUOTE(message));
    const struct span half = read_pairs(c.p, c.end, out);
    if (half.n != 0)
        return fault_set(fault, FAULT_CUT, "status", 0, "the status line is torn in '%.*s'",
                         FAULT_QUOTE(half));
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
    const unsigned key = name.n == 0 ? COUNTERS_KNOWN : key_of(name);
    if (key < COUNTERS_KNOWN)
        return (line->has & bit((enum counters_key)key)) != 0 ? &line->value[key] : NULL;
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
