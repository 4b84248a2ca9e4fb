/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the row that an import inserts for a line: its key, its stamps and its canonical document, with the
 * functions that POST uses. Pure, except for the time and the random bytes.
 */
#include "row.h"

#include "base/uuid.h"

#include <apr_general.h>
#include <apr_sha1.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#define NO_ID "00000000-0000-0000-0000-000000000000"

const unsigned char *gp_randomness_take(gp_randomness *randomness, apr_size_t length)
{
    if (randomness->left < length) {
        /* Without random bytes, two writes could get the same ETag, and a client would miss a change. */
        if (apr_generate_random_bytes(randomness->bytes, sizeof randomness->bytes) != APR_SUCCESS)
            abort();
        randomness->left = sizeof randomness->bytes;
    }
    randomness->left -= length;
    return randomness->bytes + randomness->left;
}

void gp_import_id(char out[GP_UUID_SIZE], const char *source, const char *owner,
                  const char *external_id)
{
    static const unsigned char space[16] = {0x7c, 0x5c, 0xeb, 0x99, 0x34, 0xb9, 0x57, 0x61,
                                            0x93, 0xe9, 0x86, 0x4f, 0x83, 0x63, 0x90, 0xfe};
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t sha1;

    apr_sha1_init(&sha1);
    apr_sha1_update_binary(&sha1, space, sizeof space);
    apr_sha1_update(&sha1, source, (unsigned)strlen(source) + 1);
    apr_sha1_update(&sha1, owner, (unsigned)strlen(owner) + 1);
    apr_sha1_update(&sha1, external_id, (unsigned)strlen(external_id));
    apr_sha1_final(digest, &sha1);
    gp_uuid_format_v5(out, digest);
}

static int is_set(const gp_value *value)
{
    return value != NULL && value->kind != GP_VALUE_NULL;
}

/* Reads the id that the position itself has. Returns zero if POST would refuse it. */
static int read_sent_id(const gp_value *sent, const gp_import_terms *terms, char id[GP_UUID_SIZE],
                        gp_problem *problem)
{
    if (!is_set(sent)
        || (sent->kind == GP_VALUE_STRING
            && gp_uuid_parse(id, sent->as.text.bytes, sent->as.text.length)))
        return 1;
    if (terms->position.validation == GP_VALIDATION_RELAXED)
        return 1;
    gp_problem_add(problem, "InvalidValue", "$.position.id", gp_position_bad_id);
    return 0;
}

static int settle_source(const gp_line *line, const gp_import_terms *terms, const char **source,
                         gp_problem *problem)
{
    *source = line->source != NULL ? line->source : terms->source;
    if (*source == NULL && line->external_id != NULL)
        *source = GP_DEFAULT_SOURCE;
    if (line->source == NULL || terms->source == NULL || strcmp(line->source, terms->source) == 0)
        return 1;
    gp_problem_add(
        problem, "InvalidValue", "$.source",
        apr_psprintf(problem->pool, "The line names another source than '%s'.", terms->source));
    return 0;
}

/* Sets the key of the row, unless it depends on an owner whose id is still unknown. */
static int settle_id(const gp_line *line, const gp_import_terms *terms, gp_import_row *row,
                     gp_problem *problem)
{
    char sent[GP_UUID_SIZE] = "";

    if (!read_sent_id(line->position->as.object.properties[GP_POSITION_ID], terms, sent, problem))
        return 0;
    *row->id = '\0';
    if (line->id != NULL)
        memcpy(row->id, line->id, GP_UUID_SIZE);
    else if (line->external_id == NULL)
        memcpy(row->id, sent, GP_UUID_SIZE);
    else if (!terms->is_owner_name)
        gp_import_id(row->id, row->source, line->owner, line->external_id);
    if (*row->id != '\0' || line->external_id != NULL)
        return 1;
    gp_problem_add(problem, "MissingProperty", "$.externalId",
                   "The line has no externalId, and neither it nor its position has an id.");
    return 0;
}

/* Refuses a document for which the module would answer 413, with the same message. */
static int fits(apr_size_t length, apr_size_t most, gp_problem *problem)
{
    if (length <= most)
        return 1;
    gp_problem_add(problem, gp_error_get(GP_DOCUMENT_TOO_LARGE)->code, "$.position",
                   apr_psprintf(problem->pool,
                                "The stored position would take %" APR_SIZE_T_FMT
                                " bytes, more than %" APR_SIZE_T_FMT ".",
                                length, most));
    return 0;
}

/* Makes a new position as POST does. */
static int create(apr_pool_t *scratch, apr_pool_t *pool, gp_line *line,
                  const gp_import_terms *terms, gp_randomness *randomness, gp_position *position,
                  gp_problem *problem)
{
    const gp_actor actor = {NULL, NULL, terms->application};
    gp_position_entropy entropy;

    memset(entropy.id, 0, sizeof entropy.id); /* the id is set already */
    memcpy(entropy.etag, gp_randomness_take(randomness, sizeof entropy.etag), sizeof entropy.etag);
    return gp_position_create(pool, scratch, line->position, &actor, apr_time_now(), &entropy,
                              &terms->position, position, problem);
}

/* Restores the position of an exported line as it was stored. */
static void restore(apr_pool_t *scratch, apr_pool_t *pool, const gp_line *line,
                    gp_position *position)
{
    gp_position_restore(pool, scratch, line->position, position);
    position->etag = apr_pstrdup(pool, line->etag);
    position->created = apr_pstrdup(pool, line->created);
    position->modified = apr_pstrdup(pool, line->modified);
}

static void keep(apr_pool_t *pool, const gp_line *line, const gp_position *position,
                 const gp_import_terms *terms, gp_import_row *row)
{
    row->external_id = apr_pstrdup(pool, line->external_id);
    row->source = apr_pstrdup(pool, row->source);
    row->owner = apr_pstrdup(pool, line->owner);
    row->audiences = position->audiences;
    row->etag = position->etag;
    row->created = position->created;
    row->modified = position->modified;
    row->modified_by = line->is_stored ? apr_pstrdup(pool, line->modified_by) : terms->application;
    row->document = (char *)position->document; /* just made in the pool, so nothing else uses it */
    row->length = position->length;
    row->stamps = gp_position_stamps(row->document, row->length, &row->content);
}

int gp_import_row_make(apr_pool_t *scratch, apr_pool_t *pool, gp_line *line, apr_int64_t number,
                       const gp_import_terms *terms, gp_randomness *randomness, gp_import_row *row,
                       gp_problem *problem)
{
    gp_position position;

    memset(row, 0, sizeof *row);
    row->line = number;
    if (!settle_source(line, terms, &row->source, problem) || !settle_id(line, terms, row, problem))
        return 0;
    line->position->as.object.properties[GP_POSITION_ID] =
        gp_value_string(scratch, *row->id != '\0' ? row->id : NO_ID);
    if (line->is_stored)
        restore(scratch, pool, line, &position);
    else if (!create(scratch, pool, line, terms, randomness, &position, problem))
        return 0;
    if (!fits(position.length, terms->max_document, problem))
        return 0;
    keep(pool, line, &position, terms, row);
    return 1;
}

void gp_import_row_identify(gp_import_row *row, const char *owner)
{
    static const char placeholder[] = "\"id\":\"" NO_ID;
    char *at;

    row->owner = owner;
    if (*row->id != '\0')
        return;
    gp_import_id(row->id, row->source, owner, row->external_id);
    at = strstr(row->document, placeholder);
    if (at != NULL)
        memcpy(at + strlen("\"id\":\""), row->id, GP_UUID_SIZE - 1);
}
