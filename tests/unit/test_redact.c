/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>

#include "plugin/redact.h"

struct example {
    const char *text, *wanted; /* WANTED NULL: nothing is taken out */
};

static struct span redacted(const char *text, const char *secret, bool keep_addresses)
{
    return redact(&arena, text_of(text), text_of(secret), keep_addresses);
}

/* Each example as it should become, and once more without any change. */
static void compare(const struct example *examples, size_t count, const char *secret,
                    bool keep_addresses)
{
    for (size_t i = 0; i < count; i++) {
        struct span found = redacted(examples[i].text, secret, keep_addresses);
        assert_span(found, examples[i].wanted == NULL ? examples[i].text : examples[i].wanted);
        if (examples[i].wanted == NULL)
            assert_ptr_equal(found.p, examples[i].text);
        assert_ptr_equal(redact(&arena, found, text_of(secret), keep_addresses).p, found.p);
    }
}

static void takes_out_the_secret(void **state)
{
    static const struct example examples[] = {
        {"login with p&s\"w/1 done", "login with [redacted] done"},
        {"p&s\"w/1p&s\"w/1", "[redacted][redacted]"},
        {"form: a=p%26s%22w%2F1&b=2", "form: a=[redacted]&b=2"},
        {"form: a=p%26s%22w%2f1&b=2", "form: a=[redacted]&b=2"},
        {"{\"said\": \"p&s\\\"w/1\"}", "{\"said\": \"[redacted]\"}"},
        {"{\"said\": \"p&s\\u0022w\\/1\"}", "{\"said\": \"[redacted]\"}"},
        {"<a>p&amp;s&quot;w/1</a>", "<a>[redacted]</a>"},
        {"it is cCZzIncvMQ== in base64", "it is [redacted]Q== in base64"},
        {"Basic dXNlcjpwJnMidy8x now", "Basic dXNlcjp[redacted] now"},
        {"Basic dXNlcnM6cCZzIncvMQ== now", "Basic dXNlcnM6[redacted]Q== now"},
        {"p&s\"w/2, p&s\"w/, P&S\"W/1", NULL},
        {"[redacted]", NULL},
        {"", NULL},
    };
    (void)state;
    compare(examples, COUNT(examples), "p&s\"w/1", true);
}

static void takes_out_no_short_or_empty_secret(void **state)
{
    (void)state;
    compare(&(struct example){"abc stays", NULL}, 1, "abc", true);
    compare(&(struct example){"stays", NULL}, 1, "", true);
    compare(&(struct example){"abcd goes", "[redacted] goes"}, 1, "abcd", true);
}

static void leaves_the_marker_when_it_holds_the_secret(void **state)
{
    (void)state;
    compare(&(struct example){"redacted [redacted]", "[redacted] [redacted]"}, 1, "redacted", true);
}

static void keeps_documents_well_formed_whatever_the_secret(void **state)
{
    (void)state;
    compare(&(struct example){"{\"n\": 12345, \"s\": \"is 1234\"}",
                              "{\"n\": 12345, \"s\": \"is [redacted]\"}"},
            1, "1234", true);
    compare(
        &(struct example){"<status><a>status</a></status>", "<status><a>[redacted]</a></status>"},
        1, "status", true);
}

static void takes_out_values_behind_names(void **state)
{
    static const struct example examples[] = {
        {"password: hunter2", "password: [redacted]"},
        {"Password = hunter2 host=esa1", "Password = [redacted] host=esa1"},
        {"SNMP Community: public\r\nnext", "SNMP Community: [redacted]\r\nnext"},
        {"community: public version: 2c", "community: [redacted] version: 2c"},
        {"api_token=abc, x=1", "api_token=[redacted], x=1"},
        {"https://sma1.example.com/x?CSRFKey=ab-cd&id=7", NULL},
        {"Set-Cookie: sid=abc; path=/\r\nX: y", "Set-Cookie: [redacted]\r\nX: y"},
        {"Authorization: Basic dXNlcjpwYXNz\n", "Authorization: [redacted]\n"},
        {"{\"jwtToken\": \"ey.J\\\"x\", \"a\": 1}", "{\"jwtToken\": \"[redacted]\", \"a\": 1}"},
        {"{\"sid\":\n 4711}", "{\"sid\":\n \"[redacted]\"}"},
        {"{\"cookie\": [\"a\", \"b\"], \"c\": \"d\"}",
         "{\"cookie\": [\"[redacted]\", \"[redacted]\"], \"c\": \"d\"}"},
        {"{\"token\": {\"a\": 1}}", NULL},
        {"{\"token\": null, \"password\": \"\"}", NULL},
        {"{\"x\": \"{\\\"password\\\": \\\"abc\\\"}\"}",
         "{\"x\": \"{\\\"password\\\": \\\"[redacted]\\\"}\"}"},
        {"{'password': 'a b'}", "{'password': '[redacted]'}"},
        {"<a><password>x&amp;y</password></a>", "<a><password>[redacted]</password></a>"},
        {"<password>\n x\n</password>", "<password>\n [redacted]\n</password>"},
        {"<secret><![CDATA[a<b]]></secret>", "<secret><![CDATA[[redacted]]]></secret>"},
        {"<snmp community=\"a\\\" port='1'/>", "<snmp community=\"[redacted]\" port='1'/>"},
        {"<input type=hidden name=\"CSRFKey\" value=\"ab-c\">",
         "<input type=hidden name=\"CSRFKey\" value=\"[redacted]\">"},
        {"<input type='password' value='abc' name='x'>",
         "<input type='password' value='[redacted]' name='x'>"},
        {"<input type=\"text\" name=\"user\" value=\"abc\">", NULL},
        {"<script>var token = 'abc';</script>", "<script>var token = '[redacted]';</script>"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++)
        if (i != 5)
            compare(&examples[i], 1, "", true);
    compare(
        &(struct example){examples[5].text, "https://sma1.example.com/x?CSRFKey=[redacted]&id=7"},
        1, "", true);
}

static void leaves_prose_and_other_names(void **state)
{
    static const struct example examples[] = {
        {"Passphrase policy: ok", NULL},
        {"Password: expired for user", NULL},
        {"The password of the user has expired", NULL},
        {"password_policy=strict compassword=x", NULL},
        {"Invalid username or passphrase.", NULL},
        {"token: none\npassword: yes\n", NULL},
        {"<input type=\"password\" name=\"password\" value=\"\">", NULL},
        {"<label>Password:</label> <b>x</b>", NULL},
        {"Serial Number: 420B1D44E0C97A5510D3-6F21B8C04E9A", NULL},
        {"MID 77 ICID 5 from 192.0.2.11 to 2001:db8::1 at 12:30:45", NULL},
        {"esa1.example.com> status", NULL},
    };
    (void)state;
    compare(examples, COUNT(examples), "", false);
}

static void takes_out_local_parts(void **state)
{
    static const struct example examples[] = {
        {"From: <user@example.com>", "From: <redacted@example.com>"},
        {"MID 1 From: <>", NULL},
        {"\"john doe\"@example.com", "redacted@example.com"},
        {"{\"a\": \"\\\"john doe\\\"@example.com\"}", "{\"a\": \"redacted@example.com\"}"},
        {"{\"a\": \"x\\nuser@example.com\"}", "{\"a\": \"x\\nredacted@example.com\"}"},
        {"{\"a\": \"user\\u0040example.com\"}", "{\"a\": \"redacted\\u0040example.com\"}"},
        {"?sender=user.name%40example.com&x", "?sender=redacted%40example.com&x"},
        {"<b>user&#64;example.com</b>", "<b>redacted&#64;example.com</b>"},
        {"'o'brien@example.com'", "'redacted@example.com'"},
        {"sender=user@example.com", "sender=redacted@example.com"},
        {"list+user=example.net@example.com", "redacted@example.com"},
        {"j\xc3\xb6rg@example.com,a@[192.0.2.1]", "redacted@example.com,redacted@[192.0.2.1]"},
        {"a@b@c", "redacted@redacted@c"},
        {"redacted@example.com", NULL},
        {"user@ example.com @ 5 @example.com", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++)
        compare(&examples[i], 1, "", false);
    compare(&(struct example){"user@example.com", NULL}, 1, "", true);
}

static void takes_out_subjects(void **state)
{
    static const struct example examples[] = {
        {"{\"subject\": \"a \\\"b\\\" c\"}", "{\"subject\": \"[redacted]\"}"},
        {"{\"subject\": \"\"}", NULL},
        {"Info: MID 12 Subject 'it\\'s\\r\\n' end", "Info: MID 12 Subject '[redacted]' end"},
        {"Info: MID 12 Subject \"it's\"\n", "Info: MID 12 Subject \"[redacted]\"\n"},
        {"alert was sent with subject \"Critical <System> esa1\"", NULL},
        {"Subject 'x'", NULL},
        {"Details: Subject: printer", NULL},
    };
    (void)state;
    compare(examples, COUNT(examples), "", false);
    compare(&(struct example){"{\"subject\": \"a\"}", NULL}, 1, "", true);
}

static void leaves_utf_16(void **state)
{
    static const char text[] = "\xff\xfeu\0@\0x\0";
    (void)state;
    struct span bytes = {text, sizeof(text) - 1};
    assert_ptr_equal(redact(&arena, bytes, text_of("abcd"), false).p, text);
    static const char unmarked[] = "\0u\0s\0e\0r\0@\0x";
    bytes = (struct span){unmarked, sizeof(unmarked) - 1};
    assert_ptr_equal(redact(&arena, bytes, text_of("abcd"), false).p, unmarked);
}

static size_t line_ends(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == '\n';
    return count;
}

/* Random sentences of the words that mean something, seeded: the same ones each time. */
static struct span sentence(uint32_t *seed, char *buffer, size_t size)
{
    static const char *const words[] = {
        "password",    "token",      "cookie",   ":",
        "=",           "\"",         "'",        "\\\"",
        "\\",          "<",          ">",        "@",
        "%40",         "[redacted]", "redacted", " ",
        "\n",          ",",          "{",        "}",
        "[",           "]",          "subject",  "MID 1 Subject ",
        "abc",         "p&s1",       "p%26s1",   "<password>",
        "</password>", "<![CDATA[",  "]]>",      "<input name=sid value=",
        "&",           "u0041",      "n",        "1",
    };
    size_t n = 0;
    for (int i = 0; i < 24; i++) {
        *seed = *seed * 1664525U + 1013904223U;
        struct span word = text_of(words[(*seed >> 16) % COUNT(words)]);
        if (n + word.n > size)
            break;
        memcpy(buffer + n, word.p, word.n);
        n += word.n;
    }
    return (struct span){buffer, n};
}

static void is_idempotent_on_anything(void **state)
{
    uint32_t seed = 20260308;
    char buffer[1024];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct span text = sentence(&seed, buffer, sizeof(buffer));
        struct span once = redact(&arena, text, text_of("p&s1"), false);
        struct span twice = redact(&arena, once, text_of("p&s1"), false);
        if (once.p != twice.p)
            print_error("%.*s\n----\n%.*s\n----\n%.*s\n", TEXT_ARGS(text), TEXT_ARGS(once),
                        TEXT_ARGS(twice));
        assert_ptr_equal(once.p, twice.p);
        assert_int_equal(line_ends(text), line_ends(once));
        if (i % 100 == 99) {
            arena_free(&arena);
            arena_init(&arena, NULL);
        }
    }
}

/* A JSON text of random strings stays one that jansson reads. */
static void keeps_json_well_formed(void **state)
{
    uint32_t seed = 7;
    char buffer[512];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct span text = sentence(&seed, buffer, sizeof(buffer));
        json_t *object =
            json_pack("{s:s%, s:[s%, i], s:i, s:s%}", "password", text.p, text.n, "other", text.p,
                      text.n, 12, "sid", 1234, "subject", text.p, text.n);
        assert_non_null(object);
        char *json = json_dumps(object, i % 2 == 0 ? JSON_INDENT(1) : JSON_ESCAPE_SLASH);
        struct span out = redact(&arena, text_of(json), text_of("p&s1"), false);
        json_t *again = json_loadb(out.p, out.n, 0, NULL);
        if (again == NULL)
            print_error("%s\n%.*s\n", json, TEXT_ARGS(out));
        assert_non_null(again);
        json_decref(again);
        json_decref(object);
        free(json);
        arena_free(&arena);
        arena_init(&arena, NULL);
    }
}

/* Texts that would take hours if any byte were looked at again and again. */
static void is_linear(void **state)
{
    static const char *const pieces[] = {
        "@",
        "\"@",
        "a",
        "<input ",
        "<sid><![CDATA[[redacted]",
        "sid:",
        "sid=[",
        "\"sid\":[\"",
        "cookie:[redacted] ",
        "\\",
        "sid: a",
        "%",
        "a@",
        "\"token\":\"[redacted]",
        "MID 1 Subject '",
        "'a'=",
        "<sid>",
        " =",
        "a\\u0040",
    };
    const size_t most = 10 * 1024 * 1024;
    (void)state;
    char *text = malloc(most);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        const size_t size = i == 0 ? most : most / 8;
        size_t n = strlen(pieces[i]);
        for (size_t at = 0; at < size; at++)
            text[at] = pieces[i][at % n];
        struct span once = redact(&arena, (struct span){text, size}, text_of("aaaab"), false);
        assert_true(once.n > 0);
        arena_free(&arena);
        arena_init(&arena, NULL);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(takes_out_the_secret),
        with_arena(takes_out_no_short_or_empty_secret),
        with_arena(leaves_the_marker_when_it_holds_the_secret),
        with_arena(keeps_documents_well_formed_whatever_the_secret),
        with_arena(takes_out_values_behind_names),
        with_arena(leaves_prose_and_other_names),
        with_arena(takes_out_local_parts),
        with_arena(takes_out_subjects),
        with_arena(leaves_utf_16),
        with_arena(is_idempotent_on_anything),
        with_arena(keeps_json_well_formed),
        with_arena(is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
