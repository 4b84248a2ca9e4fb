/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carry out several requests.
 *
 *     POST {root}/$batch          in JSON (batch_json.c) or multipart/mixed (batch_mixed.c)
 *
 *     200  the response to each request, in the same form
 *     400  the body is not a batch; no request has been executed
 *     413, 415  the body is too large, in another form
 *
 * Each request is checked and answered as if the client had sent it alone (gp_receiver.look_up_item). All statements of
 * requests that depend on no other are submitted together, as far as their operations can. Each of the other requests
 * begins when its dependencies have ended. In multipart/mixed, the requests are executed one after the other.
 */
#include "access.h"
#include "answer.h"
#include "batch_form.h"
#include "conditions.h"
#include "dispatch.h"
#include "odata/header_content_type.h"
#include "operations.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

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
    const gp_batch_form *form;
    gp_batch_body body;
    item *items;
    bool has_failed; /* a request of it has failed */
    gp_batch_answer answer;
} batch;

/* ---- reading ---- */

static const gp_batch_form *form_of(const gp_exchange *x)
{
    return gp_header_has_type(gp_exchange_header(x, "Content-Type"), "multipart", "mixed")
               ? &gp_batch_mixed
               : &gp_batch_json;
}

static bool begin(gp_exchange *x)
{
    batch *self = apr_pcalloc(x->work, sizeof *self);
    gp_buffer text;

    x->state = self;
    self->x = x;
    self->form = form_of(x);
    self->answer.x = x;
    if (!gp_access_identify(x, GP_ACCESS_READ))
        return false;
    if (!gp_exchange_agree(x, self->form->offers))
        return false;
    if (!gp_conditions_meet_untagged(x))
        return false;
    if (self->form == &gp_batch_json && !gp_exchange_is_json(x))
        return false;
    text.pool = x->work;
    if (!x->receiver->read_text(x, x->settings.batch_bytes, &text))
        return false;
    return self->form->read(x, &text, &self->body);
}

/* ---- writing ---- */

const char *const GP_BATCH_HEADERS[] = {
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
    NULL,
};

/* Writes the response of a request that has ended, and frees its memory. */
static void end_item(batch *self, item *one)
{
    gp_exchange *x = &one->x;

    x->receiver->complete_item(x);
    self->form->add(&self->answer, one->sent, x);
    one->status = x->answer.status;
    one->state = DONE;
    self->has_failed |= one->status >= 400;
    x->receiver->close_item(x);
}

/* ---- execution ---- */

/* Whether a url relative to the root names a resource whose name begins with "$", whatever the ids of the requests are. */
static bool names_resource(const char *url)
{
    static const char *const names[] = {"$metadata", "$batch"};
    apr_size_t length = strcspn(url, "/?"), i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && strncasecmp(url, names[i], length) == 0)
            return true;
    }
    return false;
}

/* Whether a text of a request refers to an earlier one: "$1", "$1/..". */
static bool is_reference(const batch *self, const item *one, const char *text)
{
    apr_size_t length = text != NULL && *text == '$' ? strcspn(text + 1, "/?") : 0;
    int i;

    for (i = 0; &self->items[i] != one && length > 0; i++) {
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
    if (sent->shares_group)
        return gp_problem_set(one->x.problem, GP_NOT_IMPLEMENTED, self->form->group_target,
                              "Several requests that succeed or fail together, a group or a change "
                              "set, are not supported. None of them has been executed.");
    if ((is_reference(self, one, url) && !names_resource(url))
        || is_reference(self, one, sent->headers[GP_ITEM_IF_MATCH]))
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
 * awaits the first, so that they share a transaction. The other requests begin one after the other: from its beginning
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

/* Whether the first error ends the batch. @param preference  the header that tells that the client's preference
 * applies, with the name that the client has sent; NULL: the form has the same */
static bool stops_at_error(const batch *self, const char **preference)
{
    const gp_prefer *prefer = &self->x->prefer;
    bool stops = self->form->is_ordered;

    *preference = NULL;
    if (!stops && prefer->on_error == GP_ON_ERROR_STOP)
        *preference = apr_pstrcat(self->x->pool, prefer->error_preference, "=false", NULL);
    else if (stops && prefer->on_error == GP_ON_ERROR_CONTINUE)
        *preference = prefer->error_preference;
    return stops != (*preference != NULL);
}

static bool finish(gp_exchange *x)
{
    batch *self = x->state;
    const char *preference;
    bool stops = stops_at_error(self, &preference);
    int most = stops || self->form->is_ordered ? 1 : self->body.count, i;

    self->items = apr_pcalloc(x->work, sizeof *self->items * (apr_size_t)self->body.count);
    for (i = 0; i < self->body.count; i++)
        self->items[i].sent = &self->body.items[i];
    gp_answer_open(x, GP_HTTP_OK);
    if (preference != NULL)
        apr_table_setn(x->answer.headers, "Preference-Applied", preference);
    self->form->open(&self->answer);
    while (!(stops && self->has_failed) && carry_out(self, most) > 0)
        continue;
    self->form->close(&self->answer);
    return true;
}

const gp_operation_steps gp_operation_batch = {begin, NULL, finish, NULL};
