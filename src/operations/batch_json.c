/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches in JSON (OData JSON 4.01 section 19, Microsoft Graph "JSON batching").
 *
 *     POST {root}/$batch          {"requests":[{"id","method","url","headers"?,"body"?,"dependsOn"?}]}
 *
 *     200  {"responses":[{"id","status","headers","body"?}]}, in any order
 */
#include "answer.h"
#include "base/base64.h"
#include "batch_form.h"
#include "odata/batch_body.h"

#include <apr_strings.h>

static bool read_batch(gp_exchange *x, const gp_buffer *text, gp_batch_body *body)
{
    return gp_batch_body_read(x->work, text->data, text->length, x->settings.batch_items, body,
                              x->problem);
}

static void add_separator(gp_buffer *body, char opening)
{
    gp_buffer_puts(body, body->data[body->length - 1] == opening ? "" : ",");
}

static void add_header(gp_buffer *body, const char *name, const char *value)
{
    add_separator(body, '{');
    gp_buffer_puts_json(body, name);
    gp_buffer_puts(body, ":");
    gp_buffer_puts_json(body, value);
}

static void write_headers(gp_buffer *body, const gp_answer *answer, bool has_body)
{
    int i;

    gp_buffer_puts(body, ",\"headers\":{");
    if (has_body)
        add_header(body, "Content-Type", answer->content_type);
    for (i = 0; GP_BATCH_HEADERS[i] != NULL; i++) {
        const char *value = apr_table_get(answer->headers, GP_BATCH_HEADERS[i]);

        if (value != NULL)
            add_header(body, GP_BATCH_HEADERS[i], value);
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

static void open_answer(gp_batch_answer *self)
{
    gp_answer_open_body(self->x, gp_answer_json_type(self->x), 4096);
    gp_buffer_puts(&self->x->answer.body, "{\"responses\":[");
}

static void add_response(gp_batch_answer *self, const gp_batch_item *sent, const gp_exchange *item)
{
    gp_buffer *body = &self->x->answer.body;
    bool has_body = gp_batch_has_body(sent, item);

    add_separator(body, '[');
    gp_buffer_puts(body, "{\"id\":");
    gp_buffer_puts_json(body, sent->id);
    if (sent->group != NULL) {
        gp_buffer_puts(body, ",\"atomicityGroup\":");
        gp_buffer_puts_json(body, sent->group);
    }
    gp_buffer_puts(body, apr_psprintf(item->pool, ",\"status\":%d", item->answer.status));
    write_headers(body, &item->answer, has_body);
    if (has_body)
        write_body(body, &item->answer);
    gp_buffer_puts(body, "}");
}

static void close_answer(gp_batch_answer *self)
{
    gp_buffer_puts(&self->x->answer.body, "]}");
}

const gp_batch_form gp_batch_json = {.offers = GP_OFFER_JSON,
                                     .group_target = "atomicityGroup",
                                     .read = read_batch,
                                     .open = open_answer,
                                     .add = add_response,
                                     .close = close_answer};
