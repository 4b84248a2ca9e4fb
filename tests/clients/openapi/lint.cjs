// SPDX-License-Identifier: Apache-2.0
// Redocly's linter, every recommended rule an error. Prints what it finds, and ends with 1 if there is any.
const { createConfig, lint } = require("@redocly/openapi-core");

createConfig({ extends: ["recommended-strict"] })
    .then((config) => lint({ ref: process.argv[2], config }))
    .then((problems) => {
        for (const problem of problems)
            console.log(problem.ruleId, problem.location[0].pointer, problem.message);
        process.exitCode = problems.length > 0 ? 1 : 0;
    });
