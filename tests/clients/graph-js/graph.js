// SPDX-License-Identifier: Apache-2.0
// The client as its users create it, for a server of the tests. The environment names the server and the
// caller; node trusts the server's CA by NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

export const positions = "/me/profile/positions";

export function connect(token) {
    return Client.init({
        baseUrl: process.env.GRAPH_URL,
        defaultVersion: process.env.GRAPH_ROOT,
        customHosts: new Set([new URL(process.env.GRAPH_URL).hostname]),
        authProvider: (done) => done(null, token),
    });
}

export const client = connect(process.env.GRAPH_TOKEN);

// All items of a first page and of the pages after it.
export async function walk(first) {
    const all = [];
    const iterator = new PageIterator(client, first, (entity) => { all.push(entity); return true; });
    await iterator.iterate();
    assert.ok(iterator.isComplete());
    return all;
}
