/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/follow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plugin/maillog/account.h"
#include "plugin/maillog/input.h"
#include "plugin/maillog/stop.h"
#include "plugin/screen.h"
#include "plugin/tail/magic.h"
#include "plugin/tail/tail.h"

enum { REDRAW_MS = 1000, KEY_MS = 200, SAVE_MS = 2000, SAVE_SHARE = 20, BUFFER = 65536 };

/* The last, unfinished line of one of several sources: they share one reader. */
struct rest {
    char *bytes;
    size_t n, room;
    size_t passed; /* more bytes of it, above LINE_MAX_BYTES, that were passed over */
    bool begun;    /* something of the source came */
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
    int64_t next_ms, save_ms; /* CLOCK_MONOTONIC: the next account; the next save */
    char *const *paths;
    const char *packed; /* one of them, that cannot be followed; NULL = none */
    bool moved;         /* something came since the last save */
    bool live;          /* on a terminal */
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
        rest->n = rest->passed = 0;
    }
    if (n == whole || rest->n >= LINE_MAX_BYTES) { /* of a longer one nothing more is looked at */
        rest->passed += n - whole;
        return true;
    }
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

/* Is what came first of a source compressed? A log that grows is not. */
static bool is_packed(struct follow *f, const struct tail_chunk *chunk, const char *bytes)
{
    struct rest *rest = &f->rests[chunk->source];
    if (chunk->event == TAIL_DATA && !rest->begun &&
        magic_of_bytes(bytes, chunk->n, NULL) != MAGIC_PLAIN)
        f->packed = f->paths[chunk->source];
    rest->begun = rest->begun || chunk->event == TAIL_DATA;
    return f->packed != NULL;
}

/* All that is there now. False: out of memory, or PACKED. */
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
        f->moved = true;
        if (is_packed(f, &chunk, buffer))
            return false;
        bool good = chunk.event != TAIL_DATA ? take_event(f, &chunk)
                    : f->count > 1 ? put_bytes(f, &f->rests[chunk.source], buffer, chunk.n)
                                   : maillog_commit(f->log, chunk.n);
        if (!good)
            return false;
        /* A long backlog shows that it is read, and is not read twice. */
        if ((f->live && clock_ms() >= f->next_ms) ||
            (f->settings->resume != NULL && clock_ms() >= f->save_ms))
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

/* Where it stands and what it knows there, in one file. A save takes a small share of the time. */
static bool save(struct follow *f, struct fault *fault)
{
    struct position *positions = calloc(f->count, sizeof(*positions));
    struct pack state = {.bad = false};
    int64_t begin_ms = clock_ms();
    size_t known = 0;
    bool good = (positions != NULL && maillog_save(f->log, &state)) ||
                fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
    for (size_t i = 0; good && i < f->count; i++) {
        const struct rest *rest = &f->rests[i];
        size_t unread = f->count > 1 ? rest->n + rest->passed : maillog_pending(f->log);
        known += tail_position(f->tail, i, unread, &positions[known]);
    }
    good = good && position_save(f->settings->resume, positions, known,
                                 (struct span){state.bytes, state.n}, fault);
    free(positions);
    pack_free(&state);
    int64_t now_ms = clock_ms(), pause_ms = (now_ms - begin_ms) * SAVE_SHARE;
    f->save_ms = now_ms + (pause_ms > SAVE_MS ? pause_ms : SAVE_MS);
    f->moved = false;
    return good;
}

static bool turn(struct follow *f, int *code, struct fault *fault)
{
    FILE *page;
    if (!drain(f))
        return f->packed == NULL
                   ? fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory")
                   : fault_set(fault, FAULT_UNSUPPORTED, input_name(f->packed), 0,
                               "is compressed, and what grows is not: leave out --follow");
    int64_t now_ms = clock_ms();
    if (now_ms >= f->next_ms) {
        f->next_ms = now_ms + (f->live ? REDRAW_MS : (int64_t)f->settings->every_s * 1000);
        page = f->live ? screen_page(&f->screen) : f->cmd->out;
        if (page == NULL || !tell(f, page, !f->live, true, code))
            return fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
        if (f->live)
            screen_show(&f->screen, page, "q: end", "q: end, and show all of it");
        else if (ferror(f->cmd->out))
            return false; /* nobody reads any more: main says so */
    }
    return f->settings->resume == NULL || !f->moved || now_ms < f->save_ms || save(f, fault);
}

static void loop(struct follow *f, int *code, struct fault *fault)
{
    f->next_ms = f->live ? clock_ms() + 50 : clock_ms() + (int64_t)f->settings->every_s * 1000;
    bool more = true;
    while (more && !stop_asked()) {
        int64_t wait_ms = f->next_ms - clock_ms();
        wait_ms = wait_ms < 0 ? 0 : f->live && wait_ms > KEY_MS ? KEY_MS : wait_ms;
        if (f->moved && f->settings->resume != NULL && wait_ms > SAVE_MS)
            wait_ms = SAVE_MS;
        enum tail_state state = tail_wait(f->tail, (int)wait_ms);
        more = turn(f, code, fault) && state != TAIL_DONE && !(f->live && screen_quit(&f->screen));
    }
}

/* What was kept, if anything: KNOWN positions in ARENA, and what LOG knew there. */
static bool load(struct follow *f, struct arena *arena, struct position **positions, size_t *known,
                 struct fault *fault)
{
    const char *resume = f->settings->resume;
    struct span state;
    *known = 0;
    if (resume == NULL)
        return true;
    if (position_load(arena, resume, positions, known, &state, fault)) {
        if (maillog_load(f->log, state, fault))
            return true;
        (void)snprintf(fault->origin, sizeof(fault->origin), "%s", resume);
        return false;
    }
    if (fault->kind != FAULT_NOT_CAPTURED)
        return false;
    *fault = (struct fault){.kind = FAULT_NONE};
    return true;
}

static bool open_sources(struct follow *f, char *const *paths, struct fault *fault)
{
    struct position *positions = NULL;
    struct arena arena; /* what was kept may be large */
    size_t known = 0;
    arena_init(&arena, f->cmd->arena->out_of_memory);
    bool good = load(f, &arena, &positions, &known, fault);
    for (size_t i = 0; good && i < f->count; i++) {
        size_t p = 0;
        while (p < known && strcmp(positions[p].path, paths[i]) != 0)
            p++;
        if (p < known)
            positions[p].path = paths[i]; /* outlives the tail */
        good = p < known ? tail_resume(f->tail, &positions[p], fault)
                         : tail_add(f->tail, paths[i], TAIL_FROM_START, fault);
    }
    arena_free(&arena);
    return good;
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
    struct follow f = {.cmd = cmd, .settings = settings, .count = count, .paths = paths};
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
