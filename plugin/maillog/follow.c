/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/follow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin/maillog/account.h"
#include "plugin/maillog/screen.h"
#include "plugin/maillog/stop.h"
#include "plugin/tail/tail.h"

enum { REDRAW_MS = 1000, KEY_MS = 200, SAVE_MS = 10000, BUFFER = 65536 };

/* The last, unfinished line of one of several sources: they share one reader. */
struct rest {
    char *bytes;
    size_t n, room;
};

struct follow {
    struct cmd *cmd;
    const struct settings *settings;
    struct maillog *log;
    struct tail *tail;
    size_t count; /* sources */
    struct rest *rests;
    char *buffer;
    struct screen screen;
    int64_t next_ms, saved_ms; /* CLOCK_MONOTONIC: the next account; the last save */
    bool live;                 /* on a terminal */
};

static int64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Bytes ---- */

/* N bytes more of a source: whole lines go on, the rest waits. False: out of memory. */
static bool put_bytes(struct follow *f, struct rest *rest, const char *bytes, size_t n)
{
    size_t whole = n;
    while (whole > 0 && bytes[whole - 1] != '\n')
        whole--;
    if (whole > 0) {
        if (!maillog_feed(f->log, (struct span){rest->bytes, rest->n}) ||
            !maillog_feed(f->log, (struct span){bytes, whole}))
            return false;
        rest->n = 0;
    }
    if (n == whole || rest->n >= LINE_MAX_BYTES) /* of a longer line nothing more is looked at */
        return true;
    if (rest->n + n - whole > rest->room) {
        size_t room = (rest->n + n - whole) * 2;
        char *larger = realloc(rest->bytes, room);
        if (larger == NULL)
            return false;
        rest->bytes = larger;
        rest->room = room;
    }
    memcpy(rest->bytes + rest->n, bytes + whole, n - whole);
    rest->n += n - whole;
    return true;
}

static bool end_line(struct follow *f, size_t source)
{
    if (f->count > 1 && f->rests[source].n > 0)
        return put_bytes(f, &f->rests[source], "\n", 1);
    return true;
}

static bool take_event(struct follow *f, const struct tail_chunk *chunk)
{
    if (chunk->lost)
        (void)fprintf(stderr, "postcheck: the log was overwritten: lines may be missing\n");
    if (!end_line(f, chunk->source))
        return false;
    return f->count > 1 || chunk->event == TAIL_GONE || chunk->event == TAIL_END ||
           maillog_file(f->log);
}

/* All that is there now. False: out of memory. */
static bool drain(struct follow *f)
{
    struct tail_chunk chunk;
    size_t room = BUFFER;
    while (!stop_asked()) {
        char *buffer = f->count > 1 ? f->buffer : maillog_room(f->log, &room);
        if (buffer == NULL)
            return false;
        if (!tail_next(f->tail, buffer, room, &chunk))
            return true;
        bool good = chunk.event != TAIL_DATA ? take_event(f, &chunk)
                    : f->count > 1 ? put_bytes(f, &f->rests[chunk.source], buffer, chunk.n)
                                   : maillog_commit(f->log, chunk.n);
        if (!good)
            return false;
        if (f->live && clock_ms() >= f->next_ms) /* a long backlog shows that it is read */
            return true;
    }
    return true;
}

/* ---- Accounts ---- */

/* What the clock of the appliance shows now, when its zone is known. */
static int64_t wall_clock(struct maillog *log, struct arena *arena)
{
    struct flow_summary *summary = arena_alloc(arena, sizeof(*summary));
    if (!flow_summary(maillog_flow(log), summary) || !summary->has_offset)
        return 0;
    return (int64_t)time(NULL) + summary->utc_offset_s;
}

/* False: out of memory. */
static bool tell(struct follow *f, FILE *out, bool json, bool compact, int *code)
{
    struct arena arena;
    struct account account = {.verbose = f->cmd->verbose};
    arena_init(&arena, f->cmd->arena->out_of_memory);
    bool good = account_make(&arena, f->log, f->settings, wall_clock(f->log, &arena), &account);
    if (good && json)
        maillog_json_print(out, &account, compact);
    else if (good)
        maillog_text_print(out, &account, f->settings->utf8);
    if (good)
        *code = account_exit_code(&account);
    arena_free(&arena);
    (void)fflush(out);
    return good;
}

static bool save(struct follow *f, struct fault *fault)
{
    struct position *positions = calloc(f->count, sizeof(*positions));
    size_t known = 0;
    bool good = positions != NULL || fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
    for (size_t i = 0; good && i < f->count; i++)
        known += tail_position(f->tail, i, f->count > 1 ? f->rests[i].n : maillog_pending(f->log),
                               &positions[known]);
    /* Blob: the messages in flight belong here as soon as a flow can be written down. */
    good =
        good && position_save(f->settings->resume, positions, known, (struct span){"", 0}, fault);
    free(positions);
    f->saved_ms = clock_ms();
    return good;
}

static bool turn(struct follow *f, int *code, struct fault *fault)
{
    FILE *page;
    if (!drain(f))
        return fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
    int64_t now_ms = clock_ms();
    if (now_ms >= f->next_ms) {
        f->next_ms = now_ms + (f->live ? REDRAW_MS : (int64_t)f->settings->every_s * 1000);
        page = f->live ? screen_page(&f->screen) : f->cmd->out;
        if (page == NULL || !tell(f, page, !f->live, true, code))
            return fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
        if (f->live)
            screen_show(&f->screen, page);
        else if (ferror(f->cmd->out))
            return false; /* nobody reads any more: main says so */
    }
    return f->settings->resume == NULL || now_ms - f->saved_ms < SAVE_MS || save(f, fault);
}

static void loop(struct follow *f, int *code, struct fault *fault)
{
    f->next_ms = f->live ? clock_ms() + 50 : clock_ms() + (int64_t)f->settings->every_s * 1000;
    f->saved_ms = clock_ms();
    bool more = true;
    while (more && !stop_asked()) {
        int64_t wait_ms = f->next_ms - clock_ms();
        wait_ms = wait_ms < 0 ? 0 : f->live && wait_ms > KEY_MS ? KEY_MS : wait_ms;
        if (f->settings->resume != NULL && wait_ms > SAVE_MS)
            wait_ms = SAVE_MS;
        enum tail_state state = tail_wait(f->tail, (int)wait_ms);
        more = turn(f, code, fault) && state != TAIL_DONE && !(f->live && screen_quit(&f->screen));
    }
}

static bool open_sources(struct follow *f, char *const *paths, struct fault *fault)
{
    struct position *positions = NULL;
    size_t known = 0;
    struct span blob;
    if (f->settings->resume != NULL &&
        !position_load(f->cmd->arena, f->settings->resume, &positions, &known, &blob, fault)) {
        if (fault->kind != FAULT_NOT_CAPTURED)
            return false;
        *fault = (struct fault){.kind = FAULT_NONE};
    }
    for (size_t i = 0; i < f->count; i++) {
        size_t p = 0;
        while (p < known && strcmp(positions[p].path, paths[i]) != 0)
            p++;
        if (p < known ? !tail_resume(f->tail, &positions[p], fault)
                      : !tail_add(f->tail, paths[i], TAIL_FROM_START, fault))
            return false;
    }
    return true;
}

static void release(struct follow *f)
{
    for (size_t i = 0; i < f->count && f->rests != NULL; i++)
        free(f->rests[i].bytes);
    free(f->rests);
    free(f->buffer);
    if (f->tail != NULL)
        tail_close(f->tail);
    maillog_free(f->log);
}

int follow_run(struct cmd *cmd, const struct settings *settings, char *const *paths, size_t count,
               struct fault *fault)
{
    struct follow f = {.cmd = cmd, .settings = settings, .count = count};
    struct flow_options options = {.reference = (int64_t)time(NULL),
                                   .since = settings->has_since ? settings->since.civil : 0,
                                   .until = settings->has_until ? settings->until.civil : 0};
    bool json = cmd->format[0] == 'j';
    int code = 3;
    for (size_t i = 0; i < FLOW_LISTS; i++)
        options.top = options.top || settings->top[i];
    f.live = !json && isatty(STDOUT_FILENO);
    f.log = maillog_new(settings->buffer, settings->portable ? LINE_PORTABLE : LINE_BEST, &options);
    f.rests = calloc(count, sizeof(*f.rests));
    f.buffer = malloc(BUFFER);
    f.tail = tail_open(cmd->arena, fault);
    if (f.log == NULL || f.rests == NULL || f.buffer == NULL)
        (void)fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
    else if (f.tail != NULL && open_sources(&f, paths, fault)) {
        stop_catch();
        if (f.live)
            screen_begin(&f.screen, cmd->out);
        loop(&f, &code, fault);
        if (f.live)
            screen_end(&f.screen);
        if (fault->kind == FAULT_NONE && settings->resume != NULL)
            (void)save(&f, fault);
        if (fault->kind == FAULT_NONE && !ferror(cmd->out) &&
            !(maillog_finish(f.log) && tell(&f, cmd->out, !f.live, true, &code)))
            (void)fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
        stop_restore();
    }
    release(&f);
    return fault->kind == FAULT_NONE ? code : 3;
}
