/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_PREFER_H
#define GP_HEADER_PREFER_H

#include <stdbool.h>

/** What happens to the rest of a batch after the first error: continue-on-error. */
typedef enum { GP_ON_ERROR_UNSAID, GP_ON_ERROR_CONTINUE, GP_ON_ERROR_STOP } gp_on_error;

/** The supported preferences of a Prefer header (RFC 7240). */
typedef struct {
    enum { GP_RETURN_UNSAID, GP_RETURN_MINIMAL, GP_RETURN_REPRESENTATION } returns;
    const char *page_preference; /* the name of the applied preference; NULL: none */
    int page_size;               /* its value; 0: none */
    gp_on_error on_error;
    const char *error_preference; /* the name of the preference that sets it; NULL: none */
} gp_prefer;

/**
 * Read a Prefer header. Preferences are separated by commas; names may be in any case; a value may be
 * quoted. Of a repeated preference, the first counts; unknown ones and their parameters are skipped
 * (RFC 7240 section 2). maxpagesize takes precedence over odata.maxpagesize (OData protocol 4.01
 * section 8.2.8.5).
 * @param value  NULL: none
 */
gp_prefer gp_header_prefer(const char *value);

#endif
