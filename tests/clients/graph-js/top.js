// SPDX-License-Identifier: Apache-2.0
// $top as the page size, as at the root "top-page": the iterator continues to the end of the list. At other roots it
// ends after $top positions.
import assert from "node:assert/strict";
import { client, positions, walk } from "./graph.js";

const made = [];
for (let i = 0; i < 7; i++)
    made.push((await client.api(positions).post({ detail: { layer: i }, isCurrent: i > 1 })).id);
const ids = (entities) => entities.map((entity) => entity.id);
const isPage = process.env.GRAPH_ROOT === "top-page";

const first = await client.api(positions).top(2).get();
assert.equal(first.value.length, 2);
assert.equal("@odata.nextLink" in first, isPage);
assert.deepEqual(ids(await walk(first)), isPage ? made : made.slice(0, 2));

const filtered = await client.api(positions).filter("isCurrent").orderby("detail/layer desc").top(3).count(true).get();
assert.equal(filtered["@odata.count"], 5);
assert.deepEqual(ids(await walk(filtered)), isPage ? made.slice(2).reverse() : made.slice(4).reverse());
console.log(made.length);
