// SPDX-License-Identifier: Apache-2.0
// The batch classes of the client: requests as the client makes them from Request objects of fetch, with dependencies,
// JSON bodies, and answers as Response objects. Prints the id of the position that is left.
import assert from "node:assert/strict";
import { BatchRequestContent, BatchResponseContent } from "@microsoft/microsoft-graph-client";
import { client, positions } from "./graph.js";

const url = (path) => `${process.env.GRAPH_URL}/${process.env.GRAPH_ROOT}${path}`;
const json = { "Content-Type": "application/json" };

async function send(steps) {
    const content = new BatchRequestContent(steps);
    return new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
}

const write = (title) => new Request(url(positions), {
    method: "POST", headers: json, body: JSON.stringify({ detail: { jobTitle: title } }) });
const made = await send([
    { id: "a", request: write("O'Reilly & zażółć") },
    { id: "A", request: write("second"), dependsOn: ["a"] },
    { id: "list", request: new Request(url(`${positions}?$orderby=id&$select=id,detail/jobTitle`)), dependsOn: ["A"] },
    { id: "count", request: new Request(url(`${positions}/$count`)), dependsOn: ["list"] },
]);
const first = await made.getResponseById("a").json(), second = await made.getResponseById("A").json();
assert.equal(made.getResponseById("a").status, 201);
assert.equal(made.getResponseById("a").headers.get("ETag"), first["@odata.etag"]);
assert.equal(first.detail.jobTitle, "O'Reilly & zażółć");
assert.deepEqual((await made.getResponseById("list").json()).value.map((one) => one.id), [first.id, second.id]);
assert.match(await made.getResponseById("count").text(), /^"?2"?$/);

const path = `${positions}/${first.id}`;
const changed = await send([
    { id: "1", request: new Request(url(path), { method: "PATCH", headers: { ...json, "If-Match": first["@odata.etag"] },
        body: JSON.stringify({ isCurrent: true }) }) },
    { id: "2", request: new Request(url(path), { method: "DELETE", headers: { "If-Match": '"old"' } }), dependsOn: ["1"] },
    { id: "3", request: new Request(url(path)), dependsOn: ["2"] },
]);
assert.deepEqual(["1", "2", "3"].map((id) => changed.getResponseById(id).status), [200, 412, 424]);
assert.equal((await changed.getResponseById("3").json()).error.code, "FailedDependency");
assert.equal((await changed.getResponseById("1").json()).isCurrent, true);
const gone = await send([{ id: "4", request: new Request(url(`${positions}/${second.id}`), { method: "DELETE" }) }]);
assert.equal(gone.getResponseById("4").status, 204);
console.log(first.id);
