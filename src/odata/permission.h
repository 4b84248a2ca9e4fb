/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PERMISSION_H
#define GP_PERMISSION_H

/** The access to positions. */
typedef enum { GP_ACCESS_READ, GP_ACCESS_WRITE } gp_access;

/** The relation between the caller and the owner. */
typedef enum {
    GP_REACH_OWN,        /* a user to their own positions */
    GP_REACH_OTHER,      /* a user to another user's positions */
    GP_REACH_APPLICATION /* an application that acts for itself, to a user's positions */
} gp_reach;

/**
 * The permissions of Microsoft Graph that allow an access, any one of them (graph.microsoft.com,
 * "Create workPosition" and related pages, section Permissions).
 * @return them, least privileged first, separated by spaces
 */
const char *gp_permission_wanted(gp_access access, gp_reach how_far);

/**
 * Check if a token's permissions are sufficient. The comparison of names is case-sensitive.
 * @param granted  as tokens and the modules that read them spell it: separated by spaces or commas,
 *                 or a JSON array of strings. NULL: the administrator maps no permissions, so they
 *                 are not checked: a user writes their own positions and reads visible ones.
 */
int gp_permission_suffices(const char *granted, gp_access access, gp_reach how_far);

#endif
