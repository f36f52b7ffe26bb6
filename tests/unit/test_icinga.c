/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include "plugin/icinga/icinga.h"

static struct config config;

static bool load(const char *text)
{
    put("postcheck.ini", text);
    assert_int_equal(chmod(inside("postcheck.ini"), 0600), 0);
    fault = (struct fault){.kind = FAULT_NONE};
    return config_load_rules(&arena, inside("postcheck.ini"), &config, &fault);
}

#define ICINGA "[icinga2]\nurl = https://icinga.example.com\nca_file = ca.pem\n"

static void reads_its_section(void **state)
{
    (void)state;
    assert_true(load("[defaults]\nuser = other\ncredentials_file = other\n"));
    assert_null(config.icinga);
    assert_true(load("[defaults]\nuser = other\ncredentials_file = other\n" ICINGA
                     "user = runner\ncredentials_file = mine\n"
                     "[node esa1]\nrole = esa\ncluster = hq\nmonitored_as = Gateway 1\n"
                     "[node esa2]\nrole = esa\ncluster = hq\n"
                     "[cluster hq]\nmonitored_as = Cluster HQ\n"));
    const struct config_node *at = config.icinga;
    assert_non_null(at);
    assert_string_equal(at->name, "icinga.example.com");
    assert_string_equal(at->address, "icinga.example.com");
    assert_int_equal(at->https_port, 5665);
    assert_int_equal(at->timeout_s, 30);
    assert_string_equal(at->user, "runner");
    assert_string_equal(at->credentials_file, inside("mine"));
    assert_string_equal(at->ca_file, inside("ca.pem"));
    assert_string_equal(config.nodes[0].monitored_as, "Gateway 1");
    assert_null(config.nodes[1].monitored_as); /* the cluster's is not its members' */
    assert_string_equal(config.nodes[0].cluster_monitored_as, "Cluster HQ");
    assert_string_equal(config.nodes[1].cluster_monitored_as, "Cluster HQ");
    assert_true(load("[icinga2]\nurl = https://n.test:15665/\naddress = 2001:db8::1\n"
                     "ca_file = ca.pem\ncert_file = c\nkey_file = k\ntimeout = 2m\n"));
    assert_int_equal(config.icinga->https_port, 15665);
    assert_string_equal(config.icinga->address, "2001:db8::1");
    assert_int_equal(config.icinga->timeout_s, 120);
    assert_null(config.icinga->user); /* nothing is inherited */
}

static void refuses_what_cannot_work(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"[icinga2]\nca_file = c\nuser = u\n", "no 'url'"},
        {"[icinga2]\nurl = https://h\nuser = u\n", "no 'ca_file'"},
        {ICINGA, "no 'user'"},
        {ICINGA "cert_file = c\n", "no 'key_file'"},
        {ICINGA "user = u\ntls_pin = sha256//x\n", "key 'tls_pin' cannot stand in [icinga2]"},
        {ICINGA "user = u\nurl = https://h\n", "key 'url' is there twice"},
        {ICINGA "passphrase = x\n", "no secret may stand in this file"},
        {"[icinga2]\nurl = http://h\n", "'http://h' is not https://HOST"},
        {"[icinga2]\nurl = https://u:p@h\n", "is not https://HOST"},
        {"[icinga2]\nurl = https://h:0\n", "is not https://HOST"},
        {"[icinga2]\nurl = https://h:65536\n", "is not https://HOST"},
        {"[icinga2]\nurl = https://h/v1\n", "is not https://HOST"},
        {"[icinga2]\nurl = https://\n", "is not https://HOST"},
        {"[icinga2 x]\n", "is to be [icinga2]"},
        {"[defaults]\nurl = https://h\n", "key 'url' cannot stand in [defaults]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(load(rows[i].text));
        if (strstr(fault.text, rows[i].why) == NULL)
            fail_msg("'%s' says '%s', not '%s'", rows[i].text, fault.text, rows[i].why);
    }
    assert_true(load("[defaults]\n"));
    assert_null(icinga_open(&arena, &config, &fault));
    assert_non_null(strstr(fault.text, "no [icinga2] section"));
}

/* ---- what an answer means ---- */

static bool judge(const char *object, long status, const char *bytes)
{
    const struct icinga_request request = {.path = "actions/process-check-result",
                                           .object = object};
    const struct icinga_view view = {&arena, "https://i/v1/x", "runner", &request};
    json_t *answer;
    fault = (struct fault){.kind = FAULT_NONE};
    const bool done = icinga_judge(&view, status, text_of(bytes), &answer, &fault);
    assert_int_equal(done, json_is_object(answer));
    json_decref(answer);
    return done;
}

static void an_answer_is_an_answer(void **state)
{
    (void)state;
    assert_true(judge("h!s", 200, "{\"results\":[{\"code\":200,\"status\":\"ok\"}]}"));
    assert_true(judge("h!s", 202, "{\"results\":[{\"code\":202,\"execution\":\"x\"}]}"));
    assert_true(judge(NULL, 200, "{\"results\":[]}"));
}

static void a_refusal_has_its_remedy(void **state)
{
    static const struct {
        const char *object;
        long status;
        const char *bytes;
        enum fault_kind kind;
        const char *text;
    } rows[] = {
        {"h!s", 401, "{\"error\":401,\"status\":\"Unauthorized. Please check it.\"}", FAULT_LOGIN,
         "HTTP 401: Unauthorized. Please check it: ApiUser runner is not known or its passphrase "
         "is another"},
        {"h!s", 401, "<h1>Unauthorized</h1>", FAULT_LOGIN, "HTTP 401: Unauthorized: ApiUser"},
        {"h!s", 404,
         "{\"diagnostic_information\":\"Error: Missing permission: "
         "actions/process-check-result\\n\\nmore\",\"error\":404,\"status\":\"No objects found.\"}",
         FAULT_FORBIDDEN, "lacks the permission 'actions/process-check-result', see nagios/"},
        {"h!s", 403, "{\"error\":403,\"status\":\"Forbidden.\"}", FAULT_FORBIDDEN,
         "HTTP 403: Forbidden: ApiUser runner lacks the permission 'actions/process-check-result'"},
        {"h!s", 404,
         "{\"diagnostic_information\":\"Error: Object does not exist.\\n\\nStack\",\"error\":404,"
         "\"status\":\"No objects found.\"}",
         FAULT_UNSUPPORTED,
         "HTTP 404: Object does not exist: h!s is not in Icinga: import "
         "nagios/icinga2-services.conf"},
        {"h", 404, "{\"error\":404,\"status\":\"No objects found.\"}", FAULT_UNSUPPORTED,
         "HTTP 404: No objects found: h is not in Icinga: define the host"},
        {"h!s", 404,
         "{\"diagnostic_information\":\"Error: Access denied to object 'h!s' of type "
         "'Service'\\n\",\"error\":404,\"status\":\"No objects found.\"}",
         FAULT_FORBIDDEN, "the filter of the permission of ApiUser runner leaves it out"},
        {NULL, 404, "{\"error\":404,\"status\":\"The requested path 'v1/x' could not be found.\"}",
         FAULT_UNSUPPORTED, "HTTP 404: The requested path 'v1/x' could not be found"},
        {"h!s", 200, "{\"results\":[{\"code\":200},{\"code\":409,\"status\":\"Newer result.\"}]}",
         FAULT_UNSUPPORTED, "HTTP 409: Newer result"},
        {"h!s", 500, "{\"results\":[{\"code\":400,\"status\":\"Parameter 'x' is required.\"}]}",
         FAULT_UNSUPPORTED, "HTTP 400: Parameter 'x' is required"},
        {"h!s", 503, "{\"error\":503,\"status\":\"Icinga is reloading\"}", FAULT_RESTARTING,
         "HTTP 503: Icinga is reloading"},
        {"h!s", 200, "<html>", FAULT_SYNTAX, "HTTP 200, and no answer of Icinga's API"},
        {"h!s", 200, "[1]", FAULT_SYNTAX, "HTTP 200, and no answer of Icinga's API"},
        {"h!s", 302, "", FAULT_SYNTAX, "HTTP 302, and no answer of Icinga's API"},
        {"h!s", 404, "{\"error\":404,\"status\":7}", FAULT_UNSUPPORTED, "h!s is not in Icinga"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(judge(rows[i].object, rows[i].status, rows[i].bytes));
        assert_int_equal(fault.kind, rows[i].kind);
        assert_string_equal(fault.origin, "https://i/v1/x");
        if (strstr(fault.text, rows[i].text) == NULL)
            fail_msg("'%s', not '%s'", fault.text, rows[i].text);
        assert_int_equal(icinga_is_lost(&fault),
                         rows[i].kind != FAULT_UNSUPPORTED && rows[i].kind != FAULT_FORBIDDEN);
    }
}

/* Whoever answers there may say anything: it is one clean line, and not without end. */
static void hostile_words_are_tamed(void **state)
{
    char bytes[4096] = "{\"error\":500,\"status\":\"\\u001b[31m\\n\\u202e";
    (void)state;
    const size_t n = strlen(bytes);
    memset(bytes + n, 'x', sizeof(bytes) - n - 3);
    memcpy(bytes + sizeof(bytes) - 3, "\"}", 3);
    assert_false(judge("h!s", 500, bytes));
    assert_null(strpbrk(fault.text, "\033\n"));
    assert_null(strstr(fault.text, "\xe2\x80\xae"));
    assert_true(strlen(fault.text) < 200);
}

static void objects_are_named_as_in_nagios_folder(void **state)
{
    (void)state;
    assert_string_equal(icinga_service(&arena, "esa1", "status"), "esa1!asyncos-status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(reads_its_section),      with_folder(refuses_what_cannot_work),
        with_arena(an_answer_is_an_answer),  with_arena(a_refusal_has_its_remedy),
        with_arena(hostile_words_are_tamed), with_arena(objects_are_named_as_in_nagios_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
