/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/html.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>

#include "checks/parse/api_error.h"

/*
 * A GUI page has some 100 KB. libxml2 before 2.12 compares each attribute of an element with all
 * others and never forgets a name, so a bound on the memory of its names (MAX_NAMES; in use are a
 * few hundred bytes) keeps a start tag of a million attributes from costing hours.
 */
enum { MAX_BYTES = 2 * 1024 * 1024, MAX_NAMES = 2000 };

/* -- Encoding ------------------------------------------------------------------------------- */

static bool is_utf8(struct span bytes)
{
    int size;
    for (size_t i = 0; i < bytes.n; i += (size_t)size) {
        size = (int)(bytes.n - i < 4 ? bytes.n - i : 4);
        if ((unsigned char)bytes.p[i] < 0x80)
            size = 1;
        else if (xmlGetUTF8Char((const unsigned char *)bytes.p + i, &size) < 0)
            return false;
    }
    return true;
}

/* The charset that the page's own <meta> names, in NAME; "" when it names none. */
static void declared_charset(struct span page, char *name, size_t size)
{
    struct span head = text_head(page, 16 * 1024);
    ptrdiff_t at;
    while ((at = text_find_nocase(head, "<meta")) >= 0) {
        struct span tag;
        (void)text_cut(text_skip(head, (size_t)at + 5), '>', &tag, &head);
        at = text_find_nocase(tag, "charset");
        tag = text_trim(text_skip(tag, at < 0 ? tag.n : (size_t)at + 7));
        if (!text_starts(tag, "="))
            continue;
        tag = text_trim(text_skip(tag, 1));
        if (text_starts(tag, "\"") || text_starts(tag, "'"))
            tag = text_skip(tag, 1);
        size_t n = 0;
        while (n < tag.n && n + 1 < size && memchr("\"'; \t\r\n/", tag.p[n], 8) == NULL)
            n++;
        (void)snprintf(name, size, "%.*s", (int)n, tag.p);
        return;
    }
}

/* Else libxml2 prints what it thinks of a charset's bytes. */
static void silent(void *context, const char *format, ...)
{
    (void)context, (void)format;
}

static bool convert(struct arena *arena, struct span *page, xmlCharEncodingHandler *handler,
                    struct fault *fault)
{
    bool converted = false;
    /* No supported charset has a character that takes more than four times its bytes in UTF-8. */
    xmlBuffer *in = xmlBufferCreateSize(page->n + 1);
    xmlBuffer *out = xmlBufferCreateSize(4 * page->n + 64);
    if (in == NULL || out == NULL || xmlBufferAdd(in, (const xmlChar *)page->p, (int)page->n) != 0)
        fault_set(fault, FAULT_INTERNAL, NULL, 0, "out of memory");
    else if (xmlCharEncInFunc(handler, out, in) < 0 || xmlBufferLength(in) != 0)
        fault_set(fault, FAULT_SYNTAX, NULL, 0, "the page has bytes that its charset has not");
    else
        converted = true;
    if (converted) {
        page->n = (size_t)xmlBufferLength(out);
        page->p = arena_dup(arena, (struct span){(const char *)xmlBufferContent(out), page->n});
    }
    xmlBufferFree(in);
    xmlBufferFree(out);
    return converted;
}

/*
 * Makes PAGE valid UTF-8. libxml2 would stop without a word at the first byte that does not fit, so
 * nothing else is handed to it.
 */
static bool to_utf8(struct arena *arena, struct span *page, struct fault *fault)
{
    static const struct {
        const char *mark, *charset;
    } marks[] = {{"\xEF\xBB\xBF", "UTF-8"}, {"\xFF\xFE", "UTF-16LE"}, {"\xFE\xFF", "UTF-16BE"}};
    const char *charset = NULL;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && charset == NULL; i++)
        if (text_starts(*page, marks[i].mark)) {
            charset = marks[i].charset;
            *page = text_skip(*page, strlen(marks[i].mark));
        }
    char name[48] = "";
    if (charset == NULL) {
        declared_charset(*page, name, sizeof(name));
        /* A declaration that can be read as ASCII can only mean UTF-8 by "UTF-16". */
        charset = text_starts_nocase(text_of(name), "utf") ? "UTF-8" : name;
    }
    xmlCharEncodingHandler *handler = NULL;
    if (charset[0] != '\0' && !text_is(text_of(charset), "UTF-8"))
        handler = xmlFindCharEncodingHandler(charset);
    if (handler == NULL && !is_utf8(*page))
        handler = xmlFindCharEncodingHandler("ISO-8859-1");
    if (handler == NULL)
        return true;
    bool converted = convert(arena, page, handler, fault);
    (void)xmlCharEncCloseFunc(handler);
    return converted;
}

/* -- Reading -------------------------------------------------------------------------------- */

static ptrdiff_t last_of(struct span text, const char *needle)
{
    ptrdiff_t last = -1, at;
    size_t skipped = 0;
    while ((at = text_find_nocase(text_skip(text, skipped), needle)) >= 0) {
        last = (ptrdiff_t)skipped + at;
        skipped = (size_t)last + 1;
    }
    return last;
}

/* Is TEXT, which is not empty, a page at all, and all of it? */
static bool is_whole(struct span text, struct fault *fault)
{
    if (memchr(text.p, '\0', text.n) != NULL)
        return fault_set(fault, FAULT_SYNTAX, NULL, 0, "binary data in place of a page");
    if (*text.p == '{' || *text.p == '[') {
        json_t *root = api_error_load(text, NULL, fault);
        if (root != NULL)
            fault_set(fault, FAULT_SYNTAX, NULL, 0, "JSON in place of a page");
        json_decref(root);
        return false;
    }
    if (*text.p != '<')
        return fault_set(fault, FAULT_SYNTAX, NULL, 0, "no HTML: '%.*s'", FAULT_QUOTE(text));
    /* A table's end tag may not be left out, so its absence shows the cut that HTML forgives. */
    if (last_of(text, "<table") > last_of(text, "</table"))
        return fault_set(fault, FAULT_CUT, NULL, 0, "the page ends inside a table");
    return true;
}

static void ignore_text(void *context, const xmlChar *text, int size)
{
    (void)context, (void)text, (void)size;
}

/* Parses valid UTF-8. Says REFUSED when libxml2 gave up: its tree is not the whole page then. */
static xmlDoc *read_document(struct span page, const char **refused)
{
    htmlParserCtxtPtr context = htmlNewParserCtxt();
    if (context == NULL)
        return NULL;
    /* Not wanted, and a run of comments makes libxml2 walk back over all of them (areBlanks). */
    context->sax->comment = NULL;
    context->sax->processingInstruction = NULL;
    context->sax->cdataBlock = ignore_text;
    (void)xmlDictSetLimit(context->dict, MAX_NAMES);
    xmlDoc *document =
        htmlCtxtReadMemory(context, page.p, (int)page.n, NULL, "UTF-8",
                           HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                               HTML_PARSE_RECOVER | HTML_PARSE_IGNORE_ENC);
    const xmlChar *probe = (const xmlChar *)"postcheck: is there room for one more name?";
    if (context->disableSAX)
        *refused = "the page is nested too deeply";
    else if (xmlDictLookup(context->dict, probe, -1) == NULL)
        *refused = "the page has too many names of elements and attributes";
    htmlFreeParserCtxt(context);
    return document;
}

xmlDoc *html_read(struct arena *arena, struct span page, struct fault *fault)
{
    if (page.n > MAX_BYTES) {
        fault_set(fault, FAULT_TOO_BIG, NULL, 0, "more than %d MiB of HTML",
                  MAX_BYTES / 1024 / 1024);
        return NULL;
    }
    xmlSetGenericErrorFunc(NULL, silent);
    bool readable = to_utf8(arena, &page, fault);
    xmlSetGenericErrorFunc(NULL, NULL);
    if (!readable)
        return NULL;
    struct span text = text_trim(page);
    if (text.n == 0)
        fault_set(fault, FAULT_EMPTY, NULL, 0, "the answer is empty");
    if (text.n == 0 || !is_whole(text, fault))
        return NULL;
    page.n = (size_t)(text.p - page.p) + text.n; /* blank lines in front count as lines */
    const char *refused = NULL;
    xmlDoc *document = read_document(page, &refused);
    if (refused != NULL)
        fault_set(fault, FAULT_TOO_BIG, NULL, 0, "%s", refused);
    else if (document == NULL || xmlDocGetRootElement(document) == NULL)
        fault_set(fault, FAULT_SYNTAX, NULL, 0, "no HTML: '%.*s'", FAULT_QUOTE(text));
    else
        return document;
    xmlFreeDoc(document);
    return NULL;
}

/* -- The tree ------------------------------------------------------------------------------- */

bool html_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name);
}

static bool is_any(const xmlNode *node, const char *const *names)
{
    while (*names != NULL)
        if (html_is(node, *names++))
            return true;
    return false;
}

static bool has(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlHasProp(node, (const xmlChar *)name) != NULL;
}

struct span html_attribute(const xmlNode *node, const char *name)
{
    if (!has(node, name))
        return (struct span){NULL, 0};
    const xmlNode *value = xmlHasProp(node, (const xmlChar *)name)->children;
    return text_of(value == NULL ? NULL : (const char *)value->content);
}

unsigned html_line(const xmlNode *node)
{
    long line = xmlGetLineNo(node);
    return line > 0 && line < 65535 ? (unsigned)line : 0; /* libxml2 counts no further */
}

const xmlNode *html_following(const xmlNode *node, const xmlNode *top, bool inside)
{
    if (inside && node->type == XML_ELEMENT_NODE && node->children != NULL)
        return node->children;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static bool has_class(const xmlNode *node, const char *name)
{
    struct cursor cursor = text_cursor(html_attribute(node, "class"));
    struct span word;
    while (text_blanks(&cursor), text_word(&cursor, SIZE_MAX, &word))
        if (text_is_nocase(word, name))
            return true;
    return false;
}

static bool has_style(const xmlNode *node, const char *property, const char *value)
{
    struct span rest = html_attribute(node, "style"), declaration, name;
    while (rest.n != 0) {
        (void)text_cut(rest, ';', &declaration, &rest);
        (void)text_cut(declaration, ':', &name, &declaration);
        if (text_is_nocase(text_trim(name), property) &&
            text_starts_nocase(text_trim(declaration), value))
            return true;
    }
    return false;
}

/* yui-dt-hidden: of the table script that GUIs of this age use (I). */
bool html_hidden(const xmlNode *node)
{
    static const char *const never_seen[] = {"head",     "script", "style",    "noscript",
                                             "template", "select", "textarea", "option",
                                             "noframes", "iframe", NULL};
    return is_any(node, never_seen) || has(node, "hidden") || has_class(node, "hidden") ||
           has_class(node, "yui-dt-hidden") || has_style(node, "display", "none") ||
           has_style(node, "visibility", "hidden") || has_style(node, "visibility", "collapse");
}

/* -- Visible text --------------------------------------------------------------------------- */

/* Text with its white space folded, as far as it fits. */
struct fold {
    char *p;
    size_t n, max;
    bool gap; /* a blank is due before the next word */
    /* What was put there last, and whether it was a picture's alternative text. */
    size_t last;
    bool picture;
};

static void fold_text(struct fold *fold, struct span text)
{
    while (text.n != 0 && fold->n < fold->max) {
        bool nbsp = text_starts(text, "\xC2\xA0");
        if (nbsp || (unsigned char)*text.p <= ' ') {
            fold->gap = true;
            text = text_skip(text, nbsp ? 2 : 1);
            continue;
        }
        if (fold->gap && fold->n != 0)
            fold->p[fold->n++] = ' ';
        fold->gap = false;
        if (fold->n < fold->max)
            fold->p[fold->n++] = *text.p;
        text = text_skip(text, 1);
    }
}

/* A picture and the text beside it that say the same, "OK OK", are read once. */
static void fold_piece(struct fold *fold, struct span text, bool picture)
{
    struct span last = {fold->p + fold->last, fold->n - fold->last};
    if (text_trim(text).n == 0) {
        fold_text(fold, text);
        return;
    }
    bool repeated = picture != fold->picture && text_same(text_trim(text), text_trim(last));
    fold->last = fold->n;
    fold->picture = picture;
    if (repeated)
        fold->gap = true;
    else
        fold_text(fold, text);
}

static bool is_inline(const xmlNode *node)
{
    static const char *const names[] = {"a",     "abbr", "b",  "em",    "font", "i",
                                        "label", "nobr", "s",  "small", "span", "strong",
                                        "sub",   "sup",  "tt", "u",     "wbr",  NULL};
    return node->type == XML_TEXT_NODE || is_any(node, names);
}

struct span html_visible(const xmlNode *top, char *buffer, size_t size)
{
    struct fold fold = {.p = buffer, .max = size};
    const xmlNode *node = top, *next;
    for (; node != NULL && fold.n < fold.max; node = next) {
        bool inside = node == top || !html_hidden(node);
        fold.gap = fold.gap || !is_inline(node);
        if (node->type == XML_TEXT_NODE)
            fold_piece(&fold, text_of((const char *)node->content), false);
        else if (inside && html_is(node, "img"))
            fold_piece(&fold, html_attribute(node, "alt"), true);
        next = html_following(node, top, inside);
        /* Blocks that end on the way to the next node separate as well. */
        for (const xmlNode *left = node; next != NULL && left != next->parent; left = left->parent)
            fold.gap = fold.gap || !is_inline(left);
    }
    if (fold.n == fold.max) /* not half a character at the end */
        while (fold.n > 0 && ((unsigned char)fold.p[--fold.n] & 0xC0) == 0x80)
            continue;
    return (struct span){fold.p, fold.n};
}
