/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/config.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/registry.h"
#include "plugin/config_key.h"
#include "plugin/file.h"
#include "plugin/index.h"

enum { MAX_FILE = 4 * 1024 * 1024 };

static const struct {
    const char *word;
    enum config_place place;
    const char *form; /* how its header looks */
} kinds[] = {
    {"defaults", CONFIG_DEFAULTS, "[defaults]"},   {"node", CONFIG_NODE, "[node NAME]"},
    {"cluster", CONFIG_CLUSTER, "[cluster NAME]"}, {"check", CONFIG_CHECK, "[check NAME]"},
    {"change", CONFIG_CHANGE, "[change]"},         {"waiver", CONFIG_WAIVER, "[waiver NAME]"},
    {"icinga2", CONFIG_ICINGA, "[icinga2]"},
};

enum { KINDS = CHECK_COUNT(kinds) };

/* One section as it stands in the file. */
struct section {
    size_t kind;      /* row of kinds */
    const char *name; /* "" for [defaults] and [change] */
    const struct check *check;
    struct config_node values;
    struct report_waiver waiver;
    unsigned line;
    unsigned *lines;   /* where each key of the table stands; 0 = not here */
    unsigned sma_line; /* of a node: where its sma is told, perhaps in another section */
    bool used;         /* a cluster that a node is of */
};

struct reading {
    const char *path;
    struct config_target target;
    struct fault *fault;
    struct span rest;       /* of the file */
    unsigned line;          /* that was read last; 1 = first */
    bool pending;           /* it was given to inih, which has not made a key of it */
    bool failed;            /* FAULT is filled */
    struct section *now;    /* NULL = before the first */
    struct section **nodes; /* sections [node …] */
    size_t node_count;
    struct section **others;
    size_t other_count;
};

/* Where the values of one node come from: a line for each key of the table, 0 = the default. */
struct inherited {
    struct config_node node;
    unsigned *lines;
};

static bool wrong(struct reading *r, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong(struct reading *r, unsigned line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(r->target.arena, format, args);
    va_end(args);
    r->failed = true;
    return fault_set(r->fault, FAULT_SYNTAX, r->path, line, "line %u: %s", line, text);
}

static const char *title(const struct reading *r, const struct section *section)
{
    const char *word = kinds[section->kind].word;
    return *section->name == '\0'
               ? arena_printf(r->target.arena, "[%s]", word)
               : arena_printf(r->target.arena, "[%s %.80s]", word, section->name);
}

static struct section *find_section(struct reading *r, enum config_place place, const char *name)
{
    for (size_t i = 0; i < r->other_count; i++) {
        struct section *s = r->others[i];
        if (kinds[s->kind].place == place && text_same_nocase(text_of(s->name), text_of(name)))
            return s;
    }
    return NULL;
}

static unsigned line_of(const unsigned *lines, const char *key)
{
    return lines[config_key_find(key) - config_key_table];
}

static const char *hint_of_kind(struct reading *r, struct span word)
{
    const char *words[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        words[i] = kinds[i].word;
    return config_key_hint(r->target.arena, word, words, KINDS);
}

static const char *hint_of_check(struct reading *r, struct span word)
{
    const char **names = arena_array(r->target.arena, registry_count, sizeof(*names));
    for (size_t i = 0; i < registry_count; i++)
        names[i] = registry_checks[i]->name;
    return config_key_hint(r->target.arena, word, names, registry_count);
}

/*
 * Checks that are not built yet: a configuration that is shared with a later release loads, and
 * their sections have no effect.
 */
static bool is_planned(struct span name)
{
    static const char *const names[] = {"hardware", "resources", "updates", "upgradelog"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_is(name, names[i]))
            return true;
    return false;
}

/* Nodes are compared when all are there and sorted, for there may be many. */
static bool add_section(struct reading *r, size_t kind, struct span name)
{
    struct arena *arena = r->target.arena;
    struct section *s = arena_alloc(arena, sizeof(*s));
    *s = (struct section){.kind = kind, .name = arena_dup(arena, name), .line = r->line};
    s->lines = arena_array(arena, config_key_count, sizeof(*s->lines));
    const struct section *first = find_section(r, kinds[kind].place, s->name);
    if (first != NULL)
        return wrong(r, r->line, "%s is there twice, first in line %u", title(r, s), first->line);
    if (kinds[kind].place == CONFIG_NODE && !index_is_name(s->name))
        return wrong(r, r->line,
                     "'%.80s' is no name of an appliance: letters, digits, '.', '-' and '_' as in "
                     "a host name",
                     s->name);
    if (kinds[kind].place == CONFIG_CHECK) {
        s->check = registry_find(name);
        if (s->check == NULL && !is_planned(name))
            return wrong(r, r->line, "no check is called '%.80s'%s", s->name,
                         hint_of_check(r, name));
    }
    r->now = s;
    if (kinds[kind].place == CONFIG_NODE) {
        r->nodes = arena_push(arena, r->nodes, r->node_count, sizeof(struct section *));
        r->nodes[r->node_count++] = s;
    } else {
        r->others = arena_push(arena, r->others, r->other_count, sizeof(struct section *));
        r->others[r->other_count++] = s;
    }
    return true;
}

/*
 * "[node esa1.example.com]", a comment may follow. Read here and not by inih, which cuts names
 * after 49 bytes and does not tell of a section without keys.
 */
static bool read_header(struct reading *r, struct span line)
{
    struct cursor c = text_cursor(line);
    struct span inside, word = {NULL, 0};
    if (!text_literal(&c, "[") || !text_until(&c, ']', SIZE_MAX, &inside))
        return wrong(r, r->line, "']' is missing: '%.*s'", FAULT_QUOTE(line));
    struct span behind = text_trim(text_rest(&c));
    if (behind.n != 0 && *behind.p != ';' && *behind.p != '#')
        return wrong(r, r->line, "only a comment may follow ']': '%.*s'", FAULT_QUOTE(line));
    c = text_cursor(inside);
    text_blanks(&c);
    (void)text_word(&c, SIZE_MAX, &word);
    struct span name = text_trim(text_rest(&c));
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (!text_is(word, kinds[kind].word))
            continue;
        bool named = text_ends(text_of(kinds[kind].form), " NAME]");
        if (named == (name.n != 0))
            return add_section(r, kind, name);
        return wrong(r, r->line, "'%.*s' is to be %s", FAULT_QUOTE(line), kinds[kind].form);
    }
    return wrong(r, r->line, "unknown section '%.*s'%s", FAULT_QUOTE(line), hint_of_kind(r, word));
}

/* Keys that look like a secret are told where it belongs; nothing behind them is quoted. */
static bool unknown_key(struct reading *r, const char *name)
{
    static const char *const secrets[] = {"pass", "secret", "token", "pwd", "community"};
    const enum config_place place = kinds[r->now->kind].place;
    const char **names = arena_array(r->target.arena, config_key_count, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < CHECK_COUNT(secrets); i++)
        if (text_find_nocase(text_of(name), secrets[i]) >= 0)
            return wrong(r, r->line,
                         "unknown key '%.*s' in %s: no secret may stand in this file, it belongs "
                         "into that of credentials_file",
                         (int)strcspn(name, " \t"), name, title(r, r->now));
    for (size_t i = 0; i < config_key_count; i++)
        if ((config_key_table[i].places & place) != 0)
            names[count++] = config_key_table[i].name;
    return wrong(r, r->line, "unknown key '%.60s' in %s%s", name, title(r, r->now),
                 config_key_hint(r->target.arena, text_of(name), names, count));
}

static bool misplaced_key(struct reading *r, const struct config_key *key)
{
    const char *forms = "";
    for (size_t i = 0; i < KINDS; i++)
        if ((key->places & kinds[i].place) != 0)
            forms = arena_printf(r->target.arena, "%s%s%s", forms, *forms != '\0' ? ", " : "",
                                 kinds[i].form);
    return wrong(r, r->line, "key '%s' cannot stand in %s, only in %s", key->name, title(r, r->now),
                 forms);
}

static bool read_key(struct reading *r, const char *name, const char *value)
{
    if (r->now == NULL)
        return wrong(r, r->line, "key '%.60s' stands before the first section", name);
    const struct config_key *key = config_key_find(name);
    if (key == NULL)
        return unknown_key(r, name);
    if ((key->places & kinds[r->now->kind].place) == 0)
        return misplaced_key(r, key);
    unsigned *line = &r->now->lines[key - config_key_table];
    if (*line != 0 && !key->repeats)
        return wrong(r, r->line, "key '%s' is there twice in %s, first in line %u", name,
                     title(r, r->now), *line);
    *line = r->line;
    r->target.node = &r->now->values;
    r->target.waiver = &r->now->waiver;
    r->target.check = r->now->check;
    if (kinds[r->now->kind].place == CONFIG_CHECK && r->now->check == NULL)
        return true; /* its metrics are not known yet, so neither is what a value must be */
    return config_key_read(&r->target, key, value) || wrong(r, r->line, "%s", r->target.why);
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    (void)section;
    r->pending = false;
    if (r->failed)
        return 0;
    if (*name == '\0')
        return wrong(r, r->line, "no key stands before the '='");
    return read_key(r, name, value);
}

/* Text only: a NUL would end it early, and a CR alone would hide what stands before it. */
static bool is_text(struct reading *r, struct span line)
{
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        if (c == 0)
            return wrong(r, r->line, "holds NUL bytes: the file is to be UTF-8 text");
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return wrong(r, r->line, "holds the control character 0x%02x", c);
    }
    return true;
}

/*
 * Gives inih the next line with a key, without the blanks in front (which would make it the
 * continuation of the line above) and never longer than its buffer (it would be cut).
 */
static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *r = stream;
    if (r->pending)
        (void)wrong(r, r->line, "is neither a [section] nor KEY = VALUE");
    while (!r->failed && r->rest.n != 0) {
        struct span line;
        (void)text_cut(r->rest, '\n', &line, &r->rest);
        r->line++;
        if (text_ends(line, "\r"))
            line = text_head(line, line.n - 1);
        if (!is_text(r, line))
            break;
        line = text_trim(line);
        if (line.n == 0 || *line.p == '#' || *line.p == ';')
            continue;
        if (*line.p == '[') {
            (void)read_header(r, line);
        } else if (line.n >= (size_t)size) {
            (void)wrong(r, r->line, "is longer than %d bytes", size - 1);
        } else {
            memcpy(buffer, line.p, line.n);
            buffer[line.n] = '\0';
            r->pending = true;
            return buffer;
        }
    }
    return NULL;
}

/* Nearer sections come later. Of the two ways through a proxy the nearer one counts. */
static void inherit(struct inherited *to, const struct section *from)
{
    if (from == NULL)
        return;
    if (line_of(from->lines, "proxy_jump") != 0 || line_of(from->lines, "proxy_command") != 0) {
        to->node.proxy_jump = NULL;
        to->node.proxy_command = NULL;
    }
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_key_table[i];
        if (from->lines[i] == 0 || (key->places & CONFIG_NODE) == 0)
            continue;
        memcpy((char *)&to->node + key->offset, (const char *)&from->values + key->offset,
               key->size);
        to->lines[i] = from->lines[i];
    }
}

static bool build_node(struct reading *r, struct section *section, struct config_node *node)
{
    struct inherited all = {.lines =
                                arena_array(r->target.arena, config_key_count, sizeof(*all.lines))};
    struct section *cluster = section->values.cluster == NULL
                                  ? NULL
                                  : find_section(r, CONFIG_CLUSTER, section->values.cluster);
    all.node = (struct config_node){
        .ssh_port = 22, .https_port = 443, .snmp_port = 161, .snmp_user = "v3get", .timeout_s = 60};
    inherit(&all, find_section(r, CONFIG_DEFAULTS, ""));
    inherit(&all, cluster);
    inherit(&all, section);
    *node = all.node;
    node->monitored_as = section->values.monitored_as; /* not inherited: it names one host */
    if (cluster != NULL) {
        cluster->used = true;
        node->cluster_monitored_as = cluster->values.monitored_as;
    }
    node->name = section->name;
    node->line = section->line;
    section->sma_line = line_of(all.lines, "sma");
    node->has_expect = line_of(all.lines, "expect") != 0;
    if (node->address == NULL)
        node->address = node->name;
    if (node->role == 0)
        return wrong(r, section->line, "%s has no role: add 'role = esa' or 'role = sma'",
                     title(r, section));
    if (node->role == ROLE_ESA)
        return true;
    const char *const only[] = {"cluster", "sma"};
    for (size_t i = 0; i < CHECK_COUNT(only); i++)
        if (line_of(section->lines, only[i]) != 0)
            return wrong(r, line_of(section->lines, only[i]), "%s: '%s' is for role = esa only",
                         title(r, section), only[i]);
    node->sma = NULL; /* inherited, and meant for the others */
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct section *left = *(struct section *const *)a;
    const struct section *right = *(struct section *const *)b;
    int order = text_order_nocase(text_of(left->name), text_of(right->name));
    return order != 0 ? order : left->line < right->line ? -1 : 1;
}

/* The SMA that NODE names becomes that node's own spelling. */
static bool resolve_sma(struct reading *r, struct config *config, size_t i)
{
    struct config_node *node = &config->nodes[i];
    if (node->sma == NULL)
        return true;
    const struct config_node *sma = config_node(config, node->sma);
    if (sma == NULL)
        return wrong(r, r->nodes[i]->sma_line, "sma of %.80s: there is no [node %.80s]", node->name,
                     node->sma);
    if (sma->role != ROLE_SMA)
        return wrong(r, r->nodes[i]->sma_line, "sma of %.80s: %.80s has not 'role = sma'",
                     node->name, sma->name);
    node->sma = sma->name;
    return true;
}

static bool build_nodes(struct reading *r, struct config *config)
{
    if (r->node_count == 0)
        return true;
    qsort(r->nodes, r->node_count, sizeof(struct section *), by_name);
    config->nodes = arena_array(r->target.arena, r->node_count, sizeof(*config->nodes));
    config->node_count = r->node_count;
    for (size_t i = 0; i < r->node_count; i++) {
        const struct section *s = r->nodes[i], *before = i == 0 ? NULL : r->nodes[i - 1];
        if (before != NULL && text_same_nocase(text_of(s->name), text_of(before->name)))
            return wrong(r, s->line, "%s is there twice, first in line %u", title(r, s),
                         before->line);
        if (!build_node(r, r->nodes[i], &config->nodes[i]))
            return false;
    }
    for (size_t i = 0; i < config->node_count; i++)
        if (!resolve_sma(r, config, i))
            return false;
    return true;
}

/* "NAME, NAME", and not the same one twice. */
static bool is_by_two(const char *names)
{
    struct span first, second;
    return text_cut(text_of(names), ',', &first, &second) && text_trim(first).n > 0 &&
           text_trim(second).n > 0 && !text_same_nocase(text_trim(first), text_trim(second));
}

/*
 * What a waiver lets pass must be clear, and who answers for it until when. Some findings are the
 * change itself gone wrong: for these two people answer (domain.md 4.2, 9).
 */
static bool build_waiver(struct reading *r, const struct section *s, struct config *config)
{
    static const char *const needed[] = {"check", "reason", "approved_by", "expires"};
    static const char *const grave[] = {"*", "clustercheck", "status", "version"};
    struct report_waiver waiver = s->waiver;
    for (size_t i = 0; i < CHECK_COUNT(needed); i++)
        if (line_of(s->lines, needed[i]) == 0)
            return wrong(r, s->line,
                         "%s has no '%s': a waiver needs check, reason, approved_by "
                         "and expires",
                         title(r, s), needed[i]);
    for (size_t i = 0; i < CHECK_COUNT(grave); i++)
        if (strcmp(waiver.check, grave[i]) == 0 && !is_by_two(waiver.approved_by))
            return wrong(r, line_of(s->lines, "approved_by"),
                         "%s: findings of %s are waived by two people: approved_by = NAME, NAME",
                         title(r, s), waiver.check);
    waiver.name = s->name;
    waiver.node = waiver.node == NULL ? "*" : waiver.node;
    waiver.text = waiver.text == NULL ? "*" : waiver.text;
    config->waivers = arena_push(r->target.arena, config->waivers, config->waiver_count,
                                 sizeof(*config->waivers));
    config->waivers[config->waiver_count++] = waiver;
    return true;
}

static int by_waiver(const void *a, const void *b)
{
    const struct report_waiver *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool build_waivers(struct reading *r, struct config *config)
{
    for (size_t i = 0; i < r->other_count; i++)
        if (kinds[r->others[i]->kind].place == CONFIG_WAIVER &&
            !build_waiver(r, r->others[i], config))
            return false;
    if (config->waiver_count > 1)
        qsort(config->waivers, config->waiver_count, sizeof(*config->waivers), by_waiver);
    return true;
}

/* Reached as an appliance is, and never trusted but by its own authority. */
static bool build_icinga(struct reading *r, struct config *config)
{
    struct section *s = find_section(r, CONFIG_ICINGA, "");
    if (s == NULL)
        return true;
    struct config_node *at = &s->values;
    const char *absent = at->name == NULL                                ? "url"
                         : at->ca_file == NULL                           ? "ca_file"
                         : at->user == NULL && at->cert_file == NULL     ? "user"
                         : at->cert_file != NULL && at->key_file == NULL ? "key_file"
                                                                         : NULL;
    if (absent != NULL)
        return wrong(r, s->line,
                     "[icinga2] has no '%s': it needs url, ca_file, and user or "
                     "cert_file with key_file",
                     absent);
    if (at->address == NULL)
        at->address = at->name;
    if (at->timeout_s == 0)
        at->timeout_s = 30;
    config->icinga = at;
    return true;
}

/* What can be seen only when the whole file has been read. */
static bool check_sections(struct reading *r)
{
    for (size_t i = 0; i < r->node_count + r->other_count; i++) {
        const struct section *s = i < r->node_count ? r->nodes[i] : r->others[i - r->node_count];
        if (kinds[s->kind].place == CONFIG_CLUSTER && !s->used)
            return wrong(r, s->line, "no node is of %s: add 'cluster = %.80s' to its members",
                         title(r, s), s->name);
        if (s->values.proxy_jump != NULL && s->values.proxy_command != NULL)
            return wrong(r, s->line, "%s has both proxy_jump and proxy_command: one is enough",
                         title(r, s));
    }
    return true;
}

/* Who may write this file decides where passphrases are sent. */
static bool is_trusted(const char *path, struct fault *fault)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return fault_set(fault, missing ? FAULT_NOT_CAPTURED : FAULT_INTERNAL, path, 0, "%s%s",
                         missing ? "is not there: name the configuration with -f FILE or "
                                   "POSTCHECK_CONFIG"
                                 : "cannot be read: ",
                         missing ? "" : strerror(errno));
    }
    bool ours = info.st_uid == 0 || info.st_uid == geteuid();
    if (S_ISREG(info.st_mode) &&
        ((info.st_mode & S_IWOTH) != 0 || ((info.st_mode & S_IWGRP) != 0 && !ours)))
        return fault_set(fault, FAULT_INTERNAL, path, 0,
                         "others may write it (mode %04o), and it says where passphrases are "
                         "sent: chmod go-w",
                         (unsigned)(info.st_mode & 07777));
    return true;
}

const char *config_default_path(void)
{
    const char *path = getenv("POSTCHECK_CONFIG");
    return path != NULL && *path != '\0' ? path : "/etc/postcheck/postcheck.ini";
}

bool config_load(struct arena *arena, const char *path, struct config *config, struct fault *fault)
{
    return config_load_rules(arena, path, config, fault) &&
           (config->node_count > 0 ||
            fault_set(fault, FAULT_SYNTAX, path, 0,
                      "names no appliance: add [node NAME] with its role"));
}

bool config_load_rules(struct arena *arena, const char *path, struct config *config,
                       struct fault *fault)
{
    struct fault own;
    const char *slash = strrchr(path, '/');
    struct reading r = {.path = path, .fault = fault != NULL ? fault : &own};
    *config = (struct config){.path = arena_dup(arena, text_of(path)), .parallel = 16};
    r.target = (struct config_target){.arena = arena, .config = config, .folder = ""};
    if (slash != NULL)
        r.target.folder = arena_dup(arena, (struct span){path, (size_t)(slash - path) + 1});
    if (!is_trusted(path, r.fault) || !file_read(arena, path, MAX_FILE, &r.rest, r.fault))
        return false;
    if (text_starts(r.rest, "\xef\xbb\xbf"))
        r.rest = text_skip(r.rest, 3);
    int status = ini_parse_stream(next_line, &r, on_key, &r);
    if (r.failed)
        return false;
    if (status != 0)
        return wrong(&r, r.line, "cannot be read as an INI file");
    return build_nodes(&r, config) && build_waivers(&r, config) && build_icinga(&r, config) &&
           check_sections(&r);
}

const struct config_node *config_node(const struct config *config, const char *name)
{
    size_t low = 0, high = config->node_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_order_nocase(text_of(name), text_of(config->nodes[middle].name));
        if (order == 0)
            return &config->nodes[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct fleet config_fleet(struct arena *arena, const struct config *config)
{
    struct fleet fleet = {NULL, 0};
    const char *twice;
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *from = &config->nodes[i];
        struct node *node = index_add_node(arena, &fleet, from->name);
        node->role = from->role;
        node->cluster = from->cluster;
        node->sma = from->sma;
        node->address = from->address != from->name ? from->address : NULL;
        node->by_name_only = true;
    }
    (void)fleet_sort(&fleet, &twice);
    return fleet;
}
