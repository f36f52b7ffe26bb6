/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/bench/maillog/gen.h"

enum { IDLE_MS = 5000, MOST_TRIES = 6 };
enum { LINK_OPENING, LINK_BUSY };

/* Recipients that go to the same domain are one delivery: its number is that of the first. */
static unsigned group(struct msg *m)
{
    unsigned groups = 0;
    for (unsigned i = 0; i < m->n; i++) {
        unsigned leader = 0;
        while (leader < i && m->to[leader].domain != m->to[i].domain)
            leader++;
        m->to[i].group = (uint8_t)leader;
        m->to[i].tries = 0;
        m->to[i].settled = m->to[i].offbox = false;
        m->to[i].link = 0;
        groups += leader == i;
    }
    return groups;
}

int deliver_queued(struct gen *g, struct msg *m)
{
    if (SAY(g, m->appliance, "MID # queued for delivery", m->mid))
        truth_queued(&g->truth, &m->fate);
    if (g->set.in_flight) {
        message_abandon(g, m);
        return -1;
    }
    if (m->flags & MSG_SPAM && !m->offbox) {
        m->step = STEP_SPAM_DONE;
        return (int)chance_normal_ms(g, 150);
    }
    if (m->offbox)
        for (unsigned i = 0; i < m->n; i++)
            m->to[i].domain = INTERNAL - 1;
    m->open = (uint8_t)group(m);
    for (unsigned i = 0; i < m->n; i++)
        if (m->to[i].group == i)
            sim_later(g, chance_normal_ms(g, 30), EV_GROUP, m->number, i);
    return -1;
}

static void settled(struct gen *g, struct msg *m)
{
    if (--m->open > 0)
        return;
    if (m->bounced && !(m->flags & (MSG_BOUNCE | MSG_SENDER_EMPTY)))
        message_generate(g, m, true);
    m->step = STEP_FINISHED;
    sim_later(g, chance_normal_ms(g, 5), EV_MSG, m->number, 0);
}

/* "2, 0": the unsettled recipients of the group, now and then out of order. */
static const char *rids(struct gen *g, const struct msg *m, unsigned leader, char *buffer)
{
    char *p = buffer;
    bool backwards = m->n > 1 && chance_of(g, 0.1);
    for (unsigned k = 0; k < m->n; k++) {
        unsigned i = backwards ? m->n - 1 - k : k;
        if (m->to[i].group != leader || m->to[i].settled)
            continue;
        if (p != buffer) {
            *p++ = ',';
            *p++ = ' ';
        }
        if (i >= 10)
            *p++ = (char)('0' + i / 10);
        *p++ = (char)('0' + i % 10);
    }
    *p = '\0';
    return buffer;
}

static void begin(struct gen *g, struct msg *m, unsigned leader, struct link *l)
{
    char list[TEXT_ROOM];
    bool to_rid = !g->set.classic || chance_of(g, 0.9);
    l->step = LINK_BUSY;
    if (SAY(g, m->appliance, "Delivery start DCID # MID # to $[$]$", l->dcid, m->mid,
            to_rid ? "RID " : "", rids(g, m, leader, list),
            m->offbox ? " to offbox IronPort Spam Quarantine" : "")) {
        truth_met(&g->truth, &m->fate);
        m->to[leader].offbox = m->offbox;
    }
    sim_later(g, chance_normal_ms(g, m->to[leader].domain < INTERNAL ? 180 : 650), EV_GROUP,
              m->number, leader);
}

static void bounce(struct gen *g, struct msg *m, unsigned rid, uint64_t dcid)
{
    char from[TEXT_ROOM], to[TEXT_ROOM], why[TEXT_ROOM];
    bool written;
    uint64_t r = rid;
    unsigned a = m->appliance;
    (void)text_address(to, m->to[rid].who, m->to[rid].domain);
    if (dcid == 0)
        written = SAY(g, a,
                      "Bounced: DCID 0 MID # From: <$> To: <$> RID # - 5.1.2 - Bad destination "
                      "host ('000', ['DNS Hard Error looking up $ (MX):  NXDomain']) []",
                      m->mid, text_sender(from, m), to, r, text_domain(why, m->to[rid].domain));
    else if (m->flags & MSG_BOUNCE)
        written = SAY(g, a,
                      "Double bounce: Message # to RID # - 5.1.0 - Unknown address error ('550', "
                      "['5.1.1 no such user'])",
                      m->mid, r);
    else if (g->set.classic && chance_of(g, 0.5))
        written = SAY(g, a,
                      "Bounced: DCID: # Message # to # - 5.1.0 - Unknown address error ('550', "
                      "['5.1.1 no such user'])",
                      dcid, m->mid, r);
    else if (chance_of(g, 0.5))
        written = SAY(g, a,
                      "Bounced: DCID # MID # to RID # - 5.1.0 - Unknown address error ('550', "
                      "['$']) []",
                      dcid, m->mid, r, text_response(g, why, m));
    else
        written = SAY(g, a,
                      "Bounced: DCID # MID # From: <$> To: <$> RID # - 5.2.2 - Mailbox full "
                      "('552', [\"5.2.2 user's mailbox is full\"]) []",
                      dcid, m->mid, text_sender(from, m), to, r);
    if (written)
        truth_bounced(&g->truth, &m->fate);
    m->bounced = true;
    m->to[rid].settled = true;
    postfix_sent(g, m, &m->to[rid], "bounced");
}

/* All of the group that is not settled waits; in the end it bounces, or nobody hears of it. */
static void retry(struct gen *g, struct msg *m, unsigned leader)
{
    struct rcpt *to = &m->to[leader];
    to->link = 0;
    if (++to->tries >= MOST_TRIES) {
        for (unsigned i = 0; i < m->n; i++)
            if (m->to[i].group == leader && !m->to[i].settled)
                bounce(g, m, i, 0);
        settled(g, m);
        return;
    }
    if (chance_of(g, 0.004))
        return; /* it never ends */
    double wait = chance_exponential(g, 60000u << to->tries);
    sim_later(g, 1000 + (uint64_t)wait, EV_GROUP, m->number, leader);
}

static void delay(struct gen *g, struct msg *m, unsigned leader, uint64_t dcid)
{
    char from[TEXT_ROOM], to[TEXT_ROOM], list[TEXT_ROOM];
    for (unsigned i = 0; i < m->n; i++) {
        if (m->to[i].group != leader || m->to[i].settled)
            continue;
        (void)text_address(to, m->to[i].who, m->to[i].domain);
        if (SAY(g, m->appliance,
                "Delayed: DCID # MID # From: <$> To: <$> RID # - 4.1.0 - Unknown address error "
                "('451', ['4.7.1 try again later']) []",
                dcid, m->mid, text_sender(from, m), to, (uint64_t)i))
            truth_delayed(&g->truth, &m->fate, i);
        postfix_sent(g, m, &m->to[i], "deferred");
    }
    if (chance_of(g, 0.3) &&
        SAY(g, m->appliance, "Message # to RID [$] pending till Tue Mar 10 23:05:06 2026 [Default]",
            m->mid, rids(g, m, leader, list)))
        for (unsigned i = 0; i < m->n; i++)
            if (m->to[i].group == leader && !m->to[i].settled)
                truth_delayed(&g->truth, &m->fate, i);
    retry(g, m, leader);
}

static void close_link(struct gen *g, struct link *l)
{
    uint32_t *idle = &g->appliances[l->appliance].idle[l->domain];
    (void)SAY(g, l->appliance, "DCID # close", l->dcid);
    if (*idle == l->number)
        *idle = 0;
    sim_free(&g->links, l->number);
}

void deliver_idle(struct gen *g, uint32_t number, unsigned uses)
{
    struct link *l = sim_at(&g->links, number);
    if (l->number != 0 && l->idle && (uint16_t)l->uses == uses)
        close_link(g, l);
}

static void park(struct gen *g, struct link *l)
{
    uint32_t *idle = &g->appliances[l->appliance].idle[l->domain];
    l->idle = true;
    l->uses++;
    sim_later(g, *idle == 0 ? IDLE_MS : 5, EV_IDLE, l->number, l->uses);
    if (*idle == 0)
        *idle = l->number;
}

static void deliver_done(struct gen *g, struct msg *m, unsigned leader, const struct link *l)
{
    char list[TEXT_ROOM], text[TEXT_ROOM];
    struct rcpt *to = &m->to[leader];
    unsigned n = 0;
    for (unsigned i = 0; i < m->n; i++)
        n += m->to[i].group == leader && !m->to[i].settled;
    if (n == 0)
        return;
    (void)rids(g, m, leader, list);
    bool tail = m->offbox && !(g->set.hazards && to->offbox && chance_of(g, 0.1));
    if (SAY(g, m->appliance, "Message done DCID # MID # to $[$]$$", l->dcid, m->mid,
            g->set.classic && m->mid % 10 == 0 ? "" : "RID ", list,
            tail ? " (external quarantine)" : "", text_headers(g, m)))
        truth_done(&g->truth, &m->fate, n, m->offbox);
    (void)SAY(g, m->appliance, "MID # RID [$] Response '$'", m->mid, list,
              text_response(g, text, m));
    g->appliances[m->appliance].delivered += n;
    for (unsigned i = 0; i < m->n; i++)
        if (m->to[i].group == leader && !m->to[i].settled) {
            m->to[i].settled = true;
            postfix_sent(g, m, &m->to[i], "sent");
        }
}

static void result(struct gen *g, struct msg *m, unsigned leader, struct link *l)
{
    struct rcpt *to = &m->to[leader];
    bool outside = to->domain >= INTERNAL;
    double share = m->offbox ? 0 : m->flags & MSG_BOUNCE ? 0.01 : outside ? 0.025 : 0.008;
    bool late = !m->offbox && chance_of(g, 0.018);
    to->link = 0;
    for (unsigned i = 0; i < m->n && share > 0; i++)
        if (m->to[i].group == leader && !m->to[i].settled && chance_of(g, share))
            bounce(g, m, i, l->dcid);
    bool left = false;
    for (unsigned i = 0; i < m->n; i++)
        left = left || (m->to[i].group == leader && !m->to[i].settled);
    uint64_t dcid = l->dcid;
    if (left && late) {
        park(g, l);
        delay(g, m, leader, dcid);
        return;
    }
    deliver_done(g, m, leader, l);
    park(g, l);
    settled(g, m);
}

static void connection_error(struct gen *g, struct msg *m, unsigned leader, struct link *l)
{
    char domain[TEXT_ROOM], ip[TEXT_ROOM];
    (void)text_domain(domain, l->domain);
    (void)text_ip(ip, l->domain, l->domain < INTERNAL);
    if (SAY_ONCE(g, m->appliance,
                 "Connection Error: DCID # domain: $ IP: $ port: 25 details: [Errno 60] Operation "
                 "timed out interface: 192.0.2.11 reason: connection timed out",
                 l->dcid, domain, ip))
        g->truth.out.errors++;
    sim_free(&g->links, l->number);
    retry(g, m, leader);
}

static void opened(struct gen *g, struct msg *m, unsigned leader, struct link *l)
{
    if (l->fails) {
        connection_error(g, m, leader, l);
        return;
    }
    if (chance_of(g, 0.86)) {
        bool failed = chance_of(g, 0.01);
        const char *why = "TLS failed: STARTTLS unexpected response";
        if (failed && chance_of(g, 0.2))
            why = "IP 203.0.113.25 TLS was required but could not be successfully negotiated";
        if (failed && SAY(g, m->appliance, "DCID # $", l->dcid, why))
            g->truth.out.tls_failed++;
        if (!failed &&
            SAY(g, m->appliance,
                "DCID # TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES128-GCM-SHA256 ", l->dcid))
            g->truth.out.tls_ok++;
    }
    begin(g, m, leader, l);
}

static void attempt(struct gen *g, struct msg *m, unsigned leader)
{
    struct rcpt *to = &m->to[leader];
    struct appliance *a = &g->appliances[m->appliance];
    char ip[TEXT_ROOM];
    bool outside = to->domain >= INTERNAL;
    if (outside && chance_of(g, 0.002)) {
        for (unsigned i = 0; i < m->n; i++)
            if (m->to[i].group == leader && !m->to[i].settled)
                bounce(g, m, i, 0);
        settled(g, m);
        return;
    }
    if (a->idle[to->domain] != 0) {
        to->link = a->idle[to->domain];
        a->idle[to->domain] = 0;
        struct link *l = sim_at(&g->links, to->link);
        l->idle = false;
        begin(g, m, leader, l);
        return;
    }
    struct link *l = sim_new(&g->links, &to->link);
    l->number = to->link;
    l->dcid = ++a->dcid;
    l->domain = to->domain;
    l->appliance = m->appliance;
    l->step = LINK_OPENING;
    l->fails = chance_of(g, 0.004);
    if (SAY(g, m->appliance, "New SMTP DCID # interface $ address $ port 25", l->dcid,
            outside ? "192.0.2.11" : "Data 2", text_ip(ip, to->domain, !outside)))
        g->truth.out.opened++;
    sim_later(g,
              chance_normal_ms(g, l->fails  ? 8000
                                  : outside ? 120
                                            : 15),
              EV_GROUP, m->number, leader);
}

void deliver_group(struct gen *g, uint32_t number, unsigned leader)
{
    struct msg *m = sim_at(&g->msgs, number);
    struct rcpt *to = &m->to[leader];
    if (to->link == 0) {
        attempt(g, m, leader);
        return;
    }
    struct link *l = sim_at(&g->links, to->link);
    if (l->step == LINK_OPENING)
        opened(g, m, leader, l);
    else
        result(g, m, leader, l);
}
