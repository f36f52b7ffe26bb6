/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/appliance/cli.h"
#include "tests/appliance/fleet.h"
#include "tests/appliance/journal.h"
#include "tests/appliance/listen.h"
#include "tests/appliance/outfit.h"
#include "tests/appliance/shift.h"
#include "tests/appliance/web.h"

enum { LINE_MAX_BYTES = 8192, TOKEN_S = 1800, SHIFT_MAX = 64 * 1024 * 1024 };

struct options {
    struct fleet_source source;
    bool passphrase_only;
    const char *passphrase_file;
    const char *shift; /* hidden: moves the times of standard input */
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
    sim_wake();
}

static int complain(const char *text)
{
    (void)fprintf(stderr, "appliance: %s\n", text);
    return 2;
}

static bool read_number(const char *text, int64_t *value)
{
    return text_to_int(text_of(text), value);
}

/* NULL, or what is wrong. */
static const char *read_option(struct sim *sim, struct options *options, int option)
{
    int64_t value;
    switch (option) {
    case 'd':
        sim->dir = optarg;
        return NULL;
    case 'f':
        options->source.file = optarg;
        return NULL;
    case 's':
        options->source.scenario = optarg;
        return NULL;
    case 'c':
        if (!read_number(optarg, &value) || value < 0 || value > UINT16_MAX)
            return "--copies needs a number";
        options->source.copies = (unsigned)value;
        return NULL;
    case 'a':
        options->passphrase_only = strcmp(optarg, "passphrase") == 0;
        return options->passphrase_only || strcmp(optarg, "key") == 0
                   ? NULL
                   : "--auth is key or passphrase";
    case 'u':
        sim->user = optarg;
        return NULL;
    case 'p':
        options->passphrase_file = optarg;
        return NULL;
    case 't':
        return read_number(optarg, &sim->token_s) && sim->token_s > 0
                   ? NULL
                   : "--token-seconds needs a number";
    case 'S':
        options->shift = optarg;
        return NULL;
    default:
        return "usage: appliance --dir DIR [--fleet FILE | --scenario FOLDER] [--copies N]\n"
               "  [--auth key|passphrase] [--user NAME] [--passphrase-file FILE] "
               "[--token-seconds N]";
    }
}

static const char *read_options(struct sim *sim, struct options *options, int argc, char **argv)
{
    static const struct option table[] = {
        {"dir", required_argument, NULL, 'd'},
        {"fleet", required_argument, NULL, 'f'},
        {"scenario", required_argument, NULL, 's'},
        {"copies", required_argument, NULL, 'c'},
        {"auth", required_argument, NULL, 'a'},
        {"user", required_argument, NULL, 'u'},
        {"passphrase-file", required_argument, NULL, 'p'},
        {"token-seconds", required_argument, NULL, 't'},
        {"shift", required_argument, NULL, 'S'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        const char *wrong = read_option(sim, options, option);
        if (wrong != NULL)
            return wrong;
    }
    if (optind < argc)
        return "there are no arguments, only options";
    if (options->shift == NULL && sim->dir == NULL)
        return "--dir DIR is missing";
    return NULL;
}

/* Standard input to standard output, its times moved. */
static int filter_shift(const char *text)
{
    int64_t seconds;
    char *bytes = malloc(SHIFT_MAX);
    size_t n = 0, got;
    if (bytes == NULL || !read_number(text, &seconds)) {
        free(bytes);
        return complain("--shift needs a number of seconds");
    }
    while (n < SHIFT_MAX && (got = fread(bytes + n, 1, SHIFT_MAX - n, stdin)) > 0)
        n += got;
    shift_times(bytes, n, seconds);
    const bool done = fwrite(bytes, 1, n, stdout) == n && fflush(stdout) == 0;
    free(bytes);
    return done ? 0 : 1;
}

static void set_state(struct sim *sim, size_t state)
{
    sim_lock();
    sim->state = state;
    sim_unlock();
    journal(sim, NULL, "sim", "state", "name", sim->states[state].name, (const char *)NULL);
}

static const char *go_to_state(struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->state_count; i++)
        if (strcmp(sim->states[i].name, name) == 0) {
            set_state(sim, i);
            return NULL;
        }
    return arena_printf(sim->arena, "there is no state %s", name);
}

/* One control line. NULL, or what is wrong. */
static const char *obey(struct sim *sim, const char *line)
{
    if (strcmp(line, "quit") == 0) {
        ended = 1;
        return NULL;
    }
    if (strcmp(line, "clear") == 0) {
        sim_clear(sim);
        return NULL;
    }
    if (strcmp(line, "step") == 0) {
        if (sim->state + 1 >= sim->state_count)
            return "this is the last state";
        set_state(sim, sim->state + 1);
        return NULL;
    }
    if (strncmp(line, "state ", 6) == 0)
        return go_to_state(sim, line + 6);
    if (strncmp(line, "fault ", 6) == 0)
        return fleet_fault(sim, line + 6);
    return "commands are: step, state NAME, fault JSON, clear, quit";
}

/* Breaks the sessions of what went down, and only then says so. */
static void settle(struct sim *sim)
{
    listen_apply(sim);
    for (size_t i = 0; i < sim->node_count; i++)
        if (sim->nodes[i].down)
            cli_break(&sim->nodes[i]);
}

/* Reads what is there of standard input and obeys whole lines. */
static void control(struct sim *sim)
{
    static char line[LINE_MAX_BYTES];
    static size_t n;
    const ssize_t got = read(STDIN_FILENO, line + n, sizeof(line) - 1 - n);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        ended = 1;
        return;
    }
    n += (size_t)got;
    line[n] = '\0';
    for (char *end; (end = memchr(line, '\n', n)) != NULL;) {
        *end = '\0';
        const char *wrong = obey(sim, line);
        settle(sim);
        (void)printf(wrong == NULL ? "ok\n" : "error: %s\n", wrong);
        (void)fflush(stdout);
        n -= (size_t)(end + 1 - line);
        memmove(line, end + 1, n);
    }
    if (n == sizeof(line) - 1)
        n = 0; /* nobody means such a line */
}

static void serve(struct sim *sim, struct sim_node *node, enum sim_port port, int fd)
{
    if (port == SIM_SSH)
        cli_serve(sim, node, fd);
    else
        web_serve(sim, node, port, fd);
}

/* Moves along the timeline. How long until something is due again; -1 = nothing is. */
static int64_t advance(struct sim *sim)
{
    const int64_t now = sim_now_ms();
    int64_t next = -1;
    while (sim->state + 1 < sim->state_count) {
        const int64_t at = sim->states[sim->state + 1].at_ms;
        if (at < 0)
            break;
        next = sim->started_ms + at;
        if (next > now)
            break;
        set_state(sim, sim->state + 1);
        next = -1;
    }
    sim_lock();
    for (size_t i = 0; i < sim->node_count; i++) {
        const int64_t up = sim->nodes[i].up_ms;
        if (up > now && (next < 0 || up < next))
            next = up;
    }
    sim_unlock();
    return next < 0 ? -1 : next - now + 1;
}

static int play(struct sim *sim, const struct options *options)
{
    if (!listen_begin(sim))
        return complain(strerror(errno));
    if (!cli_prepare(sim))
        return complain("host keys or known_hosts could not be written");
    if (!web_prepare(sim) || !web_start(sim))
        return complain("the HTTPS side could not start");
    set_state(sim, 0);
    settle(sim);
    if (!outfit_write(sim, !options->passphrase_only))
        return complain("the configuration could not be written");
    for (unsigned found = LISTEN_WOKEN; !ended;) {
        const size_t state = sim->state;
        const int64_t wait = advance(sim);
        if ((found & LISTEN_WOKEN) != 0 || state != sim->state)
            settle(sim);
        found = listen_wait(sim, STDIN_FILENO, wait > INT16_MAX ? INT16_MAX : (int)wait, serve);
        if ((found & LISTEN_CONTROL) != 0)
            control(sim);
    }
    return 0;
}

static void clean_up(struct sim *sim)
{
    listen_end(sim);
    cli_stop(sim);
    web_stop();
    if (sim->journal != NULL)
        (void)fclose(sim->journal);
    arena_free(sim->arena);
}

int main(int argc, char **argv)
{
    static struct sim sim = {.user = "postcheck", .token_s = TOKEN_S};
    struct options options = {.source = {.scenario = "tests/scenarios/healthy"}};
    struct sigaction action = {.sa_handler = on_signal};
    struct arena arena;
    arena_init(&arena, NULL);
    sim.arena = &arena;
    sim.started_ms = sim_now_ms();
    const char *wrong = read_options(&sim, &options, argc, argv);
    int result = 0;
    if (wrong == NULL && options.shift != NULL) {
        result = filter_shift(options.shift);
        arena_free(&arena);
        return result;
    }
    (void)sim_wake_fd();
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (wrong == NULL)
        wrong = fleet_load(&sim, &options.source);
    if (wrong == NULL && !outfit_begin(&sim))
        wrong = arena_printf(&arena, "%s: %s", sim.dir, strerror(errno));
    if (wrong == NULL &&
        (sim.passphrase = outfit_passphrase(&sim, options.passphrase_file)) == NULL)
        wrong = "the passphrase file cannot be read";
    result = wrong != NULL ? complain(wrong) : play(&sim, &options);
    clean_up(&sim);
    return result;
}
