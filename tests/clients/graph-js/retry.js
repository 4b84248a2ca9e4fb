// SPDX-License-Identifier: Apache-2.0
// Creates a position while the database is unreachable: the client retries by itself. Prints its id.
import { client, positions } from "./graph.js";

console.log((await client.api(positions).post({ isCurrent: true })).id);
