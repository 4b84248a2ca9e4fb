/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EXPRESSION_H
#define GP_EXPRESSION_H

#include "base/buffer.h"
#include "lexer.h"
#include "document/model.h"

/** What an expression of OData yields. */
typedef enum {
    GP_KIND_NULL,
    GP_KIND_STRING,
    GP_KIND_BOOLEAN,
    GP_KIND_INTEGER,
    GP_KIND_DOUBLE,
    GP_KIND_DATE,
    GP_KIND_DATETIME,
    GP_KIND_ENUM,
    GP_KIND_COMPLEX,
    GP_KIND_ANY,    /* a member that an open type does not declare: known only when it is met */
    GP_KIND_MISSING /* what this service does not have: it fits everywhere, and is never evaluated */
} gp_kind;

typedef struct gp_expression gp_expression;

/** An expression whose types are checked (OData URL conventions 4.01 section 5.1.1). */
struct gp_expression {
    gp_kind kind;
    int is_collection;          /* of that kind */
    const gp_type *type;        /* GP_KIND_COMPLEX */
    const gp_enum *enumeration; /* GP_KIND_ENUM */
    const char *op;             /* as graphprofile.evaluate() knows it; NULL: a literal */
    const char *json;   /* of a literal, as it is written; of a path, its names with commas */
    const char *string; /* of a string literal; else NULL */
    int scope;          /* of a path: 1 the position, 2 and up variables */
    gp_expression *arguments, *last, *next;
};

/* Each of these makes an expression in the pool. Those that can find a mismatch return NULL then, and
 * a message that completes "At position n: ". */

/** A literal. @param token  GP_TOKEN_STRING to GP_TOKEN_GUID */
gp_expression *gp_expression_literal(apr_pool_t *pool, const gp_token *token);

/** null, or a Boolean. @param json  "null", "true" or "false" */
gp_expression *gp_expression_constant(apr_pool_t *pool, gp_kind kind, const char *json);

/** What stands for something that this service does not have. */
gp_expression *gp_expression_missing(apr_pool_t *pool);

/** A member of an enumeration, or several: namespace.type'text'. */
gp_expression *gp_expression_enum(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                                  const char **message);

/** The position itself. */
gp_expression *gp_expression_root(apr_pool_t *pool);

/** The variable of a lambda: one item of a collection. @param scope  2 and up */
gp_expression *gp_expression_item(apr_pool_t *pool, const gp_expression *collection, int scope);

/** A property of a structured value. @param path  of a single value; it is not changed */
gp_expression *gp_expression_member(apr_pool_t *pool, const gp_expression *path, const char *name,
                                    const char **message);

/** An operation of which nothing needs checking. */
gp_expression *gp_expression_apply(apr_pool_t *pool, const char *op, gp_kind kind,
                                   gp_expression *first, gp_expression *second);

/** Append an argument. */
void gp_expression_add(gp_expression *expression, gp_expression *argument);

/** eq, ne, gt, ge, lt, le or has. */
gp_expression *gp_expression_compare(apr_pool_t *pool, const char *op, gp_expression *left,
                                     gp_expression *right, const char **message);

/** A function. @param call  its name in lower case, with its arguments added; kind and operator unset
 *  @param is_known  receives zero where there is no such function
 *  @return of GP_KIND_MISSING where OData has it, for these arguments, and this service has not */
gp_expression *gp_expression_call(apr_pool_t *pool, const char *name, gp_expression *call,
                                  int *is_known, const char **message);

/** What an expression is compared and ordered by: enumerations by value, doubles as numbers. */
gp_expression *gp_expression_value(apr_pool_t *pool, gp_expression *expression);

/** @return non-zero where an expression is of a kind of numbers */
int gp_expression_is_number(const gp_expression *expression);

/** @return non-zero where an expression can be an operand of arithmetic */
int gp_expression_is_numeric(const gp_expression *expression);

/** @return non-zero where both are single values of one complex type, or collections of one type: OData
 *  compares them for equality, as a whole */
int gp_expression_are_structured(const gp_expression *left, const gp_expression *right);

/** @return non-zero where an expression can stand where a Boolean must */
int gp_expression_is_boolean(const gp_expression *expression);

/** @return how a message names what an expression yields, such as "an Edm.String" */
const char *gp_expression_describe(apr_pool_t *pool, const gp_expression *expression);

/** Write an expression as graphprofile.evaluate() reads it (sql/0003_query.sql, bounded in sql/0005_bounds.sql). */
void gp_expression_write(gp_buffer *buffer, const gp_expression *expression);

#endif
