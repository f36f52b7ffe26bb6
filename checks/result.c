/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/result.h"

#include <stdarg.h>
#include <string.h>

#include "checks/text.h"

enum { MAX_SUBJECT = 200, MAX_SENTENCE = 1000 };

static const struct {
    const char *word;
    const char *label;
    int exit_code;
} states[STATE_COUNT] = {
    [STATE_NOT_APPLICABLE] = {"not_applicable", "N/A", 0},
    [STATE_OK] = {"ok", "OK", 0},
    [STATE_PENDING] = {"pending", "PENDING", 3},
    [STATE_UNKNOWN] = {"unknown", "UNKNOWN", 3},
    [STATE_WARNING] = {"warning", "WARNING", 1},
    [STATE_CRITICAL] = {"critical", "CRITICAL", 2},
};

enum state result_worse(enum state a, enum state b)
{
    return a > b ? a : b;
}

const char *result_state_word(enum state state)
{
    return states[state].word;
}

const char *result_state_label(enum state state)
{
    return states[state].label;
}

int result_exit_code(enum state state)
{
    return states[state].exit_code;
}

void result_init(struct result *result, struct arena *arena, const struct check *check,
                 const char *node)
{
    *result = (struct result){.arena = arena, .check = check, .node = node};
}

static const char *cleaned_print(struct result *result, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static const char *cleaned_print(struct result *result, const char *format, va_list args)
{
    const char *raw = arena_vprintf(result->arena, format, args);
    return result_clean(result->arena, text_of(raw), MAX_SENTENCE);
}

struct finding *result_say(struct result *result, enum state state, const char *subject,
                           const char *format, ...)
{
    struct finding *finding = arena_alloc(result->arena, sizeof(*finding));
    va_list args;
    va_start(args, format);
    finding->text = cleaned_print(result, format, args);
    va_end(args);
    finding->state = state;
    finding->subject = result_clean(result->arena, text_of(subject), MAX_SUBJECT);
    result->findings = arena_push(result->arena, result->findings, result->finding_count,
                                  sizeof(struct finding *));
    result->findings[result->finding_count++] = finding;
    return finding;
}

struct finding *result_compare(struct result *result, struct finding *finding, const char *wanted,
                               const char *found)
{
    if (wanted != NULL)
        finding->wanted = result_clean(result->arena, text_of(wanted), MAX_SENTENCE);
    if (found != NULL)
        finding->found = result_clean(result->arena, text_of(found), MAX_SENTENCE);
    return finding;
}

struct finding *result_hint(struct finding *finding, const char *constant_text)
{
    finding->hint = constant_text;
    return finding;
}

struct finding *result_evidence(struct result *result, struct finding *finding,
                                const char *document, unsigned line)
{
    finding->evidence.document = result_clean(result->arena, text_of(document), MAX_SENTENCE);
    finding->evidence.line = line;
    return finding;
}

struct finding *result_explain(struct result *result, struct finding *finding, const char *format,
                               ...)
{
    va_list args;
    va_start(args, format);
    finding->explained_by = cleaned_print(result, format, args);
    va_end(args);
    return finding;
}

void result_summary(struct result *result, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    result->summary = cleaned_print(result, format, args);
    va_end(args);
}

void result_headline(struct result *result, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    result->headline = cleaned_print(result, format, args);
    va_end(args);
}

enum state result_weight(const struct finding *finding)
{
    return finding->waiver != NULL ? STATE_WARNING : finding->state;
}

enum state result_state(const struct result *result)
{
    if (result->finding_count == 0)
        return STATE_UNKNOWN;
    enum state worst = STATE_NOT_APPLICABLE;
    for (size_t i = 0; i < result->finding_count; i++)
        worst = result_worse(worst, result_weight(result->findings[i]));
    return worst;
}

const char *result_line(const struct result *result)
{
    enum state state = result_state(result);
    if (result->finding_count == 0)
        return "nothing was found out";
    if (result->summary != NULL && state <= STATE_OK)
        return result->summary;
    if (result->headline != NULL && state > STATE_OK)
        return result->headline;
    const struct finding *worst = NULL;
    size_t failing = 0;
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        failing += finding->state > STATE_OK;
        if (worst == NULL && result_weight(finding) == state)
            worst = finding;
    }
    if (failing < 2)
        return worst->text;
    return arena_printf(result->arena, "%s (+%zu more)", worst->text, failing - 1);
}

/*
 * Length of the well-formed UTF-8 sequence at P (Unicode 15, table 3-7) and its code point; 0 when
 * there is none.
 */
static size_t decode(const char *text, size_t n, uint32_t *point)
{
    const unsigned char *p = (const unsigned char *)text;
    static const struct {
        unsigned char first, last, low, high;
        size_t length;
        unsigned char bits;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1, 0x7f},       {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f},
        {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f}, {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f},
        {0xed, 0xed, 0x80, 0x9f, 3, 0x0f}, {0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
        {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07}, {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07},
        {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
    };
    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        if (p[0] < forms[f].first || p[0] > forms[f].last)
            continue;
        if (forms[f].length > n)
            return 0;
        uint32_t value = p[0] & forms[f].bits;
        for (size_t i = 1; i < forms[f].length; i++) {
            unsigned char low = i == 1 ? forms[f].low : 0x80;
            unsigned char high = i == 1 ? forms[f].high : 0xbf;
            if (p[i] < low || p[i] > high)
                return 0;
            value = value << 6 | (p[i] & 0x3f);
        }
        *point = value;
        return forms[f].length;
    }
    return 0;
}

static bool is_blank(uint32_t point)
{
    return point <= 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0x2028 || point == 0x2029;
}

/* Bidirectional controls, zero-width characters and the byte order mark: text that hides text. */
static bool is_invisible(uint32_t point)
{
    return (point >= 0x200b && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x2069) || point == 0xfeff || point == 0x061c ||
           (point >= 0xe0000 && point <= 0xe007f);
}

/* Bytes from AT on that are letters, digits or signs of ASCII: nearly all of nearly every text. */
static size_t plain_run(struct span text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && text.p[at + n] > ' ' && text.p[at + n] < '\x7f')
        n++;
    return n;
}

/* Is nothing to be done, as with nearly every text? */
static bool is_clean(struct span text)
{
    bool twice = text.n == 0 || text.p[0] == ' ' || text.p[text.n - 1] == ' ';
    for (size_t i = 1; i < text.n; i++)
        twice |= text.p[i - 1] == ' ' && text.p[i] == ' ';
    return !twice && text_plain(text) == text.n;
}

const char *result_clean(struct arena *arena, struct span text, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd", ellipsis[] = "…";
    if (text.n <= max && is_clean(text))
        return arena_dup(arena, text);
    size_t room = text.n > max ? max : text.n * 3;
    if (room > max)
        room = max;
    char *clean = arena_alloc(arena, room + sizeof(ellipsis));
    size_t used = 0;
    bool blank = false;
    for (size_t at = 0; at < text.n;) {
        uint32_t point = 0;
        const size_t run = plain_run(text, at);
        const size_t length = run > 0 ? run : decode(text.p + at, text.n - at, &point);
        const char *bytes = length == 0 ? replacement : text.p + at;
        size_t count = length == 0 ? sizeof(replacement) - 1 : length;
        at += length == 0 ? 1 : length;
        if (run == 0 && length != 0 && is_invisible(point))
            continue;
        if (run == 0 && length != 0 && is_blank(point)) {
            blank = used != 0;
            continue;
        }
        const bool cut = used + blank + count > room;
        if (cut) /* of a run what there is room for, of a letter nothing */
            count = run == 0 || used + blank > room ? 0 : room - used - blank;
        if (blank && count > 0)
            clean[used++] = ' ';
        blank = false;
        memcpy(clean + used, bytes, count);
        used += count;
        if (cut) {
            memcpy(clean + used, ellipsis, sizeof(ellipsis));
            return clean;
        }
    }
    clean[used] = '\0';
    return clean;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_dup(arena, text_of(text));
}

static struct finding *copy_finding(struct arena *arena, const struct finding *finding)
{
    struct finding *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *finding; /* a hint is constant text */
    copy->subject = copy_text(arena, finding->subject);
    copy->text = copy_text(arena, finding->text);
    copy->wanted = copy_text(arena, finding->wanted);
    copy->found = copy_text(arena, finding->found);
    copy->explained_by = copy_text(arena, finding->explained_by);
    copy->waiver = copy_text(arena, finding->waiver);
    copy->evidence.document = copy_text(arena, finding->evidence.document);
    return copy;
}

struct result *result_copy(struct arena *arena, const struct result *result)
{
    struct result *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *result;
    copy->arena = arena;
    copy->node = copy_text(arena, result->node);
    copy->summary = copy_text(arena, result->summary);
    copy->headline = copy_text(arena, result->headline);
    copy->findings = arena_array(arena, result->finding_count, sizeof(*copy->findings));
    for (size_t i = 0; i < result->finding_count; i++)
        copy->findings[i] = copy_finding(arena, result->findings[i]);
    copy->metrics = arena_array(arena, result->metric_count, sizeof(*copy->metrics));
    for (size_t i = 0; i < result->metric_count; i++) {
        copy->metrics[i] = result->metrics[i];
        copy->metrics[i].instance = copy_text(arena, result->metrics[i].instance);
        copy->metrics[i].warning = copy_text(arena, result->metrics[i].warning);
        copy->metrics[i].critical = copy_text(arena, result->metrics[i].critical);
    }
    copy->comparisons = arena_array(arena, result->comparison_count, sizeof(*copy->comparisons));
    for (size_t i = 0; i < result->comparison_count; i++) {
        copy->comparisons[i] = result->comparisons[i];
        copy->comparisons[i].instance = copy_text(arena, result->comparisons[i].instance);
        copy->comparisons[i].before = copy_text(arena, result->comparisons[i].before);
        copy->comparisons[i].after = copy_text(arena, result->comparisons[i].after);
    }
    return copy;
}
