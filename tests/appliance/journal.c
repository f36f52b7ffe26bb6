/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/journal.h"

#include <stdarg.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * A JSON string; each byte from 0x80 on is the character of that number. A passphrase that somebody
 * sent where it does not belong is left out.
 */
static void put(const struct sim *sim, FILE *out, const char *bytes, size_t n)
{
    const size_t secret = sim->passphrase == NULL ? 0 : strlen(sim->passphrase);
    (void)putc('"', out);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (secret > 0 && n - i >= secret && memcmp(bytes + i, sim->passphrase, secret) == 0) {
            (void)fputs("<passphrase>", out);
            i += secret - 1;
        } else if (c == '"' || c == '\\') {
            (void)fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7F) {
            (void)fprintf(out, "\\u%04x", c);
        } else {
            (void)putc(c, out);
        }
    }
    (void)putc('"', out);
}

static void put_text(const struct sim *sim, FILE *out, const char *text)
{
    if (text == NULL)
        (void)fputs("null", out);
    else
        put(sim, out, text, strlen(text));
}

/* The members that every line has; the lock is held until end(). */
static FILE *begin(const struct sim *sim, const struct sim_node *node, const char *on,
                   const char *event)
{
    FILE *out = sim->journal;
    (void)pthread_mutex_lock(&lock);
    (void)fprintf(out, "{\"t_ms\": %lld, \"node\": ", (long long)(sim_now_ms() - sim->started_ms));
    put_text(sim, out, node == NULL ? NULL : node->name);
    (void)fputs(", \"on\": ", out);
    put_text(sim, out, on);
    (void)fputs(", \"event\": ", out);
    put_text(sim, out, event);
    return out;
}

static void end(FILE *out)
{
    (void)fputs("}\n", out);
    (void)fflush(out);
    (void)pthread_mutex_unlock(&lock);
}

void journal(struct sim *sim, const struct sim_node *node, const char *on, const char *event, ...)
{
    va_list args;
    if (sim->journal == NULL)
        return;
    FILE *out = begin(sim, node, on, event);
    va_start(args, event);
    for (const char *name; (name = va_arg(args, const char *)) != NULL;) {
        (void)fputs(", ", out);
        put_text(sim, out, name);
        (void)fputs(": ", out);
        put_text(sim, out, va_arg(args, const char *));
    }
    va_end(args);
    end(out);
}

void journal_bytes(struct sim *sim, const struct sim_node *node, const char *on, const char *event,
                   const char *bytes, size_t n)
{
    if (sim->journal == NULL)
        return;
    FILE *out = begin(sim, node, on, event);
    (void)fputs(", \"bytes\": ", out);
    put(sim, out, bytes, n);
    end(out);
}
