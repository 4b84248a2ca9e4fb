/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COMPLAINT_H
#define GP_COMPLAINT_H

#include "base/buffer.h"
#include "primitive.h"

/** Append a member's name to a JSON path (RFC 9535), cut after GP_NAME_TARGET_MAX bytes.
 *  @param name  not NUL-terminated */
void gp_complaint_add_name(gp_buffer *path, const char *name, apr_size_t length);

/** @return how messages name the kind of a scalar, such as "a number" */
const char *gp_complaint_scalar(gp_value_kind kind);

/** @return the message where a value is of another JSON type than the property, or than its items
 *  @param got  what the value is, such as gp_complaint_scalar names it */
const char *gp_complaint_kind(apr_pool_t *pool, const gp_property *property, bool is_item,
                              const char *got);

/** @return the message where a scalar is of the right JSON type, but not a value of the property's type */
const char *gp_complaint_value(apr_pool_t *pool, const gp_property *property,
                               const gp_scalar *given);

#endif
