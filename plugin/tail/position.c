/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/tail/position.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/output.h"
#include "plugin/tail/piece.h"

static const char schema[] = "postcheck.position/1";

/* JSON has no 64 bits without sign: hashes are written as hexadecimal digits. */
static json_t *hex(uint64_t value)
{
    return json_sprintf("%016" PRIx64, value);
}

static bool from_hex(const char *text, uint64_t *value)
{
    char *end;
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *value = strtoull(text, &end, 16);
    return *end == '\0';
}

/* -- Writing -------------------------------------------------------------------------------- */

static json_t *entry_of(const struct position *p)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:i, s:o, s:i}", "path",
                     json_string_nocheck(p->path), "device", hex(p->device), "inode", hex(p->inode),
                     "born_ns", (json_int_t)p->born_ns, "seen_ns", (json_int_t)p->seen_ns, "offset",
                     (json_int_t)p->offset, "line", (json_int_t)p->line, "head", hex(p->head),
                     "head_n", (int)p->head_n, "before", hex(p->before), "before_n",
                     (int)p->before_n);
}

static json_t *head_of(const struct position *positions, size_t count, struct span blob)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, entry_of(&positions[i]));
    return json_pack("{s:s, s:o, s:I, s:o}", "schema", schema, "positions", list, "state_bytes",
                     (json_int_t)blob.n, "state_hash", hex(piece_hash(0, blob.p, blob.n)));
}

static bool write_all(FILE *file, const json_t *head, struct span blob)
{
    return head != NULL && json_dumpf(head, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF &&
           fwrite(blob.p, 1, blob.n, file) == blob.n && fflush(file) == 0 &&
           fdatasync(fileno(file)) == 0;
}

bool position_save(const char *path, const struct position *positions, size_t count,
                   struct span blob, struct fault *fault)
{
    struct arena arena;
    struct output output;
    blob.p = blob.p == NULL ? "" : blob.p;
    if (count > POSITION_MAX_COUNT || blob.n > POSITION_MAX_BLOB)
        return fault_set(fault, FAULT_TOO_BIG, path, 0,
                         "%zu logs and %zu bytes are too much to be kept", count, blob.n);
    arena_init(&arena, NULL);
    bool saved = output_open(&arena, path, &output, fault);
    if (saved) {
        json_t *head = head_of(positions, count, blob);
        errno = EINVAL; /* of a path that is no text */
        saved = write_all(output.file, head, blob);
        if (!saved)
            (void)fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s",
                            strerror(errno));
        saved = output_close(&output, saved, saved ? fault : NULL) && saved;
        json_decref(head);
    }
    arena_free(&arena);
    return saved;
}

/* -- Reading -------------------------------------------------------------------------------- */

static bool read_entry(struct arena *arena, json_t *entry, struct position *p)
{
    const char *path, *device, *inode, *head, *before;
    json_int_t born, seen, offset, line;
    int head_n, before_n;
    if (json_unpack(entry, "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:i, s:s, s:i}", "path", &path,
                    "device", &device, "inode", &inode, "born_ns", &born, "seen_ns", &seen,
                    "offset", &offset, "line", &line, "head", &head, "head_n", &head_n, "before",
                    &before, "before_n", &before_n) != 0)
        return false;
    *p = (struct position){.path = arena_dup(arena, text_of(path)),
                           .born_ns = born,
                           .seen_ns = seen,
                           .offset = offset,
                           .line = line,
                           .head_n = (uint32_t)head_n,
                           .before_n = (uint32_t)before_n};
    return offset >= 0 && line >= 0 && head_n >= 0 && head_n <= PIECE_HEAD && before_n >= 0 &&
           before_n <= PIECE_BEFORE && from_hex(device, &p->device) && from_hex(inode, &p->inode) &&
           from_hex(head, &p->head) && from_hex(before, &p->before);
}

static bool read_head(struct arena *arena, json_t *root, struct span blob,
                      struct position **positions, size_t *count)
{
    const char *found, *hash;
    json_int_t bytes;
    json_t *list;
    uint64_t wanted;
    if (json_unpack(root, "{s:s, s:o, s:I, s:s}", "schema", &found, "positions", &list,
                    "state_bytes", &bytes, "state_hash", &hash) != 0 ||
        strcmp(found, schema) != 0 || !json_is_array(list) ||
        json_array_size(list) > POSITION_MAX_COUNT || bytes < 0 || (size_t)bytes != blob.n ||
        !from_hex(hash, &wanted) || wanted != piece_hash(0, blob.p, blob.n))
        return false;
    *count = json_array_size(list);
    *positions = arena_array(arena, *count, sizeof(**positions));
    for (size_t i = 0; i < *count; i++)
        if (!read_entry(arena, json_array_get(list, i), &(*positions)[i]))
            return false;
    return true;
}

bool position_load(struct arena *arena, const char *path, struct position **positions,
                   size_t *count, struct span *blob, struct fault *fault)
{
    struct span bytes, head;
    *positions = NULL;
    *count = 0;
    if (!file_read(arena, path, (size_t)POSITION_MAX_BLOB + 16 * 1024 * 1024, &bytes, fault))
        return false;
    json_t *root = NULL;
    if (text_cut(bytes, '\n', &head, blob))
        root = json_loadb(head.p, head.n, 0, NULL);
    bool read = root != NULL && read_head(arena, root, *blob, positions, count);
    json_decref(root);
    return read || fault_set(fault, FAULT_SYNTAX, path, 0,
                             "is no position of ours, or it is damaged: remove it to read the logs "
                             "from their start");
}
