/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read a profile: the positions in it, and their owner's id.
 *
 *     GET {root}/me/profile[?$select=..&$expand=positions($filter=..;$orderby=..;$top=..;$skip=..;$count=..;$select=..)]
 *     GET {root}/users/{id}/profile
 *
 *     200  the profile, ETag; positions@odata.nextLink if more pages follow
 *     304  If-None-Match: the client has this representation
 *     400  a query option is malformed, unknown or misplaced
 *     412  If-Match is false
 *
 * Every user has a profile. If the caller sees none of its positions, it is empty. The other collections of Graph's
 * profile are not stored: they are absent, or empty if $select or $expand names them.
 */
#include "odata/profile.h"
#include "answer.h"
#include "odata/url.h"
#include "operations.h"
#include "page.h"
#include "tagged.h"

#include <apr_strings.h>

/* Bytes to reserve for all but the positions. Unusually long ids and URLs may need more; the buffer then grows. */
#define AROUND 2048

typedef struct {
    gp_conditions sent;
    const gp_profile_query *asked;
    gp_listing listing;
} reading;

static bool begin(gp_exchange *x)
{
    reading *self = apr_pcalloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_READ, GP_OFFER_JSON))
        return false;
    if (!gp_conditions_read(x, &self->sent))
        return false;
    self->asked = x->query.profile;
    /* From here on, the request reads the collection of positions. */
    x->query = self->asked->positions;
    x->args = self->asked->args;
    x->shape.selection = x->query.selection;
    gp_page_open(x, &self->listing);
    return true;
}

/* An option that cannot be evaluated is a part of $expand, like one that cannot be read (odata/profile.c). */
static bool run(gp_exchange *x)
{
    reading *self = x->state;
    gp_problem *problem = x->problem;

    if (!self->asked->has_positions || gp_page_find(x, &self->listing))
        return true;
    if (problem->target != NULL)
        problem->target = apr_pstrcat(problem->pool, GP_PROFILE_TARGET, problem->target, NULL);
    return false;
}

/* Writes a member with a URL as its value, and a comma. */
static void write_url(gp_exchange *x, const char *name, const gp_buffer *url)
{
    gp_buffer *body = &x->answer.body;

    gp_buffer_puts(body, name);
    gp_buffer_add_json(body, url->data, url->length);
    gp_buffer_puts(body, ",");
}

static void write_context(gp_exchange *x, const reading *self)
{
    const gp_entity_form *form = &self->listing.form;
    gp_buffer url;

    gp_buffer_open(&url, x->work, 256);
    gp_buffer_puts(&url, form->base_url);
    gp_buffer_puts(&url, "/$metadata#");
    gp_url_add_profile(&url, form->owner);
    if (self->asked->text != NULL) {
        gp_buffer_puts(&url, "(");
        gp_buffer_puts(&url, self->asked->text);
        gp_buffer_puts(&url, ")");
    }
    gp_buffer_puts(&url, "/$entity");
    write_url(x, "\"@odata.context\":", &url);
}

/* Writes the control information of odata.metadata=full. */
static void write_links(gp_exchange *x, const gp_entity_form *form)
{
    gp_buffer id, path, positions;

    gp_buffer_open(&path, x->work, 128);
    gp_url_add_profile_path(&path, form->owner, "");
    gp_buffer_open(&id, x->work, 256);
    gp_buffer_puts(&id, form->base_url);
    gp_buffer_puts(&id, "/");
    gp_buffer_add(&id, path.data, path.length);
    gp_buffer_open(&positions, x->work, 128);
    gp_url_add_profile_path(&positions, form->owner, "/positions");
    gp_buffer_puts(&x->answer.body, "\"@odata.type\":\"#" GP_NAMESPACE ".profile\",");
    write_url(x, "\"@odata.id\":", &id);
    write_url(x, "\"@odata.editLink\":", &path);
    write_url(x, "\"positions@odata.navigationLink\":", &positions);
}

/* Writes the requested empty collections, each with a comma. */
static void write_collections(gp_buffer *body, unsigned set)
{
    int i;

    for (i = 0; gp_profile_collection(i) != NULL; i++) {
        if (!(set & 1u << i))
            continue;
        gp_buffer_puts(body, "\"");
        gp_buffer_puts(body, gp_profile_collection(i));
        gp_buffer_puts(body, "\":[],");
    }
}

static void write_profile(gp_exchange *x, const reading *self)
{
    const gp_entity_form *form = &self->listing.form;
    gp_buffer *body = &x->answer.body;

    gp_buffer_puts(body, "{");
    if (x->shape.level != GP_METADATA_NONE)
        write_context(x, self);
    if (x->shape.level == GP_METADATA_FULL)
        write_links(x, form);
    if (self->asked->has_id) {
        gp_buffer_puts(body, "\"id\":");
        gp_buffer_puts_json(body, form->owner);
        gp_buffer_puts(body, ",");
    }
    write_collections(body, self->asked->collections);
    if (self->asked->has_positions) {
        gp_entity_add_context(x->work, body, form, "positions", "");
        gp_page_write(x, &self->listing, "positions");
    } else if (body->data[body->length - 1] == ',') {
        body->length--;
    }
    gp_buffer_puts(body, "}");
}

static bool finish(gp_exchange *x)
{
    reading *self = x->state;
    apr_size_t most;

    gp_page_measure(x, &self->listing, gp_exchange_owner(x));
    most = self->listing.most + AROUND;
    if (!x->receiver->reserve(x, most))
        return false;
    gp_answer_open(x, GP_HTTP_OK);
    if (self->asked->has_positions)
        gp_page_prefer(x, &self->listing);
    gp_answer_open_body(x, gp_answer_json_type(x), most);
    write_profile(x, self);
    return gp_tagged_finish(x, &self->sent);
}

const gp_operation_steps gp_operation_profile = {begin, run, finish, NULL};
