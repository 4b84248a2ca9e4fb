/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": finds the known name that is nearest to an unknown word.
 */
#include "nearest.h"

#include <apr_lib.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int min(int a, int b)
{
    return a < b ? a : b;
}

/* A row of the distance table: entry n is for the first n bytes of a name. */
typedef int distances[GP_NEAREST_LENGTH + 1];

/*
 * Fills the row for the first i + 1 bytes of the word from the two rows above it. Returns the least
 * distance in the row. Later rows hold no smaller one.
 */
static int fill_row(distances row, const distances above, const distances two_above,
                    const char *word, int i, const char *name, int length)
{
    int least = row[0] = i + 1, n;

    for (n = 1; n <= length; n++) {
        row[n] = min(min(above[n], row[n - 1]) + 1, above[n - 1] + (word[i] != name[n - 1]));
        if (i > 0 && n > 1 && word[i] == name[n - 2] && word[i - 1] == name[n - 1])
            row[n] = min(row[n], two_above[n - 2] + 1);
        least = min(least, row[n]);
    }
    return least;
}

/* Returns the distance between the word and a name in lower case, or more than the limit if the name is
 * not near. */
static int distance(const gp_nearest *nearest, const char *name, int length)
{
    distances rows[3];
    int i;

    /* The row above the first one is the third. */
    for (i = 0; i <= length; i++)
        rows[2][i] = i;
    for (i = 0; i < nearest->length; i++) {
        if (fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], nearest->word, i, name,
                     length)
            > nearest->limit)
            return nearest->limit + 1;
    }
    return rows[(nearest->length + 2) % 3][length];
}

static void lower(char *out, const char *text, int length)
{
    int i;

    for (i = 0; i < length; i++)
        out[i] = (char)apr_tolower(text[i]);
}

/* Returns one bit for each letter, in either case. Characters that share a bit count as equal. */
static unsigned letters_of(const char *text, int length)
{
    unsigned letters = 0;
    int i;

    for (i = 0; i < length; i++)
        letters |= 1u << (text[i] & 31);
    return letters;
}

/* Returns true if one text lacks more letters of the other than the limit allows: each costs an edit. It
 * rejects most names before their distance is computed. */
static bool lacks_more(unsigned letters, unsigned others, int limit)
{
    unsigned missing = letters & ~others;

    for (; missing != 0 && limit >= 0; limit--)
        missing &= missing - 1;
    return limit < 0;
}

void gp_nearest_open(gp_nearest *nearest, const char *word, apr_size_t length)
{
    nearest->name = NULL;
    nearest->limit = -1;
    if (length == 0 || length > GP_NEAREST_LENGTH)
        return;
    nearest->length = (int)length;
    nearest->limit = nearest->length / 3;
    nearest->letters = letters_of(word, nearest->length);
    lower(nearest->word, word, nearest->length);
}

void gp_nearest_offer(gp_nearest *nearest, const char *name)
{
    char lowered[GP_NEAREST_LENGTH];
    apr_size_t size = strlen(name);
    int length = (int)size, found;
    unsigned letters;

    if (nearest->limit < 0 || size > sizeof lowered
        || abs(length - nearest->length) > nearest->limit)
        return;
    letters = letters_of(name, length);
    if (lacks_more(letters, nearest->letters, nearest->limit)
        || lacks_more(nearest->letters, letters, nearest->limit))
        return;
    lower(lowered, name, length);
    found = distance(nearest, lowered, length);
    if (found > nearest->limit)
        return;
    nearest->name = name;
    nearest->limit = found - 1; /* only a nearer name replaces it */
}
