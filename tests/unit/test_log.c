/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/fetch/log.h"

#include "plugin/fetch/log_api.h"
#include "plugin/fetch/log_grep.h"
#include "tests/unit/unit.h"

#define HOUR    "Sun Mar  8 04:"
#define COMMAND "grep -e \"" HOUR "\" mail_logs"
#define PROMPT  "(Machine esa1.example.com)> "
#define ONE     HOUR "00:04 2026 Info: Start MID 1 ICID 2"
#define TWO     HOUR "00:05 2026 Info: MID 1 ICID 2 From: <ann@example.com>"

static const int64_t four = 1772942404; /* Sun Mar  8 04:00:04 2026 as wall clock */

/* -- Which part -- */

static void hours_go_back_to_the_start(void **state)
{
    struct log_part parts[LOG_PARTS];
    (void)state;
    assert_int_equal(log_hours(four, four - 7914, parts), 4);
    assert_string_equal(parts[0].begin, "Sun Mar  8 04:");
    assert_string_equal(parts[1].begin, "Sun Mar  8 03:");
    assert_string_equal(parts[3].begin, "Sun Mar  8 01:");
    assert_int_equal(parts[3].year, 2026);
    assert_int_equal(log_hours(four, four, parts), 2);      /* always with the one before */
    assert_int_equal(log_hours(four, 0, parts), LOG_PARTS); /* never more */
    assert_int_equal(log_hours(1767225600, 1767225600, parts), 2);
    assert_string_equal(parts[0].begin, "Thu Jan  1 00:");
    assert_string_equal(parts[1].begin, "Wed Dec 31 23:");
    assert_int_equal(parts[1].year, 2025);
}

static void days_are_all_that_it_may_be(void **state)
{
    struct log_part parts[LOG_PARTS];
    (void)state;
    assert_int_equal(log_days(four, parts), 2); /* 04:00 UTC: the 7th in the west */
    assert_string_equal(parts[0].begin, "Sun Mar  8 ");
    assert_string_equal(parts[1].begin, "Sat Mar  7 ");
    assert_int_equal(log_days(four + 7 * 3600, parts), 3);
    assert_string_equal(parts[0].begin, "Mon Mar  9 ");
    assert_string_equal(parts[2].begin, "Sat Mar  7 ");
}

/* -- One answer -- */

static struct log_part part;
static struct span lines, prompt;

static bool answers(const char *answer)
{
    struct log_part parts[LOG_PARTS];
    (void)log_hours(four, four, parts);
    part = parts[0];
    fault = (struct fault){.kind = FAULT_NONE};
    return log_answer(&arena, "log/mail_logs.txt", COMMAND, &part, text_of(answer), &lines, &prompt,
                      &fault);
}

static void what_a_terminal_adds_is_taken_back(void **state)
{
    (void)state;
    assert_true(answers(PROMPT COMMAND "\r\n" ONE "\r\n" TWO "\r\n" PROMPT));
    assert_span(lines, ONE "\n" TWO "\n");
    assert_span(prompt, PROMPT);
    assert_true(answers(PROMPT COMMAND "\r\n" ONE "\r\n-Press Any Key For More-\r            \r" TWO
                                       "\r\n\r\n" PROMPT));
    assert_span(lines, ONE "\n" TWO "\n");
    assert_true(answers(PROMPT
                        "grep -e \"Sun Mar\r\n8 04:\" mail_logs\r\n" HOUR
                        "00:05 2026 Info: MID 1 ICID 2 From:\r\n<ann@example.com>\r\n" PROMPT));
    assert_span(lines, TWO "\n");
    assert_true(answers(ONE "\n" TWO "\n")); /* a channel without a terminal */
    assert_span(lines, ONE "\n" TWO "\n");
    assert_int_equal(prompt.n, 0);
    assert_true(answers(ONE));
    assert_span(lines, ONE "\n");
}

static void what_only_holds_the_words_is_left_out(void **state)
{
    (void)state;
    assert_true(answers("Sun Mar  8 04:00:04 2020 Info: six years ago\n" ONE "\n"
                        "Mon Mar  9 10:00:00 2026 Info: MID 9 Subject \"" HOUR "\"\n" TWO "\n"));
    assert_span(lines, ONE "\n" TWO "\n");
}

static void nothing_is_an_answer_and_something_else_is_none(void **state)
{
    (void)state;
    assert_true(answers(PROMPT COMMAND "\r\n" PROMPT));
    assert_int_equal(lines.n, 0);
    assert_span(prompt, PROMPT);
    assert_true(answers(""));
    assert_int_equal(lines.n, 0);
    assert_false(answers(PROMPT COMMAND "\r\nNo such log.\r\n" PROMPT));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_string_equal(fault.text, "`" COMMAND "` is answered by 'No such log.'");
    assert_false(answers("\nUnknown command or missing feature key: grep\n\n"));
    assert_int_equal(fault.kind, FAULT_UNSUPPORTED);
}

static void a_prompt_in_the_middle_is_told(void **state)
{
    (void)state;
    assert_false(answers(PROMPT COMMAND "\r\n" ONE "\r\n" PROMPT "\r\n" TWO "\r\n" PROMPT));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_non_null(strstr(fault.text, "line 3 looks like a prompt"));
    assert_false(answers(ONE "\n" PROMPT "version\n" TWO "\n"));
}

/* -- All of it -- */

static void the_newest_lines_are_kept(void **state)
{
    struct log_text text = log_begin(&arena, 20);
    (void)state;
    assert_true(log_add(&text, text_of("newest 1\n")));
    assert_false(log_add(&text, text_of("older 1\nolder 2\n")));
    assert_true(text.cut);
    assert_span(log_join(&text), "older 2\nnewest 1\n");
    assert_non_null(log_cut_note(&text, "mail_logs"));
    text = log_begin(&arena, 20);
    assert_true(log_add(&text, text_of("torn")));
    assert_true(log_add(&text, text_of("older")));
    assert_span(log_join(&text), "older\ntorn");
    assert_null(log_cut_note(&text, "mail_logs"));
    text = log_begin(&arena, 8);
    assert_false(log_add(&text, text_of("one line that is too long")));
    assert_int_equal(text.bytes, 0);
    text = log_begin(&arena, 8);
    assert_false(log_add(&text, text_of("x\n1234567\n"))); /* fits to the byte */
    assert_span(log_join(&text), "1234567\n");
}

static void the_newest_header_is_kept(void **state)
{
    static const char old[] = HOUR "00:00 2026 Info: Begin Logfile\n" HOUR
                                   "00:00 2026 Info: Version: 14.2.0-620 SN: A-1\n";
    static const char new[] =
        HOUR "00:01 2026 Info: Begin Logfile\r\n" HOUR
             "00:01 2026 Info: Version: 15.0.3-002 SN: A-1\r\n" HOUR
             "00:01 2026 Info: Time offset from UTC: 3600 seconds\r\n" ONE "\r\n";
    struct log_text text = log_begin(&arena, 100);
    (void)state;
    log_dropped(&text, text_of(old));
    log_dropped(&text, text_of(new));
    (void)log_add(&text, text_of(TWO "\n"));
    text.first = PROMPT COMMAND;
    text.last = PROMPT;
    assert_span(log_join(&text),
                PROMPT COMMAND "\n" HOUR "00:01 2026 Info: Begin Logfile\n" HOUR
                               "00:01 2026 Info: Version: 15.0.3-002 SN: A-1\n" HOUR
                               "00:01 2026 Info: Time offset from UTC: 3600 "
                               "seconds\n" TWO "\n" PROMPT);
}

/* -- The CLI -- */

static struct {
    const char *answers[LOG_PARTS];
    const char *asked[LOG_PARTS];
    size_t count;
} cli;

static bool put(void *context, const struct fetch_row *row, const char *command, struct span *bytes,
                struct fault *why)
{
    (void)context;
    (void)row;
    assert_true(cli.count < LOG_PARTS);
    const char *answer = cli.answers[cli.count];
    cli.asked[cli.count++] = command;
    if (answer == NULL)
        return fault_set(why, FAULT_TIMEOUT, "", 0, "too late");
    *bytes = text_of(answer);
    return true;
}

static void quiet_begin(void *context, const char *id)
{
    (void)context;
    (void)id;
}

static void quiet_document(void *context, const struct document *document)
{
    (void)context;
    (void)document;
}

static const struct fetch_sink sink = {NULL, quiet_begin, quiet_document, NULL};
static const struct document_kind kind = {.id = "log/mail_logs.txt"};
static const struct fetch_row row = {
    .kind = &kind, .how = FETCH_LOG, .ask = "mail_logs", .max_bytes = LOG_BYTES, .limit_s = 30};
static struct span document;

/* The log by ANSWERS, for an appliance that started STARTED seconds ago (0: no clock is known). */
static bool greps(const char *first, const char *second, const char *third, int64_t started)
{
    static const struct config config;
    static const struct config_node node;
    struct fetch fetch = {.arena = &arena, .config = &config, .node = &node, .sink = &sink};
    const struct log_clock clock = {started != 0, four, fetch_now_ms(), true, four - started};
    const struct log_grep grep = {NULL, put, &clock, fetch_now_ms() + 60000};
    struct log_text text = log_begin(&arena, LOG_BYTES);
    memset(&cli, 0, sizeof(cli));
    cli.answers[0] = first;
    cli.answers[1] = second;
    cli.answers[2] = third;
    fault = (struct fault){.kind = FAULT_NONE};
    return log_grep(&fetch, &row, &grep, &text, &document, &fault);
}

#define THREE "Sun Mar  8 03:59:00 2026 Info: Begin Logfile"

static void newest_first_in_order(void **state)
{
    (void)state;
    assert_true(greps(PROMPT COMMAND "\n" ONE "\n" PROMPT, THREE "\n" PROMPT, NULL, 60));
    assert_int_equal(cli.count, 2);
    assert_string_equal(cli.asked[0], COMMAND);
    assert_span(document,
                PROMPT "grep -e \"Sun Mar  8 03:\" mail_logs\n" THREE "\n" ONE "\n" PROMPT);
    assert_true(greps(ONE "\n", THREE "\n", "", 7200));
    assert_int_equal(cli.count, 3);
    assert_span(document, THREE "\n" ONE "\n");
    assert_true(greps(ONE "\n", NULL, NULL, 60)); /* what is there counts without what is older */
    assert_span(document, ONE "\n");
}

static void no_log_is_told(void **state)
{
    (void)state;
    assert_false(greps(PROMPT, PROMPT, NULL, 60));
    assert_int_equal(fault.kind, FAULT_EMPTY);
    assert_non_null(strstr(fault.text, "mail_logs has no line since \"Sun Mar  8 03:\""));
    assert_false(greps(NULL, ONE "\n", NULL, 60));
    assert_int_equal(fault.kind, FAULT_TIMEOUT);
    assert_int_equal(cli.count, 1);
}

static void enough_is_enough(void **state)
{
    size_t lines_wanted = LOG_ENOUGH / sizeof(ONE) + 1, n = 0;
    char *many = arena_alloc(&arena, lines_wanted * sizeof(ONE) + 1);
    (void)state;
    for (size_t i = 0; i < lines_wanted; i++) {
        memcpy(many + n, ONE "\n", sizeof(ONE));
        n += sizeof(ONE);
    }
    assert_true(greps(many, THREE "\n", NULL, 7200));
    assert_int_equal(cli.count, 2);
}

static void without_a_clock_days_are_asked_for(void **state)
{
    (void)state;
    assert_false(greps("", "", "", 0));
    assert_true(cli.count >= 2);
    assert_null(strstr(cli.asked[0], ":"));
}

/* -- The API -- */

static void files_are_sorted_and_their_names_checked(void **state)
{
    size_t count;
    struct log_api_file *files = log_api_files(
        &arena, "log/mail_logs.txt",
        text_of("{\"meta\": {\"totalCount\": 5}, \"data\": ["
                "{\"name\": \"mail.@20260307T010000.s\", \"size\": 10, \"modificationDate\": "
                "1772845200},"
                "{\"name\": \"mail.current\", \"size\": \"20\"},"
                "{\"name\": \"../../etc\", \"size\": 1}, {\"name\": \"a/b\"}, {\"size\": 1},"
                "{\"name\": \"mail.@20260308T010000.s\", \"modificationDate\": 1772931600000}]}"),
        &count, &fault);
    (void)state;
    assert_non_null(files);
    assert_int_equal(count, 3);
    assert_string_equal(files[0].name, "mail.current");
    assert_int_equal(files[0].size, 20);
    assert_string_equal(files[1].name, "mail.@20260308T010000.s");
    assert_int_equal(files[1].changed, 1772931600);
    assert_int_equal(files[1].size, -1);
    assert_null(
        log_api_files(&arena, "log/mail_logs.txt", text_of("{\"data\": 1}"), &count, &fault));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_null(log_api_files(&arena, "log/mail_logs.txt", text_of(""), &count, &fault));
    assert_string_equal(log_api_list_path(&arena, "mail_logs", 1772938800),
                        "/esa/api/v2.0/logs/mail_logs?startDate=2026-03-07T03%3A00%3A00.000Z"
                        "&endDate=2026-03-08T04%3A00%3A00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(hours_go_back_to_the_start),
        with_arena(days_are_all_that_it_may_be),
        with_arena(what_a_terminal_adds_is_taken_back),
        with_arena(what_only_holds_the_words_is_left_out),
        with_arena(nothing_is_an_answer_and_something_else_is_none),
        with_arena(a_prompt_in_the_middle_is_told),
        with_arena(the_newest_lines_are_kept),
        with_arena(the_newest_header_is_kept),
        with_arena(newest_first_in_order),
        with_arena(no_log_is_told),
        with_arena(enough_is_enough),
        with_arena(without_a_clock_days_are_asked_for),
        with_arena(files_are_sorted_and_their_names_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
