/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_CONFIG_H
#define PLUGIN_CONFIG_H

/*
 * The configuration file (design.md 7), read with inih: sections [defaults], [node NAME],
 * [cluster NAME], [check NAME], [waiver NAME], [change], [icinga2]. It holds the inventory and
 * where secrets lie, never a secret. An unknown section, an unknown key and a bad value are faults
 * with file and line.
 *
 * A key of how to ask may stand in [node NAME], [cluster NAME] or [defaults]; the first of these
 * that has it counts. Relative paths are relative to the folder of the configuration file. The keys
 * are rows of one table: config_key.h.
 */

#include "plugin/limits.h"
#include "plugin/render/report.h"

enum config_cli {
    CONFIG_CLI_AUTO,  /* a shell on a terminal; where the server refuses one, batch commands */
    CONFIG_CLI_SHELL, /* one interactive shell */
    CONFIG_CLI_BATCH  /* each command on an exec channel of its own, same session */
};

enum config_login {
    CONFIG_LOGIN_TOKEN, /* POST login once, then the token (asyncos-http.md 1.3) */
    CONFIG_LOGIN_BASIC  /* HTTP Basic with every request (1.2) */
};

enum config_snmp { CONFIG_SNMP_OFF, CONFIG_SNMP_2C, CONFIG_SNMP_3 };

/* Of v3, with AES-128 for privacy. */
enum config_snmp_auth { CONFIG_SNMP_SHA, CONFIG_SNMP_SHA256, CONFIG_SNMP_SHA512 };

/* One appliance, with everything that it inherits filled in. */
struct config_node {
    const char *name;
    enum role role;
    const char *address; /* host name or address to connect to; the name when not configured */
    const char *cluster; /* NULL = none told, as all pointers that follow */
    const char *sma;
    const char *user;
    unsigned ssh_port;   /* 22 */
    unsigned https_port; /* 443: GUI and /xml/status */
    unsigned api_port;   /* 0: 6443, 4431, then https_port are tried (asyncos-http.md 1.1) */
    unsigned timeout_s;  /* for everything that is asked of this appliance; 60 */
    enum config_cli cli;
    enum config_login api_login;
    bool agent; /* `agent = yes`: keys of the SSH agent */
    const char *identity_file;
    const char *known_hosts;
    const char *host_key;         /* "SHA256:…" */
    const char *credentials_file; /* a path with '/', or a name for secret_find() */
    const char *ca_file;
    const char *tls_pin;    /* "sha256//…": without ca_file it is the whole trust */
    const char *proxy_jump; /* at most one of these two */
    const char *proxy_command;
    const char *https_proxy;
    const char *cert_file, *key_file; /* [icinga2] only: a certificate that logs in */
    const char *monitored_as;         /* its host in the monitoring system; NULL: its name */
    const char *cluster_monitored_as; /* that of its cluster */
    const char *tracking_page;        /* "/path on the GUI", or "file:PATH" of a saved page */
    const char *services_page;
    const char *mail_log; /* names of log subscriptions; NULL: the usual ones */
    const char *status_log;
    const char *mail_log_path; /* file or folder here, in place of asking */
    const char *status_log_path;
    enum config_snmp snmp;
    unsigned snmp_port; /* 161 */
    enum config_snmp_auth snmp_auth;
    const char *snmp_user; /* of v3, and of the line of the credentials: "v3get" */
    const char *log_host;  /* what syslog calls it in these; NULL: its name or address */
    bool has_expect;
    struct release expect; /* `expect = 15.0.3-002` */
    unsigned line;         /* of its section */
};

struct config {
    const char *path;
    struct config_node *nodes; /* sorted by name without letter case */
    size_t node_count;
    const struct config_node *icinga; /* [icinga2] as if it were an appliance; NULL = none */
    unsigned parallel;                /* appliances asked at a time; 16 */
    const char *cache_dir; /* where the time of the last /xml/status is kept; NULL: see recent.h */
    bool keep_addresses; /* `keep_addresses = yes`: mail addresses and subjects are not redacted */
    struct limits limits;
    struct check_word *words;
    size_t word_count;
    const struct check **optional; /* `mandatory = no` */
    size_t optional_count;
    const char *spool_dir;   /* check results of Nagios; NULL: Debian's */
    const char *nsca_config; /* of send_nsca; NULL: /etc/send_nsca.cfg */
    const char *changes;     /* folder of the run folders; NULL: "changes" in the current one */
    const char *change;      /* [change] id; NULL = not told, as the next two */
    const char *baseline;
    const char *run_operator;
    struct report_plan plan;
    struct report_waiver *waivers; /* by name */
    size_t waiver_count;
    bool has_since;
    struct stamp since;
};

/* Where the configuration is when nobody says: $POSTCHECK_CONFIG, then the fixed path. */
const char *config_default_path(void);

/*
 * Reads PATH. False: FAULT's origin is PATH, its text ("line N: …") says what is wrong and the
 * remedy in one line; kind NOT_CAPTURED when there is no such file. A file that others may write is
 * refused (mode o+w; g+w unless the caller or root owns it): it decides where passphrases are sent.
 * So is a file without any [node]: nothing asked must not look like nothing wrong.
 */
bool config_load(struct arena *arena, const char *path, struct config *config, struct fault *fault);

/* The same for those who ask nobody: a file without any [node] will do. */
bool config_load_rules(struct arena *arena, const char *path, struct config *config,
                       struct fault *fault);

/* Appliance NAME (letter case ignored), or NULL. */
const struct config_node *config_node(const struct config *config, const char *name);

/* The inventory as a fleet of which nobody has been asked yet: every node by name only. */
struct fleet config_fleet(struct arena *arena, const struct config *config);

#endif
