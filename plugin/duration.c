/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/duration.h"

#include "checks/text.h"

bool duration_parse(const char *text, unsigned min, unsigned max, unsigned *seconds)
{
    static const struct {
        const char *suffix;
        int64_t seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}};
    struct span digits = text_of(text);
    int64_t number, unit = 1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text_ends(digits, units[i].suffix)) {
            unit = units[i].seconds;
            digits = text_trim(text_head(digits, digits.n - 1));
            break;
        }
    }
    struct cursor c = text_cursor(digits);
    if (!text_digits(&c, 1, 9, &number) || !text_at_end(&c) || number * unit < min ||
        number * unit > max)
        return false;
    *seconds = (unsigned)(number * unit);
    return true;
}
