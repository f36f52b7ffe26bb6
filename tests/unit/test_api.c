/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/fetch/api.h"
#include "plugin/fetch/gui.h"

static char canary[] = "canary pass&word%1\xc3\xa9";
static const struct secret secret = {canary, sizeof(canary) - 1};

static struct http_answer answer_of(long status, const char *type, const char *body)
{
    return (struct http_answer){.status = status, .type = text_of(type), .bytes = text_of(body)};
}

/* -- Drafts --------------------------------------------------------------------------------- */

static void base64_as_in_the_rfc(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfd", "//79"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct draft draft = {.arena = &arena};
        draft_string(&draft, "");
        draft_base64(&draft, text_of(rows[i][0]));
        assert_string_equal(draft.bytes, rows[i][1]);
    }
}

static void percent_leaves_only_what_is_plain(void **state)
{
    struct draft draft = {.arena = &arena};
    (void)state;
    draft_percent(&draft, (struct span){"aZ09-._~ /?&=%+\r\n\0\xff", 19});
    assert_string_equal(draft.bytes, "aZ09-._~%20%2F%3F%26%3D%25%2B%0D%0A%00%FF");
}

static void a_draft_grows_and_leaves_nothing_behind(void **state)
{
    struct draft draft = {.arena = &arena};
    (void)state;
    draft_put(&draft, (struct span){secret.bytes, secret.n});
    const char *first = draft.bytes;
    for (size_t i = 0; i < 5000; i++)
        draft_string(&draft, "0123456789");
    assert_int_equal(draft.n, secret.n + 50000);
    assert_ptr_not_equal(draft.bytes, first);
    for (size_t i = 0; i < secret.n; i++)
        assert_int_equal(first[i], 0);
    assert_memory_equal(draft.bytes, secret.bytes, secret.n);
    assert_string_equal(draft.bytes + draft.n - 10, "0123456789");
    char *last = draft.bytes;
    draft_wipe(&draft);
    for (size_t i = 0; i < secret.n + 50000; i++)
        assert_int_equal(last[i], 0);
    assert_int_equal(draft.n, 0);
}

static void bodies_and_headers_of_logins(void **state)
{
    struct draft body = {.arena = &arena}, form = {.arena = &arena}, basic = {.arena = &arena};
    (void)state;
    api_login_body(&body, "postcheck", &secret);
    assert_string_equal(body.bytes, "{\"data\": {\"userName\": \"cG9zdGNoZWNr\", \"passphrase\": "
                                    "\"Y2FuYXJ5IHBhc3Mmd29yZCUxw6k=\"}}");
    gui_login_body(&form, "post check", &secret);
    assert_string_equal(form.bytes, "action=Login&referrer=&screen=login&username=post%20check"
                                    "&password=canary%20pass%26word%251%C3%A9");
    http_basic(&basic, "postcheck", &secret);
    assert_string_equal(basic.bytes,
                        "Authorization: Basic cG9zdGNoZWNrOmNhbmFyeSBwYXNzJndvcmQlMcOp");
}

/* -- Answers of the API --------------------------------------------------------------------- */

#define ERROR(message) "{\"error\": {\"message\": \"" message "\", \"code\": \"401\"}}"
#define JSON           "application/json"
#define HTML           "text/html"
#define PAGE           "<html><body><h1>Hello</h1></body></html>"

static void answers_of_the_api(void **state)
{
    static const struct {
        enum api_stage stage;
        bool accepted;
        long status;
        const char *type, *body;
        enum api_meaning meaning;
        enum fault_kind kind;
        const char *words;
    } rows[] = {
        {API_TOKEN, true, 200, JSON, "{\"data\": {}}\n", API_ANSWER, FAULT_NONE, ""},
        {API_TOKEN, true, 200, JSON, "{\"data\": [\"process of restarting\"]}", API_ANSWER,
         FAULT_NONE, ""},
        {API_TOKEN, true, 200, JSON, "", API_FAULT, FAULT_EMPTY, "empty"},
        {API_TOKEN, true, 200, JSON, " \r\n", API_FAULT, FAULT_EMPTY, "empty"},
        {API_TOKEN, true, 200, JSON, "{\"data\": {\"a\": 1", API_FAULT, FAULT_CUT, "ends early"},
        {API_TOKEN, true, 200, HTML, PAGE, API_FAULT, FAULT_UNSUPPORTED, "the GUI, not the API"},
        {API_TOKEN, true, 307, HTML, "", API_FAULT, FAULT_UNSUPPORTED, "the GUI, not the API"},
        {API_TOKEN, true, 200, HTML, "<html>The system is in the process of restarting.</html>",
         API_FAULT, FAULT_RESTARTING, "restarting"},
        {API_BASIC, false, 503, HTML, "<html>Process of Restarting</html>", API_FAULT,
         FAULT_RESTARTING, "restarting"},
        {API_LOGIN, false, 401, JSON, ERROR("Invalid username or passphrase."), API_FAULT,
         FAULT_LOGIN, "refused the login of postcheck"},
        {API_LOGIN, false, 404, JSON, ERROR("Not Found."), API_FAULT, FAULT_UNSUPPORTED,
         "api_login = basic"},
        {API_TOKEN, true, 401, JSON, ERROR("ExpiredSignatureError."), API_RENEW, FAULT_LOGIN,
         "token"},
        {API_TOKEN, true, 401, JSON, ERROR("InvalidTokenError."), API_RENEW, FAULT_LOGIN, "token"},
        {API_LOGIN, false, 401, JSON, ERROR("InvalidTokenError."), API_FAULT, FAULT_LOGIN,
         "refused"},
        {API_BASIC, true, 401, JSON, ERROR("InvalidTokenError."), API_FAULT, FAULT_FORBIDDEN,
         "role"},
        {API_TOKEN, true, 401, JSON, ERROR("Unauthorized."), API_FAULT, FAULT_FORBIDDEN,
         "the role of postcheck may not read API config/appliances"},
        {API_BASIC, true, 401, JSON, ERROR("Unauthorized."), API_FAULT, FAULT_FORBIDDEN, "role"},
        {API_BASIC, false, 401, JSON, ERROR("Unauthorized."), API_FAULT, FAULT_LOGIN,
         "was refused, or its role may not read API config/appliances"},
        {API_BASIC, false, 401, HTML, PAGE, API_FAULT, FAULT_LOGIN, "not tried again"},
        {API_TOKEN, true, 403, JSON, "{}", API_FAULT, FAULT_FORBIDDEN, "role"},
        {API_TOKEN, true, 404, JSON, ERROR("Missing attribute - device_type."), API_FAULT,
         FAULT_UNSUPPORTED, "\"Missing attribute - device_type.\""},
        {API_TOKEN, true, 404, HTML, PAGE, API_FAULT, FAULT_UNSUPPORTED, "not enabled"},
        {API_TOKEN, true, 404, JSON, "", API_FAULT, FAULT_UNSUPPORTED, "port 6443"},
        {API_TOKEN, true, 500, JSON, ERROR("It broke"), API_FAULT, FAULT_SYNTAX,
         "status 500 on port 6443 (\"It broke\")"},
        {API_TOKEN, true, 502, HTML, PAGE, API_FAULT, FAULT_SYNTAX, "status 502"},
        {API_TOKEN, true, 400, JSON, "{\"error\": \"bad\"}", API_FAULT, FAULT_SYNTAX, "(\"bad\")"},
        {API_TOKEN, true, 500, JSON, "{\"error\": {\"message\": [1]}}", API_FAULT, FAULT_SYNTAX,
         "status 500 on port 6443"},
        {API_TOKEN, true, 204, JSON, "", API_FAULT, FAULT_SYNTAX, "status 204"},
        {API_TOKEN, true, 0, "", "", API_FAULT, FAULT_SYNTAX, "status 0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct api_view view = {.stage = rows[i].stage,
                                .id = "https/config_appliances.json",
                                .what = "API config/appliances",
                                .user = "postcheck",
                                .port = 6443,
                                .accepted = rows[i].accepted};
        struct http_answer answer = answer_of(rows[i].status, rows[i].type, rows[i].body);
        fault = (struct fault){.kind = FAULT_NONE};
        if (api_judge(&arena, &view, &answer, &fault) != rows[i].meaning ||
            fault.kind != rows[i].kind || strstr(fault.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
    }
}

static void tokens_of_logins(void **state)
{
    static const struct {
        const char *body;
        enum fault_kind kind;
        const char *header;
    } rows[] = {
        {"{\"data\": {\"userName\": \"x\", \"is2FactorRedirectRequired\": \"false\", "
         "\"jwtToken\": \"eyJ.a-b_c.d=\"}}",
         FAULT_NONE, "jwtToken: eyJ.a-b_c.d="},
        {"{\"data\": {\"jwtToken\": \"t\"}}", FAULT_NONE, "jwtToken: t"},
        {"{\"data\": {\"is2FactorRedirectRequired\": false, \"jwtToken\": \"t\"}}", FAULT_NONE,
         "jwtToken: t"},
        {"{\"data\": {\"is2FactorRedirectRequired\": \"true\", \"jwtToken\": \"t\"}}", FAULT_FACTOR,
         NULL},
        {"{\"data\": {\"is2FactorRedirectRequired\": \"True\"}}", FAULT_FACTOR, NULL},
        {"{\"data\": {\"is2FactorRedirectRequired\": true, \"jwtToken\": \"t\"}}", FAULT_FACTOR,
         NULL},
        {"{\"data\": {\"jwtToken\": \"\"}}", FAULT_SYNTAX, NULL},
        {"{\"data\": {\"jwtToken\": 5}}", FAULT_SYNTAX, NULL},
        {"{\"data\": {\"jwtToken\": \"t\\r\\nX: y\"}}", FAULT_SYNTAX, NULL},
        {"{\"data\": {\"jwtToken\": \"t t\"}}", FAULT_SYNTAX, NULL},
        {"{\"data\": {\"jwtToken\": \"t\\u00e9\"}}", FAULT_SYNTAX, NULL},
        {"{\"data\": [\"jwtToken\"]}", FAULT_SYNTAX, NULL},
        {"{\"jwtToken\": \"t\"}", FAULT_SYNTAX, NULL},
        {"[]", FAULT_SYNTAX, NULL},
        {"{\"data\": {\"jwtToken\": \"t", FAULT_SYNTAX, NULL},
        {"", FAULT_SYNTAX, NULL},
    };
    const struct api_view view = {.stage = API_LOGIN, .id = "x", .user = "postcheck"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct draft header = {.arena = &arena};
        fault = (struct fault){.kind = FAULT_NONE};
        bool done = api_read_token(&view, text_of(rows[i].body), &header, &fault);
        assert_int_equal(fault.kind, rows[i].kind);
        assert_int_equal(done, rows[i].header != NULL);
        if (done)
            assert_string_equal(header.bytes, rows[i].header);
        assert_null(strstr(fault.text, "eyJ"));
    }
}

/* A token longer than any header may be is no token, and an answer that is too long is none. */
static void huge_tokens(void **state)
{
    static const size_t sizes[] = {16 * 1024, 16 * 1024 + 1, 70 * 1024};
    const struct api_view view = {.stage = API_LOGIN, .id = "x", .user = "postcheck"};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct draft body = {.arena = &arena}, header = {.arena = &arena};
        draft_string(&body, "{\"data\": {\"jwtToken\": \"");
        for (size_t j = 0; j < sizes[i]; j++)
            draft_string(&body, "a");
        draft_string(&body, "\"}}");
        assert_int_equal(api_read_token(&view, draft_span(&body), &header, &fault), i == 0);
    }
}

static void ports_in_their_order(void **state)
{
    struct config_node node = {.https_port = 443};
    unsigned ports[3];
    (void)state;
    assert_int_equal(api_ports(&node, ports), 3);
    assert_int_equal(ports[0], 6443);
    assert_int_equal(ports[1], 4431);
    assert_int_equal(ports[2], 443);
    node.https_port = 4431;
    assert_int_equal(api_ports(&node, ports), 2);
    node.api_port = 8443;
    assert_int_equal(api_ports(&node, ports), 1);
    assert_int_equal(ports[0], 8443);
}

static void json_and_html(void **state)
{
    static const struct {
        const char *type, *body;
        bool json, html;
    } rows[] = {
        {"application/json", "{}", true, false},
        {"Application/JSON; charset=utf-8", "{}", true, false},
        {"application/json-patch", "{}", false, false},
        {"text/html", PAGE, false, true},
        {"", " \n<!DOCTYPE HTML>", false, true},
        {"text/html", "<status/>", false, true},
        {"text/xml", "<status build=\"x\"/>", false, false},
        {"text/html", "<?xml version=\"1.0\"?><status/>", false, false},
        {"text/html", "", false, false},
        {"text/html", "{\"a\": \"<html>\"}", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_answer answer = answer_of(200, rows[i].type, rows[i].body);
        assert_int_equal(http_is_json(&answer), rows[i].json);
        assert_int_equal(http_is_html(&answer), rows[i].html);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(base64_as_in_the_rfc),
        with_arena(percent_leaves_only_what_is_plain),
        with_arena(a_draft_grows_and_leaves_nothing_behind),
        with_arena(bodies_and_headers_of_logins),
        with_arena(answers_of_the_api),
        with_arena(tokens_of_logins),
        with_arena(huge_tokens),
        with_arena(ports_in_their_order),
        with_arena(json_and_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
