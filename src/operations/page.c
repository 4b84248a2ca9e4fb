/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of positions, for the collection itself and for a profile that contains it.
 */
#include "page.h"
#include "answer.h"
#include "base/limits.h"
#include "odata/url.h"

#include <apr_strings.h>

void gp_page_open(gp_exchange *x, gp_listing *listing)
{
    int size = x->settings.page_size;

    x->query.top_is_page = x->settings.top_is_page;
    if (x->prefer.page_size > 0 && x->prefer.page_size < size)
        size = x->prefer.page_size;
    if (x->query.top_is_page && x->query.top > 0 && x->query.top < size)
        size = x->query.top;
    listing->size = size;
}

/* Returns true if $top alone implies that no page follows. */
static bool is_last_page(const gp_query *query, int size)
{
    if (query->top_is_page)
        return query->top == 0;
    return query->top >= 0 && query->top <= size;
}

bool gp_page_find(gp_exchange *x, gp_listing *listing)
{
    bool is_last = is_last_page(&x->query, listing->size);

    /* One more row than fits on the page shows that there is another page. */
    return gp_search(x, is_last ? x->query.top : listing->size + 1, &listing->found);
}

void gp_page_measure(gp_exchange *x, gp_listing *listing, const char *owner)
{
    static const gp_position nothing = {.length = 0};
    apr_size_t urls = 0, bytes = 0;
    int i;

    listing->form = gp_answer_form(x, owner);
    listing->most = gp_entity_size(&nothing); /* the text around the rows */
    for (i = 0; i < listing->size && i < listing->found.count; i++) {
        gp_position position = listing->found.positions[i];

        if (position.document == NULL)
            break;
        if (i == 0) /* all ids have the same length */
            urls = gp_entity_urls_size(x->work, &listing->form, &position);
        if (i > 0 && bytes + position.length + urls > GP_PAGE_BYTES_MAX)
            break;
        bytes += position.length + urls;
        listing->most += gp_entity_size(&position) + urls;
    }
    listing->count = i;
}

void gp_page_prefer(gp_exchange *x, const gp_listing *listing)
{
    if (x->prefer.page_preference != NULL)
        apr_table_setn(x->answer.headers, "Preference-Applied",
                       apr_psprintf(x->pool, "%s=%d", x->prefer.page_preference, listing->size));
}

/* Writes the name of an annotation of the collection, with its colon. */
static void write_annotation(gp_buffer *body, const char *property, const char *name)
{
    gp_buffer_puts(body, "\"");
    gp_buffer_puts(body, property != NULL ? property : "");
    gp_buffer_puts(body, name);
    gp_buffer_puts(body, "\":");
}

/* Writes @odata.count, which is an Edm.Int64. */
static void write_total(gp_exchange *x, const gp_listing *listing, const char *property)
{
    const char *quote = x->shape.ieee754 ? "\"" : "";
    gp_buffer *body = &x->answer.body;

    if (listing->found.total == NULL)
        return;
    write_annotation(body, property, "@odata.count");
    gp_buffer_puts(body, quote);
    gp_buffer_puts(body, listing->found.total);
    gp_buffer_puts(body, quote);
    gp_buffer_puts(body, ",");
}

/* Writes @odata.nextLink if there are more rows. */
static void write_next_link(gp_exchange *x, const gp_listing *listing, const char *property)
{
    const char *base_url, *options;
    gp_buffer *body = &x->answer.body;
    const char *next = NULL; /* with $orderby, a page continues after a number of positions */

    if (listing->found.count > listing->count)
        next = listing->found.positions[listing->count].id;
    else if (!listing->found.has_more)
        return;
    base_url = x->receiver->base_url(x);
    options = gp_query_next(x->work, x->args, &x->query, listing->count, next);
    write_annotation(body, property, "@odata.nextLink");
    gp_buffer_puts_json(body, gp_url_next_page(x->work, base_url, x->route, options));
    gp_buffer_puts(body, ",");
}

/* Writes the rows. The memory of each is freed before the next. */
static void write_rows(gp_exchange *x, const gp_listing *listing)
{
    gp_buffer *body = &x->answer.body;
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, x->work);
    for (i = 0; i < listing->count; i++) {
        gp_position position = listing->found.positions[i];

        gp_buffer_puts(body, i > 0 ? ",{" : "{");
        gp_entity_write(pool, body, &listing->form, &position);
        apr_pool_clear(pool);
    }
}

void gp_page_write(gp_exchange *x, const gp_listing *listing, const char *property)
{
    gp_buffer *body = &x->answer.body;

    write_total(x, listing, property);
    write_next_link(x, listing, property);
    write_annotation(body, property, property != NULL ? "" : "value");
    gp_buffer_puts(body, "[");
    write_rows(x, listing);
    gp_buffer_puts(body, "]");
}
