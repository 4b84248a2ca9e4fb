/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_MODEL_H
#define GP_MODEL_H

#include "namespace.h"
#include "type.h"

/** Every structured type except user and profile, which only lead to positions. Base types precede derived
 * types, and complex types precede the types that contain them. Ends with NULL. */
extern const gp_type *const gp_model_types[];

/** Every enumeration type. Ends with NULL. */
extern const gp_enum *const gp_model_enums[];

/** The type of a position. Every other type in use is reachable from it. */
extern const gp_type gp_work_position;

/** The indexes of workPosition's properties that the server sets or reads (gp_type_property). They initialize
 * the tables of model.c. */
enum {
    GP_POSITION_ID,
    GP_POSITION_ALLOWED_AUDIENCES,
    GP_POSITION_INFERENCE,
    GP_POSITION_CREATED_DATE_TIME,
    GP_POSITION_CREATED_BY,
    GP_POSITION_LAST_MODIFIED_DATE_TIME,
    GP_POSITION_LAST_MODIFIED_BY
};

/** The indexes of identitySet's properties. */
enum { GP_IDENTITY_SET_APPLICATION, GP_IDENTITY_SET_DEVICE, GP_IDENTITY_SET_USER };

/** The indexes of identity's properties. */
enum { GP_IDENTITY_ID, GP_IDENTITY_DISPLAY_NAME };

/** The flags of itemFacet.allowedAudiences. */
enum {
    GP_AUDIENCE_ME = 0,
    GP_AUDIENCE_FAMILY = 1,
    GP_AUDIENCE_CONTACTS = 2,
    GP_AUDIENCE_GROUP_MEMBERS = 4,
    GP_AUDIENCE_ORGANIZATION = 8,
    GP_AUDIENCE_FEDERATED_ORGANIZATIONS = 16,
    GP_AUDIENCE_EVERYONE = 32,
    GP_AUDIENCE_UNKNOWN_FUTURE_VALUE = 64
};

/** The audiences of a position, as flags (itemFacet.allowedAudiences). */
extern const gp_enum gp_allowed_audiences;

#endif
