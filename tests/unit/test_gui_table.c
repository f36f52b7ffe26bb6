/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "checks/parse/gui_table.h"

static struct gui_page page;

static bool parse_bytes(const char *bytes, size_t n)
{
    return reads_as(&gui_table_tracking_kind, (struct span){bytes, n}, &page);
}

/* All of the page in one line: "[header|header] cell|cell / cell|cell", tables after ";". */
static const char *printed(void)
{
    const char *text = "";
    for (size_t t = 0; t < page.count; t++) {
        const struct gui_table *table = &page.tables[t];
        text = arena_printf(&arena, "%s%s[", text, t == 0 ? "" : "; ");
        for (size_t i = 0; i < table->header_count; i++)
            text = arena_printf(&arena, "%s%s%.*s", text, i == 0 ? "" : "|",
                                TEXT_ARGS(table->headers[i]));
        text = arena_printf(&arena, "%s]", text);
        for (size_t r = 0; r < table->row_count; r++) {
            const struct gui_table_row *row = &table->rows[r];
            text = arena_printf(&arena, "%s%s", text, r == 0 ? " " : " / ");
            for (size_t i = 0; i < row->count; i++)
                text = arena_printf(&arena, "%s%s%.*s", text, i == 0 ? "" : "|",
                                    TEXT_ARGS(row->cells[i]));
        }
    }
    return text;
}

static void shows(const char *text, const char *wanted)
{
    if (!parse_bytes(text, strlen(text)))
        fail_msg("%s: %s", text, fault.text);
    assert_string_equal(printed(), wanted);
}

static const char sample[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"ko\"><head><title> Message Tracking\n Data &amp; Availability</title>\n"
    "<meta charset=\"utf-8\"><script>var t = '<td>no</td>';</script></head>\n"
    "<body><table class=\"layout\"><tr><td>Menu</td><td>\n"
    "<table id=\"x\"><thead>\n"
    "<tr><th rowspan=\"2\">Appliance</th><th colspan=\"2\">Range</th><th "
    "rowspan=2>Status</th></tr>\n"
    "<tr><th>From</th><th>To</th></tr></thead><tbody>\n"
    "<tr><td>esa1.example.com</td><td>1&nbsp;Mar</td><td>4 Mar</td><td><b>O</b>K</td></tr>\n"
    "<tr style=\"display: none\"><td>esa9.example.com</td><td></td><td></td><td>OK</td></tr>\n"
    "<tr><td>esa2.example.com\n<td>1 Mar<td>4 Mar<td>\xED\x99\x95\xEC\x9D\xB8\n"
    "<tr><td> </td><td>&nbsp;</td><td></td><td><!-- --></td></tr>\n"
    "</tbody></table>\n"
    "</td></tr></table></body></html>\n";

static void reads_what_a_person_sees(void **state)
{
    (void)state;
    shows(sample, "[Appliance|Range From|Range To|Status] esa1.example.com|1 Mar|4 Mar|OK / "
                  "esa2.example.com|1 Mar|4 Mar|\xED\x99\x95\xEC\x9D\xB8");
    assert_true(text_is(page.title, "Message Tracking Data & Availability"));
    assert_int_equal(page.heading.n, 0);
    assert_true(text_is(page.language, "ko"));
    assert_int_equal(page.tables[0].line, 6);
    assert_int_equal(page.tables[0].rows[0].line, 9);
    assert_int_equal(page.tables[0].rows[1].line, 11);
}

static void tables_of_all_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        /* no header, no end tags, blanks */
        {"<table><tr><td> a \r\n b\t<td>c</table>", "[] a b|c"},
        {"\n\n<table><tr><td>a</td></tr></table>\n", "[] a"},
        {"<table></table>", "[]"},
        {"<TABLE><TR><TH>H</TH></TR><TR><TD>d</TD></TR></TABLE>", "[H] d"},
        /* cells across columns and rows keep the others under their headers */
        {"<table><tr><th>A<th>B<th>C<tr><td rowspan=2>x<td>1<td>2<tr><td>3<td>4</table>",
         "[A|B|C] x|1|2 / x|3|4"},
        {"<table><tr><td>1<td rowspan=3>x<tr><td>2<tr><td>3<tr><td>4</table>",
         "[] 1|x / 2|x / 3|x / 4"},
        {"<table><tr><td>1<td>2<td rowspan=2>x<tr><td>3</table>", "[] 1|2|x / 3||x"},
        {"<table><tr><td colspan=3>none</table>", "[] none|none|none"},
        {"<table><tr><td colspan=0>a<td colspan=-2>b<td colspan=x>c</table>", "[] a|b|c"},
        {"<table><tbody><tr><td rowspan=9>a<td>b</tbody><tbody><tr><td>c</tbody></table>",
         "[] a|b / c"},
        {"<table><thead><tr><td>A<td>B<tbody><tr><th>x<td>y</table>", "[A|B] x|y"},
        /* a heading between data is no header of columns */
        {"<table><tr><th>A<th>B<tr><td>1<td>2<tr><th colspan=2>group<tr><td>3<td>4</table>",
         "[A|B] 1|2 / group|group / 3|4"},
        /* what stands between a row and its cells, between a table and its rows */
        {"<table><form><tr><form><td>a</td><td>b</td></form></tr></form></table>", "[] a|b"},
        /* text of blocks, inline elements, pictures, scripts */
        {"<table><tr><td>Yes<br>No<td><div>a</div><div>b</div>c<td>O<span>K</span></table>",
         "[] Yes No|a b c|OK"},
        {"<table><tr><td><img src=x.gif alt=\"OK\"> fine<td><img src=y.gif></table>",
         "[] OK fine|"},
        /* a picture and the word beside it that say the same */
        {"<table><tr><td><img alt=OK> <b>OK </b>now<td>Yes<img alt=' Yes'><td>OK OK<td>"
         "<img alt=OK>OK OK<td><img alt=a><img alt=a></table>",
         "[] OK now|Yes|OK OK|OK OK OK|a a"},
        {"<table><tr><td><script>OK</script><style>b</style>x<td><select><option>OK</select>y"
         "</table>",
         "[] x|y"},
        {"<table><tr><td>&lt;b&gt; &amp; &euro;&#x41; &nosuch;</table>", "[] <b> & \xE2\x82\xAC"
                                                                         "A &nosuch;"},
        {"<table><tr><td>a<!-- b -->c<td>d <?php e ?></table>", "[] ac|d"},
        /* two tables; a table inside makes the outer one layout */
        {"<table><tr><td>a</table><table><tr><td>b</table>", "[] a; [] b"},
        {"<table><tr><td>a<table><tr><td>b</table></table>", "[] b"},
        {"<table><tr><td>a<table hidden><tr><td>b</table>c</table>", "[] a c"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        shows(rows[i].text, rows[i].wanted);
}

static void headings(void **state)
{
    (void)state;
    static const struct {
        const char *before, *heading;
    } rows[] = {
        {"<h1>Security\n <b>Appliances</b></h1>", "Security Appliances"},
        {"<h1></h1><h1>first</h1><h1>second</h1>", "first"},
        {"<h1 hidden>a</h1><h1>b<span hidden>c</span></h1>", "b"},
        {"<h2>no heading of the page</h2>", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = arena_printf(&arena, "%s<table><tr><td>a</table>", rows[i].before);
        shows(text, "[] a");
        assert_true(text_is(page.heading, rows[i].heading));
    }
}

static void hidden_is_not_there(void **state)
{
    (void)state;
    static const char *const hiding[] = {
        "style=\"display:none\"",
        "style='color: red; DISPLAY : None ;'",
        "style=\"visibility: hidden\"",
        "hidden",
        "class=\"a hidden b\"",
        "class=\"yui-dt-hidden\"",
        "hidden=\"hidden\"",
        "style=\"display:none !important\"",
    };
    static const char *const showing[] = {
        "style=\"display: block\"",
        "style=\"nodisplay:none\"",
        "class=\"overflow-hidden\"",
        "class=\"hiddenrow\"",
        "title=\"hidden\"",
        "style=\"display\"",
        "style",
        "class",
    };
    static const char *const forms[] = {
        "<table><tr><td>a</tr><tr %s><td>b</tr></table>",
        "<table><tr><td>a</td><td %s>b</td></tr></table>",
        "<table><tr><td>a<i %s>b</i></td></tr></table>",
        "<table><tr><td>a<tbody %s><tr><td>b</table>",
        "<table><tr><td>a</table><div %s><table><tr><td>b</table></div>",
        "<table><tr><td>a</table><table %s><tr><td>b</table>",
    };
    for (size_t f = 0; f < COUNT(forms); f++) {
        const char *form = forms[f], *at = strstr(form, "%s");
        int before = (int)(at - form);
        for (size_t i = 0; i < COUNT(hiding); i++)
            shows(arena_printf(&arena, "%.*s%s%s", before, form, hiding[i], at + 2), "[] a");
        for (size_t i = 0; i < COUNT(showing); i++) {
            const char *text = arena_printf(&arena, "%.*s%s%s", before, form, showing[i], at + 2);
            assert_true(parse_bytes(text, strlen(text)));
            assert_non_null(strchr(printed(), 'b'));
        }
    }
}

static void languages(void **state)
{
    (void)state;
    static const struct {
        const char *head, *language;
    } rows[] = {
        {"<html lang=\" en-US \"><body>", "en-US"},
        {"<html><head><script src=\"https://sma1.example.com/javascript?k1&amp;language=ko-kr\">"
         "</script></head><body>",
         "ko-kr"},
        {"<html><head><script src=\"/javascript?language=de&key=2\"></script></head><body>", "de"},
        {"<html><head><script>language=fr</script></head><body>", ""},
        {"<html lang=ja><head><script src=\"?language=de\"></script></head><body>", "ja"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        shows(arena_printf(&arena, "%s<table><tr><td>a</table>", rows[i].head), "[] a");
        if (!text_is(page.language, rows[i].language))
            fail_msg("row %zu: '%.*s'", i, TEXT_ARGS(page.language));
    }
}

/* "확인" (OK) of a Korean GUI and "é", as several charsets write them. */
static void charsets(void **state)
{
    (void)state;
#define PAGE(head, cell) "<html><head>" head "</head><table><tr><td>" cell "</table></html>"
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {PAGE("", "\xED\x99\x95\xEC\x9D\xB8"), "[] \xED\x99\x95\xEC\x9D\xB8"},
        {"\xEF\xBB\xBF" PAGE("<meta charset=euc-kr>", "\xED\x99\x95\xEC\x9D\xB8"),
         "[] \xED\x99\x95\xEC\x9D\xB8"},
        {PAGE("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=EUC-KR\">",
              "\xC8\xAE\xC0\xCE"),
         "[] \xED\x99\x95\xEC\x9D\xB8"},
        {PAGE("<meta name=x><META CHARSET = 'euc-kr' />", "\xC8\xAE\xC0\xCE"),
         "[] \xED\x99\x95\xEC\x9D\xB8"},
        {PAGE("<meta charset=\"Shift_JIS\">", "\x83\x49\x83\x50"), "[] \xE3\x82\xAA\xE3\x82\xB1"},
        {PAGE("<meta charset=iso-8859-1>", "\xE9"), "[] \xC3\xA9"},
        {PAGE("", "\xE9"), "[] \xC3\xA9"},
        {PAGE("<meta charset=utf-8>", "\xE9"), "[] \xC3\xA9"},
        {PAGE("<meta charset=no-such-charset>", "\xC3\xA9"), "[] \xC3\xA9"},
        {PAGE("<meta charset=utf-16>", "\xC3\xA9"), "[] \xC3\xA9"},
        {PAGE("<meta name=charset>", "\xC3\xA9"), "[] \xC3\xA9"},
        {PAGE("<meta charset=>", "\xC3\xA9"), "[] \xC3\xA9"},
        {PAGE("<meta charset=\"", "a") "\">b</table>", "[] b"},
    };
#undef PAGE
    for (size_t i = 0; i + 1 < COUNT(rows); i++)
        shows(rows[i].text, rows[i].wanted);

    static const char ascii[] = "<table><tr><td>OK</table>";
    char wide[2 * sizeof(ascii)] = "\xFF\xFE";
    for (size_t i = 0; i + 1 < sizeof(ascii); i++)
        wide[2 + 2 * i] = ascii[i];
    assert_true(parse_bytes(wide, sizeof(wide)));
    assert_string_equal(printed(), "[] OK");
}

static void says_what_else_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum fault_kind kind;
        const char *words;
    } rows[] = {
        {"", FAULT_EMPTY, "empty"},
        {" \r\n", FAULT_EMPTY, "empty"},
        {"\xEF\xBB\xBF", FAULT_EMPTY, "empty"},
        {"\xFF\xFE", FAULT_EMPTY, "empty"},
        {"esa1.example.com OK", FAULT_SYNTAX, "esa1.example.com OK"},
        {"{\"error\": {\"message\": \"Unauthorized.\", \"code\": \"401\"}}", FAULT_FORBIDDEN,
         "401"},
        {"{\"data\": {}}", FAULT_SYNTAX, "JSON"},
        {"<", FAULT_SYNTAX, "no"},
        {"<!-- -->", FAULT_SYNTAX, "no"},
        {"<html><body>hello</body></html>", FAULT_SYNTAX, "no table"},
        {"<html><script>document.write('<table></table>')</script></html>", FAULT_SYNTAX,
         "no table"},
        {"<html><form><table><tr><td>User<td><input name=username><tr><td>Passphrase<td>"
         "<input type=password name=password></table></form></html>",
         FAULT_LOGIN, "login page instead of"},
        {"<html><body><p>User Session is\n not valid.</p></body></html>", FAULT_LOGIN, "session"},
        {"<html><table><tr><td>The system is in the <b>process of</b> restarting.</table></html>",
         FAULT_RESTARTING, "restarting"},
        {"<html><body><h1>APPLICATION ERROR</h1></body></html>", FAULT_SYNTAX, "Application Error"},
        {"<html><table><tr><th>A<tr><td>esa1.example.com<td>O", FAULT_CUT, "inside a table"},
        {"<html><table><tr><td>x</table><table", FAULT_CUT, "inside a table"},
        {"<meta charset=euc-kr><table><tr><td>\xFF\xFF</table>", FAULT_SYNTAX, "charset"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (parse_bytes(rows[i].text, strlen(rows[i].text)))
            fail_msg("row %zu: %s", i, printed());
        if (fault.kind != rows[i].kind || strstr(fault.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s: %s", i, fault_word(fault.kind), fault.text);
        assert_false(gui_table_services_kind.parse(&arena, text_of(rows[i].text), &page, NULL));
    }
    static const char binary[] = "<table><tr><td>OK\0</table>";
    assert_false(parse_bytes(binary, sizeof(binary) - 1));
    assert_int_equal(fault.kind, FAULT_SYNTAX);

    /* Not a failure: the words stand in a script, out of sight, or beside data. */
    static const char *const data = "<table><tr><th>A<tr><td>process of restarting</table>";
    assert_true(parse_bytes(data, strlen(data)));
    static const char *const script = "<p hidden>Application Error</p><script>x='User Session is "
                                      "not valid.'</script><table><tr><td>a</table>";
    assert_true(parse_bytes(script, strlen(script)));
    static const char *const form = "<input name=password><table><tr><th>A<tr><td>1</table>";
    assert_true(parse_bytes(form, strlen(form)));
}

static void bounds_everything(void **state)
{
    (void)state;
    size_t size = 5 * 1024 * 1024, n = 0;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '<', size);
    assert_false(parse_bytes(text, size));
    assert_int_equal(fault.kind, FAULT_TOO_BIG);

    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(text + n, size - n, "<div><b>");
    n += (size_t)snprintf(text + n, size - n, "<table><tr><td>OK</table>");
    assert_false(parse_bytes(text, n));
    assert_int_equal(fault.kind, FAULT_TOO_BIG);

    /* Against each other attribute, each is compared: hours without a bound. */
    n = (size_t)snprintf(text, size, "<table><tr");
    for (unsigned i = 0; n < 1900 * 1024; i++)
        n += (size_t)snprintf(text + n, size - n, " a%x", i);
    n += (size_t)snprintf(text + n, size - n, "><td>OK</table>");
    assert_false(parse_bytes(text, n));
    assert_int_equal(fault.kind, FAULT_TOO_BIG);

    n = (size_t)snprintf(text, size, "<table>");
    for (int i = 0; i < 21000; i++)
        n += (size_t)snprintf(text + n, size - n, "<tr><td colspan=99>%d", i);
    n += (size_t)snprintf(text + n, size - n, "</table>");
    assert_true(parse_bytes(text, n));
    assert_int_equal(page.tables[0].row_count, GUI_TABLE_MAX_ROWS);
    assert_int_equal(page.tables[0].rows[0].count, GUI_TABLE_MAX_CELLS);
    assert_true(text_is(page.tables[0].rows[19999].cells[63], "19999"));

    n = 0;
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(text + n, size - n, "<table><tr><th>A<tr><td>b</table>");
    assert_true(parse_bytes(text, n));
    assert_int_equal(page.count, 200);

    /* A cell longer than any word of status is cut between characters. */
    n = (size_t)snprintf(text, size, "<table><tr><td>x");
    for (int i = 0; i < 9000; i++)
        n += (size_t)snprintf(text + n, size - n, "\xC3\xA9");
    n += (size_t)snprintf(text + n, size - n, "</table>");
    assert_true(parse_bytes(text, n));
    struct span cell = page.tables[0].rows[0].cells[0];
    assert_in_range(cell.n, 4000, 4096);
    assert_int_equal(cell.n % 2, 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_what_a_person_sees),
        with_arena(tables_of_all_shapes),
        with_arena(headings),
        with_arena(hidden_is_not_there),
        with_arena(languages),
        with_arena(charsets),
        with_arena(says_what_else_it_is),
        with_arena(bounds_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
