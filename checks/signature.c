/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/signature.h"

enum { MINUTE = 60 };

static const char *const hint_link =
    "look at connstatus on both machines; TCP 22 or 2222 (CCS) between them, names must resolve";
static const char *const hint_updater = "compare with the last successful update (updater_logs); "
                                        "check DNS, ports 80 and 443, the proxy, "
                                        "and that a local update server is not left configured";
static const char *const hint_conservation =
    "find what exhausts the appliance (`status detail`); it may have suspended its own listeners";
static const char *const hint_ldap =
    "check the LDAP server, TLS to it and its certificate: `ldaptest`";
static const char *const hint_key = "renew the feature key; compare with the baseline";
static const char *const hint_cloud = "port 443, region and server choice, proxy certificate; a "
                                      "single, self-healing one is transient";

/*
 * Sorted by specificity: the first that fits counts. An alert may quote anything (tracebacks,
 * subjects of messages): what quotes most stands first, and a pattern that calms or excuses is
 * anchored at the start.
 */
static const struct signature signatures[] = {
    {"An application fault occurred", ALERT_WARNING, EXCUSE_NONE, 0, NULL,
     "collect the traceback for TAC; a repeated one is a fault of the release"},
    {"Error connecting to cluster machine *does not appear to be in the cluster", ALERT_CRITICAL,
     EXCUSE_NONE, 0, NULL, hint_link},
    {"Error connecting to cluster machine *Message forward failed", ALERT_CRITICAL, EXCUSE_NONE, 0,
     NULL, hint_link},
    {"Error connecting to cluster machine *No route found", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL,
     hint_link},
    {"Error connecting to cluster machine *Existing connection dropped", ALERT_WARNING, EXCUSE_LINK,
     10 * MINUTE, NULL, hint_link},
    {"Error connecting to cluster machine *Connection failure", ALERT_WARNING, EXCUSE_LINK,
     10 * MINUTE, NULL, hint_link},
    {"Error connecting to cluster machine ", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL, hint_link},
    {"work queue paused*msgs", ALERT_CRITICAL, EXCUSE_WORK_QUEUE, 30 * MINUTE, NULL,
     "usual while an engine updates; if it stays: `antispamupdate ironport force`, "
     "`antivirusupdate "
     "force`, watch updater_logs"},
    {"This system*has entered a 'resource conservation' mode", ALERT_CRITICAL, EXCUSE_EXIT, 0,
     "This system*has exited *resource conservation", hint_conservation},
    {"This system*has exited *resource conservation", ALERT_INFO, EXCUSE_NONE, 0, NULL, NULL},
    {"*Listeners have been suspended because", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL,
     hint_conservation},
    {"Your \"*key has expired", ALERT_WARNING, EXCUSE_NONE, 0, NULL, hint_key},
    {"Your \"*key will expire in under", ALERT_WARNING, EXCUSE_NONE, 0, NULL, hint_key},
    {"*abandoning updates until a new version is published", ALERT_WARNING, EXCUSE_NONE, 0, NULL,
     "force the update of that engine; TAC if it repeats"},
    {"The updater has been unable to communicate with the update server", ALERT_WARNING,
     EXCUSE_REBOOT, 30 * MINUTE, NULL, hint_updater},
    {"The *application tried and failed *times to successfully complete an update", ALERT_WARNING,
     EXCUSE_REBOOT, 30 * MINUTE, NULL, hint_updater},
    {"The host at *has been added to the blacklist because of an SSH DOS attack", ALERT_WARNING,
     EXCUSE_NONE, 0, NULL,
     "a client retries a wrong password: mend its credential, then remove the entry in `sshconfig` "
     "or "
     "wait about a day"},
    {"LDAP: work queue processing error", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL, hint_ldap},
    {"*LDAP group query failure", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL, hint_ldap},
    {"The File Reputation service is not reachable", ALERT_WARNING, EXCUSE_REBOOT, 10 * MINUTE,
     NULL, hint_cloud},
    {"The File Analysis server is not reachable", ALERT_WARNING, EXCUSE_REBOOT, 10 * MINUTE, NULL,
     hint_cloud},
    {"Unable to connect to *Web Security Service", ALERT_WARNING, EXCUSE_REBOOT, 10 * MINUTE, NULL,
     hint_cloud},
    {"*URL Retrospective registration service failed", ALERT_WARNING, EXCUSE_NONE, 0, NULL,
     "run `ecupdate` as the vendor advises for 15.0 and later; TAC if it stays"},
    {"*RAID*degraded", ALERT_CRITICAL, EXCUSE_NONE, 0, NULL, "a drive has failed: TAC, RMA"},
};

bool signature_fits(struct span text, const char *pattern)
{
    struct span rest = text_of(pattern), part;
    bool anchored = true;
    for (bool more = true; more; anchored = false) {
        more = text_cut(rest, '*', &part, &rest);
        if (part.n == 0)
            continue;
        char needle[128];
        if (part.n >= sizeof(needle))
            return false;
        for (size_t i = 0; i < part.n; i++)
            needle[i] = part.p[i];
        needle[part.n] = '\0';
        ptrdiff_t at =
            anchored ? (text_starts_nocase(text, needle) ? 0 : -1) : text_find_nocase(text, needle);
        if (at < 0)
            return false;
        text = text_skip(text, (size_t)at + part.n);
    }
    return true;
}

const struct signature *signature_of(struct span text)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
        if (signature_fits(text, signatures[i].pattern))
            return &signatures[i];
    return NULL;
}
