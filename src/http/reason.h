/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REASON_H
#define GP_REASON_H

/** Register the hook that reads what mod_dbd logs. */
void gp_reason_register(void);

/** Forget the reason of an earlier attempt, before one to connect in this thread. */
void gp_reason_clear(void);

/** @return why the last attempt to connect in this thread failed, in libpq's words on one line; they name
 *          the host, the database and the role, never a password. Valid until the next attempt. */
const char *gp_reason_get(void);

#endif
