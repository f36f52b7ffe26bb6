/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

struct facts {
    size_t length;
};

static int parsed;

/* Takes all but 'x' (a fault) and 'y' (not even a fault). */
static bool parse(struct arena *in, struct span bytes, void *facts, struct fault *why)
{
    struct facts *f = facts;
    (void)in;
    parsed++;
    assert_int_equal(f->length, 0);
    f->length = bytes.n;
    if (bytes.p[0] == 'x')
        return fault_set(why, FAULT_FORBIDDEN, "test", 3, "no '%.*s'", FAULT_QUOTE(bytes));
    return bytes.p[0] != 'y';
}

static const struct document_kind kind = {"cli/test.txt",       "CLI test", ROLE_ANY,
                                          sizeof(struct facts), parse,      NULL};
static const struct document_kind other_kind = {"cli/test.txt",       "CLI other", ROLE_ANY,
                                                sizeof(struct facts), parse,       NULL};
static const struct document_kind family = {"https/test/*.json",  "API test", ROLE_SMA,
                                            sizeof(struct facts), parse,      NULL};

static const struct fault late = {.kind = FAULT_TIMEOUT, .text = "late"};
static struct document documents[] = {
    {.id = "cli/test.txt", .bytes = {"fine", 4}},
    {.id = "cli/empty.txt", .bytes = {NULL, 0}},
    {.id = "cli/blank.txt", .bytes = {" \r\n\t\0", 5}},
    {.id = "cli/x.txt", .bytes = {"xyzzy", 5}},
    {.id = "cli/y.txt", .bytes = {"yes", 3}},
    {.id = "cli/late.txt", .bytes = {"fine", 4}, .fault = &late},
};
static struct node nodes[] = {
    {.name = "ESA1.example.com", .documents = documents, .document_count = COUNT(documents)},
    {.name = "esa10.example.com"},
};
static const struct fleet fleet = {nodes, COUNT(nodes)};

static int begin(void **state)
{
    parsed = 0;
    for (size_t i = 0; i < COUNT(documents); i++) {
        documents[i].parsed_as = NULL;
        documents[i].facts = NULL;
    }
    return set_up(state);
}

static void finds_nodes(void **state)
{
    (void)state;
    assert_ptr_equal(fleet_node(&fleet, text_of("esa1.example.com")), &nodes[0]);
    assert_ptr_equal(fleet_node(&fleet, text_of("ESA10.EXAMPLE.COM")), &nodes[1]);
    assert_null(fleet_node(&fleet, text_of("esa1")));
    assert_null(fleet_node(&fleet, text_of("")));
    assert_null(fleet_node(&(struct fleet){NULL, 0}, text_of("esa1.example.com")));
}

static void finds_documents(void **state)
{
    (void)state;
    assert_ptr_equal(fleet_document(&nodes[0], "cli/y.txt"), &documents[4]);
    assert_null(fleet_document(&nodes[0], "CLI/Y.TXT"));
    assert_null(fleet_document(&nodes[0], "cli/y"));
    assert_null(fleet_document(&nodes[1], "cli/y.txt"));
}

static void names_members_of_a_family(void **state)
{
    (void)state;
    assert_string_equal(fleet_member_id(&arena, &family, text_of("esa1")), "https/test/esa1.json");
    assert_string_equal(fleet_member_id(&arena, &kind, text_of("esa1")), "cli/test.txt");
}

static void knows_members_of_a_kind(void **state)
{
    static const struct {
        const struct document_kind *kind;
        const char *id;
        bool fits;
    } rows[] = {
        {&kind, "cli/test.txt", true},        {&kind, "cli/test.txt2", false},
        {&kind, "CLI/test.txt", false},       {&kind, "", false},
        {&family, "https/test/a.json", true}, {&family, "https/test/.json", true},
        {&family, "https/test/a.jso", false}, {&family, "https/test", false},
        {&family, "ttps/test/a.json", false}, {&family, "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(fleet_is_of_kind(rows[i].kind, text_of(rows[i].id)), rows[i].fits);
}

static void knows_an_appliance_by_its_first_label(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"esa1.example.com", "ESA1.example.com", true},
        {"esa1", "esa1.example.com", true},
        {"esa1", "Esa1", true},
        {"esa1", "esa10.example.com", false},
        {"esa1.example", "esa1.example.com", false},
        {"esa1.example.com", "esa1.example.net", false},
        {"esa2.example.com", "esa1.example.com", false},
        {"example", "esa1.example.com", false},
        {"", "esa1.example.com", false},
        {"esa1.", "esa1.example.com", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(fleet_same_name(text_of(rows[i].a), text_of(rows[i].b)), rows[i].same);
        assert_int_equal(fleet_same_name(text_of(rows[i].b), text_of(rows[i].a)), rows[i].same);
    }
}

static void parses_once(void **state)
{
    fault = (struct fault){.kind = FAULT_NONE};
    (void)state;
    const struct facts *first = fleet_facts(&arena, &nodes[0], &kind, kind.id, &fault);
    assert_non_null(first);
    assert_int_equal(first->length, 4);
    assert_ptr_equal(fleet_facts(&arena, &nodes[0], &kind, kind.id, NULL), first);
    assert_int_equal(parsed, 1);
    /* As something else it is read again, into facts of its own. */
    assert_ptr_not_equal(fleet_facts(&arena, &nodes[0], &other_kind, kind.id, NULL), first);
    assert_int_equal(parsed, 2);
    /* A failure is remembered, too. */
    assert_null(fleet_facts(&arena, &nodes[0], &kind, "cli/x.txt", NULL));
    assert_null(fleet_facts(&arena, &nodes[0], &kind, "cli/x.txt", &fault));
    assert_int_equal(parsed, 3);
    assert_int_equal(fault.kind, FAULT_FORBIDDEN);
}

static void says_why_there_are_none(void **state)
{
    static const struct {
        const char *id;
        enum fault_kind kind;
        unsigned line;
        const char *text;
    } rows[] = {
        {"cli/none.txt", FAULT_NOT_CAPTURED, 0, "not captured"},
        {"cli/empty.txt", FAULT_EMPTY, 0, "the answer is empty"},
        {"cli/blank.txt", FAULT_EMPTY, 0, "the answer is empty"},
        {"cli/x.txt", FAULT_FORBIDDEN, 3, "no 'xyzzy'"},
        {"cli/y.txt", FAULT_SYNTAX, 0, "not recognised"},
        {"cli/late.txt", FAULT_TIMEOUT, 0, "late"},
    };
    (void)state;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT(rows); i++) {
            fault = (struct fault){.kind = FAULT_NONE};
            assert_null(fleet_facts(&arena, &nodes[0], &kind, rows[i].id, &fault));
            assert_int_equal(fault.kind, rows[i].kind);
            assert_int_equal(fault.line, rows[i].line);
            assert_string_equal(fault.text, rows[i].text);
            assert_string_equal(fault.origin, rows[i].id);
        }
    assert_int_equal(parsed, 2);
}

static void nobody_has_nothing(void **state)
{
    fault = (struct fault){.kind = FAULT_NONE};
    (void)state;
    assert_null(fleet_facts(&arena, NULL, &kind, kind.id, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_null(fleet_facts(&arena, NULL, &kind, kind.id, NULL));
}

/* Facts are parsed anew once they were forgotten: their arena may be gone. */
static void forgets(void **state)
{
    (void)state;
    assert_non_null(fleet_facts(&arena, &nodes[0], &kind, kind.id, &fault));
    int before = parsed;
    (void)fleet_facts(&arena, &nodes[0], &kind, kind.id, &fault);
    assert_int_equal(parsed, before);
    fleet_forget(&nodes[0]);
    assert_non_null(fleet_facts(&arena, &nodes[0], &kind, kind.id, &fault));
    assert_int_equal(parsed, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_nodes, begin, tear_down),
        cmocka_unit_test_setup_teardown(finds_documents, begin, tear_down),
        cmocka_unit_test_setup_teardown(names_members_of_a_family, begin, tear_down),
        cmocka_unit_test_setup_teardown(knows_members_of_a_kind, begin, tear_down),
        cmocka_unit_test_setup_teardown(knows_an_appliance_by_its_first_label, begin, tear_down),
        cmocka_unit_test_setup_teardown(parses_once, begin, tear_down),
        cmocka_unit_test_setup_teardown(says_why_there_are_none, begin, tear_down),
        cmocka_unit_test_setup_teardown(nobody_has_nothing, begin, tear_down),
        cmocka_unit_test_setup_teardown(forgets, begin, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
