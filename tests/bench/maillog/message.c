/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/maillog/gen.h"

struct msg *message_new(struct gen *g, unsigned appliance)
{
    uint32_t number;
    struct msg *m = sim_new(&g->msgs, &number);
    m->number = number;
    m->appliance = (uint8_t)appliance;
    m->fate = truth_unseen();
    m->to = m->few;
    return m;
}

static void room_for(struct msg *m, unsigned n)
{
    m->n = (uint8_t)n;
    if (n > sizeof(m->few) / sizeof(m->few[0]) && (m->to = calloc(n, sizeof(*m->to))) == NULL)
        abort();
}

void message_recipients(struct gen *g, struct msg *m, unsigned n)
{
    room_for(m, n);
    for (unsigned i = 0; i < n; i++) {
        struct rcpt *to = &m->to[i];
        bool outside = m->flags & MSG_OUTBOUND && chance_of(g, 0.7);
        if (i > 0 && chance_of(g, 0.6))
            to->domain = m->to[i - 1].domain;
        else
            to->domain = outside ? chance_domain(g) : (uint16_t)chance_below(g, INTERNAL - 1);
        to->who = to->domain < INTERNAL ? chance_below(g, 4000) : (uint32_t)(chance_next(g) >> 44);
    }
}

static void dispose(struct gen *g, struct msg *m)
{
    if (m->to != m->few)
        free(m->to);
    sim_free(&g->msgs, m->number);
}

void message_abandon(struct gen *g, struct msg *m)
{
    truth_left_open(&g->truth, &m->fate);
    dispose(g, m);
}

/* A message with N recipients of M from the FIRST; its lines come by message_child_lines. */
struct msg *message_child(struct gen *g, struct msg *m, unsigned first, unsigned n)
{
    struct msg *child = message_new(g, m->appliance);
    room_for(child, n);
    memcpy(child->to, m->to + first, n * sizeof(*child->to));
    child->mid = ++g->appliances[m->appliance].mid;
    child->who = m->who;
    child->domain = m->domain;
    child->size = m->size;
    child->flags = m->flags;
    return child;
}

void message_child_lines(struct gen *g, struct msg *m)
{
    char address[TEXT_ROOM];
    if (SAY(g, m->appliance, "MID # ICID 0 From: <$>", m->mid, text_sender(address, m)))
        truth_met(&g->truth, &m->fate);
    for (unsigned i = 0; i < m->n; i++)
        if (SAY(g, m->appliance, "MID # ICID 0 RID # To: <$>", m->mid, (uint64_t)i,
                text_address(address, m->to[i].who, m->to[i].domain)))
            truth_to(&g->truth, &m->fate);
}

/* A bounce to the sender of M, or a copy of it that a filter sends; a moment later. */
void message_generate(struct gen *g, struct msg *m, bool bounce)
{
    struct msg *new = message_new(g, m->appliance);
    room_for(new, 1);
    new->from_mid = m->mid;
    new->size = bounce ? 2000 + chance_below(g, 3000) : m->size;
    new->flags = bounce ? MSG_BOUNCE | MSG_SENDER_EMPTY : m->flags &MSG_SENDER_EMPTY;
    new->who = m->who;
    new->domain = m->domain;
    new->to[0].who = bounce ? m->who : 7;
    new->to[0].domain = bounce ? m->domain : 2;
    new->step = STEP_GENERATED;
    sim_later(g, chance_normal_ms(g, 30), EV_MSG, new->number, 0);
}

static int generated(struct gen *g, struct msg *m)
{
    static const char *const agents[] = {"bcc filter 'archive'", "notify filter 'tell sender'",
                                         "content filter \"keep 'x'\" in the inbound table"};
    m->mid = ++g->appliances[m->appliance].mid;
    (void)receive_start(g, m);
    bool written =
        m->flags & MSG_BOUNCE
            ? SAY(g, m->appliance, "MID # was generated for bounce of MID #", m->mid, m->from_mid)
            : SAY(g, m->appliance, "MID # was generated based on MID # by $", m->mid, m->from_mid,
                  TEXT_PICK(g, agents));
    if (written)
        truth_generated(&g->truth, &m->fate);
    return (int)chance_normal_ms(g, 3);
}

/* Somebody let it out of the spam quarantine: M has its recipients, and is a new message. */
static int reinjected(struct gen *g, struct msg *m)
{
    uint64_t before = m->mid;
    m->mid = ++g->appliances[m->appliance].mid;
    m->fate = truth_unseen();
    m->icid = 0;
    m->flags = (uint8_t)((m->flags & ~MSG_SPAM) | MSG_CLEAN);
    if (SAY(g, m->appliance, "Start MID # ICID 0 (ISQ Released Message)", m->mid))
        truth_start(&g->truth, &m->fate, false);
    (void)SAY(g, m->appliance, "ISQ: Reinjected MID # as MID #", before, m->mid);
    m->at = 0;
    m->step = STEP_FROM;
    return (int)chance_normal_ms(g, 3);
}

static int released(struct gen *g, struct msg *m)
{
    if (chance_of(g, 0.25)) {
        const char *what = chance_of(g, 0.2) ? "all quarantines" : "quarantine \"Policy\" (manual)";
        if (SAY(g, m->appliance, "MID # deleted from $", m->mid, what))
            truth_flag(&g->truth, &m->fate, TRUTH_RELEASED | TRUTH_DROPPED);
        return message_finish(g, m);
    }
    static const char *const forms[] = {
        "MID # released from quarantine \"Policy\" (expired) t=#",
        "MID # released from quarantine \"Policy\" (manual) t=#",
        "MID # released (attachments stripped) from quarantine \"Policy\" (manual)",
        "MID # released from all quarantines"};
    const char *form = TEXT_PICK(g, forms);
    uint64_t waited = chance_below(g, 4000);
    if (SAY(g, m->appliance, form, m->mid, waited))
        truth_flag(&g->truth, &m->fate, TRUTH_RELEASED);
    m->step = STEP_QUEUED;
    return (int)chance_normal_ms(g, 200);
}

static int spam_quarantined(struct gen *g, struct msg *m)
{
    uint64_t rcid = ++g->appliances[m->appliance].rcid;
    if (SAY(g, m->appliance, "RPC Delivery start RCID # MID # to local IronPort Spam Quarantine",
            rcid, m->mid))
        truth_met(&g->truth, &m->fate);
    if (SAY(g, m->appliance, "ISQ: Quarantined MID #", m->mid))
        truth_flag(&g->truth, &m->fate, TRUTH_SPAM);
    if (SAY(g, m->appliance, "RPC Message done RCID # MID #", rcid, m->mid))
        truth_flag(&g->truth, &m->fate, TRUTH_SPAM);
    if (!g->set.release || !chance_of(g, 0.05))
        return message_finish(g, m);
    if (SAY(g, m->appliance, "Message finished MID # done", m->mid))
        truth_finished(&g->truth, &m->fate, false);
    m->step = STEP_REINJECT;
    return 20000 + (int)chance_exponential(g, 600000);
}

int message_finish(struct gen *g, struct msg *m)
{
    bool late = g->set.hazards && m->fate.flags & TRUTH_DROPPED && chance_of(g, 0.2);
    bool written = SAY(g, m->appliance, "Message finished MID # done", m->mid);
    postfix_removed(g, m);
    if (late) { /* a line that comes after the last one */
        if (written)
            truth_finished_first(&g->truth, &m->fate);
        m->step = STEP_LATE;
        return (int)chance_normal_ms(g, 300);
    }
    if (written)
        truth_finished(&g->truth, &m->fate, false);
    message_abandon(g, m);
    return -1;
}

static int late(struct gen *g, struct msg *m)
{
    if (SAY(g, m->appliance,
            "Message aborted MID # Dropped by content filter 'no thanks' in the inbound table",
            m->mid))
        truth_flag(&g->truth, &m->fate, TRUTH_DROPPED);
    message_abandon(g, m);
    return -1;
}

void message_step(struct gen *g, uint32_t number)
{
    static int (*const steps[])(struct gen *, struct msg *) = {
        [STEP_START] = receive_start,
        [STEP_FROM] = receive_from,
        [STEP_TO] = receive_to,
        [STEP_SENDER] = receive_sender_checks,
        [STEP_SIGNATURES] = receive_signatures,
        [STEP_HEADERS] = receive_headers,
        [STEP_READY] = receive_ready,
        [STEP_POLICY] = scan_policy,
        [STEP_SPLIT] = scan_split,
        [STEP_CASE_INTERIM] = scan_case_interim,
        [STEP_CASE] = scan_case,
        [STEP_GRAYMAIL] = scan_graymail,
        [STEP_AV_INTERIM] = scan_av_interim,
        [STEP_AV] = scan_av,
        [STEP_AMP] = scan_amp,
        [STEP_CONTENT] = scan_content,
        [STEP_OUTBREAK] = scan_outbreak,
        [STEP_REWRITE] = scan_rewrite,
        [STEP_HOLD] = scan_hold,
        [STEP_QUEUED] = deliver_queued,
        [STEP_RELEASED] = released,
        [STEP_SPAM_DONE] = spam_quarantined,
        [STEP_REINJECT] = reinjected,
        [STEP_FINISHED] = message_finish,
        [STEP_LATE] = late,
        [STEP_GENERATED] = generated,
    };
    struct msg *m = sim_at(&g->msgs, number);
    int wait = steps[m->step](g, m);
    if (wait >= 0)
        sim_later(g, (uint64_t)wait, EV_MSG, number, 0);
}
