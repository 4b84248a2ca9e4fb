/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations on positions, as statements and their outcomes. Where an outcome is unknown, the ETag of the row
 * tells whose write it was. retry.c decides when a statement may run again.
 */
#include "store.h"
#include "ahead.h"
#include "base/names.h"
#include "retry.h"

#include <apr_strings.h>

#include <string.h>

/* What the row of a position says about an attempt of this request. */
typedef enum {
    ROW_MISSING,
    ROW_OTHER, /* it has another ETag */
    ROW_OURS   /* it has an ETag that this request made: then this request has written it */
} row_state;

static gp_outcome look_at_row(gp_store *store, apr_pool_t *pool, const char *owner, const char *id,
                              const char *etag, row_state *state)
{
    const char *key[] = {owner, id}, *now;
    gp_result result = {.pool = pool};
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_ETAG, key, &result, NULL);

    now = gp_result_text(&result, 0, 0);
    *state = result.rows == 0                        ? ROW_MISSING
             : now != NULL && strcmp(now, etag) == 0 ? ROW_OURS
                                                     : ROW_OTHER;
    return outcome;
}

static bool not_found(gp_problem *problem)
{
    return gp_problem_set(problem, GP_NOT_FOUND, NULL, NULL);
}

/* The parameters of the viewer: sees_all, audiences, id. */
static const char *sees_all(const gp_viewer *viewer)
{
    return viewer->sees_all ? "true" : "false";
}

static const char *audiences_of(apr_pool_t *pool, const gp_viewer *viewer)
{
    return apr_psprintf(pool, "%u", viewer->audiences);
}

/* Whether a Boolean of PostgreSQL is true. */
static bool is_true(const char *text)
{
    return text != NULL && *text == 't';
}

/* Finds the owner whose id is this name, if the viewer sees one of their positions. */
static gp_outcome find_owner(gp_store *store, const char *name, const gp_viewer *viewer,
                             gp_result *result)
{
    const char *owner[] = {name, sees_all(viewer), audiences_of(result->pool, viewer), viewer->id};
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_OWNER, owner, result, NULL);

    if (outcome == GP_OUTCOME_DONE && is_true(gp_result_text(result, 0, 1)))
        outcome = gp_retry_batched(store, GP_SQL_OWNER_ALL, owner, result, NULL);
    return outcome;
}

bool gp_store_find_person(gp_store *store, apr_pool_t *pool, const char *user_principal_name,
                          const gp_viewer *viewer, const char **owner, gp_problem *problem)
{
    gp_result result = {.pool = pool};
    gp_outcome outcome =
        gp_retry_batched(store, GP_SQL_PERSON, &user_principal_name, &result, NULL);

    if (outcome == GP_OUTCOME_DONE && gp_result_text(&result, 0, 0) == NULL)
        outcome = find_owner(store, user_principal_name, viewer, &result);
    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_problem(outcome, problem);
    if (gp_result_text(&result, 0, 0) == NULL)
        return not_found(problem);
    *owner = gp_result_text(&result, 0, 0);
    return true;
}

/* How often to look for the row after the answer to a commit was lost, and how long to wait in between: the backend may
 * still be committing. */
#define LOOKS      3
#define LOOK_PAUSE (APR_USEC_PER_SEC / 50)

/*
 * Whether a create with an unknown outcome has stored the row: it has if the row exists with our ETag. Otherwise the
 * outcome stays unknown, because others may have changed or deleted the row since. So the caller must not store the row
 * again, which could bring back a deleted position, and must not report a conflict.
 */
static bool is_stored(gp_store *store, apr_pool_t *pool, const char *owner,
                      const gp_position *position)
{
    row_state state = ROW_MISSING;
    int looks;

    for (looks = 0; looks < LOOKS && state != ROW_OURS; looks++) {
        if (looks > 0)
            apr_sleep(LOOK_PAUSE);
        if (look_at_row(store, pool, owner, position->id, position->etag, &state)
            != GP_OUTCOME_DONE)
            return false;
    }
    return state == ROW_OURS;
}

/*
 * Decides about an insert that stored no row. The row exists with our ETag: an earlier attempt stored it, although it was
 * reported as rolled back. (On Citus, where a worker commits by itself, that happens.) Otherwise the id exists, or the
 * owner has `most` positions. If the other position was deleted in between, the problem is wrongly "too many"; the
 * client's next attempt succeeds.
 */
static bool was_created(gp_store *store, apr_pool_t *pool, const char *owner,
                        const gp_position *position, int most, gp_problem *problem)
{
    row_state state;
    gp_outcome outcome = look_at_row(store, pool, owner, position->id, position->etag, &state);

    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_problem(outcome, problem);
    if (state == ROW_OURS)
        return true;
    if (most > 0 && state == ROW_MISSING)
        return gp_problem_set(problem, GP_TOO_MANY_POSITIONS, NULL,
                              "The user already has %d positions, which is the limit. Delete one "
                              "before you add another.",
                              most);
    return gp_problem_set(problem, GP_CONFLICT, "$.id", "A position with the id %s exists already.",
                          position->id);
}

/* The parameters of the statement that inserts. */
static const char **row_of(apr_pool_t *pool, const char *owner, const char *principal,
                           const gp_position *position, int most)
{
    const char *audiences = apr_psprintf(pool, "%u", position->audiences);
    const char *row[] = {owner,     position->id,       position->etag,
                         audiences, position->created,  position->modified,
                         principal, position->document, apr_itoa(pool, most)};

    return apr_pmemdup(pool, row, sizeof row);
}

static gp_sql create_within(int most)
{
    return most > 0 ? GP_SQL_CREATE_WITHIN : GP_SQL_CREATE;
}

gp_attempt *gp_store_submit_create(gp_store *store, apr_pool_t *pool, const char *owner,
                                   const char *principal, const gp_position *position, int most)
{
    return gp_ahead_submit(store, pool, create_within(most), position->is_id_sent,
                           row_of(pool, owner, principal, position, most));
}

bool gp_store_create(gp_store *store, apr_pool_t *pool, const char *owner, const char *principal,
                     const gp_position *position, int most, gp_problem *problem)
{
    gp_result result = {.pool = pool};
    /* With an id that the client chose, the insert may wait for another transaction with the same id. */
    gp_outcome outcome = gp_retry(store, create_within(most), position->is_id_sent,
                                  row_of(pool, owner, principal, position, most), &result, NULL);

    if (outcome == GP_OUTCOME_DONE && result.rows == 1)
        return true;
    if (outcome == GP_OUTCOME_DONE)
        return was_created(store, pool, owner, position, most, problem);
    if (outcome == GP_OUTCOME_LOST && is_stored(store, pool, owner, position))
        return true;
    return gp_outcome_problem(outcome, problem);
}

/* Makes a position from the columns of a row. */
static gp_position position_of(const char *id, const char *etag, const char *document)
{
    gp_position position = {.id = id, .etag = etag, .document = document};

    position.length = document != NULL ? strlen(document) : 0;
    return position;
}

/* Larger documents are read one by one: of those that are read ahead, all are in memory at once. */
#define AHEAD_BYTES "16384"
#define ANY_BYTES   "2147483647"

/* The parameters of the statement that reads one position. */
static const char **key_of(apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                           const char *id, const char *bytes)
{
    const char *key[] = {owner,      id,   sees_all(viewer), audiences_of(pool, viewer),
                         viewer->id, bytes};

    return apr_pmemdup(pool, key, sizeof key);
}

gp_attempt *gp_store_submit_read(gp_store *store, apr_pool_t *pool, const char *owner,
                                 const gp_viewer *viewer, const char *id)
{
    return gp_ahead_submit(store, pool, GP_SQL_READ, false,
                           key_of(pool, owner, viewer, id, AHEAD_BYTES));
}

bool gp_store_read(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *id, gp_position *position, gp_problem *problem)
{
    gp_result result = {.pool = pool};
    const char **key = key_of(pool, owner, viewer, id, ANY_BYTES);
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_READ, key, &result, NULL);

    if (outcome == GP_OUTCOME_DONE && result.rows > 0 && gp_result_text(&result, 0, 1) == NULL)
        outcome = gp_retry_batched(store, GP_SQL_READ, key, &result, NULL);
    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_problem(outcome, problem);
    if (result.rows == 0)
        return not_found(problem);
    *position = position_of(id, gp_result_text(&result, 0, 0), gp_result_text(&result, 0, 1));
    return true;
}

/* Sets the problem of a failed read. The problem of a timeout says that the outcome is unknown, which matters only for
 * writes. A read was late because of its query. */
static bool read_failed(gp_outcome outcome, gp_problem *problem)
{
    gp_outcome_problem(outcome, problem);
    if (problem->error == GP_GATEWAY_TIMEOUT)
        gp_problem_set(problem, GP_GATEWAY_TIMEOUT, NULL,
                       "The query took too long. Request less, or use simpler query options.");
    return false;
}

/* Rows in the order of creation. */
static gp_outcome list(gp_store *store, apr_pool_t *pool, const char *owner,
                       const gp_viewer *viewer, const gp_page *page, gp_result *rows)
{
    const char *first = page->first ? page->first : GP_UUID_LOWEST;
    const char *bytes = apr_itoa(pool, page->bytes), *limit = apr_itoa(pool, page->limit);
    const char *seen[] = {owner, first, sees_all(viewer), audiences_of(pool, viewer), viewer->id,
                          bytes, limit};
    const char *all[] = {owner, first, bytes, limit};
    gp_outcome outcome;

    if (page->is_further)
        return gp_retry_batched(store, GP_SQL_LIST_ALL, seen, rows, NULL);
    if (viewer->sees_all)
        return gp_retry_batched(store, GP_SQL_LIST, all, rows, NULL);
    outcome = gp_retry_batched(store, GP_SQL_LIST_SEEN, seen, rows, NULL);
    /* A last row of nulls says that the owner has more rows than the statement read. */
    if (outcome != GP_OUTCOME_DONE || rows->rows == 0
        || gp_result_text(rows, rows->rows - 1, 0) != NULL)
        return outcome;
    return gp_retry_batched(store, GP_SQL_LIST_ALL, seen, rows, NULL);
}

/* The same after an offset. */
static gp_outcome list_behind(gp_store *store, apr_pool_t *pool, const char *owner,
                              const gp_viewer *viewer, const gp_page *page, gp_result *rows)
{
    const char *behind[] = {owner,
                            page->first ? page->first : GP_UUID_LOWEST,
                            sees_all(viewer),
                            audiences_of(pool, viewer),
                            viewer->id,
                            apr_itoa(pool, page->limit),
                            apr_itoa(pool, page->offset),
                            apr_itoa(pool, page->bytes)};

    return gp_retry_batched(store, GP_SQL_LIST_BEHIND, behind, rows, NULL);
}

bool gp_store_list(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const gp_page *page, gp_result *rows, gp_problem *problem)
{
    gp_outcome outcome;

    rows->pool = pool;
    outcome = page->offset != 0 ? list_behind(store, pool, owner, viewer, page, rows)
                                : list(store, pool, owner, viewer, page, rows);
    return outcome == GP_OUTCOME_DONE ? 1 : read_failed(outcome, problem);
}

/* Ids as an array of PostgreSQL. */
static const char *id_array(apr_pool_t *pool, const char *const *ids, int count)
{
    gp_buffer array;
    int i;

    gp_buffer_open(&array, pool, (apr_size_t)count * GP_UUID_SIZE + 3);
    for (i = 0; i < count; i++) {
        gp_buffer_puts(&array, i == 0 ? "{" : ",");
        gp_buffer_puts(&array, ids[i]);
    }
    gp_buffer_puts(&array, count == 0 ? "{}" : "}");
    return gp_buffer_text(&array);
}

bool gp_store_pick(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                   const char *const *ids, int count, int bytes, gp_result *rows,
                   gp_problem *problem)
{
    const char *wanted[] = {id_array(pool, ids, count), owner,      sees_all(viewer),
                            audiences_of(pool, viewer), viewer->id, apr_itoa(pool, bytes)};
    gp_outcome outcome;

    rows->pool = pool;
    outcome = gp_retry_batched(store, GP_SQL_PICK, wanted, rows, NULL);
    return outcome == GP_OUTCOME_DONE ? 1 : read_failed(outcome, problem);
}

gp_position gp_store_row(const gp_result *rows, int index)
{
    return position_of(gp_result_text(rows, index, 0), gp_result_text(rows, index, 1),
                       gp_result_text(rows, index, 2));
}

static gp_outcome count_rows(gp_store *store, apr_pool_t *pool, const char *owner,
                             const gp_viewer *viewer, gp_result *result)
{
    const char *all = sees_all(viewer), *audiences = audiences_of(pool, viewer);
    const char *some[] = {all, audiences, viewer->id, owner};
    const char *every[] = {owner, all, audiences, viewer->id};
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_COUNT, some, result, NULL);

    if (outcome != GP_OUTCOME_DONE || !is_true(gp_result_text(result, 0, 1)))
        return outcome;
    return gp_retry_batched(store, GP_SQL_COUNT_ALL, every, result, NULL);
}

bool gp_store_count(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                    const char **count, gp_problem *problem)
{
    gp_result result = {.pool = pool};
    gp_outcome outcome = count_rows(store, pool, owner, viewer, &result);

    if (outcome != GP_OUTCOME_DONE)
        return read_failed(outcome, problem);
    *count = gp_result_text(&result, 0, 0);
    return true;
}

bool gp_store_replace(gp_store *store, apr_pool_t *pool, const char *owner, const char *id,
                      const char *etag, const char *principal, const gp_position *position,
                      bool *replaced, gp_problem *problem)
{
    const char *audiences = apr_psprintf(pool, "%u", position->audiences);
    const char *row[] = {position->etag,
                         audiences,
                         position->modified,
                         principal,
                         position->document,
                         owner,
                         id,
                         etag};
    bool in_doubt;
    row_state state;
    gp_result result = {.pool = pool};
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_REPLACE, row, &result, &in_doubt);

    *replaced = outcome == GP_OUTCOME_DONE && result.rows == 1;
    if (outcome == GP_OUTCOME_DONE && !*replaced && in_doubt) {
        outcome = look_at_row(store, pool, owner, id, position->etag, &state);
        *replaced = state == ROW_OURS;
        /* If the row has another ETag, another write hides whether this one happened. */
        outcome = outcome == GP_OUTCOME_DONE && !*replaced ? GP_OUTCOME_LOST
                                                           : gp_outcome_doubted(outcome);
    }
    return outcome == GP_OUTCOME_DONE ? 1 : gp_outcome_problem(outcome, problem);
}

/* ETags as an array of PostgreSQL. It leaves out texts that the module never makes as ETags: they match no row, and a
 * quote or a brace would change the array. */
static const char *etag_array(apr_pool_t *pool, const gp_etags *etags)
{
    gp_buffer array;
    int i;

    if (!etags->is_sent || etags->any)
        return NULL;
    gp_buffer_open(&array, pool, 64);
    gp_buffer_puts(&array, "{");
    for (i = 0; i < etags->tags->nelts; i++) {
        const char *etag = APR_ARRAY_IDX(etags->tags, i, gp_etag).position;

        if (*etag == '\0' || etag[strspn(etag, "0123456789abcdef")] != '\0')
            continue;
        if (array.length > 1)
            gp_buffer_puts(&array, ",");
        gp_buffer_puts(&array, etag);
    }
    gp_buffer_puts(&array, "}");
    return gp_buffer_text(&array);
}

bool gp_store_delete(gp_store *store, apr_pool_t *pool, const char *owner, const gp_viewer *viewer,
                     const char *id, const gp_etags *if_match, const char **etag,
                     gp_problem *problem)
{
    const char *etags = etag_array(pool, if_match);
    const char *key[] = {owner, id,   sees_all(viewer), audiences_of(pool, viewer), viewer->id,
                         etags, etags};
    bool in_doubt;
    gp_result result = {.pool = pool};
    gp_position now;
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_DELETE, key, &result, &in_doubt);

    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_problem(outcome, problem);
    *etag = gp_result_text(&result, 0, 0);
    if (*etag != NULL)
        return true;
    if (etags != NULL && gp_store_read(store, pool, owner, viewer, id, &now, problem))
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
    if (etags != NULL && in_doubt && problem->error == GP_GATEWAY_TIMEOUT)
        return gp_outcome_problem(GP_OUTCOME_LATE, problem);
    if (etags != NULL && problem->error != GP_NOT_FOUND)
        return false;
    /* The position does not exist. An attempt whose answer was lost may have deleted it: then this is a success. */
    if (!in_doubt)
        return not_found(problem);
    gp_problem_open(problem, store->pool);
    *etag = "unknown";
    return true;
}

/* Adds the rows whose ids are not in the set yet to the positions and to the set. @param etag  NULL: that of the row */
static void add_rows(apr_array_header_t *positions, gp_names *ids, const gp_result *rows,
                     const char *etag)
{
    int i;

    for (i = 0; i < rows->rows; i++) {
        const char *id = gp_result_text(rows, i, 0);

        if (gp_names_add(ids, id, strlen(id), (void *)(uintptr_t)id) != NULL)
            continue;
        APR_ARRAY_PUSH(positions, gp_position) =
            position_of(id, etag != NULL ? etag : gp_result_text(rows, i, 1), NULL);
    }
}

bool gp_store_erase(gp_store *store, apr_pool_t *pool, const char *owner,
                    const apr_array_header_t **erased, gp_problem *problem)
{
    gp_result before = {.pool = pool}, gone = {.pool = pool};
    apr_array_header_t *positions = apr_array_make(pool, 16, sizeof(gp_position));
    gp_names *ids = gp_names_make(pool);
    bool in_doubt = false;
    const char *all[] = {owner, GP_UUID_LOWEST, GP_UUID_HIGHEST};
    gp_outcome outcome = gp_retry_batched(store, GP_SQL_ERASABLE, all, &before, NULL);

    if (outcome == GP_OUTCOME_DONE)
        outcome = gp_retry_batched(store, GP_SQL_ERASE, all, &gone, &in_doubt);
    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_problem(outcome, problem);
    add_rows(positions, ids, &gone, NULL);
    if (in_doubt) /* an attempt whose answer was lost may have deleted them */
        add_rows(positions, ids, &before, "unknown");
    *erased = positions;
    return true;
}
