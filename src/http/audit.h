/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_AUDIT_H
#define GP_AUDIT_H

#include "caller.h"

/**
 * Record a completed write for auditors: one line in the error_log at level info, and the request's
 * notes graphprofile-owner, -id, -etag-before and -etag-after for a CustomLog.
 * @param before,  after  the replaced ETag and the new one; NULL: none
 */
void gp_audit_write(request_rec *r, const gp_caller *caller, const char *owner, const char *id,
                    const char *before, const char *after);

/**
 * Add the notes of a request that a batch carried to those of the batch, if it wrote: each note is then a list, in the
 * same order.
 */
void gp_audit_gather(request_rec *batch, const request_rec *item);

#endif
