/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/messages.h"

#include <stdlib.h>
#include <string.h>

#include "checks/maillog/verdict.h"

enum { KNOWN = 256, REFRESH = 65536 };

enum birth { RECEIVED, GENERATED, REWRITTEN, SPLIT, OLDER, BIRTHS };

struct known {
    bool has_offset;
    int32_t offset;
    size_t n;
    char name[64];
};

/* A word with all that is around it in a line: more than its bytes are copied, they are so few. */
struct piece {
    size_t n;
    char text[24];
};

struct messages {
    struct emit emit;
    struct flow *flow;
    struct flow_summary *summary;
    struct known known[KNOWN];
    size_t known_count;
    uint64_t since_refresh;
    struct piece classes[FLOW_CLASSES], ways[FLOW_WAYS], births[BIRTHS];
};

static void set_piece(struct piece *piece, const char *name, const char *word)
{
    piece->n = (size_t)snprintf(piece->text, sizeof(piece->text), ",\"%s\":\"%s\"", name, word);
}

static void set_pieces(struct messages *m)
{
    static const char *const births[] = {[RECEIVED] = "received",
                                         [GENERATED] = "generated",
                                         [REWRITTEN] = "rewritten",
                                         [SPLIT] = "split",
                                         [OLDER] = "older"};
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        set_piece(&m->classes[i], "class", flow_class_word((enum flow_class)i));
    for (unsigned i = 0; i < FLOW_WAYS; i++)
        set_piece(&m->ways[i], "way", verdict_way_word((enum flow_direction)i));
    for (unsigned i = 0; i < BIRTHS; i++)
        set_piece(&m->births[i], "birth", births[i]);
}

struct messages *messages_new(FILE *out)
{
    struct messages *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return NULL;
    m->summary = calloc(1, sizeof(*m->summary));
    if (m->summary == NULL) {
        free(m);
        return NULL;
    }
    set_pieces(m);
    emit_begin(&m->emit, out);
    return m;
}

void messages_free(struct messages *messages)
{
    if (messages == NULL)
        return;
    free(messages->summary);
    free(messages);
}

void messages_of(struct messages *messages, struct flow *flow)
{
    messages->flow = flow;
    messages->known_count = 0;
}

void messages_flush(struct messages *messages)
{
    emit_flush(&messages->emit);
}

/* The header of a file names zone and appliance before its messages; another may change them. */
static const struct known *known_of(struct messages *m, unsigned appliance)
{
    if (m->flow != NULL && (appliance >= m->known_count || m->since_refresh++ >= REFRESH) &&
        flow_summary_appliances(m->flow, m->summary)) {
        m->since_refresh = 0;
        m->known_count = 0;
        for (; m->known_count < m->summary->appliance_count && m->known_count < KNOWN;
             m->known_count++) {
            const struct flow_appliance *a = &m->summary->appliances[m->known_count];
            struct known *known = &m->known[m->known_count];
            known->has_offset = a->has_offset;
            known->offset = a->utc_offset_s;
            memcpy(known->name, a->serial[0] != '\0' ? a->serial : a->host, sizeof(known->name));
            known->n = strlen(known->name);
        }
    }
    return appliance < m->known_count ? &m->known[appliance] : NULL;
}

/* Python writes 'x' or "x"; since 14.x some are bare (mail-logs.md (a), Strings). */
static inline struct span unquoted(struct span text)
{
    if (text.n >= 2 && (text.p[0] == '\'' || text.p[0] == '"') && text.p[text.n - 1] == text.p[0])
        return (struct span){text.p + 1, text.n - 2};
    return text;
}

static char *put_piece(char *p, const struct piece *piece)
{
    memcpy(p, piece->text, sizeof(piece->text));
    return p + piece->n;
}

static enum birth birth_of(const struct flow_message *message)
{
    return message->older       ? OLDER
           : message->split     ? SPLIT
           : message->rewritten ? REWRITTEN
           : message->generated ? GENERATED
                                : RECEIVED;
}

#define PUT_NUMBER(p, name, value) emit_number(EMIT(p, ",\"" name "\":"), value)
#define PUT_TIME(p, name, seconds)                                                                 \
    ((seconds) == 0 ? (p) : emit_time(e, EMIT(p, ",\"" name "\":"), seconds, offset))
#define PUT_TEXT(p, name, text)                                                                    \
    ((text).n == 0 ? (p) : emit_string(e, EMIT(p, ",\"" name "\":"), text))

/* What is there of every message: less than EMIT_MARGIN bytes. */
static char *put_numbers(struct messages *messages, char *p, const struct flow_message *m,
                         const int32_t *offset)
{
    struct emit *e = &messages->emit;
    p = put_piece(p, &messages->classes[m->class]);
    p = put_piece(p, &messages->ways[m->way]);
    p = put_piece(p, &messages->births[birth_of(m)]);
    if (m->icid != 0)
        p = PUT_NUMBER(p, "icid", m->icid);
    if (m->parent != 0)
        p = PUT_NUMBER(p, "parent", m->parent);
    p = PUT_TIME(p, "ready", m->ready);
    p = PUT_TIME(p, "queued", m->queued);
    p = PUT_TIME(p, "done", m->done);
    p = PUT_TIME(p, "last", m->last);
    if (m->ready != 0 && m->queued >= m->ready)
        p = PUT_NUMBER(p, "scan_s", (uint64_t)(m->queued - m->ready));
    if (m->queued != 0 && m->done >= m->queued)
        p = PUT_NUMBER(p, "delivery_s", (uint64_t)(m->done - m->queued));
    if (m->bytes != 0)
        p = PUT_NUMBER(p, "bytes", m->bytes);
    p = PUT_NUMBER(p, "recipients", m->recipients);
    p = PUT_NUMBER(p, "delivered", m->delivered);
    p = PUT_NUMBER(p, "bounced", m->bounced);
    return PUT_NUMBER(p, "quarantined", m->quarantined);
}

static char *put_texts(struct emit *e, char *p, const struct flow_message *m)
{
    p = PUT_TEXT(p, "from", m->from);
    if (m->to_count > 0) {
        p = EMIT(p, ",\"to\":[");
        for (size_t i = 0; i < m->to_count; i++)
            p = EMIT(emit_string(e, p, m->to[i]), ",");
        p[-1] = ']';
    }
    p = PUT_TEXT(p, "subject", unquoted(m->subject));
    p = PUT_TEXT(p, "message_id", unquoted(m->message_id));
    return PUT_TEXT(p, "reason", unquoted(m->reason));
}

void messages_put(void *context, const struct flow_message *m)
{
    struct messages *messages = context;
    struct emit *e = &messages->emit;
    const struct known *known = known_of(messages, m->appliance);
    char *p = emit_number(EMIT(emit_room(e), "{\"mid\":"), m->mid);
    if (known != NULL && known->n != 0)
        p = emit_string(e, EMIT(p, ",\"appliance\":"), (struct span){known->name, known->n});
    p = put_numbers(messages, p, m, known != NULL && known->has_offset ? &known->offset : NULL);
    emit_end(e, EMIT(put_texts(e, p, m), "}\n"));
}
