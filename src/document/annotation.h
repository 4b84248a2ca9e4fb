/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ANNOTATION_H
#define GP_ANNOTATION_H

#include "model.h"

/**
 * The meaning of a member with an @ in its name, in a document that a client sends (OData JSON 4.01
 * section 4.5). The prefix "odata." is optional in the names of control information.
 */
typedef enum {
    GP_ANNOTATION_NONE, /* the name has no @: a property */
    GP_ANNOTATION_OTHER, /* ignored, as OData requires for annotations that a service does not know */
    GP_ANNOTATION_TYPE,    /* @odata.type of the object */
    GP_ANNOTATION_ID,      /* @odata.id of the object */
    GP_ANNOTATION_CONTEXT, /* @odata.context of the object */
    GP_ANNOTATION_REFUSED  /* it asks for something that this service does not support */
} gp_annotation;

/**
 * Classify a member by its name.
 * @param name  not NUL-terminated
 * @param spelled  receives the full spelling of control information of an object (@odata.type for
 *                 @type), otherwise NULL; a constant
 * @param reason  receives the message for GP_ANNOTATION_REFUSED
 */
gp_annotation gp_annotation_find(const char *name, apr_size_t length, const char **spelled,
                                 const char **reason);

/**
 * Compare a value of @odata.type with the type that the model declares there.
 * @param text  a qualified name, optionally after #, or after the # of a $metadata URL
 * @return the text to store, a constant: the name with or without #, as the client sent it; for a
 *         $metadata URL, the name with #; NULL if the value names another type
 */
const char *gp_annotation_type(const gp_type *type, const char *text, apr_size_t length);

/**
 * @return the message if a value of @odata.context marks the document as a part of a delta, not an
 *         entity; NULL if it does not
 */
const char *gp_annotation_context(const char *text, apr_size_t length);

/** The message for an object within a document that has only an @odata.id. */
extern const char gp_annotation_no_reference[];

#endif
