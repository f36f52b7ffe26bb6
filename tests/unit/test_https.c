/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <unistd.h>

#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "checks/parse/tracking_messages.h"
#include "plugin/fetch/explain.h"
#include "plugin/fetch/gateways.h"
#include "plugin/fetch/gui.h"
#include "plugin/fetch/https.h"

static struct http_answer answer_of(long status, const char *type, const char *body)
{
    return (struct http_answer){.status = status, .type = text_of(type), .bytes = text_of(body)};
}

#define JSON "application/json"
#define HTML "text/html"
#define PAGE "<html><body><h1>Hello</h1></body></html>"

/* -- Answers of the GUI --------------------------------------------------------------------- */

#define FORM "<html><form><INPUT type=text name=username><input name='Password'></form></html>"

static void answers_to_the_login_form(void **state)
{
    static const struct {
        long status;
        const char *body, *location, *cookie;
        bool accepted;
        enum fault_kind kind;
    } rows[] = {
        {302, "", "/home", "abc", false, FAULT_NONE},
        {303, "", "https://sma1.example.com/", "abc", false, FAULT_NONE},
        {200, PAGE, "", "abc", false, FAULT_NONE},
        {200, FORM, "", "abc", false, FAULT_LOGIN},
        {200, FORM, "", "", true, FAULT_FORBIDDEN},
        {302, "", "/login?CSRFKey=1", "abc", false, FAULT_LOGIN},
        {401, "", "", "", false, FAULT_LOGIN},
        {403, "", "", "", true, FAULT_FORBIDDEN},
        {302, "", "https://idp.example.com/saml2/idp?SAMLRequest=x", "abc", false,
         FAULT_UNSUPPORTED},
        {302, "", "/twofactor", "abc", false, FAULT_FACTOR},
        {200, "<html>Enter your passcode <input name=password></html>", "", "abc", false,
         FAULT_FACTOR},
        {200, "<html>The GUI is in the process of restarting</html>", "", "", false,
         FAULT_RESTARTING},
        {404, PAGE, "", "", false, FAULT_UNSUPPORTED},
        {200, PAGE, "", "", false, FAULT_SYNTAX},
        {500, PAGE, "", "abc", false, FAULT_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_answer answer = answer_of(rows[i].status, HTML, rows[i].body);
        answer.location = text_of(rows[i].location);
        answer.cookie = text_of(rows[i].cookie);
        fault = (struct fault){.kind = FAULT_NONE};
        bool done = gui_judge_login("x", "postcheck", rows[i].accepted, &answer, &fault);
        if (fault.kind != rows[i].kind || done != (rows[i].kind == FAULT_NONE))
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
    }
}

static void pages_of_the_gui(void **state)
{
    static const struct {
        long status;
        const char *body, *location;
        enum fault_kind kind;
    } rows[] = {
        {200, "<table><tr><th>Status</th></tr><tr><td>Application Error</td></tr></table>", "",
         FAULT_NONE},
        {200, PAGE, "", FAULT_NONE}, /* the parser of the check says what is missing */
        {200, "", "", FAULT_EMPTY},
        {200, "<html>User Session is not valid.</html>", "", FAULT_LOGIN},
        {200, FORM, "", FAULT_LOGIN},
        {200, "<html>It is in the process of restarting</html>", "", FAULT_RESTARTING},
        {200, "<html><h1>Application Error</h1></html>", "", FAULT_SYNTAX},
        {307, "", "/login?redirects=1", FAULT_LOGIN},
        {302, "", "/elsewhere", FAULT_SYNTAX},
        {403, PAGE, "", FAULT_FORBIDDEN},
        {404, PAGE, "", FAULT_UNSUPPORTED},
        {503, "<html>process of restarting</html>", "", FAULT_RESTARTING},
    };
    const struct fetch_row row = {.kind = &gui_table_tracking_kind, .how = FETCH_PAGE};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_answer answer = answer_of(rows[i].status, HTML, rows[i].body);
        answer.location = text_of(rows[i].location);
        fault = (struct fault){.kind = FAULT_NONE};
        bool done = gui_judge_page(&arena, &row, "/tracking", &answer, &fault);
        if (fault.kind != rows[i].kind || done != (rows[i].kind == FAULT_NONE))
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
    }
}

static void answers_of_xml_status(void **state)
{
    static const struct {
        long status;
        bool accepted;
        const char *type, *body;
        enum fault_kind kind;
    } rows[] = {
        {200, false, "text/xml", "<?xml version=\"1.0\"?>\n\n<status build=\"x\">", FAULT_NONE},
        {200, false, HTML, "<status/>", FAULT_NONE},
        {401, true, HTML, PAGE, FAULT_FORBIDDEN},
        {401, false, HTML, PAGE, FAULT_LOGIN},
        {200, false, HTML, FORM, FAULT_LOGIN},
        {404, false, HTML, PAGE, FAULT_UNSUPPORTED},
        {200, false, HTML, PAGE, FAULT_UNSUPPORTED},
        {200, false, HTML, "<html>process of restarting</html>", FAULT_RESTARTING},
        {500, false, HTML, PAGE, FAULT_SYNTAX},
        {200, false, "", "", FAULT_EMPTY},
        {200, false, JSON, "{\"jwtToken\": \"canary\"}", FAULT_SYNTAX},
    };
    const struct config_node node = {.name = "esa1.example.com", .user = "postcheck"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fetch fetch = {.node = &node, .passphrase_accepted = rows[i].accepted};
        struct http_answer answer = answer_of(rows[i].status, rows[i].type, rows[i].body);
        fault = (struct fault){.kind = FAULT_NONE};
        bool done = https_judge_xml(&fetch, &answer, &fault);
        if (fault.kind != rows[i].kind || done != (rows[i].kind == FAULT_NONE))
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
        assert_null(strstr(fault.text, "canary"));
    }
    struct http_answer redirect = answer_of(307, HTML, "");
    const struct fetch known = {.node = &node, .passphrase_accepted = true};
    redirect.location = text_of("/login?redirects=1");
    assert_false(https_judge_xml(&known, &redirect, &fault));
    assert_int_equal(fault.kind, FAULT_FORBIDDEN);
}

/* -- What went wrong ------------------------------------------------------------------------ */

static void failures_as_faults(void **state)
{
    static const struct {
        struct explain_failure failure;
        enum fault_kind kind;
        const char *words;
    } rows[] = {
        {{.code = CURLE_COULDNT_CONNECT, .error = ECONNREFUSED}, FAULT_UNSUPPORTED, "refuses"},
        {{.code = CURLE_COULDNT_CONNECT, .error = ECONNREFUSED, .met = true},
         FAULT_RESTARTING,
         "refuses"},
        {{.code = CURLE_COULDNT_CONNECT, .error = EHOSTUNREACH}, FAULT_UNREACHABLE, "port 443"},
        {{.code = CURLE_COULDNT_CONNECT}, FAULT_UNREACHABLE, "not reachable"},
        {{.code = CURLE_COULDNT_RESOLVE_HOST}, FAULT_UNREACHABLE, "192.0.2.11 does not resolve"},
        {{.code = CURLE_OPERATION_TIMEDOUT, .limit_ms = 1500}, FAULT_TIMEOUT, "in 1.5 s"},
        {{.code = CURLE_OPERATION_TIMEDOUT, .phase = EXPLAIN_SHAKING}, FAULT_TIMEOUT, "no TLS"},
        {{.code = CURLE_OPERATION_TIMEDOUT, .phase = EXPLAIN_ASKING}, FAULT_TIMEOUT, "no answer"},
        {{.code = CURLE_OPERATION_TIMEDOUT, .phase = EXPLAIN_ANSWERING, .bytes = 7},
         FAULT_TIMEOUT,
         "7 bytes"},
        {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify = X509_V_ERR_CERT_HAS_EXPIRED},
         FAULT_CERTIFICATE,
         "expired"},
        {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
         FAULT_CERTIFICATE,
         "self-signed"},
        {{.code = CURLE_PEER_FAILED_VERIFICATION,
          .verify = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
         FAULT_CERTIFICATE,
         "authority"},
        {{.code = CURLE_PEER_FAILED_VERIFICATION,
          .verify = 1,
          .text = "SSL: no alternative certificate subject name matches target host name"},
         FAULT_CERTIFICATE,
         "another name"},
        {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify = 9999, .text = "odd"},
         FAULT_CERTIFICATE,
         "(odd)"},
        {{.code = CURLE_SSL_PINNEDPUBKEYNOTMATCH}, FAULT_CERTIFICATE, "tls_pin"},
        {{.code = CURLE_SSL_CACERT_BADFILE}, FAULT_CERTIFICATE, "no authorities are installed"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "SSL routines::unsupported protocol"},
         FAULT_ALGORITHM,
         "1.2"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "tlsv1 alert protocol version"},
         FAULT_ALGORITHM,
         "1.2"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "sslv3 alert handshake failure"},
         FAULT_ALGORITHM,
         "cipher"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "SSL routines::wrong version number"},
         FAULT_SYNTAX,
         "does not speak TLS"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "Recv failure: Connection reset by peer"},
         FAULT_DROPPED,
         "handshake"},
        {{.code = CURLE_SSL_CONNECT_ERROR, .text = "something new"}, FAULT_ALGORITHM, "new"},
        {{.code = CURLE_PARTIAL_FILE, .phase = EXPLAIN_ANSWERING, .bytes = 9}, FAULT_CUT, "9"},
        {{.code = CURLE_RECV_ERROR, .phase = EXPLAIN_ANSWERING}, FAULT_CUT, "middle"},
        {{.code = CURLE_GOT_NOTHING, .phase = EXPLAIN_ASKING}, FAULT_DROPPED, "without"},
        {{.code = CURLE_FILESIZE_EXCEEDED}, FAULT_TOO_BIG, "longer"},
        {{.code = CURLE_WRITE_ERROR, .too_big = true, .bytes = 4096}, FAULT_TOO_BIG, "4096"},
        {{.code = CURLE_UNSUPPORTED_PROTOCOL, .text = "HTTP/0.9"}, FAULT_SYNTAX, "not with HTTP"},
        {{.code = CURLE_URL_MALFORMAT}, FAULT_INTERNAL, "port 443"},
    };
    const struct config_node node = {.name = "esa1.example.com", .address = "192.0.2.11"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(explain_failure(&node, 443, "https/x", &rows[i].failure, &fault));
        if (fault.kind != rows[i].kind || strstr(fault.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
        assert_string_equal(fault.origin, "https/x");
    }
}

/* A proxy that fails proves nothing about the appliance: no alarm. */
static void a_proxy_is_no_appliance(void **state)
{
    static const struct explain_failure rows[] = {
        {.code = CURLE_COULDNT_CONNECT, .error = ECONNREFUSED},
        {.code = CURLE_COULDNT_CONNECT, .error = EHOSTUNREACH},
        {.code = CURLE_COULDNT_RESOLVE_PROXY, .text = "Could not resolve proxy"},
        {.code = CURLE_RECV_ERROR, .text = "CONNECT tunnel failed, response 403"},
    };
    const struct config_node node = {.name = "esa1.example.com",
                                     .address = "192.0.2.11",
                                     .https_proxy = "http://proxy.example.com:3128"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(explain_failure(&node, 443, "https/x", &rows[i], &fault));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        assert_non_null(strstr(fault.text, "https_proxy"));
    }
}

/* -- Tracking queries ----------------------------------------------------------------------- */

static void queries_in_whole_minutes(void **state)
{
    (void)state;
    /* 2026-03-08 00:30:59 UTC: the hour before lies in the day before. */
    assert_string_equal(
        gateways_query(&arena, "/sma/api/v2.0/message-tracking/messages", "esa1.example.com",
                       1772929859),
        "/sma/api/v2.0/message-tracking/messages?startDate=2026-03-07T23%3A30%3A00.000Z"
        "&endDate=2026-03-08T00%3A30%3A00.000Z&searchOption=messages&ciscoHost=esa1.example.com"
        "&offset=0&limit=10");
    const char *hostile = gateways_query(&arena, "/m?a=1", "a b&offset=9#\r\nX: \xff", 0);
    assert_non_null(strstr(hostile, "/m?a=1&startDate="));
    assert_non_null(strstr(hostile, "&ciscoHost=a%20b%26offset%3D9%23%0D%0AX%3A%20%FF&offset=0"));
}

static const struct config_node inventory[] = {
    {.name = "esa1.example.com", .role = ROLE_ESA, .sma = "sma1.example.com"},
    {.name = "esa2.example.com", .role = ROLE_ESA, .sma = "sma1.example.com"},
    {.name = "esa3.example.com", .role = ROLE_ESA, .sma = "sma2.example.com"},
    {.name = "sma1.example.com", .role = ROLE_SMA},
    {.name = "sma2.example.com", .role = ROLE_SMA},
};

/* The gateways of sma1 as "name=host ", sorted as they come; host "-" when it is not listed. */
static const char *gateways(const char *list)
{
    struct config_node nodes[COUNT(inventory)];
    memcpy(nodes, inventory, sizeof(nodes));
    const struct config config = {.nodes = nodes, .node_count = COUNT(nodes)};
    const struct fetch fetch = {.arena = &arena, .config = &config, .node = &nodes[3]};
    size_t count;
    const char *text = "";
    const struct gateways_item *items =
        gateways_find(&fetch, &tracking_messages_kind, text_of(list), &count);
    for (size_t i = 0; i < count; i++) {
        const char *id = fleet_member_id(&arena, &tracking_messages_kind, text_of(items[i].name));
        assert_string_equal(items[i].id, id);
        text = arena_printf(&arena, "%s%s=%s ", text, items[i].name,
                            items[i].host == NULL ? "-" : items[i].host);
    }
    return text;
}

#define ENTRY(serial, host, more)                                                                  \
    "{\"" serial "\": {\"product_type\": \"ESA\", \"host_name\": \"" host "\"" more "}}"
#define LIST(entries) "{\"data\": {\"appliances\": [" entries "]}}"
#define ON            ", \"tracking_enabled\": true"
#define OFF           ", \"tracking_enabled\": false"

static void gateways_of_a_manager(void **state)
{
    static const struct {
        const char *list, *wanted;
    } rows[] = {
        {"", "esa1.example.com=esa1.example.com esa2.example.com=esa2.example.com "},
        {LIST(ENTRY("A", "esa1.example.com", ON) ", " ENTRY("B", "ESA2.example.com", "")),
         "esa1.example.com=esa1.example.com esa2.example.com=ESA2.example.com "},
        {LIST(ENTRY("A", "esa1.example.com", ON) ", " ENTRY("B", "esa2.example.com", OFF)),
         "esa1.example.com=esa1.example.com "},
        {LIST(ENTRY("A", "esa1.example.com", ON)), /* the inventory knows one more */
         "esa1.example.com=esa1.example.com esa2.example.com=- "},
        {LIST(ENTRY("A", "esa1.example.com", ON) ", " ENTRY("B", "esa2.example.com", ON) ", " ENTRY(
             "C", "esa9.example.com", ON)), /* the manager knows one more */
         "esa1.example.com=esa1.example.com esa2.example.com=esa2.example.com "
         "esa9.example.com=esa9.example.com "},
        {LIST(ENTRY("A", "esa1.example.com", ON) ", " ENTRY("B", "esa2", ON)),
         "esa1.example.com=esa1.example.com esa2.example.com=esa2 "},
        {LIST(ENTRY("A", "../../etc/passwd", ON) ", " ENTRY("B", "a/b", ON) ", " ENTRY(
             "C", "-x", ON)), /* names that would be paths */
         "esa1.example.com=- esa2.example.com=- "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(gateways(rows[i].list), rows[i].wanted);
}

/* -- All rows of an appliance, without a network -------------------------------------------- */

static const char *seen;

static void note_begin(void *context, const char *id)
{
    (void)context;
    (void)id;
}

static void note_document(void *context, const struct document *document)
{
    (void)context;
    seen = arena_printf(&arena, "%s%s=%s\n", seen, document->id,
                        document->fault == NULL ? arena_dup(&arena, document->bytes)
                                                : document->fault->text);
    assert_true(document->fault == NULL || document->fault->kind == FAULT_LOGIN);
}

static void note_line(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static const char *ask_sma(struct config_node *nodes, bool refused)
{
    const struct config config = {.nodes = nodes, .node_count = COUNT(inventory)};
    const struct fetch_sink sink = {
        .begin = note_begin, .document = note_document, .note = note_line};
    const struct fetch_row *rows[] = {
        plan_row(&config_appliances_kind), plan_row(&tracking_messages_kind),
        plan_row(&gui_table_tracking_kind), plan_row(&gui_table_services_kind)};
    struct fetch fetch = {.arena = &arena,
                          .config = &config,
                          .node = &nodes[3],
                          .rows = rows,
                          .row_count = COUNT(rows),
                          .deadline_ms = fetch_now_ms() + 1000,
                          .sink = &sink,
                          .passphrase_refused = refused};
    seen = "";
    https_ask(&fetch);
    return seen;
}

static void a_refused_passphrase_is_not_tried_again(void **state)
{
    struct config_node nodes[COUNT(inventory)];
    (void)state;
    memcpy(nodes, inventory, sizeof(nodes));
    nodes[3].user = "postcheck";
    nodes[3].address = "192.0.2.1"; /* never asked */
    nodes[3].tracking_page = "/tracking";
#define REFUSED                                                                                    \
    "not tried: the passphrase of postcheck was refused before, and failures lock the account\n"
    assert_string_equal(ask_sma(nodes, true),
                        "https/config_appliances.json=" REFUSED
                        "https/tracking_messages/esa1.example.com.json=" REFUSED
                        "https/tracking_messages/esa2.example.com.json=" REFUSED
                        "https/tracking_page.html=" REFUSED);
}

static void a_saved_page_needs_no_passphrase(void **state)
{
    struct config_node nodes[COUNT(inventory)];
    char path[] = "/tmp/postcheck-unit-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "<html>saved</html>", 18), 18);
    (void)close(fd);
    memcpy(nodes, inventory, sizeof(nodes));
    nodes[3].address = "192.0.2.1";
    nodes[3].services_page = arena_printf(&arena, "file:%s", path);
    const char *text = ask_sma(nodes, false);
    (void)unlink(path);
    assert_non_null(strstr(text, "https/services_page.html=<html>saved</html>\n"));
    assert_non_null(strstr(text, "https/config_appliances.json=no account is configured"));
    assert_null(strstr(text, "tracking_page"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(answers_to_the_login_form),
        with_arena(pages_of_the_gui),
        with_arena(answers_of_xml_status),
        with_arena(failures_as_faults),
        with_arena(a_proxy_is_no_appliance),
        with_arena(queries_in_whole_minutes),
        with_arena(gateways_of_a_manager),
        with_arena(a_refused_passphrase_is_not_tried_again),
        with_arena(a_saved_page_needs_no_passphrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
