/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/trick.h"

#include <stdlib.h>
#include <string.h>

/* HEAD, PROMPT, TYPED and TAIL at once: in one packet, when that is large enough. */
static void write_all(struct screen *screen, struct span head, const char *prompt,
                      const char *typed, struct span tail)
{
    const size_t size = head.n + strlen(prompt) + strlen(typed) + tail.n + 1;
    char *bytes = malloc(size);
    if (bytes == NULL)
        abort();
    const int n =
        snprintf(bytes, size, "%.*s%s%s%.*s", TEXT_ARGS(head), prompt, typed, TEXT_ARGS(tail));
    (void)screen_write(screen, (struct span){bytes, n < 0 ? 0 : (size_t)n});
    free(bytes);
}

void trick_prompt_inside(struct screen *screen, const char *prompt, const char *command,
                         struct span head, struct span tail, int64_t echo)
{
    char typed[80];
    const char *other = strcmp(command, "version") == 0 ? "status" : "version";
    (void)snprintf(typed, sizeof(typed), "%s\n", echo == 0 ? "" : echo == 1 ? other : command);
    write_all(screen, head, prompt, typed, tail);
}

void trick_prompt_pause(struct screen *screen, const char *prompt, struct span head,
                        struct span tail, int64_t ms)
{
    write_all(screen, head, prompt, "", text_of(NULL));
    (void)session_typed(screen->channel, (int)ms);
    if (screen_print(screen, "\n"))
        (void)screen_write(screen, tail);
}
