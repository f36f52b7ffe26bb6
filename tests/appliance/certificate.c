/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/certificate.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

/* A key with its certificate. */
struct pair {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
};

/* What a certificate says beside its key. */
struct wish {
    const char *name;
    bool is_ca;
    int from_days, to_days; /* from now */
};

static char *copy_text(const gnutls_datum_t *datum)
{
    char *text = malloc((size_t)datum->size + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, datum->data, datum->size);
    text[datum->size] = '\0';
    return text;
}

static bool make_key(gnutls_x509_privkey_t *key)
{
    return gnutls_x509_privkey_init(key) == 0 &&
           gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) == 0;
}

static bool add_names(gnutls_x509_crt_t crt)
{
    static const char *const hosts[] = {"*.example.com", "example.com", "localhost"};
    static const unsigned char loopback[] = {127, 0, 0, 1};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, hosts[i],
                                                 (unsigned)strlen(hosts[i]),
                                                 GNUTLS_FSAN_APPEND) != 0)
            return false;
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback,
                                                sizeof(loopback), GNUTLS_FSAN_APPEND) == 0 &&
           gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) == 0;
}

/* A certificate for KEY as WISH says, signed by ISSUER (NULL: by itself). */
static bool make_crt(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t key, const struct wish *wish,
                     const struct pair *issuer)
{
    const time_t now = time(NULL);
    unsigned char serial[16], id[20];
    size_t size = sizeof(id);
    if (gnutls_x509_crt_init(crt) != 0 || gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)) != 0)
        return false;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
    if (gnutls_x509_crt_set_version(*crt, 3) != 0 || gnutls_x509_crt_set_key(*crt, key) != 0 ||
        gnutls_x509_crt_set_serial(*crt, serial, sizeof(serial)) != 0 ||
        gnutls_x509_crt_set_activation_time(*crt, now + (time_t)wish->from_days * DAY_S) != 0 ||
        gnutls_x509_crt_set_expiration_time(*crt, now + (time_t)wish->to_days * DAY_S) != 0 ||
        gnutls_x509_crt_set_dn_by_oid(*crt, GNUTLS_OID_X520_COMMON_NAME, 0, wish->name,
                                      (unsigned)strlen(wish->name)) != 0 ||
        gnutls_x509_crt_set_basic_constraints(*crt, wish->is_ca, -1) != 0 ||
        gnutls_x509_crt_set_key_usage(*crt, wish->is_ca ? GNUTLS_KEY_KEY_CERT_SIGN
                                                        : GNUTLS_KEY_DIGITAL_SIGNATURE) != 0 ||
        gnutls_x509_crt_get_key_id(*crt, 0, id, &size) != 0 ||
        gnutls_x509_crt_set_subject_key_id(*crt, id, size) != 0)
        return false;
    if (issuer != NULL) {
        size = sizeof(id);
        if (gnutls_x509_crt_get_subject_key_id(issuer->crt, id, &size, NULL) != 0 ||
            gnutls_x509_crt_set_authority_key_id(*crt, id, size) != 0)
            return false;
    }
    if (!wish->is_ca && !add_names(*crt))
        return false;
    return gnutls_x509_crt_sign2(*crt, issuer != NULL ? issuer->crt : *crt,
                                 issuer != NULL ? issuer->key : key, GNUTLS_DIG_SHA256, 0) == 0;
}

static bool export_crt(gnutls_x509_crt_t crt, char **pem)
{
    gnutls_datum_t out = {NULL, 0};
    if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out) != 0)
        return false;
    *pem = copy_text(&out);
    gnutls_free(out.data);
    return *pem != NULL;
}

static bool export_key(gnutls_x509_privkey_t key, char **pem)
{
    gnutls_datum_t out = {NULL, 0};
    if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                          &out) != 0)
        return false;
    *pem = copy_text(&out);
    gnutls_free(out.data);
    return *pem != NULL;
}

/* The pin is the SHA-256 of the public key as it stands in the certificate. */
static bool make_pin(gnutls_x509_crt_t crt, char *pin, size_t size)
{
    gnutls_pubkey_t key = NULL;
    gnutls_datum_t der = {NULL, 0}, text = {NULL, 0};
    unsigned char hash[32];
    gnutls_datum_t digest = {hash, sizeof(hash)};
    const bool done =
        gnutls_pubkey_init(&key) == 0 && gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
        gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) == 0 &&
        gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, hash) == 0 &&
        gnutls_base64_encode2(&digest, &text) == 0 &&
        snprintf(pin, size, "sha256//%.*s", (int)text.size, (const char *)text.data) < (int)size;
    gnutls_free(der.data);
    gnutls_free(text.data);
    if (key != NULL)
        gnutls_pubkey_deinit(key);
    return done;
}

/* One certificate of PAIR's key into OUT; PAIR keeps it. */
static bool make(struct pair *pair, const struct wish *wish, const struct pair *issuer,
                 struct certificate *out)
{
    return make_crt(&pair->crt, pair->key, wish, issuer) && export_crt(pair->crt, &out->pem) &&
           export_key(pair->key, &out->key_pem);
}

static void release(struct pair *pair)
{
    if (pair->crt != NULL)
        gnutls_x509_crt_deinit(pair->crt);
    if (pair->key != NULL)
        gnutls_x509_privkey_deinit(pair->key);
}

bool certificate_make(struct certificate_set *set)
{
    static const struct wish authority = {"postcheck test authority", true, -90, 30};
    static const struct wish good = {"appliance.example.com", false, -1, 30};
    static const struct wish expired = {"appliance.example.com", false, -60, -1};
    struct pair ca = {NULL, NULL}, ours = {NULL, NULL}, other = {NULL, NULL};
    struct pair old = {NULL, NULL};
    *set = (struct certificate_set){.ca_pem = NULL};
    bool done = make_key(&ca.key) && make_crt(&ca.crt, ca.key, &authority, NULL) &&
                export_crt(ca.crt, &set->ca_pem) && make_key(&ours.key) &&
                make(&ours, &good, &ca, &set->of[CERTIFICATE_GOOD]) &&
                make_pin(ours.crt, set->pin, sizeof(set->pin));
    old.key = ours.key; /* released with OURS */
    done = done && make(&old, &expired, &ca, &set->of[CERTIFICATE_EXPIRED]) &&
           make_key(&other.key) && make(&other, &good, NULL, &set->of[CERTIFICATE_SELF_SIGNED]);
    old.key = NULL;
    release(&old);
    release(&ours);
    release(&other);
    release(&ca);
    if (!done)
        certificate_free(set);
    return done;
}

void certificate_free(struct certificate_set *set)
{
    free(set->ca_pem);
    for (size_t i = 0; i < CERTIFICATE_KINDS; i++) {
        free(set->of[i].pem);
        free(set->of[i].key_pem);
    }
    *set = (struct certificate_set){.ca_pem = NULL};
}
