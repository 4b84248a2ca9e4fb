/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENGINE_H
#define GP_ENGINE_H

#include "gate.h"
#include "link.h"

/**
 * The one thread of a process and database that speaks with PostgreSQL for the threads of requests. What they submit
 * while it is at work goes out together, on few connections.
 *
 * It never blocks, so it does not connect: it asks a thread that waits to open a connection, and keeps it as long as
 * there is work. A thread of its own gives connections back (orphan.h).
 */
typedef struct gp_engine gp_engine;

/**
 * child_init.
 * @param child  its lifetime
 * @param gate   of the pool; each connection of the engine holds a place
 * @param size   how many connections the pool can hold
 * @return NULL: the system has no thread, descriptor or memory left for it
 */
gp_engine *gp_engine_create(apr_pool_t *child, gp_gate *gate, int size);

/**
 * Open a connection for an engine, by a thread that waits for a work.
 * @param until       on gp_clock: others wait in the gate, and the engine has no connection, so wait in turn for a place;
 *                    0: do not wait
 * @param connection  receives it, with a place in the gate; NULL unless GP_OUTCOME_DONE
 * @return GP_OUTCOME_FULL: there is no place now. GP_OUTCOME_UNREACHABLE: nobody else needs to try. Anything else is
 *         the outcome of the work.
 */
typedef gp_outcome gp_engine_opener(void *context, apr_time_t until, gp_connection **connection);

/**
 * Hand over works, all at once. Each must be awaited.
 * @param works       linked by `next`, the last one first. The first group of members of each is set; its share is
 *                    counted by the engine
 * @param is_awaited  gp_engine_await of the only one follows at once
 */
void gp_engine_submit(gp_engine *engine, gp_work *works, bool is_awaited);

/** Wait until the work has ended. @param opener, context  to open connections with, if the engine asks for it */
void gp_engine_await(gp_engine *engine, gp_work *work, gp_engine_opener *opener, void *context);

/** A place in the gate has come free: the engine may have waited for one. */
void gp_engine_freed(gp_engine *engine);

/** Somebody waits in the gate: give a connection back as soon as possible. gp_engine_yield_end must follow. */
void gp_engine_yield(gp_engine *engine);

/** That one has left the gate, with a place or without. */
void gp_engine_yield_end(gp_engine *engine);

#endif
