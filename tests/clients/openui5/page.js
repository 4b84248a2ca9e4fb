// SPDX-License-Identifier: Apache-2.0
"use strict";
const { service, report, runs } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
let steps, sent;

// Record every request that the model sends, except for the library's own files. Of a batch, the methods in it.
const { open, send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).includes(service)) {
        this.addEventListener("readystatechange", () => {
            if (this.readyState === XMLHttpRequest.DONE) sent.push([this.methods ?? method, this.status]);
        });
    }
    this.isBatch = String(url).endsWith("$batch");
    return open.call(this, method, url, ...rest);
};
XMLHttpRequest.prototype.send = function (body) {
    if (this.isBatch) this.methods = body.match(/^[A-Z]+(?= .* HTTP\/1\.1\r$)/gm).join(" ");
    return send.call(this, body);
};

function tell(result) {
    return fetch(report, { method: "POST", mode: "no-cors", body: JSON.stringify(result) });
}

// One user's work with positions. @param group  of the requests; null: the default, $auto
async function run({ token, group }, ODataModel, Filter, FilterOperator, Sorter) {
    steps = [];
    sent = [];
    const model = new ODataModel({
        serviceUrl: `${service}/`, ...(group && { groupId: group, updateGroupId: group }), operationMode: "Server",
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
    if (!group) await batches(model, positions, first);
    return { steps, sent };
}

// What only the default group does: it sends the reads of one moment in one batch, and several changes as a change set.
async function batches(model, positions, [one, other]) {
    const counts = await Promise.all([0, 1].map(async (layer) => {
        const list = model.bindList(positions, null, [], [], { $count: true, $filter: `detail/layer ge ${layer}` });
        await list.requestContexts(0, 1);
        return list.getCount();
    }));
    steps.push(["at once", counts]);
    const several = await Promise.allSettled([one.setProperty("isCurrent", false), other.setProperty("isCurrent", false)]);
    steps.push(["several", several.map(({ status, reason }) => [status, reason?.status ?? null])]);
}

async function runAll(...modules) {
    const results = [];
    for (const one of runs) results.push(await run(one, ...modules));
    return { results };
}

window.addEventListener("error", (event) => tell({ error: String(event.message) }));
sap.ui.require([
    "sap/ui/model/odata/v4/ODataModel", "sap/ui/model/Filter", "sap/ui/model/FilterOperator", "sap/ui/model/Sorter",
], (...modules) => runAll(...modules).then(tell, (error) => tell({ error: String(error && error.stack || error), steps, sent })),
(error) => tell({ error: `not loaded: ${error}` }));
