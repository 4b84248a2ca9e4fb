/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List positions.
 *
 *     GET {root}/me/profile/positions[?$filter=..&$orderby=..&$top=..&$skip=..&$count=..&$select=..]
 *     GET {root}/users/{id}/profile/positions
 *
 *     200  a page in order of creation, with @odata.nextLink where there are more
 *     400  a query option is malformed, unknown or out of place
 *     412  If-Match cannot hold for a collection
 */
#include "answer.h"
#include "base/limits.h"
#include "conditions.h"
#include "odata/url.h"
#include "operations.h"
#include "search.h"

#include <apr_strings.h>

typedef struct {
    int size; /* the most positions on a page */
    gp_found found;
    gp_entity_form form;
    int count;       /* rows on this page */
    apr_size_t most; /* upper limit of the answer, in bytes */
} listing;

/* Returns the most positions on a page. */
static int page_size(const gp_exchange *x)
{
    int size = x->settings.page_size;

    if (x->prefer.page_size > 0 && x->prefer.page_size < size)
        size = x->prefer.page_size;
    if (x->query.top_is_page && x->query.top > 0 && x->query.top < size)
        size = x->query.top;
    return size;
}

/* Returns true if $top alone implies that no page follows. */
static bool is_last_page(const gp_query *query, int size)
{
    if (query->top_is_page)
        return query->top == 0;
    return query->top >= 0 && query->top <= size;
}

static bool begin(gp_exchange *x)
{
    listing *self = apr_pcalloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_READ, GP_OFFER_JSON))
        return false;
    if (!gp_conditions_meet_untagged(x))
        return false;
    x->query.top_is_page = x->settings.top_is_page;
    self->size = page_size(x);
    return true;
}

static bool run(gp_exchange *x)
{
    listing *self = x->state;
    bool is_last = is_last_page(&x->query, self->size);

    /* One more row than fits on the page shows that there is another page. */
    return gp_search(x, is_last ? x->query.top : self->size + 1, &self->found);
}

/* Counts the rows that fit on the page, at least one, and the bytes of the answer with them. */
static void measure(gp_exchange *x, listing *self)
{
    static const gp_position nothing = {.length = 0};
    apr_size_t urls = 0, bytes = 0;
    int i;

    self->most = gp_entity_size(&nothing); /* the text around the rows */
    for (i = 0; i < self->size && i < self->found.count; i++) {
        gp_position position = self->found.positions[i];

        if (position.document == NULL)
            break;
        if (i == 0) /* all ids have the same length */
            urls = gp_entity_urls_size(x->work, &self->form, &position);
        if (i > 0 && bytes + position.length + urls > GP_PAGE_BYTES_MAX)
            break;
        bytes += position.length + urls;
        self->most += gp_entity_size(&position) + urls;
    }
    self->count = i;
}

/* Writes @odata.count, which is an Edm.Int64. */
static void write_total(gp_exchange *x, const listing *self)
{
    const char *quote = x->shape.ieee754 ? "\"" : "";
    gp_buffer *body = &x->answer.body;

    if (self->found.total == NULL)
        return;
    gp_buffer_puts(body, "\"@odata.count\":");
    gp_buffer_puts(body, quote);
    gp_buffer_puts(body, self->found.total);
    gp_buffer_puts(body, quote);
    gp_buffer_puts(body, ",");
}

/* Writes @odata.nextLink if there are more rows. */
static void write_next_link(gp_exchange *x, const listing *self)
{
    const char *base_url, *options;
    gp_buffer *body = &x->answer.body;
    const char *next = NULL; /* with $orderby, a page continues after a number of positions */

    if (self->found.count > self->count)
        next = self->found.positions[self->count].id;
    else if (!self->found.has_more)
        return;
    base_url = x->receiver->base_url(x);
    options = gp_query_next(x->work, x->args, &x->query, self->count, next);
    gp_buffer_puts(body, "\"@odata.nextLink\":");
    gp_buffer_puts_json(body, gp_url_next_page(x->work, base_url, x->route, options));
    gp_buffer_puts(body, ",");
}

/* Writes the rows. The memory of each is freed before the next. */
static void write_rows(gp_exchange *x, const listing *self)
{
    gp_buffer *body = &x->answer.body;
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, x->work);
    gp_buffer_puts(body, "\"value\":[");
    for (i = 0; i < self->count; i++) {
        gp_position position = self->found.positions[i];

        gp_buffer_puts(body, i > 0 ? ",{" : "{");
        gp_entity_write(pool, body, &self->form, &position);
        apr_pool_clear(pool);
    }
    gp_buffer_puts(body, "]}");
}

static bool finish(gp_exchange *x)
{
    listing *self = x->state;

    self->form = gp_answer_form(x, gp_exchange_owner(x));
    measure(x, self);
    if (!x->receiver->reserve(x, self->most))
        return false;

    gp_answer_open(x, GP_HTTP_OK);
    if (x->prefer.page_preference != NULL)
        apr_table_setn(x->answer.headers, "Preference-Applied",
                       apr_psprintf(x->pool, "%s=%d", x->prefer.page_preference, self->size));
    gp_answer_open_body(x, gp_answer_json_type(x), self->most);
    gp_entity_open(x->work, &x->answer.body, &self->form, "");
    write_total(x, self);
    write_next_link(x, self);
    write_rows(x, self);
    return true;
}

const gp_operation_steps gp_operation_list = {begin, run, finish};
