/* SPDX-License-Identifier: Apache-2.0 */
#include "document/json.h"
#include "unit.h"

/* ---- the events of a reading, as text ---- */

typedef struct {
    char text[8192];
    apr_size_t length;
    int stop_at; /* the event that stops the reading, counted from 1; 0: none */
    int count;
    int depth, deepest, stop_depth;
} trace;

static int event(trace *to, const char *mark, const char *text, apr_size_t length)
{
    apr_size_t mark_length = strlen(mark);

    ck_assert_uint_lt(to->length + mark_length + length + 2, sizeof to->text);
    memcpy(to->text + to->length, mark, mark_length);
    to->length += mark_length;
    if (text != NULL) {
        ck_assert_ptr_null(memchr(text, 0, length));
        memcpy(to->text + to->length, text, length);
        to->length += length;
        to->text[to->length++] = ')';
    }
    to->text[to->length] = '\0';
    return ++to->count != to->stop_at;
}

static int on_null(void *to)
{
    return event(to, "null ", NULL, 0);
}

static int on_boolean(void *to, int value)
{
    return event(to, value ? "true " : "false ", NULL, 0);
}

static int on_number(void *to, const char *text, apr_size_t length)
{
    return event(to, "N(", text, length);
}

static int on_string(void *to, const char *text, apr_size_t length)
{
    ck_assert_ptr_nonnull(text);
    return event(to, "S(", text, length);
}

static int on_name(void *to, const char *text, apr_size_t length)
{
    ck_assert_ptr_nonnull(text);
    return event(to, "K(", text, length);
}

static int on_begin_object(void *to)
{
    return event(to, "{", NULL, 0);
}

static int on_end_object(void *to)
{
    return event(to, "}", NULL, 0);
}

static int on_begin_array(void *to)
{
    return event(to, "[", NULL, 0);
}

static int on_end_array(void *to)
{
    return event(to, "]", NULL, 0);
}

static const gp_json_events events = {
    on_null,         on_boolean,    on_number,      on_string,    on_name,
    on_begin_object, on_end_object, on_begin_array, on_end_array,
};

/* Reads a text in blocks of a size. Each block is a copy that ends at the end of its memory, so
 * that sanitizers detect a read beyond it. Returns the error, or "stopped", or NULL. */
static const char *read_blocks(trace *to, const char *text, apr_size_t length, apr_size_t size)
{
    gp_json *json = gp_json_open(pool, &events, to);
    apr_size_t at = 0;
    int more = 1;

    to->length = 0;
    to->count = 0;
    to->text[0] = '\0';
    while (more && at < length) {
        apr_size_t part = length - at < size ? length - at : size;
        char *block = malloc(part);

        memcpy(block, text + at, part);
        more = gp_json_feed(json, block, part);
        memset(block, 'x', part);
        free(block);
        at += part;
    }
    if (more)
        more = gp_json_finish(json);
    ck_assert_int_eq(more,
                     gp_json_error(json) == NULL && (to->stop_at == 0 || to->count < to->stop_at));
    return gp_json_error(json) ? gp_json_error(json) : more ? NULL : "stopped";
}

/* Reads a valid text: the events are the same however it is split. */
static const char *read_right(const char *text)
{
    static trace whole, split;
    apr_size_t length = strlen(text), size;
    const char *error = read_blocks(&whole, text, length, length);

    ck_assert_msg(error == NULL, "%s: %s", text, error);
    for (size = 1; size < length; size++) {
        error = read_blocks(&split, text, length, size);
        ck_assert_msg(error == NULL, "%s in blocks of %d: %s", text, (int)size, error);
        ck_assert_str_eq(split.text, whole.text);
    }
    return whole.text;
}

/* The error of a text read in one block. */
static const char *error_of(const char *text, apr_size_t length)
{
    static trace to;
    const char *error = read_blocks(&to, text, length, length);

    return error ? error : "right";
}

static const char *wrong(const char *text)
{
    return error_of(text, strlen(text));
}

static void has(const char *error, const char *part)
{
    ck_assert_msg(strstr(error, part) != NULL, "'%s' does not say '%s'", error, part);
}

/* ---- valid texts ---- */

TEST(every_kind_of_value_is_an_event)
{
    ck_assert_str_eq(read_right("null"), "null ");
    ck_assert_str_eq(read_right("true"), "true ");
    ck_assert_str_eq(read_right("false"), "false ");
    ck_assert_str_eq(read_right("12"), "N(12)");
    ck_assert_str_eq(read_right("\"text\""), "S(text)");
    ck_assert_str_eq(read_right("{}"), "{}");
    ck_assert_str_eq(read_right("[]"), "[]");
    ck_assert_str_eq(read_right("\"\""), "S()");
    ck_assert_str_eq(read_right("{\"\":\"\"}"), "{K()S()}");
}

TEST(events_come_in_the_order_of_the_text)
{
    ck_assert_str_eq(read_right("{\"a\":[1,true,{\"b\":null}],\"c\":\"d\",\"a\":false}"),
                     "{K(a)[N(1)true {K(b)null }]K(c)S(d)K(a)false }");
    ck_assert_str_eq(read_right("[[],[[]],{\"x\":{}},\"[\"]"), "[[][[]]{K(x){}}S([)]");
}

TEST(white_space_is_skipped)
{
    ck_assert_str_eq(read_right(" \t\r\n{ \"a\" \n:\t1 ,\r\n\"b\" : [ ] }\n \t\r\n"),
                     "{K(a)N(1)K(b)[]}");
    ck_assert_str_eq(read_right("\n\n 7 \n"), "N(7)");
    ck_assert_str_eq(read_right("\"  \""), "S(  )");
}

TEST(numbers_arrive_as_they_were_written)
{
    static const char *const numbers[] = {
        "0",   "-0",  "1",       "-1",       "10",        "1.0",        "1.50",
        "1e5", "1E5", "1e+5",    "1E-5",     "-1.25e-10", "0.0",        "-0.0",
        "0e0", "1e0", "1e00005", "1e400000", "1e-400000", "2147483648", "9223372036854775808",
    };
    char *digits = apr_palloc(pool, 3001);
    apr_size_t i;

    for (i = 0; i < COUNT(numbers); i++) {
        ck_assert_str_eq(read_right(numbers[i]), apr_psprintf(pool, "N(%s)", numbers[i]));
        ck_assert_str_eq(read_right(apr_psprintf(pool, "[%s,%s]", numbers[i], numbers[i])),
                         apr_psprintf(pool, "[N(%s)N(%s)]", numbers[i], numbers[i]));
    }
    memset(digits, '9', 3000);
    digits[3000] = '\0';
    ck_assert_str_eq(read_right(digits), apr_pstrcat(pool, "N(", digits, ")", NULL));
}

TEST(escapes_are_decoded)
{
    ck_assert_str_eq(read_right("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "S(\"\\/\b\f\n\r\t)");
    ck_assert_str_eq(read_right("\"\\u0041\\u00e9\\u00E9\\u20ac\\uFFFF\\u0001\""),
                     "S(A\xc3\xa9\xc3\xa9\xe2\x82\xac\xef\xbf\xbf\x01)");
    ck_assert_str_eq(read_right("{\"\\u0061\\n\":1}"), "{K(a\n)N(1)}");
    ck_assert_str_eq(read_right("\"\\\\u0000\""), "S(\\u0000)");
    ck_assert_str_eq(read_right("\"\\\\\\\\ud800\""), "S(\\\\ud800)");
}

TEST(pairs_of_surrogates_are_one_character)
{
    ck_assert_str_eq(read_right("\"\\ud83d\\ude00\""), "S(\xf0\x9f\x98\x80)");
    ck_assert_str_eq(read_right("\"\\uD83D\\uDE00\""), "S(\xf0\x9f\x98\x80)");
    ck_assert_str_eq(read_right("\"\\ud800\\udc00\""), "S(\xf0\x90\x80\x80)");
    ck_assert_str_eq(read_right("\"\\udbff\\udfff\""), "S(\xf4\x8f\xbf\xbf)");
    ck_assert_str_eq(read_right("\"x\\ud83d\\ude00\\ud83d\\ude01y\""),
                     "S(x\xf0\x9f\x98\x80\xf0\x9f\x98\x81y)");
    ck_assert_str_eq(read_right("{\"\\ud83d\\ude00\":\"\\ud7ff\\ue000\"}"),
                     "{K(\xf0\x9f\x98\x80)S(\xed\x9f\xbf\xee\x80\x80)}");
}

TEST(utf8_passes_unchanged)
{
    ck_assert_str_eq(read_right("\"Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80\x7f\""),
                     "S(Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80\x7f)");
    ck_assert_str_eq(read_right("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf"
                                "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
                     "S(\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf"
                     "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf)");
    /* Within a string a byte order mark is a character. */
    ck_assert_str_eq(read_right("\"\xef\xbb\xbf\""), "S(\xef\xbb\xbf)");
}

TEST(long_strings_pass)
{
    static trace to;
    apr_size_t length = 7000, size;
    char *text = apr_palloc(pool, length + 3);

    memset(text, 'a', length + 2);
    text[0] = text[length + 1] = '"';
    text[length + 2] = '\0';
    for (size = 1; size < 3 * length; size *= 3) {
        ck_assert_ptr_null(read_blocks(&to, text, length + 2, size));
        ck_assert_uint_eq(to.length, length + strlen("S()"));
    }
}

/* ---- invalid texts ---- */

TEST(errors_state_their_position)
{
    static const struct {
        const char *text;
        int line, column, offset;
    } rows[] = {
        {"[1,]", 1, 4, 3},                       /* trailing comma */
        {"{\"a\":1,}", 1, 8, 7},                 /* the same in an object */
        {"{\"a\" 1}", 1, 6, 5},                  /* missing colon */
        {"{\"a\":}", 1, 6, 5},                   /* missing value */
        {"{,}", 1, 2, 1},                        /* missing member */
        {"[,1]", 1, 2, 1},                       /* missing item */
        {"[1 2]", 1, 4, 3},                      /* missing comma */
        {"{\"a\":1]", 1, 7, 6},                  /* wrong bracket */
        {"[1}", 1, 3, 2},                        /* wrong bracket */
        {"]", 1, 1, 0},                          /* nothing was open */
        {"NaN", 1, 1, 0},                        /* no such word */
        {"[NaN]", 1, 2, 1},                      /* no such word */
        {"[Infinity]", 1, 2, 1},                 /* no such word */
        {"{a:1}", 1, 2, 1},                      /* a name without quotes */
        {"{'a':1}", 1, 2, 1},                    /* single quotes */
        {"[1 /* one */]", 1, 4, 3},              /* comment */
        {"[1] x", 1, 5, 4},                      /* trailing garbage */
        {"{} {}", 1, 4, 3},                      /* two values */
        {"{}\n\n  ]", 3, 3, 6},                  /* trailing garbage, some lines later */
        {"[\"a\nb\"]", 1, 4, 3},                 /* raw line feed */
        {"[\"a\tb\"]", 1, 4, 3},                 /* raw tabulator */
        {"[1\v]", 1, 3, 2},                      /* a vertical tabulator is not white space */
        {"[\"\x01\"]", 1, 3, 2},                 /* raw control character */
        {"\xef\xbb\xbf{}", 1, 1, 0},             /* byte order mark */
        {"[+1]", 1, 2, 1},                       /* no such number */
        {"[.5]", 1, 2, 1},                       /* no such number */
        {"[0x10]", 1, 3, 2},                     /* no such number */
        {"\n\n[\n  1,\n  x]", 5, 3, 11},         /* lines are counted */
        {"{\"a\": 1,\r\n \"b\" 2}", 2, 6, 15},   /* a line ends with LF */
        {"{\n\"\xc3\xa9\xc3\xa9\" 2}", 2, 8, 9}, /* columns are bytes */
        {"{1:2}", 1, 2, 1},                      /* a number for a name */
        {"[1\f]", 1, 3, 2},                      /* a form feed is not white space */
        {"[1\xc2\xa0]", 1, 3, 2},                /* a no-break space is not white space */
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *where = apr_psprintf(pool, " at line %d, column %d (offset %d).", rows[i].line,
                                         rows[i].column, rows[i].offset);
        const char *error = wrong(rows[i].text);

        ck_assert_msg(strncmp(error, "The text is not valid JSON: ", 28) == 0
                          && strlen(error) > strlen(where)
                          && strcmp(error + strlen(error) - strlen(where), where) == 0,
                      "%s gives '%s', not '%s'", rows[i].text, error, where);
    }
}

/* An error within a token may be reported at any of its bytes. */
TEST(wrong_tokens_are_reported_at_one_of_their_bytes)
{
    static const struct {
        const char *text;
        int first, last;
    } rows[] = {
        {"[tru]", 1, 4}, {"[truE]", 1, 4},    {"[nul]", 1, 4},         {"[falsy]", 1, 5},
        {"[-]", 1, 2},   {"[1.]", 1, 3},      {"[1.e1]", 1, 3},        {"[1e]", 1, 3},
        {"[1e+]", 1, 4}, {"[-a]", 1, 2},      {"[00]", 1, 2},          {"[01]", 1, 2},
        {"[-01]", 1, 3}, {"[\"\\x\"]", 2, 3}, {"{\"a\" \"b\"}", 5, 7}, {"{\"a\":1 \"b\":2}", 7, 9},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *error = wrong(rows[i].text), *at = strstr(error, "(offset ");
        int offset = at ? atoi(at + strlen("(offset ")) : -1;

        ck_assert_msg(offset >= rows[i].first && offset <= rows[i].last, "%s gives '%s'",
                      rows[i].text, error);
    }
}

TEST(texts_that_end_too_early_are_reported)
{
    static const char *const early[] = {
        "{",     "[",   "{\"a\"",   "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1",           "[1,",
        "\"abc", "\"",  "\"\\",     "\"\\u",   "\"\\u00",  "\"\\u0041", "\"\\ud83d",    "[[]",
        "-",     "tru", "[\"a\\\"", "1.",      "1e",       "{\"a",      "\"\\ud83d\\u",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(early); i++) {
        const char *error = wrong(early[i]);

        has(error, "it ends ");
        has(error, apr_psprintf(pool, "at line 1, column %d (offset %d).",
                                (int)strlen(early[i]) + 1, (int)strlen(early[i])));
    }
    has(wrong("{\n\"a\":\n"), "too early, at line 3, column 1 (offset 7).");
}

TEST(text_after_the_value_is_not_reported_as_a_short_text)
{
    /* The last token is complete only with the end of the text. */
    static const char *const more[] = {"1 2", "[1] 2", "{}1", "01", "00", "{} true", "1 null"};
    apr_size_t i;

    for (i = 0; i < COUNT(more); i++) {
        const char *error = wrong(more[i]);

        ck_assert_msg(strstr(error, "trailing garbage") && strstr(error, "(offset "), "%s: %s",
                      more[i], error);
    }
    has(wrong("{} {}"), "trailing garbage");
    has(wrong("{}]"), "trailing garbage");
}

/* yajl accepts a string that follows the value and never ends. */
TEST(a_string_after_the_value_is_refused)
{
    static const char *const more[] = {
        "{} \"open",  "{}\"",     "1 \"",      "\"\"\"",         "0 \"\\u0041",
        "[] \"a\\\"", "{}\n\"x ", "true\"abc", "{\"a\":1}\"b\"", "{} \"\\\\",
    };
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(more); i++) {
        for (size = 1; size <= strlen(more[i]); size++) {
            const char *error = read_blocks(&to, more[i], strlen(more[i]), size);

            ck_assert_msg(error != NULL, "%s in blocks of %d is taken", more[i], (int)size);
            ck_assert_msg(strstr(error, "trailing garbage") && strstr(error, "(offset "), "%s: %s",
                          more[i], error);
        }
    }
}

TEST(an_empty_text_gets_the_message_of_graph)
{
    static const char words[] = "Empty Payload. JSON content expected.";
    static trace to;

    ck_assert_str_eq(wrong(""), words);
    ck_assert_str_eq(wrong(" "), words);
    ck_assert_str_eq(wrong("\r\n\t "), words);
    ck_assert_str_eq(read_blocks(&to, "\r\n\t ", 4, 1), words);
}

TEST(an_error_quotes_nothing_of_the_text)
{
    static const char *const secrets[] = {
        "{\"a\":secret}",  "{\"secret\"}",     "secret",   "[\"secret\\x\"]",
        "[1] secret",      "{\"secret\":1 1}", "\"secret", "[\"secret\\ud800\"]",
        "[\"secret\xff\"", "{secret:1}",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(secrets); i++) {
        const char *error = wrong(secrets[i]);

        ck_assert_str_ne(error, "right");
        ck_assert_msg(strstr(error, "secret") == NULL, "%s", error);
        ck_assert_msg(strpbrk(error, "\r\n") == NULL, "%s", error);
    }
}

TEST(an_error_is_a_sentence)
{
    static const char *const texts[] = {"[1.]",  "[-]",       "[1 /**/]",
                                        "[tru]", "[\"\\x\"]", "[\"\n\"]"};
    apr_size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        const char *error = wrong(texts[i]);

        ck_assert_msg(strstr(error, ". at line") == NULL, "%s", error);
    }
}

/* The position and the message are the same however the text is split. */
TEST(errors_are_the_same_in_any_blocks)
{
    static const char *const texts[] = {
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\"\n \"b\"}",
        "[tru]",
        "[NaN]",
        "[01]",
        "[00, 1]",
        "{'a':1}",
        "[1, // one\n 2]",
        "[1] x",
        "[1] 2",
        "01 ",
        "{}\n{}",
        "[\"a\nb\"]",
        "[1\n,2\n,,3]",
        "[1\n2]",
        "{1:2}",
        "[-]",
        "[1.]",
        "[1.5e+]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[\"\\ud800\"]",
        "[\"\\ud800\\n\"]",
        "[\"\\u0000\"]",
        "[\"abc\xff\"]",
        "[\"\xc0\x80\"]",
        "[\"\xed\xa0\x80\"]",
        "[\n\n\"\xf4\x90\x80\x80\"]",
        "{\"a\":",
        "\"abc",
        "[1\n\n",
        "\"\xc3",
    };
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(texts); i++) {
        apr_size_t length = strlen(texts[i]);
        const char *whole = apr_pstrdup(pool, error_of(texts[i], length));

        for (size = 1; size < length; size++) {
            const char *error = read_blocks(&to, texts[i], length, size);

            ck_assert_msg(error != NULL && strcmp(error, whole) == 0,
                          "%s in blocks of %d: '%s', as a whole: '%s'", texts[i], (int)size,
                          error ? error : "right", whole);
        }
    }
}

TEST(a_byte_order_mark_is_refused_at_its_position)
{
    static trace to;
    apr_size_t size;

    has(wrong("\xef\xbb\xbf[]"), "byte order mark at line 1, column 1 (offset 0).");
    for (size = 1; size <= 5; size++)
        has(read_blocks(&to, "\xef\xbb\xbf[]", 5, size), "at line 1, column 1 (offset 0).");
}

TEST(lines_are_counted_across_blocks)
{
    gp_json *json;
    trace to = {.length = 0};

    json = gp_json_open(pool, &events, &to);
    ck_assert(gp_json_feed(json, "[\n1,\n", 5));
    ck_assert(gp_json_feed(json, "", 0));
    ck_assert(gp_json_feed(json, "2,\n  3,", 7));
    ck_assert(gp_json_feed(json, " 4, ", 4));
    ck_assert(!gp_json_feed(json, "5, , 6\n]", 8));
    ck_assert_msg(strstr(gp_json_error(json), "at line 4, column 12 (offset 19).") != NULL, "%s",
                  gp_json_error(json));
}

TEST(the_first_error_stays)
{
    trace to = {.length = 0};
    gp_json *json = gp_json_open(pool, &events, &to);
    const char *error;

    ck_assert(gp_json_feed(json, "[1", 2));
    ck_assert_ptr_null(gp_json_error(json));
    ck_assert(!gp_json_feed(json, ",]", 2));
    error = gp_json_error(json);
    ck_assert_ptr_nonnull(error);
    ck_assert(!gp_json_feed(json, "[]", 2));
    ck_assert(!gp_json_finish(json));
    ck_assert_ptr_eq(gp_json_error(json), error);
    ck_assert_str_eq(to.text, "[N(1)");
}

/* The first JSON error is reported, whatever follows in the same block. */
TEST(the_first_of_two_errors_counts)
{
    has(wrong("[1,] \xff"), "(offset 3).");
    has(wrong("[1,]  \"\\ud800\""), "(offset 3).");
    has(wrong("[\"\xff\", 1,]"), "UTF-8");
    has(wrong("\xff\xfe{\n}"), "(offset 0).");
}

/* ---- the guard ---- */

TEST(halves_of_surrogate_pairs_are_refused)
{
    static const char *const halves[] = {
        "\"\\ud800\"",
        "\"\\udbff\"",
        "\"\\udc00\"",
        "\"\\udfff\"",
        "\"\\uD800\"",
        "\"\\uDFFF\"",
        "\"\\ud800x\"",
        "\"\\ud800\xc3\xa9\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\\\\"",
        "\"\\ud800\\\"\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800\\ud800\\udc00\"",
        "\"\\udc00\\ud800\"",
        "\"\\udc00\\udc00\"",
        "\"\\ud800\\udc00\\udc00\"",
        "\"\\ud800\\udc00\\ud800\"",
        "\"\\ud800 \\udc00\"",
        "\"\\ud800\\ue000\"",
        "\"\\ud800\\udbff\"",
        "\"\\ud83d\\\\ude00\"",
        "{\"\\ud800\":1}",
        "[\"\\ud800\",\"\\udc00\"]",
    };
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(halves); i++) {
        apr_size_t length = strlen(halves[i]);

        for (size = 1; size <= length; size++) {
            const char *error = read_blocks(&to, halves[i], length, size);

            ck_assert_msg(error && strstr(error, "half of a surrogate pair") != NULL,
                          "%s in blocks of %d: %s", halves[i], (int)size, error ? error : "right");
            ck_assert_ptr_nonnull(strstr(error, " (offset "));
        }
    }
}

TEST(nul_is_refused)
{
    static const char *const nuls[] = {"\"\\u0000\"", "\"a\\u0000b\"", "{\"\\u0000\":1}",
                                       "\"\\ud83d\\ude00\\u0000\"", "\"\\n\\u0000\""};
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(nuls); i++) {
        for (size = 1; size <= strlen(nuls[i]); size++) {
            const char *error = read_blocks(&to, nuls[i], strlen(nuls[i]), size);

            ck_assert_msg(error && strstr(error, "U+0000") != NULL, "%s: %s", nuls[i],
                          error ? error : "right");
        }
    }
    /* A raw NUL is invalid JSON everywhere. */
    ck_assert_str_ne(error_of("\"a\0b\"", 5), "right");
    ck_assert_str_ne(error_of("[1]\0", 4), "right");
    ck_assert_str_ne(error_of("\0", 1), "right");
    ck_assert_str_ne(error_of("\0[1]", 4), "right");
    ck_assert_str_ne(error_of("[\0]", 3), "right");
    ck_assert_ptr_null(strstr(error_of("\0", 1), "Empty"));
}

TEST(wrong_hexadecimal_digits_are_refused)
{
    has(wrong("\"\\u12\""), "four hexadecimal digits at line 1, column 6 (offset 5).");
    has(wrong("\"\\u12g4\""), "four hexadecimal digits");
    has(wrong("\"\\u 123\""), "four hexadecimal digits");
    has(wrong("\"\\u+123\""), "four hexadecimal digits");
    has(wrong("\"\\u\xef\xbc\x91\""), "four hexadecimal digits");
    has(wrong("\"\\ud83d\\u\""), "four hexadecimal digits");
}

/* Invalid UTF-8 in a string, and its position. */
static const struct {
    const char *text;
    int first, last;
} no_utf8[] = {
    {"\"\x80\"", 1, 1},
    {"\"\xbf\"", 1, 1},
    {"\"\xff\"", 1, 1},
    {"\"\xfe\"", 1, 1},
    {"\"\xc0\x80\"", 1, 2},
    {"\"\xc1\xbf\"", 1, 2},
    {"\"\xe0\x80\x80\"", 1, 3},
    {"\"\xe0\x9f\xbf\"", 1, 3},
    {"\"\xed\xa0\x80\"", 1, 3},
    {"\"\xed\xbf\xbf\"", 1, 3},
    {"\"\xed\xa0\xbd\xed\xb8\x80\"", 1, 3},
    {"\"\xf0\x8f\xbf\xbf\"", 1, 4},
    {"\"\xf4\x90\x80\x80\"", 1, 4},
    {"\"\xf5\x80\x80\x80\"", 1, 4},
    {"\"\xf8\x88\x80\x80\x80\"", 1, 5},
    {"\"\xc3\"", 1, 2},
    {"\"\xc3(\"", 1, 2},
    {"\"\xe2\x82\"", 1, 3},
    {"\"\xe2(\xa1\"", 1, 2},
    {"\"\xf0\x9f\x98\"", 1, 4},
    {"\"abc\xff def\"", 4, 4},
    {"\"abc\xe9 def\"", 4, 5},
    {"\"\xc3\xa9\xa9\"", 3, 3},
    {"\"\xc3\xc3\xa9\"", 1, 2},
    {"\"\\n\x80\"", 3, 3},
    {"{\"\xff\":1}", 2, 2},
};

TEST(invalid_utf8_is_refused)
{
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(no_utf8); i++) {
        apr_size_t length = strlen(no_utf8[i].text);

        for (size = 1; size <= length; size++) {
            const char *error = read_blocks(&to, no_utf8[i].text, length, size);

            ck_assert_msg(error && strstr(error, "not valid UTF-8") != NULL,
                          "row %d in blocks of %d: %s", (int)i, (int)size, error ? error : "right");
        }
    }
}

TEST(invalid_utf8_is_reported_at_its_position)
{
    apr_size_t i;

    for (i = 0; i < COUNT(no_utf8); i++) {
        const char *error = wrong(no_utf8[i].text), *at = strstr(error, "(offset ");
        int offset = at ? atoi(at + strlen("(offset ")) : -1;

        ck_assert_msg(offset >= no_utf8[i].first && offset <= no_utf8[i].last,
                      "row %d, %d to %d: %s", (int)i, no_utf8[i].first, no_utf8[i].last, error);
    }
}

TEST(a_text_cannot_end_within_a_character)
{
    static const char *const cut[] = {"\"\xc3", "\"\xe2\x82", "\"\xf0\x9f\x98", "\"\xf0"};
    apr_size_t i;

    for (i = 0; i < COUNT(cut); i++)
        has(wrong(cut[i]), apr_psprintf(pool, "(offset %d).", (int)strlen(cut[i])));
}

TEST(invalid_bytes_outside_strings_are_refused)
{
    static const char *const outside[] = {
        "\xff",          "[\xff]",           "{}\xff",   "{\xc3\xa9:1}", "\xc3",
        "{}\xc3",        "[1,\xe2\x82\xac]", "1\xff",    "\\u0041",      "[\\u0041]",
        "{}\\",          "[1]\\ud800",       "\xef\xbb", "\xef",         " \xef\xbb\xbf{}",
        "{}\xef\xbb\xbf"};
    static trace to;
    apr_size_t i, size;

    for (i = 0; i < COUNT(outside); i++) {
        for (size = 1; size <= strlen(outside[i]); size++) {
            const char *error = read_blocks(&to, outside[i], strlen(outside[i]), size);

            ck_assert_msg(error && strstr(error, " (offset ") != NULL, "row %d: %s", (int)i,
                          error ? error : "right");
        }
    }
}

/* ---- against a second reader ---- */

/* A simple recursive reader of RFC 8259 with I-JSON's strings. Each function consumes one element
 * at `at` and returns zero if it is not there. */
typedef struct {
    const unsigned char *at, *end;
} cursor;

static int take_value(cursor *c);

static void take_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
        c->at++;
}

static int take_byte(cursor *c, int byte)
{
    if (c->at == c->end || *c->at != byte)
        return 0;
    c->at++;
    return 1;
}

static int take_digits(cursor *c)
{
    const unsigned char *first = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > first;
}

static int take_number(cursor *c)
{
    take_byte(c, '-');
    if (!take_byte(c, '0') && !take_digits(c))
        return 0;
    if (take_byte(c, '.') && !take_digits(c))
        return 0;
    if (take_byte(c, 'e') || take_byte(c, 'E')) {
        if (!take_byte(c, '+'))
            take_byte(c, '-');
        return take_digits(c);
    }
    return 1;
}

static int take_hex(cursor *c)
{
    int code = 0, i;

    for (i = 0; i < 4; i++, c->at++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = c->at < c->end && *c->at ? strchr(digits, *c->at) : NULL;

        if (digit == NULL)
            return -1;
        code = code * 16 + (int)(digit - digits) % 16;
    }
    return code;
}

static int take_escape(cursor *c)
{
    int code;

    if (c->at == c->end)
        return 0;
    if (*c->at != 'u')
        return *c->at != 0 && strchr("\"\\/bfnrt", *c->at++) != NULL;
    c->at++;
    code = take_hex(c);
    if (code >= 0xd800 && code <= 0xdbff) {
        if (!take_byte(c, '\\') || !take_byte(c, 'u'))
            return 0;
        code = take_hex(c);
        return code >= 0xdc00 && code <= 0xdfff;
    }
    return code > 0 && !(code >= 0xdc00 && code <= 0xdfff);
}

static int take_string(cursor *c)
{
    if (!take_byte(c, '"'))
        return 0;
    while (c->at < c->end && *c->at != '"') {
        unsigned char byte = *c->at++;
        unsigned code = byte;
        int more = byte < 0x80 ? 0 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1, size = more;

        if (byte < 0x20 || (byte >= 0x80 && byte < 0xc0) || byte > 0xf7)
            return 0;
        if (byte == '\\' && !take_escape(c))
            return 0;
        if (more > 0)
            code = byte & (0x3fu >> more);
        for (; more > 0; more--) {
            if (c->at == c->end || (*c->at & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (*c->at++ & 0x3fu);
        }
        if ((size == 1 && code < 0x80) || (size == 2 && code < 0x800)
            || (size == 3 && (code < 0x10000 || code > 0x10ffff))
            || (code >= 0xd800 && code <= 0xdfff))
            return 0;
    }
    return take_byte(c, '"');
}

static int take_members(cursor *c, int is_object)
{
    int close = is_object ? '}' : ']';

    take_space(c);
    if (take_byte(c, close))
        return 1;
    do {
        take_space(c);
        if (is_object) {
            if (!take_string(c))
                return 0;
            take_space(c);
            if (!take_byte(c, ':'))
                return 0;
        }
        if (!take_value(c))
            return 0;
        take_space(c);
    } while (take_byte(c, ','));
    return take_byte(c, close);
}

static int take_word(cursor *c, const char *word)
{
    apr_size_t length = strlen(word);

    if ((apr_size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return 0;
    c->at += length;
    return 1;
}

static int take_value(cursor *c)
{
    take_space(c);
    if (take_byte(c, '{'))
        return take_members(c, 1);
    if (take_byte(c, '['))
        return take_members(c, 0);
    if (c->at < c->end && *c->at == '"')
        return take_string(c);
    return take_word(c, "null") || take_word(c, "true") || take_word(c, "false") || take_number(c);
}

static int is_json(const char *text, apr_size_t length)
{
    cursor c = {(const unsigned char *)text, (const unsigned char *)text + length};

    if (!take_value(&c))
        return 0;
    take_space(&c);
    return c.at == c.end;
}

static unsigned dice(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % sides;
}

TEST(exactly_the_texts_of_the_grammar_are_valid)
{
    static const char *const seeds[] = {
        "{\"a\":[1,-2.5e+3,true],\"b\":{\"\\u00e9\\n\":null},\"c\":\"x\"}",
        "[\"\\ud83d\\ude00\",\"\xf0\x9f\x98\x80\xc3\xa9\",false, 0.1 ]",
        "{\"k\" : \"\\\"\\\\\" ,\n\"l\":[[],{}]}",
        "[0,-0,10,1e5,\"\",null]",
    };
    static const char bytes[] =
        "{}[]:,\"\"\\\\udDcC80019eE+-. \n\t\f\vtrufalsn/x\x80\xc3\xa9\xed\xa0\xf4";
    static trace to;
    unsigned seed = 2026;
    int round, rights = 0;

    for (round = 0; round < 30000; round++) {
        const char *from = seeds[dice(&seed, 4)];
        char text[100];
        apr_size_t length = strlen(from);
        unsigned changes = dice(&seed, 4);
        int right;
        const char *error;

        memcpy(text, from, length);
        while (changes-- > 0) {
            apr_size_t at = dice(&seed, (unsigned)length);
            char byte = bytes[dice(&seed, sizeof bytes - 1)];

            switch (dice(&seed, 3)) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                memmove(text + at + 1, text + at, length - at);
                text[at] = byte;
                length++;
                break;
            default:
                memmove(text + at, text + at + 1, length - at - 1);
                length--;
                break;
            }
        }
        right = is_json(text, length);
        rights += right;
        error = read_blocks(&to, text, length, 1 + dice(&seed, 100));
        ck_assert_msg((error == NULL) == right, "%.*s: %s", (int)length, text,
                      error ? error : "right");
        if (round % 100 == 0)
            apr_pool_clear(pool);
    }
    ck_assert_int_gt(rights, 7000);
    ck_assert_int_lt(rights, 20000);
}

/* ---- stopping ---- */

TEST(an_event_can_stop_the_reading)
{
    static const char text[] = "{\"a\":[null,true,1,\"s\",{}]}";
    static trace to;
    apr_size_t size;
    int stop;

    for (stop = 1; stop <= 11; stop++) {
        for (size = 1; size <= sizeof text - 1; size++) {
            to.stop_at = stop;
            ck_assert_str_eq(read_blocks(&to, text, sizeof text - 1, size), "stopped");
            ck_assert_int_eq(to.count, stop);
        }
    }
    to.stop_at = 0;
}

TEST(a_stopped_reading_stays_stopped_without_an_error)
{
    trace to = {.stop_at = 2};
    gp_json *json = gp_json_open(pool, &events, &to);

    ck_assert(!gp_json_feed(json, "[[1,2,3", 7));
    ck_assert(!gp_json_feed(json, "]]", 2));
    ck_assert(!gp_json_feed(json, "{{{{", 4));
    ck_assert(!gp_json_finish(json));
    ck_assert_ptr_null(gp_json_error(json));
    ck_assert_int_eq(to.count, 2);
}

TEST(a_number_at_the_very_end_can_stop_too)
{
    trace to = {.stop_at = 1};
    gp_json *json = gp_json_open(pool, &events, &to);

    ck_assert(gp_json_feed(json, "123", 3));
    ck_assert(!gp_json_finish(json));
    ck_assert_ptr_null(gp_json_error(json));
    ck_assert_int_eq(to.count, 1);
}

static int begin_or_stop(void *baton)
{
    int *depth = baton;

    return ++*depth < 16;
}

TEST(depth_costs_nothing_if_the_events_stop_it)
{
    gp_json_events bounded = events;
    apr_size_t length = 200000;
    char *text = malloc(length);
    long before, after;
    int depth = 0;
    gp_json *json;

    bounded.begin_array = begin_or_stop;
    memset(text, '[', length);
    json = gp_json_open(pool, &bounded, &depth);
    before = memory_in_use();
    ck_assert(!gp_json_feed(json, text, length));
    ck_assert(!gp_json_finish(json));
    after = memory_in_use();
    free(text);
    ck_assert_ptr_null(gp_json_error(json));
    ck_assert_int_eq(depth, 16);
    ck_assert_int_lt(after - before, 1024 * 1024);
}

TEST(lines_of_a_file_are_numbered_as_in_the_file)
{
    static trace to;
    gp_json *json = gp_json_open(pool, &events, &to);

    gp_json_number_lines(json, 4711);
    ck_assert(!gp_json_feed(json, "{\"a\":x}", 7));
    ck_assert_ptr_nonnull(strstr(gp_json_error(json), "at line 4711, column 6 (offset 5)."));
}

UNIT_MAIN("json")
