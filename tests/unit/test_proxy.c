/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/proxy.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static const struct config_node plain = {
    .name = "esa1.example.com", .address = "192.0.2.11", .user = "postcheck", .ssh_port = 22};

static const char *line_of(const struct config_node *node)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return proxy_line(&arena, node, &fault);
}

static void without_proxy_nothing_is_wanted(void **state)
{
    (void)state;
    struct config_node node = plain;
    assert_false(proxy_wanted(&node));
    node.proxy_jump = "jump.example.com";
    assert_true(proxy_wanted(&node));
}

static void a_jump_becomes_a_command(void **state)
{
    (void)state;
    static const struct {
        const char *jump, *address, *known, *line;
    } rows[] = {
        {"jump.example.com", "192.0.2.11", NULL,
         "exec ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -W '192.0.2.11:22' -- "
         "'ssh://jump.example.com'"},
        {"op@[2001:db8::1]:2222", "2001:db8::11", "/etc/postcheck/known_hosts",
         "exec ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o "
         "'UserKnownHostsFile=/etc/postcheck/known_hosts' -W '[2001:db8::11]:22' -- "
         "'ssh://op@[2001:db8::1]:2222'"},
        {"a.example.com,op@b.example.com:23", "esa1.example.com", NULL,
         "exec ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -J 'a.example.com' -W "
         "'esa1.example.com:22' -- 'ssh://op@b.example.com:23'"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config_node node = plain;
        node.proxy_jump = rows[i].jump;
        node.address = rows[i].address;
        node.known_hosts = rows[i].known;
        assert_string_equal(line_of(&node), rows[i].line);
    }
}

static void what_a_shell_would_read_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "-oProxyCommand=x",
                                      "a;id",    "a b",
                                      "$(id)",   "`id`",
                                      "a'b",     "a\nb",
                                      "a|b",     "a%h",
                                      "a>b",     "x,-oA=b",
                                      "a,",      "a\"b",
                                      "a\\b",    "a*",
                                      "~root",   "a&b",
                                      "\xc3\xa4"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct config_node jump = plain, address = plain, known = plain, command = plain;
        jump.proxy_jump = bad[i];
        address.proxy_jump = known.proxy_jump = "jump.example.com";
        address.address = command.address = bad[i];
        known.known_hosts = bad[i];
        command.proxy_command = "nc %h %p";
        assert_null(line_of(&jump));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        bool a_file_may_hold_commas = strchr(bad[i], ',') != NULL;
        if (!a_file_may_hold_commas) {
            assert_null(line_of(&address));
            assert_null(line_of(&known));
            assert_null(line_of(&command));
        }
    }
}

static void a_command_has_its_words_filled_in(void **state)
{
    (void)state;
    struct config_node node = plain;
    node.ssh_port = 2222;
    node.proxy_command = "nc -X 5 %h %p # %r 100%%";
    assert_string_equal(line_of(&node), "exec nc -X 5 192.0.2.11 2222 # postcheck 100%");
    node.proxy_command = "nc %x";
    assert_null(line_of(&node));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    node.proxy_command = "nc %";
    assert_null(line_of(&node));
}

static void wait_for(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&item, 1, 60000), 1);
}

static void its_ends_are_ours(void **state)
{
    (void)state;
    struct proxy proxy;
    char buffer[64];
    int fd = proxy_start(&proxy, "read line; echo \"got $line\"", NULL);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "word\n", 5), 5);
    wait_for(fd);
    ssize_t n = read(fd, buffer, sizeof(buffer));
    assert_int_equal(n, 9);
    assert_memory_equal(buffer, "got word\n", 9);
    (void)close(fd);
    proxy_stop(&proxy);
    assert_int_equal(proxy.pid, 0);
}

static void its_last_words_are_the_reason(void **state)
{
    (void)state;
    struct proxy proxy;
    char buffer[64];
    int fd = proxy_start(&proxy, "echo first >&2; echo no way >&2", NULL);
    wait_for(fd); /* it ended */
    assert_span(proxy_words(&proxy, buffer, sizeof(buffer)), "no way");
    (void)close(fd);
    proxy_stop(&proxy);

    fd = proxy_start(&proxy, "exit 1", NULL);
    wait_for(fd);
    assert_span(proxy_words(&proxy, buffer, sizeof(buffer)), "");
    (void)close(fd);
    proxy_stop(&proxy);
}

/* Also what does not want to. */
static void it_ends_when_it_is_told(void **state)
{
    (void)state;
    struct proxy proxy;
    char byte;
    int fd = proxy_start(&proxy, "trap '' TERM; echo x; exec sleep 600", NULL);
    wait_for(fd);
    assert_int_equal(read(fd, &byte, 1), 1);
    proxy_stop(&proxy);
    do /* until nobody holds the other end any more */
        wait_for(fd);
    while (read(fd, &byte, 1) == 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(without_proxy_nothing_is_wanted),
        with_arena(a_jump_becomes_a_command),
        with_arena(what_a_shell_would_read_is_refused),
        with_arena(a_command_has_its_words_filled_in),
        with_arena(its_ends_are_ours),
        with_arena(its_last_words_are_the_reason),
        with_arena(it_ends_when_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
