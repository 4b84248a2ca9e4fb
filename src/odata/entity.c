/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes positions as OData JSON: the stored document unchanged, or its part by $select and odata.metadata,
 * preceded by OData's control information.
 */
#include "entity.h"
#include "base/scratch.h"
#include "select.h"
#include "url.h"

#include <string.h>

/* The typical bytes of control information before a document. */
#define CONTROL_INFORMATION 384

void gp_entity_add_context(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                           const char *property, const char *suffix)
{
    gp_buffer context;

    if (form->shape->level == GP_METADATA_NONE)
        return;
    gp_buffer_open(&context, pool, 256);
    gp_buffer_puts(&context, form->base_url);
    gp_buffer_puts(&context, "/$metadata#");
    gp_url_add_collection(&context, form->owner);
    if (form->shape->selection != NULL) {
        gp_buffer_puts(&context, "(");
        gp_buffer_puts(&context, form->shape->selection->text);
        gp_buffer_puts(&context, ")");
    }
    gp_buffer_puts(&context, suffix);
    gp_buffer_puts(body, "\"");
    gp_buffer_puts(body, property);
    gp_buffer_puts(body, "@odata.context\":");
    gp_buffer_puts_json(body, gp_buffer_text(&context));
    gp_buffer_puts(body, ",");
}

void gp_entity_open(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                    const char *suffix)
{
    gp_buffer_puts(body, "{");
    gp_entity_add_context(pool, body, form, "", suffix);
}

/* Returns the bytes of the document's own @odata.type after the brace, with its comma; 0: none. */
static apr_size_t type_length(const char *document)
{
    static const char typed[] = "{\"@odata.type\":\"";
    const char *end;

    if (strncmp(document, typed, strlen(typed)) != 0
        || (end = strstr(document + strlen(typed), "\",")) == NULL)
        return 0;
    return (apr_size_t)(end + 2 - document - 1);
}

/* Writes the control information of full metadata. @param typed  the document has an @odata.type */
static void add_urls(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                     const gp_position *position, int typed)
{
    gp_buffer path;

    if (!typed)
        gp_buffer_puts(body, "\"@odata.type\":\"#" GP_NAMESPACE ".workPosition\",");
    gp_buffer_puts(body, "\"@odata.id\":");
    gp_buffer_puts_json(body, gp_url_position(pool, form->base_url, form->owner, position->id));
    gp_buffer_open(&path, pool, 128);
    gp_url_add_position(&path, form->owner, position->id);
    gp_buffer_puts(body, ",\"@odata.editLink\":");
    gp_buffer_puts_json(body, gp_buffer_text(&path));
    gp_buffer_puts(body, ",");
}

/*
 * Writes a document that already has its shape: its type, which must come first (OData JSON 4.0 section 4.4,
 * for odata.streaming), the generated control information, and the rest of the document.
 */
static void add_shaped(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                       const gp_position *position, const char *document, apr_size_t length)
{
    apr_size_t typed;

    if (form->shape->level == GP_METADATA_NONE) {
        gp_buffer_add(body, document + 1, length - 1);
        return;
    }
    typed = type_length(document);
    gp_buffer_add(body, document + 1, typed);
    if (form->shape->level == GP_METADATA_FULL)
        add_urls(pool, body, form, position, typed > 0);
    gp_buffer_puts(body, "\"@odata.etag\":\"\\\"");
    gp_buffer_puts(body, position->etag);
    gp_buffer_puts(body, "\\\"\",");
    gp_buffer_add(body, document + 1 + typed, length - 1 - typed);
}

void gp_entity_write(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                     const gp_position *position)
{
    const char *shaped;
    apr_pool_t *scratch;

    if (form->shape->level != GP_METADATA_NONE && form->shape->selection == NULL) {
        add_shaped(pool, body, form, position, position->document, position->length);
        return;
    }
    scratch = gp_scratch_open(pool, position->length);
    shaped = gp_position_reshape(scratch, position->document, form->shape);
    add_shaped(scratch, body, form, position, shaped, strlen(shaped));
    gp_scratch_close(scratch);
}

apr_size_t gp_entity_size(const gp_position *position)
{
    return CONTROL_INFORMATION + position->length;
}

apr_size_t gp_entity_urls_size(apr_pool_t *pool, const gp_entity_form *form,
                               const gp_position *position)
{
    if (form->shape->level != GP_METADATA_FULL)
        return 0;
    return 2 * strlen(gp_url_position(pool, form->base_url, form->owner, position->id));
}
