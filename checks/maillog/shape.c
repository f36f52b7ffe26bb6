/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/shape.h"

#include <string.h>

enum { HEX_WORD = 6 }; /* a shorter one may be a word: "added" */

struct writer {
    char *form;
    size_t n;
};

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(unsigned char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static bool is_word(unsigned char c)
{
    return is_letter(c) || (c >= '-' && c <= ':') || c == '_' || c == '@' || c == '%' || c == '+' ||
           c == '~' || c == '\\'; /* between '-' and ':' are '.', '/' and the digits */
}

static void put(struct writer *w, char c)
{
    if (w->n < SHAPE_FORM_BYTES)
        w->form[w->n++] = c;
}

/* What stands for something that differs. "#, #" is as "#": lists have any length. */
static void put_mark(struct writer *w, const char *mark)
{
    const size_t n = strlen(mark);
    const size_t gap = w->n >= n + 2 && memcmp(w->form + w->n - 2, ", ", 2) == 0
                           ? 2
                           : (size_t)(w->n > n && w->form[w->n - 1] == ',');
    if (gap != 0 && memcmp(w->form + w->n - gap - n, mark, n) == 0) {
        w->n -= gap;
        return;
    }
    for (size_t i = 0; i < n; i++)
        put(w, mark[i]);
}

/* What makes up a word. */
struct word {
    size_t digits, hex, letters, colons, dots, high;
    bool address, url;
};

static struct word look_at(struct span word)
{
    struct word found = {.digits = 0};
    for (size_t i = 0; i < word.n; i++) {
        const unsigned char c = (unsigned char)word.p[i];
        found.digits += is_digit(c);
        found.hex += is_hex(c);
        found.letters += is_letter(c);
        found.colons += c == ':';
        found.high += c >= 0x80;
        found.address |= c == '@';
        found.url |= c == ':' && word.n - i > 2 && memcmp(word.p + i, "://", 3) == 0;
        found.dots += c == '.' && i > 0 && i + 1 < word.n &&
                      is_word((unsigned char)word.p[i - 1]) &&
                      is_letter((unsigned char)word.p[i + 1]);
    }
    return found;
}

/* "4711", "192.0.2.1:25", "2026-03-08", "2001:db8::1", "0a3f9c"; -5.0 has its sign outside. */
static bool is_number(const struct word *word)
{
    if (word->letters == 0)
        return word->digits != 0;
    const bool all_hex = word->hex == word->digits + word->letters;
    return all_hex && (word->colons >= 2 || (word->digits != 0 && word->hex >= HEX_WORD));
}

static void put_word(struct writer *w, struct span word)
{
    size_t core = word.n;
    while (core > 0 && !is_digit((unsigned char)word.p[core - 1]) &&
           !is_letter((unsigned char)word.p[core - 1]))
        core--;
    const struct word kind = look_at(text_head(word, core));
    if (kind.address)
        put_mark(w, "@");
    else if (kind.url || kind.high != 0)
        put_mark(w, "*");
    else if (is_number(&kind))
        put_mark(w, "#");
    else if (kind.dots != 0)
        put_mark(w, "*");
    else
        for (size_t i = 0; i < core; i++) {
            if (!is_digit((unsigned char)word.p[i]))
                put(w, word.p[i]);
            else if (i == 0 || !is_digit((unsigned char)word.p[i - 1]))
                put(w, '#');
        }
    for (size_t i = core; i < word.n; i++)
        put(w, word.p[i]);
}

/* Behind the quotation that begins at BEGIN, as a Python string has it: '\' hides the next. */
static size_t quote_end(struct span text, size_t begin)
{
    for (size_t i = begin + 1; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == text.p[begin])
            return i + 1;
    }
    return text.n;
}

static size_t bracket_end(struct span text, size_t begin)
{
    const char *end = memchr(text.p + begin, '>', text.n - begin);
    return end == NULL ? text.n : (size_t)(end - text.p) + 1;
}

size_t shape_form(struct span message, char form[SHAPE_FORM_BYTES + 1])
{
    struct writer w = {.form = form};
    const struct span text = text_head(text_trim(message), SHAPE_LOOK_BYTES);
    for (size_t i = 0; i < text.n && w.n < SHAPE_FORM_BYTES;) {
        const unsigned char c = (unsigned char)text.p[i];
        size_t end = i;
        while (end < text.n && is_word((unsigned char)text.p[end]))
            end++;
        if (end > i) {
            put_word(&w, (struct span){text.p + i, end - i});
            /* An apostrophe behind a letter begins no quotation: "don't". */
            if (end < text.n && text.p[end] == '\'' && is_letter((unsigned char)text.p[end - 1]))
                put(&w, text.p[end++]);
        } else if (c == '<') {
            end = bracket_end(text, i);
            put_mark(&w, "<@>");
        } else if (c == '\'' || c == '"') {
            end = quote_end(text, i);
            put_mark(&w, "''");
        } else {
            const bool blank = c == ' ' || c == '\t';
            end = i + 1;
            if (!blank)
                put(&w, c < ' ' || c == 0x7f ? '?' : (char)c);
            else if (w.n > 0 && form[w.n - 1] != ' ')
                put(&w, ' ');
        }
        i = end;
    }
    form[w.n] = '\0';
    return w.n;
}

static uint64_t hash_of(const char *form, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)form[i]) * 0x100000001b3u;
    return hash;
}

/* Controls, and what is not seen or changes the direction of writing. */
static bool is_hidden(uint32_t code)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x200b, 0x200f}, {0x2028, 0x202e},
                  {0x2060, 0x206f}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

/* Bytes of the valid UTF-8 character that TEXT begins with, if it may be shown; else 0. */
static size_t character(struct span text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text.p;
    const size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (size == 1)
        return is_hidden(p[0]) ? 0 : 1;
    if (size == 0 || p[0] > 0xf4 || text.n < size)
        return 0;
    uint32_t code = p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fu);
    }
    return code >= least[size] && code <= 0x10ffff && !is_hidden(code) ? size : 0;
}

static void keep_example(struct shape *shape, struct span message)
{
    while (message.n > 0) {
        const size_t size = character(message);
        const size_t bytes = size == 0 ? 1 : size;
        if (shape->n + bytes > SHAPE_EXAMPLE_BYTES)
            break;
        if (size == 0)
            shape->example[shape->n] = '?';
        else
            memcpy(shape->example + shape->n, message.p, size);
        shape->n = (uint16_t)(shape->n + bytes);
        message = text_skip(message, bytes);
    }
    shape->example[shape->n] = '\0';
}

static struct shape *find(struct shapes *shapes, uint64_t hash)
{
    for (size_t i = 0; i < shapes->count; i++)
        if (shapes->of[i].hash == hash)
            return &shapes->of[i];
    return NULL;
}

void shape_add(struct shapes *shapes, struct span message)
{
    char form[SHAPE_FORM_BYTES + 1];
    const uint64_t hash = hash_of(form, shape_form(message, form));
    struct shape *shape = find(shapes, hash);
    if (shape == NULL && shapes->count == SHAPE_MAX) {
        shapes->others++;
        return;
    }
    if (shape == NULL) {
        shape = &shapes->of[shapes->count++];
        memset(shape, 0, sizeof(*shape)); /* also what is between its members: it is compared */
        shape->hash = hash;
        keep_example(shape, message);
    }
    shape->count++;
}

void shape_merge(struct shapes *to, const struct shapes *from)
{
    to->others += from->others;
    for (size_t i = 0; i < from->count; i++) {
        struct shape *shape = find(to, from->of[i].hash);
        if (shape != NULL)
            shape->count += from->of[i].count;
        else if (to->count < SHAPE_MAX)
            to->of[to->count++] = from->of[i];
        else
            to->others += from->of[i].count;
    }
}

size_t shape_order(const struct shapes *shapes, uint8_t order[SHAPE_MAX])
{
    for (size_t i = 0; i < shapes->count; i++) {
        size_t at = i;
        for (; at > 0 && shapes->of[order[at - 1]].count < shapes->of[i].count; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
    return shapes->count;
}

void shape_pack(struct shapes *shapes, struct pack *pack)
{
    enum { LEAST = 8 + 8 + 2 };
    uint32_t count = (uint32_t)shapes->count;
    pack_u64(pack, &shapes->others);
    pack_count(pack, &count, SHAPE_MAX, LEAST);
    shapes->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct shape *shape = &shapes->of[i];
        char example[SHAPE_EXAMPLE_BYTES + 1] = "";
        if (pack->loading)
            memset(shape, 0, sizeof(*shape));
        pack_u64(pack, &shape->count);
        pack_u64(pack, &shape->hash);
        pack_string(pack, pack->loading ? example : shape->example, sizeof(example));
        if (pack->loading) /* cleaned again: it is shown */
            keep_example(shape, text_of(example));
    }
}
