/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OData-Version and OData-MaxVersion.
 */
#include "header_version.h"

#include <apr.h>

#include <stdlib.h>
#include <string.h>

int gp_header_version(const char *value)
{
    apr_size_t whole = strspn(value, "0123456789"), part = 0;
    const char *fraction = value + whole;

    if (*fraction == '.') {
        part = strspn(++fraction, "0123456789");
        if (part == 0)
            return -1;
    }
    if (whole == 0 || whole > 6 || fraction[part] != '\0')
        return -1;
    return (int)strtol(value, NULL, 10) * 100 + (part > 0 ? (fraction[0] - '0') * 10 : 0)
           + (part > 1 ? fraction[1] - '0' : 0);
}
