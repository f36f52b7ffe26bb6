/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/explain.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <string.h>

/* Certificates, by OpenSSL's number. */
static const struct {
    long verify;
    const char *words;
} certificates[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "has expired: renew it on the appliance, or set tls_pin"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet: compare the clocks, or set tls_pin"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     "is self-signed: set ca_file to it, or tls_pin to its key"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     "is of an authority that is not known here: set ca_file to it, or tls_pin"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
     "is of an authority that is not known here: set ca_file to it, or tls_pin"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     "is of an authority that is not known here: set ca_file to it, or tls_pin"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
     "is of an authority that is not known here: set ca_file to it, or tls_pin"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "has a signature that is not its authority's"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too short: renew it on the appliance"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "is signed with a weak hash: renew it on the appliance"},
    {X509_V_ERR_HOSTNAME_MISMATCH,
     "is for another name: name the appliance as its certificate does, or set tls_pin"},
};

static bool explain_certificate(const struct config_node *node, unsigned port, const char *id,
                                const struct explain_failure *failure, struct fault *fault)
{
    struct span text = text_of(failure->text);
    long verify = failure->verify;
    if (text_find_nocase(text, "subject name") >= 0)
        verify = X509_V_ERR_HOSTNAME_MISMATCH; /* libcurl compares names by itself */
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++)
        if (certificates[i].verify == verify)
            return fault_set(fault, FAULT_CERTIFICATE, id, 0,
                             "the certificate of %.64s on port %u %s", node->name, port,
                             certificates[i].words);
    return fault_set(fault, FAULT_CERTIFICATE, id, 0,
                     "the certificate of %.64s on port %u is not trusted (%.*s): set ca_file or "
                     "tls_pin",
                     node->name, port, FAULT_QUOTE(text));
}

/* OpenSSL's reasons for a handshake that failed, the first row that fits. */
static const struct {
    const char *text;
    enum fault_kind kind;
    const char *words;
} handshakes[] = {
    {"wrong version number", FAULT_SYNTAX, "does not speak TLS"},
    {"packet length too long", FAULT_SYNTAX, "does not speak TLS"},
    {"http request", FAULT_SYNTAX, "does not speak TLS"},
    {"unknown protocol", FAULT_SYNTAX, "does not speak TLS"},
    {"bad record type", FAULT_SYNTAX, "does not speak TLS"},
    {"record overflow", FAULT_SYNTAX, "does not speak TLS"},
    {"unsupported protocol", FAULT_ALGORITHM, "speaks only versions of TLS before 1.2"},
    {"wrong ssl version", FAULT_ALGORITHM, "speaks only versions of TLS before 1.2"},
    {"protocol version", FAULT_ALGORITHM, "has no version of TLS in common: 1.2 is the least"},
    {"handshake failure", FAULT_ALGORITHM, "has no TLS cipher in common"},
    {"no shared cipher", FAULT_ALGORITHM, "has no TLS cipher in common"},
    {"too small", FAULT_ALGORITHM, "uses TLS keys that are too short"},
    {"eof", FAULT_DROPPED, "closed the connection during the TLS handshake"},
    {"SYSCALL", FAULT_DROPPED, "closed the connection during the TLS handshake"},
    {"reset", FAULT_DROPPED, "closed the connection during the TLS handshake"},
};

static bool explain_handshake(unsigned port, const char *id, const struct explain_failure *failure,
                              struct fault *fault)
{
    struct span text = text_of(failure->text);
    for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++)
        if (text_find_nocase(text, handshakes[i].text) >= 0)
            return fault_set(fault, handshakes[i].kind, id, 0, "port %u %s (%.*s)", port,
                             handshakes[i].words, FAULT_QUOTE(text));
    return fault_set(fault, FAULT_ALGORITHM, id, 0, "TLS with port %u failed: %.*s", port,
                     FAULT_QUOTE(text));
}

static bool explain_timeout(unsigned port, const char *id, const struct explain_failure *failure,
                            struct fault *fault)
{
    double limit_s = failure->limit_ms / 1000.0;
    switch (failure->phase) {
    case EXPLAIN_CONNECTING:
        return fault_set(fault, FAULT_TIMEOUT, id, 0,
                         "no connection to port %u in %.3g s: a firewall in between, or the "
                         "appliance is down",
                         port, limit_s);
    case EXPLAIN_SHAKING:
        return fault_set(fault, FAULT_TIMEOUT, id, 0,
                         "port %u took the connection, but no TLS in %.3g s", port, limit_s);
    case EXPLAIN_ASKING:
        return fault_set(fault, FAULT_TIMEOUT, id, 0, "no answer on port %u in %.3g s", port,
                         limit_s);
    case EXPLAIN_ANSWERING:
    default:
        return fault_set(fault, FAULT_TIMEOUT, id, 0,
                         "the answer on port %u was not complete after %.3g s (%zu bytes came)",
                         port, limit_s, failure->bytes);
    }
}

static bool explain_connect(const struct config_node *node, unsigned port, const char *id,
                            const struct explain_failure *failure, struct fault *fault)
{
    if (node->https_proxy != NULL)
        return fault_set(fault, FAULT_INTERNAL, id, 0,
                         "the proxy (https_proxy) cannot be reached: %s",
                         failure->error == 0 ? "no connection" : strerror(failure->error));
    if (failure->error == ECONNREFUSED && failure->met)
        return fault_set(fault, FAULT_RESTARTING, id, 0,
                         "port %u was open before and refuses connections now: restarting", port);
    if (failure->error == ECONNREFUSED)
        return fault_set(fault, FAULT_UNSUPPORTED, id, 0,
                         "port %u refuses connections: the service is not enabled on this "
                         "interface (interfaceconfig), or still starting",
                         port);
    return fault_set(fault, FAULT_UNREACHABLE, id, 0, "no connection to %.64s port %u: %s",
                     node->address, port,
                     failure->error == 0 ? "not reachable" : strerror(failure->error));
}

static bool explain_lost(const struct config_node *node, unsigned port, const char *id,
                         const struct explain_failure *failure, struct fault *fault)
{
    if (node->https_proxy != NULL && failure->phase < EXPLAIN_ASKING)
        return fault_set(fault, FAULT_INTERNAL, id, 0,
                         "the proxy (https_proxy) did not connect: %.*s",
                         FAULT_QUOTE(text_of(failure->text)));
    if (failure->phase == EXPLAIN_ANSWERING)
        return fault_set(fault, FAULT_CUT, id, 0,
                         "port %u closed the connection in the middle of the answer (%zu bytes "
                         "came)",
                         port, failure->bytes);
    return fault_set(fault, FAULT_DROPPED, id, 0, "port %u closed the connection without an answer",
                     port);
}

bool explain_failure(const struct config_node *node, unsigned port, const char *id,
                     const struct explain_failure *failure, struct fault *fault)
{
    struct span text = text_of(failure->text);
    if (failure->too_big)
        return fault_set(fault, FAULT_TOO_BIG, id, 0,
                         "the answer on port %u is longer than allowed (stopped after %zu bytes)",
                         port, failure->bytes);
    switch (failure->code) {
    case CURLE_OPERATION_TIMEDOUT:
        return explain_timeout(port, id, failure, fault);
    case CURLE_COULDNT_CONNECT:
        return explain_connect(node, port, id, failure, fault);
    case CURLE_COULDNT_RESOLVE_HOST:
        return fault_set(fault, FAULT_UNREACHABLE, id, 0,
                         "the name %.100s does not resolve: set address", node->address);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return fault_set(fault, FAULT_INTERNAL, id, 0,
                         "the proxy (https_proxy) cannot be used: %.*s", FAULT_QUOTE(text));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return explain_certificate(node, port, id, failure, fault);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return fault_set(fault, FAULT_CERTIFICATE, id, 0,
                         "the certificate on port %u has another key than tls_pin: compare it, "
                         "then set the new pin",
                         port);
    case CURLE_SSL_CACERT_BADFILE:
        if (node->ca_file == NULL)
            return fault_set(fault, FAULT_CERTIFICATE, id, 0,
                             "no authorities are installed on this machine to check the "
                             "certificate by: set ca_file or tls_pin");
        return fault_set(fault, FAULT_INTERNAL, id, 0, "ca_file %.160s holds no certificate",
                         node->ca_file);
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CONNECT_ERROR:
        return explain_handshake(port, id, failure, fault);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return explain_lost(node, port, id, failure, fault);
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_OUT_OF_MEMORY: /* a header line without end */
        return fault_set(fault, FAULT_TOO_BIG, id, 0,
                         "the answer on port %u is longer than allowed", port);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return fault_set(fault, FAULT_SYNTAX, id, 0, "port %u answers, but not with HTTP: %.*s",
                         port, FAULT_QUOTE(text));
    default:
        return fault_set(fault, FAULT_INTERNAL, id, 0, "port %u: %s (%.*s)", port,
                         curl_easy_strerror((CURLcode)failure->code), FAULT_QUOTE(text));
    }
}
