/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_FORM_H
#define GP_BATCH_FORM_H

#include "exchange.h"

/*
 * The two forms of batches. They differ only in how a batch is read and its answer is written; batch.c executes the
 * requests of both.
 */

/** The answer to a batch while it is written. */
typedef struct {
    gp_exchange *x;       /* of the batch; its answer receives the text */
    const char *boundary; /* in multipart/mixed, without the word in front of it */
    const char *group;    /* of the last response; NULL: none */
} gp_batch_answer;

/** A form of batches. */
typedef struct {
    unsigned offers;          /* the media type of the answer, a gp_offer */
    const char *group_target; /* the target of a problem with a group of requests; NULL: none */

    /** The requests are executed one after the other, up to the first that fails unless the client prefers otherwise. */
    bool is_ordered;

    /** Read a batch. @param text  outlives it @return false: x->problem is set */
    bool (*read)(gp_exchange *x, const gp_buffer *text, gp_batch_body *body);

    /** Begin the body of the answer. */
    void (*open)(gp_batch_answer *answer);

    /** Add the answer of a request that has ended. */
    void (*add)(gp_batch_answer *answer, const gp_batch_item *sent, const gp_exchange *item);

    /** End the body of the answer. */
    void (*close)(gp_batch_answer *answer);
} gp_batch_form;

extern const gp_batch_form gp_batch_json, gp_batch_mixed;

/** Headers of an answer that its response in the batch has, up to NULL. All others describe the message that carries
 * the answer. */
extern const char *const GP_BATCH_HEADERS[];

/** @return true if the response has the body of the answer: the answer to HEAD has none */
static inline bool gp_batch_has_body(const gp_batch_item *sent, const gp_exchange *item)
{
    return item->answer.content_type != NULL && strcmp(sent->method, "HEAD") != 0;
}

#endif
