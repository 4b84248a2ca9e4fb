/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the body of a batch in multipart/mixed, line by line. The current line is a delimiter before each part, and
 * behind it.
 */
#include "batch_multipart.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/text.h"
#include "header_content_type.h"
#include "header_field.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* The meaning of a line. */
typedef enum {
    LINE, /* a part of something else */
    PART, /* a part of the batch begins */
    BATCH_END,
    SET_PART, /* a part of the change set begins */
    SET_END,
    TEXT_END /* there is no further line */
} mark;

typedef struct {
    apr_pool_t *pool;
    gp_problem *problem;
    gp_batch_body *body;
    int most;
    const char *at, *end;        /* the text behind the current line */
    gp_piece line;               /* the current line, without its end */
    int number;                  /* of the current line, from 1 */
    mark mark;                   /* of the current line */
    const char *boundary;        /* of the batch */
    const char *set, *set_group; /* boundary and group of the current change set; NULL: none */
    int sets;                    /* the number of change sets so far */
    gp_names *ids; /* Content-IDs in the current change set, or outside of change sets */
} reading;

/* The header of a part. */
typedef struct {
    const char *type; /* Content-Type; NULL: none */
    const char *id;   /* Content-ID; NULL: none */
    const char *coding;
} part;

/* ---- problems ---- */

/* Sets the problem with the current line as its target. Returns false. */
static bool fail(const reading *self, const char *message)
{
    const char *target = apr_psprintf(self->pool, "line %d", self->number);

    return gp_problem_set(self->problem, GP_BAD_REQUEST, target, GP_BATCH_INVALID "Line %d: %s",
                          self->number, message);
}

/* ---- lines ---- */

/* Returns true if the current line delimits parts: "--", the boundary, "--" at the end, and any white space. */
static bool is_delimiter(const reading *self, const char *boundary, bool *is_end)
{
    apr_size_t length, rest = self->line.length;
    const char *at = self->line.start;

    if (boundary == NULL || rest < 2 || memcmp(at, "--", 2) != 0)
        return false;
    length = strlen(boundary);
    if (rest < length + 2 || memcmp(at + 2, boundary, length) != 0)
        return false;
    at += length + 2;
    rest -= length + 2;
    *is_end = rest >= 2 && memcmp(at, "--", 2) == 0;
    if (*is_end) {
        at += 2;
        rest -= 2;
    }
    while (rest > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        rest--;
    }
    return rest == 0;
}

static mark mark_of(const reading *self)
{
    bool is_end = false;

    if (is_delimiter(self, self->boundary, &is_end))
        return is_end ? BATCH_END : PART;
    if (is_delimiter(self, self->set, &is_end))
        return is_end ? SET_END : SET_PART;
    return LINE;
}

/* Moves to the next line. */
static mark next(reading *self)
{
    const char *end;

    self->line.start = self->at;
    self->line.length = 0;
    if (self->at == self->end)
        return self->mark = TEXT_END;
    self->number++;
    end = memchr(self->at, '\n', (apr_size_t)(self->end - self->at));
    self->line.length = (apr_size_t)((end != NULL ? end : self->end) - self->at);
    self->at = end != NULL ? end + 1 : self->end;
    if (self->line.length > 0 && self->line.start[self->line.length - 1] == '\r')
        self->line.length--;
    return self->mark = mark_of(self);
}

/* Moves to the next delimiter. */
static mark skip(reading *self)
{
    while (next(self) == LINE)
        continue;
    return self->mark;
}

/* ---- texts ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static gp_piece trim(gp_piece text)
{
    while (text.length > 0 && is_blank(text.start[text.length - 1]))
        text.length--;
    while (text.length > 0 && is_blank(*text.start)) {
        text.start++;
        text.length--;
    }
    return text;
}

/* Copies a text with white space as spaces. Returns NULL if it is not plain; then the problem is set. */
static const char *copy(const reading *self, gp_piece text)
{
    char *made = apr_pstrmemdup(self->pool, text.start, text.length), *at;

    for (at = made; *at != '\0'; at++) {
        if (is_blank(*at))
            *at = ' ';
    }
    if ((apr_size_t)(at - made) == text.length && gp_text_is_plain(made))
        return made;
    fail(self, "a control character, or text that is not UTF-8.");
    return NULL;
}

/* ---- headers ---- */

static bool begins_with_blank(const reading *self)
{
    return self->at < self->end && (*self->at == ' ' || *self->at == '\t');
}

/* Reads the current line and those that continue it as a header. To ignore a line that is not a header would lose a
 * part of the batch: a second request line, or a body without an empty line in front of it. */
static bool read_header(reading *self, gp_piece *name, gp_piece *value)
{
    const char *at = self->line.start, *end = at + self->line.length;
    const char *colon = memchr(at, ':', self->line.length);

    if (colon != NULL)
        *name = gp_field_token(&at);
    if (colon == NULL || at != colon || name->length == 0)
        return fail(self, "expected a header, \"name: value\", or an empty line.");
    while (begins_with_blank(self)) {
        next(self);
        end = self->line.start + self->line.length;
    }
    value->start = colon + 1;
    value->length = (apr_size_t)(end - colon - 1);
    *value = trim(*value);
    return true;
}

/* Stores a header that is used. @param header  NULL: it is not */
static bool take_header(const reading *self, const char **header, gp_piece name, gp_piece value)
{
    if (header == NULL)
        return true;
    if (*header != NULL)
        return fail(self, apr_psprintf(self->pool, "the header %.*s occurs twice.",
                                       (int)name.length, name.start));
    *header = copy(self, value);
    return *header != NULL;
}

static const char **header_of_part(part *read, gp_piece name)
{
    if (gp_field_is(name, "Content-Type"))
        return &read->type;
    if (gp_field_is(name, "Content-ID"))
        return &read->id;
    return gp_field_is(name, "Content-Transfer-Encoding") ? &read->coding : NULL;
}

static const char **header_of_request(gp_batch_item *item, gp_piece name)
{
    gp_item_header header = gp_batch_header(name.start, name.length);

    return header != GP_ITEM_HEADERS ? &item->headers[header] : NULL;
}

/* Reads headers up to an empty line or a delimiter. @param item  the request that has them; NULL: the part does */
static bool read_headers(reading *self, part *read, gp_batch_item *item)
{
    gp_piece name = {"", 0}, value = {"", 0};

    while (next(self) == LINE && self->line.length > 0) {
        if (!read_header(self, &name, &value))
            return false;
        if (!take_header(self,
                         item != NULL ? header_of_request(item, name) : header_of_part(read, name),
                         name, value))
            return false;
    }
    return true;
}

/* Requests are sent as they are. */
static bool check_coding(const reading *self, const char *coding)
{
    if (coding == NULL || strcasecmp(coding, "binary") == 0 || strcasecmp(coding, "8bit") == 0
        || strcasecmp(coding, "7bit") == 0)
        return true;
    return fail(self, "the Content-Transfer-Encoding must be binary.");
}

/* ---- a request ---- */

/* Returns the last word of a line; the whole line if it has no space. */
static gp_piece last_word(gp_piece line)
{
    gp_piece word = {line.start + line.length, 0};

    while (word.length < line.length && word.start[-1] != ' ') {
        word.start--;
        word.length++;
    }
    return word;
}

/* HTTP-version (RFC 9112 section 2.3). */
static bool is_version(gp_piece word)
{
    return word.length == strlen("HTTP/1.1") && memcmp(word.start, "HTTP/", 5) == 0
           && apr_isdigit(word.start[5]) && word.start[6] == '.' && apr_isdigit(word.start[7]);
}

/* Reads "method url HTTP/1.1". The url may contain spaces. */
static bool read_request_line(const reading *self, gp_batch_item *item)
{
    gp_piece line = trim(self->line), version = last_word(line), method = {line.start, 0}, url;

    while (method.length < line.length && method.start[method.length] != ' ')
        method.length++;
    url.start = method.start + method.length;
    url.length = version.start > url.start ? (apr_size_t)(version.start - url.start) : 0;
    url = trim(url);
    item->method = copy(self, method);
    item->url = copy(self, url);
    if (item->method == NULL || item->url == NULL)
        return false;
    item->method = gp_batch_method(self->pool, item->method);
    if (item->method == NULL || *item->url == '\0' || !is_version(version))
        return fail(self, "expected a request, such as \"GET me/profile/positions HTTP/1.1\".");
    return true;
}

/* A change set is for changes only (section 11.7.7.1). */
static bool check_method(const reading *self, const gp_batch_item *item)
{
    if (self->set == NULL
        || (strcmp(item->method, "GET") != 0 && strcmp(item->method, "HEAD") != 0))
        return true;
    return fail(self, "a change set cannot contain a GET or HEAD request.");
}

/* Moves to the delimiter. Line ends alone are no body: clients send them behind requests that have none. */
static void read_body(reading *self, gp_batch_item *item)
{
    const char *start = self->at, *end;

    if (self->mark != LINE)
        return;
    skip(self);
    end = self->line.start;
    if (end > start && end[-1] == '\n') /* it belongs to the delimiter */
        end--;
    if (end > start && end[-1] == '\r')
        end--;
    while (start < end && (*start == '\r' || *start == '\n'))
        start++;
    if (start == end)
        return;
    item->body = start;
    item->length = (apr_size_t)(end - start);
}

static bool check_id(const reading *self, gp_batch_item *item)
{
    apr_size_t length = strlen(item->id);

    if (length > GP_BATCH_ID_MAX)
        return fail(self, apr_psprintf(self->pool, "the Content-ID is longer than %d bytes.",
                                       GP_BATCH_ID_MAX));
    if (length == 0 || gp_names_add(self->ids, item->id, length, item) == NULL)
        return true;
    return fail(self, apr_pstrcat(self->pool, "the Content-ID ", item->id,
                                  self->set != NULL ? " has to be unique in its change set."
                                                    : " has to be unique outside of change sets.",
                                  NULL));
}

static bool read_request(reading *self, const part *read)
{
    gp_batch_item *item = gp_batch_body_add(self->body, self->most);

    if (item == NULL)
        return fail(self, gp_batch_excess(self->pool, self->most));
    item->id = read->id != NULL ? read->id : "";
    item->group = self->set_group;
    if (!check_id(self, item))
        return false;
    while (next(self) == LINE && self->line.length == 0)
        continue;
    if (self->mark != LINE)
        return fail(self, "the part has no request.");
    if (!read_request_line(self, item))
        return false;
    if (!check_method(self, item))
        return false;
    if (!read_headers(self, NULL, item))
        return false;
    read_body(self, item);
    return true;
}

/* ---- parts ---- */

static bool read_parts_of_set(reading *self);

static bool open_set(reading *self, const part *read)
{
    if (self->set != NULL)
        return fail(self, "a change set cannot contain a change set.");
    self->set = gp_header_boundary(self->pool, read->type);
    if (self->set == NULL)
        return fail(self, "the Content-Type of a change set needs a valid boundary.");
    self->set_group = apr_itoa(self->pool, ++self->sets);
    self->ids = gp_names_make(self->pool); /* Olingo begins each change set at Content-ID 1 */
    return true;
}

static bool read_set(reading *self, const part *read)
{
    gp_names *outside = self->ids;
    int first = self->body->count, i;

    if (!open_set(self, read) || !read_parts_of_set(self))
        return false;
    for (i = first; i < self->body->count; i++)
        self->body->items[i].shares_group = self->body->count - first > 1;
    self->set = self->set_group = NULL;
    self->ids = outside;
    skip(self);
    return true;
}

/* Reads a part of the batch or of a change set, up to the delimiter behind it. */
static bool read_part(reading *self)
{
    part read = {NULL, NULL, NULL};

    if (!read_headers(self, &read, NULL))
        return false;
    if (self->mark != LINE)
        return fail(self, "the part has no request.");
    if (!check_coding(self, read.coding))
        return false;
    if (gp_header_has_type(read.type, "application", "http"))
        return read_request(self, &read);
    if (gp_header_has_type(read.type, "multipart", "mixed"))
        return read_set(self, &read);
    return fail(self, "the Content-Type of a part must be application/http or multipart/mixed.");
}

static bool read_parts_of_set(reading *self)
{
    if (skip(self) != SET_PART)
        return fail(self, "the change set has no requests.");
    while (self->mark == SET_PART) {
        if (!read_part(self))
            return false;
    }
    if (self->mark == SET_END)
        return true;
    return fail(self, "the change set ends without its last delimiter, \"--boundary--\".");
}

/* ---- the interface ---- */

bool gp_batch_multipart_read(apr_pool_t *pool, const char *text, apr_size_t length,
                             const char *boundary, int most, gp_batch_body *body,
                             gp_problem *problem)
{
    reading self = {.pool = pool,
                    .problem = problem,
                    .body = body,
                    .most = most,
                    .at = text,
                    .end = text + length,
                    .boundary = boundary};

    gp_batch_body_open(pool, body, most);
    self.ids = gp_names_make(pool);
    if (skip(&self) == TEXT_END)
        return fail(&self, "there is no delimiter with the boundary of the Content-Type.");
    while (self.mark == PART) {
        if (!read_part(&self))
            return false;
    }
    if (self.mark != BATCH_END)
        return fail(&self, "the batch ends without its last delimiter, \"--boundary--\".");
    return body->count > 0 || fail(&self, "the batch has no requests.");
}
