/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/warm.h"

#include <libssh/libssh.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "plugin/fetch/http.h"

/* Key exchange and host key of today's servers, OpenSSH's and TLS 1.3's first choices. */
static void use_keys(void)
{
    static const char *const names[] = {"X25519", "ED25519", "EC", "RSA"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, names[i], NULL);
        EVP_PKEY *key = NULL;
        if (context != NULL && i < 2 && EVP_PKEY_keygen_init(context) == 1)
            (void)EVP_PKEY_generate(context, &key);
        EVP_PKEY_free(key);
        EVP_PKEY_CTX_free(context);
    }
}

static void use_algorithms(void)
{
    static const char *const ciphers[] = {"CHACHA20", "AES-256-GCM", "AES-128-GCM", "AES-256-CTR"};
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512", "SHA1"};
    static const char *const macs[] = {"HMAC", "POLY1305"};
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, ciphers[i], NULL);
        EVP_CIPHER_free(cipher);
        EVP_MD *digest = EVP_MD_fetch(NULL, digests[i], NULL);
        EVP_MD_free(digest);
    }
    for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
        EVP_MAC *mac = EVP_MAC_fetch(NULL, macs[i], NULL);
        EVP_MAC_free(mac);
    }
}

void warm_up(void)
{
    http_start();
    (void)ssh_init();
    use_algorithms();
    use_keys();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *connection = context == NULL ? NULL : SSL_new(context);
    SSL_free(connection);
    SSL_CTX_free(context);
    ssh_session session = ssh_new();
    ssh_free(session);
}
