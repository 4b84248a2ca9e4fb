/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes for ids and ETags.
 */
#include "random.h"

#include <stdlib.h>
#include <string.h>

/* Random bytes for several requests, because the system call costs more than the bytes. Each byte is
 * used once; a child process of a thread executes another program, so it cannot reuse them. */
static _Thread_local struct {
    unsigned char bytes[512];
    apr_size_t left;
} reserve;

void gp_random_make(request_rec *r, void *bytes, apr_size_t length)
{
    apr_status_t status = APR_SUCCESS;

    if (reserve.left < length) {
        status = apr_generate_random_bytes(reserve.bytes, sizeof reserve.bytes);
        reserve.left = sizeof reserve.bytes;
    }
    if (status != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_CRIT, status, r,
                      "the system has no random bytes: this process exits");
        abort();
    }
    reserve.left -= length;
    memcpy(bytes, reserve.bytes + reserve.left, length);
}
