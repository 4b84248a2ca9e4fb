/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Count positions.
 *
 *     GET .../positions/$count[?$filter=..]
 *
 *     200  the number, as plain text
 *
 * Some clients send Accept: application/json with this request, so JSON is offered, too.
 */
#include "answer.h"
#include "conditions.h"
#include "operations.h"
#include "search.h"

typedef struct {
    const char *number; /* in digits */
} counting;

static bool begin(gp_exchange *x)
{
    x->state = apr_palloc(x->work, sizeof(counting));
    if (!gp_exchange_open_positions(x, GP_ACCESS_READ, GP_OFFER_TEXT | GP_OFFER_JSON))
        return false;
    return gp_conditions_meet_untagged(x);
}

static bool run(gp_exchange *x)
{
    counting *self = x->state;

    return gp_search_count(x, &self->number);
}

static bool finish(gp_exchange *x)
{
    const counting *self = x->state;

    gp_answer_open(x, GP_HTTP_OK);
    gp_answer_open_body(x, "text/plain;charset=utf-8", strlen(self->number));
    gp_buffer_puts(&x->answer.body, self->number);
    return true;
}

const gp_operation_steps gp_operation_count = {begin, run, finish, NULL};
