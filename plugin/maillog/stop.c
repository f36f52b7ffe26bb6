/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/stop.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

/* What the signal handler can reach. */
static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

bool stop_asked(void)
{
    return caught != 0;
}

/* Once, and without SA_RESTART: a read that waits for a pipe comes back. */
void stop_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;
    for (int i = 0; i < SIGNALS; i++)
        /* What was ignored when we were started stays so (nohup). */
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
}

void stop_restore(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, old;
    for (int i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == on_signal)
            (void)sigaction(signals[i], &usual, NULL);
}
