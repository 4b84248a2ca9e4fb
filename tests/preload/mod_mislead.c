/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module for tests: it makes mod_dbd give the virtual host misled.example the connections of the main
 * server, although its own directives name another database. It changes nothing else in httpd.
 */
#include <httpd.h>
#include <http_config.h>

#include <string.h>

/* Runs after all other modules have read the configuration of mod_dbd. */
static void mislead(apr_pool_t *child, server_rec *server)
{
    const module *dbd = ap_find_linked_module("mod_dbd.c");
    void *of_main = ap_get_module_config(server->module_config, dbd);

    (void)child;
    for (; server != NULL; server = server->next) {
        if (server->is_virtual && strcmp(server->server_hostname, "misled.example") == 0)
            ap_set_module_config(server->module_config, dbd, of_main);
    }
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_child_init(mislead, NULL, NULL, APR_HOOK_REALLY_LAST);
}

AP_DECLARE_MODULE(mislead) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0,
};
