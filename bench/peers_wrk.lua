-- wrk sends the first requests of the file that bench/bare_sender.cc reads, in turn: its last
-- argument. They are made ready first, so that a request costs wrk one look into a table.

local most = 10000
local requests = {}
local next_one = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, token, body = line:match("^http://[^/]+(%S+)\t(%S+)\t(.*)$")
    local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "text/plain" }
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
    if #requests == most then break end
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("answered %d failed %d microseconds %d\n", summary.requests, failed,
                         summary.duration))
end
