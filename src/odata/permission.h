/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PERMISSION_H
#define GP_PERMISSION_H

/** What is done to positions. */
typedef enum { GP_ACCESS_READ, GP_ACCESS_WRITE } gp_access;

/** Who does it, and to whose. */
typedef enum {
    GP_REACH_OWN,        /* a user, to their own */
    GP_REACH_OTHER,      /* a user, to somebody else's */
    GP_REACH_APPLICATION /* an application on its own behalf, to a user's */
} gp_reach;

/**
 * The permissions of Microsoft Graph that will do, any one of them
 * (graph.microsoft.com, "Create workPosition" and its kin, section Permissions).
 * @return them, least privileged first, separated by spaces
 */
const char *gp_permission_wanted(gp_access access, gp_reach how_far);

/**
 * Whether a token's permissions suffice. Names are compared case and all.
 * @param granted  as tokens and the modules that read them spell it: separated by spaces or commas,
 *                 or a JSON array of strings. NULL: the token is not asked, since the administrator
 *                 maps no permissions; then a user writes their own and reads what they are shown.
 */
int gp_permission_suffices(const char *granted, gp_access access, gp_reach how_far);

#endif
