/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/hostkey.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define ED25519 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOK34ubb1AG24orgtk3sQN3Hpo6+8yBrtrVCKTTO+R4l"
#define ECDSA                                                                                      \
    "ecdsa-sha2-nistp256 "                                                                         \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMf63bTFkXnmmhD9sJeEBNstgGuFQxznN5Sq5krG" \
    "UFeLdM2MktlGCuLDPQCl3ebrxawUKM+NFfYJThw1Aq/KFnk="

static struct config_node node = {
    .name = "esa1.example.com", .address = "192.0.2.11", .ssh_port = 22};
static struct fetch fetch = {.node = &node};
static struct hostkey hostkey;

/* Reads LINES as known_hosts. */
static void read_lines(const char *lines)
{
    char path[] = "/tmp/postcheck-hostkey-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, lines, strlen(lines)), strlen(lines));
    assert_int_equal(close(fd), 0);
    fetch.arena = &arena;
    node.known_hosts = path;
    bool done = hostkey_read(&hostkey, &fetch, &fault);
    assert_int_equal(unlink(path), 0);
    assert_true(done);
}

static void lines_of_the_address_and_the_name_count(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        size_t count;
        bool revoked; /* the first one */
    } rows[] = {
        {"", 0, false},
        {"# 192.0.2.11 " ED25519 "\n", 0, false},
        {"192.0.2.11 " ED25519 "\n", 1, false},
        {"ESA1.example.com " ED25519 "\r\n", 1, false},
        {"192.0.2.1 " ED25519 "\nesa1.example.com.org " ED25519 "\n", 0, false},
        {"[192.0.2.11]:2222 " ED25519 "\n", 0, false},
        {"192.0.2.11,esa1.example.com " ED25519 "\n* " ECDSA, 2, false},
        {"@cert-authority 192.0.2.11 " ED25519 "\n", 0, false},
        {"@revoked 192.0.2.11 " ED25519 "\n", 1, true},
        {"@revoked   * " ED25519 "\n192.0.2.11 " ED25519 "\n", 2, true},
        {"192.0.2.11 garbage\n192.0.2.11\n@revoked \n\n", 0, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        read_lines(rows[i].lines);
        if (hostkey.count != rows[i].count ||
            (hostkey.count != 0 && hostkey.entries[0].revoked != rows[i].revoked))
            fail_msg("%zu entries of '%s'", hostkey.count, rows[i].lines);
        hostkey_free(&hostkey);
    }
}

/* The type that is known is asked for first; a revoked key makes no type known. */
static void known_types_are_asked_for_first(void **state)
{
    (void)state;
    read_lines("192.0.2.11 " ECDSA "\n@revoked 192.0.2.11 " ED25519 "\n");
    assert_int_equal(hostkey.count, 2);
    assert_true(text_starts(text_of(hostkey_types(&hostkey)), "ecdsa-sha2-nistp256,"));
    hostkey_free(&hostkey);
    assert_null(hostkey_types(&hostkey));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(lines_of_the_address_and_the_name_count),
        with_arena(known_types_are_asked_for_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
