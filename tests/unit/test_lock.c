/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include <signal.h>
#include <sys/wait.h>

#include "plugin/lock.h"

static void one_at_a_time(void **state)
{
    (void)state;
    int first = lock_take(&arena, inside("a.lock"), "postcheck poll", &fault);
    assert_true(first >= 0);
    assert_int_equal(lock_take(&arena, inside("a.lock"), "another", &fault), -1);
    assert_int_equal(fault.kind, FAULT_BUSY);
    assert_non_null(
        strstr(fault.text, arena_printf(&arena, "postcheck poll, process %d", (int)getpid())));
    assert_non_null(strstr(fault.text, "since 20"));
    assert_null(strstr(fault.text, "another"));
    int other = lock_take(&arena, inside("b.lock"), "postcheck poll", &fault);
    assert_true(other >= 0);
    lock_release(first);
    first = lock_take(&arena, inside("a.lock"), "x", &fault);
    assert_true(first >= 0); /* and it is signed anew */
    assert_int_equal(lock_take(&arena, inside("a.lock"), "y", &fault), -1);
    assert_null(strstr(fault.text, "postcheck poll"));
    lock_release(first);
    lock_release(other);
    lock_release(-1);
}

static void goes_with_its_process(void **state)
{
    int ready[2], status;
    char byte;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fault why;
        if (lock_take(&arena, inside("a.lock"), "the child", &why) >= 0)
            (void)!write(ready[1], "x", 1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(lock_take(&arena, inside("a.lock"), "x", &fault), -1);
    assert_non_null(strstr(fault.text, "the child"));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    int lock = lock_take(&arena, inside("a.lock"), "x", &fault);
    assert_true(lock >= 0);
    lock_release(lock);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void only_a_file_of_its_own(void **state)
{
    (void)state;
    put("target", "keep me");
    assert_int_equal(symlink("target", inside("a.lock")), 0);
    assert_int_equal(lock_take(&arena, inside("a.lock"), "x", &fault), -1);
    assert_int_equal(mkfifo(inside("fifo"), 0600), 0);
    assert_int_equal(lock_take(&arena, inside("fifo"), "x", &fault), -1);
    assert_int_equal(lock_take(&arena, inside("nowhere/a.lock"), "x", &fault), -1);
    assert_int_equal(fault.kind, FAULT_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(one_at_a_time),
        with_folder(goes_with_its_process),
        with_folder(only_a_file_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
