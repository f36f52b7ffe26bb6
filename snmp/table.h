/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SNMP_TABLE_H
#define SNMP_TABLE_H

/*
 * The objects of POSTCHECK-MIB as sorted rows, and the two questions a master agent asks of them:
 * this one, and the next one. Pure: no net-snmp, no clock, no file.
 *
 * An OID here begins behind the base: 1.1.N.0 is a scalar of the summary, 1.T.1.C.INDEX… a cell of
 * a table. One row in table.c's lists is one column of the MIB.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each begins at objects + 1: { postcheckObjects 1 } is the summary. */
enum table_id {
    TABLE_SUMMARY,
    TABLE_APPLIANCE,
    TABLE_CHECK,
    TABLE_ALERT,
    TABLE_CLUSTER,
    TABLE_INCONSISTENCY,
    TABLE_COUNT
};

/* PostcheckState of the MIB. */
enum table_state {
    TABLE_OK = 1,
    TABLE_WARNING,
    TABLE_CRITICAL,
    TABLE_UNKNOWN,
    TABLE_PENDING,
    TABLE_NOT_APPLICABLE,
};
enum { TABLE_STATES = TABLE_NOT_APPLICABLE };

#define TABLE_NO_TIME   INT64_MIN  /* a time that is not known */
#define TABLE_NO_NUMBER UINT32_MAX /* an age or a duration that is not known */

/* Every row begins so; the summary has the one index 0. */
struct table_index {
    uint32_t part[2];
};

struct table_summary {
    struct table_index index;
    const char *version;
    int64_t started;
    uint32_t generation;
    uint32_t collector; /* enum feed_state */
    const char *message;
    uint32_t worst;
    uint32_t verdict;
    const char *phase;
    int64_t run;
    uint32_t appliances, appliances_by[TABLE_STATES];
    uint32_t checks, checks_by[TABLE_STATES];
    uint32_t alerts, clusters, inconsistencies;
    uint32_t changed[TABLE_COUNT]; /* generation of the last change; of the summary not published */
};

struct table_appliance {
    struct table_index index;
    const char *name;
    uint32_t role;
    const char *model, *serial, *cluster, *manager, *before, *running, *target;
    uint32_t state;
    int64_t since, run;
    uint32_t checks_by[TABLE_STATES];
};

struct table_check {
    struct table_index index;
    const char *name;
    uint32_t state, previous;
    int64_t since, run;
    uint32_t duration;
    const char *value, *message;
};

struct table_alert {
    struct table_index index;
    uint32_t appliance_index, check_index;
    const char *appliance, *check;
    uint32_t severity;
    int64_t raised;
    uint32_t acknowledged; /* TruthValue: 1 or 2 */
    const char *subject, *message;
};

struct table_cluster {
    struct table_index index;
    const char *name;
    uint32_t state;
    int64_t since;
    uint32_t members, inconsistencies;
};

struct table_inconsistency {
    struct table_index index;
    uint32_t level;
    const char *parameter, *expected, *actual, *appliance;
    int64_t since;
};

struct table_rows {
    void *rows; /* of the table's struct, ascending by index */
    size_t count;
};

/* What is served at one moment. */
struct table_view {
    struct table_rows tables[TABLE_COUNT];
    int64_t now;
    bool running; /* else every state is unknown: what was ok once is not ok for ever */
};

enum table_type { TABLE_INTEGER, TABLE_UNSIGNED, TABLE_COUNTER, TABLE_OCTETS };

enum { TABLE_MAX_OID = 6 };

struct table_cell {
    uint32_t oid[TABLE_MAX_OID];
    size_t oid_count;
    enum table_type type;
    uint32_t number; /* unless OCTETS */
    const char *octets;
    size_t octet_count;
    char date[8]; /* where octets may point to */
};

enum table_answer { TABLE_FOUND, TABLE_NO_OBJECT, TABLE_NO_INSTANCE };

/* The cell at OID. */
enum table_answer table_get(const struct table_view *view, const uint32_t *oid, size_t count,
                            struct table_cell *cell);

/* The first cell behind OID, which need not exist. False at the end. */
bool table_next(const struct table_view *view, const uint32_t *oid, size_t count,
                struct table_cell *cell);

/* Sorts the rows of table ID, and drops those whose index another one has. */
void table_sort(enum table_id id, struct table_rows *rows);

/* A number that differs when the content does, times, ages and durations apart. */
uint64_t table_digest(enum table_id id, const struct table_rows *rows);

#endif
