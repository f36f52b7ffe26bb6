/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/table.h"

#include <stdlib.h>
#include <string.h>

#include "checks/time.h"

/* What a member of a row is, and so how it is told. */
enum form {
    TEXT,     /* const char * */
    ENUM,     /* uint32_t, an INTEGER */
    STATE,    /* the same, unknown while the collector does not run */
    NUMBER,   /* uint32_t, Gauge32 or Unsigned32 */
    COUNTER,  /* uint32_t */
    DURATION, /* uint32_t, no content */
    TIME,     /* int64_t, DateAndTime, no content */
    AGE,      /* the same, as seconds until now */
};

struct column {
    uint32_t number;
    enum form form;
    size_t offset;
};

#define OF(type, member) offsetof(struct table_##type, member)

static const struct column summary[] = {
    {1, TEXT, OF(summary, version)},
    {2, TIME, OF(summary, started)},
    {3, COUNTER, OF(summary, generation)},
    {4, ENUM, OF(summary, collector)},
    {5, TEXT, OF(summary, message)},
    {6, STATE, OF(summary, worst)},
    {7, ENUM, OF(summary, verdict)},
    {8, TEXT, OF(summary, phase)},
    {9, TIME, OF(summary, run)},
    {10, AGE, OF(summary, run)},
    {11, NUMBER, OF(summary, appliances)},
    {12, NUMBER, OF(summary, appliances_by[0])},
    {13, NUMBER, OF(summary, appliances_by[1])},
    {14, NUMBER, OF(summary, appliances_by[2])},
    {15, NUMBER, OF(summary, appliances_by[3])},
    {16, NUMBER, OF(summary, appliances_by[4])},
    {17, NUMBER, OF(summary, appliances_by[5])},
    {18, NUMBER, OF(summary, checks)},
    {19, NUMBER, OF(summary, checks_by[0])},
    {20, NUMBER, OF(summary, checks_by[1])},
    {21, NUMBER, OF(summary, checks_by[2])},
    {22, NUMBER, OF(summary, checks_by[3])},
    {23, NUMBER, OF(summary, checks_by[4])},
    {24, NUMBER, OF(summary, checks_by[5])},
    {25, NUMBER, OF(summary, alerts)},
    {26, NUMBER, OF(summary, clusters)},
    {27, NUMBER, OF(summary, inconsistencies)},
    {28, NUMBER, OF(summary, changed[TABLE_APPLIANCE])},
    {29, NUMBER, OF(summary, changed[TABLE_CHECK])},
    {30, NUMBER, OF(summary, changed[TABLE_ALERT])},
    {31, NUMBER, OF(summary, changed[TABLE_CLUSTER])},
    {32, NUMBER, OF(summary, changed[TABLE_INCONSISTENCY])},
};

static const struct column appliance[] = {
    {2, TEXT, OF(appliance, name)},
    {3, ENUM, OF(appliance, role)},
    {4, TEXT, OF(appliance, model)},
    {5, TEXT, OF(appliance, serial)},
    {6, TEXT, OF(appliance, cluster)},
    {7, TEXT, OF(appliance, manager)},
    {8, TEXT, OF(appliance, before)},
    {9, TEXT, OF(appliance, running)},
    {10, TEXT, OF(appliance, target)},
    {11, STATE, OF(appliance, state)},
    {12, TIME, OF(appliance, since)},
    {13, TIME, OF(appliance, run)},
    {14, AGE, OF(appliance, run)},
    {15, NUMBER, OF(appliance, checks_by[0])},
    {16, NUMBER, OF(appliance, checks_by[1])},
    {17, NUMBER, OF(appliance, checks_by[2])},
    {18, NUMBER, OF(appliance, checks_by[3])},
    {19, NUMBER, OF(appliance, checks_by[4])},
    {20, NUMBER, OF(appliance, checks_by[5])},
};

static const struct column check[] = {
    {2, TEXT, OF(check, name)},         {3, STATE, OF(check, state)},
    {4, STATE, OF(check, previous)},    {5, TIME, OF(check, since)},
    {6, TIME, OF(check, run)},          {7, AGE, OF(check, run)},
    {8, DURATION, OF(check, duration)}, {9, TEXT, OF(check, value)},
    {10, TEXT, OF(check, message)},
};

static const struct column alert[] = {
    {2, NUMBER, OF(alert, appliance_index)}, {3, NUMBER, OF(alert, check_index)},
    {4, TEXT, OF(alert, appliance)},         {5, TEXT, OF(alert, check)},
    {6, STATE, OF(alert, severity)},         {7, TIME, OF(alert, raised)},
    {8, ENUM, OF(alert, acknowledged)},      {9, TEXT, OF(alert, subject)},
    {10, TEXT, OF(alert, message)},
};

static const struct column cluster[] = {
    {2, TEXT, OF(cluster, name)},
    {3, STATE, OF(cluster, state)},
    {4, TIME, OF(cluster, since)},
    {5, NUMBER, OF(cluster, members)},
    {6, NUMBER, OF(cluster, inconsistencies)},
};

static const struct column inconsistency[] = {
    {2, ENUM, OF(inconsistency, level)},     {3, TEXT, OF(inconsistency, parameter)},
    {4, TEXT, OF(inconsistency, expected)},  {5, TEXT, OF(inconsistency, actual)},
    {6, TEXT, OF(inconsistency, appliance)}, {7, TIME, OF(inconsistency, since)},
};

struct shape {
    const struct column *columns;
    size_t column_count;
    size_t row_size;
    size_t index_count;
};

#define SHAPE(name, indexes)                                                                       \
    {                                                                                              \
        name, sizeof(name) / sizeof((name)[0]), sizeof(struct table_##name), indexes               \
    }
static const struct shape shapes[TABLE_COUNT] = {
    [TABLE_SUMMARY] = SHAPE(summary, 1), [TABLE_APPLIANCE] = SHAPE(appliance, 1),
    [TABLE_CHECK] = SHAPE(check, 2),     [TABLE_ALERT] = SHAPE(alert, 1),
    [TABLE_CLUSTER] = SHAPE(cluster, 1), [TABLE_INCONSISTENCY] = SHAPE(inconsistency, 2),
};

/* What leads to the instances of a column: 1.1.N of the summary, 1.T.1.C of a table. */
static size_t prefix_of(enum table_id id, const struct column *column, uint32_t *oid)
{
    size_t n = 0;
    oid[n++] = 1;
    oid[n++] = (uint32_t)id + 1;
    if (id != TABLE_SUMMARY)
        oid[n++] = 1;
    oid[n++] = column->number;
    return n;
}

/* < 0, 0, > 0: as OIDs are ordered, the shorter one of two that begin alike comes first. */
static int order(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

static const char *row_at(const struct table_view *view, enum table_id id, size_t i)
{
    return (const char *)view->tables[id].rows + i * shapes[id].row_size;
}

static const uint32_t *index_of(const char *row)
{
    return ((const struct table_index *)(const void *)row)->part;
}

/* How many rows of table ID do not come behind the index OID. */
static size_t rows_until(const struct table_view *view, enum table_id id, const uint32_t *oid,
                         size_t count)
{
    size_t low = 0, high = view->tables[id].count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (order(index_of(row_at(view, id, middle)), shapes[id].index_count, oid, count) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- cells ---- */

static uint32_t number_at(const char *member)
{
    uint32_t value;
    memcpy(&value, member, sizeof(value));
    return value;
}

static int64_t time_at(const char *member)
{
    int64_t value;
    memcpy(&value, member, sizeof(value));
    return value;
}

static const char *text_at(const char *member)
{
    const char *value;
    memcpy(&value, member, sizeof(value));
    return value == NULL ? "" : value;
}

/* DateAndTime without a zone, which the MIB says is UTC. */
static void date_of(int64_t seconds, char *date)
{
    static const size_t places[] = {5, 8, 11, 14, 17}; /* in 2026-03-08T03:00:02Z */
    char text[32];
    memset(date, 0, 8);
    if (seconds < 0 || seconds > INT64_C(253402300799)) /* 9999-12-31; also TABLE_NO_TIME */
        return;
    (void)time_print_utc(seconds, text, sizeof(text));
    const int year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    date[0] = (char)(year / 256);
    date[1] = (char)(year % 256);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        date[2 + i] = (char)((text[places[i]] - '0') * 10 + text[places[i] + 1] - '0');
}

static uint32_t age_of(int64_t time, int64_t now)
{
    if (time == TABLE_NO_TIME)
        return TABLE_NO_NUMBER;
    if (now <= time)
        return 0;
    return now - time < TABLE_NO_NUMBER ? (uint32_t)(now - time) : TABLE_NO_NUMBER - 1;
}

static void fill(const struct table_view *view, enum table_id id, const struct column *column,
                 const char *row, struct table_cell *cell)
{
    const char *member = row + column->offset;
    *cell = (struct table_cell){.type = TABLE_UNSIGNED};
    cell->oid_count = prefix_of(id, column, cell->oid);
    for (size_t i = 0; i < shapes[id].index_count; i++)
        cell->oid[cell->oid_count++] = index_of(row)[i];
    switch (column->form) {
    case TEXT:
        cell->type = TABLE_OCTETS;
        cell->octets = text_at(member);
        cell->octet_count = strlen(cell->octets);
        break;
    case TIME:
        cell->type = TABLE_OCTETS;
        date_of(time_at(member), cell->date);
        cell->octets = cell->date;
        cell->octet_count = sizeof(cell->date);
        break;
    case AGE:
        cell->number = age_of(time_at(member), view->now);
        break;
    case STATE:
        cell->type = TABLE_INTEGER;
        cell->number = view->running ? number_at(member) : TABLE_UNKNOWN;
        break;
    case ENUM:
        cell->type = TABLE_INTEGER;
        cell->number = number_at(member);
        break;
    case COUNTER:
        cell->type = TABLE_COUNTER;
        cell->number = number_at(member);
        break;
    case NUMBER:
    case DURATION:
        cell->number = number_at(member);
        break;
    }
}

enum table_answer table_get(const struct table_view *view, const uint32_t *oid, size_t count,
                            struct table_cell *cell)
{
    uint32_t prefix[TABLE_MAX_OID];
    if (count < 2 || oid[0] != 1 || oid[1] < 1 || oid[1] > TABLE_COUNT)
        return TABLE_NO_OBJECT;
    const enum table_id id = (enum table_id)(oid[1] - 1);
    for (size_t i = 0; i < shapes[id].column_count; i++) {
        const struct column *column = &shapes[id].columns[i];
        const size_t n = prefix_of(id, column, prefix);
        if (count < n || order(prefix, n, oid, n) != 0)
            continue;
        const size_t until = rows_until(view, id, oid + n, count - n);
        if (until == 0)
            return TABLE_NO_INSTANCE;
        const char *row = row_at(view, id, until - 1);
        if (order(index_of(row), shapes[id].index_count, oid + n, count - n) != 0)
            return TABLE_NO_INSTANCE;
        fill(view, id, column, row, cell);
        return TABLE_FOUND;
    }
    return TABLE_NO_OBJECT;
}

bool table_next(const struct table_view *view, const uint32_t *oid, size_t count,
                struct table_cell *cell)
{
    uint32_t prefix[TABLE_MAX_OID];
    enum table_id id = TABLE_SUMMARY;
    if (count > 1 && oid[0] == 1 && oid[1] > 1)
        id = oid[1] <= TABLE_COUNT ? (enum table_id)(oid[1] - 1) : TABLE_COUNT;
    for (; id < TABLE_COUNT; id++) {
        for (size_t i = 0; i < shapes[id].column_count; i++) {
            const struct column *column = &shapes[id].columns[i];
            const size_t n = prefix_of(id, column, prefix);
            const int before = order(oid, count < n ? count : n, prefix, n);
            size_t row = 0;
            if (before > 0)
                continue;
            if (before == 0)
                row = rows_until(view, id, oid + n, count - n);
            if (row < view->tables[id].count) {
                fill(view, id, column, row_at(view, id, row), cell);
                return true;
            }
        }
    }
    return false;
}

/* ---- building ---- */

static int by_index(const void *a, const void *b)
{
    return order(index_of(a), 2, index_of(b), 2);
}

void table_sort(enum table_id id, struct table_rows *rows)
{
    const size_t size = shapes[id].row_size;
    char *first = rows->rows;
    size_t kept = 0;
    if (rows->count > 1)
        qsort(first, rows->count, size, by_index);
    for (size_t i = 0; i < rows->count; i++) {
        if (kept > 0 && by_index(first + (kept - 1) * size, first + i * size) == 0)
            continue;
        if (kept != i)
            memcpy(first + kept * size, first + i * size, size);
        kept++;
    }
    rows->count = kept;
}

static uint64_t add(uint64_t digest, const void *bytes, size_t n) /* FNV-1a */
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < n; i++)
        digest = (digest ^ byte[i]) * UINT64_C(1099511628211);
    return digest;
}

uint64_t table_digest(enum table_id id, const struct table_rows *rows)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (size_t r = 0; r < rows->count; r++) {
        const char *row = (const char *)rows->rows + r * shapes[id].row_size;
        digest = add(digest, row, sizeof(struct table_index));
        for (size_t c = 0; c < shapes[id].column_count; c++) {
            const struct column *column = &shapes[id].columns[c];
            const char *member = row + column->offset;
            if (column->form == TEXT)
                digest = add(digest, text_at(member), strlen(text_at(member)) + 1);
            else if (column->form < DURATION)
                digest = add(digest, member, sizeof(uint32_t));
        }
    }
    return digest;
}
