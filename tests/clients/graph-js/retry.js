// SPDX-License-Identifier: Apache-2.0
// A position made while the database is away: the client tries again by itself. Prints its id.
import { client, positions } from "./graph.js";

console.log((await client.api(positions).post({ isCurrent: true })).id);
