/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "checks/time.h"
#include "snmp/agentx.h"
#include "snmp/feed.h"
#include "snmp/mib.h"
#include "snmp/selftest.h"

/*
 * postcheck-agentx: publishes the state file below a master agent. One loop: the master's requests,
 * the file, the clock, signals.
 */

#define PROGRAM "postcheck-agentx"
enum { MAX_AGE_S = 15 * 60, LOOK_MS = 1000 };

static const char help[] =
    "usage: postcheck-agentx --state FILE [--map FILE] [--max-age DURATION]\n"
    "       [--socket ADDRESS] [--base OID] [--foreground]\n"
    "       postcheck-agentx [--base OID] --print-mib\n"
    "       postcheck-agentx [--state FILE] [--socket ADDRESS] [--base OID]\n"
    "       [--agent ADDRESS] --selftest\n"
    "\n"
    "Publishes the state file of `postcheck poll --state`, or the report.json of any\n"
    "run, as POSTCHECK-MIB: an AgentX subagent of a stock snmpd. It asks no appliance\n"
    "and knows no passphrase.\n"
    "\n"
    "Options:\n"
    "      --state FILE       the state file, or the folder of a run\n"
    "      --map FILE         numbers of the rows, kept over restarts; default: the\n"
    "                         state file's name and .agentx; FILE.lock beside it\n"
    "      --max-age DURATION older than this, every state is unknown (15m)\n"
    "      --socket ADDRESS   of the master: unix:/path or tcp:host:port\n"
    "                         (/var/agentx/master)\n"
    "      --base OID         of the module (1.3.6.1.4.1.8072.9999.9999, which is for\n"
    "                         experiments only)\n"
    "      --foreground       stay, and write the log to stderr instead of syslog\n"
    "      --print-mib        print the module for the base\n"
    "      --selftest         ask the local snmpd for the module, as a manager would,\n"
    "                         and explain what is in the way; how to ask stands in\n"
    "                         snmp.conf(5)\n"
    "      --agent ADDRESS    of that snmpd (udp:127.0.0.1:161)\n"
    "  -V, --version          print the version\n"
    "  -h, --help             print this\n"
    "\n"
    "Exit: 0 done, 1 the self-test found something, 2 wrong call, 3 cannot work.\n";

enum {
    OPT_STATE = 256,
    OPT_MAP,
    OPT_AGE,
    OPT_SOCKET,
    OPT_BASE,
    OPT_FORE,
    OPT_MIB,
    OPT_SELF,
    OPT_AGENT
};

static const struct option long_options[] = {
    {"state", required_argument, NULL, OPT_STATE},
    {"map", required_argument, NULL, OPT_MAP},
    {"max-age", required_argument, NULL, OPT_AGE},
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"base", required_argument, NULL, OPT_BASE},
    {"foreground", no_argument, NULL, OPT_FORE},
    {"print-mib", no_argument, NULL, OPT_MIB},
    {"selftest", no_argument, NULL, OPT_SELF},
    {"agent", required_argument, NULL, OPT_AGENT},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct call {
    const char *state, *map, *socket, *agent;
    unsigned max_age_s;
    struct mib_base base;
    bool foreground;
    int what; /* 0: serve, else the option that asks for something else */
};

static bool to_syslog;

static void tell(const char *line)
{
    if (to_syslog)
        syslog(LOG_NOTICE, "%s", line);
    else
        (void)fprintf(stderr, PROGRAM ": %s\n", line);
}

static void tell_fault(const struct fault *fault)
{
    char line[sizeof(fault->origin) + sizeof(fault->text) + 2];
    (void)snprintf(line, sizeof(line), "%s: %s", fault->origin, fault->text);
    tell(line);
}

static bool take_age(const char *argument, unsigned *seconds, struct fault *fault)
{
    int64_t taken;
    if (!time_parse_uptime(text_of(argument), &taken) || taken < 1 || taken > 366 * 86400)
        return fault_set(fault, FAULT_SYNTAX, "--max-age", 0,
                         "expected a duration such as 90s, 15m or 2h, not '%.60s'", argument);
    *seconds = (unsigned)taken;
    return true;
}

static bool take_option(int option, struct call *call, struct fault *fault)
{
    switch (option) {
    case OPT_STATE:
        call->state = optarg;
        return true;
    case OPT_MAP:
        call->map = optarg;
        return true;
    case OPT_AGE:
        return take_age(optarg, &call->max_age_s, fault);
    case OPT_SOCKET:
        call->socket = optarg;
        return true;
    case OPT_BASE:
        return mib_take_base(optarg, &call->base, fault);
    case OPT_AGENT:
        call->agent = optarg;
        return true;
    case OPT_FORE:
        call->foreground = true;
        return true;
    case OPT_MIB:
    case OPT_SELF:
    case 'V':
    case 'h':
        call->what = option;
        return true;
    default:
        return fault_set(fault, FAULT_SYNTAX, "the call", 0, "see --help");
    }
}

static bool read_call(int argc, char **argv, struct call *call, struct fault *fault)
{
    *call = (struct call){.max_age_s = MAX_AGE_S, .base = mib_playpen};
    for (int option; (option = getopt_long(argc, argv, "Vh", long_options, NULL)) != -1;)
        if (!take_option(option, call, fault))
            return false;
    if (optind < argc)
        return fault_set(fault, FAULT_SYNTAX, argv[optind], 0, "is no option: see --help");
    return call->what != 0 || call->state != NULL ||
           fault_set(fault, FAULT_SYNTAX, "--state", 0, "is wanted: the file that is published");
}

/* One subagent per file of numbers; the lock goes with the process, the file stays. */
static bool lock(struct arena *arena, const char *map, struct fault *fault)
{
    const char *path = arena_printf(arena, "%s.lock", map);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
        return fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fault_set(fault, FAULT_BUSY, path, 0, "is held: another " PROGRAM " runs");
    return true;
}

static const struct table_view *view(void *context)
{
    return feed_view(context, (int64_t)time(NULL));
}

/* What is wrong with the call has been said by then, on stderr. */
static bool leave_terminal(struct fault *fault)
{
    if (daemon(1, 0) != 0)
        return fault_set(fault, FAULT_INTERNAL, PROGRAM, 0, "%s", strerror(errno));
    openlog(PROGRAM, LOG_PID, LOG_DAEMON);
    to_syslog = true;
    return true;
}

/* SIGTERM and SIGINT end the loop; they are read there, so none comes at a bad moment. */
static int signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void look(struct feed *feed, bool wait, enum feed_state *told)
{
    struct fault fault;
    if (!feed_look(feed, (int64_t)time(NULL), wait, &fault))
        return;
    const enum feed_state state = feed_collector(feed);
    if (fault.kind != FAULT_NONE)
        tell_fault(&fault);
    else if (state != *told)
        tell(state == FEED_RUNNING ? "the state file is good" : "the state file is out of date");
    *told = state;
}

static int serve(struct arena *arena, struct call *call, struct fault *fault)
{
    struct signalfd_siginfo signal;
    enum feed_state told = 0;
    if (call->map == NULL)
        call->map = arena_printf(arena, "%s.agentx", call->state);
    const struct feed_options options = {call->state, call->map, call->max_age_s};
    if (!lock(arena, call->map, fault))
        return 3;
    struct feed *feed = feed_open(arena, &options, (int64_t)time(NULL), fault);
    if (feed == NULL || (!call->foreground && !leave_terminal(fault)))
        return 3;
    const int descriptors[] = {signals(), feed_descriptor(feed)};
    look(feed, true, &told);
    const struct agentx_options agentx = {call->socket, call->base.oid, call->base.count,
                                          view,         tell,           feed};
    bool good = agentx_begin(&agentx, fault);
    while (good && read(descriptors[0], &signal, sizeof(signal)) < 0) {
        good = agentx_turn(descriptors, 2, LOOK_MS, fault);
        look(feed, false, &told);
    }
    agentx_end();
    feed_close(feed);
    (void)close(descriptors[0]);
    return good ? 0 : 3;
}

static int run(struct arena *arena, struct call *call, struct fault *fault)
{
    switch (call->what) {
    case 'h':
        return fputs(help, stdout) < 0 || fflush(stdout) != 0 ? 3 : 0;
    case 'V':
        return puts(PROGRAM " " POSTCHECK_VERSION) < 0 || fflush(stdout) != 0 ? 3 : 0;
    case OPT_MIB:
        return fputs(mib_text(arena, &call->base), stdout) < 0 || fflush(stdout) != 0 ? 3 : 0;
    case OPT_SELF: {
        const struct selftest selftest = {call->socket, call->agent, call->base.oid,
                                          call->base.count};
        return selftest_run(arena, &selftest, stdout);
    }
    default:
        break;
    }
    return serve(arena, call, fault);
}

int main(int argc, char **argv)
{
    struct fault fault = {.kind = FAULT_NONE};
    struct arena arena;
    struct call call;
    arena_init(&arena, NULL);
    int code = read_call(argc, argv, &call, &fault) ? run(&arena, &call, &fault) : 2;
    if (fault.kind != FAULT_NONE)
        tell_fault(&fault);
    arena_free(&arena);
    return code;
}
