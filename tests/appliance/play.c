/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/play.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/appliance/api.h"
#include "tests/appliance/gui.h"

enum { GARBAGE_BYTES = 512, REBOOT_MS = 2000, DELAY_MS = 1000, DRIP_MS = 200 };

/* Threads that wait look here: stopping ends every wait. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static bool stopping;

/* Waits; false when the simulator is about to end. */
static bool wait_ms(int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    (void)pthread_mutex_lock(&lock);
    int result = 0;
    while (!stopping && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&changed, &lock, &until);
    const bool go_on = !stopping;
    (void)pthread_mutex_unlock(&lock);
    return go_on;
}

void play_start(void)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    stopping = false;
}

void play_stop(void)
{
    (void)pthread_mutex_lock(&lock);
    stopping = true;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

/* A body that is not sent in one piece. */
struct sender {
    char *bytes;
    size_t n;
    uint64_t cut; /* the connection breaks after so many bytes */
    int64_t drip_ms;
    bool endless;
};

static ssize_t send_some(void *context, uint64_t at, char *buffer, size_t size)
{
    const struct sender *sender = context;
    if (at >= sender->cut || !wait_ms(sender->drip_ms))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!sender->endless && at >= sender->n)
        return MHD_CONTENT_READER_END_OF_STREAM;
    uint64_t room = sender->cut - at;
    if (sender->drip_ms > 0)
        room = 1;
    if (!sender->endless && room > sender->n - at)
        room = sender->n - at;
    if (room > size)
        room = size;
    for (size_t i = 0; i < room; i++)
        buffer[i] = sender->n == 0 ? '.' : sender->bytes[(at + i) % sender->n];
    return (ssize_t)room;
}

static void free_sender(void *context)
{
    struct sender *sender = context;
    free(sender->bytes);
    free(sender);
}

static void random_bytes(struct request *request, struct answer *answer)
{
    char *bytes = arena_alloc(&request->arena, GARBAGE_BYTES);
    (void)gnutls_rnd(GNUTLS_RND_NONCE, bytes, GARBAGE_BYTES);
    bytes[0] = '\x01'; /* neither JSON nor XML nor HTML */
    answer->body = (struct span){bytes, GARBAGE_BYTES};
}

static bool is_api(const struct request *request)
{
    return request->port == SIM_API;
}

static void play_error(struct request *request, struct answer *answer, int64_t value)
{
    gui_page(request, answer, value >= 200 && value <= 599 ? (unsigned)value : 500, "Error",
             "Application Error");
}

static void play_not_found_json(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    api_error(request, answer, MHD_HTTP_NOT_FOUND, "Not Found.");
}

static void play_not_found(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    gui_page(request, answer, MHD_HTTP_NOT_FOUND, "404 Not Found", "There is no such page.");
}

static void play_restarting(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    gui_restarting(request, answer);
}

static void play_html(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    gui_page(request, answer, MHD_HTTP_OK, "Cisco", "Welcome.");
}

static void play_forbidden(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    if (answer->status != MHD_HTTP_OK)
        return;
    if (is_api(request))
        api_error(request, answer, MHD_HTTP_UNAUTHORIZED, "Unauthorized.");
    else
        gui_page(request, answer, MHD_HTTP_UNAUTHORIZED, "401 Unauthorized",
                 "Your role may not see this page.");
}

static void play_empty(struct request *request, struct answer *answer, int64_t value)
{
    (void)request;
    (void)value;
    answer->body = (struct span){"", 0};
}

static void play_garbage(struct request *request, struct answer *answer, int64_t value)
{
    (void)value;
    if (request->document != NULL)
        random_bytes(request, answer);
}

/* A whole answer of HTTP, whose text ends early. */
static void play_cut_text(struct request *request, struct answer *answer, int64_t value)
{
    const size_t n = value > 0 ? (size_t)value : answer->body.n / 2;
    (void)request;
    if (answer->status == MHD_HTTP_OK)
        answer->body = text_head(answer->body, n);
}

/* Faults that change what is answered: instead of asking the appliance, or after. */
static const struct play {
    const char *fault;
    bool instead;
    int64_t standard;
    void (*play)(struct request *request, struct answer *answer, int64_t value);
} plays[] = {
    {"restarting", true, 0, play_restarting},
    {"error", true, 500, play_error},
    {"not-found-json", true, 0, play_not_found_json},
    {"not-found", true, 0, play_not_found},
    {"html", true, 0, play_html},
    {"forbidden", false, 0, play_forbidden},
    {"empty", false, 0, play_empty},
    {"garbage", false, 0, play_garbage},
    {"cut-text", false, 0, play_cut_text},
};

static bool play(struct request *request, struct answer *answer, bool instead)
{
    int64_t value;
    for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
        if (plays[i].instead == instead &&
            request_fault(request, plays[i].fault, plays[i].standard, &value)) {
            plays[i].play(request, answer, value);
            return true;
        }
    return false;
}

bool play_instead(struct request *request, struct answer *answer)
{
    return play(request, answer, true);
}

void play_after(struct request *request, struct answer *answer)
{
    (void)play(request, answer, false);
}

bool play_reboot(const struct request *request)
{
    int64_t ms;
    return request_fault(request, "reboot", REBOOT_MS, &ms);
}

bool play_delay(const struct request *request)
{
    int64_t ms = 0;
    return !request_fault(request, "delay", DELAY_MS, &ms) || wait_ms(ms);
}

/* The body in one piece, or by a sender when a fault is about how it is sent. */
struct MHD_Response *play_response(const struct request *request, struct span body)
{
    int64_t cut = 0, drip = 0, value;
    const bool cuts = request_fault(request, "cut", (int64_t)(body.n / 2), &cut);
    const bool drips = request_fault(request, "drip", DRIP_MS, &drip);
    const bool endless = request_fault(request, "endless", 0, &value);
    if (!cuts && !drips && !endless)
        return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p,
                                               MHD_RESPMEM_MUST_COPY);
    struct sender *sender = calloc(1, sizeof(*sender));
    if (sender == NULL || (sender->bytes = malloc(body.n + 1)) == NULL)
        abort();
    if (body.n > 0)
        memcpy(sender->bytes, body.p, body.n);
    sender->n = body.n;
    sender->cut = cuts && cut >= 0 ? (uint64_t)cut : UINT64_MAX;
    sender->drip_ms = drips ? drip : 0;
    sender->endless = endless;
    return MHD_create_response_from_callback(endless ? MHD_SIZE_UNKNOWN : body.n, 16384, send_some,
                                             sender, free_sender);
}
