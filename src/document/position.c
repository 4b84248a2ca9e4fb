/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of a position that the server sets (ids, timestamps, identities, defaults), and the
 * canonical text that is stored and answered. The functions are pure: callers pass the time, the
 * random bytes and the actor.
 */
#include "position.h"
#include "scan.h"
#include "base/text.h"

#include <apr_strings.h>

#include <string.h>

const char gp_position_bad_id[] =
    "The id must be a UUID. If it is missing, the server creates one.";

void gp_etag_token_format(char out[GP_ETAG_TOKEN_SIZE], const unsigned char random[16])
{
    gp_hex_write(out, random, 16);
    out[GP_ETAG_TOKEN_SIZE - 1] = '\0';
}

/* Returns the type of a complex property, by its index in workPosition or in another type. */
static const gp_type *type_at(const gp_type *type, int index)
{
    return gp_type_property(type, index)->complex;
}

static gp_value *identity(apr_pool_t *pool, const gp_type *type, const char *id, const char *name)
{
    gp_value *value = gp_value_object(pool, type);

    value->as.object.properties[GP_IDENTITY_ID] = gp_value_string(pool, id);
    value->as.object.properties[GP_IDENTITY_DISPLAY_NAME] = gp_value_string(pool, name);
    return value;
}

/* Makes the identitySet that names an actor. Its @odata.type is the one that Graph answers
 * (add-positions). */
static gp_value *identity_set(apr_pool_t *pool, const gp_actor *actor)
{
    const gp_type *type = type_at(&gp_work_position, GP_POSITION_CREATED_BY);
    gp_value *value = gp_value_object(pool, type);
    gp_value **properties = value->as.object.properties;

    value->as.object.odata_type = type->odata_type;
    if (actor->application_id != NULL)
        properties[GP_IDENTITY_SET_APPLICATION] =
            identity(pool, type_at(type, GP_IDENTITY_SET_APPLICATION), actor->application_id, NULL);
    if (actor->user_id != NULL)
        properties[GP_IDENTITY_SET_USER] =
            identity(pool, type_at(type, GP_IDENTITY_SET_USER), actor->user_id, actor->user_name);
    return value;
}

static bool is_unset(const gp_value *value)
{
    return value == NULL || value->kind == GP_VALUE_NULL;
}

/* Uses the client's id for the position, or makes one. */
static bool settle_id(apr_pool_t *pool, const gp_value *sent, apr_time_t now,
                      const gp_position_entropy *entropy, const gp_position_terms *terms,
                      gp_position *position, gp_problem *problem)
{
    char *id = apr_palloc(pool, GP_UUID_SIZE), parsed[GP_UUID_SIZE];

    gp_uuid_format_v7(id, now, entropy->id);
    position->id = id;
    position->is_id_sent = false;
    if (is_unset(sent))
        return true;
    if (sent->kind == GP_VALUE_STRING
        && gp_uuid_parse(parsed, sent->as.text.bytes, sent->as.text.length)) {
        if (!terms->keeps_id)
            return true;
        memcpy(id, parsed, sizeof parsed);
        position->is_id_sent = true;
        return true;
    }
    if (terms->validation == GP_VALIDATION_RELAXED)
        return true;
    gp_problem_add(problem, "InvalidValue", "$.id", gp_position_bad_id);
    return false;
}

/* Returns the flags that admit other users. Relaxed validation can store any value: an invalid one
 * admits nobody. */
static unsigned audiences_of(apr_pool_t *pool, const gp_value *value)
{
    unsigned flags = GP_ENUM_INVALID;

    if (value->kind == GP_VALUE_STRING)
        flags = gp_enum_parse(pool, &gp_allowed_audiences, value->as.text.bytes,
                              value->as.text.length, NULL);
    return flags == GP_ENUM_INVALID ? 0 : flags;
}

static const char *make_token(apr_pool_t *pool, const unsigned char random[16])
{
    char *token = apr_palloc(pool, GP_ETAG_TOKEN_SIZE);

    gp_etag_token_format(token, random);
    return token;
}

static const char *format_time(apr_pool_t *pool, apr_time_t time)
{
    char *text = apr_palloc(pool, GP_DATETIME_SIZE);

    gp_datetime_format(text, time);
    return text;
}

/* The last steps of creation and change: sets the audiences and writes the document. Cleared audiences
 * admit nobody but the owner. */
static void complete(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value, gp_position *position)
{
    gp_value **audiences = &value->as.object.properties[GP_POSITION_ALLOWED_AUDIENCES];
    gp_buffer buffer;

    if (is_unset(*audiences))
        *audiences = gp_value_string(scratch, gp_enum_none(&gp_allowed_audiences));
    position->audiences = audiences_of(scratch, *audiences);

    gp_buffer_open(&buffer, scratch, 3072); /* fits a full position with typical texts */
    gp_value_write(&buffer, value, NULL);
    position->document = apr_pmemdup(pool, gp_buffer_text(&buffer), buffer.length + 1);
    position->length = buffer.length;
}

bool gp_position_create(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                        const gp_actor *actor, apr_time_t now, const gp_position_entropy *entropy,
                        const gp_position_terms *terms, gp_position *position, gp_problem *problem)
{
    gp_value **properties = value->as.object.properties;

    if (!settle_id(pool, properties[GP_POSITION_ID], now, entropy, terms, position, problem))
        return false;
    position->etag = make_token(pool, entropy->etag);
    position->created = position->modified = format_time(pool, now);

    properties[GP_POSITION_ID] = gp_value_string(scratch, position->id);
    properties[GP_POSITION_CREATED_DATE_TIME] = gp_value_string(scratch, position->created);
    properties[GP_POSITION_LAST_MODIFIED_DATE_TIME] = gp_value_string(scratch, position->modified);
    properties[GP_POSITION_LAST_MODIFIED_BY] = identity_set(scratch, actor);
    if (!terms->keeps_created_by || is_unset(properties[GP_POSITION_CREATED_BY]))
        properties[GP_POSITION_CREATED_BY] = identity_set(scratch, actor);
    if (properties[GP_POSITION_ALLOWED_AUDIENCES] == NULL)
        properties[GP_POSITION_ALLOWED_AUDIENCES] =
            gp_value_string(scratch, terms->default_audience);
    complete(pool, scratch, value, position);
    return true;
}

/* Sets the stamps and the text of a position whose content has changed. */
static void modify(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value, const gp_actor *actor,
                   apr_time_t now, const unsigned char random[16], gp_position *position)
{
    gp_value **properties = value->as.object.properties;

    position->etag = make_token(pool, random);
    position->created = NULL;
    position->modified = format_time(pool, now);
    properties[GP_POSITION_LAST_MODIFIED_DATE_TIME] = gp_value_string(scratch, position->modified);
    properties[GP_POSITION_LAST_MODIFIED_BY] = identity_set(scratch, actor);
    complete(pool, scratch, value, position);
}

bool gp_position_change(apr_pool_t *pool, apr_pool_t *scratch, gp_value *stored,
                        const gp_value *change, const gp_actor *actor, apr_time_t now,
                        const unsigned char random[16], gp_position *position)
{
    if (!gp_value_merge(scratch, stored, change))
        return false;
    modify(pool, scratch, stored, actor, now, random, position);
    return true;
}

void gp_position_replace(apr_pool_t *pool, apr_pool_t *scratch, const gp_value *stored,
                         gp_value *value, const gp_actor *actor, apr_time_t now,
                         const unsigned char random[16], gp_position *position)
{
    gp_value **properties = value->as.object.properties;
    gp_value *const *kept = stored->as.object.properties;

    properties[GP_POSITION_CREATED_DATE_TIME] = kept[GP_POSITION_CREATED_DATE_TIME];
    properties[GP_POSITION_CREATED_BY] = kept[GP_POSITION_CREATED_BY];
    modify(pool, scratch, value, actor, now, random, position);
}

void gp_position_restore(apr_pool_t *pool, apr_pool_t *scratch, gp_value *value,
                         gp_position *position)
{
    complete(pool, scratch, value, position);
}

apr_size_t gp_position_stamps(const char *document, apr_size_t length, apr_size_t *end)
{
    const gp_property *first = gp_type_property(&gp_work_position, GP_POSITION_CREATED_DATE_TIME);
    const gp_property *last = gp_type_property(&gp_work_position, GP_POSITION_LAST_MODIFIED_BY);
    gp_wanted ends = {last->name, last->length, 1, NULL, 0, 0};
    gp_wanted starts = {first->name, first->length, 0, NULL, 0, 0};
    gp_wanted *members[] = {&ends, &starts}; /* the shorter name comes first */
    gp_wanted root = {NULL, 0, -1, members, 2, 2};
    gp_span slots[2], whole = {document, document + length};

    gp_scan(whole, &root, slots);
    *end = (apr_size_t)(slots[1].end - document);
    return (apr_size_t)(slots[0].start - document) - first->length - strlen(",\"\":");
}

gp_value *gp_position_read(apr_pool_t *pool, const char *document)
{
    gp_problem problem;
    gp_reader *reader;

    gp_problem_open(&problem, pool);
    /* Relaxed: the position may have been written that way, and was checked when it was written. */
    reader =
        gp_reader_open(pool, &gp_work_position, GP_READING_STORED, GP_VALIDATION_RELAXED, &problem);
    if (!gp_reader_feed(reader, document, strlen(document)))
        return NULL;
    return gp_reader_finish(reader);
}

const char *gp_position_reshape(apr_pool_t *pool, const char *document, const gp_shape *shape)
{
    gp_value *value = gp_position_read(pool, document);
    gp_buffer buffer;

    if (value == NULL)
        return document;
    gp_buffer_open(&buffer, pool, strlen(document) + 1);
    gp_value_write(&buffer, value, shape);
    return gp_buffer_text(&buffer);
}
