// SPDX-License-Identifier: Apache-2.0
// Errors arrive as the client's GraphError, with all its members.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { GraphError } from "@microsoft/microsoft-graph-client";
import { client, connect, positions } from "./graph.js";

async function refused(status, code, request) {
    const error = await request.then(() => assert.fail("was not refused"), (error) => error);
    assert.ok(error instanceof GraphError, String(error));
    assert.deepEqual([error.statusCode, error.code], [status, code], error.body);
    assert.ok(error.message.length > 10);
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    assert.equal(error.requestId, error.headers.get("request-id"));
    assert.ok(Math.abs(error.date - Date.now()) < 24 * 3600 * 1000);
    return error;
}

const mine = await client.api(positions).post({});
const path = `${positions}/${mine.id}`;

const error = await refused(400, "BadRequest",
    client.api(positions).post({ isCurrent: "yes", detail: { nickname: 1 } }));
assert.deepEqual(JSON.parse(error.body).details.map((detail) => [detail.code, detail.target]),
    [["TypeMismatch", "$.isCurrent"], ["UnknownProperty", "$.detail.nickname"]]);
await refused(400, "BadRequest", client.api(positions).filter("isCurrent gt").get());
await refused(400, "BadRequest", client.api(positions).expand("manager").get());
await refused(404, "ResourceNotFound", client.api(`${positions}/${randomUUID()}`).get());
await refused(404, "ResourceNotFound", client.api(`${positions}/${randomUUID()}`).delete());
await refused(405, "MethodNotAllowed", client.api(path).put({}));
await refused(409, "NameAlreadyExists", client.api(positions).post({ id: mine.id }));
await refused(412, "ResourceModified",
    client.api(path).header("If-Match", '"another"').patch({ isCurrent: true }));
await refused(403, "AccessDenied", client.api("/users/somebody/profile/positions").post({}));

await refused(401, "InvalidAuthenticationToken", connect("forged").api(path).get());

// The service returns the caller's own id of the request.
const name = randomUUID();
const named = await refused(404, "ResourceNotFound",
    client.api(`${positions}/${randomUUID()}`).header("client-request-id", name).get());
assert.equal(JSON.parse(named.body).innerError["client-request-id"], name);
console.log(mine.id);
