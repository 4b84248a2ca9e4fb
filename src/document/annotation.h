/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ANNOTATION_H
#define GP_ANNOTATION_H

#include "model.h"

/** What a member whose name has an @ is to a document that a client sends (OData JSON 4.01 section 4.5).
 *  "odata." may be left out of the names of control information. */
typedef enum {
    GP_ANNOTATION_NONE,    /* the name has no @: a property */
    GP_ANNOTATION_OTHER,   /* ignored, as OData demands of what a service does not know */
    GP_ANNOTATION_TYPE,    /* @odata.type of the object */
    GP_ANNOTATION_ID,      /* @odata.id of the object */
    GP_ANNOTATION_CONTEXT, /* @odata.context of the object */
    GP_ANNOTATION_REFUSED  /* it asks for what this service does not do */
} gp_annotation;

/**
 * Classify a member by its name.
 * @param name    not NUL-terminated
 * @param spelled receives the full spelling of control information of an object (@odata.type for
 *                @type); NULL for all else. It lives for ever.
 * @param reason  of GP_ANNOTATION_REFUSED: a message
 */
gp_annotation gp_annotation_find(const char *name, apr_size_t length, const char **spelled,
                                 const char **reason);

/**
 * Compare a value of @odata.type with the type that the place has.
 * @param text  a qualified name, also behind #, also behind # of the URL of a $metadata
 * @return the text that is stored, which lives for ever: as it was sent where that is the name with or
 *         without #, else the name with #; NULL where it is another type
 */
const char *gp_annotation_type(const gp_type *type, const char *text, apr_size_t length);

/** The message where a value of @odata.context says that a document is no entity but a part of a
 *  delta; NULL where it does not. */
const char *gp_annotation_context(const char *text, apr_size_t length);

/** Why an object that has nothing but an @odata.id is refused within a document. */
extern const char gp_annotation_no_reference[];

#endif
