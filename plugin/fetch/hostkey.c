/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/hostkey.h"

#include <string.h>

#include "plugin/file.h"

enum { MAX_FILE = 32 * 1024 * 1024, PRINT_BYTES = 80 };

/* The types that libssh and current appliances share, the shortest exchange first. */
static const struct {
    const char *name; /* as libssh names the type of a key */
    const char *asked;
} types[] = {
    {"ssh-ed25519", "ssh-ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"},
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

/* The marker of a line whose key must not be trusted, as in ssh's own known_hosts. */
static const char revoked_marker[] = "@revoked ";

/* Entries are looked up in lower case, as ssh does it. */
static const char *lookup_name(struct arena *arena, const char *host, unsigned port)
{
    char *name =
        port == 22 ? arena_printf(arena, "%s", host) : arena_printf(arena, "[%s]:%u", host, port);
    for (char *p = name; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + ('a' - 'A'));
    return name;
}

static void take_line(struct hostkey *h, const char *line, bool revoked, const char *const names[2])
{
    struct arena *arena = h->fetch->arena;
    for (size_t i = 0; i < 2; i++) {
        struct ssh_knownhosts_entry *entry = NULL;
        if (i == 1 && strcmp(names[0], names[1]) == 0)
            return;
        if (ssh_known_hosts_parse_line(names[i], line, &entry) != SSH_OK || entry == NULL)
            continue;
        ssh_key key = ssh_key_dup(entry->publickey);
        ssh_knownhosts_entry_free(entry);
        if (key == NULL)
            continue;
        h->entries = arena_push(arena, h->entries, h->count, sizeof(*h->entries));
        h->entries[h->count++] =
            (struct hostkey_entry){key, ssh_key_type_to_char(ssh_key_type(key)), revoked};
        return;
    }
}

/*
 * May LINE be about one of NAMES? Most lines of a large file are told apart by a search for bytes;
 * hashed names and patterns must be tried.
 */
static bool may_match(struct span line, const char *const names[2])
{
    struct span hosts, rest;
    (void)text_cut(line, ' ', &hosts, &rest);
    return text_starts(hosts, "|") || text_find(hosts, "*") >= 0 || text_find(hosts, "?") >= 0 ||
           text_find_nocase(hosts, names[0]) >= 0 || text_find_nocase(hosts, names[1]) >= 0;
}

bool hostkey_read(struct hostkey *hostkey, const struct fetch *fetch, struct fault *fault)
{
    const struct config_node *node = fetch->node;
    *hostkey = (struct hostkey){.fetch = fetch};
    if (node->host_key != NULL)
        return true;
    if (node->known_hosts == NULL)
        return fault_set(fault, FAULT_HOST_KEY, "", 0,
                         "the host key of %.120s cannot be verified: neither known_hosts nor "
                         "host_key is configured",
                         node->name);
    struct span bytes, line;
    struct fault why = {.kind = FAULT_NONE};
    if (!file_read(fetch->arena, node->known_hosts, MAX_FILE, &bytes, &why)) {
        if (why.kind == FAULT_NOT_CAPTURED)
            return fault_set(fault, FAULT_HOST_KEY, "", 0, "there is no known_hosts file %.200s",
                             node->known_hosts);
        return fault_set(fault, why.kind, "", 0, "known_hosts %.160s: %.160s", node->known_hosts,
                         why.text);
    }
    const char *const names[2] = {lookup_name(fetch->arena, node->address, node->ssh_port),
                                  lookup_name(fetch->arena, node->name, node->ssh_port)};
    for (bool more = true; more;) {
        more = text_cut(bytes, '\n', &line, &bytes);
        line = text_trim(line);
        bool is_revoked = text_starts(line, revoked_marker);
        if (is_revoked)
            line = text_trim(text_skip(line, sizeof(revoked_marker) - 1));
        if (line.n != 0 && line.p[0] != '#' && may_match(line, names))
            take_line(hostkey, arena_dup(fetch->arena, line), is_revoked, names);
    }
    return true;
}

static bool knows_type(const struct hostkey *h, const char *name)
{
    for (size_t i = 0; i < h->count; i++)
        if (!h->entries[i].revoked && strcmp(h->entries[i].type, name) == 0)
            return true;
    return false;
}

const char *hostkey_types(const struct hostkey *hostkey)
{
    const char *list = "";
    if (hostkey->count == 0)
        return NULL;
    for (int known = 1; known >= 0; known--)
        for (size_t i = 0; i < TYPES; i++)
            if (knows_type(hostkey, types[i].name) == (known == 1))
                list = arena_printf(hostkey->fetch->arena, "%s%s%s", list, *list == '\0' ? "" : ",",
                                    types[i].asked);
    return list;
}

/* "SHA256:…" of KEY. */
static bool print_key(ssh_key key, char *print)
{
    unsigned char *hash = NULL;
    size_t n = 0;
    char *text = NULL;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == SSH_OK)
        text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
    bool done = text != NULL && strlen(text) < PRINT_BYTES;
    if (done)
        memcpy(print, text, strlen(text) + 1);
    ssh_clean_pubkey_hash(&hash);
    ssh_string_free_char(text);
    return done;
}

/* Without the padding that some tools write. */
static struct span bare(const char *print)
{
    struct span span = text_trim(text_of(print));
    while (text_ends(span, "="))
        span.n--;
    return span;
}

static bool verify_print(const struct config_node *node, const char *type, const char *print,
                         struct fault *fault)
{
    struct span shown = bare(print), wanted = bare(node->host_key);
    unsigned differ = shown.n != wanted.n;
    for (size_t i = 0; i < shown.n && i < wanted.n; i++)
        differ |= (unsigned char)shown.p[i] ^ (unsigned char)wanted.p[i];
    return differ == 0 ||
           fault_set(fault, FAULT_HOST_CHANGED, "", 0,
                     "the host key of %.80s is %s %s, but host_key says %.60s: another machine, a "
                     "new key, or the fingerprint of another type of key",
                     node->name, type, print, node->host_key);
}

static bool verify_known(const struct hostkey *h, ssh_key key, const char *type, const char *print,
                         struct fault *fault)
{
    const struct config_node *node = h->fetch->node;
    const struct hostkey_entry *same_type = NULL, *other = NULL;
    bool same = false;
    char known[PRINT_BYTES] = "?";
    for (size_t i = 0; i < h->count; i++) {
        const struct hostkey_entry *entry = &h->entries[i];
        bool equal = ssh_key_cmp(entry->key, key, SSH_KEY_CMP_PUBLIC) == 0;
        if (equal && entry->revoked)
            return fault_set(fault, FAULT_HOST_CHANGED, "", 0,
                             "the host key of %.80s is revoked in known_hosts: %s %s; find out who "
                             "uses it, and set a new key",
                             node->name, type, print);
        same = same || equal;
        if (entry->revoked)
            continue;
        other = other == NULL ? entry : other;
        if (same_type == NULL && strcmp(entry->type, type) == 0)
            same_type = entry;
    }
    if (same)
        return true;
    if (same_type != NULL) {
        (void)print_key(same_type->key, known);
        return fault_set(fault, FAULT_HOST_CHANGED, "", 0,
                         "the host key of %.80s changed: it shows %s %s, known_hosts has %s; an "
                         "upgrade does not do that by itself: find out who did",
                         node->name, type, print, known);
    }
    if (other != NULL)
        return fault_set(fault, FAULT_HOST_KEY, "", 0,
                         "%.80s shows only a host key of a type that known_hosts lacks: %s %s "
                         "(known: %s); compare it on the appliance, then add it",
                         node->name, type, print, other->type);
    return fault_set(
        fault, FAULT_HOST_KEY, "", 0,
        "the host key of %.80s is not known: %s %s; compare it on the appliance, then "
        "set host_key = %s or add the line of `ssh-keyscan -p %u %.60s` to known_hosts",
        node->name, type, print, print, node->ssh_port, node->address);
}

bool hostkey_verify(const struct hostkey *hostkey, const struct link *link, struct fault *fault)
{
    const struct config_node *node = hostkey->fetch->node;
    ssh_key key = NULL;
    char print[PRINT_BYTES];
    if (ssh_get_server_publickey(link->session, &key) != SSH_OK || !print_key(key, print)) {
        ssh_key_free(key);
        return fault_set(fault, FAULT_INTERNAL, "", 0, "libssh does not tell the host key of %s",
                         node->name);
    }
    const char *type = ssh_key_type_to_char(ssh_key_type(key));
    bool same = node->host_key != NULL ? verify_print(node, type, print, fault)
                                       : verify_known(hostkey, key, type, print, fault);
    ssh_key_free(key);
    return same;
}

void hostkey_free(struct hostkey *hostkey)
{
    for (size_t i = 0; i < hostkey->count; i++)
        ssh_key_free(hostkey->entries[i].key);
    *hostkey = (struct hostkey){.count = 0};
}
