/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REASON_H
#define GP_REASON_H

/** Register the hook that reads the log lines of mod_dbd. */
void gp_reason_register(void);

/** Clear the reason before an attempt to connect in this thread. */
void gp_reason_clear(void);

/** @return why the last attempt to connect in this thread failed, in libpq's words on one line. They
 *           may name the host, the database and the role, but never a password. Valid until the next
 *           attempt. */
const char *gp_reason_get(void);

#endif
