/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches in multipart/mixed (OData 4.01 Protocol section 11.7.7; OData 4.0 section 11.7).
 *
 *     POST {root}/$batch          Content-Type: multipart/mixed; boundary=x
 *
 *     --x
 *     Content-Type: application/http
 *                                                     an empty line
 *     GET me/profile/positions HTTP/1.1
 *                                                     headers, an empty line, the body
 *     --x--
 *
 *     200  multipart/mixed, a part with each response, in the order of the requests
 */
#include "answer.h"
#include "base/limits.h"
#include "batch_form.h"
#include "base/text.h"
#include "odata/batch_multipart.h"
#include "odata/header_content_type.h"

#include <apr_strings.h>

#define CRLF "\r\n"

static bool read_batch(gp_exchange *x, const gp_buffer *text, gp_batch_body *body)
{
    const char *boundary = gp_header_boundary(x->work, gp_exchange_header(x, "Content-Type"));

    if (boundary == NULL)
        return gp_problem_set(
            x->problem, GP_BAD_REQUEST, "Content-Type",
            "The Content-Type needs one boundary, which has from 1 to %d letters, "
            "digits and characters of '()+_,-./:=? (in quotes unless it is a "
            "token).",
            GP_BOUNDARY_MAX);
    return gp_batch_multipart_read(x->work, text->data, text->length, boundary,
                                   x->settings.batch_items, body, x->problem);
}

/* ---- writing ---- */

/* The names in front of the random part of boundaries. */
#define OF_BATCH "batch_"
#define OF_SET   "changeset_"

/* Clients cannot guess the boundary, so no stored text contains it. */
static const char *make_boundary(gp_exchange *x)
{
    unsigned char bytes[16];
    char *boundary = apr_pcalloc(x->pool, 2 * sizeof bytes + 1);

    x->receiver->random(x, bytes, sizeof bytes);
    gp_hex_write(boundary, bytes, sizeof bytes);
    return boundary;
}

static void open_answer(gp_batch_answer *self)
{
    self->boundary = make_boundary(self->x);
    gp_answer_open_body(
        self->x,
        apr_pstrcat(self->x->pool, "multipart/mixed; boundary=" OF_BATCH, self->boundary, NULL),
        4096);
}

static void add_delimiter(const gp_batch_answer *self, const char *of, const char *end)
{
    gp_buffer *body = &self->x->answer.body;

    gp_buffer_puts(body, "--");
    gp_buffer_puts(body, of);
    gp_buffer_puts(body, self->boundary);
    gp_buffer_puts(body, end);
}

static void add_header(gp_buffer *body, const char *name, const char *value)
{
    gp_buffer_puts(body, name);
    gp_buffer_puts(body, ": ");
    gp_buffer_puts(body, value);
    gp_buffer_puts(body, CRLF);
}

static void write_headers(gp_buffer *body, const gp_exchange *item, bool has_body)
{
    const gp_answer *answer = &item->answer;
    int i;

    if (has_body) {
        add_header(body, "Content-Type", answer->content_type);
        add_header(body, "Content-Length",
                   apr_psprintf(item->pool, "%" APR_SIZE_T_FMT, answer->body.length));
    }
    for (i = 0; GP_BATCH_HEADERS[i] != NULL; i++) {
        const char *value = apr_table_get(answer->headers, GP_BATCH_HEADERS[i]);

        if (value != NULL)
            add_header(body, GP_BATCH_HEADERS[i], value);
    }
}

/* @param id  Content-ID; "": none */
static void write_response(const gp_batch_answer *self, const char *id, const gp_exchange *item,
                           bool has_body)
{
    gp_buffer *body = &self->x->answer.body;

    add_header(body, "Content-Type", "application/http");
    add_header(body, "Content-Transfer-Encoding", "binary");
    if (*id != '\0')
        add_header(body, "Content-ID", id);
    gp_buffer_puts(body, CRLF "HTTP/1.1 ");
    gp_buffer_puts(body, self->x->receiver->status_line(self->x, item->answer.status));
    gp_buffer_puts(body, CRLF);
    write_headers(body, item, has_body);
    gp_buffer_puts(body, CRLF);
    if (has_body)
        gp_buffer_add(body, item->answer.body.data, item->answer.body.length);
    gp_buffer_puts(body, CRLF);
}

/* Writes the response to a change set of one request, which has succeeded. */
static void write_set(const gp_batch_answer *self, const char *id, const gp_exchange *item,
                      bool has_body)
{
    gp_buffer *body = &self->x->answer.body;

    gp_buffer_puts(body, "Content-Type: multipart/mixed; boundary=" OF_SET);
    gp_buffer_puts(body, self->boundary);
    gp_buffer_puts(body, CRLF CRLF);
    add_delimiter(self, OF_SET, CRLF);
    write_response(self, id, item, has_body);
    add_delimiter(self, OF_SET, "--" CRLF);
}

/* A change set that fails has one response instead of those of its requests (section 11.7.7.5). */
static void add_response(gp_batch_answer *self, const gp_batch_item *sent, const gp_exchange *item)
{
    bool has_body = gp_batch_has_body(sent, item);

    if (sent->group != NULL && sent->group == self->group)
        return;
    self->group = sent->group;
    add_delimiter(self, OF_BATCH, CRLF);
    if (sent->group != NULL && item->answer.status < 400)
        write_set(self, sent->id, item, has_body);
    else
        write_response(self, sent->shares_group ? "" : sent->id, item, has_body);
}

static void close_answer(gp_batch_answer *self)
{
    add_delimiter(self, OF_BATCH, "--" CRLF);
}

const gp_batch_form gp_batch_mixed = {.offers = GP_OFFER_MULTIPART,
                                      .is_ordered = true,
                                      .read = read_batch,
                                      .open = open_answer,
                                      .add = add_response,
                                      .close = close_answer};
