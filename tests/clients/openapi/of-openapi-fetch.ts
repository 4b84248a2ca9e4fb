// SPDX-License-Identifier: Apache-2.0
// The types of openapi-typescript, used by openapi-fetch. A page of the service holds three positions.
import createClient from "openapi-fetch";
import type { paths } from "./types.js";
import { equal, present, skiptoken, token, url } from "./common.js";

const client = createClient<paths>({
    baseUrl: url,
    headers: { Authorization: `Bearer ${token}` },
    querySerializer: { array: { style: "form", explode: false } },
});
const positions = "/me/profile/positions";
const one = "/me/profile/positions/{workPosition-id}";

const ids: string[] = [];
for (let i = 0; i < 5; i++) {
    const made = await client.POST(positions, { body: {
        detail: { jobTitle: `job ${i}`, startMonthYear: `202${i}-01-01`,
                  company: { address: { type: "business", city: "Bern" } } },
        categories: ["a", "b"], colleagues: [{ displayName: "Ada", relationship: "manager" }],
        allowedAudiences: "family,contacts", inference: { confidenceScore: "NaN" }, isCurrent: i > 2,
    } });
    equal(made.response.status, 201);
    ids.push(present(made.data?.id));
    equal(made.data?.detail?.company?.address?.type, "business");
    equal(made.data?.inference?.confidenceScore, "NaN");
    equal(made.response.headers.get("ETag"), made.data?.["@odata.etag"]);
}
const quiet = await client.POST(positions, {
    params: { header: { Prefer: "return=minimal" } }, body: { categories: ["quiet"] } });
equal([quiet.response.status, quiet.data], [204, undefined]);

const walked: (string | undefined)[] = [];
let next: string | undefined;
do {
    const page = await client.GET(positions, { params: { query: {
        $filter: "detail/startMonthYear ge 2021-01-01", $orderby: ["detail/startMonthYear desc", "id"],
        $select: ["id", "detail/jobTitle"], $count: true, $skiptoken: next } } });
    const list = present(page.data);
    equal(list["@odata.count"], 4);
    equal(list.value.map((position) => position.isCurrent), list.value.map(() => undefined));
    walked.push(...list.value.map((position) => position.id));
    next = list["@odata.nextLink"] && skiptoken(list["@odata.nextLink"]);
} while (next !== undefined);
equal(walked, ids.slice(1).reverse());
const counted = await client.GET("/me/profile/positions/$count", {
    params: { query: { $filter: "isCurrent" } }, parseAs: "text" });
equal(counted.data, "2");

const path = { "workPosition-id": ids[0] };
const read = await client.GET(one, { params: { path } });
const etag = present(read.data?.["@odata.etag"]);
const changed = await client.PATCH(one, { params: { path, header: { "If-Match": etag } },
    body: { detail: { jobTitle: null, company: { address: { city: "Basel" } } } } });
equal([changed.response.status, changed.data?.detail?.jobTitle], [200, null]);
equal(changed.data?.detail?.company?.address, { ...present(read.data?.detail?.company?.address), city: "Basel" });
const late = await client.PATCH(one, { params: { path, header: { "If-Match": etag } }, body: {} });
equal([late.response.status, late.error?.error.code], [412, "ResourceModified"]);

// @ts-expect-error  isCurrent is not a string: the compiler rejects it, and so does the service
const wrong = await client.POST(positions, { body: { isCurrent: "yes" } });
equal(wrong.error?.error.details?.map((detail) => [detail.code, detail.target]), [["TypeMismatch", "$.isCurrent"]]);

equal((await client.DELETE(one, { params: { path } })).response.status, 204);
const gone = await client.GET(one, { params: { path } });
equal([gone.response.status, gone.error?.error.code], [404, "ResourceNotFound"]);
console.log(ids[1]);
