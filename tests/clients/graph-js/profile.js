// SPDX-License-Identifier: Apache-2.0
// The profile: the request of Microsoft Graph Toolkit's person card, and what the card reads of its answer.
import assert from "node:assert/strict";
import { client, positions, walk } from "./graph.js";

const made = [];
for (let i = 0; i < 4; i++)
    made.push(await client.api(positions).post({
        detail: {
            jobTitle: `job ${i}`, description: `did ${i}`, startMonthYear: `201${i}-01-01`,
            endMonthYear: i < 3 ? `201${i + 1}-01-01` : null,
            company: { displayName: "Contoso", address: { city: "Bern", state: "BE" } },
        },
    }));
const user = process.env.GRAPH_USER;

// As getProfile() of mgt-person-card sends it: by the id of a user, with the version of beta.
const card = await client.api(`/users/${user}/profile`).version(process.env.GRAPH_ROOT).get();
assert.equal(card.id, user);
const { languages, skills, educationalActivities, interests, anniversaries } = card;
for (const section of [languages, skills, educationalActivities, interests, anniversaries])
    assert.ok(!section?.length); // the card leaves these sections out

const years = ({ detail }) => {
    const start = new Date(detail.startMonthYear).getFullYear();
    return `${start} — ${detail.endMonthYear ? new Date(detail.endMonthYear).getFullYear() : "Current"}`;
};
const timeline = card.positions.map((position) => [
    position.detail.description, position.detail.jobTitle, years(position), position.detail.company.displayName,
    `${position.detail.company.address.city}, ${position.detail.company.address.state}`]);
assert.deepEqual(timeline[0], ["did 0", "job 0", "2010 — 2011", "Contoso", "Bern, BE"]);
assert.equal(timeline.at(-1)[2], timeline.length > 3 ? "2013 — Current" : "2012 — 2013");

// $expand by the client's own method, which encodes nothing; and on to the next page by its iterator.
const chosen = await client.api("/me/profile").select("id,positions")
    .expand("positions($filter=detail/layer eq null;$orderby=detail/startMonthYear desc;$count=true;$select=id)").get();
assert.equal(chosen["positions@odata.count"], 4);
const rest = chosen["positions@odata.nextLink"] ? await walk(await client.api(chosen["positions@odata.nextLink"]).get()) : [];
assert.deepEqual([...chosen.positions, ...rest].map(({ id }) => id), made.map(({ id }) => id).reverse());

// What is wrong reaches the client as an error with a code.
await assert.rejects(client.api("/me/profile").expand("positons").get(),
    (error) => error.statusCode === 400 && error.code === "BadRequest" && error.message.includes("'positions'"));
await assert.rejects(client.api("/me/profile").delete(),
    (error) => error.statusCode === 405 && error.code === "MethodNotAllowed");
console.log(card.positions.length);
