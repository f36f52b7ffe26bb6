/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/file.h"

/*
 * A frame: four bytes length of what follows, lowest first; one byte kind; the text of a begin or a
 * note, or a document: one byte of presence bits, then what they announce, then its bytes.
 */
enum {
    HEAD = 4,
    HAS_TAKEN_AT = 1,
    HAS_DURATION = 2,
    HAS_VANTAGE = 4,
    HAS_FAULT = 8,
    ALL_BITS = 15
};

enum { MAX_WORD = 32, HEADER_SIZE = 2048, FIRST_SIZE = 16 * 1024 };

static const int64_t last_time = 253402300799; /* 9999-12-31T23:59:59Z: what time.h prints */

/* Fields in front of a document's bytes: 512 + 255 + 32 + 127 + 319 and 30 for numbers. */
struct header {
    unsigned char bytes[HEADER_SIZE];
    size_t n;
};

static void put_number(struct header *header, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        header->bytes[header->n++] = (unsigned char)(value >> (8 * i) & 0xff);
}

static void put_string(struct header *header, struct span text, size_t max)
{
    text = text_head(text, max);
    put_number(header, text.n, 2);
    if (text.n > 0)
        memcpy(header->bytes + header->n, text.p, text.n);
    header->n += text.n;
}

bool wire_is_id(struct span id)
{
    bool begins = true;
    if (id.n == 0 || id.n > WIRE_MAX_ID || id.p[id.n - 1] == '/')
        return false;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
        if (!letter && (begins || (c != '.' && c != '/')))
            return false;
        begins = c == '/';
    }
    return true;
}

static bool is_time(int64_t seconds)
{
    return seconds >= 0 && seconds <= last_time;
}

static void put_document(struct header *header, const struct document *document,
                         const struct fault *fault)
{
    const struct span vantage = text_of(document->vantage);
    put_number(header,
               (document->has_taken_at ? HAS_TAKEN_AT : 0U) |
                   (document->has_duration ? HAS_DURATION : 0U) |
                   (vantage.n > 0 ? HAS_VANTAGE : 0U) | (fault ? HAS_FAULT : 0U),
               1);
    put_string(header, text_of(document->id), WIRE_MAX_ID);
    if (document->has_taken_at)
        put_number(header, (uint64_t)document->taken_at, 8);
    if (document->has_duration)
        put_number(header, document->duration_ms, 4);
    if (vantage.n > 0)
        put_string(header, vantage, WIRE_MAX_VANTAGE);
    if (fault == NULL)
        return;
    put_string(header, text_of(fault_word(fault->kind)), MAX_WORD);
    put_number(header, fault->line, 4);
    put_string(header, text_of(fault->origin), sizeof(fault->origin) - 1);
    put_string(header, text_of(fault->text), sizeof(fault->text) - 1);
}

/* FRAME as HEADER, in front of it its length, and the REST behind it. False: it cannot be sent. */
static bool build(const struct wire_frame *frame, struct header *header, struct span *rest)
{
    const struct document *document = &frame->document;
    struct fault too_big;
    *header = (struct header){.n = HEAD};
    put_number(header, frame->kind, 1);
    if (frame->kind == WIRE_BEGIN && !wire_is_id(frame->text))
        return false;
    *rest = text_head(frame->text, frame->kind == WIRE_END ? 0 : WIRE_MAX_NOTE);
    if (frame->kind == WIRE_DOCUMENT) {
        if (!wire_is_id(text_of(document->id)) ||
            (document->has_taken_at && !is_time(document->taken_at)) ||
            (document->has_duration && document->duration_ms > INT32_MAX) ||
            (document->fault != NULL &&
             (document->fault->kind <= FAULT_NONE || document->fault->kind >= FAULT_KINDS)))
            return false;
        *rest = document->bytes;
        const struct fault *fault = document->fault;
        if (rest->n > WIRE_MAX_FRAME - HEADER_SIZE) {
            (void)fault_set(&too_big, FAULT_TOO_BIG, document->id, 0, "%zu bytes, the limit is %d",
                            rest->n, WIRE_MAX_FRAME - HEADER_SIZE);
            fault = &too_big;
            rest->n = 0;
        }
        put_document(header, document, fault);
    }
    const size_t end = header->n;
    header->n = 0;
    put_number(header, end - HEAD + rest->n, HEAD);
    header->n = end;
    return true;
}

bool wire_send(int fd, const struct wire_frame *frame)
{
    struct header header;
    struct span rest;
    if (!build(frame, &header, &rest))
        return false;
    if (rest.n > 0 && rest.n <= sizeof(header.bytes) - header.n) {
        memcpy(header.bytes + header.n, rest.p, rest.n);
        header.n += rest.n;
        rest.n = 0;
    }
    return file_write_all(fd, (struct span){(const char *)header.bytes, header.n}) &&
           file_write_all(fd, rest);
}

bool wire_print(struct arena *arena, const struct wire_frame *frame, struct span *bytes)
{
    struct header header;
    struct span rest;
    if (!build(frame, &header, &rest))
        return false;
    char *all = arena_alloc(arena, header.n + rest.n);
    memcpy(all, header.bytes, header.n);
    if (rest.n > 0)
        memcpy(all + header.n, rest.p, rest.n);
    *bytes = (struct span){all, header.n + rest.n};
    return true;
}

void wire_feed(struct wire_reader *reader, const char *bytes, size_t n)
{
    if (reader->broken || n == 0)
        return;
    if (reader->at > 0) {
        reader->used -= reader->at;
        memmove(reader->buffer, reader->buffer + reader->at, reader->used);
        reader->at = 0;
    }
    if (n > reader->size - reader->used) {
        size_t size = reader->size == 0 ? FIRST_SIZE : reader->size;
        while (size - reader->used < n && size < SIZE_MAX / 4)
            size *= 2;
        char *grown = size - reader->used < n ? NULL : realloc(reader->buffer, size);
        if (grown == NULL) {
            reader->broken = true;
            return;
        }
        reader->buffer = grown;
        reader->size = size;
    }
    memcpy(reader->buffer + reader->used, bytes, n);
    reader->used += n;
}

/* Each take_… reads a field at the cursor and says whether there was a whole one. */
static bool take_number(struct cursor *cursor, size_t bytes, uint64_t *value)
{
    struct span rest = text_rest(cursor);
    if (rest.n < bytes)
        return false;
    *value = 0;
    for (size_t i = 0; i < bytes; i++)
        *value |= (uint64_t)(unsigned char)rest.p[i] << (8 * i);
    cursor->p += bytes;
    return true;
}

static bool take_string(struct cursor *cursor, size_t max, struct span *text)
{
    uint64_t n;
    if (!take_number(cursor, 2, &n) || n > max || n > text_rest(cursor).n)
        return false;
    *text = text_head(text_rest(cursor), (size_t)n);
    cursor->p += n;
    return true;
}

/* As one clean line that fits into SIZE bytes: result_clean() may add an ellipsis of three. */
static const char *clean(struct arena *arena, struct span text, size_t size)
{
    return result_clean(arena, text, size - 4);
}

static bool take_fault(struct cursor *cursor, struct arena *arena, const struct fault **kept)
{
    struct fault fault;
    struct span word, origin, text;
    uint64_t line;
    if (!take_string(cursor, MAX_WORD, &word) || !take_number(cursor, 4, &line) ||
        !take_string(cursor, sizeof(fault.origin) - 1, &origin) ||
        !take_string(cursor, sizeof(fault.text) - 1, &text))
        return false;
    enum fault_kind kind = fault_kind_of(word);
    if (!text_is(word, fault_word(kind)))
        return false;
    (void)fault_set(&fault, kind, clean(arena, origin, sizeof(fault.origin)), (unsigned)line, "%s",
                    clean(arena, text, sizeof(fault.text)));
    *kept = fault_keep(arena, &fault);
    return true;
}

static bool take_document(struct cursor *cursor, struct arena *arena, struct document *document)
{
    uint64_t bits, number;
    struct span id, vantage;
    if (!take_number(cursor, 1, &bits) || (bits & ~(uint64_t)ALL_BITS) != 0 ||
        !take_string(cursor, WIRE_MAX_ID, &id) || !wire_is_id(id))
        return false;
    document->id = arena_dup(arena, id);
    document->has_taken_at = (bits & HAS_TAKEN_AT) != 0;
    if (document->has_taken_at) {
        if (!take_number(cursor, 8, &number) || number > (uint64_t)last_time)
            return false;
        document->taken_at = (int64_t)number;
    }
    document->has_duration = (bits & HAS_DURATION) != 0;
    if (document->has_duration) {
        if (!take_number(cursor, 4, &number) || number > INT32_MAX)
            return false;
        document->duration_ms = (unsigned)number;
    }
    if ((bits & HAS_VANTAGE) != 0) {
        if (!take_string(cursor, WIRE_MAX_VANTAGE, &vantage))
            return false;
        document->vantage = clean(arena, vantage, WIRE_MAX_VANTAGE + 1);
    }
    if ((bits & HAS_FAULT) != 0 && !take_fault(cursor, arena, &document->fault))
        return false;
    struct span bytes = text_rest(cursor);
    document->bytes = (struct span){arena_dup(arena, bytes), bytes.n};
    return true;
}

static bool take_frame(struct span body, struct arena *arena, struct wire_frame *frame)
{
    struct cursor cursor = text_cursor(body);
    uint64_t kind;
    if (!take_number(&cursor, 1, &kind) || kind > WIRE_END)
        return false;
    *frame = (struct wire_frame){.kind = (enum wire_kind)kind};
    struct span rest = text_rest(&cursor);
    switch (frame->kind) {
    case WIRE_BEGIN:
        frame->text = (struct span){arena_dup(arena, text_head(rest, WIRE_MAX_ID)), rest.n};
        return wire_is_id(rest);
    case WIRE_NOTE:
        frame->text = text_of(clean(arena, text_head(rest, WIRE_MAX_NOTE), WIRE_MAX_NOTE));
        return rest.n <= WIRE_MAX_NOTE;
    case WIRE_DOCUMENT:
        return take_document(&cursor, arena, &frame->document);
    case WIRE_END:
        break;
    }
    return rest.n == 0;
}

bool wire_next(struct wire_reader *reader, struct arena *arena, struct wire_frame *frame)
{
    uint64_t length;
    if (reader->broken || reader->at == reader->used)
        return false;
    struct cursor cursor = {reader->buffer + reader->at, reader->buffer + reader->used};
    if (!take_number(&cursor, HEAD, &length))
        return false;
    if (length == 0 || length > WIRE_MAX_FRAME) {
        reader->broken = true;
        return false;
    }
    if (text_rest(&cursor).n < length)
        return false;
    if (!take_frame(text_head(text_rest(&cursor), (size_t)length), arena, frame)) {
        reader->broken = true;
        return false;
    }
    reader->at += HEAD + (size_t)length;
    return true;
}

void wire_free(struct wire_reader *reader)
{
    free(reader->buffer);
    *reader = (struct wire_reader){.buffer = NULL};
}
