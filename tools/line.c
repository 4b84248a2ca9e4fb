/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one line of an import: an object with an owner, a key and a position. This file reads the members
 * around the position. The module's own reader gets the events of the position, so the program refuses what
 * the server refuses, with the same messages.
 */
#include "line.h"
#include "bounds.h"

#include "base/datetime.h"
#include "base/text.h"
#include "base/uuid.h"
#include "document/complaint.h"
#include "document/json.h"

#include <apr_strings.h>

#include <stddef.h>
#include <string.h>

typedef enum {
    MEMBER_TEXT, /* a string of plain text, from 1 byte to the limit of the row */
    MEMBER_UUID,
    MEMBER_DATETIME,
    MEMBER_POSITION
} member_kind;

typedef struct {
    const char *name;
    apr_size_t limit;  /* bytes of a text */
    apr_size_t offset; /* in gp_line, of a const char * */
    member_kind kind;
    int is_stored; /* of exported lines, which have all of these */
} member;

static const member members[] = {
    {"owner", GP_OWNER_MAX, offsetof(gp_line, owner), MEMBER_TEXT, 0},
    {"source", GP_SOURCE_MAX, offsetof(gp_line, source), MEMBER_TEXT, 0},
    {"externalId", GP_EXTERNAL_ID_MAX, offsetof(gp_line, external_id), MEMBER_TEXT, 0},
    {"id", 0, offsetof(gp_line, id), MEMBER_UUID, 1},
    {"etag", GP_ETAG_MAX, offsetof(gp_line, etag), MEMBER_TEXT, 1},
    {"created", 0, offsetof(gp_line, created), MEMBER_DATETIME, 1},
    {"modified", 0, offsetof(gp_line, modified), MEMBER_DATETIME, 1},
    {"modifiedBy", GP_OWNER_MAX, offsetof(gp_line, modified_by), MEMBER_TEXT, 1},
    {"position", 0, 0, MEMBER_POSITION, 0},
};

#define MEMBERS ((int)(sizeof members / sizeof members[0]))

/* The state of reading a line. */
typedef struct {
    apr_pool_t *pool;
    gp_validation validation;
    gp_line *line;
    gp_problem *problem;
    gp_reader *reader; /* of the position; NULL: the position has not begun */
    int is_open;       /* the object of the line has begun */
    int nested;        /* the depth of open objects and arrays in the member's value */
    const member *at;  /* the member whose value is next; NULL: the value is skipped */
    unsigned seen;     /* one bit for each row of `members` */
} reading;

static void complain(reading *r, const char *code, const char *target, const char *message)
{
    gp_problem_add(r->problem, code, target, message);
}

static const char *target_of(const reading *r, const char *name, apr_size_t length)
{
    gp_buffer path;

    gp_buffer_open(&path, r->pool, 64);
    gp_buffer_puts(&path, "$");
    gp_complaint_add_name(&path, name, length);
    return gp_buffer_text(&path);
}

static void complain_member(reading *r, const char *code, const char *message)
{
    complain(r, code, target_of(r, r->at->name, strlen(r->at->name)), message);
}

/* Refuses a value that is not a string. Always continues. */
static int refuse_kind(reading *r, const char *got)
{
    if (!r->is_open) {
        complain(r, "TypeMismatch", "$",
                 apr_psprintf(r->pool,
                              "Expected an object with owner and position in each line, got %s.",
                              got));
    } else if (r->at != NULL) {
        complain_member(r, "TypeMismatch",
                        apr_psprintf(r->pool, "Expected a string, got %s.", got));
    }
    return 1;
}

/* Returns non-zero if an event belongs to the position. */
static int is_in_position(const reading *r)
{
    return r->is_open && r->at != NULL && r->at->kind == MEMBER_POSITION;
}

/* ---- strings ---- */

static int is_datetime(apr_pool_t *pool, const char **text, apr_size_t length)
{
    char *utc = apr_palloc(pool, GP_DATETIME_SIZE);

    if (!gp_datetime_to_utc(utc, *text, length))
        return 0;
    *text = utc;
    return 1;
}

static int is_uuid(apr_pool_t *pool, const char **text, apr_size_t length)
{
    char *lower = apr_palloc(pool, GP_UUID_SIZE);

    if (!gp_uuid_parse(lower, *text, length))
        return 0;
    *text = lower;
    return 1;
}

/* Checks the text of a member and normalizes it. Returns the description of valid values if it is invalid, or
 * NULL. */
static const char *refuse_text(reading *r, const char **text, apr_size_t length)
{
    switch (r->at->kind) {
    case MEMBER_UUID:
        return is_uuid(r->pool, text, length) ? NULL : "a UUID";
    case MEMBER_DATETIME:
        return is_datetime(r->pool, text, length)
                   ? NULL
                   : "an Edm.DateTimeOffset (such as 2017-01-01T00:00:00Z)";
    default:
        return length >= 1 && length <= r->at->limit && gp_text_is_plain(*text)
                   ? NULL
                   : apr_psprintf(r->pool,
                                  "text of 1 to %" APR_SIZE_T_FMT
                                  " bytes without control characters",
                                  r->at->limit);
    }
}

static void take_text(reading *r, const char *bytes, apr_size_t length)
{
    const char *text = apr_pstrmemdup(r->pool, bytes, length);
    const char *wanted = refuse_text(r, &text, length);

    if (wanted != NULL)
        complain_member(r, "InvalidValue", apr_psprintf(r->pool, "Expected %s.", wanted));
    else
        *(const char **)((char *)r->line + r->at->offset) = text;
}

/* ---- events ---- */

static int on_null(void *baton)
{
    reading *r = baton;

    if (is_in_position(r))
        return gp_reader_events.null(r->reader);
    return r->nested > 0 || refuse_kind(r, "null");
}

static int on_boolean(void *baton, int value)
{
    reading *r = baton;

    if (is_in_position(r))
        return gp_reader_events.boolean(r->reader, value);
    return r->nested > 0 || refuse_kind(r, "a Boolean");
}

static int on_number(void *baton, const char *text, apr_size_t length)
{
    reading *r = baton;

    if (is_in_position(r))
        return gp_reader_events.number(r->reader, text, length);
    return r->nested > 0 || refuse_kind(r, "a number");
}

static int on_string(void *baton, const char *text, apr_size_t length)
{
    reading *r = baton;

    if (is_in_position(r))
        return gp_reader_events.string(r->reader, text, length);
    if (!r->is_open)
        return refuse_kind(r, "a string");
    if (r->nested == 0 && r->at != NULL)
        take_text(r, text, length);
    return 1;
}

/* Handles the beginning of an object or array. */
static int begin(reading *r, int is_array)
{
    const char *got = is_array ? "an array" : "an object";

    if (is_in_position(r)) {
        r->nested++;
        return is_array ? gp_reader_events.begin_array(r->reader)
                        : gp_reader_events.begin_object(r->reader);
    }
    if (!r->is_open && !is_array) {
        r->is_open = 1;
        return 1;
    }
    if (r->nested == 0)
        refuse_kind(r, got);
    r->nested++;
    return r->is_open; /* a line that is not an object is not read further */
}

static int on_begin_object(void *baton)
{
    return begin(baton, 0);
}

static int on_begin_array(void *baton)
{
    return begin(baton, 1);
}

/* Handles the end of an object or array. */
static int end(reading *r, int (*forward)(void *))
{
    if (r->nested == 0)
        return 1; /* the end of the line itself */
    r->nested--;
    return !is_in_position(r) || forward(r->reader);
}

static int on_end_object(void *baton)
{
    return end(baton, gp_reader_events.end_object);
}

static int on_end_array(void *baton)
{
    return end(baton, gp_reader_events.end_array);
}

static const member *find(const char *name, apr_size_t length)
{
    int i;

    for (i = 0; i < MEMBERS; i++) {
        if (strlen(members[i].name) == length && memcmp(members[i].name, name, length) == 0)
            return &members[i];
    }
    return NULL;
}

static void complain_unknown(reading *r, const char *name, apr_size_t length)
{
    gp_buffer names;
    int i;

    gp_buffer_open(&names, r->pool, 128);
    for (i = 0; i < MEMBERS; i++) {
        gp_buffer_puts(&names, i > 0 ? ", " : "");
        gp_buffer_puts(&names, members[i].name);
    }
    complain(r, "UnknownProperty", target_of(r, name, length),
             apr_psprintf(r->pool, "A line cannot have this member. Valid members are %s.",
                          gp_buffer_text(&names)));
}

static void begin_position(reading *r)
{
    r->line->is_stored = r->line->etag != NULL;
    r->reader = gp_reader_open_part(
        r->pool, &gp_work_position, r->line->is_stored ? GP_READING_STORED : GP_READING_NEW,
        r->line->is_stored ? GP_VALIDATION_RELAXED : r->validation, "$.position", r->problem);
}

/* Handles the name of a member of the line. Of several members with one name, only the first counts. */
static void meet(reading *r, const char *name, apr_size_t length)
{
    unsigned bit;

    r->at = find(name, length);
    if (r->at == NULL) {
        complain_unknown(r, name, length);
        return;
    }
    bit = 1u << (r->at - members);
    if (r->seen & bit) {
        complain_member(r, "DuplicateProperty", "The property occurs more than once.");
        r->at = NULL;
        return;
    }
    r->seen |= bit;
    if (r->at->kind == MEMBER_POSITION)
        begin_position(r);
}

static int on_name(void *baton, const char *name, apr_size_t length)
{
    reading *r = baton;

    if (r->nested == 0)
        meet(r, name, length);
    else if (is_in_position(r))
        return gp_reader_events.name(r->reader, name, length);
    return 1;
}

static const gp_json_events events = {
    on_null,         on_boolean,    on_number,      on_string,    on_name,
    on_begin_object, on_end_object, on_begin_array, on_end_array,
};

/* ---- a whole line ---- */

/* Reports missing members. A line of an export has all columns of its row. */
static void check_members(reading *r)
{
    int is_export = (r->seen & (1u << (find("etag", 4) - members))) != 0, i;

    for (i = 0; i < MEMBERS; i++) {
        const member *needed = &members[i];
        int is_needed = needed->kind == MEMBER_POSITION
                        || needed->offset == offsetof(gp_line, owner)
                        || (is_export && needed->is_stored);

        if (is_needed && !(r->seen & 1u << i))
            complain(r, "MissingProperty", target_of(r, needed->name, strlen(needed->name)),
                     apr_psprintf(r->pool, "The line has no %s.", needed->name));
    }
    if (is_export && !r->line->is_stored && r->reader != NULL && r->line->etag != NULL)
        complain(r, "InvalidValue", "$.etag", "The etag must precede the position.");
}

int gp_line_read(apr_pool_t *pool, const char *text, apr_size_t length, apr_int64_t number,
                 gp_validation validation, gp_line *line, gp_problem *problem)
{
    reading r = {pool, validation, line, problem, NULL, 0, 0, NULL, 0};
    gp_json *json = gp_json_open(pool, &events, &r);

    gp_json_number_lines(json, (apr_size_t)number);
    if (gp_json_feed(json, text, length) && gp_json_finish(json)) {
        if (r.is_open)
            check_members(&r);
    } else if (gp_json_error(json) != NULL) {
        gp_problem_open(problem, pool);
        gp_problem_add(problem, "InvalidJson", "$", gp_json_error(json));
    }
    if (problem->error != GP_OK)
        return 0;
    line->position = gp_reader_part(r.reader);
    return 1;
}
