/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit log of writes: the user, the position, and its versions before and after. It names rows
 * and contains nothing of their content.
 */
#include "audit.h"
#include "request.h"
#include "trace.h"

#include <http_protocol.h>

enum { OWNER, ID, BEFORE, AFTER, NOTES };

static const char *const notes[NOTES] = {
    [OWNER] = "graphprofile-owner",
    [ID] = "graphprofile-id",
    [BEFORE] = "graphprofile-etag-before",
    [AFTER] = "graphprofile-etag-after",
};

/* Quotes a value for a line of name=value: it has no spaces, quotes or line ends. */
static const char *word(request_rec *r, const char *text)
{
    return text != NULL ? ap_escape_urlencoded(r->pool, text) : "-";
}

/* Sets a note. The value is copied, because httpd writes the log after the handler's memory is
 * freed. */
static void note(request_rec *r, const char *name, const char *value)
{
    if (value != NULL)
        apr_table_set(r->notes, name, value);
}

void gp_audit_write(request_rec *r, const gp_caller *caller, const char *owner, const char *id,
                    const char *before, const char *after)
{
    const char *what = before == NULL ? "created" : after == NULL ? "deleted" : "updated";

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "%s owner=%s id=%s etag-before=%s etag-after=%s %s=%s application=%s "
                  "request-id=%s trace-id=%s",
                  what, word(r, owner), id, word(r, before), word(r, after),
                  caller->is_application ? "service" : "user", word(r, caller->id),
                  word(r, caller->application), gp_request_get(r)->request_id,
                  word(r, gp_trace_id(r)));
    note(r, notes[OWNER], owner);
    note(r, notes[ID], id);
    note(r, notes[BEFORE], before);
    note(r, notes[AFTER], after);
}

void gp_audit_gather(request_rec *batch, const request_rec *item)
{
    int i;

    if (apr_table_get(item->notes, notes[ID]) == NULL)
        return;
    for (i = 0; i < NOTES; i++) {
        const char *value = apr_table_get(item->notes, notes[i]);

        apr_table_merge(batch->notes, notes[i], value != NULL ? value : "-");
    }
}
