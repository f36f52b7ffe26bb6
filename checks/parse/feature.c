/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/feature.h"

#include "checks/time.h"

static bool read_seconds(struct span text, bool number_is_seconds, int64_t *seconds)
{
    bool negative = text_starts(text, "-");
    struct span amount = text_skip(text, negative ? 1 : 0);
    if (text_starts(amount, "+") || text_starts(amount, "-") ||
        !((number_is_seconds && text_to_int(amount, seconds)) || time_parse_age(amount, seconds)))
        return false;
    /* No key lasts 100,000 years: such a number is no time, and would overflow where it is used. */
    if (*seconds > INT64_C(3155760000000))
        return false;
    /* Below zero since the key ran out (seen in XML, V; the meaning is inferred). */
    if (negative)
        *seconds = -*seconds;
    return true;
}

void feature_read(struct feature *feature, struct span text, bool number_is_seconds)
{
    static const struct {
        const char *word;
        enum feature_life life;
    } words[] = {
        {"perpetual", FEATURE_PERPETUAL},
        {"expired", FEATURE_EXPIRED},
        {"dormant", FEATURE_DORMANT},
        {"dormant/perpetual", FEATURE_DORMANT},
    };
    text = text_trim(text);
    feature->text = text;
    feature->life = FEATURE_UNRECOGNISED;
    feature->seconds_left = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_is_nocase(text, words[i].word))
            feature->life = words[i].life;
    if (feature->life == FEATURE_UNRECOGNISED &&
        read_seconds(text, number_is_seconds, &feature->seconds_left))
        feature->life = FEATURE_TIMED;
}

bool feature_expired(const struct feature *feature)
{
    return feature->life == FEATURE_EXPIRED ||
           (feature->life == FEATURE_TIMED && feature->seconds_left <= 0);
}

/* NAME without what some releases put in front of it and others do not. */
static struct span bare_name(struct span name)
{
    static const char *const prefixes[] = {"feature - ", "cisco ", "ironport "};
    name = text_trim(name);
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct cursor c = text_cursor(name);
        if (text_literal_nocase(&c, prefixes[i]))
            name = text_trim(text_rest(&c));
    }
    return name;
}

bool feature_same_name(struct span a, struct span b)
{
    return text_same_nocase(bare_name(a), bare_name(b));
}
