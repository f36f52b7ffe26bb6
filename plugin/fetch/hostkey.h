/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_HOSTKEY_H
#define PLUGIN_FETCH_HOSTKEY_H

/*
 * Is it the appliance that we mean? Its SSH host key against `host_key` or `known_hosts` of the
 * configuration. The files of the user and the system are never read, and nothing is ever added.
 */

#include "plugin/fetch/link.h"

struct hostkey_entry {
    ssh_key key;
    const char *type; /* "ssh-ed25519"; of libssh */
    bool revoked;     /* "@revoked": never to be trusted */
};

struct hostkey {
    const struct fetch *fetch;
    struct hostkey_entry *entries; /* of the node in known_hosts */
    size_t count;
};

/*
 * Reads what is known of FETCH's node: entries for its address, and for its name, in known_hosts
 * ("[host]:port" unless the port is 22). False with FAULT (HOST_KEY: neither file nor fingerprint
 * is configured; INTERNAL: the file cannot be read). hostkey_free() in any case.
 */
bool hostkey_read(struct hostkey *hostkey, const struct fetch *fetch, struct fault *fault);

/* The key types to ask for, those that are known first, for link_open(); NULL = no preference. */
const char *hostkey_types(const struct hostkey *hostkey);

/*
 * Compares the key that LINK's appliance showed. False with FAULT: HOST_KEY (not known: with its
 * type, fingerprint and remedy), HOST_CHANGED (with both fingerprints, or the key is revoked).
 */
bool hostkey_verify(const struct hostkey *hostkey, const struct link *link, struct fault *fault);

void hostkey_free(struct hostkey *hostkey);

#endif
