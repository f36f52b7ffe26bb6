/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_RECENT_H
#define PLUGIN_FETCH_RECENT_H

/*
 * /xml/status is asked at most once a minute per appliance (asyncos-http.md 4, V), also by several
 * runs: the last answer and its time are kept in a folder of the user.
 */

#include "plugin/fetch/fetch.h"

enum { RECENT_S = 60 };

enum recent {
    RECENT_ASK,       /* go ahead: the attempt is already noted */
    RECENT_ANSWER,    /* asked less than RECENT_S ago: BYTES and TAKEN_AT are that answer */
    RECENT_NO_ANSWER, /* asked less than RECENT_S ago, without an answer; TAKEN_AT is when */
    RECENT_NO_PLACE   /* no folder to note it in (FAULT says why): it may not be asked */
};

/*
 * The folder: config->cache_dir, else $CACHE_DIRECTORY, else the first that can be used of
 * $XDG_CACHE_HOME/postcheck, $HOME/.cache/postcheck, /tmp/postcheck-UID; made 0700 when missing,
 * refused when it is not the caller's own or others may write to it. Two runs at the same moment:
 * one asks, the other waits for the lock, for half of its time at most. After RECENT_ASK the lock
 * is held until one of the next two is called, or the process ends.
 */
enum recent recent_begin(const struct fetch *fetch, struct span *bytes, int64_t *taken_at,
                         struct fault *fault);

/* Keeps what was answered (already redacted) after RECENT_ASK. Empty: no answer. */
void recent_end(const struct fetch *fetch, struct span bytes);

/* Takes the note back after RECENT_ASK: there was no connection, so nothing was asked. */
void recent_cancel(const struct fetch *fetch);

#endif
