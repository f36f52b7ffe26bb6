/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line.h"

#include <string.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/line_avx2.h"
#include "checks/maillog/line_portable.h"

bool line_init(struct line_reader *reader, enum line_path path)
{
    bool avx2 = line_avx2_possible();
    memset(reader, 0, offsetof(struct line_reader, sources));
    reader->table = line_table_shared();
    if (reader->table == NULL)
        return false;
    line_want(reader, LINE_EFFECTS);
    reader->head_mask = LINE_HEAD_ODD;
    reader->path = path != LINE_BEST ? path : avx2 ? LINE_AVX2 : LINE_PORTABLE;
    return reader->path != LINE_AVX2 || avx2;
}

void line_want(struct line_reader *reader, enum line_wish wish)
{
    for (unsigned i = 0; i < FAMILY_COUNT; i++) {
        enum family_use use = family_use((enum family)i);
        bool wanted = wish == LINE_ALL || (wish >= LINE_EFFECTS && use >= FAMILY_USE_LINK) ||
                      (wish == LINE_DETAILS && use == FAMILY_USE_DETAIL);
        reader->wanted[i] = !wanted ? 0 : use != FAMILY_USE_QUIET ? (uint8_t)use : LINE_EVERY;
    }
    reader->loud_count = 0;
    for (unsigned i = 1; i <= reader->table->count; i++) {
        const struct line_form *form = &reader->table->forms[i];
        reader->family[i] = form->family;
        reader->quiet[i] = form->shape == LINE_PLAIN && reader->wanted[form->family] == 0;
        if (reader->quiet[i] == 0)
            reader->loud[reader->loud_count++] = (uint8_t)i;
    }
}

bool line_sniff(struct line_reader *reader, struct span bytes)
{
    struct span line;
    struct envelope envelope;
    for (bool more = true; more;) {
        while (bytes.n != 0 && *bytes.p == '\n')
            bytes = text_skip(bytes, 1);
        more = text_cut(bytes, '\n', &line, &bytes);
        if (envelope_read(line, true, &envelope)) {
            reader->timeless = envelope.timeless;
            return true;
        }
    }
    return false;
}

static void copy_name(char *to, struct span name)
{
    size_t n = name.n < 63 ? name.n : 63;
    if (n != 0)
        memcpy(to, name.p, n);
    to[n] = '\0';
}

static uint8_t source_of(struct line_reader *reader, const struct envelope *envelope)
{
    struct line_source source = {
        .yearless = envelope->yearless, .timeless = envelope->timeless, .known_as = UINT16_MAX};
    copy_name(source.host, envelope->host);
    copy_name(source.tag, envelope->tag);
    for (uint8_t i = 0; i < reader->source_count; i++) {
        const struct line_source *known = &reader->sources[i];
        if (known->yearless == source.yearless && known->timeless == source.timeless &&
            strcmp(known->host, source.host) == 0 && strcmp(known->tag, source.tag) == 0)
            return i;
    }
    if (reader->source_count == LINE_SOURCES)
        return LINE_SOURCES - 1;
    reader->sources[reader->source_count] = source;
    return reader->source_count++;
}

uint32_t line_head(struct line_reader *reader, struct span line)
{
    struct envelope envelope;
    if (!envelope_read(text_head(line, LINE_MAX_BYTES), reader->timeless, &envelope))
        return UINT32_MAX;
    if (envelope.timeless)
        envelope.when = reader->when;
    reader->when = envelope.when;
    reader->level = envelope.level;
    reader->source = source_of(reader, &envelope);
    reader->head_n = 0;
    reader->head_mask = LINE_HEAD_ODD;
    if (envelope.size <= sizeof(reader->head) - LINE_SLACK && !envelope.bare) {
        memcpy(reader->head, line.p, envelope.size);
        reader->head_n = envelope.size;
        reader->head_mask = envelope.size > 32 ? LINE_HEAD_ODD : line_table_mask(envelope.size);
    }
    return envelope.size;
}

size_t line_read(struct line_reader *reader, const char *bytes, size_t n, struct line_event *events,
                 size_t room, size_t *count, size_t *lines)
{
    return (reader->path == LINE_AVX2 ? line_avx2_read : line_portable_read)(
        reader, bytes, n, events, room, count, lines);
}
