/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/config_key.h"

static void the_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_key_table[i];
        assert_ptr_equal(config_key_find(key->name), key);
        assert_non_null(key->read);
        assert_true(key->wanted[0] != '\0' && key->places != 0);
        bool of_node = (key->places & CONFIG_NODE) != 0;
        size_t room = of_node ? sizeof(struct config_node) : sizeof(struct config);
        assert_true(key->size != 0 && key->offset + key->size <= room);
    }
    assert_null(config_key_find("Role"));
    assert_null(config_key_find(""));
}

static void every_key_refuses_no_value(void **state)
{
    (void)state;
    struct config config = {.path = "x"};
    struct config_node node = {.name = "x"};
    struct config_target target = {
        .arena = &arena, .folder = "", .config = &config, .node = &node, .why = NULL};
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_key_table[i];
        assert_false(config_key_read(&target, key, ""));
        assert_non_null(strstr(target.why, key->name));
        assert_non_null(strstr(target.why, key->wanted));
    }
    assert_int_equal(config.limits.count + config.word_count, 0);
}

static void seconds_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned wanted; /* 0 = refused */
    } rows[] = {{"60", 60},        {"60s", 60},       {"2m", 120},  {"2 m", 120}, {"1h", 3600},
                {"24h", 86400},    {"1440m", 86400},  {"86401", 0}, {"1441m", 0}, {"25h", 0},
                {"0", 0},          {"0h", 0},         {"-1", 0},    {"+1", 0},    {"1.5", 0},
                {"s", 0},          {"60 seconds", 0}, {"1h30m", 0}, {"1M", 0},    {"999999999h", 0},
                {"9999999999", 0}, {"0x10", 0}};
    struct config config = {.path = "x"};
    struct config_node node = {.name = "x"};
    struct config_target target = {
        .arena = &arena, .folder = "", .config = &config, .node = &node, .why = NULL};
    for (size_t i = 0; i < COUNT(rows); i++) {
        node.timeout_s = 0;
        bool read = config_key_read(&target, config_key_find("timeout"), rows[i].text);
        if (read != (rows[i].wanted != 0) || node.timeout_s != rows[i].wanted)
            fail_msg("%s: %u", rows[i].text, node.timeout_s);
    }
}

static void hints_are_near(void **state)
{
    (void)state;
    static const char *const names[] = {"role", "address", "ssh_port"};
    static const struct {
        const char *word, *said;
    } rows[] = {{"rloe", "; did you mean 'role'?"},
                {"adress", "; did you mean 'address'?"},
                {"SSH_PORT", "; did you mean 'ssh_port'?"},
                {"x", ""},
                {"", ""},
                {"something_else", ""},
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(config_key_hint(&arena, text_of(rows[i].word), names, COUNT(names)),
                            rows[i].said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(the_table_is_whole),
        with_arena(every_key_refuses_no_value),
        with_arena(seconds_have_units),
        with_arena(hints_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
