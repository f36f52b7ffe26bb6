/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_WIRE_H
#define PLUGIN_WIRE_H

/*
 * What the process that asks one appliance sends to its parent over a pipe: frames "begin",
 * "document", "note", "end". The parent trusts no byte of it: the child has talked to a hostile
 * host.
 */

#include "checks/fleet.h"

/*
 * Longest strings: a frame with a longer one is no frame. The sender cuts notes, vantages and
 * faults to their length; an id that is no id cannot be sent.
 */
enum {
    WIRE_MAX_FRAME = 33 * 1024 * 1024,
    WIRE_MAX_ID = 512,
    WIRE_MAX_NOTE = 1024,
    WIRE_MAX_VANTAGE = 255
};

enum wire_kind { WIRE_BEGIN, WIRE_DOCUMENT, WIRE_NOTE, WIRE_END };

struct wire_frame {
    enum wire_kind kind;
    struct span text;         /* BEGIN: document id; NOTE: line */
    struct document document; /* DOCUMENT */
};

/*
 * May ID be the id of a document: a relative path of letters, digits, '.', '_', '-', of which no
 * part is empty or begins with '.'? Ids become paths.
 */
bool wire_is_id(struct span id);

/*
 * Writes one frame whole. False when the reader is gone (SIGPIPE is to be ignored) or when the
 * document's id, time or fault cannot be sent. A document that is larger than a frame is sent as
 * FAULT_TOO_BIG.
 */
bool wire_send(int fd, const struct wire_frame *frame);

/* The same into ARENA. */
bool wire_print(struct arena *arena, const struct wire_frame *frame, struct span *bytes);

/*
 * Reassembles frames from pieces of any size; begins as zeros. Memory grows with the bytes that
 * came, not with the length that a frame claims, and is bounded by the largest frame as long as
 * wire_next() is called until false behind each wire_feed().
 */
struct wire_reader {
    char *buffer;
    size_t at, used, size; /* frames are read at AT; bytes are there up to USED */
    bool broken;           /* not a frame: nothing more is read */
};

void wire_feed(struct wire_reader *reader, const char *bytes, size_t n);

/*
 * Next whole frame, copied into ARENA; false when there is none yet. Notes, vantages and the texts
 * of faults are one clean line (result_clean()); ids have been checked with wire_is_id().
 */
bool wire_next(struct wire_reader *reader, struct arena *arena, struct wire_frame *frame);
void wire_free(struct wire_reader *reader);

#endif
