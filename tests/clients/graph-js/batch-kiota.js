// SPDX-License-Identifier: Apache-2.0
// The batch classes of the core of Microsoft's generated TypeScript clients. They send no headers for a request, and bodies
// in base64. Prints how many positions there are.
import assert from "node:assert/strict";
import { AnonymousAuthenticationProvider, HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import { BaseGraphRequestAdapter, BatchRequestContentCollection } from "@microsoft/msgraph-sdk-core";

class Token extends AnonymousAuthenticationProvider {
    authenticateRequest = async (request) => {
        request.headers.add("Authorization", `Bearer ${process.env.GRAPH_TOKEN}`);
    };
}
const adapter = new BaseGraphRequestAdapter("0.0.0", "0.0.0", new Token());
adapter.baseUrl = `${process.env.GRAPH_URL}/${process.env.GRAPH_ROOT}`;

function request(method, path, body) {
    const information = new RequestInformation(method, `{+baseurl}${path}`, { baseurl: adapter.baseUrl });
    if (body !== undefined)
        information.setStreamContent(new TextEncoder().encode(JSON.stringify(body)).buffer, "application/json");
    return information;
}

const batch = new BatchRequestContentCollection(adapter, {});
const ids = [];
for (let number = 0; number < 25; number++)
    ids.push(batch.addBatchRequest(request(HttpMethod.POST, "/me/profile/positions",
        { detail: { jobTitle: `job ${number}` } })).id);
ids.push(batch.addBatchRequest(request(HttpMethod.GET, "/me/profile/positions")).id);
const responses = await batch.postAsync();
const statuses = await responses.getResponsesStatusCodes();
assert.deepEqual(ids.map((id) => statuses.get(id)), [...Array(25).fill(201), 200]);
console.log(25);
