/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EXCHANGE_H
#define GP_EXCHANGE_H

#include "document/reader.h"
#include "odata/header_accept.h"
#include "odata/header_etag.h"
#include "odata/header_prefer.h"
#include "odata/metadata.h"
#include "odata/permission.h"
#include "odata/query.h"
#include "store/store.h"

#include <stdbool.h>

/*
 * One request and its answer, as values. Whoever receives a request makes the exchange (src/http/handler.c),
 * has gp_dispatch carry it out, and sends the answer. Nothing here or in the operations knows httpd.
 */

typedef struct gp_exchange gp_exchange;

/** The settings of the request's path, with their defaults. */
typedef struct {
    gp_validation validation;
    apr_off_t max_body;     /* bytes */
    apr_off_t max_document; /* bytes */
    int page_size;
    bool top_is_page;        /* $top limits each page, not all pages together */
    gp_inheritance metadata; /* how $metadata declares what a type inherits */
    int max_positions;       /* of one owner; 0: any number */
    const char *default_audience;
    bool keeps_created_by;
    bool allows_anonymous; /* to read the positions of a user that the path names */
} gp_settings;

/** The caller, as authentication left it: never from a request header. */
typedef struct {
    const char *id;          /* the authenticated principal; NULL: nobody */
    const char *name;        /* NULL: not known */
    const char *application; /* NULL: not known */
    bool is_application;     /* calls on its own behalf, not for a user */
    const char *permissions; /* of the token; NULL: the administrator does not check them here */
} gp_caller;

/** What became of the rules of the owner's path. */
typedef enum {
    GP_RULES_SAME,    /* there are none besides those of the request's path */
    GP_RULES_CHANGED, /* they admit the request; x->settings and the caller are to be taken by them */
    GP_RULES_REFUSED /* x->refusal is set */
} gp_rules;

/** What operations ask of the receiver of a request. All functions set x->problem if they return false. */
typedef struct {
    /** Identify the caller: set x->caller. Its id is NULL for an unauthenticated one, which is no failure. */
    bool (*identify)(gp_exchange *x);

    /**
     * Apply what the configuration says of x->owner's path, where the request's path names the owner
     * otherwise: access rules and settings.
     * @param is_shown  the client may learn of a refusal
     */
    gp_rules (*apply_rules)(gp_exchange *x, bool is_shown);

    /** Undo that: the settings are again those of the request's path. */
    void (*revert_rules)(gp_exchange *x);

    /** Read the body into x->reader. @return false: also if only x->refusal is set
     *  @param pool  for what is read, until the reader has taken it */
    bool (*read_body)(gp_exchange *x, apr_pool_t *pool);

    /**
     * Reserve memory for the body of the answer, before anything is written to the database: no answer may fail
     * after that. A second call may reserve another size.
     * @param size  upper limit in bytes
     */
    bool (*reserve)(gp_exchange *x, apr_size_t size);

    /** @return the public URL of the service root, without a trailing slash */
    const char *(*base_url)(gp_exchange *x);

    /** Make random bytes, 512 at most. Does not fail. */
    void (*random)(gp_exchange *x, void *bytes, apr_size_t length);

    /** Record a write. @param before, after  the ETag that was replaced, and the new one; NULL: none */
    void (*audit)(gp_exchange *x, const char *id, const char *before, const char *after);
} gp_receiver;

/** Statuses of answers that succeed. Those of problems are in the table of base/problem.c. */
enum {
    GP_HTTP_OK = 200,
    GP_HTTP_CREATED = 201,
    GP_HTTP_NO_CONTENT = 204,
    GP_HTTP_NOT_MODIFIED = 304
};

/** How a request ended. */
typedef enum {
    GP_ANSWER_SUCCESS,
    GP_ANSWER_PROBLEM, /* x->problem says why; the sender writes the error body */
    GP_ANSWER_REFUSED  /* by the receiver, which answers by itself: status is its own code */
} gp_answer_kind;

/** What is answered. Lies in x->pool. */
typedef struct {
    gp_answer_kind kind;
    int status;           /* of HTTP */
    apr_table_t *headers; /* besides those that every answer has */
    const char *vary; /* a request header that the answer depends on, besides those; NULL: none */
    const char *content_type; /* NULL: there is no body */
    gp_buffer body;
    void *memory;           /* reserved for the body, by the receiver; NULL: none */
    apr_size_t memory_size; /* bytes of it */
} gp_answer;

struct gp_exchange {
    /* Set by the receiver. */
    apr_pool_t *pool; /* of the request and its answer */
    apr_pool_t *work; /* of all that the answer is made from: destroyed before the answer is sent */
    const gp_receiver *receiver;
    void *request; /* the receiver's own */
    const char *method;
    const gp_route *route;
    const char *args;           /* the query string; NULL: none */
    const apr_table_t *headers; /* of the request */
    gp_settings settings;
    gp_problem *problem; /* what the request fails with */
    gp_store *store;     /* the database, as this request uses it */
    gp_answer answer;

    /* Found out by the steps below. */
    gp_operation operation;
    void *state;     /* of the operation, from its first half to its second */
    int refusal;     /* the receiver's own code, with which the request ends; 0: none */
    int max_version; /* of OData that the client takes, in hundredths */
    gp_query query;
    gp_accepted accepted;
    gp_shape shape; /* of what is answered */
    gp_prefer prefer;
    gp_reader *reader; /* of the body, if there is one */
    gp_caller caller;
    gp_viewer viewer;
    const char *owner;     /* of the positions */
    char id[GP_UUID_SIZE]; /* of the position, if the path names one */
};

/** @return the value of a request header; NULL: it was not sent */
static inline const char *gp_exchange_header(const gp_exchange *x, const char *name)
{
    return apr_table_get((apr_table_t *)x->headers, name);
}

/*
 * The steps that operations share. Each returns false if the request fails: then x->problem or x->refusal is set,
 * and the operation returns false, too.
 */

/**
 * Agree upon versions, query options, isolation, and the format of the answer.
 * @param offered  a set of gp_offer; 0: the answer has no body
 */
bool gp_exchange_agree(gp_exchange *x, unsigned offered);

/**
 * Begin a request for a user's positions: identify the caller, agree as above, find the owner, check the
 * caller's permission and the rules of the owner's path, and read the id in the path.
 */
bool gp_exchange_open_positions(gp_exchange *x, gp_access access, unsigned offered);

/** @return the owner as answers name them. A name is not resolved for anonymous callers: they get it back
 *          as they sent it. */
const char *gp_exchange_owner(const gp_exchange *x);

/**
 * Read the body: a workPosition.
 * @param pool   receives it
 * @param value  receives it
 */
bool gp_exchange_read_body(gp_exchange *x, apr_pool_t *pool, gp_reading reading, gp_value **value);

/**
 * Check whether a document may be stored. A stored document that exceeds the limit, since that was lowered, may
 * be changed as long as it does not grow.
 * @param length  of the document, in bytes
 * @param before  of the document that it replaces; 0: it is new
 */
bool gp_exchange_check_size(gp_exchange *x, apr_size_t length, apr_size_t before);

#endif
