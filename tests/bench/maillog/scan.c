/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/maillog/gen.h"

static const char *const policies[] = {"DEFAULT", "DEFAULT", "All Staff", "Executive Board (VIP)"};

static int next(struct gen *g, struct msg *m, unsigned median)
{
    m->step++;
    return (int)chance_normal_ms(g, median);
}

static int dropped(struct gen *g, struct msg *m, const char *by)
{
    if (SAY(g, m->appliance, "Message aborted MID # Dropped by $", m->mid, by))
        truth_flag(&g->truth, &m->fate, TRUTH_DROPPED);
    m->step = STEP_FINISHED;
    return (int)chance_normal_ms(g, 4);
}

int scan_policy(struct gen *g, struct msg *m)
{
    bool outbound = m->flags & MSG_OUTBOUND;
    if (SAY(g, m->appliance,
            "MID # matched all recipients for per-recipient policy $ in the $ table", m->mid,
            policies[m->to[0].who & 3], outbound ? "outbound" : "inbound"))
        truth_met(&g->truth, &m->fate);
    return next(g, m, 60);
}

static void split_off(struct gen *g, struct msg *m, unsigned first, unsigned n)
{
    struct msg *child = message_child(g, m, first, n);
    if (SAY(g, m->appliance,
            "MID # was split creating MID # due to a per-recipient policy ($) in the $ table",
            m->mid, child->mid, policies[m->to[first].who & 3],
            m->flags & MSG_OUTBOUND ? "outbound" : "inbound"))
        truth_child(&g->truth, &m->fate, &child->fate, true);
    message_child_lines(g, child);
    child->flags |= MSG_CLEAN;
    child->step = STEP_POLICY;
    sim_later(g, chance_normal_ms(g, 30), EV_MSG, child->number, 0);
}

int scan_split(struct gen *g, struct msg *m)
{
    if (m->n < 2 || m->flags & MSG_CLEAN || g->set.in_flight || !chance_of(g, 0.06))
        return next(g, m, 20);
    unsigned half = m->n / 2u;
    split_off(g, m, half, m->n - half);
    if (chance_of(g, 0.5)) { /* all have gone */
        split_off(g, m, 0, half);
        m->step = STEP_FINISHED;
        return (int)chance_normal_ms(g, 10);
    }
    m->n = (uint8_t)half;
    m->flags |= MSG_CLEAN;
    return next(g, m, 20);
}

int scan_case_interim(struct gen *g, struct msg *m)
{
    if (chance_of(g, 0.6))
        (void)SAY(g, m->appliance, "MID # interim verdict using engine: CASE spam $", m->mid,
                  chance_of(g, 0.9) ? "negative" : "suspect");
    return next(g, m, 90);
}

static int spam(struct gen *g, struct msg *m)
{
    (void)SAY(g, m->appliance, "MID # using engine: CASE spam positive", m->mid);
    if (chance_of(g, 0.5))
        return dropped(g, m, "CASE");
    m->flags |= MSG_SPAM;
    m->offbox = chance_of(g, 0.33);
    (void)SAY(g, m->appliance, "$: Tagging MID # for quarantine", m->offbox ? "EUQ" : "ISQ",
              m->mid);
    m->step = STEP_QUEUED;
    return (int)chance_normal_ms(g, 60);
}

int scan_case(struct gen *g, struct msg *m)
{
    if (!(m->flags & (MSG_OUTBOUND | MSG_CLEAN)) && !g->set.in_flight && chance_of(g, 0.15))
        return spam(g, m);
    (void)SAY(g, m->appliance, "MID # using engine: CASE spam negative", m->mid);
    return next(g, m, 150);
}

int scan_graymail(struct gen *g, struct msg *m)
{
    if (g->set.classic || m->flags & MSG_OUTBOUND) {
        m->step++;
        return scan_av_interim(g, m);
    }
    (void)SAY(g, m->appliance, "MID # using engine: GRAYMAIL $", m->mid,
              chance_of(g, 0.85) ? "negative" : "positive");
    return next(g, m, 110);
}

int scan_av_interim(struct gen *g, struct msg *m)
{
    if (chance_of(g, 0.6))
        (void)SAY(g, m->appliance, "MID # interim AV verdict using Sophos CLEAN", m->mid);
    return next(g, m, 120);
}

static int rewrite(struct gen *g, struct msg *m, const char *by)
{
    struct msg *child = message_child(g, m, 0, m->n);
    bool first = chance_of(g, 0.2); /* the child speaks before it is introduced */
    if (first)
        message_child_lines(g, child);
    if (SAY(g, m->appliance,
            chance_of(g, 0.9) ? "MID # rewritten to MID # by $" : "MID # rewritten to # by $",
            m->mid, child->mid, by))
        truth_child(&g->truth, &m->fate, &child->fate, false);
    if (!first)
        message_child_lines(g, child);
    child->flags |= MSG_CLEAN;
    child->step = STEP_HOLD;
    sim_later(g, chance_normal_ms(g, 30), EV_MSG, child->number, 0);
    m->step = STEP_FINISHED;
    return (int)chance_normal_ms(g, 10);
}

int scan_av(struct gen *g, struct msg *m)
{
    if (!g->set.in_flight && !(m->flags & MSG_CLEAN) && chance_of(g, 0.002)) {
        (void)SAY(g, m->appliance, "MID # antivirus positive 'EICAR-AV-Test'", m->mid);
        return chance_of(g, 0.7) ? dropped(g, m, "antivirus") : rewrite(g, m, "antivirus");
    }
    (void)SAY(g, m->appliance, "MID # antivirus negative ", m->mid);
    return next(g, m, 90);
}

int scan_amp(struct gen *g, struct msg *m)
{
    char text[TEXT_ROOM];
    if (!g->set.classic && !(m->flags & MSG_OUTBOUND))
        (void)SAY(g, m->appliance, " MID # AMP file reputation verdict : $", m->mid,
                  chance_of(g, 0.7) ? "SKIPPED (no attachment in message)" : "CLEAN");
    if (chance_of(g, 0.35))
        (void)SAY(g, m->appliance, "MID # attachment $", m->mid, text_attachment(g, text));
    return next(g, m, 70);
}

int scan_content(struct gen *g, struct msg *m)
{
    char text[TEXT_ROOM];
    if (!g->set.classic && chance_of(g, 0.25))
        (void)SAY(g, m->appliance,
                  "MID # URL $ has reputation $ matched Action: URL redirected to Cisco Security "
                  "proxy",
                  m->mid, text_url(g, text), m->size & 1 ? "-6.4" : "2.1");
    if (!g->set.classic && m->flags & MSG_OUTBOUND && chance_of(g, 0.4))
        (void)SAY(g, m->appliance, "MID # DLP no violation", m->mid);
    if (!g->set.in_flight && chance_of(g, 0.004))
        return dropped(g, m,
                       m->flags & MSG_OUTBOUND ? "filter 'stop secrets'"
                                               : "content filter 'no thanks' in the inbound table");
    if (!g->set.in_flight && chance_of(g, 0.0006)) {
        if (SAY(g, m->appliance, "MID # was bounced by content filter 'no' in the $ table", m->mid,
                m->flags & MSG_OUTBOUND ? "outbound" : "inbound"))
            truth_flag(&g->truth, &m->fate, TRUTH_BOUNCED);
        m->step = STEP_FINISHED;
        return (int)chance_normal_ms(g, 4);
    }
    return next(g, m, 60);
}

int scan_outbreak(struct gen *g, struct msg *m)
{
    if (!(m->flags & MSG_OUTBOUND))
        (void)SAY(g, m->appliance, "MID # Outbreak Filters: verdict negative", m->mid);
    return next(g, m, 60);
}

int scan_rewrite(struct gen *g, struct msg *m)
{
    static const char *const agents[] = {"antispam", "LDAP rewrite", "add-footer filter 'legal'",
                                         "url-reputation-defang-action filter 'it\\'s'"};
    if (!g->set.in_flight && !(m->flags & MSG_CLEAN) && chance_of(g, 0.03))
        return rewrite(g, m, TEXT_PICK(g, agents));
    if (!g->set.in_flight && chance_of(g, 0.005))
        message_generate(g, m, false);
    return next(g, m, 20);
}

int scan_hold(struct gen *g, struct msg *m)
{
    static const char *const quarantines[] = {"Policy", "Outbreak", "Zeit lang halten"};
    if (!g->set.in_flight && chance_of(g, g->set.never)) {
        const char *name = TEXT_PICK(g, quarantines);
        const char *form = chance_of(g, 0.8)
                               ? "MID # quarantined to \"$\" (content filter:hold)"
                               : "MID # enqueued for transfer to centralized quarantine \"$\" (x)";
        if (SAY(g, m->appliance, form, m->mid, name))
            truth_flag(&g->truth, &m->fate, TRUTH_HELD);
        message_abandon(g, m);
        return -1;
    }
    if (g->set.release && chance_of(g, 0.01)) {
        if (SAY(g, m->appliance, "MID # quarantined to \"Policy\" (content filter:hold)", m->mid))
            truth_flag(&g->truth, &m->fate, TRUTH_HELD);
        m->step = STEP_RELEASED;
        return 2000 + (int)chance_exponential(g, 500000);
    }
    return next(g, m, 30);
}
