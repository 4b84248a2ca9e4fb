/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefer (RFC 7240): the preferences that this service supports.
 */
#include "header_prefer.h"
#include "header_field.h"

#include <string.h>

/* Moves past the preference's parameters to the next preference. */
static const char *skip_parameters(const char *at)
{
    for (at = gp_field_skip(at); *at == ';'; at = gp_field_skip(at)) {
        at = gp_field_skip(at + 1);
        gp_field_token(&at);
        gp_field_value(&at);
    }
    return at;
}

/* The supported preferences; maxpagesize takes precedence over its name in OData 4.0. */
enum { RETURN, MAXPAGESIZE, ODATA_MAXPAGESIZE, CONTINUE, ODATA_CONTINUE, PREFERENCES };

static const char *const preferences[PREFERENCES] = {
    [RETURN] = "return",
    [MAXPAGESIZE] = "maxpagesize",
    [ODATA_MAXPAGESIZE] = "odata.maxpagesize",
    [CONTINUE] = "continue-on-error",
    [ODATA_CONTINUE] = "odata.continue-on-error",
};

/* Collects the first value of each preference; start is NULL if the preference is missing. */
static void collect_preferences(const char *at, gp_piece values[PREFERENCES])
{
    while (*(at += strspn(at, " \t,")) != '\0') {
        gp_piece name = gp_field_token(&at), value = gp_field_value(&at);
        int i;

        for (i = 0; i < PREFERENCES; i++) {
            if (gp_field_is(name, preferences[i]) && values[i].start == NULL)
                values[i] = value;
        }
        if (name.length > 0)
            at = skip_parameters(at);
        at += strcspn(at, ",");
    }
}

/* Without a value, the preference is true. */
static gp_on_error on_error(gp_piece value)
{
    if (gp_field_is(value, "false"))
        return GP_ON_ERROR_STOP;
    if (value.start != NULL && (value.length == 0 || gp_field_is(value, "true")))
        return GP_ON_ERROR_CONTINUE;
    return GP_ON_ERROR_UNSAID;
}

gp_prefer gp_header_prefer(const char *value)
{
    gp_piece values[PREFERENCES] = {{NULL, 0}};
    gp_prefer prefer = {.returns = GP_RETURN_UNSAID};
    int i;

    collect_preferences(value ? value : "", values);
    if (gp_field_is(values[RETURN], "minimal"))
        prefer.returns = GP_RETURN_MINIMAL;
    else if (gp_field_is(values[RETURN], "representation"))
        prefer.returns = GP_RETURN_REPRESENTATION;
    for (i = MAXPAGESIZE; i <= ODATA_MAXPAGESIZE && prefer.page_size == 0; i++) {
        prefer.page_size = gp_field_count(values[i]);
        prefer.page_preference = prefer.page_size > 0 ? preferences[i] : NULL;
    }
    i = values[CONTINUE].start != NULL ? CONTINUE : ODATA_CONTINUE;
    prefer.on_error = on_error(values[i]);
    prefer.error_preference = prefer.on_error != GP_ON_ERROR_UNSAID ? preferences[i] : NULL;
    return prefer;
}
