/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/parse/api_error.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/system_status.h"
#include "checks/parse/tracking_messages.h"

/* -- api_error ------------------------------------------------------------------------------ */

static void errors_by_their_kind(void **state)
{
    (void)state;
#define ERROR(message, code)                                                                       \
    "{\"error\": {\"message\": \"" message "\", \"code\": " code ", \"explanation\": \"x\"}}"
    static const struct {
        const char *text;
        enum fault_kind kind;
        const char *words;
    } rows[] = {
        {ERROR("Unauthorized.", "\"401\""), FAULT_FORBIDDEN, "\"Unauthorized.\" (code 401)"},
        {ERROR("Unauthorized.", "401"), FAULT_FORBIDDEN, "role may not read it"},
        {ERROR("Unauthorized.", "null"), FAULT_FORBIDDEN, "(code none)"},
        {ERROR("Forbidden", "\"403\""), FAULT_FORBIDDEN, "may not"},
        {ERROR("Invalid username or passphrase.", "\"401\""), FAULT_LOGIN, "login was refused"},
        {ERROR("ExpiredSignatureError.", "\"401\""), FAULT_LOGIN, "expired"},
        {ERROR("InvalidTokenError.", "\"401\""), FAULT_LOGIN, "token"},
        {ERROR("Not Found.", "\"404\""), FAULT_UNSUPPORTED, "Not Found."},
        {ERROR("Unsupported attribute.", "404"), FAULT_UNSUPPORTED, "Unsupported attribute."},
        {ERROR("Missing attribute - device_type.", " 404 "), FAULT_UNSUPPORTED, "device_type"},
        {ERROR("Server got itself in trouble", "\"500\""), FAULT_SYNTAX, "(code 500)"},
        {"{\"error\": {\"code\": \"999999999999999999999999999\"}}", FAULT_SYNTAX,
         "\"\" (code 9999999999999999)"},
        {"{\"error\": {\"message\": 5, \"code\": [1]}}", FAULT_SYNTAX, "\"\" (code none)"},
        {"{\"error\": \"Unauthorized.\"}", FAULT_FORBIDDEN, "Unauthorized."},
    };
#undef ERROR
    for (size_t i = 0; i < COUNT(rows); i++) {
        fault = (struct fault){0};
        assert_null(api_error_load(text_of(rows[i].text), "https/x.json", &fault));
        if (fault.kind != rows[i].kind || strstr(fault.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
        assert_string_equal(fault.origin, "https/x.json");
    }
}

static void answers_that_are_no_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
        unsigned line;
    } rows[] = {
        {"", FAULT_EMPTY, 0},
        {" \r\n", FAULT_EMPTY, 0},
        {"\xEF\xBB\xBF\n", FAULT_EMPTY, 0},
        {"<!DOCTYPE html><html></html>", FAULT_UNSUPPORTED, 0},
        {"\n\n  <html>The appliance is in the Process of Restarting</html>", FAULT_RESTARTING, 0},
        {"{\"data\":\n {\"a\": 1,", FAULT_CUT, 2},
        {"{\"data\": \"unfin", FAULT_CUT, 1},
        {"{\"data\": tru", FAULT_CUT, 1},
        {"{", FAULT_CUT, 1},
        {"{\"data\":\n x}", FAULT_SYNTAX, 2},
        {"\n\n{\"data\": 1,}", FAULT_SYNTAX, 3},
        {"{} {}", FAULT_SYNTAX, 1},
        {"{}\n$", FAULT_SYNTAX, 2},
        {"esa1.example.com> ", FAULT_SYNTAX, 1},
        {"[{\"data\": 1}]", FAULT_SYNTAX, 0},
        {"{\"data\": \"\xFF\"}", FAULT_SYNTAX, 1},
        {"{\"data\": 1e999}", FAULT_SYNTAX, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        fault = (struct fault){0};
        assert_null(api_error_load(text_of(rows[i].text), NULL, &fault));
        if (fault.kind != rows[i].kind || fault.line != rows[i].line)
            fail_msg("row %zu: %s, line %u: %s", i, fault_word(fault.kind), fault.line, fault.text);
        assert_true(fault.text[0] != '\0');
        assert_null(api_error_load(text_of(rows[i].text), NULL, NULL));
    }
}

static void answers_that_are_json(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{}",
        " {\"data\": []}\r\n",
        "\xEF\xBB\xBF{}",
        "{\"error\": null, \"data\": {}}",
        "{\"error\": {}}",
        "{\"subject\": \"a\\u0000b\"}",
        "{\"a\": 1, \"a\": 2}",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *root = api_error_load(text_of(rows[i]), NULL, &fault);
        if (root == NULL)
            fail_msg("row %zu: %s", i, fault.text);
        json_decref(root);
    }
    static const char padded[] = "{}\n\0\0";
    json_t *root = api_error_load((struct span){padded, sizeof(padded)}, NULL, &fault);
    assert_non_null(root);
    json_decref(root);
}

static void bounds_depth_size_and_values(void **state)
{
    (void)state;
    size_t n = 17 * 1024 * 1024;
    char *text = malloc(n);
    assert_non_null(text);
    static const struct {
        const char *piece;
        size_t n;
        enum fault_kind kind;
    } rows[] = {
        {"[", 900 * 1000, FAULT_TOO_BIG},         {"{\"a\":", 900 * 1000, FAULT_TOO_BIG},
        {"[],", 10 * 1024 * 1024, FAULT_TOO_BIG}, {" ", 17 * 1024 * 1024, FAULT_EMPTY},
        {"A", 17 * 1024 * 1024, FAULT_TOO_BIG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = strlen(rows[i].piece);
        for (size_t at = 0; at + size <= rows[i].n; at += size)
            memcpy(text + at, rows[i].piece, size);
        assert_null(api_error_load((struct span){text, rows[i].n}, NULL, &fault));
        if (fault.kind != rows[i].kind)
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
    }
    free(text);
}

static void members_of_any_type(void **state)
{
    (void)state;
    json_t *root = api_error_load(text_of("{\"n\": 7, \"r\": 0.5, \"s\": \" -12 \", \"t\": \"14%\","
                                          " \"b\": true, \"z\": null, \"o\": {}, \"e\": \"\"}"),
                                  NULL, &fault);
    assert_non_null(root);
    static const struct {
        const char *member;
        bool is_number;
        double value;
    } rows[] = {{"n", true, 7},  {"r", true, 0.5}, {"s", true, -12},
                {"t", false, 0}, {"b", false, 0},  {"z", false, 0},
                {"o", false, 0}, {"e", false, 0},  {"none", false, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        double value = 0;
        assert_int_equal(api_error_number(root, rows[i].member, &value), rows[i].is_number);
        assert_true(value == rows[i].value);
    }
    double untouched = 3;
    assert_false(api_error_number(NULL, "n", &untouched));
    assert_true(untouched == 3);
    assert_span(api_error_string(root, "t"), "14%");
    assert_int_equal(api_error_string(root, "n").n, 0);
    assert_int_equal(api_error_string(root, "none").n, 0);
    assert_int_equal(api_error_string(NULL, "t").n, 0);
    json_decref(root);
}

/* -- config_appliances ---------------------------------------------------------------------- */

static void appliances_with_all_members(void **state)
{
    (void)state;
    const struct config_appliances *facts = facts_of(
        &config_appliances_kind,
        "{\"data\": {\"appliances\": [\n"
        " {\"4238AAAA-BBBB\": {\"product_type\": \"ESA\", \"host_name\": \"esa1.example.com\","
        "  \"ip_address\": \"192.0.2.10\", \"connection_established\": true,"
        "  \"tracking_enabled\": true, \"reporting_enabled\": false,"
        "  \"spam_enabled\": \"Yes\", \"pvo_enabled\": \" false \"}},\n"
        " {\"4238CCCC-DDDD\": {\"ip_address\": \"wsa1.example.com\","
        "  \"product_type\": \"WSA\", \"connection_established\": \"maybe\","
        "  \"spam_enabled\": 1, \"pvo_enabled\": null}},\n"
        " {\"4238EEEE-FFFF\": {}}\n"
        "]}}");
    assert_non_null(facts);
    assert_int_equal(facts->count, 3);
    const struct config_appliances_entry *entry = &facts->entries[0];
    assert_span(entry->serial, "4238AAAA-BBBB");
    assert_span(entry->product_type, "ESA");
    assert_span(entry->host_name, "esa1.example.com");
    assert_span(entry->ip_address, "192.0.2.10");
    assert_int_equal(entry->established, FLAG_YES);
    assert_int_equal(entry->services[SERVICE_TRACKING], FLAG_YES);
    assert_int_equal(entry->services[SERVICE_REPORTING], FLAG_NO);
    assert_int_equal(entry->services[SERVICE_SPAM], FLAG_YES);
    assert_int_equal(entry->services[SERVICE_PVO], FLAG_NO);

    /* Absent or odd is "not told", never "no". */
    for (size_t i = 1; i < 3; i++) {
        entry = &facts->entries[i];
        assert_int_equal(entry->host_name.n, 0);
        assert_int_equal(entry->established, FLAG_UNTOLD);
        for (size_t service = 0; service < SERVICE_COUNT; service++)
            assert_int_equal(entry->services[service], FLAG_UNTOLD);
    }
    assert_span(facts->entries[1].ip_address, "wsa1.example.com");
    assert_span(facts->entries[2].serial, "4238EEEE-FFFF");
}

static void appliances_in_other_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known;
        size_t count;
    } rows[] = {
        {"{}", true, 0},
        {"{\"data\": {}}", true, 0},
        {"{\"data\": {\"appliances\": []}}", true, 0},
        {"{\"data\": {\"appliances\": {}}}", true, 0},
        {"{\"data\": {\"appliances\": {\"A\": {}, \"B\": {}}}}", true, 2},
        {"{\"data\": {\"appliances\": [{\"A\": {}, \"B\": {}}, {\"C\": {}}, {}, 7, null]}}", true,
         3},
        {"{\"data\": {\"appliances\": [7, {\"A\": \"esa1\"}]}}", false, 0},
        {"{\"data\": {\"appliances\": {\"A\": 1}}}", false, 0},
        {"{\"data\": {\"appliances\": null}}", false, 0},
        {"{\"data\": {\"appliances\": \"none\"}}", false, 0},
        {"{\"data\": {\"other\": []}}", false, 0},
        {"{\"data\": null}", false, 0},
        {"{\"data\": []}", false, 0},
        {"{\"appliances\": []}", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct config_appliances *facts = facts_of(&config_appliances_kind, rows[i].text);
        if ((facts != NULL) != rows[i].known || (facts != NULL && facts->count != rows[i].count))
            fail_msg("row %zu: %s", i, fault.text);
        if (facts == NULL)
            assert_int_equal(fault.kind, FAULT_SYNTAX);
    }
    for (int i = 0; i < SERVICE_COUNT; i++)
        assert_true(strlen(config_appliances_service_name((enum config_appliances_service)i)) > 5);
    assert_string_equal(config_appliances_service_name(SERVICE_TRACKING), "Message Tracking");
}

/* -- system_status -------------------------------------------------------------------------- */

static void health_values(void **state)
{
    (void)state;
    const struct system_status *facts =
        facts_of(&system_status_kind, "{\"data\": {\"percentage_cpu_load\": 12,"
                                      " \"percentage_ram_utilization\": \"34\","
                                      " \"percentage_diskio\": 1.5, \"resource_conservation\": 0,"
                                      " \"messages_in_workqueue\": \"1024\","
                                      " \"percentage_swap_utilization\": null,"
                                      " \"percentage_queue_utilization\": \"high\"}}");
    assert_non_null(facts);
    assert_true(facts->cpu_percent.present && facts->cpu_percent.value == 12);
    assert_true(facts->ram_percent.present && facts->ram_percent.value == 34);
    assert_true(facts->diskio_percent.present && facts->diskio_percent.value == 1.5);
    assert_true(facts->resource_conservation.present);
    assert_true(facts->resource_conservation.value == 0);
    assert_true(facts->messages_in_workqueue.value == 1024);
    assert_false(facts->swap_percent.present);
    assert_false(facts->queue_percent.present);

    facts = facts_of(&system_status_kind, "{\"percentage_swap_utilization\": 3,"
                                          " \"percentage_queue_utilization\": \"0.5\"}");
    assert_non_null(facts);
    assert_true(facts->swap_percent.present && facts->swap_percent.value == 3);
    assert_true(facts->queue_percent.present && facts->queue_percent.value == 0.5);

    static const struct {
        const char *text;
        enum fault_kind kind;
    } rows[] = {
        {"{}", FAULT_EMPTY},
        {"{\"data\": {}}", FAULT_EMPTY},
        {"{\"data\": {\"status\": \"online\"}}", FAULT_SYNTAX},
        {"{\"data\": [1]}", FAULT_SYNTAX},
        {"{\"data\": {\"percentage_cpu_load\": \"idle\"}}", FAULT_SYNTAX},
        {"{\"error\": {\"code\": \"404\"}}", FAULT_UNSUPPORTED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(facts_of(&system_status_kind, rows[i].text));
        assert_int_equal(fault.kind, rows[i].kind);
    }
}

/* -- tracking_messages ---------------------------------------------------------------------- */

static void tracked_messages(void **state)
{
    (void)state;
    char when[40];
    const struct tracking_messages *facts = facts_of(
        &tracking_messages_kind,
        "{\"meta\": {\"num_bad_records\": \"2\", \"totalCount\": 3}, \"data\": [\n"
        " {\"attributes\": {\"hostName\": \"esa1.example.com (192.0.2.10)\","
        "   \"timestamp\": \"07 Mar 2025 08:10:33 (GMT)\", \"serialNumber\": \"4238AAAA\","
        "   \"sender\": \"somebody@example.com\", \"messageStatus\": {\"315\": \"Delivered\"},"
        "   \"mid\": [315]}},\n"
        " {\"attributes\": {\"hostName\": \"\", \"timestamp\": \"31 Jul 2025 15:20:45 (GMT"
        " +00:00)\", \"messageStatus\": \"Delivered\"}},\n"
        " {\"hostName\": \"esa2.example.com\", \"timestamp\": \"yesterday\"},\n"
        " {\"attributes\": {\"subject\": \"hello\"}}, null, 7]}");
    assert_non_null(facts);
    assert_true(facts->has_total);
    assert_int_equal(facts->total, 3);
    assert_int_equal(facts->bad_records, 2);
    assert_int_equal(facts->count, 3);
    assert_span(facts->records[0].host, "esa1.example.com");
    assert_span(facts->records[0].serial, "4238AAAA");
    assert_true(facts->records[0].has_when);
    assert_string_equal(time_print(facts->records[0].when, when, sizeof(when)),
                        "2025-03-07 08:10:33 +0000");
    assert_int_equal(facts->records[1].host.n, 0);
    assert_true(facts->records[1].has_when);
    assert_span(facts->records[2].host, "esa2.example.com");
    assert_false(facts->records[2].has_when);
}

static void tracked_messages_in_other_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known, has_total;
        int64_t total;
    } rows[] = {
        {"{}", true, false, 0},
        {"{\"data\": []}", true, false, 0},
        {"{\"data\": {}}", true, false, 0},
        {"{\"meta\": {\"totalCount\": -1}, \"data\": []}", true, true, -1},
        {"{\"meta\": {\"totalCount\": \"12\"}, \"data\": []}", true, true, 12},
        {"{\"meta\": {\"totalCount\": 1e300}, \"data\": []}", true, false, 0},
        {"{\"meta\": [], \"data\": []}", true, false, 0},
        {"{\"meta\": {\"totalCount\": 0}}", false, true, 0},
        {"{\"data\": null}", false, false, 0},
        {"{\"data\": [1, 2]}", false, false, 0},
        {"{\"data\": [{\"attributes\": {\"hostName\": 5}}]}", false, false, 0},
        {"{\"data\": {\"messages\": {}}}", false, false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tracking_messages *facts = facts_of(&tracking_messages_kind, rows[i].text);
        if ((facts != NULL) != rows[i].known)
            fail_msg("row %zu: %s", i, fault.text);
        if (facts == NULL)
            continue;
        assert_int_equal(facts->count, 0);
        assert_int_equal(facts->has_total, rows[i].has_total);
        assert_int_equal(facts->total, rows[i].total);
        assert_int_equal(facts->bad_records, 0);
    }
}

static void bounds_its_lists(void **state)
{
    (void)state;
    size_t size = 12000 * 24 + 100, n;
    char *text = malloc(size);
    assert_non_null(text);
    n = (size_t)snprintf(text, size, "{\"data\": [");
    for (int i = 0; i < 12000; i++)
        n += (size_t)snprintf(text + n, size - n, "%s{\"hostName\":\"a\"}", i > 0 ? "," : "");
    (void)snprintf(text + n, size - n, "]}");
    const struct tracking_messages *tracked = facts_of(&tracking_messages_kind, text);
    assert_non_null(tracked);
    assert_int_equal(tracked->count, 10000);

    n = (size_t)snprintf(text, size, "{\"data\": {\"appliances\": [");
    for (int i = 0; i < 12000; i++)
        n += (size_t)snprintf(text + n, size - n, "%s{\"%d\":{}}", i > 0 ? "," : "", i);
    (void)snprintf(text + n, size - n, "]}}");
    const struct config_appliances *appliances = facts_of(&config_appliances_kind, text);
    assert_non_null(appliances);
    assert_int_equal(appliances->count, 10000);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(errors_by_their_kind),       with_arena(answers_that_are_no_json),
        with_arena(answers_that_are_json),      with_arena(bounds_depth_size_and_values),
        with_arena(members_of_any_type),        with_arena(appliances_with_all_members),
        with_arena(appliances_in_other_shapes), with_arena(health_values),
        with_arena(tracked_messages),           with_arena(tracked_messages_in_other_shapes),
        with_arena(bounds_its_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
