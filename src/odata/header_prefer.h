/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_PREFER_H
#define GP_HEADER_PREFER_H

#include <stdbool.h>

/** What a Prefer header asks for, of what this service knows (RFC 7240). */
typedef struct {
    enum { GP_RETURN_UNSAID, GP_RETURN_MINIMAL, GP_RETURN_REPRESENTATION } returns;
    const char *page_preference; /* the name of the preference that counts; NULL: none */
    int page_size;               /* its value; 0: none */
    bool stops; /* continue-on-error=false: after the first error of a batch the rest is left out */
} gp_prefer;

/**
 * Read a Prefer header: preferences are separated by commas, names in any case, a value may be
 * quoted; of a preference that stands twice the first counts; unknown ones and their parameters are
 * skipped (RFC 7240 section 2). Of maxpagesize and odata.maxpagesize the former counts (OData protocol
 * 4.01 section 8.2.8.5).
 * @param value  NULL: there is none
 */
gp_prefer gp_header_prefer(const char *value);

#endif
