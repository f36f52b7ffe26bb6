/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/wrap.h"

#include <string.h>

enum { COLUMNS = 79 };

/* Bytes of TEXT without its colours, "ESC [ … m". */
static size_t width(const char *text)
{
    size_t n = strlen(text);
    for (const char *p = text; (p = strchr(p, '\033')) != NULL; p += strcspn(p, "m"))
        n -= strcspn(p, "m") + (p[strcspn(p, "m")] != '\0');
    return n;
}

void wrap_put(FILE *out, const char *label, const char *text)
{
    const size_t indent = width(label);
    size_t column = indent;
    (void)fputs(label, out);
    for (const char *word = text; *word != '\0';) {
        size_t n = strcspn(word, " ");
        if (column > indent && column + 1 + n > COLUMNS) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > indent ? " " : "", (int)n, word);
        word += n + strspn(word + n, " ");
    }
    (void)fputc('\n', out);
}
