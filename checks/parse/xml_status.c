/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/xml_status.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#include "checks/parse/api_error.h"

/*
 * The page has 10 to 20 KB (V, three samples). libxml2 before 2.12 compares each attribute of
 * an element with all others, so the limit is also what bounds its time.
 */
enum { MAX_BYTES = 128 * 1024, MAX_ENTRIES = 4096 };

/* What goes wrong while libxml2 parses; hangs at the context's _private. */
struct trouble {
    bool doctype;
    bool broken;
    int line;
    char words[128]; /* of the first error, the only one that is not a consequence */
};

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_pointer;
#else
typedef xmlErrorPtr error_pointer;
#endif

static void on_error(void *context, error_pointer error)
{
    struct trouble *trouble = ((xmlParserCtxtPtr)context)->_private;
    if (trouble == NULL || trouble->broken || error->level < XML_ERR_FATAL)
        return;
    trouble->broken = true;
    trouble->line = error->line;
    struct span words = text_trim(text_of(error->message));
    (void)snprintf(trouble->words, sizeof(trouble->words), "%.*s", FAULT_QUOTE(words));
}

/*
 * The page has no document type, so whoever sends one wants entities expanded or files read. To
 * stop here works in any encoding and before the first declaration is looked at.
 */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    struct trouble *trouble = ((xmlParserCtxtPtr)context)->_private;
    trouble->doctype = true;
    xmlStopParser(context);
}

/* Else libxml2 prints what it thinks of a charset's bytes. */
static void silent(void *context, const char *format, ...)
{
    (void)context, (void)format;
}

static xmlDoc *read_document(struct span text, const char *encoding, struct trouble *trouble)
{
    xmlParserCtxt *context = xmlNewParserCtxt();
    if (context == NULL) {
        snprintf(trouble->words, sizeof(trouble->words), "out of memory");
        return NULL;
    }
    context->_private = trouble;
    context->sax->serror = on_error;
    context->sax->internalSubset = on_doctype;
    xmlSetGenericErrorFunc(NULL, silent);
    xmlDoc *document = xmlCtxtReadMemory(context, text.p, (int)text.n, NULL, encoding,
                                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                             XML_PARSE_NOCDATA);
    xmlSetGenericErrorFunc(NULL, NULL);
    xmlFreeParserCtxt(context);
    if (document != NULL && trouble->doctype) {
        xmlFreeDoc(document);
        document = NULL;
    }
    return document;
}

/* What is it that is no XML: the GUI, an API error, something else? Returns false. */
static bool not_xml(struct span text, struct fault *fault)
{
    const char *id = xml_status_kind.id;
    if (*text.p == '{' || *text.p == '[') {
        json_t *root = api_error_load(text, id, fault);
        if (root != NULL)
            fault_set(fault, FAULT_SYNTAX, id, 0, "JSON in place of XML");
        json_decref(root);
        return false;
    }
    if (*text.p != '<')
        return fault_set(fault, FAULT_SYNTAX, id, 0, "no XML: '%.*s'", FAULT_QUOTE(text));
    if (text_find_nocase(text, "process of restarting") >= 0)
        return fault_set(fault, FAULT_RESTARTING, id, 0, "the GUI is restarting");
    if (text_find_nocase(text, "password") >= 0)
        return fault_set(fault, FAULT_LOGIN, id, 0, "login page in place of /xml/status");
    return fault_set(fault, FAULT_UNSUPPORTED, id, 0, "an HTML page in place of /xml/status");
}

static bool is_html(struct span text)
{
    struct span head = text_head(text, 1024);
    return text_find_nocase(head, "<html") >= 0 || text_find_nocase(head, "<!doctype html") >= 0;
}

/* Says why there is no document. Returns false. */
static bool not_read(struct span text, unsigned skipped, const struct trouble *trouble,
                     struct fault *fault)
{
    const char *id = xml_status_kind.id;
    unsigned line = trouble->line > 0 ? skipped + (unsigned)trouble->line : 0;
    if (trouble->doctype)
        return fault_set(fault, FAULT_SYNTAX, id, 0,
                         "refused: the XML has a document type declaration");
    struct span tail = text;
    ptrdiff_t closing = text_find(text, "</status");
    if (closing >= 0)
        tail = text_skip(text, (size_t)closing);
    if (closing < 0 || text_find(tail, ">") < 0)
        return fault_set(fault, FAULT_CUT, id, line, "the XML ends before </status>: %s",
                         trouble->words);
    return fault_set(fault, FAULT_SYNTAX, id, line, "broken XML: %s", trouble->words);
}

/* -- The page ------------------------------------------------------------------------------- */

struct reader {
    struct arena *arena;
    struct xml_status *facts;
    unsigned skipped; /* lines in front of what libxml2 saw */
};

static unsigned line_of(const struct reader *reader, const xmlNode *node)
{
    long line = xmlGetLineNo(node);
    return line > 0 ? reader->skipped + (unsigned)line : 0;
}

/* The attribute's value, trimmed, in the arena. False when it is absent. */
static bool attribute(const struct reader *reader, const xmlNode *node, const char *name,
                      struct span *value)
{
    xmlChar *text = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (text == NULL)
        return false;
    *value = text_trim(text_of((const char *)text));
    value->p = arena_dup(reader->arena, *value);
    xmlFree(text);
    return true;
}

static bool is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name);
}

/* Start of the system, and the uptime behind it in the same attribute (V). */
static void read_birth_time(struct reader *reader, const xmlNode *node)
{
    struct xml_status *facts = reader->facts;
    struct span value, start, uptime;
    if (facts->birth_time_line != 0 || !attribute(reader, node, "timestamp", &value))
        return;
    facts->birth_time_line = line_of(reader, node);
    (void)text_cut(value, '(', &start, &uptime);
    facts->has_birth_time = time_parse_compact(start, &facts->birth_time);
    uptime = text_trim(uptime);
    if (text_ends(uptime, ")"))
        facts->has_uptime = time_parse_uptime(text_head(uptime, uptime.n - 1), &facts->uptime_s);
}

static void read_system(struct reader *reader, const xmlNode *node)
{
    struct xml_status *facts = reader->facts;
    struct span status;
    if (!attribute(reader, node, "status", &status))
        return;
    if (!facts->has_system_status) {
        facts->has_system_status = true;
        facts->system_status = status;
        facts->system_status_line = line_of(reader, node);
    } else if (!text_same_nocase(status, facts->system_status)) {
        facts->system_status_other = status;
    }
}

static void read_oldest(struct reader *reader, const xmlNode *node)
{
    struct xml_status *facts = reader->facts;
    struct span value;
    if (!facts->has_oldest && attribute(reader, node, "secs", &value))
        facts->has_oldest = text_to_int(value, &facts->oldest_s);
}

static void read_features(struct reader *reader, const xmlNode *list)
{
    struct xml_status *facts = reader->facts;
    for (const xmlNode *node = list->children; node != NULL; node = node->next) {
        struct span name, life;
        if (facts->feature_count == MAX_ENTRIES || !is(node, "feature") ||
            !attribute(reader, node, "name", &name) ||
            !attribute(reader, node, "time_remaining", &life))
            continue;
        facts->features = arena_push(reader->arena, facts->features, facts->feature_count,
                                     sizeof(facts->features[0]));
        struct feature *feature = &facts->features[facts->feature_count++];
        feature->name = name;
        feature->line = line_of(reader, node);
        feature_read(feature, life, true);
    }
}

/* The three lists of numbers: element, its entries, the attributes of an entry. V. */
static const struct {
    const char *list, *entry;
    const char *values[3];
    size_t items, count; /* of struct xml_status */
} numbers[] = {
#define FIELDS(plural, single)                                                                     \
    offsetof(struct xml_status, plural), offsetof(struct xml_status, single##_count)
    {"counters", "counter", {"reset", "uptime", "lifetime"}, FIELDS(counters, counter)},
    {"rates", "rate", {"last_1_min", "last_5_min", "last_15_min"}, FIELDS(rates, rate)},
    {"gauges", "gauge", {"current"}, FIELDS(gauges, gauge)},
#undef FIELDS
};

static void read_numbers(struct reader *reader, const xmlNode *list, size_t row)
{
    struct xml_status_number **items = (void *)((char *)reader->facts + numbers[row].items);
    size_t *count = (void *)((char *)reader->facts + numbers[row].count);
    for (const xmlNode *node = list->children; node != NULL; node = node->next) {
        struct span name, text;
        if (*count == MAX_ENTRIES || !is(node, numbers[row].entry) ||
            !attribute(reader, node, "name", &name))
            continue;
        *items = arena_push(reader->arena, *items, *count, sizeof(**items));
        struct xml_status_number *number = &(*items)[(*count)++];
        number->name = name;
        number->line = line_of(reader, node);
        for (size_t i = 0; i < 3 && numbers[row].values[i] != NULL; i++) {
            if (!attribute(reader, node, numbers[row].values[i], &text))
                continue;
            double value;
            char unit;
            struct cursor cursor = text_cursor(text);
            if (!text_quantity(&cursor, &value, &unit) || !text_at_end(&cursor))
                continue; /* unreadable is absent, not zero */
            number->has[i] = true;
            number->values[i] = value;
            number->unit = unit;
        }
    }
}

static void read_root(struct reader *reader, const xmlNode *root)
{
    static const struct {
        const char *name;
        void (*read)(struct reader *reader, const xmlNode *node);
    } elements[] = {
        {"birth_time", read_birth_time},
        {"system", read_system},
        {"oldest_message", read_oldest},
        {"features", read_features},
    };
    struct xml_status *facts = reader->facts;
    struct span timestamp;
    facts->root_line = line_of(reader, root);
    if (attribute(reader, root, "build", &facts->build))
        facts->has_release = release_parse(facts->build, &facts->release, NULL);
    (void)attribute(reader, root, "hostname", &facts->hostname);
    if (attribute(reader, root, "timestamp", &timestamp))
        facts->has_timestamp = time_parse_compact(timestamp, &facts->timestamp);
    for (const xmlNode *node = root->children; node != NULL; node = node->next) {
        for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
            if (is(node, elements[i].name))
                elements[i].read(reader, node);
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
            if (is(node, numbers[i].list))
                read_numbers(reader, node, i);
    }
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    const char *id = xml_status_kind.id;
    /* UTF-16 (a redirect in PowerShell) goes to libxml2 as it is; trimming would halve a letter. */
    bool utf16 = text_starts(bytes, "\xFF\xFE") || text_starts(bytes, "\xFE\xFF");
    struct span text = utf16 ? bytes : text_trim(bytes);
    bool bom = text_starts(text, "\xEF\xBB\xBF");
    if (bom)
        text = text_trim(text_skip(text, 3));
    if (text.n == 0)
        return fault_set(fault, FAULT_EMPTY, id, 0, "the answer is empty");
    if (!utf16 && (*text.p != '<' || is_html(text)))
        return not_xml(text, fault);
    if (text.n > MAX_BYTES)
        return fault_set(fault, FAULT_TOO_BIG, id, 0, "more than %d KiB of XML", MAX_BYTES / 1024);

    /* An XML declaration must be the first thing; blank lines in front of it are tolerated. */
    struct reader reader = {.arena = arena, .facts = facts};
    for (const char *p = bytes.p; p < text.p; p++)
        reader.skipped += *p == '\n';
    struct trouble trouble = {0};
    xmlDoc *document = read_document(text, bom ? "UTF-8" : NULL, &trouble);
    if (document == NULL)
        return not_read(text, reader.skipped, &trouble, fault);
    const xmlNode *root = xmlDocGetRootElement(document);
    bool known = root != NULL && is(root, "status");
    if (known)
        read_root(&reader, root);
    else
        fault_set(fault, FAULT_SYNTAX, id, root == NULL ? 0 : line_of(&reader, root),
                  "XML with <%.40s> in place of <status>",
                  root == NULL ? "" : (const char *)root->name);
    xmlFreeDoc(document);
    return known;
}

static struct span host(const void *facts)
{
    return ((const struct xml_status *)facts)->hostname;
}

const struct document_kind xml_status_kind = {
    .id = "https/xml_status.xml",
    .asked = "GET /xml/status",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct xml_status),
    .parse = parse,
    .host = host,
};

const struct xml_status_number *xml_status_find(const struct xml_status_number *list, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(list[i].name, name))
            return &list[i];
    return NULL;
}
