/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTOR_H
#define GP_CONNECTOR_H

#include "base/buffer.h"
#include "document/value.h"

/** The data of an owner that goes to a Graph connector for people data. */
typedef struct {
    const char *owner;
    const char *name;         /* user principal name; NULL: unknown */
    const gp_value *position; /* of gp_work_position; NULL: no position may be sent */
} gp_person_item;

/** @return non-zero if a position is current and `audiences` admit the whole organization */
int gp_connector_admits(const gp_value *position, unsigned audiences);

/** @return non-zero if a position began later than another */
int gp_connector_is_later(const gp_value *position, const gp_value *other);

/** Append an externalItem (microsoft.graph.externalConnectors) and a line feed. */
void gp_connector_write(gp_buffer *out, const gp_person_item *item);

#endif
