/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accept (RFC 9110 section 12.5.1): which of the offered media types the client accepts.
 */
#include "header_accept.h"
#include "header_field.h"

#include <stdlib.h>
#include <string.h>

/* A media range: the offers that it matches, and its weight. */
typedef struct {
    unsigned media; /* the set of offers that it matches */
    gp_metadata_level level;
    bool ieee754;
    int weight;    /* 0 to 1000; 0: it refuses the offers that it matches */
    int precision; /* 2: a type, 1: type and wildcard, 0: all, -1: no range */
    int index;     /* its index in the header */
} range;

/* Reads a weight (RFC 9110 section 12.4.2) in thousandths; an invalid one counts as 1. */
static int read_weight(gp_piece text)
{
    char digits[6] = "";
    double weight;

    if (text.length == 0 || text.length >= sizeof digits)
        return 1000;
    memcpy(digits, text.start, text.length);
    if (digits[strspn(digits, "0123456789.")] != '\0')
        return 1000;
    weight = strtod(digits, NULL);
    return weight >= 1 ? 1000 : weight <= 0 ? 0 : (int)(weight * 1000 + 0.5);
}

static bool read_level(gp_piece text, gp_metadata_level *level)
{
    if (gp_field_is(text, "minimal"))
        *level = GP_METADATA_MINIMAL;
    else if (gp_field_is(text, "none"))
        *level = GP_METADATA_NONE;
    else if (gp_field_is(text, "full"))
        *level = GP_METADATA_FULL;
    else
        return false;
    return true;
}

static bool read_boolean(gp_piece text, bool *value)
{
    *value = gp_field_is(text, "true");
    return *value || gp_field_is(text, "false");
}

/*
 * Reads one parameter of a range. Returns false if it asks for a format that this service does not
 * have; an unknown parameter does, too (OData protocol 4.01 section 8.2.1). ExponentialDecimals and
 * streaming permit formats that this service need not use.
 */
static bool read_parameter(gp_piece name, gp_piece value, range *found)
{
    bool unused;

    if (gp_field_is(name, "q"))
        found->weight = read_weight(value);
    else if (gp_field_is(name, "odata.metadata") || gp_field_is(name, "metadata"))
        return read_level(value, &found->level);
    else if (gp_field_is(name, "IEEE754Compatible"))
        return read_boolean(value, &found->ieee754);
    else if (gp_field_is(name, "odata.streaming") || gp_field_is(name, "streaming")
             || gp_field_is(name, "ExponentialDecimals"))
        return read_boolean(value, &unused);
    else if (gp_field_is(name, "charset"))
        return gp_field_is(value, "utf-8") || gp_field_is(value, "utf8");
    else
        return name.length == 0; /* a semicolon without a parameter */
    return true;
}

/* Reads the parameters of a range. Returns false if one of them asks for a format that does not
 * exist. */
static bool read_parameters(const char **at, range *found)
{
    bool known = true;

    for (*at = gp_field_skip(*at); **at == ';'; *at = gp_field_skip(*at)) {
        gp_piece name, value;

        *at = gp_field_skip(*at + 1);
        name = gp_field_token(at);
        value = gp_field_value(at);
        known = read_parameter(name, value, found) && known;
    }
    return known;
}

static unsigned media_of(gp_piece type, gp_piece subtype)
{
    if (gp_field_is(type, "*") && gp_field_is(subtype, "*"))
        return GP_OFFER_JSON | GP_OFFER_XML | GP_OFFER_TEXT | GP_OFFER_MULTIPART;
    if (gp_field_is(type, "application") && gp_field_is(subtype, "*"))
        return GP_OFFER_JSON | GP_OFFER_XML;
    if (gp_field_is(type, "text") && gp_field_is(subtype, "*"))
        return GP_OFFER_TEXT;
    if (gp_field_is(type, "application") && gp_field_is(subtype, "json"))
        return GP_OFFER_JSON;
    if (gp_field_is(type, "application") && gp_field_is(subtype, "xml"))
        return GP_OFFER_XML;
    if (gp_field_is(type, "text") && gp_field_is(subtype, "plain"))
        return GP_OFFER_TEXT;
    if (gp_field_is(type, "multipart")
        && (gp_field_is(subtype, "mixed") || gp_field_is(subtype, "*")))
        return GP_OFFER_MULTIPART;
    return 0;
}

/* Reads the next media range and moves past its comma. */
static range read_range(const char **at)
{
    range found = {0, GP_METADATA_MINIMAL, false, 1000, 2, 0};
    gp_piece type = gp_field_token(at), subtype = {"", 0};

    if (**at == '/') {
        ++*at;
        subtype = gp_field_token(at);
    }
    found.media = media_of(type, subtype);
    if (gp_field_is(subtype, "*"))
        found.precision = gp_field_is(type, "*") ? 0 : 1;
    if (!read_parameters(at, &found))
        found.media = 0;
    /* A refusal of one level, or of numbers in quotes, does not affect JSON with another. */
    if (found.weight == 0 && (found.level != GP_METADATA_MINIMAL || found.ieee754))
        found.media = 0;
    *at += strcspn(*at, ",");
    return found;
}

/* Returns true if a range takes precedence for an offer: the most specific range that matches (RFC
 * 9110 section 12.5.1); of several for the same type with different levels, the one with the highest
 * weight. */
static bool overrules(const range *found, const range *before)
{
    if (found->precision != before->precision)
        return found->precision > before->precision;
    return found->weight > before->weight;
}

/* Returns true if the offer of one range is preferred to that of another. */
static bool outweighs(const range *one, const range *other)
{
    if (one->weight != other->weight)
        return one->weight > other->weight;
    if (one->precision != other->precision)
        return one->precision > other->precision;
    return one->index < other->index;
}

#define OFFERS 4 /* the values of gp_offer, one bit each */

/* Finds the range that decides each offer. */
static void match_offers(const char *value, range matches[OFFERS])
{
    const range none = {0, GP_METADATA_MINIMAL, false, 0, -1, 0};
    const char *at = value;
    int i, index;

    for (i = 0; i < OFFERS; i++)
        matches[i] = none;
    for (index = 0; *(at += strspn(at, " \t,")) != '\0'; index++) {
        range found = read_range(&at);

        found.index = index;
        for (i = 0; i < OFFERS; i++) {
            if (found.media & (1u << i) && overrules(&found, &matches[i]))
                matches[i] = found;
        }
    }
}

bool gp_header_accept(const char *value, unsigned offered, gp_accepted *accepted)
{
    range matches[OFFERS];
    int i, best = -1;

    if (value == NULL || value[strspn(value, " \t,")] == '\0')
        value = "*/*";
    match_offers(value, matches);
    for (i = 0; i < OFFERS; i++) {
        if (offered & (1u << i) && matches[i].weight > 0
            && (best < 0 || outweighs(&matches[i], &matches[best])))
            best = i;
    }
    if (best < 0)
        return false;
    accepted->media = (gp_offer)(1u << best);
    accepted->level = matches[best].level;
    accepted->ieee754 = matches[best].ieee754;
    return true;
}
