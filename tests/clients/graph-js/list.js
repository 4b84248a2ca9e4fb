// SPDX-License-Identifier: Apache-2.0
// Lists with several pages, and queries. A page of this server holds three positions.
import assert from "node:assert/strict";
import { client, positions, walk } from "./graph.js";

const made = [];
for (let i = 0; i < 10; i++)
    made.push(await client.api(positions).post({
        categories: i % 2 ? ["odd", "it's & more"] : [],
        detail: { jobTitle: `job ${9 - i}`, startMonthYear: `201${i}-01-01` },
        isCurrent: i > 4,
    }));
const without = ({ "@odata.context": _, ...entity }) => entity;
const ids = (entities) => entities.map((entity) => entity.id);

// All positions, on four pages.
const first = await client.api(positions).get();
assert.equal(first.value.length, 3);
let walked = await walk(first);
assert.deepEqual(walked, made.map(without));

// The same with a page size from the caller, which the links must repeat.
walked = await walk(await client.api(positions).header("Prefer", "odata.maxpagesize=2").get());
assert.deepEqual(ids(walked), ids(made));
walked = await walk(await client.api(positions).top(7).skip(1).get());
assert.deepEqual(ids(walked), ids(made.slice(1, 8)));

// A filter in the client's spelling, which encodes nothing, over several pages.
walked = await walk(await client.api(positions)
    .filter("isCurrent and detail/startMonthYear lt 2019-01-01").select("id,isCurrent")
    .orderby("detail/jobTitle asc").count(true).get());
assert.deepEqual(ids(walked), ids(made.slice(5, 9).reverse()));
for (const entity of walked)
    assert.deepEqual(Object.keys(entity).filter((name) => !name.startsWith("@")), ["id", "isCurrent"]);
const text = encodeURIComponent("it''s & more");
walked = await walk(await client.api(positions).filter(`categories/any(c:c eq '${text}')`).get());
assert.deepEqual(ids(walked), ids(made.filter((_, i) => i % 2)));

const counted = await client.api(positions).query({ $count: "true", $top: "1" }).get();
assert.equal(counted["@odata.count"], 10);
assert.equal(await client.api(`${positions}/$count`).filter("isCurrent").get(), "5");
assert.deepEqual((await client.api(positions).filter("isCurrent eq null").get()).value, []);
console.log(made.length);
