/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/maillog/gen.h"

static const char *const names[] = {"ann",   "bob",  "carla", "david", "erika", "farid",
                                    "gül",   "hans", "irene", "jonas", "karin", "luis",
                                    "maria", "nils", "olga",  "peter"};

/* What looks like lines of the log, in texts that strangers write. */
static const char *const lures[] = {
    "MID 200257071 ready 10 bytes from <x@example.org>",
    "Message finished MID 200257075 done",
    "Info: Start MID 200257099 ICID 282204999",
    "Message done DCID 2386070 MID 200257072 to RID [0, 1]",
    "Tue Mar 10 09:00:01 2026 Info: MID 200257073 queued for delivery",
    "<22>Mar 10 09:00:02 esa1.example.com mail_logs: Info: New SMTP ICID 282205000 interface x",
    "MID 200257074 ICID 282204971 RID 7 To: <y@example.org>",
    "Bounced: DCID 2386069 MID 200257076 to RID 0 - 5.1.0 - no ('550', ['x']) []",
    "MID 200257077 rewritten to MID 200257078 by antispam"};

const char *text_pick(struct gen *g, const char *const *list, unsigned n)
{
    return list[chance_below(g, n)];
}

static char *put(char *p, const char *text)
{
    size_t n = strlen(text);
    memcpy(p, text, n + 1);
    return p + n;
}

static char *put_number(char *p, uint32_t value)
{
    char digits[10];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        *p++ = digits[--n];
    *p = '\0';
    return p;
}

const char *text_domain(char *buffer, unsigned domain)
{
    static const char *const firms[] = {"acme",  "mill",  "harbour", "nord",
                                        "kraft", "lumen", "tele"};
    static const char *const ends[] = {".example.net", ".example.org", "-mail.example.net"};
    char *p = buffer;
    if (domain < INTERNAL) {
        p = put_number(put(p, "dept"), domain + 1);
        (void)put(p, ".example.com");
        return buffer;
    }
    p = put_number(put(p, firms[domain % 7]), domain);
    (void)put(p, ends[domain % 3]);
    return buffer;
}

const char *text_address(char *buffer, uint32_t who, unsigned domain)
{
    static const char *const odd[] = {"\"o'neil, pat\"", "x+tag=1", "m\xfcller", "no-reply"};
    char *p = put(buffer, who % 97 == 0 ? odd[who / 97 % 4] : names[who & 15]);
    p = put_number(p, who >> 4);
    *p++ = '@';
    (void)text_domain(p, domain);
    return buffer;
}

const char *text_sender(char *buffer, const struct msg *m)
{
    if (m->flags & MSG_SENDER_EMPTY)
        return "";
    return text_address(buffer, m->who, m->domain);
}

const char *text_ip(char *buffer, uint32_t of, bool inside)
{
    if (inside) {
        (void)put_number(put(buffer, "192.0.2."), 20 + of % 200);
    } else if (of % 16 == 3) {
        (void)snprintf(buffer, TEXT_ROOM, "2001:db8:%x::%x", of >> 8 & 0xffff, of & 0xff);
    } else {
        (void)put_number(put(buffer, of & 1 ? "198.51.100." : "203.0.113."), 1 + of / 2 % 250);
    }
    return buffer;
}

const char *text_reverse_dns(struct gen *g, char *buffer, uint32_t of)
{
    if (of % 5 == 0)
        return of % 10 == 0 ? "unknown" : "No hostname";
    if (g->set.hazards && chance_of(g, 0.02)) {
        (void)put(put(buffer, TEXT_PICK(g, lures)), " verified yes");
        return buffer;
    }
    char *p = put_number(put(buffer, "mx"), of % 4 + 1);
    *p++ = '.';
    (void)text_domain(p, INTERNAL + of % EXTERNAL);
    return buffer;
}

static char *hex(char *p, uint64_t value, unsigned n)
{
    while (n-- > 0)
        *p++ = "0123456789abcdef"[value >> (4 * n) & 15];
    *p = '\0';
    return p;
}

const char *text_message_id(struct gen *g, char *buffer, const struct msg *m)
{
    uint64_t r = chance_next(g);
    bool apostrophe = r % 200 == 0;
    char *p = put(buffer, apostrophe ? "\"<Lands'End." : "'<");
    p = hex(p, r, 16);
    *p++ = '.';
    p = put_number(p, (uint32_t)m->mid & 0xffffff);
    *p++ = '@';
    (void)text_domain(p, m->domain);
    p += strlen(p);
    (void)put(p, apostrophe ? ">\"" : ">'");
    return buffer;
}

const char *text_subject(struct gen *g, char *buffer, const struct msg *m)
{
    static const char *const words[] = {
        "Quarterly", "report", "meeting", "invoice", "re:",    "offer", "holiday", "minutes",
        "of",        "the",    "draft",   "urgent",  "Friday", "lunch", "order"};
    static const char *const odd[] = {"=?UTF-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=",
                                      "Grüße aus Köln",
                                      "会議の件",
                                      "caf\xe9 gratuit",
                                      "it's here",
                                      "a \"quoted\" word",
                                      "tab\\there\\r\\n and more"};
    char *p = buffer;
    uint64_t r = chance_next(g);
    const char *quote = g->set.classic ? "'" : r % 50 == 0 ? "" : "\"";
    p = put(p, quote);
    r >>= 8;
    if (r % 100 < (g->set.hazards ? 10 : 2)) {
        p = put(p, TEXT_PICK(g, lures));
    } else if (r % 100 < 12) {
        p = put(p, TEXT_PICK(g, odd));
    } else {
        for (unsigned n = 2 + (unsigned)(r >> 8) % 5; n > 0; n--) {
            p = put(p, TEXT_PICK(g, words));
            *p++ = ' ';
        }
        p = put_number(p, (uint32_t)m->mid % 9999);
    }
    (void)put(p, quote);
    return buffer;
}

const char *text_attachment(struct gen *g, char *buffer)
{
    static const char *const plain[] = {"'plan.pdf'", "'minutes March.docx'", "\"it's.zip\"",
                                        "'=D1=82=D0=B5=D1=81=D1=82.pdf'", "'image001.png'"};
    if (!g->set.hazards || !chance_of(g, 0.2))
        return TEXT_PICK(g, plain);
    (void)put(put(put(buffer, "'"), TEXT_PICK(g, lures)), ".pdf'");
    return buffer;
}

const char *text_url(struct gen *g, char *buffer)
{
    if (g->set.hazards && chance_of(g, 0.1)) {
        (void)put(put(buffer, "http://example.net/?q=' has reputation 9; "), TEXT_PICK(g, lures));
        return buffer;
    }
    char *p = hex(put(buffer, "http://example.net/"), chance_next(g), 10);
    (void)put(p, "/index.html");
    return buffer;
}

const char *text_response(struct gen *g, char *buffer, const struct msg *m)
{
    if (g->set.hazards && chance_of(g, 0.1)) {
        (void)put(put(buffer, "250 ok\\r\\n"), TEXT_PICK(g, lures));
        return buffer;
    }
    char *p = put(buffer, m->size & 1 ? "2.0.0 Ok: queued as " : "ok:  Message ");
    p = hex(p, chance_next(g), 10);
    (void)put(p, m->size & 1 ? "" : " accepted");
    return buffer;
}

const char *text_headers(struct gen *g, const struct msg *m)
{
    enum { LONGEST = 100000 };
    static char text[LONGEST + 2 * TEXT_ROOM]; /* of the line in hand only */
    if (!chance_of(g, g->set.hazards ? 0.05 : 0.01))
        return "";
    size_t n = 40, k = 0;
    if (g->set.hazards && chance_of(g, 0.1))
        n = chance_of(g, 0.05) ? chance_below(g, LONGEST) : chance_below(g, 6000);
    char *p = put(text, " [('from', '");
    (void)text_sender(p, m);
    p = put(p + (m->flags & MSG_SENDER_EMPTY ? 0 : strlen(p)), "')");
    while ((size_t)(p - text) < n) {
        p = put(p, ", ('received', 'by mx1 to RID [1, 2]\\r\\n\\tMID 7 [(");
        p = put(p, lures[k++ % (sizeof(lures) / sizeof(lures[0]))]);
        p = put(p, "')");
    }
    (void)put(p, "]");
    return text;
}
