/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/cef.h"

#include <stddef.h>
#include <string.h>

enum { HEADER_FIELDS = 6, KEY_BYTES = 64, MAX_DEPTH = 64, EPOCH_MS_DIGITS = 13, CEF_LONG = 900 };

/* One field of the header: up to '|'; "\|" and "\\" are part of it. */
static bool header_field(struct cursor *c, struct span *field)
{
    const char *begin = c->p;
    for (const char *p = begin; p < c->end; p++) {
        if (*p == '\\' && c->end - p > 1) {
            p++;
        } else if (*p == '|') {
            *field = (struct span){begin, (size_t)(p - begin)};
            c->p = p + 1;
            return true;
        }
    }
    return false;
}

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

/* "KEY=" at P. NULL: there is none; else behind it. */
static const char *key_end(const char *p, const char *end, struct span *key)
{
    const char *begin = p;
    while (p < end && p - begin < KEY_BYTES && is_key_byte(*p))
        p++;
    if (p == begin || p == end || *p != '=')
        return NULL;
    *key = (struct span){begin, (size_t)(p - begin)};
    return p + 1;
}

/* Behind the Python string that begins at P; NULL: it does not end. */
static const char *string_end(const char *p, const char *end)
{
    const char quote = *p++;
    for (; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return NULL;
}

/* Behind the Python dict or list that begins at P. NULL: it is none, or (*TORN) does not end. */
static const char *dict_end(const char *p, const char *end, bool *torn)
{
    char open[MAX_DEPTH];
    size_t depth = 0;
    *torn = false;
    while (p < end) {
        if (*p == '\'' || *p == '"') {
            p = string_end(p, end);
            if (p == NULL)
                break;
            continue;
        }
        if (*p == '{' || *p == '[' || *p == '(') {
            if (depth == MAX_DEPTH)
                return NULL;
            open[depth++] = *p == '{' ? '}' : *p == '[' ? ']' : ')';
        } else if (*p == '}' || *p == ']' || *p == ')') {
            if (depth == 0 || open[--depth] != *p)
                return NULL;
            if (depth == 0)
                return p + 1;
        }
        p++;
    }
    *torn = true;
    return NULL;
}

/* Where the value that begins at P ends: before the blank of the next " KEY=", or at END. */
static const char *value_end(const char *p, const char *end)
{
    struct span key;
    bool torn = false;
    const char *behind = p < end && *p == '{' ? dict_end(p, end, &torn) : NULL;
    if (torn)
        return end; /* a key in what there is of it may be a stranger's */
    if (behind != NULL && (behind == end || *behind == ' '))
        p = behind;
    for (; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == ' ' && key_end(p + 1, end, &key) != NULL)
            return p;
    }
    return end;
}

static void stray(struct cef *out, struct span text)
{
    if (out->malformed++ == 0)
        out->stray = text;
}

static bool take_number(struct cef *out, struct span value, uint64_t *number)
{
    struct cursor c = text_cursor(value);
    int64_t found;
    if (!text_digits(&c, 1, 19, &found) || !text_at_end(&c)) {
        stray(out, value);
        return false;
    }
    *number = (uint64_t)found;
    return true;
}

/* "Sun Mar  8 04:00:02 2026", with or without zone; milliseconds since 1970 are the format's. */
static bool take_time(struct span value, struct stamp *stamp)
{
    struct cursor c = text_cursor(value);
    int64_t ms;
    if (value.n == EPOCH_MS_DIGITS && text_digits(&c, value.n, value.n, &ms) && text_at_end(&c)) {
        *stamp = time_from_utc(ms / 1000);
        return true;
    }
    return time_parse_any(value, stamp);
}

static const struct {
    const char *word;
    enum cef_act act;
} acts[] = {
    {"DELIVERED", CEF_ACT_DELIVERED},
    {"BOUNCED", CEF_ACT_BOUNCED},
    {"QUARANTINED", CEF_ACT_QUARANTINED},
    {"DQ", CEF_ACT_DQ},
};

static const struct {
    const char *key;
    size_t at; /* of a span */
} texts[] = {
    {"act", offsetof(struct cef, act_text)},
    {"ESAFinalActionDetails", offsetof(struct cef, details)},
    {"ESAStatus", offsetof(struct cef, status)},
    {"suser", offsetof(struct cef, from)},
    {"duser", offsetof(struct cef, to)},
    {"msg", offsetof(struct cef, subject)},
    {"deviceExternalId", offsetof(struct cef, serial)},
    {"dvchost", offsetof(struct cef, host)},
    {"dvc", offsetof(struct cef, address)},
    {"start", offsetof(struct cef, start_text)},
    {"startTime", offsetof(struct cef, start_text)},
    {"end", offsetof(struct cef, end_text)},
    {"endTime", offsetof(struct cef, end_text)},
};

static void take(struct cef *out, struct span key, struct span value)
{
    if (text_is(key, "ESAMID"))
        out->has_mid = take_number(out, value, &out->mid);
    else if (text_is(key, "ESAICID"))
        out->has_icid = take_number(out, value, &out->icid);
    else if (text_is(key, "ESADCID"))
        out->has_dcid = take_number(out, value, &out->dcid);
    else if (text_is(key, "deviceDirection"))
        out->way = text_is(value, "0")   ? CEF_WAY_INBOUND
                   : text_is(value, "1") ? CEF_WAY_OUTBOUND
                                         : CEF_WAY_NONE;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct span *text = (struct span *)((char *)out + texts[i].at);
        if (text_is(key, texts[i].key) && text->n == 0)
            *text = value;
    }
}

/* What follows from texts that were taken. */
static void understand(struct cef *out)
{
    if (out->act_text.n != 0)
        out->act = CEF_ACT_OTHER;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (text_is(out->act_text, acts[i].word))
            out->act = acts[i].act;
    out->has_start = take_time(out->start_text, &out->start);
    out->has_end = take_time(out->end_text, &out->end);
}

/* The half of a word of `act`. */
static bool half_act(struct span value)
{
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (value.n < strlen(acts[i].word) && memcmp(value.p, acts[i].word, value.n) == 0)
            return true;
    return false;
}

/* Does LAST, with which the line ends, look as if something were missing behind it? */
static bool looks_cut(const struct cef_pair *last)
{
    const struct span value = last->value;
    size_t backslashes = 0, word = value.n;
    bool torn;
    if (value.n == 0 ||
        (text_is(last->key, "act") && (half_act(value) || memchr(value.p, ' ', value.n) != NULL)))
        return true;
    const char *const end = value.p + value.n;
    while (backslashes < value.n && value.p[value.n - 1 - backslashes] == '\\')
        backslashes++;
    if (backslashes % 2 != 0)
        return true;
    if (*value.p == '{' || *value.p == '[')
        return dict_end(value.p, end, &torn) != end;
    if (*value.p == '\'' || *value.p == '"')
        return string_end(value.p, end) != end;
    while (word > 0 && value.p[word - 1] != ' ')
        word--;
    return word > 0 && text_starts(text_skip(value, word), "ESA"); /* the half of a key */
}

/* An id at the end of a line that is long enough to be cut: half of a number is a number. */
static bool half_id(const struct cef_pair *last, size_t size)
{
    return size >= CEF_LONG && (text_is(last->key, "ESAMID") || text_is(last->key, "ESAICID") ||
                                text_is(last->key, "ESADCID"));
}

static bool known(const struct cef *out, struct span key)
{
    for (unsigned i = 0; i < out->pair_count; i++)
        if (text_same(out->pairs[i].key, key))
            return true;
    return false;
}

static void read_pairs(struct cursor c, size_t size, struct cef *out)
{
    struct cef_pair last = {{NULL, 0}, {NULL, 0}};
    bool has_act = false;
    while (c.p < c.end) {
        struct cef_pair pair;
        const char *value = key_end(c.p, c.end, &pair.key);
        const char *end = value_end(value == NULL ? c.p : value, c.end);
        if (value == NULL) {
            stray(out, (struct span){c.p, (size_t)(end - c.p)});
        } else {
            pair.value = text_trim((struct span){value, (size_t)(end - value)});
            if (known(out, pair.key))
                stray(out, (struct span){c.p, (size_t)(end - c.p)});
            else if (out->pair_count < CEF_PAIRS)
                out->pairs[out->pair_count++] = pair;
            else
                out->unkept++;
            last = pair;
        }
        c.p = end;
        while (c.p < c.end && *c.p == ' ')
            c.p++;
    }
    for (unsigned i = 0; i < out->pair_count; i++)
        has_act |= text_is(out->pairs[i].key, "act") || text_is(out->pairs[i].key, "ESAStatus");
    out->cut = !has_act || looks_cut(&last) || half_id(&last, size);
    for (unsigned i = 0; i < out->pair_count; i++)
        if (!out->cut || out->pairs[i].value.p != last.value.p)
            take(out, out->pairs[i].key, out->pairs[i].value);
}

bool cef_parse(struct span line, struct cef *out, struct fault *fault)
{
    struct cursor c = text_cursor(text_trim(line));
    struct span format;
    memset(out, 0, sizeof(*out));
    struct span *const header[HEADER_FIELDS] = {&out->vendor, &out->model, &out->version,
                                                &out->event,  &out->name,  &out->severity};
    if (!text_literal(&c, "CEF:"))
        return fault_set(fault, FAULT_SYNTAX, "consolidated event", 0,
                         "this is no consolidated event: '%.*s'", FAULT_QUOTE(line));
    out->cut = true;
    bool whole = header_field(&c, &format);
    for (size_t i = 0; whole && i < HEADER_FIELDS; i++)
        whole = header_field(&c, header[i]);
    if (!whole)
        return fault_set(fault, FAULT_CUT, "consolidated event", 0,
                         "an event that ends in its header: '%.*s'", FAULT_QUOTE(line));
    out->consolidated =
        text_is(out->vendor, "Cisco") && text_is(out->event, "ESA_CONSOLIDATED_LOG_EVENT");
    while (c.p < c.end && *c.p == ' ')
        c.p++;
    read_pairs(c, line.n, out);
    understand(out);
    return true;
}

bool cef_find(const struct cef *event, const char *key, struct span *value)
{
    for (unsigned i = 0; i < event->pair_count; i++)
        if (text_is(event->pairs[i].key, key)) {
            *value = event->pairs[i].value;
            return true;
        }
    return false;
}

bool cef_next(struct span *list, struct span *address)
{
    while (list->n > 0) {
        struct span head, tail;
        (void)text_cut(*list, ';', &head, &tail);
        *list = tail;
        *address = text_trim(head);
        if (address->n > 0)
            return true;
    }
    return false;
}

size_t cef_plain(struct span value, char *buffer, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < value.n && used + 1 < size; i++) {
        char c = value.p[i];
        if (c == '\\' && i + 1 < value.n) {
            const char next = value.p[i + 1];
            if (next == '\\' || next == '=' || next == '|') {
                c = next;
                i++;
            } else if (next == 'n' || next == 'r') {
                c = next == 'n' ? '\n' : '\r';
                i++;
            }
        }
        buffer[used++] = c;
    }
    buffer[used] = '\0';
    return used;
}

const char *cef_act_word(enum cef_act act)
{
    static const char *const words[] = {
        [CEF_ACT_NONE] = "",           [CEF_ACT_DELIVERED] = "delivered",
        [CEF_ACT_BOUNCED] = "bounced", [CEF_ACT_QUARANTINED] = "quarantined",
        [CEF_ACT_DQ] = "dq",           [CEF_ACT_OTHER] = "other",
    };
    return words[act];
}
