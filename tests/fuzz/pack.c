/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What a hostile satellite may answer. The bytes are read as they are, and once more packed as if
 * they were frames: only documents come out, and what says that it is whole can be packed again.
 */
#include "plugin/pack.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plugin/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct document taken[4096];
static size_t count;

static void take(void *context, const struct document *document)
{
    (void)context;
    if (!wire_is_id(text_of(document->id)))
        abort();
    if (count < sizeof(taken) / sizeof(taken[0]))
        taken[count++] = *document;
}

static void check(struct arena *arena, struct span text)
{
    struct fault fault = {.kind = FAULT_NONE};
    count = 0;
    if (!pack_read(arena, text, take, NULL, &fault)) {
        if (fault.kind == FAULT_NONE)
            abort();
        return;
    }
    const size_t first = count;
    const struct node node = {.name = "x", .documents = taken, .document_count = count};
    const char *again = pack_print(arena, &node);
    count = 0;
    if (again == NULL || !pack_read(arena, text_of(again), take, NULL, &fault) || count != first)
        abort();
}

static struct span packed(struct arena *arena, const uint8_t *bytes, size_t n)
{
    static const char head[] = "postcheck.answers/1 ";
    const size_t size = compressBound((uLong)n) + 64;
    unsigned char *to = arena_alloc(arena, size);
    unsigned char *copy = arena_alloc(arena, n + 1);
    memcpy(copy, bytes, n);
    z_stream stream = {
        .next_in = copy, .avail_in = (uInt)n, .next_out = to, .avail_out = (uInt)size};
    if (deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    const size_t length = size - stream.avail_out;
    (void)deflateEnd(&stream);
    char *text = arena_alloc(arena, sizeof(head) + length * 2 + 4);
    memcpy(text, head, sizeof(head));
    (void)EVP_EncodeBlock((unsigned char *)text + sizeof(head) - 1, to, (int)length);
    return text_of(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    arena_init(&arena, NULL);
    check(&arena, (struct span){(const char *)bytes, n});
    check(&arena, packed(&arena, bytes, n));
    arena_free(&arena);
    return 0;
}
