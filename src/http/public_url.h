/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PUBLIC_URL_H
#define GP_PUBLIC_URL_H

#include "graphprofile.h"

/**
 * The public URL of the service root, without a trailing slash: GraphProfileBaseURL, or else the headers of
 * GraphProfileForwarded if mod_remoteip trusts the proxy. Missing parts come from the host's ServerName, and a
 * missing port from the connection. It never comes from the Host header.
 */
const char *gp_public_url(request_rec *r);

#endif
