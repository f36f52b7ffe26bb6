/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BENCH_MAILLOG_GEN_H
#define TESTS_BENCH_MAILLOG_GEN_H

/*
 * The world of the generator: a discrete-event simulation of gateways that take, scan and deliver
 * mail, in milliseconds, driven by one seeded generator of random numbers and by no clock. What
 * is written and what is counted happens at the same places: whoever writes a line tells the truth
 * file (truth.h) about it, so that the truth is that of the bytes and not that of the world.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/maillog/out.h"
#include "tests/bench/maillog/truth.h"

enum { APPLIANCES = 16, INTERNAL = 8, EXTERNAL = 6000, DOMAINS = INTERNAL + EXTERNAL };

struct settings {
    uint64_t seed, size, messages;
    double rate;    /* connections a second before the day curve */
    double never;   /* share of the messages that stay in a quarantine for ever */
    double reset;   /* share of the size (or messages) after which the ids begin anew; 0 = never */
    double doubled; /* share of the lines that are written twice */
    int64_t start;  /* seconds since 1970, local */
    unsigned appliances;
    int clock_back;
    enum out_style style;
    bool classic, crlf, hazards, release, in_flight, collide, torn;
    unsigned follow;
    const char *truth, *postfix;
};

struct rcpt {
    uint32_t who;
    uint16_t domain;
    uint8_t group; /* number of its leader: the first recipient of the same delivery */
    uint8_t tries; /* of the leader, as the rest */
    uint32_t link; /* the outgoing connection */
    bool settled, offbox;
};

enum { MSG_SENDER_EMPTY = 1, MSG_OUTBOUND = 2, MSG_CLEAN = 4, MSG_BOUNCE = 8, MSG_SPAM = 16 };

struct msg {
    uint64_t mid, icid, from_mid; /* from_mid: what it was generated for */
    struct truth_fate fate;
    struct rcpt *to, few[2];
    uint32_t number, conn, who, size;
    uint16_t domain;
    uint8_t n, step, at, open, flags, appliance;
    bool offbox, bounced;
};

struct conn {
    uint64_t icid;
    uint32_t number, left; /* messages still to come */
    uint32_t address, messages;
    uint8_t step, appliance;
    bool relay, refuse_one;
};

struct link {
    uint64_t dcid;
    uint32_t number, uses;
    uint16_t domain;
    uint8_t appliance, step;
    bool idle, fails;
};

struct appliance {
    char host[32], serial[40];
    uint64_t mid, icid, dcid, rcid;
    uint64_t first_mid, first_icid, first_dcid; /* when writing began */
    uint32_t idle[DOMAINS];                     /* number of a warm connection; 0 = none */
    uint64_t injected, delivered;               /* for the status line */
};

enum what { EV_ARRIVE, EV_CONN, EV_MSG, EV_GROUP, EV_IDLE, EV_MINUTE, EV_ROTATE };

struct event {
    uint64_t key; /* milliseconds << 28 | order */
    uint32_t number;
    uint8_t what, arg;
    uint16_t uses;
};

struct pool { /* records that never move; number 0 is none */
    size_t size;
    char **chunks;
    uint32_t count, chunk_count, *free_list, free_count, free_room;
};

struct gen {
    struct settings set;
    struct out out, postfix;
    struct truth truth;
    struct appliance *appliances;
    struct pool msgs, conns, links;
    struct event *heap;
    size_t heap_count, heap_room;
    uint64_t now, order, random; /* now: milliseconds since the start of the simulation */
    uint64_t received;           /* messages whose Start was written */
    uint32_t first_popular[4097];
    float log_normal[4096], exponential[4096];
    int64_t shift; /* of the printed clock, seconds */
    bool stepped, was_reset, over;
    uint64_t line_at; /* bytes written before the line in hand */
};

/*
 * One call that draws a random number at most among the arguments: their order is the compiler's.
 *
 * A line of the log: SAY(g, appliance, "MID # is $", number, text) is true when it was written.
 * SAY_ONCE is for what --double must not repeat, because nothing tells the second from another.
 */
int64_t sim_clock(struct gen *g);
bool sim_said(struct gen *g, bool written, bool once);
#define SAY_AS(g, once, appliance, level, ...)                                                     \
    sim_said(                                                                                      \
        (g),                                                                                       \
        out_line(&(g)->out, sim_clock(g), (g)->appliances[appliance].host, (level), __VA_ARGS__),  \
        (once))
#define SAY(g, appliance, ...)      SAY_AS(g, false, appliance, OUT_INFO, __VA_ARGS__)
#define SAY_ONCE(g, appliance, ...) SAY_AS(g, true, appliance, OUT_INFO, __VA_ARGS__)

/* sim.c */
void sim_run(struct gen *g);
void sim_later(struct gen *g, uint64_t ms, enum what what, uint32_t number, unsigned arg);
void *sim_new(struct pool *pool, uint32_t *number);
void *sim_at(const struct pool *pool, uint32_t number);
void sim_free(struct pool *pool, uint32_t number);

/* chance.c: random numbers */
void chance_init(struct gen *g);
uint64_t chance_next(struct gen *g);
bool chance_of(struct gen *g, double share);
unsigned chance_below(struct gen *g, unsigned n);
unsigned chance_normal_ms(struct gen *g, unsigned median); /* log-normal */
double chance_exponential(struct gen *g, double mean);
uint16_t chance_domain(struct gen *g); /* an external one, 1/x popular */

/* receive.c: connections in, and a message until it is taken */
void receive_arrive(struct gen *g, unsigned appliance);
void receive_conn(struct gen *g, uint32_t number);
void receive_continue(struct gen *g, const struct msg *m);
int receive_start(struct gen *g, struct msg *m);
int receive_from(struct gen *g, struct msg *m);
int receive_to(struct gen *g, struct msg *m);
int receive_sender_checks(struct gen *g, struct msg *m);
int receive_signatures(struct gen *g, struct msg *m);
int receive_headers(struct gen *g, struct msg *m);
int receive_ready(struct gen *g, struct msg *m);

/* message.c: what becomes of a message that was taken, step by step */
enum step {
    STEP_START,
    STEP_FROM,
    STEP_TO,
    STEP_SENDER,
    STEP_SIGNATURES,
    STEP_HEADERS,
    STEP_READY,
    STEP_POLICY,
    STEP_SPLIT,
    STEP_CASE_INTERIM,
    STEP_CASE,
    STEP_GRAYMAIL,
    STEP_AV_INTERIM,
    STEP_AV,
    STEP_AMP,
    STEP_CONTENT,
    STEP_OUTBREAK,
    STEP_REWRITE,
    STEP_HOLD,
    STEP_QUEUED,
    STEP_RELEASED,
    STEP_SPAM_DONE,
    STEP_REINJECT,
    STEP_FINISHED,
    STEP_LATE,
    STEP_GENERATED
};
struct msg *message_new(struct gen *g, unsigned appliance);
void message_recipients(struct gen *g, struct msg *m, unsigned n);
void message_step(struct gen *g, uint32_t number);
void message_abandon(struct gen *g, struct msg *m); /* open for ever */
struct msg *message_child(struct gen *g, struct msg *m, unsigned first, unsigned n);
void message_child_lines(struct gen *g, struct msg *m);
void message_generate(struct gen *g, struct msg *m, bool bounce);
int message_finish(struct gen *g, struct msg *m);

/* scan.c: the steps of scanning */
int scan_policy(struct gen *g, struct msg *m);
int scan_split(struct gen *g, struct msg *m);
int scan_case_interim(struct gen *g, struct msg *m);
int scan_case(struct gen *g, struct msg *m);
int scan_graymail(struct gen *g, struct msg *m);
int scan_av_interim(struct gen *g, struct msg *m);
int scan_av(struct gen *g, struct msg *m);
int scan_amp(struct gen *g, struct msg *m);
int scan_content(struct gen *g, struct msg *m);
int scan_outbreak(struct gen *g, struct msg *m);
int scan_rewrite(struct gen *g, struct msg *m);
int scan_hold(struct gen *g, struct msg *m);

/* deliver.c */
int deliver_queued(struct gen *g, struct msg *m);
void deliver_group(struct gen *g, uint32_t number, unsigned leader);
void deliver_idle(struct gen *g, uint32_t number, unsigned uses);

/* chatter.c: lines without an id */
void chatter_header(struct gen *g, unsigned appliance);
void chatter_rotate(struct gen *g, unsigned appliance);
void chatter_minute(struct gen *g, unsigned appliance);

/* text.c: invented names; the buffer has room for TEXT_ROOM bytes */
enum { TEXT_ROOM = 512 };
const char *text_address(char *buffer, uint32_t who, unsigned domain);
const char *text_sender(char *buffer, const struct msg *m);
const char *text_domain(char *buffer, unsigned domain);
const char *text_ip(char *buffer, uint32_t of, bool inside);
const char *text_subject(struct gen *g, char *buffer, const struct msg *m);
const char *text_message_id(struct gen *g, char *buffer, const struct msg *m);
const char *text_reverse_dns(struct gen *g, char *buffer, uint32_t of);
const char *text_attachment(struct gen *g, char *buffer);
const char *text_response(struct gen *g, char *buffer, const struct msg *m);
const char *text_url(struct gen *g, char *buffer);
const char *text_headers(struct gen *g, const struct msg *m); /* "" mostly; may be kilobytes */
const char *text_pick(struct gen *g, const char *const *list, unsigned n);
#define TEXT_PICK(g, list) text_pick(g, list, sizeof(list) / sizeof((list)[0]))

/* postfix.c: the same events as Postfix would log them */
void postfix_received(struct gen *g, const struct msg *m);
void postfix_rejected(struct gen *g, uint32_t address);
void postfix_sent(struct gen *g, const struct msg *m, const struct rcpt *to, const char *status);
void postfix_removed(struct gen *g, const struct msg *m);

#endif
