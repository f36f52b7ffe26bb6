/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_FAULT_H
#define CHECKS_FAULT_H

/*
 * Why there is no answer: an error object of fixed size, owned by the caller, that never
 * allocates. The kind decides the state of the finding that it becomes; the text says it in words.
 */

#include <stdbool.h>

#include "checks/result.h"
#include "checks/text.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_NOT_CAPTURED, /* nobody asked, or nothing was kept */
    FAULT_EMPTY,        /* asked, and the answer was empty */
    FAULT_UNREACHABLE,  /* no connection: refused, no route, name does not resolve */
    FAULT_TIMEOUT,      /* no complete answer before the deadline */
    FAULT_HOST_KEY,     /* SSH host key not known */
    FAULT_HOST_CHANGED, /* SSH host key differs from the known one */
    FAULT_CERTIFICATE,  /* TLS certificate not trusted */
    FAULT_ALGORITHM,    /* SSH or TLS: no common algorithm or version */
    FAULT_LOGIN,        /* credentials refused */
    FAULT_EXPIRED,      /* the passphrase must be changed first */
    FAULT_FACTOR,       /* a second factor is asked for */
    FAULT_BUSY,         /* too many sessions */
    FAULT_FORBIDDEN,    /* logged in, but this role may not read it */
    FAULT_UNSUPPORTED,  /* unknown command, path or missing feature key */
    FAULT_RESTARTING,   /* the interface is coming up */
    FAULT_CUT,          /* the answer ends early */
    FAULT_DROPPED,      /* the connection was lost in the middle: a reboot, an idle logout */
    FAULT_QUESTION,     /* the command asks something that is never answered */
    FAULT_TOO_BIG,      /* over a limit of ours */
    FAULT_SYNTAX,       /* answered, but not in a form that is recognised */
    FAULT_INTERNAL,     /* our own failure */
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    unsigned line;    /* in the document, 1 = first; 0 = no line */
    char origin[128]; /* document id, file or option that it is about; may be empty */
    char text[320];   /* one sentence without full stop, one line, cut when longer */
};

/* Fills FAULT (which may be NULL: then nothing happens). Always returns false, for "return". */
bool fault_set(struct fault *fault, enum fault_kind kind, const char *origin, unsigned line,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A copy of FAULT that lives as long as ARENA. */
const struct fault *fault_keep(struct arena *arena, const struct fault *fault);

/* The word used in capture.json: "timeout", "login" … */
const char *fault_word(enum fault_kind kind);

/* The kind of a word of fault_word(); FAULT_INTERNAL for a word that is not known. */
enum fault_kind fault_kind_of(struct span word);

/*
 * State of a finding made from a fault of this kind. An appliance that cannot be reached and a
 * changed host key are proven alarms (CRITICAL, monitoring-ecosystem.md 1.2); a GUI that is
 * restarting is PENDING; everything else is ignorance (UNKNOWN).
 */
enum state fault_state(enum fault_kind kind);

/*
 * Longest quotation of remote text inside a fault's sentence, as a printf precision:
 * fault_set(…, "not a number: '%.*s'", FAULT_QUOTE(span)). Cleaned when it becomes a finding.
 */
#define FAULT_QUOTE(span) (int)((span).n > 120 ? 120 : (span).n), ((span).n ? (span).p : "")

#endif
