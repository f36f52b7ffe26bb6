/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/maillog/gen.h"

enum { CONN_POLICY = 1, CONN_TLS, CONN_AUTH, CONN_MAIL, CONN_LOST, CONN_CLOSE };

static const char *const interfaces[] = {"Data 1", "Data 2", "Management", "IncomingMail"};
static const char *const countries[] = {"United States", "Germany", "not enabled",
                                        "Korea, Republic of", "France"};

/* -- Connections ----------------------------------------------------------------------------- */

/* Share of the full rate at each hour of the day. */
static double day_curve(const struct gen *g)
{
    static const double hours[25] = {0.20, 0.15, 0.13, 0.12, 0.14, 0.22, 0.40, 0.60, 0.75,
                                     0.80, 0.80, 0.76, 0.68, 0.74, 0.80, 0.78, 0.72, 0.60,
                                     0.45, 0.38, 0.33, 0.30, 0.27, 0.23, 0.20};
    int64_t second = (g->set.start + (int64_t)(g->now / 1000)) % 86400;
    double at = (double)second / 3600;
    unsigned hour = (unsigned)at;
    return hours[hour] + (hours[hour + 1] - hours[hour]) * (at - hour);
}

void receive_arrive(struct gen *g, unsigned appliance)
{
    char ip[TEXT_ROOM], host[TEXT_ROOM];
    struct appliance *a = &g->appliances[appliance];
    double wait = chance_exponential(g, 1000 / (g->set.rate * day_curve(g)));
    sim_later(g, (uint64_t)wait, EV_ARRIVE, appliance, 0);
    if (chance_of(g, 0.004)) { /* refused before there was an ICID */
        if (SAY_ONCE(g, appliance,
                     "ICID 0 TCPREFUSE SG BLOCKED_LIST match sbrs[-10.0:-7.0] SBRS -9.$",
                     chance_of(g, 0.5) ? "1" : "8"))
            g->truth.in.refused++;
        return;
    }
    uint32_t number;
    struct conn *c = sim_new(&g->conns, &number);
    c->number = number;
    c->appliance = (uint8_t)appliance;
    c->icid = ++a->icid;
    c->relay = chance_of(g, 0.30);
    c->address = c->relay ? chance_below(g, 40) : (uint32_t)(chance_next(g) >> 40);
    c->refuse_one = !c->relay && chance_of(g, 0.03);
    double messages =
        c->relay ? chance_exponential(g, chance_of(g, 0.1) ? 25 : 2) : chance_exponential(g, 0.35);
    c->left = 1 + (uint32_t)messages;
    c->step = CONN_POLICY;
    (void)text_ip(ip, c->address, c->relay);
    const char *interface = c->relay ? interfaces[1] : interfaces[c->address & 3];
    if (SAY(g, appliance,
            "New SMTP ICID # interface $ (192.0.2.$) address $ reverse dns host $ verified $",
            c->icid, interface, c->relay ? "12" : "11", ip, text_reverse_dns(g, host, c->address),
            c->address % 5 == 0 ? "no" : "yes"))
        g->truth.in.opened++;
    sim_later(g, chance_normal_ms(g, 8), EV_CONN, number, 0);
}

static void policy(struct gen *g, struct conn *c)
{
    static const char *const scores[] = {"2.1", "3.5", "None", "0.0", "5.8", "unable to retrieve"};
    unsigned a = c->appliance;
    c->step = CONN_TLS;
    if (c->relay) {
        if (SAY(g, a, "ICID # RELAY SG RELAYLIST match 192.0.2.0/24 SBRS not enabled country $",
                c->icid, "not enabled"))
            g->truth.in.relayed++;
        return;
    }
    if (chance_of(g, 0.16)) {
        char ip[TEXT_ROOM];
        uint64_t score = 30 + chance_below(g, 70);
        if (SAY(g, a, "ICID # REJECT SG BLOCKED LIST match sbrs[-10.0:-3.0] SBRS -#.# country $",
                c->icid, score / 10, score % 10, countries[c->address % 5]))
            g->truth.in.rejected++;
        if (chance_of(g, 0.2))
            (void)SAY(g, a,
                      "ICID # Delayed HAT REJECT continuing session for recipient logging ($)",
                      c->icid, text_ip(ip, c->address, false));
        postfix_rejected(g, c->address);
        c->step = CONN_CLOSE;
        return;
    }
    if (SAY(g, a, "ICID # ACCEPT SG $ match $ SBRS $ country $", c->icid,
            c->address % 9 == 0 ? "Partner Hosts" : "UNKNOWNLIST",
            c->address % 9 == 0 ? ".example.net" : "sbrs[-1.0:10.0]", TEXT_PICK(g, scores),
            countries[c->address % 5]))
        g->truth.in.accepted++;
}

static void tls(struct gen *g, struct conn *c)
{
    unsigned a = c->appliance;
    c->step = c->relay && chance_of(g, 0.12) ? CONN_AUTH : CONN_MAIL;
    if (!chance_of(g, 0.72))
        return;
    if (chance_of(g, 0.01)) {
        if (SAY(g, a, "ICID # TLS failed: (336109761, 'error:1408A0C1:no shared cipher')", c->icid))
            g->truth.in.tls_failed++;
        return;
    }
    if (SAY(g, a, "ICID # TLS success protocol $ cipher $ ", c->icid,
            c->address & 1 ? "TLSv1.3" : "TLSv1.2",
            c->address & 1 ? "TLS_AES_256_GCM_SHA384" : "ECDHE-RSA-AES128-GCM-SHA256"))
        g->truth.in.tls_ok++;
}

static void next_message(struct gen *g, struct conn *c)
{
    static const char *const reasons[] = {"envelope sender domain could not be resolved",
                                          "envelope sender domain missing"};
    char address[TEXT_ROOM];
    if (c->left == 0) {
        c->step = CONN_CLOSE;
        sim_later(g, chance_normal_ms(g, 40), EV_CONN, c->number, 0);
        return;
    }
    c->left--;
    if (c->refuse_one && chance_of(g, 0.5)) {
        c->refuse_one = false;
        (void)SAY(g, c->appliance, "ICID # Address: <$> sender rejected, $", c->icid,
                  text_address(address, c->address, chance_domain(g)), reasons[c->icid & 1]);
        sim_later(g, chance_normal_ms(g, 30), EV_CONN, c->number, 0);
        return;
    }
    struct msg *m = message_new(g, c->appliance);
    m->icid = c->icid;
    m->conn = c->number;
    m->mid = ++g->appliances[c->appliance].mid;
    m->size = 700 + chance_normal_ms(g, 18000);
    if (c->relay)
        m->flags |= MSG_OUTBOUND;
    if (chance_of(g, 0.03))
        m->flags |= MSG_SENDER_EMPTY;
    m->domain = c->relay ? (uint16_t)chance_below(g, INTERNAL) : chance_domain(g);
    m->who = c->relay ? chance_below(g, 4000) : (uint32_t)(chance_next(g) >> 44);
    unsigned n = 1;
    if (!chance_of(g, 0.8))
        n = 2 + (unsigned)chance_exponential(g, chance_of(g, 0.03) ? 15 : 1);
    message_recipients(g, m, n < 60 ? n : 60);
    m->step = STEP_START;
    message_step(g, m->number);
}

void receive_conn(struct gen *g, uint32_t number)
{
    struct conn *c = sim_at(&g->conns, number);
    switch (c->step) {
    case CONN_POLICY:
        policy(g, c);
        break;
    case CONN_TLS:
        tls(g, c);
        break;
    case CONN_AUTH:
        (void)SAY(g, c->appliance,
                  "SMTP Auth: (ICID #) succeeded for user: user# using AUTH mechanism: PLAIN with "
                  "profile: staff",
                  c->icid, (uint64_t)c->address);
        c->step = CONN_MAIL;
        break;
    case CONN_MAIL:
        next_message(g, c);
        return;
    case CONN_LOST:
        (void)SAY(g, c->appliance, "ICID # lost", c->icid);
        c->step = CONN_CLOSE;
        break;
    default:
        (void)SAY(g, c->appliance, "ICID # close", c->icid);
        sim_free(&g->conns, number);
        return;
    }
    sim_later(g, chance_normal_ms(g, 25), EV_CONN, number, 0);
}

void receive_continue(struct gen *g, const struct msg *m)
{
    if (m->conn != 0)
        sim_later(g, chance_normal_ms(g, 60), EV_CONN, m->conn, 0);
}

/* -- A message until it is taken ------------------------------------------------------------- */

int receive_start(struct gen *g, struct msg *m)
{
    if (SAY(g, m->appliance, "Start MID # ICID #", m->mid, m->icid)) {
        truth_start(&g->truth, &m->fate, m->icid != 0);
        g->received += m->icid != 0;
    }
    m->step = STEP_FROM;
    return (int)chance_normal_ms(g, 4);
}

int receive_from(struct gen *g, struct msg *m)
{
    char address[TEXT_ROOM];
    if (SAY(g, m->appliance, "MID # ICID # From: <$>", m->mid, m->icid, text_sender(address, m)))
        truth_met(&g->truth, &m->fate);
    m->step = STEP_TO;
    return (int)chance_normal_ms(g, 12);
}

int receive_to(struct gen *g, struct msg *m)
{
    char address[TEXT_ROOM];
    struct conn *c = m->conn != 0 ? sim_at(&g->conns, m->conn) : NULL;
    if (c != NULL && c->refuse_one) {
        c->refuse_one = false;
        if (SAY_ONCE(g, m->appliance, "MID # ICID # To: <$> Rejected by $", m->mid, m->icid,
                     text_address(address, c->address, 0),
                     chance_of(g, 0.6) ? "RAT" : "LDAPACCEPT"))
            truth_refused(&g->truth, &m->fate);
        return (int)chance_normal_ms(g, 20);
    }
    if (SAY(g, m->appliance, "MID # ICID # RID # To: <$>", m->mid, m->icid, (uint64_t)m->at,
            text_address(address, m->to[m->at].who, m->to[m->at].domain)))
        truth_to(&g->truth, &m->fate);
    if (++m->at < m->n)
        return (int)chance_normal_ms(g, 6);
    m->at = 0;
    m->step = m->flags & MSG_OUTBOUND || g->set.classic ? STEP_HEADERS : STEP_SENDER;
    return (int)chance_normal_ms(g, 25);
}

int receive_sender_checks(struct gen *g, struct msg *m)
{
    static const char *const results[] = {"Pass (v=spf1)", "Pass (v=spf1)", "None",
                                          "SoftFail (v=spf1)", "Neutral (v=spf1)"};
    char address[TEXT_ROOM], domain[TEXT_ROOM];
    (void)SAY(g, m->appliance, "MID # SDR: Domains for which SDR is requested: reverse DNS host: $",
              m->mid, text_domain(domain, m->domain));
    (void)SAY(g, m->appliance, "MID # SPF: helo identity postmaster@mx1.$ None", m->mid,
              text_domain(domain, m->domain));
    (void)SAY(g, m->appliance, "MID # SPF: mailfrom identity $ $", m->mid, text_sender(address, m),
              TEXT_PICK(g, results));
    m->step = STEP_SIGNATURES;
    return (int)chance_normal_ms(g, 40);
}

int receive_signatures(struct gen *g, struct msg *m)
{
    char domain[TEXT_ROOM];
    (void)text_domain(domain, m->domain);
    if (chance_of(g, 0.7))
        (void)SAY(g, m->appliance, "MID # DKIM: pass signature verified (d=$ s=k1 i=@$)", m->mid,
                  domain, domain);
    else
        (void)SAY(g, m->appliance, "MID # DKIM: no signature", m->mid);
    (void)SAY(g, m->appliance, "MID # DMARC: Message from domain $, DMARC $", m->mid, domain,
              chance_of(g, 0.8) ? "pass (SPF aligned True, DKIM aligned True)"
                                : "fail, no action (policy none)");
    m->step = STEP_HEADERS;
    return (int)chance_normal_ms(g, 15);
}

static int abort_receiving(struct gen *g, struct msg *m)
{
    struct conn *c = sim_at(&g->conns, m->conn);
    (void)SAY(g, m->appliance, "ICID # lost", c->icid);
    (void)SAY(g, m->appliance, "ICID # close", c->icid);
    sim_free(&g->conns, m->conn);
    m->conn = 0;
    if (SAY(g, m->appliance, "Message aborted MID # Receiving aborted by sender", m->mid))
        truth_met(&g->truth, &m->fate);
    if (SAY(g, m->appliance, "Message finished MID # aborted", m->mid))
        truth_finished(&g->truth, &m->fate, true);
    message_abandon(g, m);
    return -1;
}

int receive_headers(struct gen *g, struct msg *m)
{
    char text[TEXT_ROOM];
    if (m->conn != 0 && !g->set.in_flight && chance_of(g, 0.006))
        return abort_receiving(g, m);
    (void)SAY(g, m->appliance, "MID # Message-ID $", m->mid, text_message_id(g, text, m));
    (void)SAY(g, m->appliance, "MID # Subject $", m->mid, text_subject(g, text, m));
    m->step = STEP_READY;
    return (int)chance_normal_ms(g, 20);
}

int receive_ready(struct gen *g, struct msg *m)
{
    char address[TEXT_ROOM];
    if (SAY(g, m->appliance, "MID # ready # bytes from <$>", m->mid, (uint64_t)m->size,
            text_sender(address, m)))
        truth_ready(&g->truth, &m->fate, m->size);
    g->appliances[m->appliance].injected++;
    postfix_received(g, m);
    receive_continue(g, m);
    m->conn = 0;
    m->step = m->icid == 0 ? STEP_QUEUED : STEP_POLICY;
    return (int)chance_normal_ms(g, 40);
}
