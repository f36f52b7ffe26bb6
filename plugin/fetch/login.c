/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin/file.h"

enum { MAX_ROUNDS = 8, AGENT_SECONDS = 5 };

static const char once[] =
    "nothing else is tried, for more than ten failed logins in two minutes lock this address out";

static bool has_one_of(struct span text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_find_nocase(text, words[i]) >= 0)
            return true;
    return false;
}

bool login_says_expired(struct span text)
{
    static const char *const words[] = {
        "new password",
        "new passphrase",
        "change your pass",
        "password has expired",
        "passphrase has expired",
        "password is expired",
        "passphrase is expired",
        "must change",
        "must be changed",
        "needs to be changed",
        "current passphrase",
        "current password",
        "password expired",
        "passphrase expired",
        "old password",
        "old passphrase",
        "password change required",
    };
    return has_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

/* The passphrase of the key, asked for by libssh only when the file is encrypted. */
struct key_secret {
    const struct config_node *node;
    bool asked;
    bool found;
};

static int give_passphrase(const char *prompt, char *buffer, size_t size, int echo, int verify,
                           void *data)
{
    struct key_secret *wanted = data;
    struct secret secret = {NULL, 0};
    (void)prompt;
    (void)echo;
    (void)verify;
    wanted->asked = true;
    wanted->found = secret_find(wanted->node, wanted->node->identity_file, &secret, NULL) &&
                    secret.bytes != NULL && secret.n < size;
    if (wanted->found)
        memcpy(buffer, secret.bytes, secret.n + 1);
    secret_wipe(&secret);
    return wanted->found ? 0 : -1;
}

static bool read_key(struct login *login, struct fault *fault)
{
    const struct config_node *node = login->fetch->node;
    const char *path = node->identity_file;
    struct key_secret wanted = {.node = node};
    int rc = ssh_pki_import_privkey_file(path, NULL, give_passphrase, &wanted, &login->key);
    if (rc == SSH_OK)
        return true;
    if (rc == SSH_EOF || access(path, R_OK) != 0)
        return fault_set(fault, FAULT_LOGIN, "identity_file", 0, "%.200s cannot be read: %s", path,
                         access(path, R_OK) != 0 ? strerror(errno) : "it is no file of a key");
    if (wanted.asked && !wanted.found)
        return fault_set(fault, FAULT_LOGIN, "identity_file", 0,
                         "the key %.100s has a passphrase: load it into an SSH agent and set "
                         "agent = yes, or add a line \"%.60s %.60s PASSPHRASE\" to the credentials",
                         path, node->name, path);
    if (wanted.asked)
        return fault_set(fault, FAULT_LOGIN, "identity_file", 0,
                         "the passphrase in the credentials does not open the key %.200s", path);
    return fault_set(fault, FAULT_LOGIN, "identity_file", 0,
                     "%.200s is no private key that libssh reads", path);
}

static unsigned long number(const unsigned char *p)
{
    return (unsigned long)p[0] << 24 | (unsigned long)p[1] << 16 | (unsigned long)p[2] << 8 | p[3];
}

/* How many keys the agent at PATH holds; -1 when it does not tell. */
static long agent_keys(const char *path)
{
    /* SSH2_AGENTC_REQUEST_IDENTITIES is 11, its answer 12 with the number of keys behind it. */
    static const unsigned char request[] = {0, 0, 0, 1, 11};
    const struct timeval limit = {.tv_sec = AGENT_SECONDS};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    unsigned char answer[9];
    size_t got;
    if (path == NULL || strlen(path) >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    bool told = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
                send(fd, request, sizeof(request), MSG_NOSIGNAL) == (ssize_t)sizeof(request) &&
                file_read_all(fd, answer, sizeof(answer), &got) && got == sizeof(answer) &&
                answer[4] == 12;
    (void)close(fd);
    return told ? (long)number(answer + 5) : -1;
}

/* Each key that an agent offers is an attempt: it must hold exactly one. */
static bool check_agent(struct fault *fault)
{
    const char *path = getenv("SSH_AUTH_SOCK");
    long keys = agent_keys(path);
    if (path == NULL || keys < 0)
        return fault_set(fault, FAULT_LOGIN, "agent", 0,
                         "agent = yes, but no SSH agent answers at $SSH_AUTH_SOCK");
    if (keys == 0)
        return fault_set(fault, FAULT_LOGIN, "agent", 0, "the SSH agent holds no key: ssh-add");
    return keys == 1 ||
           fault_set(fault, FAULT_LOGIN, "agent", 0,
                     "the SSH agent holds %ld keys, and each would be an attempt of its own: start "
                     "one with the key for the appliances only, or use identity_file",
                     keys);
}

bool login_prepare(struct login *login, struct fetch *fetch, struct fault *fault)
{
    const struct config_node *node = fetch->node;
    *login = (struct login){.fetch = fetch};
    if (node->user == NULL)
        return fault_set(fault, FAULT_LOGIN, "user", 0, "no user is configured for %.120s",
                         node->name);
    if (node->agent)
        return check_agent(fault);
    if (node->identity_file != NULL)
        return read_key(login, fault);
    if (fetch->passphrase_refused)
        return fault_set(fault, FAULT_LOGIN, "", 0,
                         "another interface refused the passphrase of %.60s: it is not tried again",
                         node->user);
    return fetch_secret(fetch, fault);
}

/* What every step needs. */
struct attempt {
    struct login *login;
    const struct link *link;
    int64_t deadline_ms;
    struct fault *fault;
    const char *method; /* for the sentences: "the key /etc/…", "the passphrase" */
};

static bool late(const struct attempt *a)
{
    return fault_set(a->fault, FAULT_TIMEOUT, "", 0, "the login of %.60s did not end in time",
                     a->login->fetch->node->user);
}

/* What RC, the end of an attempt, means. */
static bool judge(const struct attempt *a, int rc)
{
    struct fetch *fetch = a->login->fetch;
    const char *user = fetch->node->user;
    struct span error = text_of(ssh_get_error(a->link->session));
    bool passphrase = a->login->key == NULL && !fetch->node->agent;
    if (rc == SSH_AUTH_SUCCESS) {
        fetch->passphrase_accepted |= passphrase;
        return true;
    }
    if (rc == SSH_AUTH_PARTIAL) {
        fetch->passphrase_accepted |= passphrase;
        return fault_set(a->fault, FAULT_FACTOR, "", 0,
                         "a second factor is asked for after %s of %.60s: use an account without "
                         "one for monitoring",
                         a->method, user);
    }
    if (rc == SSH_AUTH_DENIED || text_find_nocase(error, "too many auth") >= 0) {
        fetch->passphrase_refused |= passphrase;
        return fault_set(a->fault, FAULT_LOGIN, "", 0, "%s of %.60s was refused; %s", a->method,
                         user, once);
    }
    return link_fault(a->link, "the login", a->fault);
}

/* A question of the appliance that is not the one for the passphrase. */
static bool other_question(const struct attempt *a, struct span instruction, struct span prompt)
{
    struct span quote = text_trim(prompt.n != 0 ? prompt : instruction);
    if (login_says_expired(prompt) || login_says_expired(instruction)) {
        a->login->fetch->passphrase_accepted = true;
        return fault_set(a->fault, FAULT_EXPIRED, "", 0,
                         "the passphrase of %.60s must be changed first, log in by hand once: "
                         "'%.*s'",
                         a->login->fetch->node->user, FAULT_QUOTE(quote));
    }
    return fault_set(a->fault, FAULT_FACTOR, "", 0,
                     "a second factor is asked for: '%.*s'; use an account without one for "
                     "monitoring",
                     FAULT_QUOTE(quote));
}

/* The one hidden prompt that is answered. */
static bool wants_passphrase(struct span prompt, char echo)
{
    static const char *const words[] = {"password", "passphrase"};
    static const char *const others[] = {"one-time", "code", "token", "otp", "again", "retype"};
    return echo == 0 && has_one_of(prompt, words, 2) && !login_says_expired(prompt) &&
           !has_one_of(prompt, others, sizeof(others) / sizeof(others[0]));
}

/* Answers one round of questions. False: FAULT is set, and the login is over. */
static bool answer(const struct attempt *a, bool *answered)
{
    ssh_session session = a->link->session;
    int count = ssh_userauth_kbdint_getnprompts(session);
    struct span instruction = text_of(ssh_userauth_kbdint_getinstruction(session));
    char echo = 0;
    if (count == 0)
        return !login_says_expired(instruction) || other_question(a, instruction, text_of(NULL));
    struct span prompt = text_of(ssh_userauth_kbdint_getprompt(session, 0, &echo));
    if (*answered && wants_passphrase(prompt, echo)) /* the same once more: it was wrong */
        return judge(a, SSH_AUTH_DENIED);
    if (*answered || !wants_passphrase(prompt, echo))
        return other_question(a, instruction, prompt);
    if (count > 1)
        return other_question(a, instruction,
                              text_of(ssh_userauth_kbdint_getprompt(session, 1, &echo)));
    *answered = true;
    return ssh_userauth_kbdint_setanswer(session, 0, a->login->fetch->secret.bytes) >= 0 ||
           link_fault(a->link, "the login", a->fault);
}

static bool by_questions(const struct attempt *a)
{
    bool answered = false;
    int rounds = 0;
    for (;;) {
        int rc = ssh_userauth_kbdint(a->link->session, NULL, NULL);
        if (rc == SSH_AUTH_AGAIN) {
            if (!link_wait(a->link, a->deadline_ms))
                return late(a);
        } else if (rc != SSH_AUTH_INFO) {
            return judge(a, rc);
        } else if (++rounds > MAX_ROUNDS) {
            return fault_set(a->fault, FAULT_FACTOR, "", 0, "the login never stops asking");
        } else if (!answer(a, &answered)) {
            return false;
        }
    }
}

static int step(const struct attempt *a, unsigned method)
{
    ssh_session session = a->link->session;
    switch (method) {
    case SSH_AUTH_METHOD_PASSWORD:
        return ssh_userauth_password(session, NULL, a->login->fetch->secret.bytes);
    case SSH_AUTH_METHOD_PUBLICKEY:
        return a->login->key != NULL ? ssh_userauth_publickey(session, NULL, a->login->key)
                                     : ssh_userauth_agent(session, NULL);
    default:
        return ssh_userauth_none(session, NULL);
    }
}

/* Repeats METHOD's call until it has a result; false when the time is over first. */
static bool drive(const struct attempt *a, unsigned method, int *rc)
{
    while ((*rc = step(a, method)) == SSH_AUTH_AGAIN)
        if (!link_wait(a->link, a->deadline_ms))
            return late(a);
    return true;
}

static const char *offered(struct arena *arena, unsigned methods)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
                 {SSH_AUTH_METHOD_PASSWORD, "password"},
                 {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
                 {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"},
                 {SSH_AUTH_METHOD_HOSTBASED, "hostbased"}};
    const char *list = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((methods & names[i].bit) != 0)
            list = arena_printf(arena, "%s%s%s", list, *list == '\0' ? "" : ", ", names[i].name);
    return *list == '\0' ? "nothing" : list;
}

bool login_try(struct login *login, const struct link *link, int64_t deadline_ms,
               struct fault *fault)
{
    const struct fetch *fetch = login->fetch;
    const struct config_node *node = fetch->node;
    struct attempt a = {login, link, deadline_ms, fault, "the passphrase"};
    bool key = node->agent || login->key != NULL;
    if (key)
        a.method = node->agent ? "the agent's key"
                               : arena_printf(fetch->arena, "the key %.80s", node->identity_file);
    int rc;
    /* Carries no credential and is no attempt: it asks for the list of methods. */
    if (!drive(&a, SSH_AUTH_METHOD_NONE, &rc))
        return false;
    if (rc == SSH_AUTH_SUCCESS)
        return true;
    if (rc != SSH_AUTH_DENIED)
        return judge(&a, rc);
    unsigned methods = (unsigned)ssh_userauth_list(link->session, NULL);
    unsigned wanted =
        key ? SSH_AUTH_METHOD_PUBLICKEY : SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
    if ((methods & wanted) == 0)
        return fault_set(fault, FAULT_LOGIN, "", 0,
                         "%s of %.60s cannot be used: the appliance offers %s", a.method,
                         node->user, offered(fetch->arena, methods));
    if (!key && (methods & SSH_AUTH_METHOD_PASSWORD) == 0)
        return by_questions(&a);
    return drive(&a, key ? SSH_AUTH_METHOD_PUBLICKEY : SSH_AUTH_METHOD_PASSWORD, &rc) &&
           judge(&a, rc);
}

void login_free(struct login *login)
{
    ssh_key_free(login->key);
    login->key = NULL;
}
