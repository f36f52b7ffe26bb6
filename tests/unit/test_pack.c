/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plugin/pack.h"
#include "plugin/wire.h"

static const struct fault late = {.kind = FAULT_TIMEOUT, .text = "no answer in 60 s"};

static struct document documents[] = {
    {.id = "cli/version.txt",
     .bytes = {"a\0b|\n", 5},
     .has_taken_at = true,
     .taken_at = 1772938802,
     .has_duration = true,
     .duration_ms = 305,
     .vantage = "sat.example.com"},
    {.id = "cli/status.txt", .fault = &late},
    {.id = "https/tracking_messages/esa1.example.com.json", .bytes = {"{}", 2}},
};
static const struct node appliance = {
    .name = "esa1.example.com", .documents = documents, .document_count = COUNT(documents)};

static struct document taken[8];
static size_t taken_count;

static void take(void *context, const struct document *document)
{
    assert_ptr_equal(context, &taken_count);
    assert_true(taken_count < COUNT(taken));
    taken[taken_count++] = *document;
}

static bool reads(struct span text)
{
    taken_count = 0;
    fault = (struct fault){.kind = FAULT_NONE};
    return pack_read(&arena, text, take, &taken_count, &fault);
}

static void comes_back_as_it_was(void **state)
{
    (void)state;
    const char *text = pack_print(&arena, &appliance);
    assert_non_null(text);
    assert_true(pack_is(text_of(text)));
    assert_null(strpbrk(text, "|\n\"\\")); /* what a monitoring system might take amiss */
    assert_true(reads(text_of(arena_printf(&arena, "%s\n", text))));
    assert_int_equal(taken_count, COUNT(documents));
    for (size_t i = 0; i < COUNT(documents); i++) {
        assert_string_equal(taken[i].id, documents[i].id);
        assert_true(text_same(taken[i].bytes, documents[i].bytes));
        assert_int_equal(taken[i].has_taken_at, documents[i].has_taken_at);
        assert_int_equal(taken[i].taken_at, documents[i].taken_at);
        assert_int_equal(taken[i].duration_ms, documents[i].duration_ms);
        assert_int_equal(taken[i].fault != NULL, documents[i].fault != NULL);
    }
    assert_string_equal(taken[0].vantage, "sat.example.com");
    assert_string_equal(taken[1].fault->text, late.text);
    /* One that answered nothing is an answer, too. */
    const struct node silent = {.name = "x"};
    assert_true(reads(text_of(pack_print(&arena, &silent))));
    assert_int_equal(taken_count, 0);
}

static void what_cannot_be_sent_is_not(void **state)
{
    struct document bad = {.id = "../up"};
    const struct node node = {.name = "x", .documents = &bad, .document_count = 1};
    (void)state;
    assert_null(pack_print(&arena, &node));
}

static void a_log_grows_small(void **state)
{
    enum { LINES = 60000 };
    char *log = arena_alloc(&arena, LINES * 100 + 1);
    size_t n = 0;
    (void)state;
    for (int i = 0; i < LINES; i++)
        n += (size_t)snprintf(log + n, 100,
                              "Sun Mar  8 03:%02d:%02d 2026 Info: MID %d queued for delivery\n",
                              i / 60 % 60, i % 60, 4711 + i);
    struct document one = {.id = "log/mail_logs.txt", .bytes = {log, n}};
    const struct node node = {.name = "x", .documents = &one, .document_count = 1};
    const char *text = pack_print(&arena, &node);
    assert_in_range(strlen(text), 1, n / 5);
    assert_true(reads(text_of(text)));
    assert_true(text_same(taken[0].bytes, one.bytes));
}

/* Not one byte may be missing or another: CUT or SYNTAX, never fewer answers that look whole. */
static void what_is_not_whole_is_told(void **state)
{
    (void)state;
    const struct span text = text_of(pack_print(&arena, &appliance));
    for (size_t n = 0; n < text.n; n++) {
        assert_false(reads(text_head(text, n)));
        assert_true(fault.kind == FAULT_CUT || fault.kind == FAULT_SYNTAX);
    }
    for (size_t i = 0; i < text.n; i++) {
        char *other = arena_dup(&arena, text);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        const bool whole = reads((struct span){other, text.n});
        /* Of the head of gzip some bits say nothing: then all came as it was. */
        assert_true(!whole || taken_count == COUNT(documents));
        for (size_t d = 0; whole && d < taken_count; d++)
            assert_true(text_same(taken[d].bytes, documents[d].bytes));
    }
    assert_false(reads(text_of("ASYNCOS UNKNOWN - no such appliance")));
    assert_false(pack_is(text_of("ASYNCOS UNKNOWN - no such appliance")));
    assert_false(
        reads(text_of(arena_printf(&arena, "%.*s%.*s", TEXT_ARGS(text), TEXT_ARGS(text)))));
}

/* BYTES packed as if they were frames. */
static struct span packed(const char *bytes, size_t n)
{
    static const char head[] = "postcheck.answers/1 ";
    uLong size = compressBound((uLong)n) + 64;
    unsigned char *to = arena_alloc(&arena, size);
    z_stream stream = {.next_out = to, .avail_out = (uInt)size};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char *copy = arena_alloc(&arena, n + 1);
    memcpy(copy, bytes, n);
    stream.next_in = copy;
    stream.avail_in = (uInt)n;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const int length = (int)(size - stream.avail_out);
    (void)deflateEnd(&stream);
    char *text = arena_alloc(&arena, sizeof(head) + (size_t)length * 2 + 4);
    memcpy(text, head, sizeof(head));
    (void)EVP_EncodeBlock((unsigned char *)text + sizeof(head) - 1, to, length);
    return text_of(text);
}

static void a_hostile_satellite_is_bounded(void **state)
{
    enum { HUGE_BYTES = 80 * 1024 * 1024 };
    static const char *const bad[] = {"", "x", "\xff\xff\xff\xff", "\1\0\0\0\7"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(reads(packed(bad[i], i == 3 ? 5 : strlen(bad[i]))));
    /* 80 MiB in a line of 110 kB: a frame that never ends, then a frame that says it is larger. */
    char *many = calloc(1, HUGE_BYTES);
    assert_non_null(many);
    assert_false(reads(packed(many, HUGE_BYTES)));
    memcpy(many, "\xff\xff\xff\1", 4);
    assert_false(reads(packed(many, HUGE_BYTES)));
    free(many);
    /* A note has no place here, nor has anything behind the end. */
    struct span note, end;
    const struct wire_frame a = {.kind = WIRE_NOTE, .text = {"hello", 5}}, z = {.kind = WIRE_END};
    assert_true(wire_print(&arena, &a, &note) && wire_print(&arena, &z, &end));
    assert_true(reads(packed(end.p, end.n)));
    assert_false(reads(packed(note.p, note.n)));
    char *both = arena_alloc(&arena, end.n * 2);
    memcpy(both, end.p, end.n);
    memcpy(both + end.n, end.p, end.n);
    assert_false(reads(packed(both, end.n * 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(comes_back_as_it_was),
        with_arena(what_cannot_be_sent_is_not),
        with_arena(a_log_grows_small),
        with_arena(what_is_not_whole_is_told),
        with_arena(a_hostile_satellite_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
