/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/xml_status.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

#include "checks/parse/api_error.h"

/*
 * The page has 10 to 20 KB (V, three samples). libxml2 before 2.12 compares each attribute of
 * an element with all others, so the limit is also what bounds its time.
 */
enum { MAX_BYTES = 128 * 1024, MAX_ENTRIES = 4096 };

/* What goes wrong while libxml2 parses. */
struct trouble {
    bool doctype;
    bool broken;
    int line;
    char words[128]; /* of the first error, the only one that is not a consequence */
};

/* A page being read, element by element: no tree of it is made. Hangs at the context's _private. */
struct reader {
    struct arena *arena;
    struct xml_status *facts;
    struct trouble trouble;
    unsigned skipped;          /* lines in front of what libxml2 sees */
    unsigned depth;            /* elements that are open */
    const struct element *row; /* how to read the children of the open list; or NULL */
    unsigned line;             /* of the element */
    struct span root;          /* name of the outermost element */
};

/* The attributes of one element, as libxml2 hands them over: five pointers for each. */
struct attributes {
    const xmlChar **five;
    int count;
};

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_pointer;
#else
typedef xmlErrorPtr error_pointer;
#endif

static struct reader *reader_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

static void on_error(void *context, error_pointer error)
{
    if (reader_of(context) == NULL)
        return;
    struct trouble *trouble = &reader_of(context)->trouble;
    if (trouble->broken || error->level < XML_ERR_FATAL)
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
    reader_of(context)->trouble.doctype = true;
    xmlStopParser(context);
}

/* Else libxml2 prints what it thinks of a charset's bytes. */
static void silent(void *context, const char *format, ...)
{
    (void)context, (void)format;
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

/* The attribute's value, trimmed, in the arena. False when it is absent. */
static bool attribute(const struct reader *reader, const struct attributes *all, const char *name,
                      struct span *value)
{
    for (int i = 0; i < all->count; i++) {
        const xmlChar **five = all->five + (ptrdiff_t)i * 5; /* name, prefix, URI, value, its end */
        if (five[1] != NULL || strcmp((const char *)five[0], name) != 0)
            continue;
        *value = text_trim((struct span){(const char *)five[3], (size_t)(five[4] - five[3])});
        value->p = arena_dup(reader->arena, *value);
        return true;
    }
    return false;
}

/* Start of the system, and the uptime behind it in the same attribute (V). */
static void read_birth_time(struct reader *reader, const struct attributes *all)
{
    struct xml_status *facts = reader->facts;
    struct span value, start, uptime;
    if (facts->birth_time_line != 0 || !attribute(reader, all, "timestamp", &value))
        return;
    facts->birth_time_line = reader->line;
    (void)text_cut(value, '(', &start, &uptime);
    facts->has_birth_time = time_parse_compact(start, &facts->birth_time);
    uptime = text_trim(uptime);
    if (text_ends(uptime, ")"))
        facts->has_uptime = time_parse_uptime(text_head(uptime, uptime.n - 1), &facts->uptime_s);
}

static void read_system(struct reader *reader, const struct attributes *all)
{
    struct xml_status *facts = reader->facts;
    struct span status;
    if (!attribute(reader, all, "status", &status))
        return;
    if (!facts->has_system_status) {
        facts->has_system_status = true;
        facts->system_status = status;
        facts->system_status_line = reader->line;
    } else if (!text_same_nocase(status, facts->system_status)) {
        facts->system_status_other = status;
    }
}

static void read_oldest(struct reader *reader, const struct attributes *all)
{
    struct xml_status *facts = reader->facts;
    struct span value;
    if (!facts->has_oldest && attribute(reader, all, "secs", &value))
        facts->has_oldest = text_to_int(value, &facts->oldest_s);
}

static void read_feature(struct reader *reader, const struct attributes *all)
{
    struct xml_status *facts = reader->facts;
    struct span name, life;
    if (facts->feature_count == MAX_ENTRIES || !attribute(reader, all, "name", &name) ||
        !attribute(reader, all, "time_remaining", &life))
        return;
    facts->features = arena_push(reader->arena, facts->features, facts->feature_count,
                                 sizeof(facts->features[0]));
    struct feature *feature = &facts->features[facts->feature_count++];
    feature->name = name;
    feature->line = reader->line;
    feature_read(feature, life, true);
}

/* One of a list of numbers, by the attributes NAMES. */
static void read_number(struct reader *reader, const struct attributes *all,
                        const char *const names[3], struct xml_status_number **items, size_t *count)
{
    struct span name, text;
    if (*count == MAX_ENTRIES || !attribute(reader, all, "name", &name))
        return;
    *items = arena_push(reader->arena, *items, *count, sizeof(**items));
    struct xml_status_number *number = &(*items)[(*count)++];
    number->name = name;
    number->line = reader->line;
    for (size_t i = 0; i < 3 && names[i] != NULL; i++) {
        double value;
        char unit;
        if (!attribute(reader, all, names[i], &text))
            continue;
        struct cursor cursor = text_cursor(text);
        if (!text_quantity(&cursor, &value, &unit) || !text_at_end(&cursor))
            continue; /* unreadable is absent, not zero */
        number->has[i] = true;
        number->values[i] = value;
        number->unit = unit;
    }
}

static void read_counter(struct reader *reader, const struct attributes *all)
{
    static const char *const names[3] = {"reset", "uptime", "lifetime"};
    read_number(reader, all, names, &reader->facts->counters, &reader->facts->counter_count);
}

static void read_rate(struct reader *reader, const struct attributes *all)
{
    static const char *const names[3] = {"last_1_min", "last_5_min", "last_15_min"};
    read_number(reader, all, names, &reader->facts->rates, &reader->facts->rate_count);
}

static void read_gauge(struct reader *reader, const struct attributes *all)
{
    static const char *const names[3] = {"current"};
    read_number(reader, all, names, &reader->facts->gauges, &reader->facts->gauge_count);
}

static void read_root(struct reader *reader, const struct attributes *all)
{
    struct xml_status *facts = reader->facts;
    struct span timestamp;
    facts->root_line = reader->line;
    if (attribute(reader, all, "build", &facts->build))
        facts->has_release = release_parse(facts->build, &facts->release, NULL);
    (void)attribute(reader, all, "hostname", &facts->hostname);
    if (attribute(reader, all, "timestamp", &timestamp))
        facts->has_timestamp = time_parse_compact(timestamp, &facts->timestamp);
}

/* The elements below <status>: what to read of them, or of the ENTRY elements in them. V. */
static const struct element {
    const char *name, *entry;
    void (*read)(struct reader *reader, const struct attributes *all);
} elements[] = {
    {"birth_time", NULL, read_birth_time}, {"system", NULL, read_system},
    {"oldest_message", NULL, read_oldest}, {"features", "feature", read_feature},
    {"counters", "counter", read_counter}, {"rates", "rate", read_rate},
    {"gauges", "gauge", read_gauge},
};

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace_pairs, int count, int defaulted,
                     const xmlChar **five)
{
    (void)prefix, (void)uri, (void)namespaces, (void)namespace_pairs, (void)defaulted;
    struct reader *reader = reader_of(context);
    const struct attributes all = {five, count};
    const int line = xmlSAX2GetLineNumber(context);
    const struct span label = text_of((const char *)name);
    reader->line = line > 0 ? reader->skipped + (unsigned)line : 0;
    reader->depth++;
    if (reader->depth == 1) {
        reader->root.n = label.n;
        reader->root.p = arena_dup(reader->arena, label);
        reader->facts->root_line = reader->line;
    }
    if (!text_is(reader->root, "status"))
        return;
    if (reader->depth == 1)
        read_root(reader, &all);
    if (reader->depth == 2) {
        reader->row = NULL;
        for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
            if (text_is(label, elements[i].name))
                reader->row = &elements[i];
    }
    const char *entry = reader->row == NULL ? NULL : reader->row->entry;
    if (reader->row != NULL && reader->depth == (entry == NULL ? 2 : 3) &&
        (entry == NULL || text_is(label, entry)))
        reader->row->read(reader, &all);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    reader_of(context)->depth--;
}

/* Reads TEXT into the facts. False: it is no XML to its end, and the reader knows why. */
static bool read_elements(struct reader *reader, struct span text, const char *encoding)
{
    static const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
    xmlParserCtxt *context = xmlNewParserCtxt();
    if (context == NULL) {
        snprintf(reader->trouble.words, sizeof(reader->trouble.words), "out of memory");
        return false;
    }
    context->_private = reader;
    *context->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                                    .internalSubset = on_doctype,
                                    .startElementNs = on_start,
                                    .endElementNs = on_end,
                                    .serror = on_error};
    xmlSetGenericErrorFunc(NULL, silent);
    xmlFreeDoc(xmlCtxtReadMemory(context, text.p, (int)text.n, NULL, encoding, options));
    xmlSetGenericErrorFunc(NULL, NULL);
    const bool whole = context->wellFormed && !reader->trouble.doctype;
    xmlFreeParserCtxt(context);
    return whole;
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
    if (!read_elements(&reader, text, bom ? "UTF-8" : NULL))
        return not_read(text, reader.skipped, &reader.trouble, fault);
    return text_is(reader.root, "status") ||
           fault_set(fault, FAULT_SYNTAX, id, reader.facts->root_line,
                     "XML with <%.40s> in place of <status>", reader.root.p);
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
