/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPENAPI_H
#define GP_OPENAPI_H

#include "base/buffer.h"
#include "route.h"

#include <stdbool.h>

/** The terms of the description, in addition to the tables of the module. */
typedef struct {
    const char *base_url; /* of the service root, without a trailing slash */
    bool top_is_page;     /* $top is the page size, not a total */
    unsigned disabled;    /* operations that the configuration does not allow */
    bool has_batch;       /* the root has $batch */
} gp_openapi_terms;

/** Write the description of the service as OpenAPI 3.0.3 in JSON. */
void gp_openapi_write(gp_buffer *buffer, const gp_openapi_terms *terms);

/** Write the members of components/schemas: the types of the model, collections and errors. */
void gp_openapi_write_schemas(gp_buffer *buffer);

/** Write the members of components/parameters. */
void gp_openapi_write_parameters(gp_buffer *buffer, const gp_openapi_terms *terms);

/** Write the query options and headers of an operation, as references to components/parameters. */
void gp_openapi_write_parameters_of(gp_buffer *buffer, gp_operation operation);

/** The components to which operations refer. */
#define GP_OPENAPI_SCHEMA(name)    "#/components/schemas/" name
#define GP_OPENAPI_PARAMETER(name) "#/components/parameters/" name
#define GP_OPENAPI_ERROR           "microsoft.graph.ODataErrors.ODataError"
#define GP_OPENAPI_COLLECTION      "microsoft.graph.workPositionCollectionResponse"
#define GP_OPENAPI_PROFILE         "microsoft.graph.profile"
#define GP_OPENAPI_SERVICE         "serviceDocument"
#define GP_OPENAPI_REQUESTS        "batchRequests"
#define GP_OPENAPI_RESPONSES       "batchResponses"

#endif
