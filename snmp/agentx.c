/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/agentx.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* In this order: the agent's headers want the library's before them. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/agent/agent_sysORTable.h>
#include <net-snmp/agent/sysORTable.h>
#include <net-snmp/library/large_fd_set.h>

#define PROGRAM "postcheck-agentx"
enum { PING_S = 2, SESSION_TIMEOUT_US = 300000 };

static struct {
    struct agentx_options options;
    oid base[AGENTX_MAX_BASE];
    bool taken; /* the base is somebody else's */
    char last[200];
} self;

/* ---- the library's log ---- */

/* While there is no master the library says the same at each attempt: once is enough. */
static int on_log(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    char line[sizeof(self.last)];
    (void)major, (void)minor, (void)client;
    (void)snprintf(line, sizeof(line), "%s", message->msg);
    line[strcspn(line, "\r\n")] = '\0';
    if (strstr(line, "registering pdu failed: 263") != NULL)
        self.taken = true; /* the library tells it nowhere else */
    if (line[0] == '\0' || strcmp(line, self.last) == 0)
        return SNMPERR_SUCCESS;
    (void)memcpy(self.last, line, sizeof(line));
    self.options.log(line);
    return SNMPERR_SUCCESS;
}

/* ---- the session with the master ---- */

/* The ping of the library blocks: a master that hangs must not hold us for long. */
static int on_session(int major, int minor, void *server, void *client)
{
    struct snmp_session *session = server;
    (void)major, (void)minor, (void)client;
    session->timeout = SESSION_TIMEOUT_US;
    session->retries = 0;
    return SNMPERR_SUCCESS;
}

/* With a blocking socket, both sides may wait for the other one's buffer for ever. */
static int on_connected(int major, int minor, void *server, void *client)
{
    netsnmp_transport *transport = snmp_sess_transport(snmp_sess_pointer(server));
    (void)major, (void)minor, (void)client;
    if (transport != NULL && transport->sock >= 0)
        (void)fcntl(transport->sock, F_SETFL, fcntl(transport->sock, F_GETFL) | O_NONBLOCK);
    self.options.log("connected to the master agent");
    return SNMPERR_SUCCESS;
}

static int on_lost(int major, int minor, void *server, void *client)
{
    (void)major, (void)minor, (void)server, (void)client;
    self.options.log("the master agent is gone");
    return SNMPERR_SUCCESS;
}

/* ---- requests ---- */

static void answer(netsnmp_variable_list *variable, const struct table_cell *cell)
{
    static const u_char types[] = {[TABLE_INTEGER] = ASN_INTEGER,
                                   [TABLE_UNSIGNED] = ASN_GAUGE,
                                   [TABLE_COUNTER] = ASN_COUNTER,
                                   [TABLE_OCTETS] = ASN_OCTET_STR};
    const long number = (long)cell->number;
    if (cell->type == TABLE_OCTETS)
        (void)snmp_set_var_typed_value(variable, types[cell->type], cell->octets,
                                       cell->octet_count);
    else
        (void)snmp_set_var_typed_value(variable, types[cell->type], &number, sizeof(number));
}

static void answer_next(netsnmp_variable_list *variable, const struct table_cell *cell)
{
    oid name[AGENTX_MAX_BASE + TABLE_MAX_OID];
    const size_t n = self.options.base_count;
    memcpy(name, self.base, n * sizeof(oid));
    for (size_t i = 0; i < cell->oid_count; i++)
        name[n + i] = cell->oid[i];
    (void)snmp_set_var_objid(variable, name, n + cell->oid_count);
    answer(variable, cell);
}

static void get(netsnmp_agent_request_info *info, netsnmp_request_info *request,
                const struct table_view *view, const uint32_t *rest, size_t count)
{
    struct table_cell cell;
    switch (table_get(view, rest, count, &cell)) {
    case TABLE_FOUND:
        answer(request->requestvb, &cell);
        break;
    case TABLE_NO_OBJECT:
        (void)netsnmp_set_request_error(info, request, SNMP_NOSUCHOBJECT);
        break;
    case TABLE_NO_INSTANCE:
        (void)netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
        break;
    }
}

/* What is asked for, behind the base. An OID before it is as good as its beginning. */
static size_t behind_base(const netsnmp_variable_list *variable, uint32_t *rest)
{
    const size_t n = self.options.base_count;
    size_t count = 0;
    if (snmp_oid_compare(variable->name, variable->name_length, self.base, n) <= 0)
        return 0;
    for (size_t i = n; i < variable->name_length && count < MAX_OID_LEN; i++)
        rest[count++] = (uint32_t)variable->name[i];
    return count;
}

static int on_request(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                      netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
    const struct table_view *view = self.options.view(self.options.context);
    uint32_t rest[MAX_OID_LEN];
    struct table_cell cell;
    (void)handler, (void)registration;
    for (netsnmp_request_info *request = requests; request != NULL; request = request->next) {
        if (request->processed)
            continue;
        const size_t count = behind_base(request->requestvb, rest);
        if (info->mode == MODE_GET)
            get(info, request, view, rest, count);
        else if (info->mode != MODE_GETNEXT)
            (void)netsnmp_set_request_error(info, request, SNMP_ERR_NOTWRITABLE);
        else if (request->inclusive && table_get(view, rest, count, &cell) == TABLE_FOUND)
            answer_next(request->requestvb, &cell);
        else if (table_next(view, rest, count, &cell))
            answer_next(request->requestvb, &cell);
    }
    return SNMP_ERR_NOERROR;
}

static bool register_module(void)
{
    const size_t n = self.options.base_count;
    netsnmp_handler_registration *registration =
        netsnmp_create_handler_registration(PROGRAM, on_request, self.base, n, HANDLER_CAN_RONLY);
    if (registration == NULL)
        return false;
    (void)netsnmp_inject_handler(registration, netsnmp_get_bulk_to_next_handler());
    if (netsnmp_register_handler(registration) != SNMPERR_SUCCESS)
        return false;
    REGISTER_SYSOR_TABLE(self.base, n, "POSTCHECK-MIB: verdicts of postcheck about mail gateways");
    return true;
}

/* ---- the way through ---- */

static void settle_library(void)
{
    const struct {
        int store, which, value;
    } switches[] = {
        {NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1},
        {NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1},
        {NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1},
        {NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1},
        {NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1},
        {NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1},
    };
    (void)setenv("MIBS", "", 1);
    (void)setenv("MIBDIRS", "/dev/null", 1);
    /* The library makes a folder for certificates that nobody has: there it cannot. */
    (void)setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    snmp_disable_log();
    (void)snmp_enable_calllog();
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
        (void)netsnmp_ds_set_boolean(switches[i].store, switches[i].which, switches[i].value);
    if (self.options.socket != NULL)
        (void)netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
                                    self.options.socket);
}

static bool is_ours(struct fault *fault)
{
    return !self.taken || fault_set(fault, FAULT_BUSY, "AgentX", 0,
                                    "the base OID is registered by another subagent already "
                                    "(error 263)");
}

bool agentx_begin(const struct agentx_options *options, struct fault *fault)
{
    self.options = *options;
    for (size_t i = 0; i < options->base_count; i++)
        self.base[i] = options->base[i];
    (void)signal(SIGPIPE, SIG_IGN); /* the library does not, and a master may die at any moment */
    (void)snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
    (void)snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session,
                                 NULL);
    settle_library();
    if (init_agent(PROGRAM) != 0)
        return fault_set(fault, FAULT_INTERNAL, "AgentX", 0, "net-snmp cannot be initialised");
    /* Before init_agent() they would be overwritten, after init_snmp() they come too late. */
    (void)netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
                             PING_S);
    (void)netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_TIMEOUT,
                             SESSION_TIMEOUT_US);
    (void)netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_RETRIES, 0);
    (void)snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
                                 on_connected, NULL);
    (void)snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_lost,
                                 NULL);
    if (!register_module())
        return fault_set(fault, FAULT_INTERNAL, "AgentX", 0, "the module cannot be registered");
    init_snmp(PROGRAM);
    return is_ours(fault);
}

bool agentx_turn(const int *descriptors, size_t count, unsigned timeout_ms, struct fault *fault)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000,
                              .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    netsnmp_large_fd_set set;
    int max = 0, block = 0;
    netsnmp_large_fd_set_init(&set, FD_SETSIZE);
    (void)snmp_select_info2(&max, &set, &timeout, &block);
    for (size_t i = 0; i < count; i++) {
        if (descriptors[i] < 0)
            continue;
        netsnmp_large_fd_setfd(descriptors[i], &set);
        max = descriptors[i] >= max ? descriptors[i] + 1 : max;
    }
    const int ready = netsnmp_large_fd_set_select(max, &set, NULL, NULL, &timeout);
    if (ready > 0)
        snmp_read2(&set);
    else if (ready == 0)
        snmp_timeout();
    /* Alarms after what was read: a ping would take an answer that is there already (#302). */
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    netsnmp_large_fd_set_cleanup(&set);
    return is_ours(fault);
}

void agentx_end(void)
{
    snmp_shutdown(PROGRAM);
}
