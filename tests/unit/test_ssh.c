/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/ssh.h"

#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/*
 * What ends before a login: servers on loopback that are none of an appliance. Real logins are
 * tested with the simulator.
 */
static char folder[] = "/tmp/test_ssh.XXXXXX";
static char key_path[64];
static struct config config;
static struct config_node node;
static int listener;
static const struct fetch_row *rows[32];
static size_t row_count;

/* What came into the sink. */
static size_t answers, faults;
static struct fault last;

static void sink_begin(void *context, const char *id)
{
    (void)context;
    assert_non_null(id);
}

static void sink_document(void *context, const struct document *document)
{
    (void)context;
    if (document->fault == NULL) {
        answers++;
        return;
    }
    faults++;
    last = *document->fault;
}

static const struct fetch_sink sink = {.begin = sink_begin, .document = sink_document};

static int make_folder(void **state)
{
    (void)state;
    ssh_key key = NULL;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(key_path, sizeof(key_path), "%s/id", folder);
    int rc = ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key);
    if (rc == SSH_OK)
        rc = ssh_pki_export_privkey_file(key, NULL, NULL, NULL, key_path);
    ssh_key_free(key);
    for (size_t i = 0; i < plan_row_count; i++)
        if (plan_rows[i].how == FETCH_CLI)
            rows[row_count++] = &plan_rows[i];
    return rc == SSH_OK ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(key_path);
    return rmdir(folder);
}

/* Port that the kernel chose; nobody listens on it yet. */
static int open_port(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    node = (struct config_node){
        .name = "esa1.example.com",
        .address = "127.0.0.1",
        .user = "postcheck",
        .role = ROLE_ESA,
        .ssh_port = ntohs(address.sin_port),
        .timeout_s = 60,
        .identity_file = key_path,
        .host_key = "SHA256:GjgoHMVWCet4Zi3APopKo9c4Mnb3TQVkdowWgo3F79g",
    };
    answers = faults = 0;
    last = (struct fault){.kind = FAULT_NONE};
    return set_up(state);
}

static int close_port(void **state)
{
    (void)close(listener);
    return tear_down(state);
}

static void ask(int64_t limit_ms)
{
    struct fetch fetch = {
        .arena = &arena,
        .config = &config,
        .node = &node,
        .rows = rows,
        .row_count = row_count,
        .deadline_ms = fetch_now_ms() + limit_ms,
        .sink = &sink,
    };
    ssh_ask(&fetch);
    secret_wipe(&fetch.secret);
}

/* Every row ended as a fault of KIND whose sentence holds WORDS. */
static void assert_all(enum fault_kind kind, const char *words)
{
    assert_int_equal(answers, 0);
    assert_int_equal(faults, row_count);
    if (last.kind != kind || strstr(last.text, words) == NULL)
        fail_msg("%s: %s", fault_word(last.kind), last.text);
}

static bool was_called(void)
{
    struct pollfd item = {.fd = listener, .events = POLLIN};
    return poll(&item, 1, 0) == 1;
}

static void a_refused_connection_is_unreachable(void **state)
{
    (void)state;
    ask(60000);
    assert_all(FAULT_UNREACHABLE, "refused");
}

static void a_name_that_does_not_resolve_is_unreachable(void **state)
{
    (void)state;
    node.address = "esa1..example.com"; /* no name at all: nobody is asked */
    ask(60000);
    assert_all(FAULT_UNREACHABLE, "does not resolve");
}

static void silence_ends_at_the_deadline(void **state)
{
    (void)state;
    assert_int_equal(listen(listener, 5), 0);
    int64_t start = fetch_now_ms();
    ask(400);
    assert_true(fetch_now_ms() - start < 30000);
    assert_all(FAULT_TIMEOUT, "said nothing");
}

/* Serves one connection that says WORDS and ends. */
static void ask_server(const char *words)
{
    assert_int_equal(listen(listener, 5), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = accept(listener, NULL, NULL);
        bool done = fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words);
        _exit(done ? 0 : 1);
    }
    assert_true(pid > 0);
    ask(60000);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_full_server_is_busy(void **state)
{
    (void)state;
    ask_server("Exceeded MaxStartups\r\n");
    assert_all(FAULT_BUSY, "Exceeded MaxStartups");
}

static void another_service_is_no_ssh(void **state)
{
    (void)state;
    ask_server("220 mail.example.com ESMTP\r\n");
    assert_all(FAULT_SYNTAX, "220 mail.example.com ESMTP");
}

static void a_closed_connection_is_dropped(void **state)
{
    (void)state;
    ask_server("");
    assert_all(FAULT_DROPPED, "before it said anything");
}

static void an_unfinished_key_exchange_is_dropped(void **state)
{
    (void)state;
    ask_server("SSH-2.0-x\r\n");
    assert_all(FAULT_DROPPED, "key exchange");
}

static void nobody_is_asked_without_a_host_key(void **state)
{
    (void)state;
    assert_int_equal(listen(listener, 5), 0);
    node.host_key = NULL;
    ask(60000);
    assert_all(FAULT_HOST_KEY, "neither known_hosts nor host_key");
    node.known_hosts = "/nonexistent/known_hosts";
    faults = 0;
    ask(60000);
    assert_all(FAULT_HOST_KEY, "/nonexistent/known_hosts");
    assert_false(was_called());
}

static void nobody_is_asked_without_credentials(void **state)
{
    (void)state;
    assert_int_equal(listen(listener, 5), 0);
    node.identity_file = "/nonexistent/id";
    ask(60000);
    assert_all(FAULT_LOGIN, "/nonexistent/id");
    faults = 0;
    node.user = NULL;
    ask(60000);
    assert_all(FAULT_LOGIN, "no user");
    assert_false(was_called());
}

static void nothing_is_done_when_no_command_is_wanted(void **state)
{
    (void)state;
    size_t all = row_count;
    assert_int_equal(listen(listener, 5), 0);
    row_count = 0;
    ask(60000);
    row_count = all;
    assert_int_equal(faults + answers, 0);
    assert_false(was_called());
}

#define with_port(test) cmocka_unit_test_setup_teardown(test, open_port, close_port)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_port(a_refused_connection_is_unreachable),
        with_port(a_name_that_does_not_resolve_is_unreachable),
        with_port(silence_ends_at_the_deadline),
        with_port(a_full_server_is_busy),
        with_port(another_service_is_no_ssh),
        with_port(a_closed_connection_is_dropped),
        with_port(an_unfinished_key_exchange_is_dropped),
        with_port(nobody_is_asked_without_a_host_key),
        with_port(nobody_is_asked_without_credentials),
        with_port(nothing_is_done_when_no_command_is_wanted),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
