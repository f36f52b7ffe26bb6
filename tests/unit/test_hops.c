/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "checks/maillog/hops.h"

static void found_again(void **state)
{
    (void)state;
    struct hops hops = {.count = 0};
    static const char *const addresses[] = {"203.0.113.25", "203.0.113.2", "203.0.113.255",
                                            "2001:db8::25", "2001:db8::2", ""};
    for (int round = 0; round < 3; round++)
        for (uint32_t i = 0; i < COUNT(addresses); i++)
            assert_int_equal(hops_find(&hops, text_of(addresses[i])), i);
    assert_int_equal(hops.count, COUNT(addresses));
    for (uint32_t i = 0; i < COUNT(addresses); i++)
        assert_string_equal(hops.list[i].address, addresses[i]);
    hops_free(&hops);
    hops_free(&hops);
}

/* Long ones that begin alike are one; counts stay with their hop when the list grows. */
static void cut_and_kept(void **state)
{
    (void)state;
    struct hops hops = {.count = 0};
    char text[200];
    memset(text, 'a', sizeof(text));
    uint32_t first = hops_find(&hops, (struct span){text, sizeof(text)});
    hops.list[first].delivered = 7;
    assert_int_equal(hops_find(&hops, (struct span){text, 47}), first);
    assert_int_not_equal(hops_find(&hops, (struct span){text, 46}), first);
    for (int i = 0; i < 1000; i++) {
        int n = snprintf(text, sizeof(text), "198.51.100.%d", i);
        (void)hops_find(&hops, (struct span){text, (size_t)n});
    }
    assert_int_equal(hops.list[first].delivered, 7);
    assert_int_equal(hops.count, 1002);
    hops_free(&hops);
}

static void bounded(void **state)
{
    (void)state;
    struct hops hops = {.count = 0};
    char text[64];
    uint32_t other = UINT32_MAX;
    for (uint32_t i = 0; i < HOPS_MAX + 5000; i++) {
        int n = snprintf(text, sizeof(text), "2001:db8::%x", i);
        uint32_t hop = hops_find(&hops, (struct span){text, (size_t)n});
        if (i < HOPS_MAX - 1)
            assert_int_equal(hop, i);
        else if (other == UINT32_MAX)
            other = hop;
        else
            assert_int_equal(hop, other);
    }
    assert_int_equal(hops.count, HOPS_MAX);
    assert_string_equal(hops.list[other].address, "other");
    assert_int_equal(hops_find(&hops, text_of("2001:db8::0")), 0);
    hops_free(&hops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(found_again),
                                       cmocka_unit_test(cut_and_kept), cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
