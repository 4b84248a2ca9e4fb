/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of names as an AA tree (Andersson 1993), a balanced binary tree. It needs no secret and no seed:
 * its depth is bounded by construction, so its cost does not vary between runs.
 */
#include "names.h"

#include <string.h>

typedef struct node node;
struct node {
    const char *name;
    apr_size_t length;
    void *value;
    node *left, *right;
    int level; /* 1 at the leaves. A right child may have the level of its parent; a grandchild may not. */
};

struct gp_names {
    apr_pool_t *pool;
    node *root;
};

/* A name to add, and the value that the tree already had for it. */
typedef struct {
    apr_pool_t *pool;
    const char *name;
    apr_size_t length;
    void *value, *found;
} addition;

/* The order of names: by length first, so that most comparisons read no byte. */
static int compare(const char *name, apr_size_t length, const node *other)
{
    if (length != other->length)
        return length < other->length ? -1 : 1;
    return memcmp(name, other->name, length);
}

static node *make_leaf(const addition *added)
{
    node *made = apr_pcalloc(added->pool, sizeof *made);

    made->name = added->name;
    made->length = added->length;
    made->value = added->value;
    made->level = 1;
    return made;
}

/* If the left child has its parent's level, it becomes the parent. */
static node *skew(node *at)
{
    node *left = at->left;

    if (left == NULL || left->level != at->level)
        return at;
    at->left = left->right;
    left->right = at;
    return left;
}

/* If two right children in a row have one level, the first becomes the parent, one level up. */
static node *split(node *at)
{
    node *right = at->right;

    if (right == NULL || right->right == NULL || right->right->level != at->level)
        return at;
    at->right = right->left;
    right->left = at;
    right->level++;
    return right;
}

/* Adds a name to a tree. The recursion is as deep as the tree: at most twice the logarithm of its size. */
static node *add(node *at, addition *added)
{
    int order;

    if (at == NULL)
        return make_leaf(added);
    order = compare(added->name, added->length, at);
    if (order == 0) {
        added->found = at->value;
        return at;
    }
    if (order < 0)
        at->left = add(at->left, added);
    else
        at->right = add(at->right, added);
    return split(skew(at));
}

gp_names *gp_names_make(apr_pool_t *pool)
{
    gp_names *names = apr_pcalloc(pool, sizeof *names);

    names->pool = pool;
    return names;
}

void *gp_names_add(gp_names *names, const char *name, apr_size_t length, void *value)
{
    addition added = {names->pool, name, length, value, NULL};

    names->root = add(names->root, &added);
    return added.found;
}

void *gp_names_get(const gp_names *names, const char *name, apr_size_t length)
{
    const node *at = names->root;
    int order;

    while (at != NULL && (order = compare(name, length, at)) != 0)
        at = order < 0 ? at->left : at->right;
    return at != NULL ? at->value : NULL;
}
