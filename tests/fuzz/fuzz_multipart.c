/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of batches in multipart/mixed. The first line of the input is the Content-Type of the batch. The reader accepts
 * each body or refuses it with the line of the error. Accepted requests have Content-IDs that are unique in their change
 * set or outside of change sets, and bodies that are parts of the text and contain no delimiter.
 */
#include "fuzz.h"
#include "base/text.h"
#include "odata/batch_multipart.h"
#include "base/limits.h"
#include "odata/header_content_type.h"

#define MOST 20

/* Whether a text has a line that delimits the parts of the batch. */
static int has_delimiter(const char *text, apr_size_t length, const char *boundary)
{
    char *copy = apr_pstrmemdup(pool, text, length);
    const char *lines;
    apr_size_t i;

    for (i = 0; i < length; i++) { /* a NUL would end the copy */
        if (copy[i] == '\0')
            copy[i] = '.';
    }
    lines = apr_pstrcat(pool, "\n", copy, "\n", NULL);
    return strstr(lines, apr_pstrcat(pool, "\n--", boundary, "\n", NULL)) != NULL
           || strstr(lines, apr_pstrcat(pool, "\n--", boundary, "--\n", NULL)) != NULL;
}

static void check_item(const gp_batch_body *body, int index, const char *text, size_t size,
                       const char *boundary)
{
    const gp_batch_item *item = &body->items[index];
    int i, alike = 0;

    must(*item->method != '\0' && *item->url != '\0' && gp_text_is_plain(item->url));
    must(gp_text_is_plain(item->id) && strlen(item->id) <= GP_BATCH_ID_MAX);
    for (i = 0; i < body->count; i++) {
        if (!are_same(item->group, body->items[i].group))
            continue;
        must(i == index || *item->id == '\0' || strcmp(item->id, body->items[i].id) != 0);
        alike++;
    }
    must(item->shares_group == (item->group != NULL && alike > 1));
    for (i = 0; i < GP_ITEM_HEADERS; i++)
        must(item->headers[i] == NULL || gp_text_is_plain(item->headers[i]));
    must(item->dependency_count == 0 && !item->is_conditional && !item->body_is_text);
    if (item->body == NULL)
        return;
    must(item->length > 0 && item->body > text && item->body + item->length < text + size);
    must(!has_delimiter(item->body, item->length, boundary));
}

static void check(const char *text, size_t size, const char *boundary)
{
    gp_batch_body body;
    gp_problem problem;
    int i;

    gp_problem_open(&problem, pool);
    if (gp_batch_multipart_read(pool, text, size, boundary, MOST, &body, &problem)) {
        must(problem.error == GP_OK && body.count > 0 && body.count <= MOST);
        for (i = 0; i < body.count; i++)
            check_item(&body, i, text, size, boundary);
    } else {
        must(problem.error == GP_BAD_REQUEST && gp_text_is_plain(problem.message));
        must(strncmp(problem.target, "line ", 5) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size), *end = memchr(text, '\n', size);
    const char *type = end != NULL ? apr_pstrmemdup(pool, text, (size_t)(end - text)) : "";
    const char *boundary = gp_header_boundary(pool, type);

    if (boundary != NULL) {
        must(*boundary != '\0' && strlen(boundary) <= GP_BOUNDARY_MAX
             && gp_text_is_plain(boundary));
        check(end + 1, size - (size_t)(end + 1 - text), boundary);
    }
    return close_input(text);
}
