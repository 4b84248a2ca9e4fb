/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ANSWER_MEMORY_H
#define GP_ANSWER_MEMORY_H

#include <apr_time.h>

/**
 * Limits the memory of answers that wait for their clients: the bytes of all answers in a child, of one caller, and
 * of one connection. HTTP/2 takes the whole answer of a stream even if the client's window is closed, so nothing
 * else limits this memory. Thread-safe; independent of httpd.
 */
typedef struct gp_answer_memory gp_answer_memory;

/** The limits, in bytes. */
typedef struct {
    apr_size_t of_all, of_caller, of_connection;
} gp_answer_limits;

/**
 * Create one. It lives as long as the process: a connection that ends after the child's pool still frees its
 * blocks.
 * @return NULL if the system has no mutex or memory
 */
gp_answer_memory *gp_answer_memory_create(gp_answer_limits limits);

/**
 * Take a block of memory. The call waits while the block would exceed the limit of the connection, of the caller or
 * of all. A block larger than a limit is granted when no other block counts towards that limit.
 * @param connection  that will send the block
 * @param caller  the user of the request; copied
 * @param size  bytes
 * @param wait  the longest wait, microseconds
 * @return the block; any thread may free it with gp_answer_memory_free. NULL if none became free in time
 */
void *gp_answer_memory_take(gp_answer_memory *supply, const void *connection, const char *caller,
                            apr_size_t size, apr_interval_time_t wait);

/** Free a block. */
void gp_answer_memory_free(void *block);

#endif
