/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OUTGOING_H
#define GP_OUTGOING_H

#include <apr_time.h>

/**
 * The memory of answers that wait for their clients: how many bytes all of a child hold, how many those of
 * one caller, and how many those of one connection. HTTP/2 takes the whole answer of a stream whose window is closed, so nothing else
 * bounds them. Thread-safe; knows nothing of httpd.
 */
typedef struct gp_outgoing gp_outgoing;

/** Bounds, in bytes. */
typedef struct {
    apr_size_t of_all, of_caller, of_connection;
} gp_outgoing_bounds;

/**
 * Make one. It lives as long as the process: connections that end after the child's pool give blocks back.
 * @return NULL where the system has no mutex or memory left
 */
gp_outgoing *gp_outgoing_create(gp_outgoing_bounds bounds);

/**
 * Take a block of memory. It waits while the bound of the connection, of the caller or of all is exceeded; a
 * block larger than a bound is given when no other one counts against that.
 * @param connection  it is to be sent on
 * @param caller      who asked for it; copied
 * @param size        bytes
 * @param wait        how long at the most, microseconds
 * @return to be given back by gp_outgoing_free, by any thread; NULL where none came free in time
 */
void *gp_outgoing_take(gp_outgoing *outgoing, const void *connection, const char *caller,
                       apr_size_t size, apr_interval_time_t wait);

/** Give a block back. */
void gp_outgoing_free(void *block);

#endif
