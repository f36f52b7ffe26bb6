/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_PARSE_SNMP_WALK_H
#define CHECKS_PARSE_SNMP_WALK_H

/*
 * What an appliance's SNMP agent publishes: the system group and ASYNCOS-MAIL-MIB, one line per
 * value as `snmpwalk -On` prints it. snmp.md 1.1 to 1.4: names, types and enumerations are those of
 * the public MIB (read in Cisco's own file), objects 23 to 28 are newer and seen by others only.
 *
 * An object that is absent, noSuchObject or noSuchInstance is "not published here", never 0. The
 * appliance is known by its sysObjectID and the labels in sysDescr, whose beginning changes with
 * upgrades. sysName is not used: nothing tells that it is the appliance's host name.
 */

#include "checks/fleet.h"
#include "checks/release.h"

enum snmp_type {
    SNMP_ABSENT, /* not published here */
    SNMP_NUMBER,
    SNMP_TEXT,
    SNMP_UNREAD /* published, but not as the MIB says: text holds it as written */
};

struct snmp_value {
    enum snmp_type type;
    int64_t number;
    struct span text;
    unsigned line;
};

/* Scalars and tables by their number below 1.3.6.1.4.1.15497.1.1.1. */
enum snmp_object {
    SNMP_MEMORY_PERCENT = 1,
    SNMP_CPU_PERCENT = 2,
    SNMP_DISK_IO_PERCENT = 3,
    SNMP_QUEUE_PERCENT = 4,
    SNMP_QUEUE_STATUS = 5,  /* 1 available, 2 shortage, 3 full */
    SNMP_CONSERVATION = 6,  /* 1 none, 2 memory, 3 queue shortage, 4 queue full */
    SNMP_MEMORY_STATUS = 7, /* 1 available, 2 shortage, 3 full */
    SNMP_WORK_QUEUE = 11,
    SNMP_OLDEST_AGE = 14,
    SNMP_DNS_OUTSTANDING = 15,
    SNMP_DNS_PENDING = 16,
    SNMP_RAID_EVENTS = 17, /* since power-on */
    SNMP_OPEN_FILES = 19,
    SNMP_THREADS = 20,
    SNMP_FIPS = 23,
    SNMP_CPU_LOAD = 26,
    SNMP_DISK_SPACE = 27, /* a sentence */
    SNMP_OBJECTS = 29
};

enum snmp_table_name {
    SNMP_SUPPLIES,     /* 8: 2 status, 3 redundancy, 4 name */
    SNMP_TEMPERATURES, /* 9: 2 degrees Celsius, 3 name */
    SNMP_FANS,         /* 10: 2 rpm, 3 name */
    SNMP_KEYS,         /* 12: 2 description, 3 perpetual (1 true, 2 false), 4 seconds left */
    SNMP_UPDATES,      /* 13: 2 service, 3 successes, 4 failures */
    SNMP_DRIVES,       /* 18: 2 status, 3 id, 4 last error */
    SNMP_TABLES
};

enum { SNMP_COLUMNS = 5 };

struct snmp_row {
    unsigned index;                          /* without meaning: rows are known by their name */
    struct snmp_value columns[SNMP_COLUMNS]; /* by the MIB's number of the column */
};

struct snmp_table {
    struct snmp_row *rows; /* by index */
    size_t count;
};

struct snmp_walk {
    struct snmp_value descr, object_id, uptime; /* of the system group; uptime in 1/100 s */
    struct snmp_value engine_id;                /* snmpEngineID, where v3 has told it */
    struct span model, serial, build_date;      /* as labelled in sysDescr; empty = not told */
    bool has_release;
    struct release release; /* product by the model */
    bool is_virtual;        /* the model ends in V */
    struct snmp_value scalars[SNMP_OBJECTS];
    struct snmp_table tables[SNMP_TABLES];
    struct span unread; /* the first line that is no value; empty = none */
    unsigned unread_line;
    unsigned cut_line; /* where the walk ends early: what is absent is not known; 0 = it does not */
};

extern const struct document_kind snmp_walk_kind; /* snmp/walk.txt */

#endif
