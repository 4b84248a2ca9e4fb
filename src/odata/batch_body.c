/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the body of a batch in JSON. JSON events are handled by their place in the document. The body of a request in
 * it is skipped, because the operation of that request reads it.
 */
#include "batch_body.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/text.h"
#include "document/json.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* The current place in the document. */
typedef enum { OUTSIDE, BATCH, REQUESTS, ITEM, HEADERS, DEPENDENCIES, PLACES } place;

typedef enum {
    ID,
    METHOD,
    URL,
    GROUP,
    HEADERS_OF,
    BODY,
    DEPENDS_ON,
    CONDITION,
    MEMBERS /* the number of known members; any other member */
} member;

static const char *const members[MEMBERS] = {
    [ID] = "id",
    [METHOD] = "method",
    [URL] = "url",
    [GROUP] = "atomicityGroup",
    [HEADERS_OF] = "headers",
    [BODY] = "body",
    [DEPENDS_ON] = "dependsOn",
    [CONDITION] = "if",
};

typedef enum { NULL_VALUE, BOOLEAN, NUMBER, STRING } kind;

typedef struct {
    apr_pool_t *pool;
    gp_problem *problem;
    const char *text;
    gp_json *json;
    gp_batch_body *body;
    int most;
    place at;
    int skipped; /* depth within a skipped value; 0: not in one */
    bool has_requests;
    bool is_requests;               /* the current member of the batch is `requests` */
    member member;                  /* the current member of the item */
    const char *header;             /* the name of the current header */
    apr_size_t start;               /* the start of the item's body */
    gp_names *seen[PLACES];         /* names in the current object */
    gp_names *ids;                  /* id to its item */
    gp_names *groups;               /* group to its first item */
    apr_array_header_t *depends_on; /* of const char *, of the current item */
} reading;

/* ---- problems ---- */

static gp_batch_item *item_of(const reading *self)
{
    return &self->body->items[self->body->count - 1];
}

/* Returns the path of a member of the current item, or of the batch. */
static const char *target_of(const reading *self, const char *name)
{
    if (self->at < ITEM)
        return apr_pstrcat(self->pool, "$", name != NULL ? "." : NULL, name, NULL);
    return apr_psprintf(self->pool, "$.requests[%d]%s%s", self->body->count - 1,
                        name != NULL ? "." : "", name != NULL ? name : "");
}

/* Sets the problem. Returns 0, which ends the reading. */
static int fail(const reading *self, const char *name, const char *message)
{
    gp_problem_set(self->problem, GP_BAD_REQUEST, target_of(self, name), "%s", message);
    return 0;
}

/* Sets a problem that quotes text of the client: an id. */
static int fail_about(const reading *self, const char *name, const char *before, const char *text,
                      const char *behind)
{
    return fail(self, name, apr_pstrcat(self->pool, before, text, behind, NULL));
}

/* ---- an item ---- */

static int open_item(reading *self)
{
    if (gp_batch_body_add(self->body, self->most) == NULL)
        return fail(self, "requests", gp_batch_excess(self->pool, self->most));
    self->depends_on = apr_array_make(self->pool, 2, sizeof(const char *));
    return 1;
}

static int check_method(const reading *self, gp_batch_item *item)
{
    item->method = gp_batch_method(self->pool, item->method);
    return item->method != NULL
           || fail(self, "method", GP_BATCH_INVALID "A request needs a method.");
}

/* The answer repeats ids and groups. */
static int check_length(const reading *self, member which, const char *text)
{
    return text == NULL || strlen(text) <= GP_BATCH_ID_MAX
           || fail(self, members[which],
                   apr_psprintf(self->pool, GP_BATCH_INVALID "The %s is longer than %d bytes.",
                                members[which], GP_BATCH_ID_MAX));
}

/* Finds the requests on which one depends: ids and groups that precede it. A name that is both means the id. */
static int find_dependencies(reading *self, gp_batch_item *item)
{
    int i;

    item->dependency_count = self->depends_on->nelts;
    item->dependencies =
        apr_palloc(self->pool, sizeof(int) * (apr_size_t)(item->dependency_count + 1));
    for (i = 0; i < item->dependency_count; i++) {
        const char *id = APR_ARRAY_IDX(self->depends_on, i, const char *);
        const gp_batch_item *other = gp_names_get(self->ids, id, strlen(id));

        if (other == NULL)
            other = gp_names_get(self->groups, id, strlen(id));
        if (other == NULL)
            return fail_about(self, "dependsOn", "Invalid dependency for request Id ", item->id,
                              ": it can depend only on requests that precede it.");
        item->dependencies[i] = (int)(other - self->body->items);
    }
    return 1;
}

static void join_group(reading *self, gp_batch_item *item)
{
    gp_batch_item *first = gp_names_add(self->groups, item->group, strlen(item->group), item);

    if (first != NULL)
        first->shares_group = item->shares_group = true;
}

static int close_item(reading *self)
{
    gp_batch_item *item = item_of(self);

    if (item->id == NULL || *item->id == '\0')
        return fail(self, "id", GP_BATCH_INVALID "A request needs an id that is a string.");
    if (!check_length(self, ID, item->id) || !check_length(self, GROUP, item->group))
        return 0;
    if (!check_method(self, item))
        return 0;
    if (item->url == NULL || *item->url == '\0')
        return fail(self, "url", GP_BATCH_INVALID "A request needs a url.");
    if (!find_dependencies(self, item))
        return 0;
    if (gp_names_add(self->ids, item->id, strlen(item->id), item) != NULL)
        return fail_about(self, "id", "Request Id ", item->id, " has to be unique in a batch.");
    if (item->group != NULL)
        join_group(self, item);
    return 1;
}

/* ---- values ---- */

/* Reads a string member of the item. */
static int take_text(const reading *self, const char **receives, kind given, const char *text,
                     bool may_be_null)
{
    if (given == STRING)
        *receives = text;
    else if (given != NULL_VALUE || !may_be_null)
        return fail(self, members[self->member], GP_BATCH_INVALID "Expected a string.");
    return 1;
}

static int take_member(const reading *self, kind given, const char *text, apr_size_t length)
{
    gp_batch_item *item = item_of(self);

    switch (self->member) {
    case ID:
        return take_text(self, &item->id, given, text, false);
    case METHOD:
        return take_text(self, &item->method, given, text, false);
    case URL:
        return take_text(self, &item->url, given, text, false);
    case GROUP:
        return take_text(self, &item->group, given, text, true);
    case HEADERS_OF:
        return given == NULL_VALUE || fail(self, "headers", GP_BATCH_INVALID "Expected an object.");
    case DEPENDS_ON:
        return given == NULL_VALUE
               || fail(self, "dependsOn", GP_BATCH_INVALID "Expected an array.");
    case CONDITION:
        item->is_conditional = given != NULL_VALUE;
        return 1;
    case BODY:
        item->body = given != NULL_VALUE ? text : NULL;
        item->length = length;
        item->body_is_text = given == STRING;
        return 1;
    default:
        return 1;
    }
}

static int take_header(const reading *self, kind given, const char *text)
{
    gp_item_header header;

    if (given == NULL_VALUE)
        return 1;
    if (!gp_text_is_plain(text))
        return fail(self, "headers",
                    GP_BATCH_INVALID "A header cannot contain control characters.");
    header = gp_batch_header(self->header, strlen(self->header));
    if (header != GP_ITEM_HEADERS)
        item_of(self)->headers[header] = text;
    return 1;
}

static int take_dependency(const reading *self, kind given, const char *text)
{
    if (given != STRING)
        return fail(self, "dependsOn", GP_BATCH_INVALID "Expected an array of ids as strings.");
    APR_ARRAY_PUSH(self->depends_on, const char *) = text;
    return 1;
}

/* Reads a value that is neither object nor array. @param text  copied */
static int take(const reading *self, kind given, const char *text, apr_size_t length)
{
    if (self->skipped > 0 || (self->at == BATCH && !self->is_requests))
        return 1;
    text = apr_pstrmemdup(self->pool, text, length);
    switch (self->at) {
    case ITEM:
        return take_member(self, given, text, length);
    case HEADERS:
        return take_header(self, given, text);
    case DEPENDENCIES:
        return take_dependency(self, given, text);
    default:
        return fail(self, self->at == BATCH || self->at == REQUESTS ? "requests" : NULL,
                    GP_BATCH_INVALID "Expected {\"requests\":[{..}]}.");
    }
}

/* ---- objects and arrays ---- */

/* Returns the place of an object or array that begins here; OUTSIDE: invalid, PLACES: it is skipped. */
static place place_of(const reading *self, char bracket)
{
    switch (self->at) {
    case OUTSIDE:
        return bracket == '{' ? BATCH : OUTSIDE;
    case BATCH:
        if (!self->is_requests)
            return PLACES;
        return bracket == '[' ? REQUESTS : OUTSIDE;
    case REQUESTS:
        return bracket == '{' ? ITEM : OUTSIDE;
    case ITEM:
        if (self->member == HEADERS_OF)
            return bracket == '{' ? HEADERS : OUTSIDE;
        if (self->member == DEPENDS_ON)
            return bracket == '[' ? DEPENDENCIES : OUTSIDE;
        return self->member >= BODY ? PLACES : OUTSIDE;
    default:
        return OUTSIDE;
    }
}

static int skip(reading *self)
{
    self->skipped = 1;
    if (self->at == ITEM && self->member == BODY)
        self->start = gp_json_position(self->json) - 1;
    else if (self->at == ITEM && self->member == CONDITION)
        item_of(self)->is_conditional = true;
    return 1;
}

static int begin(reading *self, char bracket)
{
    place next;

    if (self->skipped > 0) {
        self->skipped++;
        return 1;
    }
    next = place_of(self, bracket);
    if (next == PLACES)
        return skip(self);
    if (next == OUTSIDE)
        return fail(self, self->at >= ITEM ? members[self->member] : NULL,
                    GP_BATCH_INVALID
                    "Expected {\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"..\"}]}.");
    if (next == ITEM && !open_item(self))
        return 0;
    self->at = next;
    self->seen[next] = gp_names_make(self->pool);
    return 1;
}

static int end_skipped(reading *self)
{
    gp_batch_item *item;

    self->skipped--;
    if (self->skipped > 0 || self->at != ITEM || self->member != BODY)
        return 1;
    item = item_of(self);
    item->body = self->text + self->start;
    item->length = gp_json_position(self->json) - self->start;
    return 1;
}

static int end(reading *self)
{
    static const place outer[PLACES] = {
        [BATCH] = OUTSIDE, [REQUESTS] = BATCH,    [ITEM] = REQUESTS,
        [HEADERS] = ITEM,  [DEPENDENCIES] = ITEM,
    };

    if (self->skipped > 0)
        return end_skipped(self);
    if (self->at == ITEM && !close_item(self))
        return 0;
    self->at = outer[self->at];
    return 1;
}

/* ---- names ---- */

static member member_of(const char *name)
{
    int i;

    for (i = 0; i < MEMBERS && strcmp(name, members[i]) != 0; i++)
        continue;
    return (member)i;
}

static int take_name(reading *self, const char *text, apr_size_t length)
{
    char *name, *at;

    if (self->skipped > 0)
        return 1;
    name = apr_pstrmemdup(self->pool, text, length);
    for (at = name; self->at == HEADERS && *at != '\0'; at++)
        *at = (char)apr_tolower(*at);
    if (gp_names_add(self->seen[self->at], name, length, name) != NULL)
        return fail_about(self, NULL, GP_BATCH_INVALID "The name ",
                          length <= GP_NAME_MESSAGE_MAX ? name : "of a member",
                          " occurs twice in one object.");
    if (self->at == BATCH) {
        self->is_requests = strcmp(name, "requests") == 0;
        self->has_requests |= self->is_requests;
    } else if (self->at == ITEM) {
        self->member = member_of(name);
    } else {
        self->header = name;
    }
    return 1;
}

/* ---- events ---- */

static int on_null(void *baton)
{
    return take(baton, NULL_VALUE, "null", 4);
}

static int on_boolean(void *baton, int value)
{
    return take(baton, BOOLEAN, value ? "true" : "false", value ? 4 : 5);
}

static int on_number(void *baton, const char *text, apr_size_t length)
{
    return take(baton, NUMBER, text, length);
}

static int on_string(void *baton, const char *text, apr_size_t length)
{
    return take(baton, STRING, text, length);
}

static int on_name(void *baton, const char *text, apr_size_t length)
{
    return take_name(baton, text, length);
}

static int on_begin_object(void *baton)
{
    return begin(baton, '{');
}

static int on_begin_array(void *baton)
{
    return begin(baton, '[');
}

static int on_end(void *baton)
{
    return end(baton);
}

static const gp_json_events events = {
    on_null,         on_boolean, on_number,      on_string, on_name,
    on_begin_object, on_end,     on_begin_array, on_end,
};

/* ---- the interface ---- */

static bool read_text(reading *self, apr_size_t length)
{
    if (gp_json_feed(self->json, self->text, length) && gp_json_finish(self->json))
        return true;
    if (gp_json_error(self->json) != NULL) {
        gp_problem_open(self->problem, self->problem->pool);
        gp_problem_add(self->problem, "InvalidJson", "$", gp_json_error(self->json));
    }
    return false;
}

bool gp_batch_body_read(apr_pool_t *pool, const char *text, apr_size_t length, int most,
                        gp_batch_body *body, gp_problem *problem)
{
    reading self = {.pool = pool, .problem = problem, .text = text, .body = body, .most = most};

    gp_batch_body_open(pool, body, most);
    self.ids = gp_names_make(pool);
    self.groups = gp_names_make(pool);
    self.json = gp_json_open(pool, &events, &self);
    if (!read_text(&self, length))
        return false;
    if (body->count > 0)
        return true;
    return fail(&self, "requests", GP_BATCH_INVALID "It has no requests.");
}
