/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/snmp.h"

/* Needs its config first, and does not include what it uses. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/fetch/draft.h"
#include "plugin/redact.h"

/* A datagram of 1472 bytes holds some 40 values: the agent cuts what does not fit. */
enum { REPETITIONS = 40, RETRIES = 2, SILENCE_MS = 9000, MAX_LINE = 4096 };

static const oid roots[][7] = {{1, 3, 6, 1, 2, 1, 1}, {1, 3, 6, 1, 4, 1, 15497}};

struct asking {
    struct fetch *fetch;
    const struct fetch_row *row;
    struct secret secret;
    int64_t deadline_ms;
    int try_ms; /* of one datagram */
    void *session;
    struct draft text;
};

/* ---- values ---- */

static void put(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct draft *draft, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    draft_string(draft, text);
}

static void put_oid(struct draft *draft, const oid *name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(draft, ".%lu", (unsigned long)name[i]);
}

static void put_hex(struct draft *draft, const unsigned char *bytes, size_t n)
{
    draft_string(draft, "Hex-STRING: ");
    for (size_t i = 0; i < n; i++)
        put(draft, "%02X ", bytes[i]);
}

/* As snmpwalk has it; but what holds a line end is hex, so that one value is one line. */
static void put_text(struct draft *draft, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] < ' ' || bytes[i] > '~') {
            put_hex(draft, bytes, n);
            return;
        }
    draft_string(draft, n == 0 ? "\"" : "STRING: \"");
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            draft_string(draft, "\\");
        draft_put(draft, (struct span){(const char *)bytes + i, 1});
    }
    draft_string(draft, "\"");
}

static void put_ticks(struct draft *draft, unsigned long ticks)
{
    const unsigned long s = ticks / 100, days = s / 86400;
    put(draft, "Timeticks: (%lu) ", ticks);
    if (days > 0)
        put(draft, "%lu day%s, ", days, days == 1 ? "" : "s");
    put(draft, "%lu:%02lu:%02lu.%02lu", s / 3600 % 24, s / 60 % 60, s % 60, ticks % 100);
}

static void put_value(struct draft *draft, const netsnmp_variable_list *value)
{
    const unsigned long number =
        value->val.integer == NULL ? 0 : (unsigned long)*value->val.integer & 0xffffffffUL;
    put_oid(draft, value->name, value->name_length);
    draft_string(draft, " = ");
    switch (value->type) {
    case ASN_INTEGER:
        put(draft, "INTEGER: %ld", value->val.integer == NULL ? 0L : *value->val.integer);
        break;
    case ASN_GAUGE:
        put(draft, "Gauge32: %lu", number);
        break;
    case ASN_COUNTER:
        put(draft, "Counter32: %lu", number);
        break;
    case ASN_TIMETICKS:
        put_ticks(draft, number);
        break;
    case ASN_OBJECT_ID:
        draft_string(draft, "OID: ");
        put_oid(draft, value->val.objid, value->val_len / sizeof(oid));
        break;
    case SNMP_NOSUCHOBJECT:
        draft_string(draft, "No Such Object available on this agent at this OID");
        break;
    case SNMP_NOSUCHINSTANCE:
        draft_string(draft, "No Such Instance currently exists at this OID");
        break;
    case ASN_OCTET_STR:
        put_text(draft, value->val.string, value->val_len < MAX_LINE ? value->val_len : MAX_LINE);
        break;
    default:
        put(draft, "type %u, which no object of these has", value->type);
        break;
    }
    draft_string(draft, "\n");
}

/* ---- faults ---- */

static bool say_silent(const struct asking *asking, struct fault *fault)
{
    const struct config_node *node = asking->fetch->node;
    return fault_set(
        fault, FAULT_TIMEOUT, asking->row->kind->id, 0,
        "no answer to SNMP on UDP port %u in %d s: `snmpconfig` says whether it is "
        "on, on which interface and for which network%s",
        node->snmp_port, asking->try_ms * (RETRIES + 1) / 1000,
        node->snmp == CONFIG_SNMP_2C ? "; an agent does not answer a wrong community either" : "");
}

/* What net-snmp says went wrong. A Report of the agent tells which part of v3 did not fit. */
static bool say_error(const struct asking *asking, int error, const char *text, struct fault *fault)
{
    static const struct {
        int error;
        const char *words;
    } refusals[] = {
        {SNMPERR_AUTHENTICATION_FAILURE, "the passphrase or snmp_auth is not the agent's"},
        {SNMPERR_UNKNOWN_USER_NAME, "the agent does not know the user"},
        {SNMPERR_UNSUPPORTED_SEC_LEVEL, "the user may not have authentication and privacy"},
        {SNMPERR_DECRYPTION_ERR, "the passphrase or snmp_priv is not the agent's"},
    };
    const char *id = asking->row->kind->id;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].error == error)
            return fault_set(fault, FAULT_LOGIN, id, 0, "SNMPv3 as %.64s was refused: %s",
                             asking->fetch->node->snmp_user, refusals[i].words);
    if (error == SNMPERR_TIMEOUT)
        return say_silent(asking, fault);
    if (error == SNMPERR_BAD_ADDRESS)
        return fault_set(fault, FAULT_UNREACHABLE, id, 0, "%.120s does not resolve",
                         asking->fetch->node->address);
    return fault_set(fault, FAULT_DROPPED, id, 0, "SNMP failed: %.200s", text);
}

static bool say_session(const struct asking *asking, struct fault *fault)
{
    int library = 0, system = 0;
    char *text = NULL;
    snmp_sess_error(asking->session, &system, &library, &text);
    (void)say_error(asking, library, text == NULL ? "no reason is told" : text, fault);
    free(text);
    return false;
}

/* ---- the session ---- */

/* Nothing but the protocol: no MIB, no file, no message on stderr. */
static void start_library(void)
{
    static bool started; /* of the process, as net-snmp's own state is */
    if (started)
        return;
    started = true;
    (void)setenv("MIBS", "", 1);
    (void)setenv("MIBDIRS", "/dev/null", 1);
    snmp_disable_log();
    (void)netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
    (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    init_snmp("postcheck");
}

static void use_auth(enum config_snmp_auth auth, netsnmp_session *session)
{
    switch (auth) {
    case CONFIG_SNMP_SHA:
        session->securityAuthProto = (oid *)usmHMACSHA1AuthProtocol;
        session->securityAuthProtoLen = OID_LENGTH(usmHMACSHA1AuthProtocol);
        break;
    case CONFIG_SNMP_SHA256:
        session->securityAuthProto = (oid *)usmHMAC192SHA256AuthProtocol;
        session->securityAuthProtoLen = OID_LENGTH(usmHMAC192SHA256AuthProtocol);
        break;
    case CONFIG_SNMP_SHA512:
        session->securityAuthProto = (oid *)usmHMAC384SHA512AuthProtocol;
        session->securityAuthProtoLen = OID_LENGTH(usmHMAC384SHA512AuthProtocol);
        break;
    }
}

/* The master key of the one passphrase that is for both: derived once (snmp.md 2.8). */
static bool use_keys(const struct asking *asking, netsnmp_session *session, struct fault *fault)
{
    const struct config_node *node = asking->fetch->node;
    use_auth(node->snmp_auth, session);
    session->securityPrivProto = (oid *)usmAESPrivProtocol;
    session->securityPrivProtoLen = OID_LENGTH(usmAESPrivProtocol);
    session->securityName = arena_dup(asking->fetch->arena, text_of(node->snmp_user));
    session->securityNameLen = strlen(node->snmp_user);
    session->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    session->securityAuthKeyLen = USM_AUTH_KU_LEN;
    if (asking->secret.n < 8 ||
        generate_Ku(session->securityAuthProto, (u_int)session->securityAuthProtoLen,
                    (const u_char *)asking->secret.bytes, asking->secret.n,
                    session->securityAuthKey, &session->securityAuthKeyLen) != SNMPERR_SUCCESS)
        return fault_set(fault, FAULT_LOGIN, asking->row->kind->id, 0,
                         "the SNMP passphrase of %.64s is no key: it has 8 characters at least",
                         node->snmp_user);
    memcpy(session->securityPrivKey, session->securityAuthKey, sizeof(session->securityPrivKey));
    session->securityPrivKeyLen = session->securityAuthKeyLen < sizeof(session->securityPrivKey)
                                      ? session->securityAuthKeyLen
                                      : sizeof(session->securityPrivKey);
    return true;
}

static bool open_session(struct asking *asking, struct fault *fault)
{
    const struct config_node *node = asking->fetch->node;
    netsnmp_session session;
    bool ipv6 = strchr(node->address, ':') != NULL;
    char *peer = arena_printf(asking->fetch->arena, ipv6 ? "udp6:[%s]:%u" : "udp:%s:%u",
                              node->address, node->snmp_port);
    snmp_sess_init(&session);
    session.peername = peer;
    session.timeout = (long)asking->try_ms * 1000;
    session.retries = RETRIES;
    session.version = node->snmp == CONFIG_SNMP_3 ? SNMP_VERSION_3 : SNMP_VERSION_2c;
    bool ready = true;
    if (node->snmp == CONFIG_SNMP_3) {
        ready = use_keys(asking, &session, fault);
    } else {
        session.community = (u_char *)asking->secret.bytes;
        session.community_len = asking->secret.n;
    }
    if (ready)
        asking->session = snmp_sess_open(&session);
    explicit_bzero(session.securityAuthKey, sizeof(session.securityAuthKey));
    explicit_bzero(session.securityPrivKey, sizeof(session.securityPrivKey));
    if (ready && asking->session == NULL)
        (void)say_error(asking, session.s_snmp_errno, snmp_api_errstring(session.s_snmp_errno),
                        fault);
    return asking->session != NULL;
}

/* ---- the walk ---- */

static netsnmp_pdu *request(struct asking *asking, const oid *name, size_t count,
                            struct fault *fault)
{
    netsnmp_pdu *answer = NULL;
    netsnmp_session *session = snmp_sess_session(asking->session);
    const int64_t left = asking->deadline_ms - fetch_now_ms();
    if (left <= 0) {
        (void)fault_set(fault, FAULT_TIMEOUT, asking->row->kind->id, 0,
                        "the SNMP agent is too slow: the walk was not complete in %u s",
                        asking->row->limit_s);
        return NULL;
    }
    const int64_t each = left / (RETRIES + 1);
    session->timeout = 1000 * (long)(each < asking->try_ms ? each : asking->try_ms);
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
    if (pdu == NULL) {
        (void)fault_set(fault, FAULT_INTERNAL, asking->row->kind->id, 0, "out of memory");
        return NULL;
    }
    pdu->non_repeaters = 0;
    pdu->max_repetitions = REPETITIONS;
    (void)snmp_add_null_var(pdu, name, count);
    int status = snmp_sess_synch_response(asking->session, pdu, &answer);
    if (status == STAT_TIMEOUT)
        (void)say_silent(asking, fault);
    else if (status != STAT_SUCCESS || answer == NULL)
        (void)say_session(asking, fault);
    else if (answer->command != SNMP_MSG_RESPONSE || answer->errstat != SNMP_ERR_NOERROR)
        (void)fault_set(fault, FAULT_DROPPED, asking->row->kind->id, 0,
                        "the SNMP agent answered with an error: %s",
                        snmp_errstring((int)answer->errstat));
    else
        return answer;
    if (answer != NULL)
        snmp_free_pdu(answer);
    return NULL;
}

/* Takes the values below ROOT. NAME becomes the last one. False: that was all, or FAULT is set. */
static bool take(struct asking *asking, const oid *root, const netsnmp_pdu *answer, oid *name,
                 size_t *count, struct fault *fault)
{
    const char *id = asking->row->kind->id;
    if (answer->variables == NULL)
        return fault_set(fault, FAULT_SYNTAX, id, 0, "the SNMP agent answered without a value");
    for (const netsnmp_variable_list *v = answer->variables; v != NULL; v = v->next_variable) {
        if (v->type == SNMP_ENDOFMIBVIEW || v->name_length < 7 ||
            netsnmp_oid_is_subtree(root, 7, v->name, v->name_length) != 0)
            return false;
        if (v->name_length > MAX_OID_LEN ||
            snmp_oid_compare(name, *count, v->name, v->name_length) >= 0)
            return fault_set(fault, FAULT_SYNTAX, id, 0,
                             "the SNMP agent does not go forward: its walk would never end");
        memcpy(name, v->name, v->name_length * sizeof(*name));
        *count = v->name_length;
        put_value(&asking->text, v);
        if (asking->text.n > asking->row->max_bytes)
            return fault_set(fault, FAULT_TOO_BIG, id, 0, "the walk is longer than %zu KiB",
                             asking->row->max_bytes / 1024);
    }
    return true;
}

static bool walk(struct asking *asking, const oid *root, struct fault *fault)
{
    oid name[MAX_OID_LEN];
    size_t count = 7;
    memcpy(name, root, count * sizeof(*name));
    for (bool more = true; more;) {
        netsnmp_pdu *answer = request(asking, name, count, fault);
        if (answer == NULL)
            return false;
        more = take(asking, root, answer, name, &count, fault);
        snmp_free_pdu(answer);
    }
    return fault->kind == FAULT_NONE;
}

/* snmpEngineID, which v3 has found out: a manager that keeps it loses an appliance that changes it.
 */
static void put_engine(struct asking *asking)
{
    const netsnmp_session *session = snmp_sess_session(asking->session);
    if (asking->fetch->node->snmp != CONFIG_SNMP_3 || session->securityEngineIDLen == 0)
        return;
    draft_string(&asking->text, ".1.3.6.1.6.3.10.2.1.1.0 = ");
    put_hex(&asking->text, session->securityEngineID, session->securityEngineIDLen);
    draft_string(&asking->text, "\n");
}

static bool ask(struct asking *asking, struct fault *fault)
{
    struct fetch *fetch = asking->fetch;
    if (!secret_find(fetch->node, fetch->node->snmp_user, &asking->secret, fault))
        return false;
    start_library();
    const int silence = fetch_left_ms(fetch, 3 * SILENCE_MS) / 3;
    asking->try_ms = silence / (RETRIES + 1) > 100 ? silence / (RETRIES + 1) : 100;
    asking->deadline_ms = fetch_now_ms() + fetch_left_ms(fetch, 1000 * (int)asking->row->limit_s);
    bool done = open_session(asking, fault);
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && done; i++)
        done = walk(asking, roots[i], fault);
    if (done)
        put_engine(asking);
    if (asking->session != NULL)
        (void)snmp_sess_close(asking->session);
    return done;
}

void snmp_ask(struct fetch *fetch)
{
    struct asking asking = {.fetch = fetch, .text = {.arena = fetch->arena}};
    struct fault fault = {.kind = FAULT_NONE};
    for (size_t i = 0; i < fetch->row_count; i++)
        if (fetch->rows[i]->how == FETCH_SNMP)
            asking.row = fetch->rows[i];
    if (asking.row == NULL || fetch->node->snmp == CONFIG_SNMP_OFF)
        return;
    const int64_t start_ms = fetch_now_ms();
    fetch_begin(fetch, asking.row->kind->id);
    bool done = ask(&asking, &fault);
    struct span secret = {asking.secret.bytes, asking.secret.bytes == NULL ? 0 : asking.secret.n};
    if (done)
        fetch_answer(fetch, asking.row->kind->id,
                     redact_secret(fetch->arena, draft_span(&asking.text), secret), start_ms);
    else
        fetch_fault(fetch, asking.row->kind->id, &fault, start_ms);
    secret_wipe(&asking.secret);
}
