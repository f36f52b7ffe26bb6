/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_CERTIFICATE_H
#define TESTS_APPLIANCE_CERTIFICATE_H

/*
 * The certificates of the simulator, made anew at every start with GnuTLS: ECDSA on P-256, for
 * example.com, *.example.com and 127.0.0.1.
 */

#include <stdbool.h>

enum certificate_kind {
    CERTIFICATE_GOOD,        /* signed by the CA */
    CERTIFICATE_EXPIRED,     /* the same key and CA, over since yesterday */
    CERTIFICATE_SELF_SIGNED, /* of another key */
    CERTIFICATE_KINDS
};

struct certificate {
    char *pem; /* NUL-terminated, as for libmicrohttpd */
    char *key_pem;
};

struct certificate_set {
    char *ca_pem;
    struct certificate of[CERTIFICATE_KINDS];
    char pin[64]; /* public key of the good one: "sha256//" and base64, as libcurl wants it */
};

/* Makes all. The texts are malloc'ed and released by certificate_free(). False: GnuTLS failed. */
bool certificate_make(struct certificate_set *set);
void certificate_free(struct certificate_set *set);

#endif
