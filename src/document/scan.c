/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds members in the text of a stored document. $filter and $orderby read a few properties of very many
 * documents: a tree of each would take many times the memory of the document.
 */
#include "scan.h"
#include "base/text.h"
#include "base/utf8.h"

#include <string.h>

gp_wanted *gp_wanted_make(apr_pool_t *pool)
{
    gp_wanted *made = apr_pcalloc(pool, sizeof *made);

    made->slot = -1;
    return made;
}

/* Returns a negative number, zero or a positive number if a member's name is before, equal to or after a
 * name. */
static int compare(const gp_wanted *member, const char *name, apr_size_t length)
{
    if (member->length != length)
        return member->length < length ? -1 : 1;
    return memcmp(member->name, name, length);
}

/* Returns the index of a member among those of an object, or the index at which to insert it. */
static int index_of(const gp_wanted *object, const char *name, apr_size_t length, bool *is_there)
{
    int low = 0, high = object->count;

    *is_there = false;
    while (low < high && !*is_there) {
        int middle = low + (high - low) / 2;
        int sign = compare(object->members[middle], name, length);

        if (sign < 0)
            low = middle + 1;
        else
            high = middle;
        *is_there = sign == 0;
    }
    return *is_there ? high : low;
}

gp_wanted *gp_wanted_add(apr_pool_t *pool, gp_wanted *parent, const char *name, apr_size_t length)
{
    bool is_there;
    int index = index_of(parent, name, length, &is_there);
    gp_wanted *made, **members = parent->members;

    if (is_there)
        return members[index];
    if (parent->count == parent->size) {
        parent->size = 2 * parent->size + 4;
        parent->members = apr_palloc(pool, (apr_size_t)parent->size * sizeof *members);
        if (parent->count > 0)
            memcpy(parent->members, members, (apr_size_t)parent->count * sizeof *members);
        members = parent->members;
    }
    made = gp_wanted_make(pool);
    made->name = name;
    made->length = length;
    memmove(members + index + 1, members + index,
            (apr_size_t)(parent->count - index) * sizeof *members);
    members[index] = made;
    parent->count++;
    return made;
}

/* ---- skipping ---- */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Returns the byte after the quote that closes a string; NULL: it is not closed. @param at  after the
 * opening quote */
static const char *skip_string(const char *at, const char *end)
{
    const char *quote, *before;

    while ((quote = memchr(at, '"', (apr_size_t)(end - at))) != NULL) {
        for (before = quote; before > at && before[-1] == '\\'; before--)
            ;
        if ((quote - before) % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
    return NULL;
}

/* Returns the byte after an object or an array. */
static const char *skip_nested(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        switch (*at++) {
        case '"':
            at = skip_string(at, end);
            if (at == NULL)
                return NULL;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return at;
            break;
        default:
            break;
        }
    }
    return NULL;
}

/* Returns the byte after a value; NULL: there is none. */
static const char *skip_value(const char *at, const char *end)
{
    const char *first = at;

    if (at == end)
        return NULL;
    if (*at == '"')
        return skip_string(at + 1, end);
    if (*at == '{' || *at == '[')
        return skip_nested(at, end);
    while (at < end && *at != ',' && *at != '}' && *at != ']' && (unsigned char)*at > ' ')
        at++;
    return at > first ? at : NULL;
}

/* ---- finding ---- */

typedef struct {
    const char *end;
    gp_span *slots;
    int left; /* slots that are still empty */
} looking;

/* Counts the slots of a tree and clears them. */
static int clear(const gp_wanted *wanted, gp_span *slots)
{
    int count = wanted->slot >= 0, i;

    if (wanted->slot >= 0)
        slots[wanted->slot].start = slots[wanted->slot].end = NULL;
    for (i = 0; i < wanted->count; i++)
        count += clear(wanted->members[i], slots);
    return count;
}

static const gp_wanted *find(const gp_wanted *object, const char *name, apr_size_t length)
{
    bool is_there;
    int index = index_of(object, name, length, &is_there);

    return is_there ? object->members[index] : NULL;
}

/* Forward declaration: a wanted member is scanned like the object around it. */
static const char *look(looking *l, const char *at, const gp_wanted *wanted);

/* Scans one member, from its name on. */
static const char *look_at_member(looking *l, const char *at, const gp_wanted *object)
{
    const char *name = at + 1, *close = *at == '"' ? skip_string(name, l->end) : NULL;
    const gp_wanted *member;

    if (close == NULL)
        return NULL;
    at = skip_space(close, l->end);
    if (at == l->end || *at != ':')
        return NULL;
    at = skip_space(at + 1, l->end);
    member = find(object, name, (apr_size_t)(close - 1 - name));
    return member != NULL ? look(l, at, member) : skip_value(at, l->end);
}

static const char *look_at_object(looking *l, const char *at, const gp_wanted *object)
{
    at = skip_space(at + 1, l->end);
    if (at < l->end && *at == '}')
        return at + 1;
    while (at < l->end) {
        at = look_at_member(l, at, object);
        if (at == NULL || l->left == 0)
            return at;
        at = skip_space(at, l->end);
        if (at == l->end || (*at != ',' && *at != '}'))
            return NULL;
        if (*at == '}')
            return at + 1;
        at = skip_space(at + 1, l->end);
    }
    return NULL;
}

/* Scans a wanted value, or one with wanted members. Returns the byte after it, or after the last wanted
 * part. */
static const char *look(looking *l, const char *at, const gp_wanted *wanted)
{
    const char *start = at;
    gp_span *slot = wanted->slot >= 0 ? &l->slots[wanted->slot] : NULL;
    bool is_first = slot == NULL || slot->start == NULL;

    /* If the end of the value is wanted, skip the whole value first: its content cannot end the scan. */
    if (slot != NULL && is_first) {
        at = skip_value(start, l->end);
        if (at == NULL)
            return NULL;
        slot->start = start;
        slot->end = at;
        l->left--;
    }
    if (wanted->count == 0 || !is_first || l->left == 0 || start == l->end || *start != '{')
        return at != start ? at : skip_value(start, l->end);
    if (slot == NULL)
        return look_at_object(l, start, wanted);
    return look_at_object(l, start, wanted) != NULL ? at : NULL;
}

bool gp_scan(gp_span value, const gp_wanted *root, gp_span *slots)
{
    looking l = {value.end, slots, 0};
    const char *at;

    l.left = clear(root, slots);
    if (l.left == 0 || value.start == NULL)
        return true;
    at = skip_space(value.start, value.end);
    if (at < value.end && *at != '{' && root->slot < 0)
        return true; /* it has no members */
    return look(&l, at, root) != NULL;
}

bool gp_scan_item(const char **at, const char *end, gp_span *item)
{
    const char *next = skip_space(*at, end);

    item->start = item->end = NULL;
    if (next == end)
        return false;
    if (*next == ']')
        return true;
    if (*next != '[' && *next != ',')
        return false;
    next = skip_space(next + 1, end);
    if (next < end && *next == ']') {
        *at = next;
        return true;
    }
    item->start = next;
    item->end = *at = skip_value(next, end);
    return item->end != NULL;
}

/* ---- strings ---- */

/* Reads the four digits after \u; -1: there are none. */
static int unit_of(const char *at, const char *end)
{
    int value = 0, i;

    if (end - at < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        int digit = gp_hex_value((unsigned char)at[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Decodes \uXXXX, or a pair that is one character; `at` is after the u. An invalid character, which no
 * document of this service has, becomes a question mark. */
static const char *decode_unit(const char *at, const char *end, char **out)
{
    int high = unit_of(at, end), low;

    if (high < 0) {
        *(*out)++ = '?';
        return at;
    }
    at += 4;
    if (high < 0xd800 || high > 0xdfff) {
        *out = gp_utf8_write(*out, (unsigned)high);
        return at;
    }
    low =
        high < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? unit_of(at + 2, end) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        *(*out)++ = '?';
        return at;
    }
    *out = gp_utf8_write(*out,
                         0x10000u + (((unsigned)high - 0xd800u) << 10) + ((unsigned)low - 0xdc00u));
    return at + 6;
}

/* Decodes one escape; `at` is after the backslash. */
static const char *decode_escape(const char *at, const char *end, char **out)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    const char *found;

    if (*at == 'u')
        return decode_unit(at + 1, end, out);
    found = strchr(letters, *at);
    if (found != NULL && *at != '\0')
        *(*out)++ = meant[found - letters];
    else
        *(*out)++ = *at;
    return at + 1;
}

const char *gp_scan_string(apr_pool_t *pool, gp_span value, apr_size_t *length)
{
    const char *at = value.start + 1, *end = value.end - 1;
    const char *escape = memchr(at, '\\', (apr_size_t)(end - at));
    char *text, *out;

    *length = (apr_size_t)(end - at);
    if (escape == NULL)
        return at;
    text = out = apr_palloc(pool, *length); /* no escape is shorter than its character */
    while (escape != NULL) {
        memcpy(out, at, (apr_size_t)(escape - at));
        out += escape - at;
        at = escape + 1 < end ? decode_escape(escape + 1, end, &out) : end;
        escape = memchr(at, '\\', (apr_size_t)(end - at));
    }
    memcpy(out, at, (apr_size_t)(end - at));
    *length = (apr_size_t)(out - text) + (apr_size_t)(end - at);
    return text;
}
