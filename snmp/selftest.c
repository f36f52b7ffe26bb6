/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/selftest.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "checks/result.h"

#define DEFAULT_SOCKET "/var/agentx/master"
enum { MAX_BASE = 24, BULK = 40, MAX_CELLS = 10 * 1000 * 1000 };

struct asking {
    struct arena *arena;
    const struct selftest *test;
    FILE *out;
    struct snmp_session *session;
    const char *dotted;
    oid base[MAX_BASE + 4];
    bool failed;
};

static void say(struct asking *a, bool good, const char *text)
{
    a->failed |= !good;
    (void)fprintf(a->out, "%s: %s\n", good ? "OK" : "FAILED", text);
}

/* ---- 1: is there a master, and may we talk to it? ---- */

static const char *explain(struct arena *arena, const char *path, int error)
{
    if (error == EACCES)
        return arena_printf(
            arena,
            "%s: this user may not reach it: agentXPerms in snmpd.conf sets the rights of the "
            "socket, but those of its folder only when snmpd creates it; give both a group, or "
            "the subagent a socket of its own (agentXSocket)",
            path);
    if (error == ENOENT || error == ECONNREFUSED)
        return arena_printf(arena,
                            "%s: nobody listens: is snmpd running, with `master agentx` and this "
                            "agentXSocket in snmpd.conf?",
                            path);
    return arena_printf(arena, "%s: %s", path, strerror(error));
}

static void try_socket(struct asking *a)
{
    const char *path = a->test->socket != NULL ? a->test->socket : DEFAULT_SOCKET;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strncmp(path, "unix:", 5) == 0)
        path += 5;
    if (path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
        return; /* TCP: whether a subagent got through shows below */
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool good =
        fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    say(a, good,
        good ? arena_printf(a->arena, "%s: the master agent accepts subagents", path)
             : explain(a->arena, path, errno));
    if (fd >= 0)
        (void)close(fd);
}

/* ---- 2: does snmpd answer, and for us? ---- */

/* The answer to one request, NULL when there is none; to be freed. */
static netsnmp_pdu *ask(struct asking *a, int command, const oid *name, size_t count)
{
    netsnmp_pdu *request = snmp_pdu_create(command), *response = NULL;
    if (command == SNMP_MSG_GETBULK) {
        request->non_repeaters = 0;
        request->max_repetitions = BULK;
    }
    (void)snmp_add_null_var(request, name, count);
    if (snmp_synch_response(a->session, request, &response) == STAT_SUCCESS &&
        response->errstat == SNMP_ERR_NOERROR && response->variables != NULL)
        return response;
    if (response != NULL)
        snmp_free_pdu(response);
    return NULL;
}

static bool is_below(const netsnmp_variable_list *variable, const oid *base, size_t count)
{
    return variable->name_length > count &&
           snmp_oidtree_compare(variable->name, count, base, count) == 0;
}

/* Does sysORTable name the module? It does while a subagent is connected, whatever the views. */
static bool is_listed(struct asking *a)
{
    static const oid column[] = {1, 3, 6, 1, 2, 1, 1, 9, 1, 2};
    const size_t n = OID_LENGTH(column);
    oid name[MAX_OID_LEN];
    size_t count = n;
    memcpy(name, column, sizeof(column));
    for (int rows = 0; rows < 1000; rows++) {
        netsnmp_pdu *response = ask(a, SNMP_MSG_GETNEXT, name, count);
        const netsnmp_variable_list *variable = response == NULL ? NULL : response->variables;
        bool found = false, more = false;
        if (variable != NULL && is_below(variable, column, n) && variable->type == ASN_OBJECT_ID) {
            found = snmp_oid_compare(variable->val.objid, variable->val_len / sizeof(oid), a->base,
                                     a->test->base_count) == 0;
            count = variable->name_length;
            memcpy(name, variable->name, count * sizeof(oid));
            more = true;
        }
        snmp_free_pdu(response);
        if (found || !more)
            return found;
    }
    return false;
}

/* postcheckSummary N as text. */
static const char *scalar(struct asking *a, unsigned n, bool *is_there)
{
    oid name[MAX_BASE + 4];
    const size_t count = a->test->base_count;
    const char *text = "";
    memcpy(name, a->base, count * sizeof(oid));
    name[count] = name[count + 1] = 1;
    name[count + 2] = n;
    name[count + 3] = 0;
    netsnmp_pdu *response = ask(a, SNMP_MSG_GET, name, count + 4);
    const netsnmp_variable_list *variable = response == NULL ? NULL : response->variables;
    *is_there = variable != NULL;
    if (variable != NULL && variable->type == ASN_OCTET_STR)
        text = result_clean(
            a->arena, (struct span){(const char *)variable->val.string, variable->val_len}, 255);
    else if (variable != NULL && variable->val_len == sizeof(long) &&
             (variable->type == ASN_INTEGER || variable->type == ASN_GAUGE ||
              variable->type == ASN_COUNTER))
        text = arena_printf(a->arena, "%ld", *variable->val.integer);
    snmp_free_pdu(response);
    return text;
}

static void explain_absence(struct asking *a)
{
    if (is_listed(a))
        say(a, false,
            arena_printf(a->arena,
                         "a subagent is connected, but this manager may not see it: add "
                         "`view systemonly included .%s` to snmpd.conf",
                         a->dotted));
    else
        say(a, false,
            arena_printf(a->arena,
                         "no subagent serves .%s: postcheck-agentx does not run, is not connected, "
                         "or ended because another one has registered this base (error 263: its "
                         "log says so)",
                         a->dotted));
}

/* ---- 3: the whole module ---- */

static void walk(struct asking *a)
{
    const size_t n = a->test->base_count;
    oid name[MAX_OID_LEN];
    size_t count = n;
    long cells = 0;
    bool more = true;
    memcpy(name, a->base, n * sizeof(oid));
    while (more && cells < MAX_CELLS) {
        netsnmp_pdu *response = ask(a, SNMP_MSG_GETBULK, name, count);
        if (response == NULL) {
            say(a, false,
                arena_printf(a->arena, "the walk ends after %ld values: no answer", cells));
            return;
        }
        for (const netsnmp_variable_list *v = response->variables; more && v != NULL;
             v = v->next_variable) {
            more = is_below(v, a->base, n) && v->type != SNMP_ENDOFMIBVIEW &&
                   snmp_oid_compare(v->name, v->name_length, name, count) > 0;
            if (!more)
                break;
            count = v->name_length;
            memcpy(name, v->name, count * sizeof(oid));
            cells++;
        }
        snmp_free_pdu(response);
    }
    say(a, cells > 0, arena_printf(a->arena, "a walk of .%s finds %ld values", a->dotted, cells));
}

static void judge(struct asking *a)
{
    static const char *const states[] = {"running", "stale", "missing", "invalid"};
    bool there;
    const int state = atoi(scalar(a, 4, &there)) - 1;
    const char *message = scalar(a, 5, &there), *age = scalar(a, 10, &there);
    const bool known = state >= 0 && state < 4;
    say(a, state == 0,
        arena_printf(a->arena, "the collector is %s, its newest answer %s s old%s%s",
                     known ? states[state] : "in no known state", age, *message != '\0' ? ": " : "",
                     message));
}

static void try_agent(struct asking *a)
{
    struct snmp_session session;
    const char *agent = a->test->agent != NULL ? a->test->agent : "udp:127.0.0.1:161";
    char *words[] = {arena_dup(a->arena, text_of("postcheck-agentx")),
                     arena_dup(a->arena, text_of(agent)), NULL};
    bool there;
    optind = 1; /* it reads a command line of its own */
    if (snmp_parse_args(2, words, &session, "", NULL) < 0 ||
        (a->session = snmp_open(&session)) == NULL) {
        say(a, false,
            arena_printf(a->arena,
                         "%s cannot be asked: put defVersion and defCommunity, or the user of "
                         "SNMPv3, into snmp.conf(5)",
                         agent));
        return;
    }
    const char *version = scalar(a, 1, &there);
    if (!there)
        say(a, false,
            arena_printf(a->arena,
                         "%s does not answer: address, community or user in snmp.conf(5), or who "
                         "may ask in snmpd.conf",
                         agent));
    else if (*version == '\0')
        explain_absence(a);
    else {
        say(a, true,
            arena_printf(a->arena, "%s serves .%s, by postcheck %s", agent, a->dotted, version));
        judge(a);
        walk(a);
    }
    (void)snmp_close(a->session);
}

int selftest_run(struct arena *arena, const struct selftest *test, FILE *out)
{
    struct asking a = {.arena = arena, .test = test, .out = out, .dotted = ""};
    for (size_t i = 0; i < test->base_count; i++) {
        a.base[i] = test->base[i];
        a.dotted =
            arena_printf(arena, "%s%s%u", a.dotted, i > 0 ? "." : "", (unsigned)test->base[i]);
    }
    (void)setenv("MIBS", "", 1);
    (void)setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1); /* nothing is left behind */
    try_socket(&a);
    try_agent(&a);
    return a.failed || fflush(out) != 0;
}
