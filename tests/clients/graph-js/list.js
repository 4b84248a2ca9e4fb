// SPDX-License-Identifier: Apache-2.0
// Lists that do not fit a page, and questions. The pages of this server hold three.
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

// All of them, over four pages.
const first = await client.api(positions).get();
assert.equal(first.value.length, 3);
let walked = await walk(first);
assert.deepEqual(walked, made.map(without));

// The same by pages that the caller sizes, which the links must know by themselves.
walked = await walk(await client.api(positions).header("Prefer", "odata.maxpagesize=2").get());
assert.deepEqual(ids(walked), ids(made));
walked = await walk(await client.api(positions).top(7).skip(1).get());
assert.deepEqual(ids(walked), ids(made.slice(1, 8)));

// Conditions in the spelling of the client, which encodes nothing, over pages.
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
