/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EXCHANGE_H
#define GP_EXCHANGE_H

#include "document/reader.h"
#include "odata/batch_item.h"
#include "odata/header_accept.h"
#include "odata/header_etag.h"
#include "odata/header_prefer.h"
#include "odata/metadata.h"
#include "odata/permission.h"
#include "odata/query.h"
#include "store/store.h"

#include <stdbool.h>

/*
 * One request and its answer, as values. The receiver of a request makes the exchange (src/http/handler.c), calls
 * gp_dispatch, and sends the answer. This header and the operations do not depend on httpd.
 */

typedef struct gp_exchange gp_exchange;

/** The settings of the request's path, with defaults filled in. */
typedef struct {
    gp_validation validation;
    apr_off_t max_body;     /* bytes */
    apr_off_t max_document; /* bytes */
    int page_size;
    bool top_is_page;        /* $top limits each page, not all pages together */
    gp_inheritance metadata; /* how $metadata declares inherited properties */
    int max_positions;       /* of one owner; 0: no limit */
    const char *default_audience;
    bool keeps_created_by;
    bool allows_anonymous; /* to read the positions of a user that the path names */
    unsigned disabled;     /* operations, a set of gp_operation_bit */
    bool has_batch;        /* the root has $batch */
    int batch_items;       /* requests in a batch, at most */
    apr_off_t batch_bytes; /* of the body of a batch, at most */
} gp_settings;

/** The caller, from authentication: never from a request header. */
typedef struct {
    const char *id;          /* the authenticated principal; NULL: anonymous */
    const char *name;        /* NULL: unknown */
    const char *application; /* NULL: unknown */
    bool is_application;     /* acts for itself, not for a user */
    const char *permissions; /* of the token; NULL: the module does not check permissions */
} gp_caller;

/** The result of applying the rules of the owner's path. */
typedef enum {
    GP_RULES_SAME,    /* only the rules of the request's path apply */
    GP_RULES_CHANGED, /* they admit the request; read x->settings and the caller again */
    GP_RULES_REFUSED  /* x->refusal is set */
} gp_rules;

/** The services that operations need from the receiver of a request. All functions set x->problem if they
 * return false. */
typedef struct {
    /** Identify the caller: set x->caller. The id of an anonymous caller is NULL, which is not a failure. */
    bool (*identify)(gp_exchange *x);

    /**
     * Apply the configuration of x->owner's path, its access rules and settings, if the request's path names the
     * owner otherwise.
     * @param is_shown  the client may learn of a refusal
     */
    gp_rules (*apply_rules)(gp_exchange *x, bool is_shown);

    /** Undo apply_rules: restore the settings of the request's path. */
    void (*revert_rules)(gp_exchange *x);

    /**
     * Read the body into x->reader. @return false on failure, also if only x->refusal is set
     * @param pool  for the data until the reader has consumed it
     */
    bool (*read_body)(gp_exchange *x, apr_pool_t *pool);

    /**
     * Reserve memory for the body of the answer before writing to the database, because no answer may fail after
     * that. A second call may reserve another size.
     * @param size  upper limit in bytes
     */
    bool (*reserve)(gp_exchange *x, apr_size_t size);

    /** @return the public URL of the service root, without a trailing slash */
    const char *(*base_url)(gp_exchange *x);

    /** Make at most 512 random bytes. Does not fail. */
    void (*random)(gp_exchange *x, void *bytes, apr_size_t length);

    /** Record a write. @param before, after  the replaced ETag and the new one; NULL: none */
    void (*audit)(gp_exchange *x, const char *id, const char *before, const char *after);

    /** Read the body as a text. @return as read_body does @param limit  bytes */
    bool (*read_text)(gp_exchange *x, apr_off_t limit, gp_buffer *text);

    /* Of the batch itself: read_text, status_line and open_item. Of a request in it: look_up_item, complete_item, close_item. */

    /** @return a status of HTTP with its reason phrase, such as "200 OK" */
    const char *(*status_line)(gp_exchange *x, int status);

    /** Open the exchange of a request in a batch. Before look_up_item, it can only be answered with an error. */
    void (*open_item)(gp_exchange *x, gp_exchange *item);

    /** Apply the rules and settings of the item's own path, as if the client had sent the request alone, and prepare the
     *  item for gp_dispatch_begin. @return false: item->problem or item->refusal is set */
    bool (*look_up_item)(gp_exchange *item, const gp_batch_item *sent);

    /** Complete the answer of an item: add the headers of every answer, and the body of an error. Log and count the
     *  request. */
    void (*complete_item)(gp_exchange *item);

    /** Free the memory of an item. Call it after its answer was copied. */
    void (*close_item)(gp_exchange *item);
} gp_receiver;

/** Statuses of successful answers. Those of problems are in the table of base/problem.c. */
enum {
    GP_HTTP_OK = 200,
    GP_HTTP_CREATED = 201,
    GP_HTTP_NO_CONTENT = 204,
    GP_HTTP_NOT_MODIFIED = 304
};

/** How a request ended. */
typedef enum {
    GP_ANSWER_SUCCESS,
    GP_ANSWER_PROBLEM, /* x->problem has the reason; the sender writes the error body */
    GP_ANSWER_REFUSED  /* by the receiver, which answers itself: status is its own code */
} gp_answer_kind;

/** The answer. Its memory is in x->pool. */
typedef struct {
    gp_answer_kind kind;
    int status;               /* of HTTP */
    apr_table_t *headers;     /* in addition to those of every answer */
    const char *vary;         /* a further request header on which the answer depends; NULL: none */
    const char *content_type; /* NULL: there is no body */
    gp_buffer body;
    void *memory;           /* reserved by the receiver for the body; NULL: none */
    apr_size_t memory_size; /* bytes of it */
} gp_answer;

struct gp_exchange {
    /* The receiver sets these. */
    apr_pool_t *pool; /* of the request and its answer */
    apr_pool_t *work; /* for the source data of the answer; destroyed before the answer is sent */
    const gp_receiver *receiver;
    void *request; /* data of the receiver */
    const char *method;
    const gp_route *route;
    const char *args;           /* the query string; NULL: none */
    const apr_table_t *headers; /* of the request */
    gp_settings settings;
    gp_problem *problem; /* the reason of a failure */
    gp_store *store;     /* the database for this request */
    gp_answer answer;

    /* The steps below set these. */
    gp_operation operation;
    const struct gp_operation_steps *steps;
    gp_attempt *ahead; /* its first statement, if it was submitted; else NULL */
    void *state;       /* of the operation, passed between its steps */
    int refusal;       /* the receiver's own code for the end of the request; 0: none */
    int max_version;   /* the highest OData version that the client accepts, in hundredths */
    gp_query query;
    gp_accepted accepted;
    gp_shape shape; /* of the answer */
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
 * Negotiate versions, query options, isolation, and the format of the answer.
 * @param offered  a set of gp_offer; 0: the answer has no body
 */
bool gp_exchange_agree(gp_exchange *x, unsigned offered);

/**
 * Begin a request for a user's positions: identify the caller, negotiate as above, find the owner, check the
 * caller's permission and the rules of the owner's path, and read the id in the path.
 */
bool gp_exchange_open_positions(gp_exchange *x, gp_access access, unsigned offered);

/** @return the owner as answers name it. For an anonymous caller, the user principal name is not resolved: the
 *           answer repeats it as sent. */
const char *gp_exchange_owner(const gp_exchange *x);

/** Check the media type of the body: JSON in UTF-8. */
bool gp_exchange_is_json(gp_exchange *x);

/**
 * Read the body: a workPosition.
 * @param pool  receives the value
 */
bool gp_exchange_read_body(gp_exchange *x, apr_pool_t *pool, gp_reading reading, gp_value **value);

/**
 * Check if a document may be stored. A stored document that exceeds a limit that was lowered since may change as
 * long as it does not grow.
 * @param length  of the document, in bytes
 * @param before  of the document that it replaces; 0: it is new
 */
bool gp_exchange_check_size(gp_exchange *x, apr_size_t length, apr_size_t before);

#endif
