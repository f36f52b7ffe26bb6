/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "plugin/cmd/cmd.h"
#include "plugin/maillog/account.h"
#include "plugin/maillog/follow.h"
#include "plugin/maillog/messages.h"
#include "plugin/maillog/stop.h"
#include "plugin/maillog/trace.h"

/* postcheck maillog: the mail log engine as a tool. Exit: see account_exit_code(). */

static bool out_of_memory(struct fault *fault)
{
    return fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
}

/* Of all characters only blocks are drawn, and only where they can be shown. */
static bool is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale == (locale_t)0)
        return false;
    bool utf8 = strcasecmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return utf8;
}

/* Seconds on the clock of the appliance: as it stands, or what a time in UTC is there. */
static int64_t wall_clock(struct stamp stamp, const struct input *input)
{
    for (size_t i = 0; i < input->count && stamp.has_offset; i++)
        if (input->files[i].has_offset)
            return stamp.civil - stamp.offset + input->files[i].utc_offset_s;
    return stamp.civil;
}

static struct flow_options options_of(const struct settings *settings, const struct input *input,
                                      struct messages *messages)
{
    struct flow_options options = {.reference = input->reference};
    for (size_t i = 0; i < FLOW_LISTS; i++)
        options.top = options.top || settings->top[i];
    if (settings->has_since)
        options.since = wall_clock(settings->since, input);
    if (settings->has_until)
        options.until = wall_clock(settings->until, input);
    if (messages != NULL) {
        options.details = true;
        options.context = messages;
        options.finished = messages_put;
    }
    return options;
}

static int print(struct cmd *cmd, const struct settings *settings, struct account *account)
{
    bool json = cmd->format[0] == 'j';
    if (settings->families)
        account_print_families(cmd->out, account, json);
    else if (settings->messages)
        ; /* told already */
    else if (json)
        maillog_json_print(cmd->out, account, false);
    else
        maillog_text_print(cmd->out, account, settings->utf8);
    if (settings->families || settings->messages)
        return account->interrupted != NULL || account->input->failed > 0 ? 3 : 0;
    return account_exit_code(account);
}

/* Text says it in its own place. */
static void complain_of_files(struct cmd *cmd, const struct settings *settings,
                              const struct input *input)
{
    bool text = cmd->format[0] == 't' && !settings->messages && !settings->families;
    for (size_t i = 0; i < input->count && !(text && cmd->output == NULL); i++)
        if (input->files[i].fault != NULL)
            (void)fprintf(stderr, "postcheck: %s\n",
                          result_clean(cmd->arena,
                                       text_of(arena_printf(cmd->arena, "%s: %s",
                                                            input_name(input->files[i].name),
                                                            input->files[i].fault->text)),
                                       600));
}

static unsigned threads_here(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
}

static int read_all(struct cmd *cmd, const struct settings *settings, struct input *input,
                    struct fault *fault)
{
    struct account account = {.input = input, .verbose = cmd->verbose};
    struct messages *messages = settings->messages ? messages_new(cmd->out) : NULL;
    const struct flow_options options = options_of(settings, input, messages);
    struct maillog *log =
        maillog_new(settings->buffer, settings->portable ? LINE_PORTABLE : LINE_BEST, &options);
    struct bar bar;
    int code = 3;
    if (log == NULL || (settings->messages && messages == NULL)) {
        (void)out_of_memory(fault);
        goto out;
    }
    if (messages != NULL)
        messages_of(messages, maillog_flow(log));
    bar_begin(&bar, cmd->progress, input->size);
    input->bar = &bar;
    input->threads = settings->threads != 0 ? settings->threads : threads_here();
    input->buffer = settings->buffer;
    input->portable = settings->portable;
    input->details = options.details || options.top;
    input->families = settings->families;
    bool good = input_feed(input, log) && maillog_finish(log);
    bar_end(&bar);
    if (messages != NULL)
        messages_flush(messages);
    if (input->stopped)
        account.interrupted = "not everything was read; this is what was known by then";
    if (!good || !account_make(cmd->arena, log, settings, 0, &account)) {
        (void)out_of_memory(fault);
        goto out;
    }
    complain_of_files(cmd, settings, input);
    code = print(cmd, settings, &account);
out:
    maillog_free(log);
    messages_free(messages);
    return code;
}

int cmd_maillog(struct cmd *cmd, struct fault *fault)
{
    struct settings *settings = settings_of(cmd);
    char stdin_name[] = "-", *only_stdin[] = {stdin_name};
    char **paths = cmd->argc > 0 ? cmd->argv : only_stdin;
    size_t count = cmd->argc > 0 ? (size_t)cmd->argc : 1;
    struct input input;
    if (!settings_agree(cmd, settings, fault))
        return 3;
    if (cmd->argc == 0 && isatty(STDIN_FILENO)) {
        (void)fault_set(fault, FAULT_INTERNAL, "maillog", 0,
                        "which log? name its files, or - for standard input; postcheck maillog -h "
                        "shows how");
        return 3;
    }
    settings->utf8 = is_utf8();
    if (settings->follow)
        return follow_run(cmd, settings, paths, count, fault);
    if (!input_look(cmd->arena, paths, count, &input, fault))
        return 3;
    stop_catch();
    int code = settings->has_mid ? trace_run(cmd, settings, &input, fault)
                                 : read_all(cmd, settings, &input, fault);
    stop_restore();
    return code;
}
