/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List positions.
 *
 *     GET {root}/me/profile/positions[?$filter=..&$orderby=..&$top=..&$skip=..&$count=..&$select=..]
 *     GET {root}/users/{id}/profile/positions
 *
 *     200  a page in order of creation, with @odata.nextLink if more pages follow
 *     400  a query option is malformed, unknown or out of place
 *     412  If-Match cannot hold for a collection
 */
#include "answer.h"
#include "conditions.h"
#include "operations.h"
#include "page.h"

static bool begin(gp_exchange *x)
{
    gp_listing *self = apr_pcalloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_READ, GP_OFFER_JSON))
        return false;
    if (!gp_conditions_meet_untagged(x))
        return false;
    gp_page_open(x, self);
    return true;
}

static bool run(gp_exchange *x)
{
    return gp_page_find(x, x->state);
}

static bool finish(gp_exchange *x)
{
    gp_listing *self = x->state;
    gp_buffer *body = &x->answer.body;

    gp_page_measure(x, self, gp_exchange_owner(x));
    if (!x->receiver->reserve(x, self->most))
        return false;

    gp_answer_open(x, GP_HTTP_OK);
    gp_page_prefer(x, self);
    gp_answer_open_body(x, gp_answer_json_type(x), self->most);
    gp_entity_open(x->work, body, &self->form, "");
    gp_page_write(x, self, NULL);
    gp_buffer_puts(body, "}");
    return true;
}

const gp_operation_steps gp_operation_list = {begin, run, finish, NULL};
