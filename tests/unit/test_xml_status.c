/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "checks/parse/xml_status.h"

static struct xml_status facts;

static bool parse_bytes(const char *bytes, size_t n)
{
    return reads_as(&xml_status_kind, (struct span){bytes, n}, &facts);
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static const char page[] =
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" standalone=\"yes\"?>\n"
    "\n"
    "\n"
    "<status build=\"phoebe 14.2.0-620\" hostname=\"esa1.example.com\"\n"
    "   timestamp=\"20250304072957\">\n"
    "  <birth_time timestamp=\"20250302052452 (2d 2h 5m 5s)\"/>\n"
    "  <last_counter_reset timestamp=\"\"/>\n"
    "  <system status=\"online\" />\n"
    "  <oldest_message secs=\"17\" mid=\"4711\" />\n"
    "  <features>\n"
    "    <feature name=\"Bounce Verification\" time_remaining=\"Dormant/Perpetual\" />\n"
    "    <feature name=\"Sophos\" time_remaining=\"2592000\" />\n"
    "    <feature name=\"File Reputation\" time_remaining=\"-5\" />\n"
    "    <feature name=\"Caf\xE9\" time_remaining=\"Perpetual\" />\n"
    "    <feature time_remaining=\"1\" />\n"
    "  </features>\n"
    "  <counters>\n"
    "    <counter name=\"inj_msgs\"\n"
    "             reset=\"1,000\"\n"
    "             uptime=\"70\"\n"
    "             lifetime=\"3113176\" />\n"
    "    <counter name=\"inj_msgs\" reset=\"1\" uptime=\"2\" lifetime=\"3\" />\n"
    "    <counter name=\"dropped_msgs\" reset=\"0\" uptime=\"n/a\" />\n"
    "    <counter reset=\"9\" />\n"
    "  </counters>\n"
    "  <current_ids message_id=\"4712\" injection_conn_id=\"1\" delivery_conn_id=\"2\" />\n"
    "  <rates>\n"
    "    <rate name=\"inj_msgs\" last_1_min=\"60\" last_5_min=\"120\" last_15_min=\"0\" />\n"
    "  </rates>\n"
    "  <gauges>\n"
    "    <gauge name=\"ram_utilization\" current=\"14%\" />\n"
    "    <gauge name=\"log_used\" current=\"18G\" />\n"
    "    <gauge name=\"log_used\" current=\"1G\" />\n"
    "    <gauge name=\"log_available\" current=\"379323K\" />\n"
    "    <gauge name=\"kbytes_used\" current=\"-5\" />\n"
    "    <gauge name=\"new_in_99\" current=\"many\" />\n"
    "    <bauge name=\"conn_in\" current=\"1\" />\n"
    "  </gauges>\n"
    "</status>\n";

static void reads_the_page(void **state)
{
    (void)state;
    char when[40];
    assert_true(parse(page));
    assert_true(facts.has_release);
    assert_int_equal(facts.release.product, PRODUCT_ESA);
    assert_int_equal(facts.release.major, 14);
    assert_int_equal(facts.release.build, 620);
    assert_span(facts.build, "phoebe 14.2.0-620");
    assert_span(facts.hostname, "esa1.example.com");
    assert_true(facts.has_timestamp);
    assert_string_equal(time_print(facts.timestamp, when, sizeof(when)), "2025-03-04 07:29:57");
    assert_true(facts.has_birth_time);
    assert_string_equal(time_print(facts.birth_time, when, sizeof(when)), "2025-03-02 05:24:52");
    assert_int_equal(facts.birth_time_line, 6);
    assert_true(facts.has_uptime);
    assert_int_equal(facts.uptime_s, 2 * 86400 + 2 * 3600 + 5 * 60 + 5);
    assert_true(facts.has_system_status);
    assert_span(facts.system_status, "online");
    assert_int_equal(facts.system_status_line, 8);
    assert_true(facts.has_oldest);
    assert_int_equal(facts.oldest_s, 17);
}

static void reads_the_features(void **state)
{
    (void)state;
    assert_true(parse(page));
    assert_int_equal(facts.feature_count, 4);
    assert_span(facts.features[0].name, "Bounce Verification");
    assert_int_equal(facts.features[0].life, FEATURE_DORMANT);
    assert_int_equal(facts.features[0].line, 11);
    assert_int_equal(facts.features[1].life, FEATURE_TIMED);
    assert_int_equal(facts.features[1].seconds_left, 2592000);
    assert_int_equal(facts.features[2].life, FEATURE_TIMED);
    assert_int_equal(facts.features[2].seconds_left, -5);
    assert_true(feature_expired(&facts.features[2]));
    assert_span(facts.features[3].name, "Caf\xC3\xA9");
    assert_int_equal(facts.features[3].life, FEATURE_PERPETUAL);
}

static void reads_the_numbers(void **state)
{
    (void)state;
    assert_true(parse(page));
    assert_int_equal(facts.counter_count, 3);
    assert_int_equal(facts.rate_count, 1);
    assert_int_equal(facts.gauge_count, 6);

    /* The first of two counts. */
    const struct xml_status_number *number =
        xml_status_find(facts.counters, facts.counter_count, "inj_msgs");
    assert_non_null(number);
    assert_true(number->has[0] && number->has[1] && number->has[2]);
    assert_true(number->values[0] == 1000 && number->values[1] == 70);
    assert_true(number->values[2] == 3113176);
    assert_in_range(number->line, 18, 21);

    /* What cannot be read is absent, not zero. */
    number = xml_status_find(facts.counters, facts.counter_count, "dropped_msgs");
    assert_non_null(number);
    assert_true(number->has[0] && !number->has[1] && !number->has[2]);
    assert_null(xml_status_find(facts.counters, facts.counter_count, "delivered_recips"));
    assert_null(xml_status_find(NULL, 0, "inj_msgs"));

    number = xml_status_find(facts.rates, facts.rate_count, "inj_msgs");
    assert_non_null(number);
    assert_true(number->values[0] == 60 && number->values[1] == 120 && number->values[2] == 0);
    assert_true(number->has[2]);

    static const struct {
        const char *name;
        bool has;
        double value;
        char unit;
    } gauges[] = {
        {"ram_utilization", true, 14, '%'},
        {"log_used", true, 18.0 * 1024 * 1024 * 1024, 'B'},
        {"log_available", true, 379323.0 * 1024, 'B'},
        {"kbytes_used", true, -5, 0},
        {"new_in_99", false, 0, 0},
    };
    for (size_t i = 0; i < COUNT(gauges); i++) {
        number = xml_status_find(facts.gauges, facts.gauge_count, gauges[i].name);
        assert_non_null(number);
        assert_int_equal(number->has[0], gauges[i].has);
        assert_true(number->values[0] == gauges[i].value);
        assert_int_equal(number->unit, gauges[i].unit);
    }
    assert_null(xml_status_find(facts.gauges, facts.gauge_count, "conn_in"));
}

/* A published plugin reads <counnters> and never sees a counter (asyncos-http.md 4). */
static void nothing_is_required_or_invented(void **state)
{
    (void)state;
    assert_true(parse("<status><counnters><counter name=\"inj_msgs\" reset=\"1\"/></counnters>"
                      "<counters><counnter name=\"inj_msgs\" reset=\"1\"/></counters>"
                      "<system/><birth_time timestamp=\"soon (never)\"/>"
                      "<oldest_message secs=\"long\"/></status>"));
    assert_int_equal(facts.counter_count, 0);
    assert_false(facts.has_system_status);
    assert_false(facts.has_birth_time);
    assert_false(facts.has_uptime);
    assert_false(facts.has_oldest);
    assert_false(facts.has_release);
    assert_false(facts.has_timestamp);

    assert_true(parse("<status hostname=\"esa1\"><system status=\"online\"/>"
                      "<system status=\"Online\"/><system/></status>"));
    assert_span(facts.system_status, "online");
    assert_span(facts.system_status_other, "");
    assert_span(xml_status_kind.host(&facts), "esa1");
    assert_true(parse("<status><system status=\"online\"/><system status=\"offline\"/></status>"));
    assert_span(facts.system_status, "online");
    assert_span(facts.system_status_other, "offline");
    assert_span(xml_status_kind.host(&facts), "");

    assert_true(parse("<status build=\"phoebe fourteen\"/>"));
    assert_false(facts.has_release);
    assert_span(facts.build, "phoebe fourteen");

    assert_true(parse("<status><birth_time timestamp=\"20250302052452\"/>"
                      "<system status=\"  receiving\n suspended \"/></status>"));
    assert_true(facts.has_birth_time);
    assert_false(facts.has_uptime);
    assert_span(facts.system_status, "receiving  suspended");
}

static void tolerates_its_surroundings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line; /* of <system> */
    } rows[] = {
        {"<status><system status=\"online\"/></status>", 1},
        {"\r\n\n  <?xml version=\"1.0\"?>\n<status>\n<system status=\"online\"/></status>\n\n", 5},
        {"\xEF\xBB\xBF<?xml version=\"1.0\"?><status><system status=\"online\"/></status>", 1},
        {"\xEF\xBB\xBF\n<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
         "<status><system status=\"online\"/></status>",
         3},
        {"<!-- kept by curl --><status><!-- x --><system status='online'></system></status>", 1},
        {"<status><system status=\"&#111;nline\"/></status>", 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!parse(rows[i].text))
            fail_msg("row %zu: %s", i, fault.text);
        assert_span(facts.system_status, "online");
        assert_int_equal(facts.system_status_line, rows[i].line);
    }
    static const char utf16[] = "\xFF\xFE<\0s\0t\0a\0t\0u\0s\0/\0>\0\n";
    assert_true(parse_bytes(utf16, sizeof(utf16)));
}

static void says_what_else_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
        unsigned line;
        const char *words;
    } rows[] = {
        {"", FAULT_EMPTY, 0, "empty"},
        {" \r\n\t", FAULT_EMPTY, 0, "empty"},
        {"esa1.example.com> version", FAULT_SYNTAX, 0, "esa1.example.com> version"},
        {"<html><body>maintenance</body></html>", FAULT_UNSUPPORTED, 0, "HTML"},
        {"<!DOCTYPE html>\n<p>hello", FAULT_UNSUPPORTED, 0, "HTML"},
        {"<html><input type=\"password\" name=\"password\"></html>", FAULT_LOGIN, 0, "login page"},
        {"<html>The GUI is in the process of restarting.</html>", FAULT_RESTARTING, 0,
         "restarting"},
        {"{\"error\": {\"message\": \"Unauthorized.\", \"code\": \"401\"}}", FAULT_FORBIDDEN, 0,
         "Unauthorized."},
        {"{\"data\": {}}", FAULT_SYNTAX, 0, "JSON"},
        {"[", FAULT_CUT, 1, "JSON"},
        {"<stats/>", FAULT_SYNTAX, 1, "<stats>"},
        {"<?xml version=\"1.0\"?>\n<dnsstatus><counters/></dnsstatus>", FAULT_SYNTAX, 2,
         "<dnsstatus>"},
        {"<status>\n<system status=\"online\"/>\n", FAULT_CUT, 2, "</status>"},
        {"<status>\n<system status=\"onl", FAULT_CUT, 2, "</status>"},
        {"\n\n<status>\n<system>\n</status>\n", FAULT_SYNTAX, 5, "system"},
        {"<status/>\n<status></status>", FAULT_SYNTAX, 2, "broken"},
        {"<status a=\"1\" a=\"2\"></status>", FAULT_SYNTAX, 1, "broken"},
        {"<status a=\"&nbsp;\"></status>", FAULT_SYNTAX, 1, "nbsp"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(parse(rows[i].text));
        if (fault.kind != rows[i].kind || fault.line != rows[i].line ||
            strstr(fault.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s, line %u: %s", i, fault_word(fault.kind), fault.line, fault.text);
    }
}

/* Entities that expand without end, that read files, that ask the network: nothing is even
 * declared. */
static void refuses_document_types(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "<!DOCTYPE status [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;\">]><status build=\"&c;\"></status>",
        "<!DOCTYPE status [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
        "<status hostname=\"esa1.example.com\">&x;</status>",
        "<!DOCTYPE status SYSTEM \"http://192.0.2.1/status.dtd\"><status></status>",
        "<!DOCTYPE status [<!ENTITY % p SYSTEM \"http://192.0.2.1/p\"> %p;]><status></status>",
        "<?xml version=\"1.0\"?>\n<!-- a --><!DOCTYPE status><status></status>",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(parse(rows[i]));
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_non_null(strstr(fault.text, "document type"));
    }
}

static void bounds_its_lists(void **state)
{
    (void)state;
    static char text[128 * 1024 + 1000];
    size_t n = (size_t)snprintf(text, sizeof(text), "<status><gauges>");
    for (int i = 0; i < 4200; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "<gauge name=\"%d\"/>\n", i);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "</gauges></status>");
    assert_true(parse_bytes(text, n));
    assert_int_equal(facts.gauge_count, 4096);
    assert_int_equal(facts.gauges[4095].line, 4096);

    memset(text + n, 'x', sizeof(text) - n);
    assert_false(parse_bytes(text, sizeof(text)));
    assert_int_equal(fault.kind, FAULT_TOO_BIG);
}

static void cut_anywhere_is_cut(void **state)
{
    (void)state;
    for (size_t n = 1; n < sizeof(page) - 2; n++) {
        assert_false(parse_bytes(page, n));
        if (fault.kind != FAULT_CUT)
            fail_msg("cut after %zu bytes: %s: %s", n, fault_word(fault.kind), fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_the_page),
        with_arena(reads_the_features),
        with_arena(reads_the_numbers),
        with_arena(nothing_is_required_or_invented),
        with_arena(tolerates_its_surroundings),
        with_arena(says_what_else_it_is),
        with_arena(refuses_document_types),
        with_arena(bounds_its_lists),
        with_arena(cut_anywhere_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
