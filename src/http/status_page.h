/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STATUS_PAGE_H
#define GP_STATUS_PAGE_H

/** register_hooks: add the section to mod_status's page. */
void gp_status_page_register(void);

#endif
