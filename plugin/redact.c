/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/redact.h"

#include <string.h>

#include "plugin/redact_address.h"

/* What stands in place of a secret or a subject. */
static const char marker[] = "[redacted]";
enum {
    MARKER = sizeof(marker) - 1,
    MIN_SECRET = 4,
    MAX_SECRET = 1024,
    MAX_NAME = 32,
    LONG = 4096,
    MAX_ROUNDS = 6
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* ---- the secret itself ---- */

/* Other spellings of one character: in JSON strings, XML, HTML and forms. */
static const struct {
    const char *text;
    char means;
} spellings[] = {
    {"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},  {"&quot;", '"'}, {"&apos;", '\''},
    {"&#39;", '\''}, {"&#x27;", '\''}, {"&#34;", '"'}, {"\\\"", '"'},   {"\\'", '\''},
    {"\\\\", '\\'},  {"\\/", '/'},     {"+", ' '},
};

/* Length of what stands for the character C at the start of TEXT; 0 when it is another one. */
static size_t spelt(struct span text, char c)
{
    if (text.n == 0)
        return 0;
    if (text.p[0] == '%' && redact_pass_hex(text_skip(text, 1), 2) == (unsigned char)c)
        return 3;
    if (text_starts(text, "\\u") && redact_pass_hex(text_skip(text, 2), 4) == (unsigned char)c)
        return 6;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        if (spellings[i].means == c && text_starts(text, spellings[i].text))
            return strlen(spellings[i].text);
    return text.p[0] == c ? 1 : 0;
}

/* Length of NEEDLE at the start of TEXT, in whatever spelling; 0 when it is not there. */
static size_t match(struct span text, struct span needle)
{
    size_t n = 0;
    for (size_t i = 0; i < needle.n; i++) {
        size_t step = spelt(text_skip(text, n), needle.p[i]);
        if (step == 0)
            return 0;
        n += step;
    }
    return n;
}

static bool may_begin(char c, char first)
{
    return c == first || c == '%' || c == '\\' || c == '&' || (c == '+' && first == ' ');
}

/*
 * In JSON only what stands inside strings is looked at, and in markup no names of elements: there a
 * passphrase such as "1234" or "status" is none, and taking it out would break the document.
 */
static void scan_secrets(struct redact_pass *pass)
{
    const struct span in = pass->in;
    bool quoted = false, stops[256] = {['"'] = pass->json, ['['] = true, ['\\'] = pass->json};
    for (int c = 0; c < 256; c++)
        for (size_t k = 0; k < pass->needle_count; k++)
            stops[c] = stops[c] || may_begin((char)c, pass->needles[k].p[0]);
    for (size_t i = 0; i < in.n; i++) {
        if (!stops[(unsigned char)in.p[i]])
            continue;
        struct span rest = text_skip(in, i);
        if (pass->json && rest.p[0] == '"') {
            quoted = !quoted;
            continue;
        }
        if (rest.p[0] == '[' && text_starts(rest, marker)) {
            i += MARKER - 1;
            continue;
        }
        bool name = pass->markup && i > 0 &&
                    (in.p[i - 1] == '<' || (in.p[i - 1] == '/' && i > 1 && in.p[i - 2] == '<'));
        size_t n = 0;
        for (size_t k = 0; k < pass->needle_count && n == 0 && !name && (!pass->json || quoted);
             k++)
            if (may_begin(rest.p[0], pass->needles[k].p[0]))
                n = match(rest, pass->needles[k]);
        if (n > 0)
            redact_pass_replace(pass, i, i + n, marker);
        if (n > 0)
            i += n - 1;
        else if (pass->json && rest.p[0] == '\\')
            i++; /* a quote behind it does not end the string */
    }
}

/*
 * The characters of base64 that only SECRET decides when SHIFT other bytes stand before it: inside
 * "user:passphrase", say, it may begin at any of three places of a group. ALPHABET: + or - and so.
 */
static struct span base64(struct arena *arena, struct span secret, size_t shift, const char *last)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *text = arena_alloc(arena, secret.n * 4 / 3 + 4);
    size_t n = 0;
    for (size_t bit = (shift * 8 + 5) / 6 * 6; bit + 6 <= (shift + secret.n) * 8; bit += 6) {
        unsigned value = 0;
        for (size_t b = bit; b < bit + 6; b++) {
            size_t at = b - shift * 8;
            value = value << 1 | ((unsigned char)secret.p[at / 8] >> (7 - at % 8) & 1U);
        }
        text[n++] = value < 62 ? alphabet[value] : last[value - 62];
    }
    return (struct span){text, n};
}

struct span redact_secret(struct arena *arena, struct span bytes, struct span secret)
{
    struct span needles[7] = {secret};
    size_t count = 1;
    if (secret.n < MIN_SECRET || secret.n > MAX_SECRET)
        return bytes;
    for (size_t shift = 0; shift < 3; shift++) {
        needles[count++] = base64(arena, secret, shift, "+/");
        needles[count] = base64(arena, secret, shift, "-_");
        count += text_same(needles[count], needles[count - 1]) ? 0 : 1;
    }
    return redact_pass_run(
        arena, scan_secrets,
        (struct redact_pass){.in = bytes, .needles = needles, .needle_count = count});
}

/* ---- values behind names ---- */

enum value { VALUE_WORD, VALUE_LINE, VALUE_STRING };

/*
 * Names of what is secret: as a whole word, or as the last part of one ("api_token"). VALUE_LINE:
 * the value is the rest of the line; VALUE_STRING: only a quoted string behind a quoted name.
 */
static const struct {
    const char *name;
    enum value value;
    bool address; /* personal and not secret: may be kept */
} names[] = {
    {"passphrase", VALUE_WORD, false},    {"password", VALUE_WORD, false},
    {"passwd", VALUE_WORD, false},        {"secret", VALUE_WORD, false},
    {"community", VALUE_WORD, false},     {"token", VALUE_WORD, false},
    {"jwttoken", VALUE_WORD, false},      {"csrfkey", VALUE_WORD, false},
    {"sid", VALUE_WORD, false},           {"cookie", VALUE_LINE, false},
    {"authorization", VALUE_LINE, false}, {"subject", VALUE_STRING, true},
};

/* Words that stand where a value could and say that there is none. */
static const char *const no_values[] = {"true", "false", "null", "none", "yes", "no", "n/a"};

/* The row of names for the word NAME, or -1. */
static int name_of(struct span name, bool addresses)
{
    for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
        size_t n = strlen(names[i].name);
        if (names[i].address != addresses || name.n < n ||
            !text_is_nocase(text_skip(name, name.n - n), names[i].name))
            continue;
        if (name.n == n || name.p[name.n - n - 1] == '_' || name.p[name.n - n - 1] == '-')
            return i;
    }
    return -1;
}

static bool says_nothing(struct span value)
{
    for (size_t i = 0; i < sizeof(no_values) / sizeof(no_values[0]); i++)
        if (text_is_nocase(value, no_values[i]))
            return true;
    return text_is(value, marker);
}

/* The bytes from BEGIN to END, each line of them by itself: line ends stay. */
static void replace_lines(struct redact_pass *pass, size_t begin, size_t end)
{
    while (begin < end) {
        size_t stop = begin;
        while (stop < end && !redact_pass_is_line_end(pass->in.p[stop]))
            stop++;
        struct span line = text_trim((struct span){pass->in.p + begin, stop - begin});
        size_t at = line.n == 0 ? begin : (size_t)(line.p - pass->in.p);
        if (line.n > 0 && !says_nothing(line))
            redact_pass_replace(pass, at, at + line.n, marker);
        begin = stop + 1;
    }
    pass->done = end;
}

/* How a quote stands inside quoted text: not at all, behind a backslash, or is itself behind one.
 */
enum quoting { QUOTING_NONE, QUOTING_BACKSLASH, QUOTING_ESCAPED };

/* Where the text ends that begins at AT, behind QUOTE; without another one: where the line ends. */
static size_t string_end(struct span in, size_t at, char quote, enum quoting quoting)
{
    for (; at < in.n && !redact_pass_is_line_end(in.p[at]); at++) {
        if (in.p[at] == quote)
            return at;
        if (in.p[at] != '\\' || quoting == QUOTING_NONE || at + 1 == in.n)
            continue;
        if (quoting == QUOTING_ESCAPED && in.p[at + 1] == quote)
            return at;
        at += redact_pass_is_line_end(in.p[at + 1]) ? 0 : 1;
    }
    return at;
}

/* Where the word ends that begins at AT and is not quoted. */
static size_t word_end(struct span in, size_t at)
{
    static const char ends[] = " \t\r\n,;&\"'<>)]}\\";
    if (text_starts(text_skip(in, at), marker))
        return at + MARKER;
    while (at < in.n && in.p[at] != '\0' && strchr(ends, in.p[at]) == NULL)
        at++;
    return at;
}

/*
 * May the word that ends at AT be the value of "name: value"? When the line ends there, a
 * separator follows, or the next "name:" does; in "password: expired for the user" it is prose.
 */
static bool is_alone(struct span in, size_t at)
{
    if (at == in.n || !is_blank(in.p[at]))
        return true;
    while (at < in.n && is_blank(in.p[at]))
        at++;
    if (at == in.n || redact_pass_is_line_end(in.p[at]) || !redact_pass_is_alnum(in.p[at]))
        return true;
    while (at < in.n && redact_pass_is_word(in.p[at]))
        at++;
    while (at < in.n && is_blank(in.p[at]))
        at++;
    return at < in.n && (in.p[at] == ':' || in.p[at] == '=');
}

static bool is_quote(struct span in, size_t at)
{
    if (at + 1 < in.n && in.p[at] == '\\')
        at++;
    return at < in.n && (in.p[at] == '"' || in.p[at] == '\'');
}

/* The string that is quoted at AT; returns what is behind it. */
static size_t take_string(struct redact_pass *pass, size_t at, bool attribute)
{
    const struct span in = pass->in;
    const bool escaped = in.p[at] == '\\';
    const size_t begin = at + (escaped ? 2 : 1);
    const size_t end = string_end(in, begin, in.p[begin - 1],
                                  escaped     ? QUOTING_ESCAPED
                                  : attribute ? QUOTING_NONE
                                              : QUOTING_BACKSLASH);
    if (!says_nothing((struct span){in.p + begin, end - begin}))
        redact_pass_replace(pass, begin, end, marker);
    pass->done = end < in.n && in.p[end] == '\\' ? end + 2 : end + 1;
    return pass->done;
}

/* Skips what stands between the values of a JSON list, and around them. */
static size_t skip_space(struct span in, size_t at, bool lines, bool commas)
{
    while (at < in.n && (is_blank(in.p[at]) || (lines && redact_pass_is_line_end(in.p[at])) ||
                         (commas && in.p[at] == ',')))
        at++;
    return at;
}

/* How the name before a separator was written: name, "name", or 'name' and \"name\". */
enum quoted { QUOTED_NOT, QUOTED_JSON, QUOTED_OTHER };

/* A value that is not quoted, at AT. */
static void take_bare(struct redact_pass *pass, size_t at, bool colon, enum value kind,
                      enum quoted quoted)
{
    const struct span in = pass->in, rest = text_skip(in, at);
    if (rest.n == 0 || (strchr("{[(=", rest.p[0]) != NULL && !text_starts(rest, marker)))
        return;
    size_t end = word_end(in, at);
    if (kind == VALUE_LINE)
        while (end < in.n && !redact_pass_is_line_end(in.p[end]) &&
               strchr("\"<>\\", in.p[end]) == NULL)
            end++;
    const struct span value = text_trim((struct span){in.p + at, end - at});
    const bool prose = memchr(value.n == 0 ? "" : value.p, '=', value.n) == NULL &&
                       memchr(value.n == 0 ? "" : value.p, ':', value.n) == NULL;
    if (value.n == 0 ||
        (kind == VALUE_WORD && colon && quoted == QUOTED_NOT && prose && !is_alone(in, end)))
        return;
    /* A number in JSON becomes a string: nothing else would be well-formed. */
    if (!says_nothing(value))
        redact_pass_replace(pass, at, at + value.n,
                            colon && quoted == QUOTED_JSON ? "\"[redacted]\"" : marker);
    pass->done = end;
}

/* The value behind the separator at AT. */
static void take_value(struct redact_pass *pass, size_t at, enum value kind, enum quoted quoted)
{
    const struct span in = pass->in;
    const bool colon = in.p[at] == ':', lines = quoted == QUOTED_JSON && colon;
    at = skip_space(in, at + 1, lines, false);
    const bool list = quoted == QUOTED_JSON && colon && at < in.n && in.p[at] == '[';
    if (list)
        at = skip_space(in, at + 1, true, true);
    if (!is_quote(in, at)) {
        if (kind != VALUE_STRING && !list)
            take_bare(pass, at, colon, kind, quoted);
        return;
    }
    do {
        at = take_string(pass, at, !colon && pass->markup);
        at = list ? skip_space(in, at, true, true) : in.n;
    } while (is_quote(in, at));
}

/* The separator at AT: is a name before it, and what is its value? */
static void take_separator(struct redact_pass *pass, size_t at, bool addresses)
{
    const struct span in = pass->in;
    size_t end = at;
    while (end > 0 && at - end < MAX_NAME && is_blank(in.p[end - 1]))
        end--;
    enum quoted quoted = QUOTED_NOT;
    if (end > 0 && (in.p[end - 1] == '"' || in.p[end - 1] == '\'')) {
        const bool escaped = end > 1 && in.p[end - 2] == '\\';
        quoted = escaped || in.p[end - 1] == '\'' ? QUOTED_OTHER : QUOTED_JSON;
        end -= escaped ? 2 : 1;
    }
    size_t begin = end;
    while (begin > 0 && end - begin < 2 * MAX_NAME && redact_pass_is_word(in.p[begin - 1]))
        begin--;
    int row = name_of((struct span){in.p + begin, end - begin}, addresses);
    if (row >= 0 && (names[row].value != VALUE_STRING || quoted != QUOTED_NOT))
        take_value(pass, at, names[row].value, quoted);
}

/* Value of the attribute NAME in the markup TAG; empty when it has none. */
static struct span attribute(struct span tag, const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = 1; i + n + 1 < tag.n; i++) {
        if (tag.p[i + n] != '=' || redact_pass_is_word(tag.p[i - 1]) ||
            !text_is_nocase(text_head(text_skip(tag, i), n), name))
            continue;
        size_t at = i + n + 1;
        if (tag.p[at] != '"' && tag.p[at] != '\'')
            return (struct span){tag.p + at, word_end(tag, at) - at};
        return (struct span){tag.p + at + 1,
                             string_end(tag, at + 1, tag.p[at], QUOTING_NONE) - at - 1};
    }
    return text_of("");
}

/*
 * The text of ELEMENT that begins at BEGIN, if the element ends behind it. Where the document
 * itself is no markup, the text must not reach out of its line or its string.
 */
static void take_element(struct redact_pass *pass, size_t begin, struct span element)
{
    const struct span in = pass->in;
    size_t end = begin, close;
    if (pass->markup && text_starts(text_skip(in, begin), "<![CDATA[")) {
        begin += strlen("<![CDATA[");
        const ptrdiff_t length = text_find(text_skip(in, begin), "]]>");
        end = length < 0 ? in.n : begin + (size_t)length;
        close = end + strlen("]]>");
    } else {
        while (end < in.n && in.p[end] != '<' &&
               (pass->markup ||
                (in.p[end] != '"' && in.p[end] != '\\' && !redact_pass_is_line_end(in.p[end]))))
            end++;
        close = end;
    }
    struct span tail = text_skip(in, close);
    if (text_starts(tail, "</") && text_same(text_head(text_skip(tail, 2), element.n), element))
        replace_lines(pass, begin, end);
    else
        pass->done = pass->markup ? end : begin;
}

/* The markup at AT: the text of an element or the value of a form's input that has a secret name.
 */
static void take_markup(struct redact_pass *pass, size_t at)
{
    const struct span window = text_head(text_skip(pass->in, at), LONG);
    struct span tag, body;
    size_t n = 1;
    while (n < window.n && n <= 2 * MAX_NAME && redact_pass_is_word(window.p[n]))
        n++;
    const struct span element = text_skip(text_head(window, n), 1);
    const bool input = text_is_nocase(element, "input");
    if ((!input && name_of(element, false) < 0) || !text_cut(window, '>', &tag, &body))
        return;
    if (input) {
        struct span value = attribute(tag, "value");
        if (value.n > 0 &&
            (name_of(attribute(tag, "name"), false) >= 0 ||
             text_is_nocase(attribute(tag, "type"), "password")) &&
            !says_nothing(value))
            redact_pass_replace(pass, (size_t)(value.p - pass->in.p),
                                (size_t)(value.p - pass->in.p) + value.n, marker);
        return;
    }
    if (tag.p[tag.n - 1] != '/')
        take_element(pass, at + tag.n + 1, element);
}

/*
 * Calls TAKE at each byte of STOPS that was not looked at yet. Inside a string of JSON the text
 * ends, for TAKE, where the string does: what is said in it cannot break the document.
 */
static void each_byte(struct redact_pass *pass, const char *stops,
                      void (*take)(struct redact_pass *pass, size_t at))
{
    const struct span in = pass->in;
    bool quoted = false, stop[256] = {['"'] = true};
    for (; *stops != '\0'; stops++)
        stop[(unsigned char)*stops] = true;
    for (size_t i = 0; i < in.n; i++) {
        if (!stop[(unsigned char)in.p[i]] && !quoted)
            continue;
        if (quoted && i >= pass->in.n) {
            pass->in = in;
            quoted = false;
            continue; /* the closing quote */
        }
        if (i < pass->done)
            continue;
        if (pass->json && !quoted && in.p[i] == '"') {
            pass->in.n = string_end(in, i + 1, '"', QUOTING_BACKSLASH);
            quoted = true;
        } else {
            take(pass, i);
        }
    }
    pass->in = in;
}

static void take_name(struct redact_pass *pass, size_t at)
{
    if (pass->in.p[at] == ':' || pass->in.p[at] == '=')
        take_separator(pass, at, false);
    else if (pass->in.p[at] == '<')
        take_markup(pass, at);
}

static void scan_names(struct redact_pass *pass)
{
    each_byte(pass, ":=<", take_name);
}

struct span redact_values(struct arena *arena, struct span bytes)
{
    return redact_pass_run(arena, scan_names, (struct redact_pass){.in = bytes});
}

/* ---- subjects ---- */

/* `MID 12 Subject 'text'` of mail logs: a Python repr with either quote (V, mail-logs.md 2). */
static void take_log_subject(struct redact_pass *pass, size_t at)
{
    const struct span in = pass->in;
    static const char word[] = "Subject ";
    const size_t quote = at + sizeof(word) - 1;
    size_t begin = at;
    if (!text_starts(text_skip(in, at), word) || quote >= in.n ||
        (in.p[quote] != '"' && in.p[quote] != '\'') || begin == 0 || in.p[begin - 1] != ' ')
        return;
    for (begin--;
         begin > 0 && at - begin < MAX_NAME && in.p[begin - 1] >= '0' && in.p[begin - 1] <= '9';)
        begin--;
    if (begin >= 4 && text_starts(text_skip(in, begin - 4), "MID "))
        (void)take_string(pass, quote, false);
}

static void take_subject(struct redact_pass *pass, size_t at)
{
    if (pass->in.p[at] == ':')
        take_separator(pass, at, true);
    else if (pass->in.p[at] == 'S')
        take_log_subject(pass, at);
}

static void scan_subjects(struct redact_pass *pass)
{
    each_byte(pass, ":S", take_subject);
}

static struct span redact_once(struct arena *arena, struct span bytes, struct span secret,
                               bool keep_addresses)
{
    bytes = redact_secret(arena, bytes, secret);
    bytes = redact_values(arena, bytes);
    if (keep_addresses)
        return bytes;
    bytes = redact_pass_run(arena, scan_subjects, (struct redact_pass){.in = bytes});
    return redact_pass_run(arena, redact_address_scan, (struct redact_pass){.in = bytes});
}

/*
 * Once more as long as something is found: taking out an address such as `"a b"@example.com` can
 * join what stood beside it. An answer that means something takes one round, and one to see it.
 */
struct span redact(struct arena *arena, struct span bytes, struct span secret, bool keep_addresses)
{
    if (text_starts(bytes, "\xff\xfe") || text_starts(bytes, "\xfe\xff"))
        return bytes; /* UTF-16: no byte of it can be taken out alone */
    for (int round = 0; round < MAX_ROUNDS; round++) {
        const struct span again = redact_once(arena, bytes, secret, keep_addresses);
        if (again.p == bytes.p)
            break;
        bytes = again;
    }
    return bytes;
}
