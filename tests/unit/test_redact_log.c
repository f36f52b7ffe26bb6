/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "plugin/redact_log.h"

#define AT "Sun Mar  8 04:00:04 2026 Info: "

struct example {
    const char *text, *wanted; /* WANTED NULL: nothing is taken out */
};

/* Each example as it should become, and once more without any change. */
static void compare(const struct example *examples, size_t count, bool keep_addresses)
{
    for (size_t i = 0; i < count; i++) {
        struct span text = text_of(examples[i].text), none = text_of("");
        struct span found = redact_log(&arena, text, none, keep_addresses);
        assert_span(found, examples[i].wanted == NULL ? examples[i].text : examples[i].wanted);
        if (examples[i].wanted == NULL)
            assert_ptr_equal(found.p, text.p);
        assert_ptr_equal(redact_log(&arena, found, none, keep_addresses).p, found.p);
    }
}

static void takes_addresses_out_of_every_family(void **state)
{
    static const struct example examples[] = {
        {AT "MID 815 ICID 4711 From: <ann@example.com>\n",
         AT "MID 815 ICID 4711 From: <redacted@example.com>\n"},
        {AT "MID 815 ICID 4711 From: <>\n", NULL},
        {AT "MID 815 ICID 4711 RID 0 To: <bob.o'neil+x@example.net>\r\n",
         AT "MID 815 ICID 4711 RID 0 To: <redacted@example.net>\r\n"},
        {AT "MID 815 ICID 4711 RID 0 To: </G=Ann/S=Smith/@example.net>\n",
         AT "MID 815 ICID 4711 RID 0 To: <redacted@example.net>\n"},
        {AT "MID 815 ICID 4711 To: <prvs=0123abc=ann@example.com> Rejected by RAT\n",
         AT "MID 815 ICID 4711 To: <redacted@example.com> Rejected by RAT\n"},
        {AT "MID 815 ICID 4711 RID 0 To: <postmaster>\n",
         AT "MID 815 ICID 4711 RID 0 To: <redacted>\n"},
        {AT "MID 815 ICID 4711 From: <\"ann smith\"@example.com>\n",
         AT "MID 815 ICID 4711 From: <redacted@example.com>\n"},
        {AT "MID 815 ICID 4711 From: <\"ann>smith\"@example.com>\n",
         AT "MID 815 ICID 4711 From: <redacted>redacted@example.com>\n"},
        {AT "MID 815 ICID 4711 From: <j\xc3\xb6rg@b\xc3\xbc"
            "cher.example>\n",
         AT "MID 815 ICID 4711 From: <redacted@b\xc3\xbc"
            "cher.example>\n"},
        {AT "MID 815 Message-ID '<ann.1@mail.example.com>'\n",
         AT "MID 815 Message-ID '<redacted@mail.example.com>'\n"},
        {AT "MID 815 ready 1810 bytes from <ann@example.com>\n",
         AT "MID 815 ready 1810 bytes from <redacted@example.com>\n"},
        {AT "Bounced: DCID 2 MID 815 From: <ann@example.com> To: <bob@example.net> RID 0 - 5.1.0 - "
            "Unknown address error ('550', ['5.1.1 <bob@example.net>: not bob@example.net']) []\n",
         AT "Bounced: DCID 2 MID 815 From: <redacted@example.com> To: <redacted@example.net> RID 0 "
            "- 5.1.0 - Unknown address error ('550', ['5.1.1 <redacted@example.net>: not "
            "redacted@example.net']) []\n"},
        {AT "MID 815 RID [0] Response '2.6.0 <a.b@mail1.example.com> Queued for ann@example.com'\n",
         AT "MID 815 RID [0] Response '2.6.0 <redacted@mail1.example.com> Queued for "
            "redacted@example.com'\n"},
        {AT "ICID 4711 Address: <ann@example.com> sender rejected, domain missing\n",
         AT "ICID 4711 Address: <redacted@example.com> sender rejected, domain missing\n"},
        {AT "Alias match: MID 815 RID 0 address list@example.com\n",
         AT "Alias match: MID 815 RID 0 address redacted@example.com\n"},
        {AT "MID 815 URL http://a.example/?to=ann%40example.com has reputation 1 matched x\n",
         AT "MID 815 URL http://a.example/?to=redacted%40example.com has reputation 1 matched x\n"},
        {"<22>Mar  8 04:00:04 esa1 mail_logs: Info: MID 815 ICID 4711 From: <ann@example.com>\n",
         "<22>Mar  8 04:00:04 esa1 mail_logs: Info: MID 815 ICID 4711 From: "
         "<redacted@example.com>\n"},
        {AT "MID 815 ICID 4711 RID 0 To: <ann.smi", AT "MID 815 ICID 4711 RID 0 To: <redacted"},
        {AT "MID 815 masquerading From: ann@example.com to a@example.net\n Cc: bob@example.org\n",
         AT "MID 815 masquerading From: redacted@example.com to redacted@example.net\n"
            " Cc: redacted@example.org\n"},
    };
    (void)state;
    compare(examples, COUNT(examples), false);
}

static void takes_out_what_strangers_wrote(void **state)
{
    static const struct example examples[] = {
        {AT "MID 815 Subject \"Lunch?\"\n", AT "MID 815 Subject \"[redacted]\"\n"},
        {AT "MID 815 Subject 'it''s \"quoted' \r\n", AT "MID 815 Subject '[redacted]' \r\n"},
        {AT "MID 815 Subject Lunch at \\r\\n ten\n", AT "MID 815 Subject [redacted]\n"},
        {AT "MID 815 Subject \"\n", AT "MID 815 Subject \"\n"},
        {AT "MID 815 Subject \"\"\n", NULL},
        {AT "MID 815 Subject \"MID 5 ready 10 bytes from <x@example.com>\"\n",
         AT "MID 815 Subject \"[redacted]\"\n"},
        {AT "MID 815 attachment 'pay of ann.pdf'\n", AT "MID 815 attachment '[redacted]'\n"},
        {AT "Message done DCID 2 MID 815 to RID [0, 1] [('from', 'Ann <ann@example.com>'), "
            "('subject', 'MID 7 ] RID [3]')]\n",
         AT "Message done DCID 2 MID 815 to RID [0, 1] [('redacted', 'redacted')]\n"},
        {AT "Message done DCID 2 MID 815 to RID [0] (external quarantine) [('x', 'y')] \n",
         AT "Message done DCID 2 MID 815 to RID [0] (external quarantine) "
            "[('redacted', 'redacted')] \n"},
        {AT "SMTP Auth: (ICID 4711) succeeded for user: ann using AUTH mechanism: PLAIN with "
            "profile: staff\n",
         AT "SMTP Auth: (ICID 4711) succeeded for user: redacted using AUTH mechanism: PLAIN with "
            "profile: staff\n"},
        {AT "MID 815 Custom Log Entry: password: hunter2\n",
         AT "MID 815 Custom Log Entry: password: [redacted]\n"},
    };
    (void)state;
    compare(examples, COUNT(examples), false);
}

static void leaves_the_rest(void **state)
{
    static const struct example examples[] = {
        {AT
         "New SMTP ICID 4711 interface Data 1 (192.0.2.11) address 198.51.100.7 reverse dns host "
         "mx.example.com verified yes\n",
         NULL},
        {AT "Message done DCID 2 MID 815 to RID [0] \n", NULL},
        {AT "Message finished MID 815 done\n" AT "DCID 2 close\n", NULL},
        {AT "MID 815 quarantined to \"Policy\" (content filter:hold)\n", NULL},
        {AT "Status: CPULd 4 DskIO 6 LogAvail 211G SwapUsage 0%\n", NULL},
        {AT "Version: 15.0.3-002 SN: 420B1D44E0C97A5510D3-6F21B8C04E9A\n", NULL},
        {"(Machine esa1.example.com)> grep -e \"Sun Mar  8 04:\" mail_logs\n", NULL},
        {"", NULL},
    };
    (void)state;
    compare(examples, COUNT(examples), false);
}

static void keeps_them_where_that_is_wanted(void **state)
{
    static const struct example examples[] = {
        {AT "MID 815 ICID 4711 From: <ann@example.com>\n", NULL},
        {AT "MID 815 Subject \"Lunch?\"\n", NULL},
        {AT "MID 815 Custom Log Entry: token=abcdef\n",
         AT "MID 815 Custom Log Entry: token=[redacted]\n"},
    };
    (void)state;
    compare(examples, COUNT(examples), true);
    struct span found =
        redact_log(&arena, text_of(AT "MID 1 Subject 'hunter22'\n"), text_of("hunter22"), true);
    assert_span(found, AT "MID 1 Subject '[redacted]'\n");
}

static void documents_are_told_apart_by_their_room(void **state)
{
    struct span line = text_of(AT "MID 815 Subject Lunch\n"), none = text_of("");
    (void)state;
    assert_span(redact_log_document(&arena, "log/mail_logs.txt", line, none, false),
                AT "MID 815 Subject [redacted]\n");
    assert_ptr_equal(redact_log_document(&arena, "cli/status.txt", line, none, false).p, line.p);
}

/* No byte of a line that a reader counts by may change, whatever the rest is. */
static void any_bytes_keep_their_lines(void **state)
{
    char text[4096];
    unsigned seed = 7;
    static const char *const words[] = {
        "MID 1 ", "Subject ",   "<",           ">", "@",     "\"", "'",   "Info: ",        "\n",
        " [(",    "for user: ", "SMTP Auth: ", "a", "To: <", "\\", "%40", "Message done ", "=",
        ": ",     "\r"};
    (void)state;
    for (int round = 0; round < 400; round++) {
        size_t n = 0, lines = 0, found_lines = 0;
        while (n < sizeof(text) - 32) {
            seed = seed * 1103515245u + 12345u;
            const char *word = words[(seed >> 16) % COUNT(words)];
            memcpy(text + n, word, strlen(word));
            n += strlen(word);
        }
        struct span found = redact_log(&arena, (struct span){text, n}, text_of(""), false);
        for (size_t i = 0; i < n; i++)
            lines += text[i] == '\n';
        for (size_t i = 0; i < found.n; i++)
            found_lines += found.p[i] == '\n';
        assert_int_equal(found_lines, lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(takes_addresses_out_of_every_family),
        with_arena(takes_out_what_strangers_wrote),
        with_arena(leaves_the_rest),
        with_arena(keeps_them_where_that_is_wanted),
        with_arena(documents_are_told_apart_by_their_room),
        with_arena(any_bytes_keep_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
