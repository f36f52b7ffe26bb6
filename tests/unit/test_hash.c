/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/folder.h"

#include "plugin/hash.h"

/* FIPS 180-4, appendix B, and the empty message. */
static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                  abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                  million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static struct span a_million(void)
{
    char *text = arena_alloc(&arena, 1000000);
    memset(text, 'a', 1000000);
    return (struct span){text, 1000000};
}

static void hashes_bytes(void **state)
{
    (void)state;
    assert_string_equal(hash_bytes(&arena, text_of("abc")), abc);
    assert_string_equal(hash_bytes(&arena, text_of("")), empty);
    assert_string_equal(hash_bytes(&arena, (struct span){NULL, 0}), empty);
    assert_string_equal(hash_bytes(&arena, a_million()), million);
    assert_string_not_equal(hash_bytes(&arena, (struct span){"abc\0", 4}), abc);
}

static void hashes_files(void **state)
{
    uint64_t size = 7;
    (void)state;
    put_bytes("million", a_million());
    put("abc", "abc");
    put("empty", "");
    assert_string_equal(hash_file(&arena, inside("million"), &size, &fault), million);
    assert_int_equal(size, 1000000);
    assert_string_equal(hash_file(&arena, inside("abc"), NULL, NULL), abc);
    assert_string_equal(hash_file(&arena, inside("empty"), &size, &fault), empty);
    assert_int_equal(size, 0);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    put("abc", "abc");
    assert_int_equal(symlink("abc", inside("link")), 0);
    assert_int_equal(mkfifo(inside("fifo"), 0600), 0);
    assert_int_equal(mkdir(inside("folder"), 0700), 0);
    assert_null(hash_file(&arena, inside("missing"), NULL, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_non_null(strstr(fault.origin, "/missing"));
    static const char *const others[] = {"link", "fifo", "folder", "abc/below"};
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_null(hash_file(&arena, inside(others[i]), NULL, &fault));
        assert_int_equal(fault.kind, FAULT_INTERNAL);
        assert_null(hash_file(&arena, inside(others[i]), NULL, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {with_arena(hashes_bytes), with_folder(hashes_files),
                                       with_folder(refuses_what_is_no_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
