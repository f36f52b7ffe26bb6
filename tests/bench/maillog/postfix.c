/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "tests/bench/maillog/gen.h"

/* Only for pflogsumm: what a Postfix in the same place would have logged, a queue id for a MID. */

static int64_t second(struct gen *g)
{
    return sim_clock(g);
}

static const char *queue_id(char *buffer, const struct msg *m)
{
    (void)snprintf(buffer, 24, "%jX", (uintmax_t)m->mid);
    return buffer;
}

#define LINE(g, ...)                                                                               \
    out_line(&(g)->postfix, second(g), "esa1.example.com postfix", OUT_INFO, __VA_ARGS__)

void postfix_received(struct gen *g, const struct msg *m)
{
    char id[24], ip[TEXT_ROOM], from[TEXT_ROOM], mid[TEXT_ROOM];
    if (!g->postfix.on)
        return;
    (void)queue_id(id, m);
    (void)text_ip(ip, m->who, m->flags & MSG_OUTBOUND);
    if (m->icid != 0) {
        (void)LINE(g, "smtpd[2112]: connect from mx1.example.net[$]", ip);
        (void)LINE(g, "smtpd[2112]: $: client=mx1.example.net[$]", id, ip);
    }
    (void)LINE(g, "cleanup[2115]: $: message-id=<$.#@example.net>", id, text_domain(mid, m->domain),
               m->mid);
    (void)LINE(g, "qmgr[2020]: $: from=<$>, size=#, nrcpt=# (queue active)", id,
               text_sender(from, m), (uint64_t)m->size, (uint64_t)m->n);
    if (m->icid != 0)
        (void)LINE(g, "smtpd[2112]: disconnect from mx1.example.net[$]", ip);
}

void postfix_rejected(struct gen *g, uint32_t address)
{
    char ip[TEXT_ROOM];
    if (g->postfix.on)
        (void)LINE(g,
                   "smtpd[2112]: NOQUEUE: reject: RCPT from unknown[$]: 554 5.7.1 Service "
                   "unavailable; blocked; from=<x@example.net> to=<y@example.com> proto=ESMTP "
                   "helo=<mail>",
                   text_ip(ip, address, false));
}

void postfix_sent(struct gen *g, const struct msg *m, const struct rcpt *to, const char *status)
{
    char id[24], ip[TEXT_ROOM], address[TEXT_ROOM];
    if (g->postfix.on)
        (void)LINE(g,
                   "smtp[2119]: $: to=<$>, relay=mx1.example.org[$]:25, delay=1.2, "
                   "delays=0.4/0.1/0.2/0.5, dsn=$, status=$ ($)",
                   queue_id(id, m), text_address(address, to->who, to->domain),
                   text_ip(ip, to->domain, to->domain < INTERNAL),
                   status[0] == 's'   ? "2.0.0"
                   : status[0] == 'b' ? "5.1.1"
                                      : "4.7.1",
                   status,
                   status[0] == 's' ? "250 2.0.0 Ok: queued as 4AF01"
                                    : "host mx1.example.org said: no such user");
}

void postfix_removed(struct gen *g, const struct msg *m)
{
    char id[24];
    if (g->postfix.on)
        (void)LINE(g, "qmgr[2020]: $: removed", queue_id(id, m));
}
