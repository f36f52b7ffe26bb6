/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/login.h"

#include <libssh/server.h>
#include <string.h>

#include "tests/appliance/journal.h"

static const char interactive[] = "keyboard-interactive";

static bool faulty(const struct login *login, const char *word)
{
    int64_t value;
    return sim_fault(login->sim, login->node, "ssh", word, 0, &value);
}

/* One attempt to log in, right or not. */
static bool attempt(struct login *login, const char *method, const char *user, bool right)
{
    right = right && (!login->interactive_only || strcmp(method, interactive) == 0) &&
            strcmp(user, login->sim->user) == 0 && !faulty(login, "login-refused");
    journal(login->sim, login->node, "ssh", "auth", "method", method, "user", user, "ok",
            right ? "yes" : "no", (const char *)NULL);
    if (!right) {
        login->tries++;
        sim_failed_login(login->node);
    }
    return right;
}

static void let_in(struct login *login)
{
    char open[16];
    login->done = true;
    sim_lock();
    (void)snprintf(open, sizeof(open), "%u", ++login->node->sessions);
    sim_unlock();
    journal(login->sim, login->node, "ssh", "session", "open", open, (const char *)NULL);
}

/* The first factor was right: logged in, or one more question. */
static int first_factor(struct login *login)
{
    if (faulty(login, "second-factor")) {
        login->passphrase_right = true;
        ssh_set_auth_methods(login->ssh, SSH_AUTH_METHOD_INTERACTIVE);
        return SSH_AUTH_PARTIAL;
    }
    let_in(login);
    return SSH_AUTH_SUCCESS;
}

static int on_none(ssh_session ssh, const char *user, void *context)
{
    const struct login *login = context;
    (void)ssh;
    journal(login->sim, login->node, "ssh", "methods", "user", user, (const char *)NULL);
    return SSH_AUTH_DENIED;
}

static int on_password(ssh_session ssh, const char *user, const char *password, void *context)
{
    struct login *login = context;
    (void)ssh;
    if (!attempt(login, "password", user, strcmp(password, login->sim->passphrase) == 0))
        return SSH_AUTH_DENIED;
    return first_factor(login);
}

static int on_key(ssh_session ssh, const char *user, struct ssh_key_struct *key, char state,
                  void *context)
{
    struct login *login = context;
    const bool known = ssh_key_cmp(key, login->user_key, SSH_KEY_CMP_PUBLIC) == 0;
    (void)ssh;
    if (state == SSH_PUBLICKEY_STATE_NONE && known && !login->interactive_only)
        return SSH_AUTH_SUCCESS; /* "would you take it?": no login yet */
    if (!attempt(login, "publickey", user, known && state == SSH_PUBLICKEY_STATE_VALID))
        return SSH_AUTH_DENIED;
    return first_factor(login);
}

static int ask(ssh_message message, const char *question)
{
    char echo = 0;
    const char *questions[] = {question};
    (void)ssh_message_auth_interactive_request(message, "", "", 1, questions, &echo);
    return 0;
}

/* keyboard-interactive: the passphrase, then perhaps a code that nobody has. */
static int on_message(ssh_session ssh, ssh_message message, void *context)
{
    struct login *login = context;
    if (ssh_message_type(message) != SSH_REQUEST_AUTH ||
        ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE)
        return 1;
    if (!ssh_message_auth_kbdint_is_response(message)) {
        const char *user = ssh_message_auth_user(message);
        (void)snprintf(login->user, sizeof(login->user), "%s", user == NULL ? "" : user);
        return ask(message, login->passphrase_right ? "Verification code: " : "Passphrase: ");
    }
    const char *answer =
        ssh_userauth_kbdint_getnanswers(ssh) == 1 ? ssh_userauth_kbdint_getanswer(ssh, 0) : NULL;
    const bool right =
        answer != NULL && !login->passphrase_right && strcmp(answer, login->sim->passphrase) == 0;
    if (!attempt(login, interactive, login->user, right))
        return login->asks_again ? ask(message, "Password: ") : 1;
    if (first_factor(login) == SSH_AUTH_PARTIAL)
        return ask(message, "Verification code: ");
    (void)ssh_message_auth_reply_success(message, 0);
    return 0;
}

void login_begin(struct login *login, struct ssh_server_callbacks_struct *callbacks)
{
    int64_t value = 0;
    int methods = SSH_AUTH_METHOD_INTERACTIVE;
    login->interactive_only =
        sim_fault(login->sim, login->node, "ssh", "interactive-only", 0, &value);
    login->asks_again = login->interactive_only && value != 0;
    if (!login->interactive_only)
        methods |= SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY;
    callbacks->userdata = login;
    callbacks->auth_none_function = on_none;
    callbacks->auth_password_function = on_password;
    callbacks->auth_pubkey_function = on_key;
    ssh_set_message_callback(login->ssh, on_message, login);
    ssh_set_auth_methods(login->ssh, methods);
}
