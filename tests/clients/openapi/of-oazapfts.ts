// SPDX-License-Identifier: Apache-2.0
// The functions that oazapfts generates. They take the address of the service from the document.
import { HttpError, ok } from "@oazapfts/runtime";
import * as api from "./functions.js";
import { equal, present, skiptoken, token, url } from "./common.js";

equal(api.defaults.baseUrl, url);
api.defaults.headers = { Authorization: `Bearer ${token}` };

async function refused(status: number, code: string, request: Promise<unknown>): Promise<void> {
    const error = await request.then(() => undefined, (reason) => reason);
    if (!(error instanceof HttpError)) throw new Error(`not refused: ${error}`);
    equal([error.status, (error.data as api.ODataError).error.code], [status, code]);
}

const ids: string[] = [];
for (let i = 0; i < 5; i++) {
    const made = await api.meProfileCreatePositions({
        detail: { jobTitle: `job ${i}`, layer: i, endMonthYear: `202${i}-12-31` },
        manager: { displayName: "Grace", relationship: "other" }, isCurrent: i > 2 });
    equal(made.status, 201);
    if (made.status !== 201 || !("id" in made.data)) throw new Error("nothing was made");
    ids.push(present(made.data.id));
    equal(made.data.manager?.relationship, "other");
}

const walked: (string | undefined)[] = [];
let next: string | undefined;
do {
    const page = await ok(api.meProfileListPositions({
        filter: "detail/layer gt 0", orderby: ["detail/layer desc"], select: ["id"], skiptoken: next }));
    if (!("value" in page)) throw new Error("no page");
    walked.push(...page.value.map((position) => position.id));
    next = page["@odata.nextLink"] && skiptoken(page["@odata.nextLink"]);
} while (next !== undefined);
equal(walked, ids.slice(1).reverse());
equal(String(await ok(api.meProfilePositionsGetCount({ filter: "isCurrent" }))), "2");

const read = await ok(api.meProfileGetPositions(ids[0]));
if (!("@odata.etag" in read)) throw new Error("no position");
const ifMatch = read["@odata.etag"];
const changed = await api.meProfileUpdatePositions(ids[0], { detail: { layer: null } }, { ifMatch });
if (changed.status !== 200 || !("detail" in changed.data)) throw new Error("nothing was changed");
equal([changed.data.detail?.layer, changed.data.detail?.jobTitle], [null, "job 0"]);
await refused(412, "ResourceModified", ok(api.meProfileUpdatePositions(ids[0], {}, { ifMatch })));
// @ts-expect-error  no such relationship: the compiler rejects it, and so does the service
await refused(400, "BadRequest", ok(api.meProfileCreatePositions({ manager: { relationship: "rival" } })));
await ok(api.meProfileDeletePositions(ids[0]));
await refused(404, "ResourceNotFound", ok(api.meProfileGetPositions(ids[0])));
await refused(403, "AccessDenied", ok(api.usersProfileCreatePositions("somebody", {})));
console.log(ids[1]);
