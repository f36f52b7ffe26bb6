/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any appliance at the other end of the terminal: the input is cut at NUL bytes into what it sends,
 * and each piece's first byte chooses what is done before. Whatever is shown, only what the list
 * allows is let through, and only where a prompt, a pager or the one question stands.
 */
#include "plugin/fetch/terminal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const commands[] = {
    "", "version", "status detail", "clusterconfig connstatus", "clustercheck", "reboot"};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]), BUFFER = 512 };

/* What may leave for INPUT: one row of the list, and never what is not in it. */
static void check_gate(struct terminal *terminal, enum plan_input input, const char *text,
                       bool forbidden)
{
    char buffer[BUFFER];
    size_t n = plan_may_send(input, text_of(text), terminal_screen(terminal), buffer, BUFFER);
    if (n >= BUFFER || (n > 0 && (forbidden || memchr(buffer, '\0', n) != NULL)))
        abort();
    if (n > 0 && input != PLAN_MORE && input != PLAN_INTERRUPT && buffer[n - 1] != '\n')
        abort();
}

static void check(struct terminal *terminal)
{
    enum terminal_event event = terminal_event(terminal);
    struct span screen = terminal_screen(terminal);
    bool prompt = plan_is_prompt(screen);
    if (terminal->used > terminal->size || terminal->line > terminal->used ||
        terminal->reacted > terminal->used || (event == TERMINAL_PROMPT && !prompt))
        abort();
    for (size_t i = 0; i < COMMANDS; i++)
        check_gate(terminal, PLAN_COMMAND, commands[i],
                   !prompt || i == 0 || strcmp(commands[i], "reboot") == 0);
    check_gate(terminal, PLAN_MACHINE, "esa1.example.com", !prompt);
    check_gate(terminal, PLAN_EXIT, "", !prompt);
    check_gate(terminal, PLAN_YES, "", !plan_is_cluster_question(terminal_screen(terminal)));
    check_gate(terminal, PLAN_MORE, "", !plan_is_pager(terminal_screen(terminal)));
}

static void act(struct terminal *terminal, unsigned char what)
{
    static const size_t limits[] = {0, 64, 4096, 256 * 1024};
    if (what % 4 == 0)
        terminal_begin(terminal, text_of(commands[what / 4 % COMMANDS]), limits[what / 32 % 4]);
    else if (what % 4 == 1)
        terminal_learn(terminal);
    else if (what % 4 == 2)
        terminal_answered(terminal);
    else if (what % 16 == 15)
        terminal_release(terminal);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    struct terminal terminal;
    struct span rest = {(const char *)bytes, n}, piece;
    arena_init(&arena, NULL);
    terminal_init(&terminal, &arena);
    terminal_begin(&terminal, text_of(""), 64 * 1024);
    for (bool more = true; more;) {
        more = text_cut(rest, '\0', &piece, &rest);
        if (piece.n == 0)
            continue;
        act(&terminal, (unsigned char)piece.p[0]);
        piece = text_skip(piece, 1);
        size_t before = terminal.used;
        bool room = terminal_feed(&terminal, piece.p, piece.n);
        if (terminal.max != 0 && room && terminal.used != before + piece.n)
            abort();
        check(&terminal);
    }
    arena_free(&arena);
    return 0;
}
