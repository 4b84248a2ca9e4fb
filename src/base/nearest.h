/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NEAREST_H
#define GP_NEAREST_H

#include <apr.h>

/** bytes: longer words and names match nothing. This bounds the cost of a comparison. */
#define GP_NEAREST_LENGTH 48

/** The search for the known name that a word was probably meant to be. */
typedef struct {
    char word[GP_NEAREST_LENGTH]; /* in lower case */
    int length;
    unsigned letters; /* one bit for each letter of the word */
    int limit;        /* the most differences that a better name may have; -1: no better name can
                       * exist */
    const char *name; /* the nearest name so far; NULL if none is near */
} gp_nearest;

/**
 * Start a search.
 *
 * The distance is the number of characters to insert, delete, replace or swap with their neighbour
 * (Damerau-Levenshtein, no part edited twice). It ignores the case of ASCII letters. A name is near if
 * at most a third of the word's length differs, so a word of one or two letters is near only to names
 * that differ in case.
 * @param word  not NUL-terminated; copied
 */
void gp_nearest_open(gp_nearest *nearest, const char *word, apr_size_t length);

/**
 * Compare the word with a known name. Of names at the same distance, the first one offered wins.
 * @param name  NUL-terminated; not copied
 */
void gp_nearest_offer(gp_nearest *nearest, const char *name);

#endif
