/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphprofile export: prints positions as lines, ordered by owner and id, from one snapshot. The order is that
 * of the primary key, so nothing is sorted, and neither this program nor PostgreSQL holds more than one row in
 * memory.
 */
#include "commands.h"
#include "connector.h"
#include "report.h"
#include "rows.h"

#include "document/position.h"

#include <apr_strings.h>

#include <stdio.h>
#include <string.h>

/* The columns of both statements. */
enum {
    OWNER,
    ID,
    AUDIENCES,
    DOCUMENT,
    SOURCE,
    EXTERNAL_ID,
    ETAG,
    CREATED,
    MODIFIED,
    MODIFIED_BY,
    LINE_FIELDS
};
enum { NAME = SOURCE, ITEM_FIELDS };

#define LINE_COLUMNS                                                                               \
    "p.owner_id, p.id::text, p.audiences, p.document, p.source, p.external_id, p.etag, p.created," \
    " p.modified, p.modified_by"
#define ITEM_COLUMNS                                                                               \
    "p.owner_id, p.id::text, p.audiences, p.document, (SELECT n.user_principal_name"               \
    " FROM graphprofile.person AS n WHERE n.id = p.owner_id)"

typedef struct {
    gp_postgres session;
    gp_report report;
    gp_rows rows;
    apr_pool_t *pool; /* of a line */
    apr_pool_t *item; /* connector: of the current owner */
    gp_person_item person;
} export;

static int fail(export *e)
{
    gp_report_error(&e->report, "the database: %s", e->session.message);
    return GP_EXIT_FAILED;
}

/* ---- the selection ---- */

/* Appends a condition with a literal, because COPY takes no parameters. */
static const char *condition(export *e, apr_pool_t *pool, const char *start, const char *value)
{
    char *literal = value != NULL ? PQescapeLiteral(e->session.pg, value, strlen(value)) : NULL;
    const char *text = literal != NULL ? apr_pstrcat(pool, start, literal, NULL) : "";

    PQfreemem(literal);
    return text;
}

static const char *statement(export *e, apr_pool_t *pool, const gp_options *options,
                             const char *owner)
{
    return apr_pstrcat(pool, "COPY (SELECT ", options->is_connector ? ITEM_COLUMNS : LINE_COLUMNS,
                       " FROM graphprofile.position AS p WHERE true",
                       condition(e, pool, " AND p.owner_id = ", owner),
                       condition(e, pool, " AND p.modified >= ", options->changed_since),
                       " ORDER BY p.owner_id, p.id) TO STDOUT (FORMAT binary)", NULL);
}

/* Finds the id of --owner. Returns zero on failure. */
static int find_owner(export *e, apr_pool_t *pool, const gp_options *options, const char **owner)
{
    *owner = options->owner;
    if (options->owner != NULL && options->is_owner_name)
        *owner = gp_postgres_owner(&e->session, pool, options->owner);
    return *owner != NULL || options->owner == NULL;
}

/* ---- lines ---- */

static void put_member(gp_buffer *line, const char *name, const gp_field *value)
{
    if (value->bytes == NULL)
        return;
    gp_buffer_puts(line, line->length > 1 ? ",\"" : "\"");
    gp_buffer_puts(line, name);
    gp_buffer_puts(line, "\":");
    gp_buffer_add_json(line, value->bytes, value->length);
}

static void put_time(gp_buffer *line, const char *name, const gp_field *value)
{
    char text[GP_DATETIME_SIZE];
    gp_field as_text = {text, sizeof text - 1};

    gp_datetime_format(text, gp_field_time(value));
    put_member(line, name, &as_text);
}

/* Writes a document unchanged, except that line feeds become spaces: documents from other programs may have line
 * feeds between tokens. */
static void put_document(gp_buffer *line, const gp_field *document)
{
    char *at;

    gp_buffer_puts(line, ",\"position\":");
    gp_buffer_add(line, document->bytes, document->length);
    at = line->data + line->length - document->length;
    while ((at = memchr(at, '\n', (apr_size_t)(line->data + line->length - at))) != NULL)
        *at++ = ' ';
    gp_buffer_puts(line, "}\n");
}

static int write_out(const gp_buffer *text)
{
    return fwrite(text->data, 1, text->length, stdout) == text->length;
}

static int write_line(export *e, const gp_field fields[LINE_FIELDS])
{
    gp_buffer line;

    gp_buffer_open(&line, e->pool, fields[DOCUMENT].length + 1024);
    gp_buffer_puts(&line, "{");
    put_member(&line, "owner", &fields[OWNER]);
    put_member(&line, "source", &fields[SOURCE]);
    put_member(&line, "externalId", &fields[EXTERNAL_ID]);
    put_member(&line, "id", &fields[ID]);
    put_member(&line, "etag", &fields[ETAG]);
    put_time(&line, "created", &fields[CREATED]);
    put_time(&line, "modified", &fields[MODIFIED]);
    put_member(&line, "modifiedBy", &fields[MODIFIED_BY]);
    put_document(&line, &fields[DOCUMENT]);
    return write_out(&line);
}

static int export_lines(export *e)
{
    gp_field fields[LINE_FIELDS];
    int found;

    while ((found = gp_rows_next(&e->rows, fields, LINE_FIELDS)) > 0) {
        if (!write_line(e, fields))
            return 1; /* main reports the error */
        apr_pool_clear(e->pool);
    }
    return found == 0;
}

/* ---- items of a connector ---- */

static int write_item(export *e)
{
    gp_buffer item;

    if (e->person.position == NULL)
        return 1;
    gp_buffer_open(&item, e->pool, 4096);
    gp_connector_write(&item, &e->person);
    return write_out(&item);
}

static const char *copy_field(apr_pool_t *pool, const gp_field *field)
{
    return field->bytes != NULL ? apr_pstrmemdup(pool, field->bytes, field->length) : NULL;
}

static int is_owner(const export *e, const gp_field *owner)
{
    return e->person.owner != NULL && strlen(e->person.owner) == owner->length
           && memcmp(e->person.owner, owner->bytes, owner->length) == 0;
}

/* Considers a row of an owner: it replaces the preceding one if it is the better choice for the item. */
static void consider(export *e, const gp_field fields[ITEM_FIELDS])
{
    gp_value *position = gp_position_read(e->item, copy_field(e->item, &fields[DOCUMENT]));
    unsigned audiences = (unsigned char)fields[AUDIENCES].bytes[1]; /* a smallint up to 63 */

    if (position != NULL && gp_connector_admits(position, audiences)
        && (e->person.position == NULL || gp_connector_is_later(position, e->person.position)))
        e->person.position = position;
}

static int export_items(export *e)
{
    gp_field fields[ITEM_FIELDS];
    int found;

    apr_pool_create(&e->item, e->pool);
    while ((found = gp_rows_next(&e->rows, fields, ITEM_FIELDS)) > 0) {
        if (!is_owner(e, &fields[OWNER])) {
            if (!write_item(e))
                return 1;
            apr_pool_clear(e->pool);
            apr_pool_create(&e->item, e->pool);
            e->person.owner = copy_field(e->item, &fields[OWNER]);
            e->person.name = copy_field(e->item, &fields[NAME]);
            e->person.position = NULL;
        }
        consider(e, fields);
    }
    return found == 0 && write_item(e);
}

/* ---- the command ---- */

/* Starts the query in the order of the primary key, so that the first row arrives at once and nothing is sorted
 * on disk. */
static int prepare(export *e, const gp_options *options)
{
    return gp_postgres_open(&e->session, options->dsn)
           && gp_postgres_run(&e->session, "BEGIN READ ONLY")
           && gp_postgres_run(&e->session, "SET LOCAL enable_seqscan = off")
           && gp_postgres_run(&e->session, "SET LOCAL enable_bitmapscan = off")
           && gp_postgres_run(&e->session, "SET LOCAL enable_sort = off");
}

static int run(export *e, apr_pool_t *pool, const gp_options *options)
{
    const char *owner;

    if (!prepare(e, options) || !find_owner(e, pool, options, &owner)
        || !gp_rows_open(&e->rows, &e->session, statement(e, pool, options, owner))
        || !(options->is_connector ? export_items(e) : export_lines(e)))
        return fail(e);
    return GP_EXIT_DONE;
}

int gp_export(apr_pool_t *pool, const gp_options *options)
{
    export *e = apr_pcalloc(pool, sizeof *e);
    int status;

    gp_report_open(&e->report, 0, 0);
    apr_pool_create(&e->pool, pool);
    setvbuf(stdout, NULL, _IOFBF, 262144);
    status = run(e, pool, options);
    gp_postgres_close(&e->session);
    return status;
}
