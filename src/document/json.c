/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads JSON. This is the only file that uses yajl. yajl's lexer accepts overlong UTF-8, lone
 * surrogates and U+0000, which a database rejects, so every byte first passes a guard. yajl
 * allocates from the pool. It reports only how many bytes it consumed, so this file counts lines.
 */
#include "json.h"
#include "base/buffer.h"
#include "base/text.h"
#include "base/utf8.h"

#include <apr_strings.h>
#include <yajl/yajl_parse.h>

#include <string.h>

/* The state of the guard between two bytes. */
enum {
    GUARD_PLAIN,  /* between characters */
    GUARD_UTF8,   /* within a multi-byte character */
    GUARD_ESCAPE, /* after a backslash */
    GUARD_HEX     /* within the digits of a \u escape */
};

struct gp_json {
    apr_pool_t *pool;
    yajl_handle yajl;
    const gp_json_events *events;
    void *baton;
    const char *error;
    bool stopped; /* an event stopped the reading */

    apr_size_t offset; /* of the first byte of the current block */
    apr_size_t line;   /* of that byte, from 1 */
    apr_size_t column; /* of that byte, from 1, in bytes */
    bool started;      /* a byte other than white space has been read */

    int state;
    unsigned char utf8[4]; /* GUARD_UTF8: the bytes so far */
    int have;
    int digits;          /* GUARD_HEX: digits so far */
    unsigned code;       /* GUARD_HEX: their value */
    bool high_surrogate; /* the preceding escape was the first half of a surrogate pair */
};

/* ---- memory for yajl: from the pool, each block preceded by its size ---- */

/* The header of each block, as wide as the alignment of pool memory. */
typedef union {
    apr_size_t size;
    void *alignment;
} block_header;

static void *pool_malloc(void *pool, size_t size)
{
    block_header *header = apr_palloc(pool, sizeof(block_header) + size);

    header->size = size;
    return header + 1;
}

static void pool_free(void *pool, void *block)
{
    (void)pool;
    (void)block;
}

static void *pool_realloc(void *pool, void *block, size_t size)
{
    block_header *header = block ? (block_header *)block - 1 : NULL;
    void *larger;

    if (header != NULL && size <= header->size)
        return block;
    /* yajl adds 128 bytes to its stack of levels at a time, and the pool keeps each block that was outgrown. */
    if (header != NULL && size < 2 * header->size)
        size = 2 * header->size;
    larger = pool_malloc(pool, size);
    if (header != NULL)
        memcpy(larger, block, header->size);
    return larger;
}

/* ---- errors and their position ---- */

/* Records the error `at` bytes into the current block. Always returns false. */
static bool fail_at(gp_json *json, const char *block, apr_size_t at, const char *what)
{
    apr_size_t line = json->line, column = json->column, i;

    for (i = 0; i < at; i++) {
        if (block[i] == '\n') {
            line++;
            column = 0;
        }
        column++;
    }
    json->error = apr_psprintf(json->pool,
                               "%s at line %" APR_SIZE_T_FMT ", column %" APR_SIZE_T_FMT
                               " (offset %" APR_SIZE_T_FMT ").",
                               what, line, column, json->offset + at);
    return false;
}

static void advance(gp_json *json, const char *block, apr_size_t length)
{
    const char *end = block + length, *newline;

    json->offset += length;
    json->column += length;
    while ((newline = memchr(block, '\n', (apr_size_t)(end - block))) != NULL) {
        block = newline + 1;
        json->line++;
        json->column = (apr_size_t)(end - block) + 1;
    }
}

/* ---- the guard ---- */

/* Checks a complete \uXXXX escape. Returns the error, or NULL. */
static const char *judge_escape(gp_json *json)
{
    bool low = json->code >= 0xdc00 && json->code <= 0xdfff;

    if (json->high_surrogate != low)
        return "The text has a \\u escape that is half of a surrogate pair";
    json->high_surrogate = json->code >= 0xd800 && json->code <= 0xdbff;
    if (json->code == 0)
        return "The text has the character U+0000, which cannot be stored,";
    return NULL;
}

/* Returns true if the bytes of a character so far can begin a valid one. It tries the lowest and
 * the highest continuation bytes. */
static bool can_go_on(const gp_json *json)
{
    unsigned char low[4] = {0x80, 0x80, 0x80, 0x80}, high[4] = {0xbf, 0xbf, 0xbf, 0xbf};

    memcpy(low, json->utf8, (apr_size_t)json->have);
    memcpy(high, json->utf8, (apr_size_t)json->have);
    return gp_utf8_sequence(low, 4) > json->have || gp_utf8_sequence(high, 4) > json->have;
}

/*
 * Checks one byte. It reads escapes after every backslash: outside of a string a backslash is an
 * error anyway, so the guard need not recognize strings. Returns the error, or NULL.
 */
static const char *guard(gp_json *json, unsigned char byte)
{
    int digit;

    switch (json->state) {
    case GUARD_ESCAPE:
        if (json->high_surrogate && byte != 'u')
            return "The text has a \\u escape that is half of a surrogate pair";
        json->state = byte == 'u' ? GUARD_HEX : GUARD_PLAIN;
        json->digits = 0;
        json->code = 0;
        return NULL;
    case GUARD_HEX:
        digit = gp_hex_value(byte);
        if (digit < 0)
            return "The text has a \\u escape without four hexadecimal digits";
        json->code = json->code << 4 | (unsigned)digit;
        if (++json->digits < 4)
            return NULL;
        json->state = GUARD_PLAIN;
        return judge_escape(json);
    case GUARD_UTF8:
        json->utf8[json->have++] = byte;
        break;
    default:
        if (json->high_surrogate && byte != '\\')
            return "The text has a \\u escape that is half of a surrogate pair";
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
            return "The text is not valid JSON: it has a raw control character";
        if (byte < 0x80) {
            if (byte == '\\')
                json->state = GUARD_ESCAPE;
            return NULL;
        }
        json->utf8[0] = byte;
        json->have = 1;
        json->state = GUARD_UTF8;
        break;
    }

    if (gp_utf8_sequence(json->utf8, (apr_size_t)json->have) == json->have)
        json->state = GUARD_PLAIN;
    else if (!can_go_on(json))
        return "The text is not valid UTF-8";
    return NULL;
}

/* Checks a whole block. Returns the number of valid bytes at its start, and the error after them,
 * or NULL. */
static apr_size_t guard_block(gp_json *json, const char *block, apr_size_t length,
                              const char **wrong)
{
    apr_size_t i = 0;

    *wrong = NULL;
    while (i < length) {
        /* The common case: plain ASCII outside of escapes. */
        if (json->state == GUARD_PLAIN && !json->high_surrogate)
            i += gp_ascii_run(block + i, length - i);
        if (i == length)
            break;
        *wrong = guard(json, (unsigned char)block[i]);
        if (*wrong != NULL)
            break;
        i++;
    }
    return i;
}

/* ---- events ---- */

static int on_null(void *ctx)
{
    gp_json *json = ctx;
    return json->events->null(json->baton);
}

static int on_boolean(void *ctx, int value)
{
    gp_json *json = ctx;
    return json->events->boolean(json->baton, value);
}

static int on_number(void *ctx, const char *text, size_t length)
{
    gp_json *json = ctx;
    return json->events->number(json->baton, text, length);
}

static int on_string(void *ctx, const unsigned char *text, size_t length)
{
    gp_json *json = ctx;
    return json->events->string(json->baton, (const char *)text, length);
}

static int on_name(void *ctx, const unsigned char *text, size_t length)
{
    gp_json *json = ctx;
    return json->events->name(json->baton, (const char *)text, length);
}

static int on_begin_object(void *ctx)
{
    gp_json *json = ctx;
    return json->events->begin_object(json->baton);
}

static int on_end_object(void *ctx)
{
    gp_json *json = ctx;
    return json->events->end_object(json->baton);
}

static int on_begin_array(void *ctx)
{
    gp_json *json = ctx;
    return json->events->begin_array(json->baton);
}

static int on_end_array(void *ctx)
{
    gp_json *json = ctx;
    return json->events->end_array(json->baton);
}

/* With a number event set, yajl passes every number as text and converts none. */
static const yajl_callbacks callbacks = {
    on_null,         on_boolean, NULL,          NULL,           on_number,    on_string,
    on_begin_object, on_name,    on_end_object, on_begin_array, on_end_array,
};

/* ---- the interface ---- */

gp_json *gp_json_open(apr_pool_t *pool, const gp_json_events *events, void *baton)
{
    yajl_alloc_funcs memory = {pool_malloc, pool_realloc, pool_free, pool};
    gp_json *json = apr_pcalloc(pool, sizeof *json);

    json->pool = pool;
    json->events = events;
    json->baton = baton;
    json->line = 1;
    json->column = 1;
    json->yajl = yajl_alloc(&callbacks, &memory, json);
    /* The guard has validated them, more strictly. */
    yajl_config(json->yajl, yajl_dont_validate_strings, 1);
    return json;
}

void gp_json_number_lines(gp_json *json, apr_size_t first)
{
    json->line = first;
}

/* Returns true for the errors after which yajl's position is before the wrong byte; it is behind it
 * otherwise. */
static bool stands_before(const char *error)
{
    static const char *const errors[] = {"after key and value", "invalid string in json",
                                         "inside string", "comment found"};
    apr_size_t i;

    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strstr(error, errors[i]) != NULL)
            return true;
    }
    return false;
}

/* Converts yajl's status. yajl's own text quotes no input unless verbose. */
static bool judge(gp_json *json, yajl_status status, const char *block, apr_size_t length)
{
    apr_size_t at;
    char *text;

    if (status == yajl_status_ok)
        return true;
    if (status == yajl_status_client_canceled) {
        json->stopped = true;
        return false;
    }
    text = (char *)yajl_get_error(json->yajl, 0, NULL, 0);
    text[strcspn(text, "\r\n")] = '\0';
    at = yajl_get_bytes_consumed(json->yajl);
    if (!stands_before(text)) {
        if (at > 0) {
            at--;
        } else if (json->offset > 0) { /* the token ended with the preceding block */
            json->offset--;
            json->column--;
        }
    }
    if (*text != '\0' && text[strlen(text) - 1] == '.')
        text[strlen(text) - 1] = '\0';
    return fail_at(json, block, at < length ? at : length,
                   apr_pstrcat(json->pool, "The text is not valid JSON: ", text, NULL));
}

bool gp_json_feed(gp_json *json, const char *block, apr_size_t length)
{
    apr_size_t first = 0, good;
    const char *wrong;

    if (json->error != NULL || json->stopped)
        return false;
    if (json->offset == 0 && length >= 3 && memcmp(block, "\xef\xbb\xbf", 3) == 0)
        return fail_at(json, block, 0, "The text is not valid JSON: it has a byte order mark");
    while (!json->started && first < length) {
        json->started = strchr(" \t\r\n", block[first]) == NULL || block[first] == '\0';
        first++;
    }
    good = guard_block(json, block, length, &wrong);
    if (!judge(json, yajl_parse(json->yajl, (const unsigned char *)block, good), block, good))
        return false;
    if (wrong != NULL)
        return fail_at(json, block, good, wrong);
    advance(json, block, length);
    return true;
}

bool gp_json_finish(gp_json *json)
{
    yajl_status status;

    if (json->error != NULL || json->stopped)
        return false;
    if (!json->started) {
        json->error = "Empty Payload. JSON content expected.";
        return false;
    }
    if (json->state != GUARD_PLAIN)
        return fail_at(json, NULL, 0, "The text is not valid JSON: it ends within a character,");
    /* yajl reports a number at the very end only here, so events may still follow. A line feed ends
     * any token, and is an error within a string, even where yajl_complete_parse would miss an
     * unfinished string after the value. */
    status = yajl_parse(json->yajl, (const unsigned char *)"\n", 1);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(json->yajl);
    if (status == yajl_status_error)
        return fail_at(json, NULL, 0,
                       strstr((char *)yajl_get_error(json->yajl, 0, NULL, 0), "trailing garbage")
                           ? "The text is not valid JSON: parse error: trailing garbage"
                           : "The text is not valid JSON: it ends too early,");
    json->stopped = status == yajl_status_client_canceled;
    return status == yajl_status_ok;
}

apr_size_t gp_json_position(const gp_json *json)
{
    return json->offset + yajl_get_bytes_consumed(json->yajl);
}

const char *gp_json_error(const gp_json *json)
{
    return json->error;
}
