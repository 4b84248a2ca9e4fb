// SPDX-License-Identifier: Apache-2.0
// PnPjs: requests that are written as if each were sent by itself. Prints how many positions there are.
import assert from "node:assert/strict";
import { BearerToken, BrowserFetchWithRetry, DefaultParse } from "@pnp/queryable";
import { DefaultHeaders, DefaultInit, GraphQueryable, graphDelete, graphGet, graphPatch, graphPost, graphfi } from "@pnp/graph";
import { body } from "@pnp/queryable";
import "@pnp/graph/batching.js";

const root = `${process.env.GRAPH_URL}/${process.env.GRAPH_ROOT}/`;
const graph = graphfi(root).using(DefaultHeaders(), DefaultInit(), BearerToken(process.env.GRAPH_TOKEN), BrowserFetchWithRetry(),
    DefaultParse(), (instance) => {
        instance.on.pre.prepend(async (url, init, result) => [url.startsWith("http") ? url : root + url, init, result]);
        return instance;
    });

async function batched(...calls) {
    const [within, execute] = graph.batched();
    const results = calls.map(([call, path, ...options]) => call(GraphQueryable([within._root, root], path), ...options));
    results.forEach((result) => result.catch(() => undefined));
    await execute();
    return Promise.allSettled(results);
}

const positions = "me/profile/positions";
const [made, other] = await batched(
    [graphPost, positions, body({ detail: { jobTitle: "PnP & Söhne" } })], [graphPost, positions, body({})]);
assert.equal(made.value.detail.jobTitle, "PnP & Söhne");
const [read, changed, gone, missing] = await batched(
    [graphGet, `${positions}/${made.value.id}`], [graphPatch, `${positions}/${made.value.id}`, body({ isCurrent: true })],
    [graphDelete, `${positions}/${other.value.id}`], [graphGet, `${positions}/00000000-0000-0000-0000-000000000000`]);
assert.equal(read.value.id, made.value.id);
assert.equal(changed.value.isCurrent, true);
assert.equal(gone.status, "fulfilled");
assert.equal(missing.status, "rejected");
assert.match(String(missing.reason), /404/);

// The profile, in a batch and by itself.
const [profile] = await batched([graphGet, "me/profile?$expand=positions($select=id)"]);
assert.deepEqual(profile.value.positions.map(({ id }) => id), [made.value.id]);
const alone = await graphGet(GraphQueryable([graph._root, root], "me/profile"));
assert.equal(alone.id, profile.value.id);
assert.equal(alone.positions[0].detail.jobTitle, "PnP & Söhne");
console.log((await batched([graphGet, positions]))[0].value.length);
