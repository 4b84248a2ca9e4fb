/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COMPLAINT_H
#define GP_COMPLAINT_H

#include "base/buffer.h"
#include "primitive.h"

/** Append a member's name to a JSON path (RFC 9535), cut after GP_NAME_TARGET_MAX bytes.
 *  @param name  not NUL-terminated */
void gp_complaint_add_name(gp_buffer *path, const char *name, apr_size_t length);

/** @return the name of a scalar's kind in messages, such as "a number" */
const char *gp_complaint_scalar(gp_value_kind kind);

/**
 * @return the message for a value whose JSON type differs from the property's, or from that of its
 *         items
 * @param got  the kind of the value, as gp_complaint_scalar names it
 */
const char *gp_complaint_kind(apr_pool_t *pool, const gp_property *property, bool is_item,
                              const char *got);

/** @return the message for a scalar that has the right JSON type but is not a value of the property's
 *           type */
const char *gp_complaint_value(apr_pool_t *pool, const gp_property *property,
                               const gp_scalar *given);

#endif
