/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/snmp_walk.h"

/* No OID of ours has as many arcs; a text of an agent has 255 bytes or little more. */
enum { MAX_ARCS = 16, MAX_TEXT = 4096, MAX_LINES = 64 };

#define INTERNET 1, 3, 6, 1
#define ASYNCOS  INTERNET, 4, 1, 15497

static const uint32_t system_group[] = {INTERNET, 2, 1, 1};
static const uint32_t engine_id[] = {INTERNET, 6, 3, 10, 2, 1, 1, 0};
static const uint32_t enterprise[] = {ASYNCOS};
static const uint32_t mail_objects[] = {ASYNCOS, 1, 1, 1};

/* Bits of the columns that are texts; the others from 2 on are numbers. */
#define TEXT(column) (1u << (column))
static const struct {
    unsigned object, max_index, columns, texts;
} layout[SNMP_TABLES] = {
    [SNMP_SUPPLIES] = {8, 8, 4, TEXT(4)},    [SNMP_TEMPERATURES] = {9, 64, 3, TEXT(3)},
    [SNMP_FANS] = {10, 64, 3, TEXT(3)},      [SNMP_KEYS] = {12, 1024, 4, TEXT(2)},
    [SNMP_UPDATES] = {13, 1024, 4, TEXT(2)}, [SNMP_DRIVES] = {18, 1024, 4, TEXT(3) | TEXT(4)},
};

struct oid {
    uint32_t arcs[MAX_ARCS];
    size_t count;
};

struct walk {
    struct arena *arena;
    struct snmp_walk *facts;
    struct snmp_row *rows[SNMP_TABLES]; /* one for each index; [0] is not used */
    size_t known;
};

/* ".1.3.6.1.2", "1.3.6.1.2", "iso.3.6.1.2"; longer ones are cut, for none of ours is as long. */
static bool read_oid(struct cursor *c, struct oid *oid)
{
    oid->count = 0;
    if (text_literal(c, "iso"))
        oid->arcs[oid->count++] = 1;
    for (;;) {
        int64_t arc;
        if (!text_literal(c, ".") && oid->count > 0)
            return true;
        if (!text_digits(c, 1, 10, &arc) || arc > UINT32_MAX)
            return false;
        if (oid->count < MAX_ARCS)
            oid->arcs[oid->count++] = (uint32_t)arc;
    }
}

static bool below(const struct oid *oid, const uint32_t *base, size_t count)
{
    return oid->count >= count && memcmp(oid->arcs, base, count * sizeof(*base)) == 0;
}
#define BELOW(oid, base) below(oid, base, sizeof(base) / sizeof((base)[0]))

/* The bytes between quotes, "\\" and "\"" undone. False: the quote is not closed at the end. */
static bool unquote(struct arena *arena, struct span text, struct span *value)
{
    char *out = arena_alloc(arena, text.n < MAX_TEXT ? text.n : MAX_TEXT);
    size_t n = 0;
    for (size_t i = 1; i < text.n; i++) {
        if (text.p[i] == '"') {
            *value = (struct span){out, n};
            return text_trim(text_skip(text, i + 1)).n == 0;
        }
        i += text.p[i] == '\\' && i + 1 < text.n;
        if (n < MAX_TEXT)
            out[n++] = text.p[i];
    }
    return false;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "43 36 39 35 " */
static bool from_hex(struct arena *arena, struct span text, struct span *value)
{
    char *out = arena_alloc(arena, text.n / 2 + 1);
    size_t n = 0, at = 0;
    while (at < text.n) {
        int high = nibble(text.p[at]), low = at + 1 < text.n ? nibble(text.p[at + 1]) : -1;
        if (high >= 0 && low >= 0)
            out[n++] = (char)(high << 4 | low);
        else if (text.p[at] != ' ' && text.p[at] != '\n' && text.p[at] != '\r')
            return false;
        at += high >= 0 ? 2 : 1;
    }
    *value = (struct span){out, n < MAX_TEXT ? n : MAX_TEXT};
    return true;
}

/* "3", "driveHealthy(1)", "12 percent", "(123456) 0:20:34.56" */
static bool read_number(struct span text, int64_t *number)
{
    struct cursor c = text_cursor(text);
    struct span name;
    int64_t sign = 1;
    if (text_until(&c, '(', 64, &name))
        return text_digits(&c, 1, 10, number) && text_literal(&c, ")");
    if (text_literal(&c, "-"))
        sign = -1;
    if (!text_digits(&c, 1, 10, number) || (!text_at_end(&c) && *c.p != ' '))
        return false;
    *number *= sign;
    return true;
}

/* What stands behind " = ". */
static struct snmp_value read_value(struct arena *arena, struct span text, unsigned line)
{
    static const char *const numbers[] = {
        "INTEGER: ", "Gauge32: ", "Counter32: ", "Unsigned32: ", "Timeticks: "};
    struct snmp_value value = {.type = SNMP_UNREAD, .text = text, .line = line};
    struct cursor c = text_cursor(text);
    if (text_starts(text, "No Such ") || text_starts(text, "No more variables"))
        return (struct snmp_value){.type = SNMP_ABSENT};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (text_literal(&c, numbers[i])) {
            if (read_number(text_trim(text_rest(&c)), &value.number))
                value.type = SNMP_NUMBER;
            return value;
        }
    bool read = false;
    if (text_starts(text, "\"") ||
        (text_literal(&c, "STRING: ") && text_starts(text_rest(&c), "\"")))
        read = unquote(arena, text_rest(&c), &value.text);
    else if (text_literal(&c, "Hex-STRING:"))
        read = from_hex(arena, text_rest(&c), &value.text);
    else if ((read = text_literal(&c, "OID: ")))
        value.text = text_rest(&c);
    value.type = read ? SNMP_TEXT : SNMP_UNREAD;
    value.text = text_trim(value.text);
    return value;
}

/* The first value of an object counts; one of the wrong type is kept as it is written. */
static void take(struct walk *walk, struct snmp_value *slot, struct snmp_value value,
                 enum snmp_type wanted, struct span written)
{
    if (value.type == SNMP_ABSENT || slot->type != SNMP_ABSENT)
        return;
    walk->known++;
    *slot = value;
    if (value.type != wanted) {
        slot->type = SNMP_UNREAD;
        slot->text = written;
    }
}

static void take_cell(struct walk *walk, const struct oid *oid, struct snmp_value value,
                      struct span written)
{
    const uint32_t *at = oid->arcs + sizeof(mail_objects) / sizeof(mail_objects[0]);
    for (size_t t = 0; t < SNMP_TABLES; t++) {
        if (at[0] != layout[t].object || at[1] != 1 || at[2] < 1 || at[2] > layout[t].columns ||
            at[3] < 1 || at[3] > layout[t].max_index || value.type == SNMP_ABSENT)
            continue;
        if (walk->rows[t] == NULL)
            walk->rows[t] =
                arena_array(walk->arena, layout[t].max_index + 1, sizeof(*walk->rows[t]));
        struct snmp_row *row = &walk->rows[t][at[3]];
        row->index = at[3];
        take(walk, &row->columns[at[2]], value,
             (layout[t].texts & TEXT(at[2])) != 0 ? SNMP_TEXT : SNMP_NUMBER, written);
    }
}

static void take_value(struct walk *walk, const struct oid *oid, struct span written, unsigned line)
{
    struct snmp_walk *facts = walk->facts;
    struct snmp_value value = read_value(walk->arena, written, line);
    const uint32_t *at = oid->arcs;
    if (BELOW(oid, engine_id)) {
        take(walk, &facts->engine_id, value, SNMP_TEXT, written);
    } else if (BELOW(oid, system_group) && oid->count == 9 && at[8] == 0) {
        if (at[7] == 1)
            take(walk, &facts->descr, value, SNMP_TEXT, written);
        else if (at[7] == 2)
            take(walk, &facts->object_id, value, SNMP_TEXT, written);
        else if (at[7] == 3)
            take(walk, &facts->uptime, value, SNMP_NUMBER, written);
    } else if (BELOW(oid, mail_objects) && oid->count == 12 && at[11] == 0) {
        bool is_text = at[10] == SNMP_DISK_SPACE;
        if (at[10] < SNMP_OBJECTS && at[10] != 22 && at[10] != 24 && at[10] != 25 && at[10] != 28)
            take(walk, &facts->scalars[at[10]], value, is_text ? SNMP_TEXT : SNMP_NUMBER, written);
    } else if (BELOW(oid, mail_objects) && oid->count == 14) {
        take_cell(walk, oid, value, written);
    }
}

/* Is LINE the beginning of a value? *VALUE is what stands behind the OID. */
static bool begins(struct span line, struct oid *oid, struct span *value)
{
    struct cursor c = text_cursor(line);
    if (!read_oid(&c, oid) || !text_literal(&c, " = "))
        return false;
    *value = text_trim(text_rest(&c));
    return true;
}

/* A text behind its type: does it begin with a quote? */
static struct span quoted(struct span value)
{
    struct cursor c = text_cursor(value);
    (void)text_literal(&c, "STRING: ");
    return text_starts(text_rest(&c), "\"") ? text_rest(&c) : text_of(NULL);
}

static bool is_closed(struct span quote)
{
    for (size_t i = 1; i < quote.n; i++) {
        if (quote.p[i] == '"')
            return text_trim(text_skip(quote, i + 1)).n == 0;
        i += quote.p[i] == '\\';
    }
    return false;
}

static bool is_hex(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (nibble(line.p[i]) < 0 && line.p[i] != ' ' && line.p[i] != '\r')
            return false;
    return text_trim(line).n > 0;
}

struct reading {
    struct span rest;
    unsigned line; /* the last that was read */
};

static bool next_line(struct reading *reading, struct span *line)
{
    struct span tail;
    bool ended = text_cut(reading->rest, '\n', line, &tail);
    reading->rest = tail;
    reading->line++;
    return ended;
}

/*
 * Values go on in the next lines: text up to its quote, whatever stands in it, hex digits. A quote
 * that is not closed ends with its line, so that it does not hide what follows.
 */
static void join(struct reading *reading, struct span *value)
{
    bool text = quoted(*value).n > 0, hex = text_starts(*value, "Hex-STRING:");
    struct reading at = *reading;
    struct span line, all = *value;
    for (unsigned i = 0;
         i < MAX_LINES && at.rest.n > 0 && (hex || (text && !is_closed(quoted(all)))); i++) {
        if (!next_line(&at, &line) || (hex && !is_hex(line)))
            break;
        all.n = (size_t)(line.p + line.n - all.p);
        if (hex || is_closed(quoted(all))) {
            *value = all;
            *reading = at;
        }
    }
}

static void read_lines(struct walk *walk, struct span bytes)
{
    struct snmp_walk *facts = walk->facts;
    struct reading reading = {.rest = bytes};
    while (reading.rest.n > 0) {
        struct span line, value;
        struct oid oid;
        bool ended = next_line(&reading, &line);
        unsigned first = reading.line;
        if (text_trim(line).n == 0)
            continue;
        if (!ended || text_starts(line, "Timeout")) { /* a number that is cut is another number */
            facts->cut_line = first;
            return;
        }
        if (begins(line, &oid, &value)) {
            join(&reading, &value);
            take_value(walk, &oid, value, first);
        } else if (facts->unread.n == 0) {
            facts->unread = text_trim(line);
            facts->unread_line = first;
        }
    }
}

static struct snmp_table compact(struct snmp_row *rows, unsigned max_index)
{
    struct snmp_table table = {.rows = rows};
    for (unsigned i = 1; rows != NULL && i <= max_index; i++)
        if (rows[i].index != 0)
            rows[table.count++] = rows[i];
    return table;
}

/* The value behind LABEL, up to the next comma. */
static struct span labelled(struct span descr, const char *label)
{
    struct span value, tail;
    ptrdiff_t at = text_find(descr, label);
    if (at < 0 || (at > 0 && descr.p[at - 1] != ' ' && descr.p[at - 1] != ','))
        return text_of(NULL);
    (void)text_cut(text_skip(descr, (size_t)at + strlen(label)), ',', &value, &tail);
    return text_trim(value);
}

static void identify(struct snmp_walk *facts)
{
    struct span descr = facts->descr.type == SNMP_TEXT ? facts->descr.text : text_of(NULL);
    facts->model = labelled(descr, "Model ");
    facts->serial = labelled(descr, "Serial #: ");
    facts->build_date = labelled(descr, "Build Date: ");
    facts->has_release = release_parse(labelled(descr, "AsyncOS Version: "), &facts->release, NULL);
    enum product product = release_model_product(facts->model);
    if (facts->has_release && product != PRODUCT_UNKNOWN)
        facts->release.product = product;
    facts->is_virtual = release_model_is_virtual(facts->model);
}

/* A stock agent at the address that was meant for an appliance's is no appliance. */
static bool is_asyncos(const struct snmp_walk *facts, struct fault *fault)
{
    struct oid oid;
    struct cursor c = text_cursor(facts->object_id.text);
    if (facts->object_id.type == SNMP_ABSENT)
        return true;
    if (facts->object_id.type == SNMP_TEXT && read_oid(&c, &oid) && BELOW(&oid, enterprise))
        return true;
    return fault_set(fault, FAULT_SYNTAX, snmp_walk_kind.id, facts->object_id.line,
                     "the agent is not that of an AsyncOS appliance: sysObjectID is '%.*s'",
                     FAULT_QUOTE(facts->object_id.text));
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct snmp_walk *walk = facts;
    struct walk reading = {.arena = arena, .facts = walk};
    if (text_trim(bytes).n == 0)
        return fault_set(fault, FAULT_EMPTY, snmp_walk_kind.id, 0, "the walk is empty");
    read_lines(&reading, bytes);
    if (reading.known == 0 && walk->cut_line != 0)
        return fault_set(fault, FAULT_CUT, snmp_walk_kind.id, walk->cut_line,
                         "the walk ends before its first value");
    if (reading.known == 0)
        return fault_set(fault, FAULT_SYNTAX, snmp_walk_kind.id, walk->unread_line,
                         "no value of the system group or of ASYNCOS-MAIL-MIB%s'%.*s'",
                         walk->unread.n > 0 ? ": " : "", FAULT_QUOTE(walk->unread));
    if (!is_asyncos(walk, fault))
        return false;
    identify(walk);
    for (size_t t = 0; t < SNMP_TABLES; t++)
        walk->tables[t] = compact(reading.rows[t], layout[t].max_index);
    return true;
}

const struct document_kind snmp_walk_kind = {
    .id = "snmp/walk.txt",
    .asked = "SNMP walk",
    .roles = ROLE_ANY,
    .facts_size = sizeof(struct snmp_walk),
    .parse = parse,
};
