/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/config_key.h"

#include <stdlib.h>
#include <string.h>

#include "checks/registry.h"
#include "plugin/duration.h"
#include "plugin/index.h"

enum { DAY_S = 24 * 60 * 60 };

struct choice {
    const char *word;
    unsigned value;
};

static const struct choice snmps[] = {
    {"no", CONFIG_SNMP_OFF}, {"2c", CONFIG_SNMP_2C}, {"3", CONFIG_SNMP_3}, {NULL, 0}};
static const struct choice digests[] = {{"sha", CONFIG_SNMP_SHA},
                                        {"sha-256", CONFIG_SNMP_SHA256},
                                        {"sha-512", CONFIG_SNMP_SHA512},
                                        {NULL, 0}};
static const struct choice roles[] = {{"esa", ROLE_ESA}, {"sma", ROLE_SMA}, {NULL, 0}};
static const struct choice ways[] = {
    {"auto", CONFIG_CLI_AUTO}, {"shell", CONFIG_CLI_SHELL}, {"batch", CONFIG_CLI_BATCH}, {NULL, 0}};
static const struct choice logins[] = {
    {"token", CONFIG_LOGIN_TOKEN}, {"basic", CONFIG_LOGIN_BASIC}, {NULL, 0}};
static const struct choice switches[] = {{"yes", 1},   {"no", 0}, {"true", 1},
                                         {"false", 0}, {"on", 1}, {"off", 0},
                                         {"1", 1},     {"0", 0},  {NULL, 0}};

static const struct choice *choice_of(const struct choice *choices, const char *value)
{
    for (; choices->word != NULL; choices++)
        if (text_is_nocase(text_of(value), choices->word))
            return choices;
    return NULL;
}

static bool keep(void *field, const char *value)
{
    *(const char **)field = value;
    return true;
}

static bool keep_copy(struct config_target *target, void *field, const char *value)
{
    return keep(field, arena_dup(target->arena, text_of(value)));
}

static bool read_choice(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    (void)target;
    const struct choice *choice = choice_of(key->extra, value);
    if (choice == NULL)
        return false;
    /* gcc and clang give an enum without negative members the type unsigned. */
    _Static_assert(sizeof(enum role) == sizeof(unsigned), "enum is not unsigned");
    memcpy(field, &choice->value, sizeof(choice->value));
    return true;
}

static bool read_switch(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    (void)target;
    const struct choice *choice = choice_of(key->extra, value);
    if (choice != NULL)
        *(bool *)field = choice->value != 0;
    return choice != NULL;
}

static bool to_number(struct span digits, int64_t *number)
{
    struct cursor c = text_cursor(digits);
    return text_digits(&c, 1, 9, number) && text_at_end(&c);
}

static bool read_number(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    int64_t number;
    (void)target;
    if (!to_number(text_of(value), &number) || number < key->min || number > key->max)
        return false;
    *(unsigned *)field = (unsigned)number;
    return true;
}

static bool read_seconds(struct config_target *target, const struct config_key *key,
                         const char *value, void *field)
{
    (void)target;
    return duration_parse(value, key->min, key->max, field);
}

static bool read_text(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    (void)key;
    return keep_copy(target, field, value);
}

/* One word behind the prefix of the key. What begins with '-' could be taken for an option. */
static bool read_word(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    const char *prefix = key->extra;
    return text_starts(text_of(value), prefix) && value[strlen(prefix)] != '\0' && *value != '-' &&
           strpbrk(value, " \t") == NULL && keep_copy(target, field, value);
}

/* HTTP Basic separates user and passphrase by a colon (RFC 7617), so a user cannot hold one. */
static bool read_user(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    return strchr(value, ':') == NULL && read_word(target, key, value, field);
}

static bool read_name(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    (void)key;
    return index_is_name(value) && keep_copy(target, field, value);
}

/* A host name, or an address of either family without brackets. */
static bool read_address(struct config_target *target, const struct config_key *key,
                         const char *value, void *field)
{
    const char *hex = "0123456789abcdefABCDEF:.";
    bool is_ipv6 = strchr(value, ':') != NULL && value[strspn(value, hex)] == '\0';
    (void)key;
    return (is_ipv6 || index_is_name(value)) && keep_copy(target, field, value);
}

/* Of a host that is named as in its certificate; 5665 is the port of Icinga's API. */
static bool read_url(struct config_target *target, const struct config_key *key, const char *value,
                     void *field)
{
    static const char scheme[] = "https://";
    struct span host, digits;
    int64_t port = 5665;
    (void)key;
    if (!text_starts(text_of(value), scheme))
        return false;
    struct span rest = text_of(value + sizeof(scheme) - 1);
    if (text_ends(rest, "/"))
        rest = text_head(rest, rest.n - 1);
    if (text_cut(rest, ':', &host, &digits) &&
        (!to_number(digits, &port) || port < 1 || port > 65535))
        return false;
    const char *name = arena_dup(target->arena, host);
    target->node->https_port = (unsigned)port;
    return index_is_name(name) && keep(field, name);
}

static bool read_jump(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    return text_is(text_of(value), "none") ? keep(field, NULL)
                                           : read_word(target, key, value, field);
}

static bool read_command(struct config_target *target, const struct config_key *key,
                         const char *value, void *field)
{
    return text_is(text_of(value), "none") ? keep(field, NULL)
                                           : read_text(target, key, value, field);
}

/* Neither kept nor quoted when it holds a passphrase. */
static bool read_proxy(struct config_target *target, const struct config_key *key,
                       const char *value, void *field)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
    if (strchr(value, '@') != NULL) {
        target->why = "https_proxy: user and passphrase of a proxy cannot stand in this file";
        return false;
    }
    if (text_is(text_of(value), "none"))
        return keep(field, NULL);
    for (size_t i = 0; i < CHECK_COUNT(schemes); i++)
        if (text_starts(text_of(value), schemes[i]) && value[strlen(schemes[i])] != '\0')
            return read_word(target, key, value, field);
    return false;
}

static const char *beside(const struct config_target *target, const char *path)
{
    return *path == '/' ? arena_dup(target->arena, text_of(path))
                        : arena_printf(target->arena, "%s%s", target->folder, path);
}

/* '~' is the business of shells: which home would it be in a monitoring system? */
static bool read_path(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    (void)key;
    return *value != '~' && keep(field, beside(target, value));
}

/*
 * What names a file of $CREDENTIALS_DIRECTORY stays as it is, for secret_find(); a bare name does
 * so when systemd gave such a folder.
 */
static bool read_credentials(struct config_target *target, const struct config_key *key,
                             const char *value, void *field)
{
    const char *given = getenv("CREDENTIALS_DIRECTORY");
    bool bare = strchr(value, '/') == NULL;
    if (text_starts(text_of(value), "$CREDENTIALS_DIRECTORY/") ||
        (bare && given != NULL && *given != '\0'))
        return keep_copy(target, field, value);
    if (*value == '$' || !read_path(target, key, value, field))
        return false;
    const char *path = *(const char **)field;
    return strchr(path, '/') != NULL || keep(field, arena_printf(target->arena, "./%s", path));
}

static bool read_page(struct config_target *target, const struct config_key *key, const char *value,
                      void *field)
{
    if (*value == '/')
        return read_word(target, key, value, field);
    const char *path = value + strlen("file:");
    if (!text_starts(text_of(value), "file:") || *path == '\0' || *path == '~')
        return false;
    return keep(field, arena_printf(target->arena, "file:%s", beside(target, path)));
}

/* It becomes part of a command: plan_is_log_name() of fetch/ holds the same. */
static bool read_log_name(struct config_target *target, const struct config_key *key,
                          const char *value, void *field)
{
    return strlen(value) <= 64 && read_name(target, key, value, field);
}

static bool read_release(struct config_target *target, const struct config_key *key,
                         const char *value, void *field)
{
    (void)target, (void)key;
    return release_parse(text_of(value), field, NULL);
}

static bool read_since(struct config_target *target, const struct config_key *key,
                       const char *value, void *field)
{
    (void)key;
    target->config->has_since = time_parse_any(text_of(value), field);
    return target->config->has_since;
}

static bool read_utc(struct config_target *target, const char *value, int64_t *field)
{
    struct stamp stamp;
    if (!time_parse_any(text_of(value), &stamp))
        return false;
    if (time_utc(stamp, field))
        return true;
    target->why =
        arena_printf(target->arena,
                     "'%.60s' tells no zone: write it in UTC, such as 2026-03-08T00:30:00Z", value);
    return false;
}

/* A moment of the plan; that it was told stands beside it. */
static bool read_moment(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    struct report_plan *plan = &target->config->plan;
    bool *told = field == (void *)&plan->approved_at ? &plan->has_approved_at
                 : field == (void *)&plan->from      ? &plan->has_from
                                                     : &plan->has_to;
    (void)key;
    return *told = read_utc(target, value, field);
}

/* A bare day lasts until its end, UTC. */
static bool read_expiry(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    int64_t *expires = field;
    struct stamp day;
    (void)key;
    if (strlen(value) != strlen("2026-03-31") || !time_parse_iso(text_of(value), &day))
        return read_utc(target, value, expires);
    *expires = day.civil + DAY_S - 1;
    return true;
}

static bool read_check(struct config_target *target, const struct config_key *key,
                       const char *value, void *field)
{
    (void)key;
    return (text_is(text_of(value), "*") || registry_find(text_of(value)) != NULL) &&
           keep_copy(target, field, value);
}

static bool read_mandatory(struct config_target *target, const struct config_key *key,
                           const char *value, void *field)
{
    struct config *config = target->config;
    bool mandatory = true;
    (void)field;
    if (!read_switch(target, key, value, &mandatory))
        return false;
    if (mandatory)
        return true;
    config->optional = arena_push(target->arena, config->optional, config->optional_count,
                                  sizeof(*config->optional));
    config->optional[config->optional_count++] = target->check;
    return true;
}

static size_t limits_set(const struct limits *limits)
{
    size_t set = 0;
    for (size_t i = 0; i < limits->count; i++)
        set += (size_t)limits->items[i].has_warning + limits->items[i].has_critical;
    return set;
}

/* Several "[METRIC=]RANGE" separated by blanks; a metric has one range of each kind. */
static bool read_limits(struct config_target *target, const struct config_key *key,
                        const char *value, void *field)
{
    struct limits *limits = field;
    struct cursor c = text_cursor(text_of(value));
    struct span word;
    struct fault fault = {.kind = FAULT_NONE};
    bool critical = strcmp(key->name, "critical") == 0;
    for (text_blanks(&c); text_word(&c, SIZE_MAX, &word); text_blanks(&c)) {
        size_t before = limits_set(limits);
        const char *text = arena_dup(target->arena, word);
        if (!limits_add(target->arena, limits, &target->check, 1, text, critical, key->name,
                        &fault)) {
            target->why = arena_printf(target->arena, "%s: %s", key->name, fault.text);
            return false;
        }
        if (limits_set(limits) == before) {
            target->why = arena_printf(
                target->arena, "%s: '%.80s' is a second range for the metric", key->name, text);
            return false;
        }
    }
    return true;
}

static bool read_ok_word(struct config_target *target, const struct config_key *key,
                         const char *value, void *field)
{
    struct config *config = target->config;
    (void)key, (void)field;
    config->words =
        arena_push(target->arena, config->words, config->word_count, sizeof(*config->words));
    config->words[config->word_count++] =
        (struct check_word){target->check, text_of(arena_dup(target->arena, text_of(value)))};
    return true;
}

enum {
    OF_NODE = CONFIG_NODE,
    INHERITED = CONFIG_NODE | CONFIG_CLUSTER | CONFIG_DEFAULTS,
    SHARED = INHERITED | CONFIG_ICINGA
};

#define FIELD(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)
#define WORDS_OF_PATH       "a path, relative to this file or from '/' (no '~')"

#define WORDS_OF_TIME "a time with its zone, such as 2026-03-08T00:30:00Z"
#define WORDS_OF_LOG  "the name of a log subscription: letters, digits, '.', '-', '_', at most 64"

const struct config_key config_key_table[] = {
    {"role", OF_NODE, "esa or sma", read_choice, FIELD(config_node, role), roles, 0, 0, false},
    {"address", OF_NODE | CONFIG_ICINGA, "a host name or an address without brackets", read_address,
     FIELD(config_node, address), NULL, 0, 0, false},
    {"cluster", OF_NODE, "the name of a cluster", read_text, FIELD(config_node, cluster), NULL, 0,
     0, false},
    {"sma", INHERITED, "the name of an SMA", read_name, FIELD(config_node, sma), NULL, 0, 0, false},
    {"user", SHARED, "a user name without blanks and ':'", read_user, FIELD(config_node, user), "",
     0, 0, false},
    {"ssh_port", INHERITED, "a port from 1 to 65535", read_number, FIELD(config_node, ssh_port),
     NULL, 1, 65535, false},
    {"https_port", INHERITED, "a port from 1 to 65535", read_number, FIELD(config_node, https_port),
     NULL, 1, 65535, false},
    {"api_port", INHERITED, "a port from 1 to 65535", read_number, FIELD(config_node, api_port),
     NULL, 1, 65535, false},
    {"timeout", SHARED, "1 s to 24 h, such as 60, 60s or 2m", read_seconds,
     FIELD(config_node, timeout_s), NULL, 1, DAY_S, false},
    {"cli", INHERITED, "auto, shell or batch", read_choice, FIELD(config_node, cli), ways, 0, 0,
     false},
    {"api_login", INHERITED, "token or basic", read_choice, FIELD(config_node, api_login), logins,
     0, 0, false},
    {"agent", INHERITED, "yes or no", read_switch, FIELD(config_node, agent), switches, 0, 0,
     false},
    {"identity_file", INHERITED, WORDS_OF_PATH, read_path, FIELD(config_node, identity_file), NULL,
     0, 0, false},
    {"known_hosts", INHERITED, WORDS_OF_PATH, read_path, FIELD(config_node, known_hosts), NULL, 0,
     0, false},
    {"host_key", INHERITED, "SHA256:… as ssh-keygen -l prints it", read_word,
     FIELD(config_node, host_key), "SHA256:", 0, 0, false},
    {"credentials_file", SHARED, WORDS_OF_PATH ", or $CREDENTIALS_DIRECTORY/NAME", read_credentials,
     FIELD(config_node, credentials_file), NULL, 0, 0, false},
    {"ca_file", SHARED, WORDS_OF_PATH, read_path, FIELD(config_node, ca_file), NULL, 0, 0, false},
    {"tls_pin", INHERITED, "sha256//… of the public key", read_word, FIELD(config_node, tls_pin),
     "sha256//", 0, 0, false},
    {"proxy_jump", INHERITED, "[USER@]HOST[:PORT], or none", read_jump,
     FIELD(config_node, proxy_jump), "", 0, 0, false},
    {"proxy_command", INHERITED, "a command, or none", read_command,
     FIELD(config_node, proxy_command), NULL, 0, 0, false},
    {"https_proxy", SHARED, "http://, https:// or socks5h://HOST:PORT, or none", read_proxy,
     FIELD(config_node, https_proxy), "", 0, 0, false},
    {"tracking_page", INHERITED, "/path on the GUI, or file:PATH", read_page,
     FIELD(config_node, tracking_page), "", 0, 0, false},
    {"services_page", INHERITED, "/path on the GUI, or file:PATH", read_page,
     FIELD(config_node, services_page), "", 0, 0, false},
    {"mail_log", INHERITED, WORDS_OF_LOG, read_log_name, FIELD(config_node, mail_log), NULL, 0, 0,
     false},
    {"status_log", INHERITED, WORDS_OF_LOG, read_log_name, FIELD(config_node, status_log), NULL, 0,
     0, false},
    {"mail_log_path", INHERITED, WORDS_OF_PATH, read_path, FIELD(config_node, mail_log_path), NULL,
     0, 0, false},
    {"status_log_path", INHERITED, WORDS_OF_PATH, read_path, FIELD(config_node, status_log_path),
     NULL, 0, 0, false},
    {"snmp", INHERITED, "2c, 3 or no", read_choice, FIELD(config_node, snmp), snmps, 0, 0, false},
    {"snmp_port", INHERITED, "a port from 1 to 65535", read_number, FIELD(config_node, snmp_port),
     NULL, 1, 65535, false},
    {"snmp_user", INHERITED, "a user name without blanks and ':'", read_user,
     FIELD(config_node, snmp_user), "", 0, 0, false},
    {"snmp_auth", INHERITED, "sha, sha-256 or sha-512", read_choice, FIELD(config_node, snmp_auth),
     digests, 0, 0, false},
    {"log_host", OF_NODE, "a host name or an address without brackets", read_address,
     FIELD(config_node, log_host), NULL, 0, 0, false},
    {"expect", INHERITED, "a release such as 15.0.3-002 or 15.0.3", read_release,
     FIELD(config_node, expect), NULL, 0, 0, false},
    {"monitored_as", OF_NODE | CONFIG_CLUSTER, "the name of a host in Icinga or Nagios", read_text,
     FIELD(config_node, monitored_as), NULL, 0, 0, false},
    {"url", CONFIG_ICINGA, "https://HOST or https://HOST:PORT", read_url, FIELD(config_node, name),
     NULL, 0, 0, false},
    {"cert_file", CONFIG_ICINGA, WORDS_OF_PATH, read_path, FIELD(config_node, cert_file), NULL, 0,
     0, false},
    {"key_file", CONFIG_ICINGA, WORDS_OF_PATH, read_path, FIELD(config_node, key_file), NULL, 0, 0,
     false},
    {"parallel", CONFIG_DEFAULTS, "a number from 1 to 1024", read_number, FIELD(config, parallel),
     NULL, 1, 1024, false},
    {"cache_dir", CONFIG_DEFAULTS, WORDS_OF_PATH, read_path, FIELD(config, cache_dir), NULL, 0, 0,
     false},
    {"spool_dir", CONFIG_DEFAULTS, WORDS_OF_PATH, read_path, FIELD(config, spool_dir), NULL, 0, 0,
     false},
    {"nsca_config", CONFIG_DEFAULTS, WORDS_OF_PATH, read_path, FIELD(config, nsca_config), NULL, 0,
     0, false},
    {"keep_addresses", CONFIG_DEFAULTS, "yes or no", read_switch, FIELD(config, keep_addresses),
     switches, 0, 0, false},
    {"warning", CONFIG_CHECK, "[METRIC=]RANGE", read_limits, FIELD(config, limits), NULL, 0, 0,
     true},
    {"critical", CONFIG_CHECK, "[METRIC=]RANGE", read_limits, FIELD(config, limits), NULL, 0, 0,
     true},
    {"ok_word", CONFIG_CHECK, "a word", read_ok_word, FIELD(config, words), NULL, 0, 0, true},
    {"id", CONFIG_CHANGE, "letters, digits, '.', '-' and '_', for it becomes a folder", read_name,
     FIELD(config, change), NULL, 0, 0, false},
    {"since", CONFIG_CHANGE, "a time such as 2026-03-08T00:30:00Z or 2026-03-08 01:30", read_since,
     FIELD(config, since), NULL, 0, 0, false},
    {"baseline", CONFIG_CHANGE, WORDS_OF_PATH, read_path, FIELD(config, baseline), NULL, 0, 0,
     false},
    {"operator", CONFIG_CHANGE, "a name", read_text, FIELD(config, run_operator), NULL, 0, 0,
     false},
    {"title", CONFIG_CHANGE, "a line", read_text, FIELD(config, plan.title), NULL, 0, 0, false},
    {"requester", CONFIG_CHANGE, "a name", read_text, FIELD(config, plan.requester), NULL, 0, 0,
     false},
    {"approver", CONFIG_CHANGE, "a name", read_text, FIELD(config, plan.approved_by), NULL, 0, 0,
     false},
    {"approved_at", CONFIG_CHANGE, WORDS_OF_TIME, read_moment, FIELD(config, plan.approved_at),
     NULL, 0, 0, false},
    {"implementer", CONFIG_CHANGE, "a name", read_text, FIELD(config, plan.implementer), NULL, 0, 0,
     false},
    {"reviewer", CONFIG_CHANGE, "a name", read_text, FIELD(config, plan.reviewer), NULL, 0, 0,
     false},
    {"window_from", CONFIG_CHANGE, WORDS_OF_TIME, read_moment, FIELD(config, plan.from), NULL, 0, 0,
     false},
    {"window_to", CONFIG_CHANGE, WORDS_OF_TIME, read_moment, FIELD(config, plan.to), NULL, 0, 0,
     false},
    {"changes", CONFIG_DEFAULTS, WORDS_OF_PATH, read_path, FIELD(config, changes), NULL, 0, 0,
     false},
    {"mandatory", CONFIG_CHECK, "yes or no", read_mandatory, FIELD(config, optional), switches, 0,
     0, false},
    {"check", CONFIG_WAIVER, "the name of a check, or *", read_check, FIELD(report_waiver, check),
     NULL, 0, 0, false},
    {"node", CONFIG_WAIVER, "an appliance, or a pattern such as esa*.example.com", read_text,
     FIELD(report_waiver, node), NULL, 0, 0, false},
    {"text", CONFIG_WAIVER, "a pattern of the finding's text such as *disk is full*", read_text,
     FIELD(report_waiver, text), NULL, 0, 0, false},
    {"reason", CONFIG_WAIVER, "a sentence", read_text, FIELD(report_waiver, reason), NULL, 0, 0,
     false},
    {"approved_by", CONFIG_WAIVER, "a name; two, separated by a comma, for some checks", read_text,
     FIELD(report_waiver, approved_by), NULL, 0, 0, false},
    {"expires", CONFIG_WAIVER, "a day such as 2026-03-31, or a time with its zone", read_expiry,
     FIELD(report_waiver, expires), NULL, 0, 0, false},
};

const size_t config_key_count = CHECK_COUNT(config_key_table);

const struct config_key *config_key_find(const char *name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_key_table[i].name, name) == 0)
            return &config_key_table[i];
    return NULL;
}

bool config_key_read(struct config_target *target, const struct config_key *key, const char *value)
{
    char *base = (key->places & (CONFIG_NODE | CONFIG_CLUSTER | CONFIG_ICINGA)) != 0
                     ? (char *)target->node
                 : (key->places & CONFIG_WAIVER) != 0 ? (char *)target->waiver
                                                      : (char *)target->config;
    target->why = NULL;
    if (*value == '\0') {
        target->why =
            arena_printf(target->arena, "'%s' has no value: expected %s", key->name, key->wanted);
        return false;
    }
    if (strstr(value, " #") != NULL) {
        target->why = arena_printf(
            target->arena, "%s: behind a value ' ;' begins a comment, ' #' does not", key->name);
        return false;
    }
    if (key->read(target, key, value, base + key->offset))
        return true;
    if (target->why == NULL)
        target->why =
            arena_printf(target->arena, "%s: '%.60s' is not %s", key->name, value, key->wanted);
    return false;
}

enum { NEAR_BYTES = 32 };

/* Letters to insert, delete, replace or swap until A is B; both at most NEAR_BYTES long. */
static size_t distance(struct span a, struct span b)
{
    size_t rows[NEAR_BYTES + 1][NEAR_BYTES + 1];
    for (size_t i = 0; i <= a.n; i++) {
        for (size_t j = 0; j <= b.n; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t best = rows[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (rows[i - 1][j] + 1 < best)
                best = rows[i - 1][j] + 1;
            if (rows[i][j - 1] + 1 < best)
                best = rows[i][j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                rows[i - 2][j - 2] + 1 < best)
                best = rows[i - 2][j - 2] + 1;
            rows[i][j] = best;
        }
    }
    return rows[a.n][b.n];
}

const char *config_key_hint(struct arena *arena, struct span word, const char *const *names,
                            size_t count)
{
    const char *nearest = NULL;
    size_t least = word.n / 3 + 2;
    for (size_t i = 0; i < count && word.n <= NEAR_BYTES; i++) {
        struct span name = text_of(names[i]);
        size_t far = name.n > NEAR_BYTES            ? SIZE_MAX
                     : text_same_nocase(word, name) ? 0
                                                    : distance(word, name);
        if (far < least && far < name.n) {
            least = far;
            nearest = names[i];
        }
    }
    return nearest == NULL ? "" : arena_printf(arena, "; did you mean '%s'?", nearest);
}
