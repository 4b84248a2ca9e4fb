/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of strings. Positions and lengths count characters; each function takes linear time.
 */
#include "base/utf8.h"
#include "evaluate_parts.h"
#include "number.h"

#include <apr_lib.h>
#include <locale.h>
#include <string.h>
#include <wctype.h>

/* ---- characters ---- */

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static apr_int64_t count_characters(const char *text, apr_size_t length)
{
    apr_int64_t count = 0;
    apr_size_t i;

    for (i = 0; i < length; i++)
        count += starts_character(text[i]);
    return count;
}

/* Returns the byte offset of a character by its index; the end of the text if there are fewer
 * characters. */
static apr_size_t offset_of(const char *text, apr_size_t length, apr_int64_t character)
{
    apr_size_t at;

    for (at = 0; at < length; at++) {
        if (starts_character(text[at]) && character-- == 0)
            return at;
    }
    return length;
}

/* Reads one UTF-8 character; documents are valid UTF-8. Returns the number of its bytes. */
static int decode(const char *text, apr_size_t length, wint_t *character)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int size = gp_utf8_sequence((const unsigned char *)text, length), i;

    if (size == 0)
        size = 1;
    *character = (unsigned char)text[0] & first[size];
    for (i = 1; i < size; i++)
        *character = *character << 6 | ((unsigned char)text[i] & 0x3f);
    return size;
}

/* ---- searching ---- */

/* bytes: searched in the time of one step. */
#define SEARCHED_PER_STEP 8

/* For needles longer than this, memmem() is linear for every text; for shorter ones it is not. */
#define NEEDLE_SHORT 256

/* Knuth, Morris and Pratt: returns the first occurrence of the needle at or after the start. */
static const char *search_short(const char *text, apr_size_t length, const char *needle,
                                apr_size_t size)
{
    unsigned short border[NEEDLE_SHORT];
    apr_size_t i, matched = 0;

    border[0] = 0;
    for (i = 1; i < size; i++) {
        while (matched > 0 && needle[i] != needle[matched])
            matched = border[matched - 1];
        matched += needle[i] == needle[matched];
        border[i] = (unsigned short)matched;
    }
    for (i = matched = 0; i < length; i++) {
        if (matched == 0) {
            const char *next = memchr(text + i, *needle, length - i);

            if (next == NULL)
                return NULL;
            i = (apr_size_t)(next - text);
        }
        while (matched > 0 && text[i] != needle[matched])
            matched = border[matched - 1];
        matched += text[i] == needle[matched];
        if (matched == size)
            return text + i + 1 - size;
    }
    return NULL;
}

static const char *search(gp_evaluator *e, const gp_datum *text, const gp_datum *needle)
{
    apr_size_t length = text->as.text.length, size = needle->as.text.length;

    if (!gp_evaluation_spend(e, (apr_int64_t)((length + size) / SEARCHED_PER_STEP) + 1)
        || size > length)
        return NULL;
    if (size == 0)
        return text->as.text.bytes;
    return size <= NEEDLE_SHORT
               ? search_short(text->as.text.bytes, length, needle->as.text.bytes, size)
               : memmem(text->as.text.bytes, length, needle->as.text.bytes, size);
}

static bool ends_with(const gp_datum *text, const gp_datum *end)
{
    apr_size_t length = text->as.text.length, size = end->as.text.length;

    return size <= length
           && memcmp(text->as.text.bytes + length - size, end->as.text.bytes, size) == 0;
}

static bool starts_with(const gp_datum *text, const gp_datum *start)
{
    apr_size_t size = start->as.text.length;

    return size <= text->as.text.length
           && memcmp(text->as.text.bytes, start->as.text.bytes, size) == 0;
}

static gp_datum index_of(gp_evaluator *e, const gp_datum *text, const gp_datum *needle)
{
    const char *found = search(e, text, needle);

    if (found == NULL)
        return gp_datum_integer(-1);
    return gp_datum_integer(
        count_characters(text->as.text.bytes, (apr_size_t)(found - text->as.text.bytes)));
}

/* ---- parts ---- */

/* Converts to a number of characters, at least 0. */
static apr_int64_t clamp(const gp_datum *number)
{
    apr_int64_t whole;

    if (gp_number_whole(&whole, number, 0, INT32_MAX))
        return whole;
    return gp_number_double(number) > 0 ? INT32_MAX : 0;
}

static gp_datum substring(const gp_datum *arguments, int count)
{
    const char *text = arguments[0].as.text.bytes;
    apr_size_t length = arguments[0].as.text.length, start;

    if (!gp_datum_is_number(&arguments[1]) || (count > 2 && !gp_datum_is_number(&arguments[2])))
        return gp_datum_null;
    start = offset_of(text, length, clamp(&arguments[1]));
    text += start;
    length -= start;
    return gp_datum_string(text,
                           count > 2 ? offset_of(text, length, clamp(&arguments[2])) : length);
}

static gp_datum concatenate(gp_evaluator *e, const gp_datum *left, const gp_datum *right)
{
    apr_size_t length = left->as.text.length + right->as.text.length;
    apr_pool_t *pool = gp_evaluation_pool(e, length);
    char *text;

    if (pool == NULL)
        return gp_datum_null;
    text = apr_palloc(pool, length + 1);
    memcpy(text, left->as.text.bytes, left->as.text.length);
    memcpy(text + left->as.text.length, right->as.text.bytes, right->as.text.length);
    return gp_datum_string(text, length);
}

static bool is_space(wint_t character)
{
    return (character >= '\t' && character <= '\r') || character == ' ' || character == 0x85
           || character == 0xa0 || character == 0x1680
           || (character >= 0x2000 && character <= 0x200a) || character == 0x2028
           || character == 0x2029 || character == 0x202f || character == 0x205f
           || character == 0x3000;
}

static gp_datum trim(const gp_datum *given)
{
    const char *start = given->as.text.bytes, *end = start + given->as.text.length;
    wint_t character;

    while (start < end) {
        int size = decode(start, (apr_size_t)(end - start), &character);

        if (!is_space(character))
            break;
        start += size;
    }
    while (end > start) {
        const char *last = end - 1;

        while (last > start && !starts_character(*last))
            last--;
        decode(last, (apr_size_t)(end - last), &character);
        if (!is_space(character))
            break;
        end = last;
    }
    return gp_datum_string(start, (apr_size_t)(end - start));
}

/* ---- upper and lower case ---- */

static apr_status_t free_letters(void *letters)
{
    freelocale((locale_t)letters);
    return APR_SUCCESS;
}

/* Returns Unicode's letters, whatever the locale of the server is; 0: the system has no such
 * locale. */
static locale_t letters_of(gp_evaluator *e)
{
    if (e->letters == NULL) {
        e->letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        if (e->letters != NULL)
            apr_pool_cleanup_register(e->pool, e->letters, free_letters, apr_pool_cleanup_null);
    }
    return (locale_t)e->letters;
}

static bool is_ascii(const gp_datum *text)
{
    apr_size_t i;

    for (i = 0; i < text->as.text.length; i++) {
        if ((unsigned char)text->as.text.bytes[i] >= 0x80)
            return false;
    }
    return true;
}

/* The bit in which a lower-case ASCII letter differs from its capital. */
#define LOWER 0x20

static char change_letter(char letter, bool is_upper)
{
    bool is_lower_letter = letter >= 'a' && letter <= 'z';
    bool is_upper_letter = letter >= 'A' && letter <= 'Z';

    if ((is_upper && is_lower_letter) || (!is_upper && is_upper_letter))
        return (char)((unsigned char)letter ^ LOWER);
    return letter;
}

static gp_datum change_case(gp_evaluator *e, const gp_datum *text, bool is_upper)
{
    apr_size_t length = text->as.text.length, at = 0;
    locale_t letters = is_ascii(text) ? (locale_t)0 : letters_of(e);
    /* A letter and its capital differ by at most one byte of two. */
    apr_pool_t *pool = gp_evaluation_pool(e, letters != (locale_t)0 ? length + length / 2 : length);
    char *changed, *out;

    if (pool == NULL)
        return gp_datum_null;
    changed = out = apr_palloc(pool, length + length / 2 + 1);
    while (at < length) {
        wint_t character;

        if (letters == (locale_t)0) {
            *out++ = change_letter(text->as.text.bytes[at++], is_upper);
            continue;
        }
        at += (apr_size_t)decode(text->as.text.bytes + at, length - at, &character);
        out = gp_utf8_write(out, is_upper ? towupper_l(character, letters)
                                          : towlower_l(character, letters));
    }
    return gp_datum_string(changed, (apr_size_t)(out - changed));
}

/* ---- all of them ---- */

gp_datum gp_evaluate_text(gp_evaluator *e, gp_operator op, const gp_datum *arguments, int count)
{
    const gp_datum *text = &arguments[0], *other = &arguments[1];
    bool takes_two = op == GP_OP_CONTAINS || op == GP_OP_STARTSWITH || op == GP_OP_ENDSWITH
                     || op == GP_OP_INDEXOF || op == GP_OP_CONCAT;

    if (text->kind != GP_KIND_STRING || (takes_two && other->kind != GP_KIND_STRING)
        || !gp_evaluation_spend_bytes(e, text->as.text.length))
        return gp_datum_null;
    switch (op) {
    case GP_OP_CONTAINS:
        return gp_datum_boolean(search(e, text, other) != NULL);
    case GP_OP_STARTSWITH:
        return gp_datum_boolean(starts_with(text, other));
    case GP_OP_ENDSWITH:
        return gp_datum_boolean(ends_with(text, other));
    case GP_OP_INDEXOF:
        return index_of(e, text, other);
    case GP_OP_LENGTH:
        return gp_datum_integer(count_characters(text->as.text.bytes, text->as.text.length));
    case GP_OP_SUBSTRING:
        return substring(arguments, count);
    case GP_OP_CONCAT:
        return concatenate(e, text, other);
    case GP_OP_TRIM:
        return trim(text);
    default:
        return change_case(e, text, op == GP_OP_TOUPPER);
    }
}
