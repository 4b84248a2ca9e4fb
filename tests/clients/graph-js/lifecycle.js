// SPDX-License-Identifier: Apache-2.0
// A position from creation to deletion. Prints the id of one that stays.
import assert from "node:assert/strict";
import { ResponseType } from "@microsoft/microsoft-graph-client";
import { client, positions } from "./graph.js";

const sent = {
    "@odata.type": "#microsoft.graph.workPosition",
    allowedAudiences: "family,contacts",
    categories: ["zażółć", "a & b", "😀"],
    detail: {
        jobTitle: "O'Reilly's writer", startMonthYear: "2020-02-29",
        company: { displayName: "Contoso", address: { city: "Zürich" } },
    },
    isCurrent: true,
};
const made = await client.api(positions).post(sent);
assert.match(made.id, /^[0-9a-f-]{36}$/);
assert.equal(made.allowedAudiences, sent.allowedAudiences);
assert.deepEqual(made.categories, sent.categories);
assert.equal(made.detail.company.address.city, "Zürich");
assert.equal(made.detail.company.address.street, null);
assert.equal(made["@odata.context"].split("/$metadata")[0],
    `${process.env.GRAPH_URL}/${process.env.GRAPH_ROOT}`);

const path = `${positions}/${made.id}`;
assert.deepEqual(await client.api(path).get(), made);

// Send back the position as it was read, with annotations and stamps, and one changed member.
const same = await client.api(path).patch(made);
assert.deepEqual(same.detail, made.detail);
const changed = await client.api(path)
    .header("If-Match", same["@odata.etag"])
    .patch({ detail: { jobTitle: null, company: { address: { city: "Bern" } } } });
assert.equal(changed.detail.jobTitle, null);
assert.equal(changed.detail.startMonthYear, "2020-02-29");
assert.deepEqual(changed.detail.company.address, { ...made.detail.company.address, city: "Bern" });
assert.notEqual(changed["@odata.etag"], same["@odata.etag"]);

// Headers, if the caller asks for the raw response; no body, if the caller prefers none.
const raw = await client.api(positions).responseType(ResponseType.RAW).post({});
assert.equal(raw.status, 201);
const second = await raw.json();
assert.equal(raw.headers.get("ETag"), second["@odata.etag"]);
assert.ok(raw.headers.get("Location").startsWith(`${process.env.GRAPH_URL}/`));
assert.deepEqual(await client.api(raw.headers.get("Location")).get(), second);
assert.equal(await client.api(positions).header("Prefer", "return=minimal").post({}), undefined);

assert.equal(await client.api(`${positions}/${second.id}`).delete(), undefined);
await assert.rejects(client.api(`${positions}/${second.id}`).get(), { statusCode: 404 });
console.log(made.id);
