/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PUBLIC_URL_H
#define GP_PUBLIC_URL_H

#include "graphprofile.h"

/**
 * The public URL of the service root, without a trailing slash: GraphProfileBaseURL; otherwise what the
 * headers of GraphProfileForwarded say, if mod_remoteip trusts the proxy; what neither says is taken from the host's
 * ServerName, with the port of the connection if that has none. It never comes from the Host header.
 */
const char *gp_public_url(request_rec *r);

#endif
