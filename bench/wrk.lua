-- SPDX-License-Identifier: Apache-2.0
-- The load: one kind of request, repeated, each as a random user. Arguments from load.py, as name=value: method, path,
-- low and high (the range of the users' numbers), body (a file), token, seed.

local at = { low = 1, high = 1 }
local body
local thread = 0

function setup(t)
    t:set("number", thread)
    thread = thread + 1
end

function init(arguments)
    for _, argument in ipairs(arguments) do
        local name, value = argument:match("^(%w+)=(.*)$")
        at[name] = value
    end
    if at.body then
        body = assert(io.open(at.body)):read("*a")
        wrk.headers["Content-Type"] = "application/json"
    end
    if at.token then
        wrk.headers["Authorization"] = "Bearer " .. at.token
    end
    math.randomseed(tonumber(at.seed) + number)
end

-- A random number replaces @@ in a body, so that each PATCH changes the position.
function request()
    local sent = body
    wrk.headers["X-User"] = string.format("%.0f", math.random(at.low, at.high))
    if at.method == "PATCH" then
        sent = body:gsub("@@", math.random(1000000, 9999999))
    end
    return wrk.format(at.method, at.path, nil, sent)
end

function done(summary, latency)
    local errors = summary.errors
    io.stderr:write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50": %d, "p99": %d, "max": %d, "broken": %d, '
        .. '"refused": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        latency.max, errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
