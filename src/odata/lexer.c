/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens of OData expressions. Literals are converted to the stored form, so that they can be compared
 * with it.
 */
#include "lexer.h"
#include "base/limits.h"
#include "document/primitive.h"
#include "document/scan.h"
#include "temporal.h"
#include "base/datetime.h"
#include "base/uuid.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* The longest GUID, date or date-time: -012020-01-01T00:00:00.123456789012+00:00. */
#define SPELLED_LENGTH 44

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Returns the position of the next character, counted from 1. Each character is counted once. */
static int next_position(gp_lexer *lexer)
{
    for (; lexer->counted < lexer->next; lexer->counted++)
        lexer->at += ((unsigned char)*lexer->counted & 0xc0) != 0x80;
    return lexer->at;
}

static void set(gp_lexer *lexer, gp_token_kind kind, const char *text, apr_size_t length)
{
    lexer->token.kind = kind;
    lexer->token.text = apr_pstrmemdup(lexer->pool, text, length);
    lexer->next += length;
}

static void set_bad(gp_lexer *lexer, const char *message)
{
    lexer->token.kind = GP_TOKEN_BAD;
    lexer->token.text = message;
}

/* Returns the text after the quote that closes a string; NULL: it is not closed. */
static const char *string_end(const char *at)
{
    for (; *at != '\0'; at++) {
        if (*at == '\'' && *++at != '\'')
            return at;
    }
    return NULL;
}

/* Reads 'text' with doubled quotes. */
static void read_string(gp_lexer *lexer)
{
    const char *at = lexer->next + 1, *end = string_end(at);
    char *out;

    if (end == NULL) {
        set_bad(lexer, "the string has no closing quote.");
        return;
    }
    out = apr_palloc(lexer->pool, (apr_size_t)(end - at));
    lexer->token.text = out;
    lexer->token.kind = GP_TOKEN_STRING;
    lexer->next = end;
    for (; at < end - 1; at++) {
        *out++ = *at;
        at += *at == '\'';
    }
    *out = '\0';
}

/* Returns the length of a number: [sign] digits [. digits] [e [sign] digits]; 0: none. */
static apr_size_t number_length(const char *text, int *is_integer)
{
    const char *at = text + (*text == '-' || *text == '+');
    apr_size_t digits = strspn(at, DIGITS);

    *is_integer = 1;
    if (digits == 0)
        return 0;
    at += digits;
    if (*at == '.' && (digits = strspn(at + 1, DIGITS)) > 0) {
        *is_integer = 0;
        at += 1 + digits;
    }
    if (*at == 'e' || *at == 'E') {
        const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');

        digits = strspn(exponent, DIGITS);
        if (digits > 0) {
            *is_integer = 0;
            at = exponent + digits;
        }
    }
    return (apr_size_t)(at - text);
}

/* JSON numbers have no plus sign and no leading zeros. */
static const char *canonical_number(apr_pool_t *pool, const char *text, apr_size_t length)
{
    const char *end = text + length, *sign = *text == '-' ? "-" : "";

    text += *text == '-' || *text == '+';
    while (end - text > 1 && *text == '0' && strchr(DIGITS, text[1]) != NULL)
        text++;
    return apr_pstrcat(pool, sign, apr_pstrmemdup(pool, text, (apr_size_t)(end - text)), NULL);
}

/* Explains why a run of digits is not a token: often a plus sign was decoded to a space. */
static const char *unread(const gp_lexer *lexer)
{
    apr_size_t length = strspn(lexer->next, DIGITS "-:.Tt");
    const char *local = apr_pstrmemdup(lexer->pool, lexer->next, length);
    gp_datum datum;

    if (gp_temporal_datetime(&datum, apr_pstrcat(lexer->pool, local, "Z", NULL), length + 1))
        return "a date-time ends in Z or an offset, whose + is %2B in a URL.";
    return "this is not a number, date, date-time or GUID.";
}

static void read_number(gp_lexer *lexer)
{
    gp_scalar scalar = {GP_VALUE_NUMBER, 0, NULL, 0};
    int is_integer;
    apr_size_t length = number_length(lexer->next, &is_integer);

    if (length == 0 && strncmp(lexer->next, "-INF", 4) == 0
        && strspn(lexer->next + 4, LETTERS DIGITS "_.") == 0) {
        set(lexer, GP_TOKEN_DOUBLE, lexer->next, 4);
        return;
    }
    if (length == 0 && *lexer->next == '-') {
        set(lexer, GP_TOKEN_MARK, lexer->next, 1);
        return;
    }
    if (length == 0
        || strchr(LETTERS DIGITS "_.-+", lexer->next[length] ? lexer->next[length] : ' ')) {
        set_bad(lexer, unread(lexer));
        return;
    }
    scalar.bytes = canonical_number(lexer->pool, lexer->next, length);
    scalar.length = strlen(scalar.bytes);
    if (!gp_primitive_number_is_valid(lexer->pool, &scalar)) {
        set_bad(lexer, "the number is out of range.");
        return;
    }
    set(lexer, is_integer ? GP_TOKEN_INTEGER : GP_TOKEN_DOUBLE, lexer->next, length);
    lexer->token.text = scalar.bytes;
}

/* Returns the length of the run of characters that these literals can contain, up to the longest literal, so
 * that a long run is not scanned again for each token in it. */
static apr_size_t spelled_length(const char *text)
{
    apr_size_t length = 0;

    while (length <= SPELLED_LENGTH && text[length] != '\0'
           && strchr(LETTERS DIGITS "-:.+", text[length]) != NULL)
        length++;
    return length;
}

/* Reads a GUID, date, date-time or time of day: the longest run of their characters is one, or none is
 * there. */
static bool read_spelled(gp_lexer *lexer)
{
    apr_size_t length = spelled_length(lexer->next);
    char guid[GP_UUID_SIZE];
    gp_datum datum;

    if (gp_uuid_parse(guid, lexer->next, length)) {
        set(lexer, GP_TOKEN_GUID, lexer->next, length);
        lexer->token.text = apr_pstrdup(lexer->pool, guid);
    } else if (gp_temporal_date(&datum, lexer->next, length)) {
        set(lexer, GP_TOKEN_DATE, lexer->next, length);
    } else if (gp_temporal_datetime(&datum, lexer->next, length)) {
        set(lexer, GP_TOKEN_DATETIME, lexer->next, length);
    } else if (gp_temporal_time(&datum, lexer->next, length)) {
        set(lexer, GP_TOKEN_TIME, lexer->next, length);
    } else {
        return false;
    }
    return true;
}

/* Returns the text after the bracket that closes the one at the start. NULL: it is not closed. */
static const char *closing(const char *at)
{
    static const char opening[] = "([{", closers[] = ")]}";
    char open[GP_FILTER_LENGTH_MAX / 2 + 1]; /* the expected closing brackets; no text has more */
    apr_size_t depth = 0;

    for (; *at != '\0'; at++) {
        if (*at == '\'' || *at == '"') {
            char quote = *at;

            while (*++at != quote) {
                if (*at == '\\' && quote == '"')
                    at++;
                if (*at == '\0')
                    return NULL;
            }
        } else if (strchr(opening, *at) != NULL) {
            if (depth == sizeof open)
                return NULL;
            open[depth++] = closers[strchr(opening, *at) - opening];
        } else if (strchr(closers, *at) != NULL) {
            if (depth == 0 || open[--depth] != *at)
                return NULL;
            if (depth == 0)
                return at + 1;
        }
    }
    return NULL;
}

static void read_json(gp_lexer *lexer)
{
    const char *end = closing(lexer->next);

    if (end == NULL)
        set_bad(lexer, "the JSON array or object is not closed.");
    else
        set(lexer, GP_TOKEN_JSON, lexer->next, (apr_size_t)(end - lexer->next));
}

/* A name, or @ or $ and a name. Letters beyond ASCII count like other characters: the model has no such name,
 * so the text is wrong anyway. */
static apr_size_t name_length(const char *text)
{
    static const char name[] = LETTERS DIGITS "_";
    apr_size_t length = *text == '$' || *text == '@';

    if (text[length] != '_' && strchr(LETTERS, text[length]) == NULL
        && (unsigned char)text[length] < 0x80)
        return 0;
    if (text[length] == '\0')
        return 0;
    while (text[length] != '\0'
           && (strchr(name, text[length]) != NULL || (unsigned char)text[length] >= 0x80
               || (text[length] == '.' && *text != '$') || (text[length] == '#' && *text == '@')))
        length++;
    return length;
}

/* Reads "text" in JSON syntax. */
static void read_quoted(gp_lexer *lexer)
{
    const char *at = lexer->next + 1;
    apr_size_t length;
    gp_span value = {lexer->next, NULL};

    while (*at != '"' && *at != '\0')
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    if (*at == '\0') {
        set_bad(lexer, "the string has no closing quote.");
        return;
    }
    value.end = at + 1;
    lexer->token.kind = GP_TOKEN_STRING;
    lexer->token.text = gp_scan_string(lexer->pool, value, &length);
    if (memchr(lexer->token.text, '\0', length) != NULL) {
        set_bad(lexer, "a string cannot contain NUL.");
        return;
    }
    lexer->token.text = apr_pstrmemdup(lexer->pool, lexer->token.text, length);
    lexer->next = value.end;
}

static void read_token(gp_lexer *lexer)
{
    const char *next = lexer->next;
    apr_size_t length;

    if (*next == '\0') {
        set(lexer, GP_TOKEN_END, "", 0);
    } else if (*next == '\'') {
        read_string(lexer);
    } else if (*next == '"' && lexer->has_quotes) {
        read_quoted(lexer);
    } else if (strchr("(),/:;=*", *next) != NULL) {
        set(lexer, GP_TOKEN_MARK, next, 1);
    } else if (*next == '[' || *next == '{') {
        read_json(lexer);
    } else if (read_spelled(lexer)) {
        return;
    } else if (strchr(DIGITS "-+", *next) != NULL) {
        read_number(lexer);
    } else {
        length = name_length(next);
        if (length == 0)
            set_bad(lexer, "this character is not valid here.");
        else if (length == 3 && (memcmp(next, "INF", 3) == 0 || memcmp(next, "NaN", 3) == 0))
            set(lexer, GP_TOKEN_DOUBLE, next, length);
        else
            set(lexer, *next == '@' ? GP_TOKEN_ALIAS : GP_TOKEN_NAME, next, length);
    }
}

void gp_lexer_advance(gp_lexer *lexer)
{
    if (lexer->token.kind == GP_TOKEN_BAD)
        return;
    lexer->next += strspn(lexer->next, " \t\r\n");
    lexer->token.at = next_position(lexer);
    read_token(lexer);
}

void gp_lexer_open(gp_lexer *lexer, apr_pool_t *pool, const char *text)
{
    memset(lexer, 0, sizeof *lexer);
    lexer->pool = pool;
    lexer->counted = lexer->next = text;
    lexer->at = 1;
    gp_lexer_advance(lexer);
}

void gp_lexer_open_json(gp_lexer *lexer, apr_pool_t *pool, const char *text, int at)
{
    memset(lexer, 0, sizeof *lexer);
    lexer->pool = pool;
    lexer->counted = lexer->next = text;
    lexer->at = at;
    lexer->has_quotes = true;
    gp_lexer_advance(lexer);
}

int gp_lexer_is_mark(const gp_lexer *lexer, char mark)
{
    return lexer->token.kind == GP_TOKEN_MARK && *lexer->token.text == mark;
}

int gp_lexer_is_name(const gp_lexer *lexer, const char *name)
{
    return lexer->token.kind == GP_TOKEN_NAME && strcasecmp(lexer->token.text, name) == 0;
}

int gp_lexer_skip(gp_lexer *lexer)
{
    const char *end = closing(lexer->next - 1); /* the parenthesis is one byte */

    if (end == NULL)
        return 0;
    lexer->next = end;
    gp_lexer_advance(lexer);
    return 1;
}

void gp_lexer_skip_option(gp_lexer *lexer)
{
    bool outside = lexer->has_quotes;

    lexer->has_quotes = true; /* $search has phrases in quotes */
    gp_lexer_advance(lexer);
    while (lexer->token.kind != GP_TOKEN_END && lexer->token.kind != GP_TOKEN_BAD
           && !gp_lexer_is_mark(lexer, ';') && !gp_lexer_is_mark(lexer, ')')) {
        if (!gp_lexer_is_mark(lexer, '('))
            gp_lexer_advance(lexer);
        else if (!gp_lexer_skip(lexer))
            break; /* no other will be closed either */
    }
    lexer->has_quotes = outside;
}

int gp_lexer_take(gp_lexer *lexer, char mark)
{
    if (!gp_lexer_is_mark(lexer, mark))
        return 0;
    gp_lexer_advance(lexer);
    return 1;
}

const char *gp_lexer_expected(const gp_lexer *lexer, const char *what)
{
    if (lexer->token.kind == GP_TOKEN_BAD)
        return lexer->token.text;
    if (lexer->token.kind == GP_TOKEN_END)
        return apr_pstrcat(lexer->pool, "expected ", what, ", not the end.", NULL);
    return apr_pstrcat(lexer->pool, "expected ", what, ", not '", lexer->token.text, "'.", NULL);
}
