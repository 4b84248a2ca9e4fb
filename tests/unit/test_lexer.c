/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/lexer.h"
#include "base/buffer.h"
#include "unit.h"

/* All tokens up to the end or a bad one: "position:KIND[text]", a space between them. */
static const char *tokens_of(const char *text)
{
    static const char *const kinds[] = {
        [GP_TOKEN_END] = "END",         [GP_TOKEN_NAME] = "NAME",
        [GP_TOKEN_ALIAS] = "ALIAS",     [GP_TOKEN_STRING] = "STRING",
        [GP_TOKEN_INTEGER] = "INTEGER", [GP_TOKEN_DOUBLE] = "DOUBLE",
        [GP_TOKEN_DATE] = "DATE",       [GP_TOKEN_DATETIME] = "DATETIME",
        [GP_TOKEN_GUID] = "GUID",       [GP_TOKEN_MARK] = "MARK",
        [GP_TOKEN_TIME] = "TIME",       [GP_TOKEN_JSON] = "JSON",
        [GP_TOKEN_BAD] = "BAD",
    };
    gp_buffer buffer;
    gp_lexer lexer;

    gp_buffer_open(&buffer, pool, 256);
    for (gp_lexer_open(&lexer, pool, text);; gp_lexer_advance(&lexer)) {
        gp_buffer_puts(&buffer, apr_psprintf(pool, "%d:%s[%s]", lexer.token.at,
                                             kinds[lexer.token.kind], lexer.token.text));
        if (lexer.token.kind == GP_TOKEN_END || lexer.token.kind == GP_TOKEN_BAD)
            return gp_buffer_text(&buffer);
        gp_buffer_puts(&buffer, " ");
    }
}

TEST(tokens_are_read_with_their_positions)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"a.b_c1 $it @p 'x' 5",
         "1:NAME[a.b_c1] 8:NAME[$it] 12:ALIAS[@p] 15:STRING[x] 19:INTEGER[5] 20:END[]"},
        {"  a eq'b'", "3:NAME[a] 5:NAME[eq] 7:STRING[b] 10:END[]"},
        {"a-b", "1:NAME[a] 2:MARK[-] 3:NAME[b] 4:END[]"},
        {"c:c/x", "1:NAME[c] 2:MARK[:] 3:NAME[c] 4:MARK[/] 5:NAME[x] 6:END[]"},
        {"$count($select=*)",
         "1:NAME[$count] 7:MARK[(] 8:NAME[$select] 15:MARK[=] 16:MARK[*] 17:MARK[)] 18:END[]"},
        {"(),/:;=*",
         "1:MARK[(] 2:MARK[)] 3:MARK[,] 4:MARK[/] 5:MARK[:] 6:MARK[;] 7:MARK[=] 8:MARK[*] 9:END[]"},
        {"-a - (--1", "1:MARK[-] 2:NAME[a] 4:MARK[-] 6:MARK[(] 7:MARK[-] 8:INTEGER[-1] 10:END[]"},
        {"-INFx -NaN", "1:MARK[-] 2:NAME[INFx] 7:MARK[-] 8:DOUBLE[NaN] 11:END[]"},
        {"'it''s' '' ''''", "1:STRING[it's] 9:STRING[] 12:STRING['] 16:END[]"},
        {"'ë' 'ëë' a", "1:STRING[ë] 5:STRING[ëë] 10:NAME[a] 11:END[]"},
        {"'😀' a", "1:STRING[😀] 5:NAME[a] 6:END[]"},
        {"'a(b)' b", "1:STRING[a(b)] 8:NAME[b] 9:END[]"},
        {"0 -0 +0 007 -007 +5", "1:INTEGER[0] 3:INTEGER[-0] 6:INTEGER[0] 9:INTEGER[7] "
                                "13:INTEGER[-7] 18:INTEGER[5] 20:END[]"},
        {"2147483648 99999999999999999999",
         "1:INTEGER[2147483648] 12:INTEGER[99999999999999999999] 32:END[]"},
        {"1.5 1.50e+03 -00.5E-1 1e5 0e99", "1:DOUBLE[1.5] 5:DOUBLE[1.50e+03] 14:DOUBLE[-0.5E-1] "
                                           "23:DOUBLE[1e5] 27:DOUBLE[0e99] 31:END[]"},
        {"INF -INF NaN inf nan INFx", "1:DOUBLE[INF] 5:DOUBLE[-INF] 10:DOUBLE[NaN] 14:NAME[inf] "
                                      "18:NAME[nan] 22:NAME[INFx] 26:END[]"},
        {"-INF)", "1:DOUBLE[-INF] 5:MARK[)] 6:END[]"},
        {"2020-02-29 0001-01-01", "1:DATE[2020-02-29] 12:DATE[0001-01-01] 22:END[]"},
        {"2019-12-31T23:59Z 2019-12-31T23:30:00.123-01:00 2020-01-01t00:00:00z",
         "1:DATETIME[2019-12-31T23:59Z] 19:DATETIME[2019-12-31T23:30:00.123-01:00] "
         "49:DATETIME[2020-01-01t00:00:00z] 69:END[]"},
        {"0000-01-01 -0044-03-15 12000-12-31T00:00Z",
         "1:DATE[0000-01-01] 12:DATE[-0044-03-15] 24:DATETIME[12000-12-31T00:00Z] 42:END[]"},
        {"17A809A9-09A9-17A8-A909-A817A909A817",
         "1:GUID[17a809a9-09a9-17a8-a909-a817a909a817] 37:END[]"},
        {"true null not", "1:NAME[true] 6:NAME[null] 11:NAME[not] 14:END[]"},
        {"12:30 23:59:59 00:00:60.123456789012)",
         "1:TIME[12:30] 7:TIME[23:59:59] 16:TIME[00:00:60.123456789012] 37:MARK[)] 38:END[]"},
        {"@a.b_c1 @a#b @a", "1:ALIAS[@a.b_c1] 9:ALIAS[@a#b] 14:ALIAS[@a] 16:END[]"},
        {"ë aë1 @ë", "1:NAME[ë] 3:NAME[aë1] 7:ALIAS[@ë] 9:END[]"},
        {"[] {}", "1:JSON[[]] 4:JSON[{}] 6:END[]"},
        {"['a','it''s]',[{\"}\":\"\\\"]\"}]],b",
         "1:JSON[['a','it''s]',[{\"}\":\"\\\"]\"}]]] 29:MARK[,] 30:NAME[b] 31:END[]"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(tokens_of(rows[i].text), rows[i].tokens);
    ck_assert_str_eq(tokens_of(""), "1:END[]");
    ck_assert_str_eq(tokens_of(" \t\r\n"), "5:END[]");
    ck_assert_str_eq(tokens_of("a\tb\n c"), "1:NAME[a] 3:NAME[b] 6:NAME[c] 7:END[]");
}

TEST(an_invalid_token_is_reported_at_its_start)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"'a", "1:BAD[the string has no closing quote.]"},
        {"'", "1:BAD[the string has no closing quote.]"},
        {"'a''", "1:BAD[the string has no closing quote.]"},
        {"5.", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"1e", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"5x", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"5_", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"+a", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"1e309", "1:BAD[the number is out of range.]"},
        {"1e-400", "1:BAD[the number is out of range.]"},
        {"2020-02-29x", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"2020-02-30", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"24:00", "1:INTEGER[24] 3:MARK[:] 4:INTEGER[0] 6:END[]"},
        {"12:60", "1:INTEGER[12] 3:MARK[:] 4:INTEGER[60] 6:END[]"},
        {"1:30", "1:INTEGER[1] 2:MARK[:] 3:INTEGER[30] 5:END[]"},
        {"12:30:00.1234567890123",
         "1:INTEGER[12] 3:MARK[:] 4:INTEGER[30] 6:MARK[:] 7:DOUBLE[0.1234567890123] 23:END[]"},
        {".5", "1:BAD[this character is not valid here.]"},
        {"a .b", "1:NAME[a] 3:BAD[this character is not valid here.]"},
        {"@1", "1:BAD[this character is not valid here.]"},
        {"[", "1:BAD[the JSON array or object is not closed.]"},
        {"{\"a\":1", "1:BAD[the JSON array or object is not closed.]"},
        {"[}", "1:BAD[the JSON array or object is not closed.]"},
        {"[(])", "1:BAD[the JSON array or object is not closed.]"},
        {"[\"]", "1:BAD[the JSON array or object is not closed.]"},
        {"[\"\\", "1:BAD[the JSON array or object is not closed.]"},
        {"['a]", "1:BAD[the JSON array or object is not closed.]"},
        {"]", "1:BAD[this character is not valid here.]"},
        {"}", "1:BAD[this character is not valid here.]"},
        {"1+1", "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"2019-12-31T23:30:00.1234567890123Z",
         "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"2019-12-31T23:30 01:00",
         "1:BAD[a date-time ends in Z or an offset, whose + is %2B in a URL.]"},
        {"2019-12-31T23:30:00.5",
         "1:BAD[a date-time ends in Z or an offset, whose + is %2B in a URL.]"},
        {"17a809a9-09a9-17a8-a909-a817a909a81",
         "1:BAD[this is not a number, date, date-time or GUID.]"},
        {"$", "1:BAD[this character is not valid here.]"},
        {"$ a", "1:BAD[this character is not valid here.]"},
        {"@", "1:BAD[this character is not valid here.]"},
        {"@(", "1:BAD[this character is not valid here.]"},
        {"..", "1:BAD[this character is not valid here.]"},
        {".", "1:BAD[this character is not valid here.]"},
        {"\"a\"", "1:BAD[this character is not valid here.]"},
        {"a\"b", "1:NAME[a] 2:BAD[this character is not valid here.]"},
        {"#", "1:BAD[this character is not valid here.]"},
        {"'ë' #", "1:STRING[ë] 5:BAD[this character is not valid here.]"},
        {"aë#", "1:NAME[aë] 3:BAD[this character is not valid here.]"},
        {"'😀' ]a]", "1:STRING[😀] 5:BAD[this character is not valid here.]"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(tokens_of(rows[i].text), rows[i].tokens);
}

TEST(no_token_follows_an_invalid_one_or_the_end)
{
    gp_lexer lexer;

    gp_lexer_open(&lexer, pool, "# a");
    gp_lexer_advance(&lexer);
    ck_assert_int_eq(lexer.token.kind, GP_TOKEN_BAD);
    ck_assert_int_eq(lexer.token.at, 1);
    gp_lexer_open(&lexer, pool, "");
    gp_lexer_advance(&lexer);
    ck_assert_int_eq(lexer.token.kind, GP_TOKEN_END);
    ck_assert_str_eq(gp_lexer_expected(&lexer, "x"), "expected x, not the end.");
}

TEST(marks_and_names_are_distinguished)
{
    gp_lexer lexer;

    gp_lexer_open(&lexer, pool, "And('and',(");
    ck_assert(gp_lexer_is_name(&lexer, "and"));
    ck_assert(!gp_lexer_is_name(&lexer, "an") && !gp_lexer_is_name(&lexer, "andy"));
    ck_assert(!gp_lexer_is_mark(&lexer, 'A') && !gp_lexer_take(&lexer, '('));
    ck_assert_str_eq(gp_lexer_expected(&lexer, "x"), "expected x, not 'And'.");
    gp_lexer_advance(&lexer);
    ck_assert(!gp_lexer_take(&lexer, ')') && gp_lexer_take(&lexer, '('));
    ck_assert(!gp_lexer_is_name(&lexer, "and") && !gp_lexer_is_mark(&lexer, 'a'));
    gp_lexer_advance(&lexer);
    ck_assert(gp_lexer_take(&lexer, ',') && gp_lexer_is_mark(&lexer, '('));
}

/* Each text ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(texts_that_end_anywhere_are_read_to_their_end)
{
    static const char whole[] =
        "a.b $it @p 'it''s' -12.5e+10 -INF NaN 2020-02-29 2020-02-29T23:59:60.5+14:00 "
        "17a809a9-09a9-17a8-a909-a817a909a817 (),/:;=* '\xc3\xab\xf0\x9f\x98\x80' \xf0\x9f\x98\x80";
    apr_size_t from, to;

    for (from = 0; from < strlen(whole); from++) {
        for (to = from; to <= strlen(whole); to++) {
            char *text = malloc(to - from + 1);

            memcpy(text, whole + from, to - from);
            text[to - from] = '\0';
            tokens_of(text);
            free(text);
        }
        apr_pool_clear(pool);
    }
}

UNIT_MAIN("lexer")
