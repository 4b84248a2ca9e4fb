// SPDX-License-Identifier: Apache-2.0
"use strict";
const { service, token, report } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const steps = [];

// Every request that the model sends, except for the library's own files.
const sent = [];
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).includes(service)) {
        this.addEventListener("readystatechange", () => {
            if (this.readyState === XMLHttpRequest.DONE) sent.push([method, this.status]);
        });
    }
    return open.call(this, method, url, ...rest);
};

function tell(result) {
    return fetch(report, { method: "POST", mode: "no-cors", body: JSON.stringify({ ...result, steps, sent }) });
}

async function run(ODataModel, Filter, FilterOperator, Sorter) {
    const model = new ODataModel({
        serviceUrl: `${service}/`, groupId: "$direct", updateGroupId: "$direct", operationMode: "Server",
        httpHeaders: { Authorization: `Bearer ${token}` },
    });
    const positions = "/me/profile/positions";
    const types = model.getMetaModel();
    await types.requestObject("/");
    steps.push(["types", (await types.requestObject(`${positions}/isCurrent`)).$Type,
        String(await types.requestObject(`${positions}/createdDateTime/$Type`)),
        (await types.requestObject(`${positions}/`)).$Key]);

    // Bound to a list, with pages such as a growing table requests.
    const all = model.bindList(positions, null, [new Sorter("detail/layer")], [], { $count: true });
    const first = await all.requestContexts(0, 2);
    const next = await all.requestContexts(2, 2);
    steps.push(["list", [...first, ...next].map((context) => context.getProperty("detail/layer")), all.getCount()]);
    steps.push(["path", first[0].getPath()]);

    // A filter by date-time, which the model writes according to the type in $metadata.
    const since = first[0].getProperty("createdDateTime");
    const filtered = model.bindList(positions, null, [new Sorter("detail/layer")], [
        new Filter("createdDateTime", FilterOperator.GT, since), new Filter("isCurrent", FilterOperator.EQ, true)]);
    steps.push(["filter", (await filtered.requestContexts()).map((context) => context.getProperty("detail/layer"))]);

    // A change: the model sends it with the ETag that it read.
    await first[0].setProperty("detail/jobTitle", "changed in UI5");
    const etag = first[0].getProperty("@odata.etag");
    steps.push(["change", first[0].getProperty("detail/jobTitle"), typeof etag]);
    await first[0].requestRefresh();
    steps.push(["refresh", first[0].getProperty("detail/jobTitle"), first[0].getProperty("detail/layer")]);

    // Another client changes the same position in the meantime.
    const url = `${service}${first[0].getPath()}`;
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    await fetch(url, { method: "PATCH", headers, body: JSON.stringify({ isCurrent: true }) });
    const late = await first[0].setProperty("detail/jobTitle", "too late").then(() => null, (error) => error);
    steps.push(["late", late && late.status, late && late.error && late.error.code]);
    await first[0].resetChanges();

    // Create one position, and delete another.
    const made = all.create({ detail: { layer: 9 }, isCurrent: false }, true);
    await made.created();
    steps.push(["create", /^[0-9a-f-]{36}$/.test(made.getProperty("id")), made.getProperty("allowedAudiences")]);
    await next[0].delete();
    steps.push(["count", all.getCount()]);
}

window.addEventListener("error", (event) => tell({ error: String(event.message) }));
sap.ui.require([
    "sap/ui/model/odata/v4/ODataModel", "sap/ui/model/Filter", "sap/ui/model/FilterOperator", "sap/ui/model/Sorter",
], (...modules) => run(...modules).then(() => tell({}), (error) => tell({ error: String(error && error.stack || error) })),
(error) => tell({ error: `not loaded: ${error}` }));
