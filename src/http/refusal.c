/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log line of a refused request. An administrator finds it by the request-id of the answer and sees the
 * problem and its position. Values of a body are personal data and never logged. A name that the model does
 * not declare may also be data (a map whose keys are addresses), so the line shows "?" instead.
 */
#include "refusal.h"
#include "trace.h"
#include "base/buffer.h"
#include "document/model.h"

#include <apr_strings.h>
#include <http_log.h>

#include <string.h>

/* The number of details that the line lists; it always states how many there are. */
#define LISTED 5

static bool is_declared(const char *name, apr_size_t length)
{
    const gp_type *const *type;
    int i;

    for (type = gp_model_types; *type != NULL; type++)
        for (i = 0; i < (*type)->own; i++)
            if ((*type)->properties[i].length == length
                && memcmp((*type)->properties[i].name, name, length) == 0)
                return true;
    return false;
}

/* Finds the end of a name in a JSON path: .name, ['name'] or [index], as the reader writes it. */
static const char *end_of_name(const char *at)
{
    if (*at == '.')
        return at + 1 + strcspn(at + 1, ".[");
    if (at[1] != '\'')
        return at + strcspn(at, "]") + (strchr(at, ']') != NULL);
    for (at += 2; *at != '\0' && !(at[0] == '\'' && at[1] == ']'); at++)
        at += at[0] == '\\' && at[1] != '\0';
    return *at != '\0' ? at + 2 : at;
}

/* Writes a target in the form that the line may show. A target that is not a JSON path names a header or a
 * query option. */
static void put_target(gp_buffer *line, const char *target)
{
    const char *end;

    if (target[0] != '$' || (target[1] != '.' && target[1] != '[')) {
        gp_buffer_puts(line, target);
        return;
    }
    gp_buffer_puts(line, "$");
    for (target++; *target != '\0'; target = end) {
        end = end_of_name(target);
        if ((*target == '.' && is_declared(target + 1, (apr_size_t)(end - target - 1)))
            || (*target == '[' && target[1] != '\'')
            || strncmp(target, "['@odata.type']", (apr_size_t)(end - target)) == 0)
            gp_buffer_add(line, target, (apr_size_t)(end - target));
        else
            gp_buffer_puts(line, *target == '.' ? ".?" : "[?]");
    }
}

static void put_details(gp_buffer *line, const gp_problem *problem)
{
    int i;

    gp_buffer_puts(line, apr_psprintf(problem->pool, ", %d detail%s: ", problem->count,
                                      problem->count == 1 ? "" : "s"));
    for (i = 0; i < problem->details->nelts && i < LISTED; i++) {
        const gp_detail *detail = &((const gp_detail *)problem->details->elts)[i];

        gp_buffer_puts(line, i > 0 ? ", " : "");
        gp_buffer_puts(line, detail->code);
        if (detail->target != NULL) {
            gp_buffer_puts(line, " at ");
            put_target(line, detail->target);
        }
    }
    gp_buffer_puts(line, problem->count > LISTED ? ", .." : "");
}

/* Returns the ids that distinguish the line's request: the request-id, and the client's trace id if it sent
 * one. */
static const char *ids(request_rec *r, const char *request_id)
{
    const char *trace = gp_trace_id(r);

    return apr_pstrcat(r->pool, "request-id ", request_id, trace != NULL ? ", trace-id " : NULL,
                       trace, NULL);
}

void gp_refusal_log(request_rec *r, const gp_problem *problem, const char *request_id)
{
    const gp_error_row *row = gp_error_get(problem->error);
    gp_buffer line;

    gp_buffer_open(&line, r->pool, 128);
    if (problem->details != NULL) {
        put_details(&line, problem);
    } else if (problem->target != NULL) {
        gp_buffer_puts(&line, " at ");
        put_target(&line, problem->target);
    }
    ap_log_rerror(APLOG_MARK, row->status == HTTP_INTERNAL_SERVER_ERROR ? APLOG_ERR : APLOG_INFO, 0,
                  r, "%d %s%s, %s", row->status, row->code, gp_buffer_text(&line),
                  ids(r, request_id));
}

void gp_refusal_log_foreign(request_rec *r, const char *request_id)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "%d %s by another module or httpd, %s", r->status,
                  gp_error_for_status(r->status)->code, ids(r, request_id));
}
