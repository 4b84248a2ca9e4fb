/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_METADATA_H
#define GP_METADATA_H

#include "base/buffer.h"

#include <stdbool.h>

/** The form in which the metadata document declares inherited properties. */
typedef enum {
    GP_INHERITANCE_DERIVED, /* with a base type, as Graph does */
    GP_INHERITANCE_FLAT     /* each entity type declares its key and all of its properties */
} gp_inheritance;

/** Write the service's metadata document as XML (OData CSDL 4.0). @param has_batch  the root has $batch */
void gp_metadata_write_xml(gp_buffer *buffer, gp_inheritance inheritance, bool has_batch);

/** Write the metadata document as JSON (OData CSDL JSON 4.01). */
void gp_metadata_write_json(gp_buffer *buffer, gp_inheritance inheritance, bool has_batch);

/**
 * Write the service document: the content of the root (OData JSON 4.0 section 5).
 * @param base_url  of the service root, without a trailing slash; NULL: without @odata.context
 */
void gp_metadata_write_service(gp_buffer *buffer, const char *base_url);

#endif
