/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/session.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/appliance/journal.h"
#include "tests/appliance/login.h"
#include "tests/appliance/wire.h"

#if defined(__SANITIZE_ADDRESS__)
enum { STACK_BYTES = 2 * 1024 * 1024 };
#else
enum { STACK_BYTES = 256 * 1024 };
#endif
enum {
    LOGIN_TRIES = 6,
    PATIENCE_S = 600,
    STOP_S = 20,
    TICK_MS = 1000,
    LINGER_MS = 2000,
    INPUT_MAX = 1 << 20
};

struct session {
    struct sim *sim;
    struct sim_node *node;
    int fd;
    ssh_session ssh;
    ssh_event event;
    struct session_channel *channels;
    void (*shell)(struct session_channel *channel);
    struct login login;
    bool ended;
    bool in_shell, had_shell;
    struct session *next, *before; /* all that are open; under the lock of the list */
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t list_changed = PTHREAD_COND_INITIALIZER;
static struct session *sessions;
static ssh_key user_key;

/* The identity that the configuration names, and both host keys of each appliance. */
bool session_prepare(struct sim *sim)
{
    const char *private_path = arena_printf(sim->arena, "%s/id_ed25519", sim->dir);
    const char *public_path = arena_printf(sim->arena, "%s/id_ed25519.pub", sim->dir);
    if (ssh_init() != SSH_OK || ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &user_key) != SSH_OK)
        return false;
    (void)unlink(private_path);
    const mode_t mask = umask(0077);
    const int written = ssh_pki_export_privkey_file(user_key, NULL, NULL, NULL, private_path);
    (void)umask(mask);
    if (written != SSH_OK || ssh_pki_export_pubkey_file(user_key, public_path) != SSH_OK)
        return false;
    for (size_t i = 0; i < sim->node_count; i++) {
        ssh_key key = NULL, other = NULL;
        if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK ||
            ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &other) != SSH_OK)
            return false;
        sim->nodes[i].host_key = key;
        sim->nodes[i].other_host_key = other;
    }
    return true;
}

void session_free_keys(struct sim *sim)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        ssh_key_free(sim->nodes[i].host_key);
        ssh_key_free(sim->nodes[i].other_host_key);
    }
    ssh_key_free(user_key);
    (void)ssh_finalize();
}

static bool faulty(const struct session *session, const char *word)
{
    int64_t value;
    return sim_fault(session->sim, session->node, "ssh", word, 0, &value);
}

static int on_pty(ssh_session ssh, ssh_channel ssh_channel, const char *term, int columns, int rows,
                  int x, int y, void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel, (void)term, (void)x, (void)y;
    if (faulty(channel->session, "no-shell"))
        return SSH_ERROR;
    channel->pty = true;
    channel->columns = columns;
    channel->rows = rows;
    return SSH_OK;
}

static int on_resize(ssh_session ssh, ssh_channel ssh_channel, int columns, int rows, int x, int y,
                     void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel, (void)x, (void)y;
    channel->columns = columns;
    channel->rows = rows;
    return SSH_OK;
}

/* An appliance gives one shell per session (I). */
static int on_shell(ssh_session ssh, ssh_channel ssh_channel, void *context)
{
    struct session_channel *channel = context;
    struct session *session = channel->session;
    char columns[16], rows[16];
    (void)ssh, (void)ssh_channel;
    const bool refused =
        session->had_shell || channel->command != NULL || faulty(session, "no-shell");
    (void)snprintf(columns, sizeof(columns), "%d", channel->columns);
    (void)snprintf(rows, sizeof(rows), "%d", channel->rows);
    journal(session->sim, session->node, "ssh", "shell", "columns", columns, "rows", rows, "ok",
            refused ? "no" : "yes", (const char *)NULL);
    if (refused) {
        channel->refused = session->had_shell;
        return SSH_ERROR;
    }
    session->had_shell = channel->shell = channel->wanted = true;
    return SSH_OK;
}

static int on_exec(ssh_session ssh, ssh_channel ssh_channel, const char *command, void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel;
    if (channel->shell || channel->command != NULL)
        return SSH_ERROR;
    journal(channel->session->sim, channel->session->node, "ssh", "exec", "command", command,
            (const char *)NULL);
    channel->command = strdup(command);
    channel->wanted = channel->command != NULL;
    return channel->wanted ? SSH_OK : SSH_ERROR;
}

static int on_data(ssh_session ssh, ssh_channel ssh_channel, void *data, uint32_t n, int is_stderr,
                   void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel, (void)is_stderr;
    journal_bytes(channel->session->sim, channel->session->node, "ssh", "input", data, n);
    if (channel->used == channel->n)
        channel->used = channel->n = 0;
    if (n > INPUT_MAX || channel->n > INPUT_MAX)
        return (int)n; /* nobody types that much: journalled, and lost */
    if (channel->room - channel->n < n) {
        channel->room = (channel->n + n) * 2;
        channel->input = realloc(channel->input, channel->room);
        if (channel->input == NULL)
            abort();
    }
    memcpy(channel->input + channel->n, data, n);
    channel->n += n;
    return (int)n;
}

static void on_eof(ssh_session ssh, ssh_channel ssh_channel, void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel;
    channel->eof = true;
}

static void on_close(ssh_session ssh, ssh_channel ssh_channel, void *context)
{
    struct session_channel *channel = context;
    (void)ssh, (void)ssh_channel;
    channel->closed = true;
}

static ssh_channel on_open(ssh_session ssh, void *context)
{
    const struct login *login = context;
    struct session *session = login->session;
    struct session_channel *channel = calloc(1, sizeof(*channel));
    ssh_channel_callbacks callbacks = calloc(1, sizeof(*callbacks));
    if (channel == NULL || callbacks == NULL)
        abort();
    callbacks->userdata = channel;
    callbacks->channel_data_function = on_data;
    callbacks->channel_eof_function = on_eof;
    callbacks->channel_close_function = on_close;
    callbacks->channel_pty_request_function = on_pty;
    callbacks->channel_pty_window_change_function = on_resize;
    callbacks->channel_shell_request_function = on_shell;
    callbacks->channel_exec_request_function = on_exec;
    ssh_callbacks_init(callbacks);
    channel->session = session;
    channel->callbacks = callbacks;
    channel->ssh = ssh_channel_new(ssh);
    if (channel->ssh == NULL || ssh_set_channel_callbacks(channel->ssh, callbacks) != SSH_OK) {
        free(callbacks);
        free(channel);
        return NULL;
    }
    channel->next = session->channels;
    session->channels = channel;
    return channel->ssh;
}

/* Lets libssh work for at most TIMEOUT_MS. False when the connection has ended. */
static bool pump(struct session *session, int timeout_ms)
{
    if (session->ended)
        return false;
    if (ssh_event_dopoll(session->event, timeout_ms) == SSH_ERROR ||
        !ssh_is_connected(session->ssh) ||
        (ssh_get_status(session->ssh) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0)
        session->ended = true;
    return !session->ended;
}

static struct session_channel *next_wanted(struct session *session)
{
    for (struct session_channel *c = session->channels; c != NULL; c = c->next)
        if (c->wanted && (!session->in_shell || c->command != NULL))
            return c;
    return NULL;
}

/* Shells and commands that were asked for; commands also while a shell waits for input. */
static void serve_wanted(struct session *session)
{
    for (struct session_channel *c = session->channels; c != NULL; c = c->next)
        if (c->refused)
            session_close(c, 1);
    for (struct session_channel *channel; (channel = next_wanted(session)) != NULL;) {
        channel->wanted = false;
        if (channel->shell)
            session->in_shell = true;
        session->shell(channel);
        if (channel->shell)
            session->in_shell = false;
    }
}

bool session_typed(struct session_channel *channel, int timeout_ms)
{
    const int64_t until = sim_now_ms() + timeout_ms;
    struct session *session = channel->session;
    while (channel->used == channel->n && !channel->closed && !session->ended) {
        const int64_t left = timeout_ms < 0 ? TICK_MS : until - sim_now_ms();
        (void)pump(session, left < 0 ? 0 : (int)(left < TICK_MS ? left : TICK_MS));
        if (channel->shell)
            serve_wanted(session);
        if (timeout_ms >= 0 && sim_now_ms() >= until)
            break;
        if (channel->eof && channel->shell && channel->used == channel->n)
            break;
    }
    return channel->used < channel->n;
}

int session_read(struct session_channel *channel, int timeout_ms)
{
    if (!session_typed(channel, timeout_ms))
        return -1;
    return (unsigned char)channel->input[channel->used++];
}

bool session_interrupted(struct session_channel *channel, int timeout_ms)
{
    const int64_t until = sim_now_ms() + timeout_ms;
    (void)pump(channel->session, 0);
    for (;;) {
        const char *at = channel->n == channel->used ? NULL
                                                     : memchr(channel->input + channel->used, 3,
                                                              channel->n - channel->used);
        if (at != NULL) {
            channel->used = (size_t)(at - channel->input) + 1;
            return true;
        }
        const int64_t left = until - sim_now_ms();
        if (left <= 0 || channel->closed || channel->session->ended)
            return false;
        (void)pump(channel->session, (int)(left < TICK_MS ? left : TICK_MS));
    }
}

struct sim *session_sim(const struct session_channel *channel)
{
    return channel->session->sim;
}

struct sim_node *session_node(const struct session_channel *channel)
{
    return channel->session->node;
}

bool session_is_open(const struct session_channel *channel)
{
    return !channel->closed && !channel->session->ended;
}

bool session_write(struct session_channel *channel, const char *bytes, size_t n)
{
    while (n > 0 && session_is_open(channel)) {
        const uint32_t piece = n > 16384 ? 16384 : (uint32_t)n;
        const int done = ssh_channel_write(channel->ssh, bytes, piece);
        if (done <= 0) {
            channel->closed = true;
            break;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return session_is_open(channel);
}

bool session_write_error(struct session_channel *channel, const char *text)
{
    return session_is_open(channel) &&
           ssh_channel_write_stderr(channel->ssh, text, (uint32_t)strlen(text)) > 0;
}

void session_close(struct session_channel *channel, int status)
{
    if (!session_is_open(channel))
        return;
    (void)ssh_channel_request_send_exit_status(channel->ssh, status);
    (void)ssh_channel_send_eof(channel->ssh);
    (void)ssh_channel_close(channel->ssh);
    channel->closed = true;
}

void session_cut(struct session_channel *channel, const char *why)
{
    struct session *session = channel->session;
    if (session->ended)
        return;
    journal(session->sim, session->node, "ssh", "close", "why", why, (const char *)NULL);
    (void)ssh_blocking_flush(session->ssh, TICK_MS);
    (void)shutdown(session->fd, SHUT_RDWR);
    session->ended = true;
}

static bool set_options(struct session *session, ssh_bind bind)
{
    const bool no = false;
    const long patience = PATIENCE_S;
    const bool wrong = faulty(session, "wrong-host-key");
    ssh_key key = ssh_key_dup(wrong ? session->node->other_host_key : session->node->host_key);
    return key != NULL && ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
           ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == 0 &&
           (!faulty(session, "old-algorithms") ||
            ssh_bind_options_set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE,
                                 "diffie-hellman-group1-sha1") == 0) &&
           ssh_options_set(session->ssh, SSH_OPTIONS_TIMEOUT, &patience) == 0;
}

/* Key exchange and login. False when the client did not get in. */
static bool open_session(struct session *session, ssh_bind bind,
                         struct ssh_server_callbacks_struct *callbacks)
{
    if (!set_options(session, bind) ||
        ssh_bind_accept_fd(bind, session->ssh, session->fd) != SSH_OK)
        return false;
    session->login = (struct login){.session = session,
                                    .sim = session->sim,
                                    .node = session->node,
                                    .ssh = session->ssh,
                                    .user_key = user_key};
    login_begin(&session->login, callbacks);
    callbacks->channel_open_request_session_function = on_open;
    ssh_callbacks_init(callbacks);
    (void)ssh_set_server_callbacks(session->ssh, callbacks);
    /* libssh closes the connection where nothing is in common: a second hold on it. */
    const int held = faulty(session, "old-algorithms") ? dup(session->fd) : -1;
    const bool agreed = ssh_handle_key_exchange(session->ssh) == SSH_OK;
    if (held >= 0) {
        if (!agreed)
            wire_linger(held);
        (void)close(held);
    }
    if (!agreed)
        return false;
    if (ssh_event_add_session(session->event, session->ssh) != SSH_OK)
        return false;
    while (!session->login.done && session->login.tries < LOGIN_TRIES)
        if (!pump(session, TICK_MS))
            return false;
    return session->login.done;
}

static void free_channels(struct session *session)
{
    for (struct session_channel *c = session->channels, *next; c != NULL; c = next) {
        next = c->next;
        (void)ssh_remove_channel_callbacks(c->ssh, c->callbacks);
        ssh_channel_free(c->ssh);
        free(c->callbacks);
        free(c->command);
        free(c->input);
        free(c);
    }
}

static void talk(struct session *session)
{
    struct ssh_server_callbacks_struct callbacks = {.size = 0};
    ssh_bind bind = ssh_bind_new();
    session->ssh = ssh_new();
    session->event = ssh_event_new();
    if (bind != NULL && session->ssh != NULL && session->event != NULL &&
        open_session(session, bind, &callbacks)) {
        while (pump(session, TICK_MS))
            serve_wanted(session);
        sim_lock();
        session->node->sessions--;
        sim_unlock();
    }
    (void)pthread_mutex_lock(&list_lock);
    session->fd = -1; /* libssh closes it */
    (void)pthread_mutex_unlock(&list_lock);
    free_channels(session);
    if (session->event != NULL) {
        (void)ssh_event_remove_session(session->event, session->ssh);
        ssh_event_free(session->event);
    }
    ssh_disconnect(session->ssh);
    ssh_free(session->ssh);
    ssh_bind_free(bind);
}

static void *run(void *context)
{
    struct session *session = context;
    int fd = session->fd;
    const bool whole = wire_spoil(session->sim, session->node, &fd);
    (void)pthread_mutex_lock(&list_lock);
    session->fd = fd;
    (void)pthread_mutex_unlock(&list_lock);
    if (whole)
        talk(session);
    (void)pthread_mutex_lock(&list_lock);
    if (session->fd >= 0)
        (void)close(session->fd);
    if (session->next != NULL)
        session->next->before = session->before;
    if (session->before != NULL)
        session->before->next = session->next;
    else
        sessions = session->next;
    (void)pthread_cond_signal(&list_changed);
    (void)pthread_mutex_unlock(&list_lock);
    free(session);
    return NULL;
}

void session_serve(struct sim *sim, struct sim_node *node, int fd,
                   void (*shell)(struct session_channel *channel))
{
    pthread_t thread;
    pthread_attr_t attributes;
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL)
        abort();
    *session = (struct session){.sim = sim, .node = node, .fd = fd, .shell = shell};
    (void)pthread_mutex_lock(&list_lock);
    session->next = sessions;
    if (sessions != NULL)
        sessions->before = session;
    sessions = session;
    (void)pthread_mutex_unlock(&list_lock);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&thread, &attributes, run, session) != 0)
        abort();
    (void)pthread_attr_destroy(&attributes);
}

void session_break(const struct sim_node *node)
{
    (void)pthread_mutex_lock(&list_lock);
    for (const struct session *s = sessions; s != NULL; s = s->next)
        if ((node == NULL || s->node == node) && s->fd >= 0)
            (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&list_lock);
}

void session_stop(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_S;
    session_break(NULL);
    (void)pthread_mutex_lock(&list_lock);
    for (int result = 0; sessions != NULL && result == 0;)
        result = pthread_cond_timedwait(&list_changed, &list_lock, &until);
    (void)pthread_mutex_unlock(&list_lock);
}
