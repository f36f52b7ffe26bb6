/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * generate [OPTION]…: a mail_logs file on standard output, always the same bytes for the same
 * options, and what is true of it. README.md of tests/bench has the options.
 */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/maillog/gen.h"

static const char usage[] =
    "usage: generate [--seed N] [--size BYTES[K|M|G]] [--messages N] [--rate CONNECTIONS_PER_S]\n"
    "  [--profile modern|classic] [--style file|syslog|syslog-nohost|bare] [--crlf]\n"
    "  [--appliances N] [--start YYYY-MM-DDTHH:MM] [--hazards] [--double PERCENT] [--torn]\n"
    "  [--quarantine-release] [--never PERCENT] [--in-flight] [--reset FRACTION [--collide]]\n"
    "  [--clock-back SECONDS] [--follow LINES_PER_S] [--truth FILE.json] [--postfix FILE]\n";

static int fail(const char *what, const char *text)
{
    (void)fprintf(stderr, "generate: %s%s\n%s", what, text, usage);
    return 2;
}

static uint64_t size_of(const char *text)
{
    char *end;
    uint64_t size = strtoull(text, &end, 10);
    for (const char *units = "KMG"; *units != '\0'; units++) {
        size *= 1024;
        if (*end == *units && end[1] == '\0')
            return size;
    }
    return *end == '\0' ? strtoull(text, NULL, 10) : 0;
}

/* Seconds since 1970 as if it were UTC; -1 = no date. */
static int64_t date_of(const char *text)
{
    int y, m, d, h, min;
    if (sscanf(text, "%d-%d-%dT%d:%d", &y, &m, &d, &h, &min) != 5 || y < 1971 || y > 2100 ||
        m < 1 || m > 12)
        return -1;
    int64_t a = y - (m < 3), days = a * 365 + a / 4 - a / 100 + a / 400 +
                                    (153 * (m + (m < 3 ? 9 : -3)) + 2) / 5 + d - 719469;
    return days * 86400 + h * 3600 + min * 60;
}

enum {
    SEED = 256,
    SIZE,
    MESSAGES,
    RATE,
    PROFILE,
    STYLE,
    CRLF,
    NODES,
    START,
    HAZARDS,
    DOUBLED,
    TORN,
    RELEASE,
    NEVER,
    IN_FLIGHT,
    RESET,
    COLLIDE,
    CLOCK_BACK,
    FOLLOW,
    TRUTH,
    POSTFIX
};

static const struct option options[] = {{"seed", 1, NULL, SEED},
                                        {"size", 1, NULL, SIZE},
                                        {"messages", 1, NULL, MESSAGES},
                                        {"rate", 1, NULL, RATE},
                                        {"profile", 1, NULL, PROFILE},
                                        {"style", 1, NULL, STYLE},
                                        {"crlf", 0, NULL, CRLF},
                                        {"appliances", 1, NULL, NODES},
                                        {"start", 1, NULL, START},
                                        {"hazards", 0, NULL, HAZARDS},
                                        {"double", 1, NULL, DOUBLED},
                                        {"torn", 0, NULL, TORN},
                                        {"quarantine-release", 0, NULL, RELEASE},
                                        {"never", 1, NULL, NEVER},
                                        {"in-flight", 0, NULL, IN_FLIGHT},
                                        {"reset", 1, NULL, RESET},
                                        {"collide", 0, NULL, COLLIDE},
                                        {"clock-back", 1, NULL, CLOCK_BACK},
                                        {"follow", 1, NULL, FOLLOW},
                                        {"truth", 1, NULL, TRUTH},
                                        {"postfix", 1, NULL, POSTFIX},
                                        {NULL, 0, NULL, 0}};

static bool style_of(const char *text, enum out_style *style)
{
    static const char *const words[] = {"file", "syslog", "syslog-nohost", "bare"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(text, words[i]) == 0) {
            *style = (enum out_style)i;
            return true;
        }
    return false;
}

static bool set_flag(struct settings *set, int option)
{
    bool *const flags[] = {[CRLF - CRLF] = &set->crlf,           [HAZARDS - CRLF] = &set->hazards,
                           [TORN - CRLF] = &set->torn,           [RELEASE - CRLF] = &set->release,
                           [IN_FLIGHT - CRLF] = &set->in_flight, [COLLIDE - CRLF] = &set->collide};
    unsigned i = (unsigned)(option - CRLF);
    if (option < CRLF || i >= sizeof(flags) / sizeof(flags[0]) || flags[i] == NULL)
        return false;
    *flags[i] = true;
    return true;
}

static bool set_number(struct settings *set, int option, const char *text)
{
    switch (option) {
    case SEED:
        set->seed = strtoull(text, NULL, 10);
        return true;
    case SIZE:
        return (set->size = size_of(text)) > 0;
    case MESSAGES:
        return (set->messages = strtoull(text, NULL, 10)) > 0;
    case RATE:
        return (set->rate = strtod(text, NULL)) > 0;
    case NODES:
        set->appliances = (unsigned)strtoul(text, NULL, 10);
        return set->appliances >= 1 && set->appliances <= APPLIANCES;
    case START:
        return (set->start = date_of(text)) >= 0;
    case DOUBLED:
        set->doubled = strtod(text, NULL) / 100;
        return true;
    case NEVER:
        set->never = strtod(text, NULL) / 100;
        return true;
    case RESET:
        return (set->reset = strtod(text, NULL)) > 0 && set->reset < 1;
    case CLOCK_BACK:
        set->clock_back = (int)strtol(text, NULL, 10);
        return set->clock_back > 0;
    case FOLLOW:
        return (set->follow = (unsigned)strtoul(text, NULL, 10)) > 0;
    default:
        return false;
    }
}

static bool set_option(struct settings *set, int option, const char *text)
{
    switch (option) {
    case PROFILE:
        set->classic = strcmp(text, "classic") == 0;
        return set->classic || strcmp(text, "modern") == 0;
    case STYLE:
        return style_of(text, &set->style);
    case TRUTH:
        set->truth = text;
        return true;
    case POSTFIX:
        set->postfix = text;
        return true;
    default:
        return set_flag(set, option) || set_number(set, option, text);
    }
}

static void begin(struct gen *g)
{
    struct settings *set = &g->set;
    g->msgs.size = sizeof(struct msg);
    g->conns.size = sizeof(struct conn);
    g->links.size = sizeof(struct link);
    for (unsigned i = 0; i < set->appliances; i++) {
        struct appliance *a = &g->appliances[i];
        (void)snprintf(a->host, sizeof(a->host), "esa%u.example.com", i + 1);
        (void)snprintf(a->serial, sizeof(a->serial), "564D0000%04X-EXAMPLE%04u", i + 1, i + 1);
        a->mid = 200257070;
        a->icid = 282204970;
        a->dcid = 2386069;
        a->rcid = 756814;
    }
    chance_init(g);
    truth_init(&g->truth, set->start - set->clock_back, set->style != OUT_BARE);
    g->out.limit = set->size;
    g->out.follow = set->follow;
}

static bool finish(struct gen *g)
{
    static const char torn[] = "Tue Mar 10 12:34:56 2026 In";
    uint64_t lines = g->out.lines, bytes = g->out.bytes;
    if (g->set.torn) { /* the last line is being written */
        g->out.limit = UINT64_MAX;
        g->out.full = false;
        if (out_raw(&g->out, torn)) {
            g->out.n -= g->set.crlf ? 2 : 1;
            lines++;
            bytes += sizeof(torn) - 1;
            g->truth.continuations++;
        }
    }
    bool ok = out_end(&g->out) && out_end(&g->postfix);
    if (g->set.truth != NULL && !truth_write(&g->truth, lines, bytes, g->set.truth)) {
        perror(g->set.truth);
        ok = false;
    }
    truth_free(&g->truth);
    free(g->appliances);
    return ok;
}

int main(int argc, char **argv)
{
    static struct gen g; /* tables of some size */
    int option, postfix = -1;
    g.set = (struct settings){.seed = 1, .rate = 30, .appliances = 1, .never = 0.011};
    g.set.start = date_of("2026-03-10T09:00");
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == '?' || !set_option(&g.set, option, optarg))
            return option == '?' ? fail("", "no such option")
                                 : fail("not understood: ", optarg != NULL ? optarg : "");
    if (optind < argc)
        return fail("not understood: ", argv[optind]);
    if (g.set.appliances > 1 && g.set.style != OUT_SYSLOG && g.set.style != OUT_BARE)
        return fail("", "lines of several appliances need --style syslog or bare");
    if (g.set.size == 0)
        g.set.size = g.set.messages != 0 ? UINT64_MAX : (uint64_t)1 << 30;
    if (g.set.postfix != NULL &&
        (postfix = open(g.set.postfix, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0) {
        perror(g.set.postfix);
        return 1;
    }
    g.appliances = calloc(g.set.appliances, sizeof(*g.appliances));
    if (g.appliances == NULL || !out_init(&g.out, STDOUT_FILENO, g.set.style, g.set.crlf) ||
        !out_init(&g.postfix, postfix, OUT_POSTFIX, false))
        return 1;
    begin(&g);
    sim_run(&g);
    return finish(&g) ? 0 : 1;
}
