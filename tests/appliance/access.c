/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/access.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "tests/appliance/journal.h"

enum { GRANT_BYTES = 24 };

struct grant {
    struct grant *next;
    const struct sim_node *node;
    char *client;
    int64_t ends_ms;
    char text[2 * GRANT_BYTES + 1];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct grant *grants;

bool access_passphrase(struct sim *sim, struct sim_node *node, const char *on, const char *method,
                       struct span user, struct span passphrase)
{
    char name[65];
    int64_t value;
    const struct span head = text_head(user, sizeof(name) - 1);
    const bool right = text_is(user, sim->user) && text_is(passphrase, sim->passphrase);
    const bool refused = sim_fault(sim, node, on, "login-refused", 0, &value) ||
                         sim_fault(sim, node, "https", "login-refused", 0, &value);
    if (head.n > 0)
        memcpy(name, head.p, head.n);
    name[head.n] = '\0';
    if (!right || refused)
        sim_failed_login(node);
    journal(sim, node, on, "auth", "method", method, "user", name, "ok",
            right && !refused ? "yes" : "no", (const char *)NULL);
    return right && !refused;
}

const char *access_grant(struct arena *arena, const struct sim_node *node, const char *client,
                         int64_t life_s)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char random[GRANT_BYTES];
    struct grant *grant = calloc(1, sizeof(*grant));
    if (grant == NULL || (grant->client = strdup(client)) == NULL ||
        gnutls_rnd(GNUTLS_RND_KEY, random, sizeof(random)) != 0)
        abort();
    for (size_t i = 0; i < sizeof(random); i++) {
        grant->text[2 * i] = hex[random[i] >> 4];
        grant->text[2 * i + 1] = hex[random[i] & 15];
    }
    grant->node = node;
    grant->ends_ms = sim_now_ms() + life_s * 1000;
    const char *text = arena_dup(arena, text_of(grant->text));
    (void)pthread_mutex_lock(&lock);
    grant->next = grants;
    grants = grant;
    (void)pthread_mutex_unlock(&lock);
    return text;
}

enum access_verdict access_check(const struct sim_node *node, const char *client, const char *text)
{
    enum access_verdict verdict = ACCESS_UNKNOWN;
    (void)pthread_mutex_lock(&lock);
    for (const struct grant *grant = grants; grant != NULL; grant = grant->next)
        if (grant->node == node && strcmp(grant->text, text) == 0 &&
            strcmp(grant->client, client) == 0)
            verdict = sim_now_ms() < grant->ends_ms ? ACCESS_GRANTED : ACCESS_EXPIRED;
    (void)pthread_mutex_unlock(&lock);
    return verdict;
}

void access_withdraw(const struct sim_node *node, const char *text)
{
    (void)pthread_mutex_lock(&lock);
    for (struct grant **at = &grants; *at != NULL;) {
        struct grant *grant = *at;
        if (node != NULL && (grant->node != node || strcmp(grant->text, text) != 0)) {
            at = &grant->next;
            continue;
        }
        *at = grant->next;
        free(grant->client);
        free(grant);
    }
    (void)pthread_mutex_unlock(&lock);
}

void access_free(void)
{
    access_withdraw(NULL, NULL);
}
