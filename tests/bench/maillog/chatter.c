/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "tests/bench/maillog/gen.h"

enum { UTC_OFFSET_S = 3600 };
static const char version[] = "16.0.4-016";

void chatter_header(struct gen *g, unsigned appliance)
{
    struct truth *t = &g->truth;
    const struct appliance *a = &g->appliances[appliance];
    bool hosts = g->set.style == OUT_SYSLOG || g->set.style == OUT_BARE;
    bool written = SAY(g, appliance, "Begin Logfile");
    written &= SAY(g, appliance, "Version: $ SN: $", version, a->serial);
    written &= SAY(g, appliance, "Time offset from UTC: # seconds", (uint64_t)UTC_OFFSET_S);
    if (written && t->appliance_count == appliance)
        t->appliances[t->appliance_count++] =
            (struct truth_appliance){hosts ? a->host : NULL, version, a->serial, UTC_OFFSET_S};
}

void chatter_rotate(struct gen *g, unsigned appliance)
{
    (void)SAY(g, appliance, "End Logfile");
    chatter_header(g, appliance);
    sim_later(g, 3600000, EV_ROTATE, appliance, 0);
}

/* The three sums of a status line agree (mail-logs.md (c)). */
static void status(struct gen *g, unsigned appliance)
{
    const struct appliance *a = &g->appliances[appliance];
    char text[900];
    unsigned load = chance_below(g, 40), disk = chance_below(g, 9), queue = chance_below(g, 60);
    uint64_t delivered = a->delivered, hard = a->injected / 50, deleted = 17;
    (void)snprintf(
        text, sizeof(text),
        "Status: CPULd %u DskIO %u RAMUtil 22 QKUsd 1033 QKFre 8387575 CrtMID %ju CrtICID %ju "
        "CrtDCID %ju InjMsg %ju InjRcp %ju GenBncRcp %ju RejRcp 412 DrpMsg 76 SftBncEvnt 311 "
        "CmpRcp %ju HrdBncRcp %ju DnsHrdBnc 3 5XXHrdBnc %ju FltrHrdBnc 0 ExpHrdBnc 0 OtrHrdBnc 0 "
        "DlvRcp %ju DelRcp %ju GlbUnsbHt 0 ActvRcp 61 UnatmptRcp 60 AtmptRcp 1 CrtCncIn 9 "
        "CrtCncOut 4 DnsReq 88213 NetReq 91120 CchHit 77103 CchMis 11021 CchEct 4012 CchExp 7102 "
        "CPUTTm 1801 CPUETm %ju MaxIO 7211 RAMUsd 412221444 MMLen 21 DstInMem 14 ResCon 0 WorkQ %u "
        "QuarMsgs 118 QuarQKUsd 2201 LogUsd 9 SophLd 0 BMLd 0 CASELd 2 TotalLd 14 LogAvail 148G "
        "EuQ 12 EuqRls 0 CmrkLd 0 McafLd 0 SwIn 0 SwOut 0 SwPgIn 0 SwPgOut 0 RptLd 0 QtnLd 0 "
        "EncrQ 0 InjBytes %ju",
        load, disk, (uintmax_t)a->mid, (uintmax_t)a->icid, (uintmax_t)a->dcid,
        (uintmax_t)a->injected, (uintmax_t)(a->injected * 3 / 2), (uintmax_t)(hard / 2),
        (uintmax_t)(delivered + hard + 3 + deleted), (uintmax_t)(hard + 3), (uintmax_t)hard,
        (uintmax_t)delivered, (uintmax_t)deleted, (uintmax_t)(g->now / 1000 + 600), queue,
        (uintmax_t)(a->injected * 18000));
    (void)SAY(g, appliance, "$", text);
}

static void strange(struct gen *g, unsigned appliance)
{
    static const char *const rest[] = {"\tDave <dave@example.com>,",
                                       "\tMessage finished MID 7 done",
                                       "\tErin <erin@example.com>\r", "", "Info: no date before"};
    static const char *const unknown[] = {"Zebra cache rebuilt in # ms", "Quuxd #: heartbeat",
                                          "MIDs are # in number"};
    static const char *const known[] = {
        "CASE cache status: hits # misses 2",
        "SenderBase upload: # hosts totaling 800 bytes",
        "DNS Temporary Failure m#.example.net MX - unable to reach nameserver on any valid port",
        "Possible Delivery: DCID: # MID 815 to [0]",
        "LDAP: query accept MID # RID 0 address x@example.com",
        "Alias match: MID # RID 0 address list@example.com",
        "graymail [CONFIG] started #",
        "URL_REP_CLIENT: Configuration changed #",
        "Checkpoint # completed",
        "Mail delivery client with DCID # exited due to the maximum concurrency configuration.",
        "Global unsubscribe matched MID # RID 0",
        "RPC connection # established",
        "MID # Custom Log Entry: Message finished MID 7 done",
        "MID # Could not convert character set: x-unknown",
        "MID # was too big (3145728/1048576) for scanning by CASE",
        "MID # not completely scanned by SDS. Message size exceeds the limit",
        "MID # antivirus unscannable",
        "MID # Virus Threat Level=5",
        "MID # Threat Level=5 Category=Phish Type=Password",
        "MID # IncomingRelay(partner): Header Received found, IP 203.0.113.9 being used",
        "MID # DomainKeys: cannot sign - no profile matches a@example.com",
        "MID # quarantine \"Policy\" new reason (outbreak)",
        "EUQ: Tagging MID # for quarantine",
        "ICID # Bad syntax for command: RCPT TO:<MID 7 done>",
        "ICID # Unknown command: XYZZY",
        "ICID # disconnected address 198.51.100.7, timeout",
        "ICID # SBRS rfc1918"};
    uint64_t n = chance_below(g, 10000);
    if (SAY_ONCE(g, appliance,
                 "MID # masquerading Cc from 'Carol <carol@example.com>,\\r\\n\\tDave", n))
        for (unsigned i = 0; i < 5; i++)
            if (i != chance_below(g, 5) && out_raw(&g->out, rest[i]))
                g->truth.continuations++;
    for (unsigned i = 0; i < 3; i++)
        if (SAY_ONCE(g, appliance, unknown[i], n))
            g->truth.unrecognised++;
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        (void)SAY(g, appliance, known[i], n);
    (void)SAY_AS(g, false, appliance, OUT_DEBUG, "MID #: Skip this one", n);
    (void)SAY_AS(g, false, appliance, OUT_TRACE, "MID # ICID 14 TLS read 517 bytes", n);
}

void chatter_minute(struct gen *g, unsigned appliance)
{
    sim_later(g, 60000, EV_MINUTE, appliance, 0);
    status(g, appliance);
    if (chance_of(g, 0.1))
        (void)SAY_AS(g, false, appliance, OUT_WARNING,
                     "A System/Warning alert was sent to ops@example.com with subject \"Warning "
                     "<System> $: work queue is large\".",
                     g->appliances[appliance].host);
    if (chance_of(g, 0.05))
        (void)SAY_AS(g, false, appliance, OUT_CRITICAL,
                     "Internal SMTP giving up on message to ops@example.com with subject 'x': "
                     "Unrecoverable error.");
    if (g->set.hazards)
        strange(g, appliance);
}
