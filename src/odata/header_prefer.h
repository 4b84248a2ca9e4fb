/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_PREFER_H
#define GP_HEADER_PREFER_H

#include <stdbool.h>

/** The supported preferences of a Prefer header (RFC 7240). */
typedef struct {
    enum { GP_RETURN_UNSAID, GP_RETURN_MINIMAL, GP_RETURN_REPRESENTATION } returns;
    const char *page_preference; /* the name of the applied preference; NULL: none */
    int page_size;               /* its value; 0: none */
    bool stops; /* continue-on-error=false: after the first error of a batch the rest is left out */
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
