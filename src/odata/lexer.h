/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LEXER_H
#define GP_LEXER_H

#include <apr_pools.h>

#include <stdbool.h>

/** The tokens of OData's expressions (OData ABNF, common expression syntax). */
typedef enum {
    GP_TOKEN_END,
    GP_TOKEN_NAME,    /* an identifier, qualified by dots or not; one of $it, $count, $select */
    GP_TOKEN_ALIAS,   /* @name: an alias, or an annotation, which alone may have dots and # */
    GP_TOKEN_STRING,  /* 'text', quotes undoubled */
    GP_TOKEN_INTEGER, /* digits in canonical form */
    GP_TOKEN_DOUBLE,  /* a JSON number, or NaN, INF, -INF */
    GP_TOKEN_DATE,    /* YYYY-MM-DD; temporal.h reads this and the next ones */
    GP_TOKEN_DATETIME,
    GP_TOKEN_GUID, /* in lower case */
    GP_TOKEN_TIME, /* an Edm.TimeOfDay: hh:mm[:ss[.digits]] */
    /* the text in the quotes after "duration"; the lexer itself returns a name and a string */
    GP_TOKEN_DURATION,
    GP_TOKEN_JSON, /* [..] or {..}; only its end was searched */
    GP_TOKEN_MARK, /* one of ( ) , / : ; = * - */
    GP_TOKEN_BAD   /* an invalid token */
} gp_token_kind;

typedef struct {
    gp_token_kind kind;
    const char *text; /* from the pool; for GP_TOKEN_BAD, the problem as a message */
    int at;           /* its start: characters from 1 */
} gp_token;

/** Reads tokens from a text, with one token of lookahead. */
typedef struct {
    apr_pool_t *pool;
    const char *next;
    const char *counted; /* the text for which `at` is counted */
    int at;              /* of it */
    bool has_quotes;     /* "text" is also a string, as in JSON */
    gp_token token;      /* the next token */
} gp_lexer;

/**
 * Start at the first token of a text.
 * @param text  valid UTF-8, percent-decoded; it must live as long as the lexer
 */
void gp_lexer_open(gp_lexer *lexer, apr_pool_t *pool, const char *text);

/** Start within a JSON array. @param at  position of the text in the client's text */
void gp_lexer_open_json(gp_lexer *lexer, apr_pool_t *pool, const char *text, int at);

/** Move on to the next token. */
void gp_lexer_advance(gp_lexer *lexer);

/** @return non-zero if the next token is this mark */
int gp_lexer_is_mark(const gp_lexer *lexer, char mark);

/** @return non-zero if the next token is this name, in any case */
int gp_lexer_is_name(const gp_lexer *lexer, const char *name);

/**
 * Move past the parenthesis that closes the next one. The text between them is not read, except that
 * strings, in quotes of either kind, may contain parentheses.
 * @return zero if it is not closed: then the lexer has not moved
 */
int gp_lexer_skip(gp_lexer *lexer);

/** Move to the ; or ) that ends an option in parentheses, or to the end; "=" is next. Brackets and
 * strings are skipped as a whole. */
void gp_lexer_skip_option(gp_lexer *lexer);

/** Move on if the next token is this mark. @return non-zero if it was */
int gp_lexer_take(gp_lexer *lexer, char mark);

/** @return a message: what was expected (such as "a value"), and the next token instead */
const char *gp_lexer_expected(const gp_lexer *lexer, const char *what);

#endif
