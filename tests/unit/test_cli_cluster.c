/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli_clustercheck.h"
#include "checks/parse/cli_clusterlist.h"
#include "checks/parse/cli_connstatus.h"

static void lists_machines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *serial;
        unsigned line;
    } wanted[] = {
        {"esa1.example.com", "42AABBCCDDEE00112233-001122334455", 4},
        {"a-very-long-host-name-indeed.example.com", "42AABBCCDDEE00112233-AABBCCDDEEFF", 5},
        {"esa3.example.com", "", 8},
    };
    const struct cli_clusterlist *list =
        facts_of(&cli_clusterlist_kind,
                 "(Cluster Head Office)> clusterconfig list\n"
                 "Cluster Head Office\n"
                 "  Group Main_Group:\n"
                 "    Machine esa1.example.com (Serial #: 42AABBCCDDEE00112233-001122334455)\n"
                 "    Machine a-very-long-host-name-indeed.example.com: (Serial #:\n"
                 "42AABBCCDDEE00112233-AABBCCDDEEFF)\n"
                 "  Group Second Site:\n"
                 "    Machine esa3.example.com\n"
                 "(Cluster Head Office)> ");
    assert_non_null(list);
    assert_span(list->cluster, "Head Office");
    assert_true(list->prompt_returned && !list->standalone);
    assert_int_equal(list->standalone_line, 0);
    assert_int_equal(list->count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_span(list->machines[i].name, wanted[i].name);
        assert_span(list->machines[i].serial, wanted[i].serial);
        assert_int_equal(list->machines[i].line, wanted[i].line);
    }
}

static void knows_a_standalone_appliance(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"esa1.example.com> clusterconfig list\n\nDo you want to join or create a cluster?\n"
         "1. No, configure as standalone.\n2. Create a new cluster.\n[1]> ",
         4},
        {"1. Create a new cluster.\n", 1},
        {"\nThis machine is not in a cluster.\n", 2},
        {"esa1 is not a member of a cluster\n", 1},
        {"Cluster commands are not available: not part of a cluster\n", 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_clusterlist *list = facts_of(&cli_clusterlist_kind, cases[i].text);
        assert_non_null(list);
        assert_true(list->standalone);
        assert_int_equal(list->standalone_line, cases[i].line);
        assert_int_equal(list->count, 0);
        assert_span(list->cluster, "");
    }
}

static void refuses_half_a_list(void **state)
{
    (void)state;
    const struct cli_clusterlist *list =
        facts_of(&cli_clusterlist_kind,
                 "Cluster hq\n  Group g:\n    Machine esa1.example.com (Serial #: 1)\n"
                 "    Machine esa2.exam");
    assert_non_null(list);
    assert_int_equal(list->count, 1);
    assert_false(list->prompt_returned);
    assert_null(facts_of(&cli_clusterlist_kind, "Cluster hq\n  Group g:\n"));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_null(facts_of(&cli_clusterlist_kind, "Unknown command: clusterconfig\n"));
    assert_int_equal(fault.kind, FAULT_UNSUPPORTED);

    const char *many = "";
    for (int i = 0; i <= CLI_CLUSTERLIST_MAX; i++)
        many = arena_printf(&arena, "%sMachine m%d (Serial #: 1)\n", many, i);
    assert_null(facts_of(&cli_clusterlist_kind, many));
    assert_int_equal(fault.kind, FAULT_TOO_BIG);
}

static struct cli_connstatus_link link_of(const char *text, const char *machine)
{
    static const char *const members[] = {"esa1.example.com", "ESA2.example.com",
                                          "esa10.example.com"};
    struct span names[COUNT(members)];
    for (size_t i = 0; i < COUNT(members); i++)
        names[i] = text_of(members[i]);
    const struct cli_connstatus *status = facts_of(&cli_connstatus_kind, text);
    assert_non_null(status);
    return cli_connstatus_link(&arena, status, text_of(machine), names, COUNT(names));
}

static void judges_connections(void **state)
{
    (void)state;
    enum { ABSENT, SELF, GOOD, STRANGE, BAD };
    static const struct {
        const char *text;
        int state;
        const char *words;
        unsigned line;
    } cases[] = {
        {"esa2.example.com connected\n", GOOD, "connected", 1},
        {"x\n  ESA2.EXAMPLE.COM:  Connected since Sun Mar 08\n", GOOD, "Connected since Sun Mar 08",
         2},
        {"Connected to esa2.example.com.\n", GOOD, "Connected to esa2.example.com.", 1},
        {"esa2.example.com (Serial #: 42)\n    connected\n", GOOD, "(Serial #: 42) connected", 1},
        {"esa2.example.com - this machine\n", SELF, "this machine", 1},
        {"esa2.example.com (local)\n", SELF, "(local)", 1},
        {"esa2.example.com disconnected\n", BAD, "disconnected", 1},
        {"esa2.example.com not connected\n", BAD, "not connected", 1},
        {"esa2.example.com: a long sentence that fills the line says that it is not\nconnected\n",
         BAD, "a long sentence that fills the line says that it is not connected", 1},
        {"esa2.example.com connected, last error: none\n", GOOD, "connected, last error: none", 1},
        {"esa2.example.com connected, last error: none; refused\n", BAD,
         "connected, last error: none; refused", 1},
        {"esa2.example.com version mismatch\n", BAD, "version mismatch", 1},
        {"esa2.example.com no  route\n", BAD, "no route", 1},
        {"esa2.example.com timed\n  out\n", BAD, "timed out", 1},
        {"esa2.example.com - Existing connection dropped\n", BAD, "Existing connection dropped", 1},
        {"Error connecting to esa2.example.com\n", BAD, "Error connecting to esa2.example.com", 1},
        {"esa2.example.com connected\n\nesa2.example.com refused\n", BAD, "refused", 3},
        {"esa2.example.com pending\nesa2.example.com connected\n", STRANGE, "pending", 1},
        {"esa2.example.com connected\nesa2.example.com pending\n", STRANGE, "pending", 2},
        {"esa2.example.com\nesa2.example.com connected\n", GOOD, "connected", 2},
        {"esa2.example.com pending\n", STRANGE, "pending", 1},
        {"esa2.example.com\n", STRANGE, "", 1},
        {"esa2.example.com reconnected\n", STRANGE, "reconnected", 1},
        {"esa2.example.com re-connected\n", STRANGE, "re-connected", 1},
        {"esa2.example.com errorless\n", STRANGE, "errorless", 1},
        {"esa2.example.com never connected\n", STRANGE, "never connected", 1},
        {"esa2.example.com not yet connected\n", STRANGE, "not yet connected", 1},
        {"esa2.example.com last connected Monday\n", STRANGE, "last connected Monday", 1},
        {"esa2.example.com connected, never dropped\n", BAD, "connected, never dropped", 1},
        {"esa2.example.com last connected on Monday at noon, connected\n", STRANGE,
         "last connected on Monday at noon, connected", 1},
        /* Good and bad words must be the machine's own; bad ones beside it raise a doubt. */
        {"esa2.example.com pending\nAll others are connected.\n", STRANGE, "pending", 1},
        {"esa2.example.com pending\n\n  connected\n", STRANGE, "pending", 1},
        {"esa2.example.com connected\n\n  Last attempt refused\n", STRANGE,
         "connected Last attempt refused", 1},
        {"esa2.example.com connected\n\nTotal: 1 connected, 0 disconnected\n", GOOD, "connected",
         1},
        {"esa2.example.com connected\n\nTotal: 0 connected, 10 disconnected\n", STRANGE,
         "connected Total: 0 connected, 10 disconnected", 1},
        {"esa2.example.com connected\n\n0 disconnected, 1 disconnected\n", STRANGE,
         "connected 0 disconnected, 1 disconnected", 1},
        {"esa2.example.com pending\n\n1 disconnected\n", STRANGE, "pending", 1},
        {"esa2.example.com connected\n\n0 machines are disconnected.\n", GOOD, "connected", 1},
        {"esa2.example.com connected\n\n10 machines are disconnected.\n", STRANGE,
         "connected 10 machines are disconnected.", 1},
        {"esa2.example.com connected\nAdministratively detached.\n", STRANGE,
         "connected Administratively detached.", 1},
        {"esa2.example.com connected\n\nWarning: not reachable\n", STRANGE,
         "connected Warning: not reachable", 1},
        {"esa2.example.com connected\n\nNo connection\n", STRANGE, "connected No connection", 1},
        {"esa2.example.com connected\n\nFailed: none of the links stands\n", STRANGE,
         "connected Failed: none of the links stands", 1},
        {"esa2.example.com connected\n\nErrors: none\n", GOOD, "connected", 1},
        {"Last known state:\nesa2.example.com connected\n", STRANGE, "Last known state:", 1},
        {"Cluster communication is down\nesa2.example.com connected\n", STRANGE,
         "Cluster communication is down", 1},
        {"Nothing is knotted here\nesa2.example.com connected\n", GOOD, "connected", 2},
        {"This one was removed.\nesa2.example.com connected\n", STRANGE, "This one was removed.",
         1},
        {"esa0.example.com: 0 removed\nesa2.example.com connected\n", GOOD, "connected", 2},
        {"esa1.example.com connected\nesa2.example.com pending\n", STRANGE, "pending", 2},
        {"esa2.example.com pending\nesa1.example.com connected\n", STRANGE, "pending", 1},
        {"esa2.example.com pending, esa1.example.com refused\n", STRANGE, "pending,", 1},
        {"esa1.example.com refused, esa2.example.com connected\n", GOOD, "connected", 1},
        {"esa2.example.com connected\nerror: esa1.example.com\n", GOOD, "connected", 1},
        /* Whole names only. */
        {"mesa2.example.com connected\n", ABSENT, "", 0},
        {"esa2.example.com.au connected\n", ABSENT, "", 0},
        {"esa2.example.com-old connected\n", ABSENT, "", 0},
        {"esa2.example.com_old connected\n", ABSENT, "", 0},
        {"x-esa2.example.com connected\n", ABSENT, "", 0},
        {"esa2 connected\n", ABSENT, "", 0},
        {"All machines are connected.\n", ABSENT, "", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_connstatus_link link = link_of(cases[i].text, "esa2.example.com");
        if ((int)link.state != cases[i].state)
            fail_msg("%s: state %d", cases[i].text, (int)link.state);
        assert_span(link.words, cases[i].words);
        assert_int_equal(link.line, cases[i].line);
    }
}

/* Words around "connected" that leave it what it is, and some that do not. */
static void judges_the_words_around_connected(void **state)
{
    (void)state;
    static const char *const good[] = {
        "(Serial #: 420B1D44E0C97A5510D3-6F21B8C04E9A): Connected",
        "  70DF2F3A91C4-WZP21470QRX   Connected   02:31",
        "420B  [Connected]  -",
        "(192.0.2.12): CONNECTED via SSH, port 22",
        "2001:db8::12 | connected",
        "is currently connected.",
        "has been connected for 0 days 2 hours 10 minutes",
        "connected since Sun Mar 08 02:30:00 2026 CET",
        "connected since 08 Mar 2026 02:30:00 -0500 (EST)",
        "connected since Sun Mar 08 02:30:00 2026 IST",
        "Connected: Yes",
        "status: up, connected = true",
        "Connected, version 15.0.3-002",
        "Connected, AsyncOS 15.0.3 build 002",
        "connected at IP 192.0.2.12",
        "connection status: ok, connected",
        "Connected (3/3)",
        "Connected since 03/08/2026 02:30",
        "Connected  Last error: None",
        "Connected, no errors",
        "Connected for 1h 31m 20s",
        "* Connected",
    };
    static const char *const strange[] = {
        "Connected: No",
        "Connected:",
        "Connected: -",
        "Connected: 0",
        "Connected=false",
        "Connected? no",
        "Connected?",
        "0 connected",
        "connected 0 of 1",
        "connected 0",
        "Connected (1/3)",
        "connected 1 / 2",
        "Connected: no error",
        "connected, no",
        "connected, last",
        "connected none",
        "connected, 5 errors",
        "connected h",
        "0of1 connected",
        "isn't connected",
        "not at this time connected",
        "previously connected",
        "had been connected for 118 days",
        "connected until Sun Mar 08 02:30:00 2026",
        "Connected (link down since 02:24:05)",
        "connection lost, connected 118 days before",
        "detached; connected machines: none",
        "waiting to get connected",
        "should be connected",
        "partially connected",
        "connected to esa3.example.com only",
        "connected to",
        "connected, version unknown",
        "connected, 0 dropped",
        "connected CET",
        "connected \xc3\xa0 demi",
        "70DF2F3A91C4-lost-already connected",
        "feed connected",
        "OK",
        "up since Sun Mar 08 02:30:00 2026",
        "reconnect",
        "version 14.2.0-620",
    };
    static const char *const bad[] = {
        "connected, older version",
        "version 14.2.0 differs",
        "connected, incompatible version",
        "connected, 12 links disconnected",
        "connected (not connected)",
        "disconnected (0 connected)",
        "connected, error 5",
        "connected, last error: timed out",
        "connected, nano error",
    };
    static const struct {
        const char *const *texts;
        size_t count;
        enum cli_connstatus_state state;
    } sets[] = {{good, COUNT(good), CLI_CONNSTATUS_GOOD},
                {strange, COUNT(strange), CLI_CONNSTATUS_UNRECOGNISED},
                {bad, COUNT(bad), CLI_CONNSTATUS_BAD}};
    for (size_t set = 0; set < COUNT(sets); set++) {
        for (size_t i = 0; i < sets[set].count; i++) {
            const char *text = arena_printf(
                &arena, "esa1.example.com\nMachine esa2.example.com  %s\n", sets[set].texts[i]);
            struct cli_connstatus_link link = link_of(text, "esa2.example.com");
            if (link.state != sets[set].state)
                fail_msg("%s: state %d", sets[set].texts[i], (int)link.state);
        }
    }
}

static void knows_all_members(void **state)
{
    (void)state;
    static const char text[] = "(Cluster hq)> clusterconfig connstatus\n"
                               "esa1.example.com  (this machine)\n"
                               "esa10.example.com  disconnected\n"
                               "esa2.example.com  connected\n"
                               "(Cluster hq)> ";
    assert_int_equal(link_of(text, "esa1.example.com").state, CLI_CONNSTATUS_SELF);
    assert_int_equal(link_of(text, "esa10.example.com").state, CLI_CONNSTATUS_BAD);
    assert_int_equal(link_of(text, "esa2.example.com").state, CLI_CONNSTATUS_GOOD);
    assert_int_equal(link_of(text, "esa3.example.com").state, CLI_CONNSTATUS_ABSENT);
    assert_int_equal(link_of(text, "").state, CLI_CONNSTATUS_ABSENT);
    assert_null(facts_of(&cli_connstatus_kind, " \n"));
    assert_int_equal(fault.kind, FAULT_EMPTY);
}

static const struct cli_clustercheck *check_of(const char *text)
{
    return facts_of(&cli_clustercheck_kind, text);
}

static const char inconsistent[] =
    "(Machine esa1.example.com)> clustercheck\n"
    "\n"
    "This command is restricted to \"cluster\" mode.  Would you like to switch to\n"
    "\"cluster\" mode? [Y]> y\n"
    "\n"
    "Checking DNS settings...\n"
    "Checking Failover of something with a name so long that it has to be wrapped at\n"
    "eighty columns...\n"
    "Checking Listeners (including HAT, RAT, bounce profiles)...\n"
    "Inconsistency found!\n"
    "  Listeners (including HAT, RAT, bounce profiles) at Cluster \n"
    "enterprise:\n"
    "    esa1.example.com was updated Sun Mar 02 10:59:17 2025 CET\n"
    "by 'admin' on esa1.example.com\n"
    "    esa2.example.com was updated Sun Mar 02 09:02:40 2025 CET by 'ops team' on\n"
    "esa3.example.com\n"
    "\n"
    "How do you want to resolve this inconsistency?\n"
    "\n"
    "1. Force the entire cluster to use the esa1.example.com version.\n"
    "2. Force the entire cluster to use the esa2.example.com version.\n"
    "3. Ignore.\n"
    "[3]> 3\n"
    "\n"
    "Inconsistency found!\n"
    "  Time at noon at Group Main_Group:\n"
    "    esa2.example.com was updated Mon Mar 03 04:05:06 2025 by ops\n"
    "\n"
    "How do you want to resolve this inconsistency?\n"
    "\n"
    "1. Force the entire cluster to use the esa1.example.com version.\n"
    "3. Ignore.\n"
    "[3]> ";

static void reads_inconsistencies(void **state)
{
    (void)state;
    const struct cli_clustercheck *c = check_of(inconsistent);
    assert_non_null(c);
    assert_int_equal(c->checking, 3);
    assert_int_equal(c->stray_count, 0);
    assert_int_equal(c->trouble_count, 0);
    assert_true(c->question_open && !c->prompt_returned && !c->clean_said);
    assert_int_equal(c->count, 2);
    const struct cli_clustercheck_item *item = &c->items[0];
    assert_span(item->setting, "Listeners (including HAT, RAT, bounce profiles)");
    assert_span(item->level, "Cluster enterprise");
    assert_int_equal(item->line, 10);
    assert_int_equal(item->update_count, 2);
    assert_span(item->updates[0].host, "esa1.example.com");
    assert_span(item->updates[0].when, "Sun Mar 02 10:59:17 2025 CET");
    assert_span(item->updates[0].user, "admin");
    assert_int_equal(item->updates[0].line, 13);
    assert_span(item->updates[1].user, "ops team");
    assert_int_equal(item->updates[1].line, 15);
    item = &c->items[1];
    assert_span(item->setting, "Time at noon");
    assert_span(item->level, "Group Main_Group");
    assert_int_equal(item->update_count, 1);
    assert_span(item->updates[0].when, "Mon Mar 03 04:05:06 2025");
    assert_span(item->updates[0].user, "ops");
}

static void reads_inconsistencies_of_odd_form(void **state)
{
    (void)state;
    static const struct {
        const char *block, *setting, *level;
        size_t updates, strays, troubles;
    } cases[] = {
        {"", "", "", 0, 0, 0},
        {"Listeners at Machine esa1.example.com:\n", "Listeners", "Machine esa1.example.com", 0, 0,
         0},
        {"Listeners:\n", "Listeners", "", 0, 0, 0},
        {"Listeners: and more\n", "Listeners", "", 0, 1, 0},
        {"what is this\n", "", "", 0, 1, 0},
        {"esa1.example.com was updated\n", "", "", 0, 1, 0},
        {"esa1.example.com was updated today\n", "", "", 1, 0, 0},
        {"A at Cluster c:\nx was updated now by 'u' on y\nSome other line.\n", "A", "Cluster c", 1,
         1, 0},
        {"A at Cluster c:\nx was updated now by 'u' on y\nz is unreachable\nw was updated now\n",
         "A", "Cluster c", 2, 0, 1},
        {"A at Cluster c:\nx was updated now by 'u\n", "A", "Cluster c", 1, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_clustercheck *c =
            check_of(arena_printf(&arena, "Inconsistency found!\n%s", cases[i].block));
        assert_non_null(c);
        assert_int_equal(c->count, 1);
        assert_span(c->items[0].setting, cases[i].setting);
        assert_span(c->items[0].level, cases[i].level);
        assert_int_equal(c->items[0].update_count, cases[i].updates);
        assert_int_equal(c->stray_count, cases[i].strays);
        assert_int_equal(c->trouble_count, cases[i].troubles);
    }
}

static void knows_when_the_question_is_open(void **state)
{
    (void)state;
#define ASKED                                                                                      \
    "Inconsistency found!\n  A at Cluster c:\n\nHow do you want to resolve this "                  \
    "inconsistency?\n\n"
    static const struct {
        const char *text;
        bool open;
        bool resolved;
    } cases[] = {
        {ASKED, true, false},
        {ASKED "1. Force the entire cluster to use the x version.\n", true, false},
        {ASKED "2. Ignore.\n[2]> ", true, false},
        {ASKED "2. Ignore.\n[2]> 2\n", false, false},
        {ASKED "2. Ignore.\n[2]> \nChecking DNS...\n", false, false},
        {ASKED "2. Ignore.\n[2]> ^C\nesa1> ", false, false},
        {ASKED "2. Ignore.\n[2]> \n(Cluster c)> ", false, false},
        {ASKED "1. Force the entire cluster to use the x version.\n2. Ignore.\n[2]> 1\n", false,
         true},
        {ASKED "2. Ignore.\n[2]> one\n", false, false},
        {ASKED "2. Ignore.\n[2]> 99999999999999999999\n", false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_clustercheck *c = check_of(cases[i].text);
        assert_non_null(c);
        if (c->question_open != cases[i].open)
            fail_msg("%s", cases[i].text);
        assert_int_equal(c->count, 1);
        assert_int_equal(c->items[0].resolved, cases[i].resolved);
    }
}

static void sorts_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t checking;
        bool clean;
        size_t troubles, strays;
    } cases[] = {
        {"Checking DNS...\nNo inconsistencies found.\n", 1, true, 0, 0},
        {"No errors found on the cluster.\n", 0, true, 0, 0},
        {"Checking DNS...\n\nChecking Failover...\n", 2, false, 0, 0},
        {"Checking DNS... done\nChecking Users... OK\nChecking LDAP: ok.\n", 3, false, 0, 0},
        {"Checking DNS... not done\n", 1, false, 0, 1},
        {"Checking DNS: not done\nChecking Users...\n", 1, false, 0, 1},
        {"Checking DNS... partly done\n", 1, false, 1, 0},
        {"Checking Failover...\nChecking Failover (esa2.example.com failed)...\n", 2, false, 1, 0},
        {"Checking A on available machines (esa2.example.com is unreachable)...\n"
         "No errors found.\n",
         1, true, 1, 0},
        {"Checking of LDAP skipped: esa2.example.com runs another build than\nNo errors found.\n",
         0, true, 1, 0},
        {"Checking of LDAP ends: esa2.example.com runs another build\nChecking A...\n", 1, false, 0,
         1},
        {"No inconsistencies found on available machines.\n", 0, false, 1, 0},
        {"No inconsistencies found (1 machine checked).\n", 0, false, 1, 0},
        {"Checking A...\nNo inconsistencies found in 3 of 9 groups.\n", 1, false, 0, 1},
        {"Checking A...\nNo inconsistencies were found in the cluster\n", 1, true, 0, 0},
        {"Checking A...\nThe cluster is consistent.\n", 1, true, 0, 0},
        {"Checking A...\nCluster is consistent with nothing.\n", 1, false, 0, 1},
        /* Only the sentence behind the last line of progress closes the check. */
        {"Checking A... No errors found\nChecking B...\n", 2, false, 0, 0},
        {"No errors found\nChecking B", 1, false, 0, 0},
        {"Checking DNS... No inconsistency found!\n", 1, true, 0, 0},
        {"Checking DNS...\n^C\n(Cluster hq)> ", 1, false, 0, 1},
        {"Checking DNS... unable to contact esa2.example.com\n", 1, false, 1, 0},
        {"Checking was refused\n", 0, false, 1, 0},
        {"Checking DNS...\nChecking DNS settings\n", 1, false, 0, 1},
        {"Checking DNS settings", 1, false, 0, 0},
        {"Checking DNS... Inconsistency found!\n", 1, false, 0, 0},
        {"No inconsistencies found, but esa2.example.com is unreachable\n", 0, false, 1, 0},
        {"No inconsistencies found in the settings of the machines that are not\n"
         "connected\n",
         0, false, 1, 0},
        {"Checking DNS...\nesa3.example.com timed out\n1. esa4.example.com disconnected\n", 1,
         false, 2, 0},
        {"Checking DNS...\nwhat\n\nis this\n", 1, false, 0, 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cli_clustercheck *c = check_of(cases[i].text);
        assert_non_null(c);
        if (c->checking != cases[i].checking || c->clean_said != cases[i].clean ||
            c->trouble_count != cases[i].troubles || c->stray_count != cases[i].strays)
            fail_msg("%s: %zu %d %zu %zu", cases[i].text, c->checking, c->clean_said,
                     c->trouble_count, c->stray_count);
    }
    const struct cli_clustercheck *c = check_of("Checking A...\nx\nNo errors found\nfailed\n");
    assert_non_null(c);
    assert_int_equal(c->clean_line, 3);
    assert_span(c->strays[0].text, "x");
    assert_int_equal(c->strays[0].line, 2);
    assert_span(c->troubles[0].text, "failed");
    assert_int_equal(c->troubles[0].line, 4);
    assert_null(check_of("what is this\n"));
    assert_null(check_of("This command is restricted to \"cluster\" mode. [Y]> "));

    const char *many = "Checking A...\n";
    for (int i = 0; i < 50; i++)
        many = arena_printf(&arena, "%sstray\n", many);
    c = check_of(many);
    assert_non_null(c);
    assert_int_equal(c->stray_count, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(lists_machines),
        with_arena(knows_a_standalone_appliance),
        with_arena(refuses_half_a_list),
        with_arena(judges_connections),
        with_arena(judges_the_words_around_connected),
        with_arena(knows_all_members),
        with_arena(reads_inconsistencies),
        with_arena(reads_inconsistencies_of_odd_form),
        with_arena(knows_when_the_question_is_open),
        with_arena(sorts_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
