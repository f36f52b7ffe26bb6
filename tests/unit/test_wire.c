/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin/wire.h"

static struct wire_reader reader;

static int begin(void **state)
{
    reader = (struct wire_reader){.buffer = NULL};
    return set_up(state);
}

static int end(void **state)
{
    wire_free(&reader);
    return tear_down(state);
}

#define with_reader(test) cmocka_unit_test_setup_teardown(test, begin, end)

static const struct fault late = {
    .kind = FAULT_TIMEOUT, .line = 7, .origin = "cli/x.txt", .text = "no answer in 60 s"};

static const struct wire_frame frames[] = {
    {.kind = WIRE_BEGIN, .text = {"cli/version.txt", 15}},
    {.kind = WIRE_DOCUMENT,
     .document = {.id = "cli/version.txt",
                  .bytes = {"a\0b\n", 4},
                  .has_taken_at = true,
                  .taken_at = 1772938802,
                  .has_duration = true,
                  .duration_ms = 305,
                  .vantage = "ops1.example.com"}},
    {.kind = WIRE_DOCUMENT, .document = {.id = "cli/empty.txt"}},
    {.kind = WIRE_DOCUMENT, .document = {.id = "cli/x.txt", .fault = &late}},
    {.kind = WIRE_NOTE, .text = {"SSH: logged in", 14}},
    {.kind = WIRE_END},
};

/* All of FRAMES as the bytes that are sent. */
static struct span sent(const struct wire_frame *list, size_t count)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    for (size_t i = 0; i < count; i++)
        assert_true(wire_send(fileno(file), &list[i]));
    long n = lseek(fileno(file), 0, SEEK_END);
    assert_true(n >= 0);
    char *bytes = arena_alloc(&arena, (size_t)n);
    assert_int_equal(pread(fileno(file), bytes, (size_t)n, 0), n);
    (void)fclose(file);
    return (struct span){bytes, (size_t)n};
}

static void compare(const struct wire_frame *found, const struct wire_frame *wanted)
{
    const struct document *a = &found->document, *b = &wanted->document;
    assert_int_equal(found->kind, wanted->kind);
    assert_true(text_same(found->text, wanted->text));
    if (wanted->kind != WIRE_DOCUMENT)
        return;
    assert_string_equal(a->id, b->id);
    assert_true(text_same(a->bytes, b->bytes));
    assert_int_equal(a->has_taken_at, b->has_taken_at);
    assert_int_equal(a->taken_at, b->taken_at);
    assert_int_equal(a->has_duration, b->has_duration);
    assert_int_equal(a->duration_ms, b->duration_ms);
    assert_int_equal(a->vantage == NULL, b->vantage == NULL);
    if (b->vantage != NULL)
        assert_string_equal(a->vantage, b->vantage);
    assert_int_equal(a->fault == NULL, b->fault == NULL);
    if (b->fault == NULL)
        return;
    assert_int_equal(a->fault->kind, b->fault->kind);
    assert_int_equal(a->fault->line, b->fault->line);
    assert_string_equal(a->fault->origin, b->fault->origin);
    assert_string_equal(a->fault->text, b->fault->text);
}

static void carries_frames_in_pieces_of_any_size(void **state)
{
    struct span bytes = sent(frames, COUNT(frames));
    (void)state;
    for (size_t piece = 1; piece <= bytes.n; piece++) {
        struct wire_frame frame;
        size_t count = 0;
        for (size_t at = 0; at < bytes.n; at += piece) {
            struct span part = text_head(text_skip(bytes, at), piece);
            wire_feed(&reader, part.p, part.n);
            while (wire_next(&reader, &arena, &frame))
                compare(&frame, &frames[count++]);
        }
        assert_int_equal(count, COUNT(frames));
        assert_false(reader.broken);
    }
}

static void copies_into_the_arena(void **state)
{
    struct span bytes = sent(&frames[1], 1);
    struct wire_frame frame;
    (void)state;
    wire_feed(&reader, bytes.p, bytes.n);
    assert_true(wire_next(&reader, &arena, &frame));
    memset(reader.buffer, 'x', reader.size);
    compare(&frame, &frames[1]);
}

static void waits_at_every_prefix(void **state)
{
    struct span bytes = sent(&frames[1], 1);
    struct wire_frame frame;
    (void)state;
    for (size_t n = 0; n < bytes.n; n++) {
        wire_feed(&reader, bytes.p, n);
        assert_false(wire_next(&reader, &arena, &frame));
        assert_false(reader.broken);
        wire_free(&reader);
    }
}

/* A frame whose length is right and whose content ends early is none. */
static void refuses_every_cut_content(void **state)
{
    struct span bytes = sent(&frames[3], 1);
    struct wire_frame frame;
    (void)state;
    for (size_t n = 5; n < bytes.n; n++) {
        char *cut = arena_dup(&arena, text_head(bytes, n));
        cut[0] = (char)((n - 4) & 0xff);
        cut[1] = (char)((n - 4) >> 8);
        wire_feed(&reader, cut, n);
        assert_false(wire_next(&reader, &arena, &frame));
        assert_true(reader.broken);
        wire_free(&reader);
    }
}

/* Whatever is flipped: nothing is read outside, and what comes out keeps the promises. */
static void survives_flipped_bytes(void **state)
{
    struct span bytes = sent(frames, COUNT(frames));
    uint32_t seed = 20260308;
    size_t read = 0, broken = 0;
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct wire_frame frame;
        char *copy = arena_dup(&arena, bytes);
        for (int flips = 0; flips <= round % 3; flips++) {
            seed = seed * 1664525U + 1013904223U;
            copy[(seed >> 8) % bytes.n] ^= (char)(1U << (seed >> 29));
        }
        wire_feed(&reader, copy, bytes.n);
        while (wire_next(&reader, &arena, &frame)) {
            read++;
            if (frame.kind == WIRE_DOCUMENT)
                assert_true(wire_is_id(text_of(frame.document.id)));
            if (frame.kind == WIRE_BEGIN)
                assert_true(wire_is_id(frame.text));
            if (frame.kind == WIRE_DOCUMENT && frame.document.fault != NULL)
                assert_in_range(frame.document.fault->kind, 1, FAULT_KINDS - 1);
        }
        broken += reader.broken;
        wire_free(&reader);
    }
    assert_true(read > 4000 && broken > 1000);
}

static void refuses_what_is_no_frame(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } wrong[] = {
        {"\0\0\0\0", 4},     {"\xff\xff\xff\xff", 4}, {"\1\0\0\0\4", 5},  {"\2\0\0\0\3x", 6},
        {"\3\0\0\0\0..", 7}, {"\2\0\0\0\1\x10", 6},   {"GET / HTTP", 10}, {"\1\0\0\0\0", 5},
    };
    struct wire_frame frame;
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        wire_feed(&reader, wrong[i].bytes, wrong[i].n);
        assert_false(wire_next(&reader, &arena, &frame));
        assert_true(reader.broken);
        wire_feed(&reader, "\1\0\0\0\3", 5);
        assert_false(wire_next(&reader, &arena, &frame));
        wire_free(&reader);
    }
}

/* A length alone must not cost memory. */
static void believes_no_length(void **state)
{
    (void)state;
    wire_feed(&reader, "\0\0\0\2\1", 5);
    assert_true(reader.size <= 64 * 1024);
}

static void knows_ids(void **state)
{
    static const char *const good[] = {"cli/version.txt", "a",
                                       "https/tracking_messages/a-b.c.json"};
    static const char *const bad[] = {"",   "/a",  "a/",   "a//b", "../a", "a/../b",   "a/.b",
                                      ".a", "a b", "a\nb", "a\\b", "a:b",  "\xc3\xa4", "a/."};
    char text[WIRE_MAX_ID + 2] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(wire_is_id(text_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(wire_is_id(text_of(bad[i])));
    memset(text, 'a', WIRE_MAX_ID + 1);
    assert_false(wire_is_id(text_of(text)));
    assert_false(wire_is_id((struct span){"a\0b", 3}));
}

static void sends_nothing_that_cannot_be_read(void **state)
{
    static const struct fault none = {.kind = FAULT_NONE};
    static const struct wire_frame wrong[] = {
        {.kind = WIRE_BEGIN, .text = {"../x", 4}},
        {.kind = WIRE_DOCUMENT, .document = {.id = "/etc/x"}},
        {.kind = WIRE_DOCUMENT, .document = {.id = "a", .has_taken_at = true, .taken_at = -1}},
        {.kind = WIRE_DOCUMENT, .document = {.id = "a", .fault = &none}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(wire_send(-1, &wrong[i]));
}

static void cleans_and_cuts_strings(void **state)
{
    struct fault fault_sent = {.kind = FAULT_QUESTION};
    char vantage[600] = {0}, note[3000] = {0};
    struct wire_frame frame,
        list[] = {
            {.kind = WIRE_DOCUMENT,
             .document = {.id = "a", .vantage = vantage, .fault = &fault_sent}},
            {.kind = WIRE_NOTE, .text = {note, sizeof(note) - 1}},
        };
    (void)state;
    memset(vantage, 'v', sizeof(vantage) - 1);
    memset(note, '\x1b', sizeof(note) - 1);
    note[0] = 'n';
    memset(fault_sent.text, '\xff', sizeof(fault_sent.text) - 1);
    memset(fault_sent.origin, '\n', sizeof(fault_sent.origin) - 1);
    struct span bytes = sent(list, COUNT(list));
    wire_feed(&reader, bytes.p, bytes.n);
    assert_true(wire_next(&reader, &arena, &frame));
    assert_true(strlen(frame.document.vantage) <= WIRE_MAX_VANTAGE);
    assert_null(strchr(frame.document.fault->origin, '\n'));
    assert_null(strchr(frame.document.fault->text, '\xff'));
    assert_true(wire_next(&reader, &arena, &frame));
    assert_null(strchr(frame.text.p, '\x1b'));
}

static void replaces_a_document_that_is_too_big(void **state)
{
    const size_t size = WIRE_MAX_FRAME;
    char *big = calloc(1, size);
    struct wire_frame frame;
    const struct wire_frame one = {.kind = WIRE_DOCUMENT,
                                   .document = {.id = "cli/big.txt", .bytes = {big, size}}};
    (void)state;
    assert_non_null(big);
    struct span bytes = sent(&one, 1);
    wire_feed(&reader, bytes.p, bytes.n);
    assert_true(wire_next(&reader, &arena, &frame));
    assert_int_equal(frame.document.bytes.n, 0);
    assert_int_equal(frame.document.fault->kind, FAULT_TOO_BIG);
    free(big);
}

static void says_when_the_reader_is_gone(void **state)
{
    int ends[2];
    (void)state;
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_false(wire_send(ends[1], &frames[0]));
    (void)close(ends[1]);
    (void)signal(SIGPIPE, old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_reader(carries_frames_in_pieces_of_any_size),
        with_reader(copies_into_the_arena),
        with_reader(waits_at_every_prefix),
        with_reader(refuses_every_cut_content),
        with_reader(survives_flipped_bytes),
        with_reader(refuses_what_is_no_frame),
        with_reader(believes_no_length),
        with_reader(knows_ids),
        with_reader(sends_nothing_that_cannot_be_read),
        with_reader(cleans_and_cuts_strings),
        with_reader(replaces_a_document_that_is_too_big),
        with_reader(says_when_the_reader_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
