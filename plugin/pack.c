/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/pack.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#define ZLIB_CONST /* next_in may point to what must not be written */
#include <zlib.h>

#include "plugin/wire.h"

/* Of what is packed; as much as a process that asks may send (runner.c). */
enum { MAX_BYTES = 64 * 1024 * 1024, PIECE = 64 * 1024, GZIP = 15 + 16, MEMORY = 8 };

static const char head[] = "postcheck.answers/1 ";

/* ---- packing ---- */

/* The frames of NODE's documents, one behind the other. False: one cannot be sent. */
static bool print_frames(struct arena *arena, const struct node *node, struct span *all)
{
    const size_t count = node->document_count + 1;
    struct span *frames = arena_array(arena, count, sizeof(*frames));
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct wire_frame frame = {.kind = WIRE_END};
        if (i + 1 < count)
            frame = (struct wire_frame){.kind = WIRE_DOCUMENT, .document = node->documents[i]};
        if (!wire_print(arena, &frame, &frames[i]) || frames[i].n > MAX_BYTES - total)
            return false;
        total += frames[i].n;
    }
    char *to = arena_alloc(arena, total);
    *all = (struct span){to, total};
    for (size_t i = 0; i < count; to += frames[i].n, i++)
        memcpy(to, frames[i].p, frames[i].n);
    return true;
}

static struct span squeeze(struct arena *arena, struct span bytes)
{
    z_stream stream = {.next_in = (const Bytef *)bytes.p, .avail_in = (uInt)bytes.n};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return (struct span){NULL, 0};
    const size_t size = deflateBound(&stream, (uLong)bytes.n);
    char *to = arena_alloc(arena, size);
    stream.next_out = (Bytef *)to;
    stream.avail_out = (uInt)size;
    const int code = deflate(&stream, Z_FINISH);
    const size_t n = size - stream.avail_out;
    (void)deflateEnd(&stream);
    return (struct span){to, code == Z_STREAM_END ? n : 0};
}

const char *pack_print(struct arena *arena, const struct node *node)
{
    struct span all;
    if (!print_frames(arena, node, &all))
        return NULL;
    const struct span packed = squeeze(arena, all);
    if (packed.n == 0)
        return NULL;
    char *text = arena_alloc(arena, sizeof(head) + (packed.n + 2) / 3 * 4);
    memcpy(text, head, sizeof(head));
    (void)EVP_EncodeBlock((unsigned char *)text + sizeof(head) - 1, (const unsigned char *)packed.p,
                          (int)packed.n);
    return text;
}

/* ---- unpacking ---- */

bool pack_is(struct span text)
{
    return text_starts(text, head);
}

static bool decode(struct arena *arena, struct span text, struct span *packed)
{
    if (text.n == 0 || text.n % 4 != 0 || text.n > MAX_BYTES)
        return false;
    unsigned char *to = arena_alloc(arena, text.n / 4 * 3);
    int n = EVP_DecodeBlock(to, (const unsigned char *)text.p, (int)text.n);
    for (size_t i = text.n; n > 0 && i > text.n - 2 && text.p[i - 1] == '='; i--)
        n--;
    *packed = (struct span){(const char *)to, n < 0 ? 0 : (size_t)n};
    return n > 0;
}

struct unpacking {
    struct arena *arena;
    struct wire_reader reader;
    void (*take)(void *context, const struct document *document);
    void *context;
    bool ended;
};

/* False: it is no frame, or one that has no place here. */
static bool take_frames(struct unpacking *u, const unsigned char *bytes, size_t n)
{
    struct wire_frame frame;
    wire_feed(&u->reader, (const char *)bytes, n);
    while (wire_next(&u->reader, u->arena, &frame)) {
        if (u->ended || (frame.kind != WIRE_DOCUMENT && frame.kind != WIRE_END))
            return false;
        u->ended = frame.kind == WIRE_END;
        if (!u->ended)
            u->take(u->context, &frame.document);
    }
    return !u->reader.broken;
}

static bool unpack(struct unpacking *u, z_stream *stream, struct fault *fault)
{
    unsigned char piece[PIECE];
    int code = Z_OK;
    while (code == Z_OK) {
        stream->next_out = piece;
        stream->avail_out = sizeof(piece);
        code = inflate(stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END)
            break;
        if (stream->total_out > MAX_BYTES)
            return fault_set(fault, FAULT_TOO_BIG, NULL, 0, "more than %d MiB when unpacked",
                             MAX_BYTES / 1024 / 1024);
        if (!take_frames(u, piece, sizeof(piece) - stream->avail_out))
            return fault_set(fault, FAULT_SYNTAX, NULL, 0, "bytes that are no answers");
    }
    if (code == Z_STREAM_END && u->ended && stream->avail_in == 0)
        return true;
    return code == Z_BUF_ERROR || code == Z_STREAM_END
               ? fault_set(fault, FAULT_CUT, NULL, 0, "the end of the answers is missing")
               : fault_set(fault, FAULT_SYNTAX, NULL, 0, "bytes that are not packed as they were");
}

bool pack_read(struct arena *arena, struct span text,
               void (*take)(void *context, const struct document *document), void *context,
               struct fault *fault)
{
    struct unpacking u = {.arena = arena, .take = take, .context = context};
    struct span packed;
    z_stream stream = {.avail_in = 0};
    if (!pack_is(text))
        return fault_set(fault, FAULT_SYNTAX, NULL, 0, "bytes that are no answers");
    if (!decode(arena,
                text_trim((struct span){text.p + sizeof(head) - 1, text.n - sizeof(head) + 1}),
                &packed))
        return fault_set(fault, FAULT_CUT, NULL, 0, "the end of the answers is missing");
    stream.next_in = (const Bytef *)packed.p;
    stream.avail_in = (uInt)packed.n;
    if (inflateInit2(&stream, GZIP) != Z_OK)
        return fault_set(fault, FAULT_INTERNAL, NULL, 0, "cannot be unpacked: out of memory");
    const bool done = unpack(&u, &stream, fault);
    (void)inflateEnd(&stream);
    wire_free(&u.reader);
    return done;
}
