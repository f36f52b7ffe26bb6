/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/secret.h"

#define CANARY "canary-7"

static char folder[64];
static char path[96];
static struct config_node node; /* esa1.example.com, with PATH as its credentials_file */

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_secret.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/credentials", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static int begin(void **state)
{
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    node = (struct config_node){.name = "esa1.example.com", .credentials_file = path};
    fault = (struct fault){.kind = FAULT_NONE};
    return set_up(state);
}

static int end(void **state)
{
    (void)unlink(path);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return tear_down(state);
}

static void write_to(const char *file, struct span text, mode_t mode)
{
    (void)unlink(file);
    FILE *stream = fopen(file, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text.p, 1, text.n, stream), text.n);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(chmod(file, mode), 0);
}

/* The passphrase of USER, copied into the arena; NULL when there is none. */
static const char *find(const char *user)
{
    struct secret secret;
    if (!secret_find(&node, user, &secret, &fault)) {
        assert_null(secret.bytes);
        assert_int_equal(secret.n, 0);
        assert_null(strstr(fault.text, CANARY));
        assert_null(strstr(fault.origin, CANARY));
        assert_null(strchr(fault.text, '\n'));
        return NULL;
    }
    assert_int_equal(secret.bytes[secret.n], '\0');
    assert_int_equal(strlen(secret.bytes), secret.n);
    const char *copy = arena_dup(&arena, (struct span){secret.bytes, secret.n});
    secret_wipe(&secret);
    assert_null(secret.bytes);
    return copy;
}

static const char *find_in(const char *text, const char *user)
{
    write_to(path, text_of(text), 0600);
    return find(user);
}

/* "" stands for no line at all. */
static void expect(const char *text, const char *user, const char *wanted)
{
    const char *found = find_in(text, user);
    if (strcmp(found == NULL ? "" : found, wanted) != 0)
        fail_msg("'%s': found '%s' (%s), wanted '%s'", text, found == NULL ? "" : found,
                 found == NULL ? fault.text : "", wanted);
    if (found == NULL) {
        assert_int_equal(fault.kind, FAULT_LOGIN);
        assert_string_equal(fault.origin, path);
    }
}

static void finds_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *user, *wanted;
    } rows[] = {
        {"esa1.example.com postcheck one\n", "postcheck", "one"},
        {"esa1.example.com postcheck one", "postcheck", "one"},
        {"ESA1.Example.COM postcheck one\r\n", "postcheck", "one"},
        {"* postcheck all\nesa1.example.com postcheck own\n", "postcheck", "own"},
        {"esa1.example.com postcheck own\n* postcheck all\n", "postcheck", "own"},
        {"* postcheck all\n* other x\n", "postcheck", "all"},
        {"  *\t postcheck \t all of it  \n", "postcheck", "all of it  "},
        {"* postcheck #1 'two' \"three\"; \\n=:\n", "postcheck", "#1 'two' \"three\"; \\n=:"},
        {"# * postcheck no\n\n \n#\n* postcheck yes\n", "postcheck", "yes"},
        {"\xef\xbb\xbf* postcheck yes\n", "postcheck", "yes"},
        {"* postcheck Grüße\n", "postcheck", "Grüße"},
        {"* postcheck a\rb\r\n", "postcheck", "a\rb"},
        {"* /etc/postcheck/id_ed25519 key\n", "/etc/postcheck/id_ed25519", "key"},
        {"esa2.example.com postcheck no\n", "postcheck", ""},
        {"esa1 postcheck no\n", "postcheck", ""},
        {"esa1.example.com Postcheck no\n", "postcheck", ""},
        {"esa1.example.com postcheck2 no\n", "postcheck", ""},
        {"esa1.example.com\n", "postcheck", ""},
        {"** postcheck no\n", "postcheck", ""},
        {"", "postcheck", ""},
        {"\n\n", "postcheck", ""},
        {"\r", "postcheck", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].text, rows[i].user, rows[i].wanted);
}

static void never_guesses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"* postcheck " CANARY "\n\n* postcheck b\n", "line 1 and line 3"},
        {"* postcheck a\nesa1.example.com postcheck " CANARY "\nESA1.example.com postcheck b\n",
         "line 2 and line 3"},
        {"esa1.example.com postcheck\n", "line 1: no passphrase"},
        {"* postcheck " CANARY "\nesa1.example.com postcheck  \r\n", "line 2: no passphrase"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(find_in(rows[i].text, "postcheck"));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        if (strstr(fault.text, rows[i].said) == NULL)
            fail_msg("%s: wanted %s", fault.text, rows[i].said);
    }
    /* Two general lines do not matter to a node that has its own. */
    assert_string_equal(find_in("* u a\n* u b\nesa1.example.com u own\n", "u"), "own");
}

static void refuses_nul_bytes(void **state)
{
    (void)state;
    static const char text[] = "* postcheck " CANARY "\0x\n";
    write_to(path, (struct span){text, sizeof(text) - 1}, 0600);
    assert_null(find("postcheck"));
    assert_non_null(strstr(fault.text, "NUL"));
}

static void refuses_what_others_may_touch(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        bool good;
    } modes[] = {{0400, true},  {0600, true},  {0640, true},  {0440, true},  {0644, false},
                 {0620, false}, {0660, false}, {0604, false}, {0602, false}, {0601, false}};
    for (size_t i = 0; i < COUNT(modes); i++) {
        write_to(path, text_of("* postcheck " CANARY "\n"), modes[i].mode);
        assert_int_equal(find("postcheck") != NULL, modes[i].good);
        if (!modes[i].good) {
            assert_int_equal(fault.kind, FAULT_INTERNAL);
            assert_string_equal(fault.origin, path);
            assert_non_null(strstr(fault.text, "chmod 600"));
        }
    }
}

static void refuses_another_owner(void **state)
{
    (void)state;
    write_to(path, text_of("* postcheck " CANARY "\n"), 0600);
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
    assert_null(find("postcheck"));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    assert_non_null(strstr(fault.text, "user 65534"));
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    const char *target = arena_printf(&arena, "%s/target", folder);
    write_to(target, text_of("* postcheck " CANARY "\n"), 0600);
    assert_int_equal(symlink(target, path), 0);
    assert_null(find("postcheck"));
    assert_non_null(strstr(fault.text, "symbolic link"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(target), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(find("postcheck"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(find("postcheck"));
    assert_non_null(strstr(fault.text, "regular file"));
    assert_int_equal(rmdir(path), 0);
    assert_null(find("postcheck"));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    assert_non_null(strstr(fault.text, "cannot be opened"));
}

static void refuses_a_huge_file(void **state)
{
    (void)state;
    write_to(path, text_of("* postcheck " CANARY "\n"), 0600);
    assert_int_equal(truncate(path, 2 * 1024 * 1024), 0);
    assert_null(find("postcheck"));
    assert_non_null(strstr(fault.text, "the limit is"));
}

static void reads_given_credentials(void **state)
{
    (void)state;
    static const char *const names[] = {"$CREDENTIALS_DIRECTORY/credentials", "credentials"};
    write_to(path, text_of("* postcheck table\n"), 0400);
    for (size_t i = 0; i < COUNT(names); i++) {
        node.credentials_file = names[i];
        (void)unsetenv("CREDENTIALS_DIRECTORY");
        assert_null(find("postcheck"));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        assert_non_null(strstr(fault.text, "CREDENTIALS_DIRECTORY is not set"));
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        assert_string_equal(find("postcheck"), "table");
    }
    static const char *const wrong[] = {"$CREDENTIALS_DIRECTORY/../credentials", "..", "",
                                        "$CREDENTIALS_DIRECTORY/"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        node.credentials_file = wrong[i];
        assert_null(find("postcheck"));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
    }
}

static void reads_a_file_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } rows[] = {{"one line, blanks and all ", "one line, blanks and all "},
                {"one\n", "one"},
                {"one\r\n", "one"},
                {"one\n\r\n\n", "one"},
                {"* postcheck one\n", "* postcheck one"},
                {"", ""},
                {"\n" CANARY "\n", ""},
                {CANARY "\n" CANARY "\n", ""}};
    node.name = "credentials"; /* the node's name is that of the file */
    node.credentials_file = NULL;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found = find_in(rows[i].text, "postcheck");
        assert_string_equal(found == NULL ? "" : found, rows[i].wanted);
        if (found == NULL)
            assert_int_equal(fault.kind, FAULT_INTERNAL);
    }
    assert_int_equal(unlink(path), 0);
    assert_null(find("postcheck"));
    assert_int_equal(fault.kind, FAULT_LOGIN);
}

static void nothing_is_configured(void **state)
{
    (void)state;
    node.credentials_file = NULL;
    assert_null(find("postcheck"));
    assert_int_equal(fault.kind, FAULT_LOGIN);
    assert_non_null(strstr(fault.text, "credentials_file"));
    node.credentials_file = path;
    assert_null(find(NULL));
    assert_int_equal(fault.kind, FAULT_LOGIN);
    assert_null(find(""));
    assert_int_equal(fault.kind, FAULT_LOGIN);
    struct secret secret;
    assert_false(secret_find(&node, "postcheck", &secret, NULL));
}

static void copies_and_wipes(void **state)
{
    (void)state;
    char *large = arena_alloc(&arena, 10000);
    memset(large, 'x', 9999);
    struct secret secret = secret_copy((struct span){large, 9999});
    assert_non_null(secret.bytes);
    assert_int_equal(secret.n, 9999);
    assert_string_equal(secret.bytes, large);
    secret_wipe(&secret);
    assert_null(secret.bytes);
    assert_int_equal(secret.n, 0);
    secret_wipe(&secret);
    secret = secret_copy(text_of(""));
    assert_null(secret.bytes);
    secret_wipe(&secret);
}

enum { MASK = 0x55 }; /* so that what is searched for is not itself in memory */

static const char masked[] = {'9' ^ MASK, '-' ^ MASK, 'y' ^ MASK, 'r' ^ MASK, 'a' ^ MASK,
                              'n' ^ MASK, 'a' ^ MASK, 'c' ^ MASK, '/' ^ MASK, '!' ^ MASK};

static bool holds_masked(const char *bytes, size_t n)
{
    for (size_t i = 0; i + sizeof(masked) <= n; i++) {
        size_t same = 0;
        while (same < sizeof(masked) && (bytes[i + same] ^ MASK) == masked[same])
            same++;
        if (same == sizeof(masked))
            return true;
    }
    return false;
}

/* Is it anywhere in our memory? Every mapping that can be written is searched. */
static bool is_in_memory(void)
{
    bool found = false;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (!found && fgets(line, sizeof(line), maps) != NULL) {
        char *rest;
        unsigned long low = strtoul(line, &rest, 16);
        unsigned long high = strtoul(rest + 1, &rest, 16);
        if (strncmp(rest, " rw", 3) != 0 || high - low > 64UL * 1024 * 1024)
            continue;
        char *copy = malloc(high - low);
        assert_non_null(copy);
        ssize_t got = pread(memory, copy, high - low, (off_t)low);
        found = got > 0 && holds_masked(copy, (size_t)got);
        explicit_bzero(copy, high - low);
        free(copy);
    }
    (void)fclose(maps);
    (void)close(memory);
    return found;
}

static void leaves_nothing_behind(void **state)
{
    (void)state;
    struct secret secret;
    int status;
    pid_t child = fork(); /* writes the file, so that only secret_find() brings the bytes here */
    assert_true(child >= 0);
    if (child == 0) {
        FILE *file = fopen(path, "wb");
        if (file == NULL || fputs("* postcheck ", file) == EOF)
            _exit(1);
        for (size_t i = 0; i < sizeof(masked); i++)
            (void)fputc(masked[i] ^ MASK, file);
        _exit(fclose(file) != 0 || chmod(path, 0600) != 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_false(is_in_memory());
    assert_true(secret_find(&node, "postcheck", &secret, &fault));
    assert_true(secret.n == sizeof(masked) && holds_masked(secret.bytes, secret.n));
    assert_true(is_in_memory());
    secret_wipe(&secret);
    assert_false(is_in_memory());
}

static void a_fork_gets_zeros(void **state)
{
    (void)state;
    void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    bool can = madvise(page, 1, MADV_WIPEONFORK) == 0;
    assert_int_equal(munmap(page, 1), 0);
    if (!can)
        skip(); /* a kernel without it */
    struct secret secret = secret_copy(text_of(CANARY));
    assert_non_null(secret.bytes);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(secret.bytes[0] == '\0' ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(secret.bytes, CANARY);
    secret_wipe(&secret);
}

/* In a process of its own: the leak checker has to look into ours. */
static void hardens_the_process(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit;
        secret_harden();
        bool good = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                    getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
                    limit.rlim_max == 0;
        secret_harden();
        secret_soften(); /* as before, but still without a core */
        good = good && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 &&
               getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        _exit(good ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(finds_the_line),          test(never_guesses),
        test(refuses_nul_bytes),       test(refuses_what_others_may_touch),
        test(refuses_another_owner),   test(refuses_what_is_no_file),
        test(refuses_a_huge_file),     test(reads_given_credentials),
        test(reads_a_file_of_its_own), test(nothing_is_configured),
        test(copies_and_wipes),        test(leaves_nothing_behind),
        test(a_fork_gets_zeros),       test(hardens_the_process),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
