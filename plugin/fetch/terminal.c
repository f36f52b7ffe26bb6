/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/terminal.h"

#include <string.h>

#include "checks/parse/screen.h"

static const char pager[] = "-Press Any Key For More-";
static const char restricted[] = "This command is restricted to";

enum { FIRST_SIZE = 16 * 1024, QUESTION_BYTES = 400 };

void terminal_init(struct terminal *terminal, struct arena *arena)
{
    *terminal = (struct terminal){.arena = arena};
}

static void append(struct terminal *t, const char *bytes, size_t n)
{
    if (t->used + n > t->size) {
        size_t size = t->size == 0 ? FIRST_SIZE : t->size;
        while (size < t->used + n)
            size *= 2;
        char *larger = arena_alloc(t->arena, size);
        if (t->used != 0)
            memcpy(larger, t->bytes, t->used);
        t->bytes = larger;
        t->size = size;
    }
    if (n != 0)
        memcpy(t->bytes + t->used, bytes, n);
    t->used += n;
}

/* Behind the escape sequence that begins at I. */
static size_t escape_end(struct span s, size_t i)
{
    i++;
    if (i < s.n && s.p[i] == '[') {
        for (i++; i < s.n && s.p[i] >= ' ' && s.p[i] < '@';)
            i++;
    }
    return i < s.n ? i + 1 : i;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\r' || c == '\n';
}

/* A finished line that says something, and is no prompt that was shown once more. */
static bool says_something(struct span line)
{
    struct plan_prompt prompt;
    struct span rest;
    line = text_trim(line);
    if (line.n == 0)
        return false;
    (void)text_cut(line, '>', &line, &rest);
    char shown[TERMINAL_LINE];
    if (text_trim(rest).n != 0 || line.n + 2 >= sizeof(shown))
        return true;
    memcpy(shown, line.p, line.n);
    memcpy(shown + line.n, "> ", 2);
    return !plan_prompt((struct span){shown, line.n + 2}, &prompt);
}

/* Does the text from FROM to the echo, or to END where none has begun, belong to what was before?
 */
static bool is_stray(const struct terminal *t, size_t from, size_t end)
{
    char shown[TERMINAL_LINE];
    size_t n = 0;
    if (t->echoed != 0 && t->echo_at < end)
        end = t->echo_at;
    for (size_t i = from; i < end && n < sizeof(shown);) {
        if (t->bytes[i] == '\033') {
            i = escape_end((struct span){t->bytes, end}, i);
            continue;
        }
        if (t->bytes[i] == '\r' && i + 1 < end)
            n = 0;
        else if ((unsigned char)t->bytes[i] >= ' ')
            shown[n++] = t->bytes[i];
        i++;
    }
    return says_something((struct span){shown, n});
}

/*
 * Looks for the echo: only what follows it belongs to the command, for a prompt may have been shown
 * twice before. Blanks and line ends do not count, since a terminal may wrap it. An appliance that
 * echoes nothing is known by its first line of text; where one echoes, such a line is what was left
 * of the answer before.
 */
static void look_for_begin(struct terminal *t, struct span fresh)
{
    for (size_t i = 0; i < fresh.n && !t->begun; i++) {
        char c = fresh.p[i];
        size_t at = (size_t)(fresh.p + i - t->bytes);
        size_t from = t->line < t->reacted && t->reacted <= at ? t->reacted : t->line;
        if (c == '\n') {
            t->begun = says_something((struct span){t->bytes + from, at - from});
            t->stray |= t->echoes && is_stray(t, from, at);
            t->line = at + 1;
        }
        if (is_gap(c))
            continue;
        t->echoed = c == t->echo[t->echoed] ? t->echoed + 1 : c == t->echo[0] ? 1 : 0;
        if (t->echoed == 1)
            t->echo_at = at;
        if (t->echo[t->echoed] != '\0')
            continue;
        t->begun = true;
        if (!is_stray(t, from, at))
            t->echoes = true;
        else
            t->stray |= t->echoes;
    }
}

/* Nothing but what is shown last is wanted: drops the rest, so that memory stays small. */
static void forget(struct terminal *t)
{
    size_t keep = t->used < TERMINAL_LINE ? t->used : TERMINAL_LINE, gone = t->used - keep;
    memmove(t->bytes, t->bytes + gone, keep);
    t->used = keep;
    t->line = t->line > gone ? t->line - gone : 0;
    t->reacted = t->reacted > gone ? t->reacted - gone : 0;
}

void terminal_keep(struct terminal *terminal, size_t keep,
                   void (*dropped)(void *context, struct span bytes), void *context)
{
    terminal->keep = keep;
    terminal->dropped = dropped;
    terminal->context = context;
}

/* Drops whole lines at the front. Rarely, so that a byte is moved once: half of the room is spare.
 */
static void drop_front(struct terminal *t)
{
    size_t gone = t->used - t->keep;
    const char *end = memchr(t->bytes + gone, '\n', t->keep);
    if (end != NULL)
        gone = (size_t)(end - t->bytes) + 1;
    t->dropped(t->context, (struct span){t->bytes, gone});
    memmove(t->bytes, t->bytes + gone, t->used - gone);
    t->used -= gone;
    t->gone += gone;
    t->line = t->line > gone ? t->line - gone : 0;
    t->reacted = t->reacted > gone ? t->reacted - gone : 0;
}

void terminal_release(struct terminal *terminal)
{
    terminal->max = terminal->keep = 0;
    terminal->over = false;
    terminal->begun = true;
}

bool terminal_feed(struct terminal *terminal, const char *bytes, size_t n)
{
    if (n == 0)
        return !terminal->over;
    if (terminal->max == 0 && terminal->used > FIRST_SIZE)
        forget(terminal);
    size_t all = terminal->gone + terminal->used;
    size_t room = terminal->max > all ? terminal->max - all : 0;
    if (terminal->keep != 0 && terminal->begun && terminal->used > 2 * terminal->keep)
        drop_front(terminal);
    size_t old = terminal->used;
    if (n > room && terminal->max != 0) {
        terminal->over = true;
        n = room;
    }
    append(terminal, bytes, n);
    struct span fresh = {terminal->bytes + old, n};
    if (!terminal->begun)
        look_for_begin(terminal, fresh);
    for (size_t i = n; i > 0; i--)
        if (fresh.p[i - 1] == '\n') {
            terminal->line = old + i;
            break;
        }
    return !terminal->over;
}

/* The last line, with what moves the cursor applied. */
static struct span last_line(struct terminal *terminal)
{
    if (terminal->bytes == NULL)
        return (struct span){terminal->screen, 0};
    struct span raw = {terminal->bytes + terminal->line, terminal->used - terminal->line};
    if (raw.n > TERMINAL_LINE)
        raw = text_skip(raw, raw.n - TERMINAL_LINE);
    size_t n = 0;
    for (size_t i = 0; i < raw.n;) {
        char c = raw.p[i];
        if (c == '\033') {
            i = escape_end(raw, i);
            continue;
        }
        if (c == '\b')
            n -= n > 0;
        else if (c == '\r' && i + 1 < raw.n)
            n = 0; /* what follows stands at the line's begin again */
        else if (c != '\r' && c != '\a')
            terminal->screen[n++] = c;
        i++;
    }
    /* The pager's text whose erasure lacks its CR. */
    struct span line = {terminal->screen, n};
    ptrdiff_t at = text_find(line, pager);
    struct span behind = at < 0 ? line : text_skip(line, (size_t)at + sizeof(pager) - 1);
    if (at >= 0 && text_trim(behind).n != 0) {
        while (text_starts(behind, " "))
            behind = text_skip(behind, 1);
        line = behind;
    }
    return line;
}

void terminal_begin(struct terminal *terminal, struct span command, size_t max)
{
    struct span screen = last_line(terminal);
    bool typed = command.n != 0;
    terminal->used = terminal->line = terminal->reacted = 0;
    terminal->max = max;
    terminal->over = false;
    terminal->keep = terminal->gone = 0;
    terminal->begun = !typed;
    terminal->echoed = terminal->echo_at = 0;
    terminal->stray = false;
    size_t n = 0;
    for (size_t i = 0; i < command.n && n + 1 < sizeof(terminal->echo); i++)
        if (!is_gap(command.p[i]))
            terminal->echo[n++] = command.p[i];
    terminal->echo[n] = '\0';
    if (typed && plan_is_prompt(screen))
        append(terminal, screen.p, screen.n);
    terminal->reacted = terminal->used;
}

/* The restriction question may be broken into lines: it is longer than 80 columns. */
static struct span question_shown(struct terminal *t)
{
    struct span tail = {t->bytes, t->used}, found = {NULL, 0};
    if (tail.n > QUESTION_BYTES)
        tail = text_skip(tail, tail.n - QUESTION_BYTES);
    for (ptrdiff_t at; (at = text_find(tail, restricted)) >= 0;) {
        found = text_skip(tail, (size_t)at);
        tail = text_skip(found, sizeof(restricted) - 1);
    }
    return found;
}

/*
 * A host's prompt counts with the name that was learnt, for nothing that is sent leads from one
 * machine to another; a member's mode may change.
 */
static bool is_ours(const struct terminal *t, const struct plan_prompt *prompt)
{
    if (!t->knows)
        return true;
    if ((t->place == PLAN_STANDALONE) != (prompt->place == PLAN_STANDALONE))
        return false;
    bool same_host = prompt->place == t->place &&
                     (t->place == PLAN_STANDALONE || t->place == PLAN_MACHINE_PLACE);
    return !same_host || text_same_nocase(prompt->name, text_of(t->name));
}

enum terminal_event terminal_event(struct terminal *terminal)
{
    struct plan_prompt prompt;
    if (terminal->used <= terminal->reacted || terminal->over)
        return TERMINAL_NOTHING;
    struct span line = last_line(terminal);
    if (terminal->begun && plan_prompt(line, &prompt) && is_ours(terminal, &prompt))
        return TERMINAL_PROMPT;
    struct span fresh = {terminal->bytes + terminal->reacted, terminal->used - terminal->reacted};
    if (fresh.n > TERMINAL_LINE)
        fresh = text_skip(fresh, fresh.n - TERMINAL_LINE);
    bool returned = fresh.p[fresh.n - 1] == '\r';
    if (plan_is_pager(line) && plan_is_pager(fresh) && !returned)
        return TERMINAL_PAGER;
    if (text_ends(fresh, " ") && plan_is_cluster_question(question_shown(terminal)))
        return TERMINAL_CLUSTER_QUESTION;
    if (!plan_is_question(line))
        return TERMINAL_NOTHING;
    return text_ends(line, ": ") ? TERMINAL_COLON : TERMINAL_QUESTION;
}

struct span terminal_screen(struct terminal *terminal)
{
    struct span question = question_shown(terminal);
    return plan_is_cluster_question(question) ? question : last_line(terminal);
}

void terminal_learn(struct terminal *terminal)
{
    struct plan_prompt prompt;
    if (!plan_prompt(last_line(terminal), &prompt) || prompt.name.n >= sizeof(terminal->name))
        return;
    memcpy(terminal->name, prompt.name.p, prompt.name.n);
    terminal->name[prompt.name.n] = '\0';
    terminal->place = prompt.place;
    terminal->knows = true;
}

void terminal_answered(struct terminal *terminal)
{
    terminal->reacted = terminal->used;
}

/* Does LINE begin with a prompt? TYPED: what stands behind it. */
static bool is_prompt_line(const struct terminal *t, struct span line, struct span *typed)
{
    struct plan_prompt prompt;
    struct span head;
    char shown[TERMINAL_LINE];
    if (!text_cut(text_trim(line), '>', &head, typed) || head.n + 2 > sizeof(shown))
        return false;
    memcpy(shown, head.p, head.n);
    memcpy(shown + head.n, "> ", 2);
    *typed = text_trim(*typed);
    return plan_prompt((struct span){shown, head.n + 2}, &prompt) &&
           (prompt.place != PLAN_STANDALONE || text_same_nocase(prompt.name, text_of(t->name)));
}

unsigned terminal_prompt_inside(const struct terminal *terminal, struct span bytes)
{
    struct screen screen;
    struct span typed;
    bool echoed = false;
    unsigned ended = 0; /* line of a prompt behind the echo */
    if (!screen_read(terminal->arena, bytes, &screen))
        return 0; /* no text: who reads it says so */
    for (size_t i = 0; i < screen.count; i++) {
        bool prompt = is_prompt_line(terminal, screen.lines[i].text, &typed);
        bool goes_on = prompt ? typed.n != 0 : text_trim(screen.lines[i].text).n != 0;
        if (ended != 0 && goes_on)
            return ended;
        if (echoed && prompt && goes_on)
            return screen.lines[i].number;
        if (echoed && prompt)
            ended = screen.lines[i].number;
        echoed = echoed || (prompt && goes_on);
    }
    return 0;
}

struct span terminal_bytes(const struct terminal *terminal)
{
    return (struct span){terminal->bytes, terminal->used};
}
