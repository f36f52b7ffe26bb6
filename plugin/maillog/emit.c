/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/emit.h"

#include <string.h>

enum { EMIT_PAGE = 4096, BLOCK = 16 };

/* Kept out of what calls it: there it is rare. */
#define COLD __attribute__((noinline, cold))

void emit_begin(struct emit *emit, FILE *out)
{
    emit->out = out;
    emit->used = 0;
    for (int i = 0; i < EMIT_MINUTES; i++)
        emit->minutes[i].minute = -1;
}

/* Whole pages as long as there are more to come: the kernel is slow where they are torn. */
void emit_spill(struct emit *emit)
{
    size_t whole = emit->used - emit->used % EMIT_PAGE;
    (void)fwrite(emit->buffer, 1, whole, emit->out);
    emit->used -= whole;
    memcpy(emit->buffer, emit->buffer + whole, emit->used);
}

void emit_flush(struct emit *emit)
{
    (void)fwrite(emit->buffer, 1, emit->used, emit->out);
    emit->used = 0;
    (void)fflush(emit->out);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

static void put_pair(char *p, uint64_t below_100)
{
    memcpy(p, pairs + 2 * below_100, 2);
}

static void put_four(char *p, uint64_t below_10000)
{
    put_pair(p, below_10000 / 100);
    put_pair(p + 2, below_10000 % 100);
}

char *emit_digits(char *p, uint64_t value)
{
    enum { EIGHT = 100000000 };
    if (value >= EIGHT) {
        p = emit_number(p, value / EIGHT);
        put_four(p, value % EIGHT / 10000);
        put_four(p + 4, value % 10000);
        return p + 8;
    }
    uint32_t rest = (uint32_t)value;
    char *end = p + 2 + (rest >= 100) + (rest >= 1000) + (rest >= 10000) + (rest >= 100000) +
                (rest >= 1000000) + (rest >= 10000000);
    char *at = end;
    for (; rest >= 100; rest /= 100)
        put_pair(at -= 2, rest % 100);
    if (rest >= 10)
        put_pair(p, rest);
    else
        *p = (char)('0' + rest);
    return end;
}

/* Bytes of the character at P, and what it is; 0 = no UTF-8. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < size)
        return 0;
    *code = p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    return *code < least[size] || (*code >= 0xd800 && *code < 0xe000) || *code > 0x10ffff ? 0
                                                                                          : size;
}

/* Controls, separators, and what changes the direction of writing. */
static bool is_unsafe(uint32_t code)
{
    return code < 0xa0 || code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff;
}

static void put_escape(struct emit *emit, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    char *to = emit_room(emit);
    memcpy(to, "\\u", 2);
    for (int i = 0; i < 4; i++)
        to[2 + i] = digits[code >> (12 - 4 * i) & 15];
    emit->used += 6;
}

/* The character at P that is not plain ASCII: how many bytes it takes. */
static size_t put_special(struct emit *emit, const unsigned char *p, size_t n)
{
    uint32_t code = 0;
    size_t size;
    if (*p == '"' || *p == '\\') {
        char *to = emit_room(emit);
        to[0] = '\\';
        to[1] = (char)*p;
        emit->used += 2;
        return 1;
    }
    if (*p < 0x80) {
        put_escape(emit, *p);
        return 1;
    }
    size = decode(p, n, &code);
    if (size == 0)
        put_escape(emit, 0xfffd);
    else if (is_unsafe(code))
        put_escape(emit, code);
    else
        emit_end(emit, emit_bytes(emit_room(emit), (const char *)p, size));
    return size == 0 ? 1 : size;
}

/* Does one of eight bytes need more than to be copied? */
static bool is_special(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = eight ^ ones * '"', slash = eight ^ ones * '\\', del = eight ^ ones * 0x7f;
    return ((eight | (eight - ones * ' ') | (quote - ones) | (slash - ones) | (del - ones)) &
            high) != 0;
}

/* What the processor has for sixteen bytes at once is left to the compiler. */
typedef unsigned char block __attribute__((vector_size(BLOCK)));
typedef signed char truth __attribute__((vector_size(BLOCK)));

/* True for bytes that need more: one up, DEL and all behind it are negative, so below a blank. */
static inline truth copy_block(char *to, const char *from)
{
    block bytes;
    memcpy(&bytes, from, sizeof(bytes));
    memcpy(to, &bytes, sizeof(bytes));
    return ((truth)(bytes + 1) <= ' ') | (bytes == '"') | (bytes == '\\');
}

/* Copies N >= BLOCK bytes, and tells whether that was all they need, as for most it is. */
static bool copy_plain(char *to, const char *from, size_t n)
{
    truth special = copy_block(to + n - BLOCK, from + n - BLOCK);
    for (size_t i = 0; i + BLOCK < n; i += BLOCK)
        special |= copy_block(to + i, from + i);
    uint64_t halves[2];
    memcpy(halves, &special, sizeof(halves));
    return (halves[0] | halves[1]) == 0;
}

/* Any text. */
static COLD void put_string(struct emit *emit, struct span text)
{
    const unsigned char *p = (const unsigned char *)text.p, *end = p + text.n;
    uint64_t eight;
    emit_end(emit, EMIT(emit_room(emit), "\""));
    while (p < end) {
        size_t left = (size_t)(end - p), most = left < EMIT_MARGIN ? left : EMIT_MARGIN, n = 0;
        char *to = emit_room(emit);
        for (; n + 8 <= most; n += 8) {
            memcpy(&eight, p + n, 8);
            if (is_special(eight))
                break;
            memcpy(to + n, &eight, 8);
        }
        for (; n < most && p[n] >= ' ' && p[n] < 0x7f && p[n] != '"' && p[n] != '\\'; n++)
            to[n] = (char)p[n];
        emit_end(emit, to + n);
        p += n;
        if (n < most)
            p += put_special(emit, p, (size_t)(end - p));
    }
    emit_end(emit, EMIT(emit_room(emit), "\""));
}

void emit_string(struct emit *emit, struct span text)
{
    char *to = emit->buffer + emit->used;
    if (emit->used >= EMIT_BYTES || text.n < BLOCK || text.n > EMIT_MARGIN - 2 ||
        !copy_plain(to + 1, text.p, text.n)) {
        put_string(emit, text);
        return;
    }
    to[0] = to[1 + text.n] = '"';
    emit->used += text.n + 2;
}

/* Gregorian date of DAY, by eras of 400 years. */
static void print_day(char *to, int64_t day)
{
    day += 719468;
    int64_t era = (day >= 0 ? day : day - 146096) / 146097, of_era = day - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
    int64_t month = m < 10 ? m + 3 : m - 9;
    unsigned y = (unsigned)((year + era * 400 + (month <= 2)) % 10000);
    unsigned parts[] = {y / 100, y % 100, (unsigned)month,
                        (unsigned)(of_year - (153 * m + 2) / 5 + 1)};
    static const size_t at[] = {0, 2, 5, 8};
    memcpy(to, "0000-00-00T", 11);
    for (int i = 0; i < 4; i++) {
        to[at[i]] = (char)('0' + parts[i] / 10);
        to[at[i] + 1] = (char)('0' + parts[i] % 10);
    }
}

static COLD void print_minute(struct emit_minute *to, int64_t minute)
{
    memcpy(to->text, "\"0000-00-00T00:00:00Z\"", 22);
    print_day(to->text + 1, minute / 1440);
    put_pair(to->text + 12, minute / 60 % 24);
    put_pair(to->text + 15, minute % 60);
    to->minute = minute;
}

char *emit_time(struct emit *emit, char *p, int64_t seconds, const int32_t *offset)
{
    seconds -= offset != NULL ? *offset : 0;
    if (seconds < 0)
        seconds = 0;
    uint64_t minute = (uint64_t)seconds / 60;
    struct emit_minute *known = &emit->minutes[minute % EMIT_MINUTES];
    if (known->minute != (int64_t)minute)
        print_minute(known, (int64_t)minute);
    memcpy(p, known->text, sizeof(known->text));
    put_pair(p + 18, (uint64_t)seconds - minute * 60);
    if (offset != NULL)
        return p + 22;
    p[20] = '"';
    return p + 21;
}
