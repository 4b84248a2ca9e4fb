/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of batches. The reader accepts each body or refuses it with a reason. Accepted requests have unique ids,
 * dependencies that precede them, and bodies that are parts of the text; no url leads out of the service root.
 */
#include "base/base64.h"
#include "base/limits.h"
#include "fuzz.h"
#include "odata/batch_body.h"
#include "odata/batch_url.h"

#define MOST 20

static void check_url(const char *url)
{
    static const gp_batch_root root = {"https://api.example/public/beta", "/beta", "host:1"};
    const char *resolved, *at;
    gp_problem problem;

    gp_problem_open(&problem, pool);
    resolved = gp_batch_url_resolve(pool, url, &root, &problem);
    must((resolved == NULL) == (problem.error != GP_OK));
    if (resolved == NULL)
        return;
    must(*resolved == '/');
    for (at = resolved; *at != '\0'; at++)
        must(*at > ' ' && *at < 0x7f && *at != '#' && *at != '"');
    must(strstr(apr_pstrmemdup(pool, resolved, strcspn(resolved, "?")), "/../") == NULL);
    /* It is its own canonical form. */
    must(are_same(resolved, gp_batch_url_resolve(pool, apr_pstrcat(pool, root.path, resolved, NULL),
                                                 &root, &problem)));
}

static void check_item(const gp_batch_body *body, int index, const char *text, size_t size)
{
    const gp_batch_item *item = &body->items[index];
    gp_buffer decoded;
    int i;

    must(item->id != NULL && *item->id != '\0' && *item->method != '\0' && *item->url != '\0');
    must(strlen(item->id) <= GP_BATCH_ID_MAX);
    for (i = 0; i < index; i++)
        must(strcmp(item->id, body->items[i].id) != 0);
    for (i = 0; i < item->dependency_count; i++)
        must(item->dependencies[i] >= 0 && item->dependencies[i] < index);
    if (item->body != NULL && (*item->body == '{' || *item->body == '[') && !item->body_is_text) {
        must(item->body > text && item->body + item->length < text + size);
        must_be_json(apr_pstrmemdup(pool, item->body, item->length));
    }
    gp_buffer_open(&decoded, pool, 64);
    if (item->body != NULL && gp_base64_decode(item->body, item->length, &decoded))
        must(decoded.length <= item->length);
    check_url(item->url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size);
    gp_batch_body body;
    gp_problem problem;
    int i;

    gp_problem_open(&problem, pool);
    if (gp_batch_body_read(pool, text, size, MOST, &body, &problem)) {
        must(problem.error == GP_OK && body.count > 0 && body.count <= MOST);
        for (i = 0; i < body.count; i++)
            check_item(&body, i, text, size);
    } else {
        must(problem.error == GP_BAD_REQUEST && problem.message != NULL);
    }
    if (strlen(text) == size && size > 0)
        check_url(text);
    return close_input(text);
}
