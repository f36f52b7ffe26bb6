/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What a hostile child may write into its pipe. The first byte is the size of the pieces that it
 * comes in: they must not matter. A frame that was taken can be sent, and is read back the same.
 */
#include "plugin/wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool is_line(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static void check_document(const struct document *document)
{
    if (!wire_is_id(text_of(document->id)) || (document->bytes.n > 0 && document->bytes.p == NULL))
        abort();
    if (document->vantage != NULL && !is_line(document->vantage))
        abort();
    if (document->fault != NULL &&
        (document->fault->kind <= FAULT_NONE || document->fault->kind >= FAULT_KINDS ||
         !is_line(document->fault->text) || !is_line(document->fault->origin)))
        abort();
}

static void check_frame(const struct wire_frame *frame)
{
    if (frame->kind == WIRE_BEGIN && !wire_is_id(frame->text))
        abort();
    if (frame->kind == WIRE_NOTE && (!is_line(frame->text.p) || frame->text.n > WIRE_MAX_NOTE))
        abort();
    if (frame->kind == WIRE_DOCUMENT)
        check_document(&frame->document);
}

/* Sends FRAME into a file without a name and reads it back. */
static void check_round(struct arena *arena, const struct wire_frame *frame)
{
    struct wire_reader reader = {.buffer = NULL};
    struct wire_frame back;
    char piece[4096];
    int fd = memfd_create("wire", MFD_CLOEXEC);
    if (fd < 0)
        return;
    if (!wire_send(fd, frame) || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    for (ssize_t got; (got = read(fd, piece, sizeof(piece))) > 0;)
        wire_feed(&reader, piece, (size_t)got);
    (void)close(fd);
    if (!wire_next(&reader, arena, &back) || back.kind != frame->kind ||
        !text_same(back.text, frame->text) ||
        !text_same(back.document.bytes, frame->document.bytes) || reader.at != reader.used)
        abort();
    wire_free(&reader);
}

static size_t read_all(struct arena *arena, struct span input, size_t piece, bool round)
{
    struct wire_reader reader = {.buffer = NULL};
    struct wire_frame frame;
    size_t count = 0;
    while (input.n > 0) {
        struct span head = text_head(input, piece);
        wire_feed(&reader, head.p, head.n);
        input = text_skip(input, head.n);
        for (; wire_next(&reader, arena, &frame); count++) {
            check_frame(&frame);
            if (round)
                check_round(arena, &frame);
        }
    }
    wire_free(&reader);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    if (n == 0)
        return 0;
    const struct span input = {(const char *)bytes + 1, n - 1};
    arena_init(&arena, NULL);
    if (read_all(&arena, input, SIZE_MAX, true) !=
        read_all(&arena, input, (size_t)bytes[0] + 1, false))
        abort();
    arena_free(&arena);
    return 0;
}
