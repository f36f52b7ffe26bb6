/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/family.h"

#include <string.h>

const struct family_row family_rows[] = {
#define FAMILY(name, use, pattern, sample) {FAMILY_##name, pattern, sample},
#define FORM(name, pattern, sample)        {FAMILY_##name, pattern, sample},
#include "checks/maillog/family.def"
#undef FAMILY
#undef FORM
};
const size_t family_row_count = sizeof(family_rows) / sizeof(family_rows[0]);

static const struct {
    const char *name;
    enum family_use use;
} families[FAMILY_COUNT] = {
#define FAMILY(name, use, pattern, sample) [FAMILY_##name] = {#name, FAMILY_USE_##use},
#define FORM(name, pattern, sample)
#include "checks/maillog/family.def"
};

const char *family_name(enum family family)
{
    return families[family].name;
}

enum family_use family_use(enum family family)
{
    return families[family].use;
}

static bool number(struct span *rest, uint64_t *value)
{
    size_t n = 0;
    *value = 0;
    while (n < rest->n && n < 19 && rest->p[n] >= '0' && rest->p[n] <= '9')
        *value = *value * 10 + (uint64_t)(rest->p[n++] - '0');
    *rest = text_skip(*rest, n);
    return n != 0 && (rest->n == 0 || rest->p[0] < '0' || rest->p[0] > '9');
}

static bool word(struct span *rest)
{
    size_t n = 0;
    while (n < rest->n && n < 64 && rest->p[n] != ' ' && rest->p[n] != '\r' && rest->p[n] != '\t')
        n++;
    *rest = text_skip(*rest, n);
    return n != 0;
}

bool family_fits(const char *pattern, struct span message, uint64_t id[2], const char **rest)
{
    struct span left = message;
    unsigned numbers = 0;
    id[0] = id[1] = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            if (!number(&left, &id[numbers++ > 0]))
                return false;
        } else if (*pattern == '?') {
            if (!word(&left))
                return false;
        } else if (*pattern == '$') {
            if (text_trim(left).n != 0)
                return false;
        } else {
            if (left.n == 0 || *left.p != *pattern)
                return false;
            left = text_skip(left, 1);
        }
    }
    *rest = left.p;
    return true;
}
