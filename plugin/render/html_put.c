/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/html_put.h"

#include <stdarg.h>
#include <string.h>

/* More than any text of a report has; what is longer was not meant for people. */
enum { MAX_TEXT = 1000 };

/* What must not stand as it is; U+FFFE and U+FFFF are no characters of XML. */
static const struct {
    const char *bytes, *instead;
} escapes[] = {
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"\"", "&quot;"},
    {"'", "&#39;"},
    {"\xef\xbf\xbe", "\xef\xbf\xbd"},
    {"\xef\xbf\xbf", "\xef\xbf\xbd"},
};

static const char *clean(const struct html *page, const char *text)
{
    return result_clean(page->report->arena, text_of(text), MAX_TEXT);
}

/* The one way for text into the page. TEXT has been cleaned. */
static void put_escaped(const struct html *page, struct span text)
{
    while (text.n > 0) {
        size_t i = 0;
        while (i < CHECK_COUNT(escapes) && !text_starts(text, escapes[i].bytes))
            i++;
        if (i < CHECK_COUNT(escapes))
            (void)fputs(escapes[i].instead, page->out);
        else
            (void)fputc(*text.p, page->out);
        text = text_skip(text, i < CHECK_COUNT(escapes) ? strlen(escapes[i].bytes) : 1);
    }
}

void html_put(const struct html *page, const char *template, ...)
{
    va_list args;
    va_start(args, template);
    for (const char *p = template; *p != '\0';) {
        size_t plain = strcspn(p, "%");
        (void)fwrite(p, 1, plain, page->out);
        p += plain;
        if (*p == '\0')
            break;
        p++;
        if (*p == 's')
            put_escaped(page, text_of(clean(page, va_arg(args, const char *))));
        else if (*p == 'd')
            (void)fprintf(page->out, "%d", va_arg(args, int));
        else if (*p == 'u')
            (void)fprintf(page->out, "%u", va_arg(args, unsigned));
        else if (*p == 'z' && *++p == 'u')
            (void)fprintf(page->out, "%zu", va_arg(args, size_t));
        else
            (void)fputc('%', page->out);
        p++;
    }
    va_end(args);
}

void html_put_prose(const struct html *page, const char *text)
{
    struct span rest = text_of(clean(page, text)), plain, code, behind;
    while (text_cut(rest, '`', &plain, &behind) && text_cut(behind, '`', &code, &behind)) {
        put_escaped(page, plain);
        (void)fputs("<code>", page->out);
        put_escaped(page, code);
        (void)fputs("</code>", page->out);
        rest = behind;
    }
    put_escaped(page, rest);
}

const char *html_put_sign(enum state state)
{
    static const char *const signs[STATE_COUNT] = {
        [STATE_NOT_APPLICABLE] = "–", [STATE_OK] = "✓",      [STATE_PENDING] = "…",
        [STATE_UNKNOWN] = "?",        [STATE_WARNING] = "!", [STATE_CRITICAL] = "✕",
    };
    return signs[state];
}

void html_put_state(const struct html *page, enum state state)
{
    html_put(page, "<span class=\"state %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
             result_state_word(state), html_put_sign(state), result_state_label(state));
}

void html_put_time(const struct html *page, int64_t at)
{
    char utc[32], plain[32];
    (void)time_print_utc(at, utc, sizeof(utc));
    (void)memcpy(plain, utc, sizeof(plain));
    plain[strcspn(plain, "T")] = ' ';
    plain[strcspn(plain, "Z")] = '\0';
    html_put(page, "<time datetime=\"%s\">%s</time>", utc, plain);
}

void html_put_entry(const struct html *page, const char *term, const char *text)
{
    if (text != NULL)
        html_put(page, "<div><dt>%s</dt><dd>%s</dd></div>\n", term, text);
}

void html_put_entry_time(const struct html *page, const char *term, bool known, int64_t at)
{
    if (!known)
        return;
    html_put(page, "<div><dt>%s</dt><dd>", term);
    html_put_time(page, at);
    html_put(page, "</dd></div>\n");
}

void html_put_table(const struct html *page, const char *style, const char *caption,
                    const char *const *heads)
{
    html_put(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n",
             caption);
    html_put(page, "<table class=\"%s\">\n<caption>%s</caption>\n<thead><tr>", style, caption);
    for (size_t i = 0; heads[i] != NULL; i++)
        if (heads[i][0] == '#')
            html_put(page, "<th scope=\"col\" class=\"number\">%s</th>", heads[i] + 1);
        else
            html_put(page, "<th scope=\"col\">%s</th>", heads[i]);
    html_put(page, "</tr></thead>\n<tbody>\n");
}

void html_put_table_end(const struct html *page)
{
    html_put(page, "</tbody>\n</table>\n</div>\n");
}

void html_put_cell(const struct html *page, const char *text)
{
    if (text != NULL)
        html_put(page, "<td>%s</td>", text);
    else
        html_put(page, "<td><span aria-hidden=\"true\">–</span><span class=\"unseen\">not "
                       "known</span></td>");
}

void html_put_cell_time(const struct html *page, bool known, int64_t at)
{
    if (!known) {
        html_put_cell(page, NULL);
        return;
    }
    html_put(page, "<td class=\"time\">");
    html_put_time(page, at);
    html_put(page, "</td>");
}

void html_put_fold(const struct html *page, bool is_long, const char *summary)
{
    html_put(page, "<details class=\"%s\">\n<summary>%s</summary>\n", is_long ? "long" : "short",
             summary);
}

void html_put_fold_end(const struct html *page)
{
    html_put(page, "</details>\n");
}
