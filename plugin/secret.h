/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_SECRET_H
#define PLUGIN_SECRET_H

/*
 * Passphrases (design.md 7). They are read late (in the process that asks one appliance), kept in
 * locked memory (zeros in a process that is forked later), wiped after use, and never printed: no
 * function here puts one into a fault.
 */

#include "plugin/config.h"

struct secret {
    char *bytes; /* NUL-terminated, in pages of its own; NULL = none */
    size_t n;    /* not to be changed: it tells how much to wipe */
};

/* No core dump, no ptrace by other processes of the user: before anything secret is read. */
void secret_harden(void);

/* The secrets of this process are wiped: it may be traced again. There is still no core dump. */
void secret_soften(void);

/*
 * The passphrase of USER on NODE:
 *  - credentials_file: lines "NODE-or-* USER PASSPHRASE" (blanks may align the columns; the
 *    passphrase is the rest of the line, blanks and all, without its LF or CR LF), '#' comments; a
 *    line of the node's own name (letter case ignored) counts before "*". Two lines that fit
 * equally well are a fault: each wrong guess counts towards a lockout; a value without '/' or
 * "$CREDENTIALS_DIRECTORY/NAME" is that file of $CREDENTIALS_DIRECTORY;
 *  - without credentials_file: the file $CREDENTIALS_DIRECTORY/<node name>, its one line.
 * USER may also be the path of an identity file (without blanks): the passphrase of that key.
 * The file is opened O_NOFOLLOW and refused unless it is a regular file of the caller or root
 * without group-write and without any bit for others.
 * False with FAULT, its origin the file (LOGIN: no file is configured, or no line for this node and
 * user; INTERNAL: file cannot be read or is refused, with the remedy as a chmod); SECRET is then
 * empty. USER may be NULL: LOGIN.
 */
bool secret_find(const struct config_node *node, const char *user, struct secret *secret,
                 struct fault *fault);

/* Overwrites and releases. Empty ones are fine. */
void secret_wipe(struct secret *secret);

/* Copies SPAN into a new secret: for a session token. Empty for an empty SPAN or without memory. */
struct secret secret_copy(struct span span);

#endif
