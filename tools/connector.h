/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTOR_H
#define GP_CONNECTOR_H

#include "base/buffer.h"
#include "document/value.h"

/** What a Graph connector for people data is told of an owner. */
typedef struct {
    const char *owner;
    const char *name;         /* user principal name; NULL: not known */
    const gp_value *position; /* of gp_work_position; NULL: none that it may be told */
} gp_person_item;

/** @return non-zero where a position is current, and `audiences` admit the whole organization */
int gp_connector_admits(const gp_value *position, unsigned audiences);

/** @return non-zero where a position began later than another */
int gp_connector_is_later(const gp_value *position, const gp_value *other);

/** Append an externalItem (microsoft.graph.externalConnectors) and a line feed. */
void gp_connector_write(gp_buffer *out, const gp_person_item *item);

#endif
