/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "unit.h"

static const char *json(const char *text, apr_size_t length)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_buffer_add_json(&buffer, text, length);
    return gp_buffer_text(&buffer);
}

static const char *json_of(const char *text)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_buffer_puts_json(&buffer, text);
    return gp_buffer_text(&buffer);
}

TEST(a_new_buffer_is_empty)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    ck_assert_uint_eq(buffer.length, 0);
    ck_assert_str_eq(gp_buffer_text(&buffer), "");
    gp_buffer_puts(&buffer, "");
    gp_buffer_add(&buffer, "unread", 0);
    ck_assert_str_eq(gp_buffer_text(&buffer), "");
}

TEST(appended_text_keeps_its_order)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_buffer_puts(&buffer, "one");
    gp_buffer_add(&buffer, ", two and more", 5);
    ck_assert_str_eq(gp_buffer_text(&buffer), "one, two");
    gp_buffer_puts(&buffer, ", three");
    ck_assert_str_eq(gp_buffer_text(&buffer), "one, two, three");
    ck_assert_uint_eq(buffer.length, strlen("one, two, three"));
}

TEST(all_bytes_are_kept)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_buffer_add(&buffer, "a\0b\xff", 4);
    ck_assert_uint_eq(buffer.length, 4);
    ck_assert_mem_eq(gp_buffer_text(&buffer), "a\0b\xff", 5);
}

/* The NUL needs space, too: tries lengths around every size of the buffer. */
TEST(a_buffer_grows_past_any_length)
{
    static const apr_size_t expected[] = {0, 1, 63, 64, 65, 1000};
    apr_size_t row, length, i;

    for (row = 0; row < COUNT(expected); row++) {
        for (length = 0; length < 300; length++) {
            gp_buffer single, whole;
            char *text = apr_palloc(pool, length + 1);

            gp_buffer_open(&single, pool, expected[row]);
            for (i = 0; i < length; i++) {
                text[i] = (char)('a' + i % 26);
                gp_buffer_add(&single, &text[i], 1);
            }
            text[length] = '\0';
            gp_buffer_open(&whole, pool, expected[row]);
            gp_buffer_puts(&whole, text);
            ck_assert_str_eq(gp_buffer_text(&single), text);
            ck_assert_str_eq(gp_buffer_text(&whole), text);
            ck_assert_uint_lt(single.length, single.size);
            ck_assert_uint_lt(whole.length, whole.size);
        }
        apr_pool_clear(pool);
    }
}

TEST(a_buffer_grows_by_a_large_step)
{
    apr_size_t length = 1024 * 1024;
    char *text = apr_palloc(pool, length + 1);
    gp_buffer buffer;

    memset(text, 'x', length);
    text[length] = '\0';
    gp_buffer_open(&buffer, pool, 10);
    gp_buffer_puts(&buffer, "<");
    gp_buffer_puts(&buffer, text);
    gp_buffer_puts(&buffer, ">");
    ck_assert_uint_eq(buffer.length, length + 2);
    ck_assert_mem_eq(gp_buffer_text(&buffer) + 1, text, length);
    ck_assert_str_eq(gp_buffer_text(&buffer) + length + 1, ">");
}

TEST(json_strings_use_the_short_escapes)
{
    ck_assert_str_eq(json_of(""), "\"\"");
    ck_assert_str_eq(json_of("plain"), "\"plain\"");
    ck_assert_str_eq(json_of("\b\t\n\f\r\"\\"), "\"\\b\\t\\n\\f\\r\\\"\\\\\"");
    ck_assert_str_eq(json_of("say \"x\""), "\"say \\\"x\\\"\"");
    ck_assert_str_eq(json_of("\\u0041"), "\"\\\\u0041\"");
}

TEST(json_strings_escape_every_control_character)
{
    static const char short_forms[] = "\b\t\n\f\r";
    int byte;

    for (byte = 1; byte < 0x20; byte++) {
        char text[] = {'<', (char)byte, '>', '\0'};

        if (strchr(short_forms, byte) == NULL)
            ck_assert_str_eq(json_of(text), apr_psprintf(pool, "\"<\\u%04x>\"", (unsigned)byte));
        else
            ck_assert_uint_eq(strlen(json_of(text)), strlen("\"<\\n>\""));
    }
    ck_assert_str_eq(json("a\0b", 3), "\"a\\u0000b\"");
    ck_assert_str_eq(json("\0", 1), "\"\\u0000\"");
}

TEST(json_strings_escape_nothing_else)
{
    ck_assert_str_eq(json_of("/ \x7f ' & <script>"), "\"/ \x7f ' & <script>\"");
    ck_assert_str_eq(json_of("Zo\xc3\xab \xe2\x80\xa8 \xf0\x9f\x98\x80"),
                     "\"Zo\xc3\xab \xe2\x80\xa8 \xf0\x9f\x98\x80\"");
}

TEST(json_strings_of_escapes_grow_no_more_than_needed)
{
    char text[200];
    gp_buffer buffer;
    int i;

    memset(text, 1, sizeof text);
    gp_buffer_open(&buffer, pool, 0);
    gp_buffer_add_json(&buffer, text, sizeof text);
    ck_assert_uint_eq(buffer.length, 2 + 6 * sizeof text);
    for (i = 0; i < (int)sizeof text; i++)
        ck_assert_mem_eq(gp_buffer_text(&buffer) + 1 + 6 * i, "\\u0001", 6);
}

/* Every byte at every position among plain ones, for texts of every length around a word. */
TEST(plain_runs_end_at_the_first_special_byte)
{
    char text[40];
    int length, at, byte;

    for (length = 0; length <= 20; length++) {
        memset(text, 'x', sizeof text);
        text[length] = '\\'; /* after the text: must not be read */
        ck_assert_uint_eq(gp_ascii_run(text, (apr_size_t)length), (apr_size_t)length);
        for (at = 0; at < length; at++) {
            for (byte = 0; byte < 256; byte++) {
                int stops = byte < 0x20 || byte == '\\' || byte > 127;

                text[at] = (char)byte;
                ck_assert_uint_eq(gp_ascii_run(text, (apr_size_t)length),
                                  (apr_size_t)(stops ? at : length));
                text[at] = 'x';
            }
        }
    }
    /* A byte one above a special one, after a special one. */
    ck_assert_uint_eq(gp_ascii_run("ab\\]\x20!\x1f xyz", 10), 2);
}

/* The same for escaped characters; no others are escaped. */
TEST(json_strings_escape_each_byte_at_each_position)
{
    char text[40], rest[40];
    int length, at, byte;

    memset(rest, 'x', sizeof rest);
    for (length = 1; length <= 20; length++) {
        for (at = 0; at < length; at++) {
            for (byte = 0; byte < 256; byte++) {
                int escaped = byte < 0x20 || byte == '\\' || byte == '"';
                const char *json;
                gp_buffer buffer;
                apr_size_t end;

                memset(text, 'x', sizeof text);
                text[at] = (char)byte;
                gp_buffer_open(&buffer, pool, 64);
                gp_buffer_add_json(&buffer, text, (apr_size_t)length);
                json = gp_buffer_text(&buffer);
                end = buffer.length - 1 - (apr_size_t)(length - at - 1);
                ck_assert_mem_eq(json + 1, rest, (apr_size_t)at);
                ck_assert_int_eq(json[1 + at], escaped ? '\\' : (char)byte);
                ck_assert(escaped ? end >= (apr_size_t)at + 3 : end == (apr_size_t)at + 2);
                ck_assert_mem_eq(json + end, rest, (apr_size_t)(length - at - 1));
            }
            apr_pool_clear(pool);
        }
    }
}

UNIT_MAIN("buffer")
