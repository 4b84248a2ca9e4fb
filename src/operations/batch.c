/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carry out several requests.
 *
 *     POST {root}/$batch          {"requests":[{"id","method","url","headers"?,"body"?,"dependsOn"?}]}
 *
 *     200  {"responses":[{"id","status","headers","body"?}]}, in any order
 *     400  the body is not a batch; no request has been executed
 *     413, 415  the body is too large, not JSON
 *
 * Each request is checked and answered as if the client had sent it alone (gp_receiver.look_up_item). All statements of
 * requests that depend on no other are submitted together, as far as their operations can. Each of the other requests
 * begins when its dependencies have ended.
 */
#include "access.h"
#include "answer.h"
#include "base/base64.h"
#include "conditions.h"
#include "dispatch.h"
#include "operations.h"

#include <apr_strings.h>

typedef enum {
    WAITING, /* for its dependencies */
    OPEN,    /* its exchange is open; it may begin */
    BEGUN,   /* its exchange is open; its statement comes next */
    FAILED,  /* its exchange is open; its error comes next */
    DONE     /* answered; status is set */
} state;

/* A request of the batch. */
typedef struct {
    const gp_batch_item *sent;
    gp_exchange x;
    state state;
    int status;
} item;

typedef struct {
    gp_exchange *x;
    gp_batch_body body;
    item *items;
    bool has_failed; /* a request of it has failed */
    bool is_first;   /* no response is written yet */
} batch;

/* ---- reading ---- */

static bool check_media_type(gp_exchange *x)
{
    const char *sent = gp_exchange_header(x, "Content-Type");

    if (gp_exchange_is_json(x))
        return true;
    if (sent == NULL || strncasecmp(sent, "multipart/mixed", strlen("multipart/mixed")) != 0)
        return false;
    return gp_problem_set(
        x->problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type",
        "The service accepts batches as JSON only (OData JSON 4.01 section 19). Send "
        "application/json instead of multipart/mixed.");
}

static bool begin(gp_exchange *x)
{
    batch *self = apr_pcalloc(x->work, sizeof *self);
    gp_buffer text;

    x->state = self;
    self->x = x;
    self->is_first = true;
    if (!gp_access_identify(x, GP_ACCESS_READ))
        return false;
    if (!gp_exchange_agree(x, GP_OFFER_JSON))
        return false;
    if (!gp_conditions_meet_untagged(x))
        return false;
    if (!check_media_type(x))
        return false;
    text.pool = x->work;
    if (!x->receiver->read_text(x, x->settings.batch_bytes, &text))
        return false;
    return gp_batch_body_read(x->work, text.data, text.length, x->settings.batch_items, &self->body,
                              x->problem);
}

/* ---- writing ---- */

/* Headers of an answer that its response in the batch has. All others describe the message that carries the answer. */
static const char *const shown[] = {
    "Cache-Control",
    "OData-Version",
    "ETag",
    "Location",
    "OData-EntityId",
    "Retry-After",
    "Preference-Applied",
    "Allow",
    "Accept-Patch",
    "Accept-Post",
    "request-id",
    "client-request-id",
    "Content-Language",
    "WWW-Authenticate",
};

static void add_header(gp_buffer *body, const char *name, const char *value)
{
    gp_buffer_puts(body, body->data[body->length - 1] == '{' ? "" : ",");
    gp_buffer_puts_json(body, name);
    gp_buffer_puts(body, ":");
    gp_buffer_puts_json(body, value);
}

static void write_headers(gp_buffer *body, const gp_answer *answer, bool has_body)
{
    apr_size_t i;

    gp_buffer_puts(body, ",\"headers\":{");
    if (has_body)
        add_header(body, "Content-Type", answer->content_type);
    for (i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const char *value = apr_table_get(answer->headers, shown[i]);

        if (value != NULL)
            add_header(body, shown[i], value);
    }
    gp_buffer_puts(body, "}");
}

static bool has_type(const gp_answer *answer, const char *type)
{
    return strncmp(answer->content_type, type, strlen(type)) == 0;
}

/* Writes JSON as it is, text as a string, anything else in base64url. */
static void write_body(gp_buffer *body, const gp_answer *answer)
{
    gp_buffer_puts(body, ",\"body\":");
    if (has_type(answer, "application/json")) {
        gp_buffer_add(body, answer->body.data, answer->body.length);
    } else if (has_type(answer, "text/")) {
        gp_buffer_add_json(body, answer->body.data, answer->body.length);
    } else {
        gp_buffer_puts(body, "\"");
        gp_base64_add_url(body, answer->body.data, answer->body.length);
        gp_buffer_puts(body, "\"");
    }
}

static void write_response(batch *self, const item *one)
{
    gp_buffer *body = &self->x->answer.body;
    const gp_answer *answer = &one->x.answer;
    bool has_body = answer->content_type != NULL && strcmp(one->sent->method, "HEAD") != 0;

    gp_buffer_puts(body, self->is_first ? "{\"id\":" : ",{\"id\":");
    self->is_first = false;
    gp_buffer_puts_json(body, one->sent->id);
    if (one->sent->group != NULL) {
        gp_buffer_puts(body, ",\"atomicityGroup\":");
        gp_buffer_puts_json(body, one->sent->group);
    }
    gp_buffer_puts(body, apr_psprintf(one->x.pool, ",\"status\":%d", answer->status));
    write_headers(body, answer, has_body);
    if (has_body)
        write_body(body, answer);
    gp_buffer_puts(body, "}");
}

/* Writes the response of a request that has ended, and frees its memory. */
static void end_item(batch *self, item *one)
{
    gp_exchange *x = &one->x;

    x->receiver->complete_item(x);
    write_response(self, one);
    one->status = x->answer.status;
    one->state = DONE;
    self->has_failed |= one->status >= 400;
    x->receiver->close_item(x);
}

/* ---- execution ---- */

/* Whether a text refers to another request: "$1", "$1/..". */
static bool is_reference(const batch *self, const char *text)
{
    apr_size_t length = text != NULL && *text == '$' ? strcspn(text + 1, "/?") : 0;
    int i;

    for (i = 0; i < self->body.count && length > 0; i++) {
        const char *id = self->body.items[i].id;

        if (strlen(id) == length && memcmp(id, text + 1, length) == 0)
            return true;
    }
    return false;
}

/* Checks the members of a request that concern the batch: dependencies, conditions, groups, references. */
static bool judge(const batch *self, item *one)
{
    const gp_batch_item *sent = one->sent;
    const char *url = sent->url + (*sent->url == '/');
    int i;

    for (i = 0; i < sent->dependency_count; i++) {
        if (self->items[sent->dependencies[i]].status >= 400)
            return gp_problem_set(one->x.problem, GP_FAILED_DEPENDENCY, "dependsOn", NULL);
    }
    if (sent->is_conditional)
        return gp_problem_set(one->x.problem, GP_FAILED_DEPENDENCY, "if",
                              "Conditions on earlier requests are not supported.");
    if (sent->group != NULL)
        return gp_problem_set(one->x.problem, GP_NOT_IMPLEMENTED, "atomicityGroup",
                              "Groups of requests that succeed or fail together are not "
                              "supported. No request of the group has been executed.");
    if (is_reference(self, url) || is_reference(self, sent->headers[GP_ITEM_IF_MATCH]))
        return gp_problem_set(one->x.problem, GP_NOT_IMPLEMENTED, "url",
                              "References to the answers of earlier requests are not supported.");
    return true;
}

/* Checks the time that all requests of a batch share, because they have the store of the batch. @return false: it is
 * over, and the problem is set */
static bool has_time(gp_exchange *x)
{
    if (!gp_budget_is_over(&x->store->budget))
        return true;
    x->problem->retry_after = 1;
    return gp_problem_set(x->problem, GP_UNAVAILABLE, NULL,
                          "The time of the batch is over. This request has not been executed.");
}

static void fail(item *one)
{
    gp_answer_fail(&one->x);
    one->state = FAILED;
}

static void open_item(batch *self, item *one)
{
    gp_exchange *x = &one->x;

    self->x->receiver->open_item(self->x, x);
    if (judge(self, one) && x->receiver->look_up_item(x, one->sent))
        one->state = OPEN;
    else
        fail(one);
}

static void begin_item(item *one)
{
    if (one->state != OPEN)
        return;
    if (has_time(&one->x))
        one->state = gp_dispatch_begin(&one->x) ? BEGUN : FAILED;
    else
        fail(one);
}

/* Submits the statement of a request. run_item must follow, because another thread may be running the statement. */
static void submit_item(item *one)
{
    if (one->state != BEGUN)
        return;
    if (has_time(&one->x))
        gp_dispatch_submit(&one->x);
    else
        fail(one);
}

static void run_item(batch *self, item *one)
{
    if (one->state == BEGUN && !gp_dispatch_run(&one->x))
        one->state = FAILED;
    if (one->state == BEGUN)
        gp_dispatch_finish(&one->x);
    end_item(self, one);
}

/* Whether a request waits and all of its dependencies have ended. */
static bool is_ready(const batch *self, const item *one)
{
    int i;

    for (i = 0; i < one->sent->dependency_count; i++) {
        if (self->items[one->sent->dependencies[i]].state != DONE)
            return false;
    }
    return one->state == WAITING;
}

/*
 * Executes the requests that are ready, but at most `most`. It submits all statements that can be submitted before it
 * awaits the first, so that creates may share a commit. The other requests begin one after the other: from its beginning
 * to its end, each holds the tree of its body, or rows.
 * @return how many it has executed
 */
static int carry_out(batch *self, int most)
{
    item **ready = apr_palloc(self->x->work, sizeof *ready * (apr_size_t)self->body.count);
    int count = 0, i;

    for (i = 0; i < self->body.count && count < most; i++) {
        if (is_ready(self, &self->items[i]))
            ready[count++] = &self->items[i];
    }
    for (i = 0; i < count; i++)
        open_item(self, ready[i]);
    for (i = 0; i < count; i++) {
        if (ready[i]->state == OPEN && gp_dispatch_begins_early(&ready[i]->x))
            begin_item(ready[i]);
    }
    for (i = 0; i < count; i++)
        submit_item(ready[i]);
    for (i = 0; i < count; i++) {
        begin_item(ready[i]);
        run_item(self, ready[i]);
    }
    return count;
}

static bool finish(gp_exchange *x)
{
    batch *self = x->state;
    bool stops = x->prefer.stops;
    int i;

    self->items = apr_pcalloc(x->work, sizeof *self->items * (apr_size_t)self->body.count);
    for (i = 0; i < self->body.count; i++)
        self->items[i].sent = &self->body.items[i];
    gp_answer_open(x, GP_HTTP_OK);
    if (stops)
        apr_table_setn(x->answer.headers, "Preference-Applied", "continue-on-error=false");
    gp_answer_open_body(x, gp_answer_json_type(x), 4096);
    gp_buffer_puts(&x->answer.body, "{\"responses\":[");
    while (!(stops && self->has_failed) && carry_out(self, stops ? 1 : self->body.count) > 0)
        continue;
    gp_buffer_puts(&x->answer.body, "]}");
    return true;
}

const gp_operation_steps gp_operation_batch = {begin, NULL, finish, NULL};
