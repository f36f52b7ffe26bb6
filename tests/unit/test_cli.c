/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "checks/parse/cli.h"

static bool reads(struct span bytes, const char *command, struct cli_text *text)
{
    fault = (struct fault){.kind = FAULT_NONE};
    return cli_read(&arena, bytes, command, text, &fault);
}

/* The kept lines, each ended by '|'. */
static const char *shown(const struct cli_text *text)
{
    const char *all = "";
    for (size_t i = 0; i < text->count; i++)
        all = arena_printf(&arena, "%s%.*s|", all, TEXT_ARGS(text->lines[i].text));
    return all;
}

static void cleans_terminal_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *lines;
    } cases[] = {
        {"a\nb\n", "a|b|"},
        {"a\r\nb\r\n", "a|b|"},
        {"a\r\r\nb\r\r\n", "a|b|"},
        {"a\n\n b", "a|| b|"},
        {"a\rb\r\n", "a|b|"},
        /* Pager: erased by CR, 25 blanks, CR; by a line of its own; with its CR lost. */
        {"a\n-Press Any Key For More-\r                         \r  b\n", "a|  b|"},
        {"a\n-Press Any Key For More-\nb\n", "a|b|"},
        {"a\n-Press Any Key For More-                           b\n", "a|  b|"},
        {"a-Press Any Key For More-\r                         \rb\n", "a|b|"},
        {"-Press Any Key For More--Press Any Key For More-b\n", "b|"},
        /* Escapes: colours, erase line, title, charset; cut off at the end. */
        {"\033[1;31ma\033[0m\033[Kb\n", "ab|"},
        {"\033]0;title\ab\033(Bc\n", "bc|"},
        {"\033]0;title\033\\b\n", "b|"},
        {"a\033]never ended\nb\n", "a|b|"},
        {"a\033[12", "a|"},
        {"a\033", "a|"},
        {"a\033\nb\n", "a|b|"},
        /* Backspaces as on the screen. */
        {"onlien\b\bne\n", "online|"},
        {"ab\b \bc\n", "ac|"},
        {"\b\b\bab\n", "ab|"},
        {"a\a\x01"
         "b\x7f\n",
         "ab|"},
        {"\tx\n", "\tx|"},
        {"\xc2\xa0\xc2\xa0x\n", "  x|"},
        {"caf\xe9\n", "caf\xe9|"},
        {"\xef\xbb\xbf"
         "a\n",
         "a|"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(cases[i].bytes), "status", &text));
        assert_string_equal(shown(&text), cases[i].lines);
    }
}

static void numbers_lines_as_captured(void **state)
{
    (void)state;
    struct cli_text text;
    assert_true(reads(text_of("\n\nesa1.example.com> status\r\nfirst\n"
                              "-Press Any Key For More-\r      \rsecond\n\nlast\n"
                              "esa1.example.com> "),
                      "status", &text));
    assert_string_equal(shown(&text), "first|second||last|");
    assert_int_equal(text.lines[0].number, 4);
    assert_int_equal(text.lines[1].number, 5);
    assert_int_equal(text.lines[3].number, 7);
}

static void converts_utf16(void **state)
{
    (void)state;
    static const char ascii[] = "esa1.example.com> version\r\nA: 1\n";
    for (int form = 0; form < 4; form++) {
        bool big = form % 2, mark = form / 2;
        char bytes[2 * sizeof(ascii) + 2];
        size_t n = 0;
        if (mark) {
            bytes[n++] = big ? '\xfe' : '\xff';
            bytes[n++] = big ? '\xff' : '\xfe';
        }
        for (size_t i = 0; i < sizeof(ascii) - 1; i++, n += 2) {
            bytes[n + !big] = 0;
            bytes[n + big] = ascii[i];
        }
        struct cli_text text;
        assert_true(reads((struct span){bytes, n}, "version", &text));
        assert_string_equal(shown(&text), "A: 1|");
        assert_span(text.host, "esa1.example.com");
        assert_false(text.last_line_open);
    }
}

static void converts_all_of_unicode(void **state)
{
    (void)state;
    /* e acute, euro sign, a pair of surrogates, half a pair, an odd byte. */
    static const char bytes[] = "\xff\xfe\xe9\x00\xac\x20\x3d\xd8\x00\xde\x00\xd8x\x00y";
    struct cli_text text;
    assert_true(reads((struct span){bytes, sizeof(bytes) - 1}, "status", &text));
    assert_string_equal(shown(&text), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdx|");
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        enum fault_kind kind;
        unsigned line;
    } cases[] = {
#define BYTES(literal) literal, sizeof(literal) - 1
        {BYTES(""), FAULT_EMPTY, 0},
        {BYTES(" \r\n \n"), FAULT_EMPTY, 0},
        {BYTES("\xff\xfe"), FAULT_EMPTY, 0},
        {BYTES("\x7f"), FAULT_EMPTY, 0},
        {BYTES("-Press Any Key For More-"), FAULT_EMPTY, 0},
        {BYTES("esa1.example.com> "), FAULT_EMPTY, 0},
        {BYTES("esa1.example.com> status\nesa1.example.com> "), FAULT_EMPTY, 0},
        {BYTES("(Machine esa1.example.com)> version\nVersion: 1\n(Machine esa1.example.com)> "),
         FAULT_EMPTY, 0},
        {BYTES("text with \0 inside\n"), FAULT_SYNTAX, 0},
        {BYTES("\x7f"
               "ELF\0\0\0\0\0"),
         FAULT_SYNTAX, 0},
        {BYTES("\nUnknown command or missing feature key: status\n"), FAULT_UNSUPPORTED, 2},
        {BYTES("esa1> status\n\nUnknown command: status\nesa1> "), FAULT_UNSUPPORTED, 3},
        {BYTES("This command is restricted to \"machine\" mode.  Would you like to switch to "
               "\"machine\" mode? [Y]> "),
         FAULT_CUT, 1},
        {BYTES("This command is restricted to \"machine\" mode.  Would you like to switch to\n"
               "\"machine\" mode? [Y]>\n\n"),
         FAULT_CUT, 1},
        {BYTES("This command is restricted to"), FAULT_CUT, 1},
#undef BYTES
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_false(reads((struct span){cases[i].bytes, cases[i].n}, "status", &text));
        if (fault.kind != cases[i].kind)
            fail_msg("case %zu: %s", i, fault.text);
        assert_int_equal(fault.line, cases[i].line);
        assert_true(fault.text[0] != '\0');
        assert_false(
            cli_read(&arena, (struct span){cases[i].bytes, cases[i].n}, "status", &text, NULL));
    }
}

static void knows_prompts(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *lines;
        enum cli_mode mode;
        const char *host;
        bool returned, last_line_open;
    } cases[] = {
        {"x\n", "x|", CLI_MODE_UNKNOWN, "", false, false},
        {"x", "x|", CLI_MODE_UNKNOWN, "", false, true},
        {"x\nesa1.example.com> ", "x|", CLI_MODE_STANDALONE, "esa1.example.com", true, false},
        {"x\nesa1.example.com>", "x|", CLI_MODE_STANDALONE, "esa1.example.com", true, false},
        {"x\n\resa1.example.com> \n\n", "x|", CLI_MODE_STANDALONE, "esa1.example.com", true, false},
        {"esa1> status\nx\n", "x|", CLI_MODE_STANDALONE, "esa1", false, false},
        {"esa1> status detail\nx\nesa1> exit\n", "x|", CLI_MODE_STANDALONE, "esa1", true, false},
        {"x\nesa1> exit\nConnection closed.\n", "x|", CLI_MODE_STANDALONE, "esa1", true, false},
        {"(Machine esa1.example.com)> status\nx\n(Machine esa1.example.com)> ", "x|",
         CLI_MODE_MACHINE, "esa1.example.com", true, false},
        {"x\n(Machine esa1.example.com) > ", "x|", CLI_MODE_MACHINE, "esa1.example.com", true,
         false},
        {"x\n(Cluster Head Office v2.1)> ", "x|", CLI_MODE_CLUSTER, "", true, false},
        {"x\n(Group Main_Group)> ", "x|", CLI_MODE_GROUP, "", true, false},
        {"(Machine esa1.example.com)> clustermode cluster ; status\nx\n(Cluster hq)> ", "x|",
         CLI_MODE_CLUSTER, "esa1.example.com", true, false},
        /* Asked here, answered there. */
        {"(Machine esa1.example.com)> clustermode machine esa2.example.com ; status\nx\n"
         "(Machine esa1.example.com)> ",
         "x|", CLI_MODE_MACHINE, "esa2.example.com", true, false},
        {"esa1> ClusterMode  MACHINE esa2; status detail\nx\n", "x|", CLI_MODE_STANDALONE, "esa2",
         false, false},
        {"(Machine esa1)> clustermode machine ; status\nx\n", "x|", CLI_MODE_MACHINE, "esa1", false,
         false},
        {"(Machine esa1)> clustermode machine esa2 ; version\ny\n(Machine esa1)> status\nx\n", "x|",
         CLI_MODE_MACHINE, "esa1", false, false},
        {"(Machine esa1.example.com)> \n\nx\n", "x|", CLI_MODE_MACHINE, "esa1.example.com", false,
         false},
        {"status detail\r\nx\n", "x|", CLI_MODE_UNKNOWN, "", false, false},
        {"Status as of: now\n", "Status as of: now|", CLI_MODE_UNKNOWN, "", false, false},
        /* A word in front of '>' is no prompt as long as no host of that name is known. */
        {"word> text\nx\n", "word> text|x|", CLI_MODE_UNKNOWN, "", false, false},
        {"esa1> status\nWarning> text\nx\nesa1> ", "Warning> text|x|", CLI_MODE_STANDALONE, "esa1",
         true, false},
        {"<a> text\n()> x\n(Machine )> x\n", "<a> text|()> x|(Machine )> x|", CLI_MODE_UNKNOWN, "",
         false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(cases[i].bytes), "status", &text));
        assert_string_equal(shown(&text), cases[i].lines);
        assert_int_equal(text.mode, cases[i].mode);
        assert_span(text.host, cases[i].host);
        assert_int_equal(text.prompt_returned, cases[i].returned);
        assert_int_equal(text.last_line_open, cases[i].last_line_open);
        assert_false(text.question_open);
    }
}

static const char session[] = "Last login: Tue Mar  4 08:12:09 2025 from 192.0.2.10\r\r\n"
                              "AsyncOS 15.0.3 for Cisco C600V build 002\r\n"
                              "\r\n"
                              "NOTE: This session will expire if left idle for 30 minutes.\r\n"
                              "\r\n"
                              "(Machine esa1.example.com)> version\r\n"
                              "\r\n"
                              "version text\r\n"
                              "(Machine esa1.example.com)> status\r\n"
                              "old status\r\n"
                              "(Machine esa1.example.com)> clustermode cluster\r\n"
                              "(Cluster hq)> clusterconfig\r\n"
                              "Cluster hq\r\n"
                              "\r\n"
                              "Choose the operation you want to perform:\r\n"
                              "- LIST - List the machines in the cluster.\r\n"
                              "- CONNSTATUS - Show the status of connections.\r\n"
                              "[]> list\r\n"
                              "list text\r\n"
                              "\r\n"
                              "Choose the operation you want to perform:\r\n"
                              "- LIST - List the machines in the cluster.\r\n"
                              "[]> connstatus\r\n"
                              "connstatus text\r\n"
                              "Choose the operation you want to perform:\r\n"
                              "- LIST - List the machines in the cluster.\r\n"
                              "[]> \r\n"
                              "(Cluster hq)> clustercheck\r\n"
                              "clustercheck text\r\n"
                              "[3]> \r\n"
                              "(Cluster hq)> clustermode machine esa1.example.com\r\n"
                              "(Machine esa1.example.com)> status detail\r\n"
                              "new status\r\n"
                              "(Machine esa1.example.com)> exit\r\n";

static void finds_a_command_in_a_session(void **state)
{
    (void)state;
    static const struct {
        const char *command, *lines;
        unsigned line;
    } cases[] = {
        {"version", "|version text|", 7},
        {"status", "new status|", 33},
        {"clusterconfig list", "list text||", 19},
        {"clusterconfig connstatus", "connstatus text|", 24},
        {"clustercheck", "clustercheck text|[3]> |", 29},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(session), cases[i].command, &text));
        assert_string_equal(shown(&text), cases[i].lines);
        assert_int_equal(text.lines[0].number, cases[i].line);
        assert_true(text.prompt_returned);
        assert_false(text.question_open);
    }
    struct cli_text text;
    /* Not in it: what stands in front of the first prompt might be an answer without echo. */
    assert_true(reads(text_of(session), "workqueue status", &text));
    assert_int_equal(text.lines[text.count - 1].number, 4);
}

static void finds_a_choice_in_a_menu(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *lines;
        bool returned, open;
    } cases[] = {
        /* A later menu without the choice does not hide an earlier answer. */
        {"(Cluster a b)> clusterconfig list\nx\n(Cluster a b)> clusterconfig\n[]> connstatus\ny\n"
         "[]> \n(Cluster a b)> ",
         "x|", true, false},
        {"(Cluster a)> clusterconfig\n[]> list\nx\n[]> connstatus\ny\n[]> ", "x|", false, false},
        {"(Cluster a)> clusterconfig\n[]> list\nx\n[]> ", "x|[]> |", false, true},
        /* Pasted without the prompt. */
        {"- LIST - List.\n[]> LIST\nx\n\nChoose the operation you want to perform:\n- LIST\n[]> ",
         "x||", false, true},
        {"(Cluster a)> clusterconfig\nx\n[]> \n(Cluster a)> ", "x|[]> |", true, false},
        {"(Cluster a)> clusterconfig\nx\n(Machine b)> clusterconfig connstatus\ny\n", "x|", true,
         false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(cases[i].bytes), "clusterconfig list", &text));
        assert_string_equal(shown(&text), cases[i].lines);
        assert_int_equal(text.prompt_returned, cases[i].returned);
        assert_int_equal(text.question_open, cases[i].open);
    }
}

static void tells_questions_from_prompts(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *lines, *question;
        bool returned;
    } cases[] = {
        {"x\n[3]> ", "x|[3]> |", "[3]>", false},
        {"x\nGo on? [N]>\n\n", "x|Go on? [N]>|", "Go on? [N]>", false},
        {"x\n[3]> \nesa1> ", "x|[3]> |", "", true},
        {"x\n[3]> 3\n", "x|[3]> 3|", "", false},
        {"x\n\nChoose the operation you want to perform:\n- LIST - List.\n[]> ", "x||", "[]>",
         false},
        /* Only a menu that really asks is taken off. */
        {"x\nChoose the operation you want to perform:\ny\n",
         "x|Choose the operation you want to perform:|y|", "", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(cases[i].bytes), "clustercheck", &text));
        assert_string_equal(shown(&text), cases[i].lines);
        assert_int_equal(text.question_open, cases[i].question[0] != '\0');
        assert_span(text.question, cases[i].question);
        assert_int_equal(text.prompt_returned, cases[i].returned);
    }
}

static void skips_an_answered_restriction(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\nThis command is restricted to \"cluster\" mode.  Would you like to switch to "
        "\"cluster\" "
        "mode? [Y]> y\n\nx\n",
        "This command is restricted to \"cluster\" mode.  Would you like to switch to\n"
        "\"cluster\" mode? [Y]> y\nx\n",
        "This command is restricted to \"cluster\" mode.  Would you like to switch to \"cluster\" "
        "mode? [Y]> \nx\n(Cluster hq)> ",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cli_text text;
        assert_true(reads(text_of(cases[i]), "clustercheck", &text));
        assert_string_equal(shown(&text), "x|");
    }
}

static void holds_its_limits(void **state)
{
    (void)state;
    size_t n = SCREEN_MAX_LINE + 100;
    char *bytes = arena_alloc(&arena, 3 * (size_t)SCREEN_MAX_LINES);
    memset(bytes, 'a', n);
    struct cli_text text;
    assert_true(reads((struct span){bytes, n}, "status", &text));
    assert_int_equal(text.count, 1);
    assert_int_equal(text.lines[0].text.n, SCREEN_MAX_LINE);
    assert_true(text.too_long);

    for (size_t i = 0; i < SCREEN_MAX_LINES + 5; i++)
        memcpy(bytes + 2 * i, "a\n", 2);
    memcpy(bytes + 2 * (SCREEN_MAX_LINES + 5), "esa1> ", 6);
    struct span huge = {bytes, 2 * (SCREEN_MAX_LINES + 5) + 6};
    assert_true(reads(huge, "status", &text));
    assert_int_equal(text.count, SCREEN_MAX_LINES);
    assert_true(text.too_long);
    assert_false(text.prompt_returned);
}

static void helps_parsers(void **state)
{
    (void)state;
    struct span label, value;
    assert_true(cli_pair(text_of("  Up since :  a: b "), &label, &value));
    assert_span(label, "Up since");
    assert_span(value, "a: b");
    assert_false(cli_pair(text_of("no colon"), &label, &value));
    assert_int_equal(cli_indent(text_of(" \t x ")), 3);
    assert_int_equal(cli_indent(text_of("")), 0);
    assert_true(
        cli_wrapped(text_of("012345678901234567890123456789012345678901234567890123456789")));
    assert_false(cli_wrapped(text_of("short")));

    struct cli_text text;
    assert_true(reads(text_of("\n  a b  \n\n c\nd\n"), "status", &text));
    assert_span(cli_joined(&arena, &text, 0, text.count), "a b c d");
    assert_span(cli_joined(&arena, &text, 1, 1), "");
    assert_false(cli_not_recognised(&text, "status", &fault));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_int_equal(fault.line, 2);
    assert_string_equal(fault.text, "this is no answer of status: a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(cleans_terminal_text),
        with_arena(numbers_lines_as_captured),
        with_arena(converts_utf16),
        with_arena(converts_all_of_unicode),
        with_arena(refuses),
        with_arena(knows_prompts),
        with_arena(finds_a_command_in_a_session),
        with_arena(finds_a_choice_in_a_menu),
        with_arena(tells_questions_from_prompts),
        with_arena(skips_an_answered_restriction),
        with_arena(holds_its_limits),
        with_arena(helps_parsers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
