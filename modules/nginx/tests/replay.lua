-- Sends the requests of a file in turn: wrk -s replay.lua URL -- FILE. Each stands after its length in decimal and a line end.

local requests = {}
local next_request = 0

function init(args)
   local file = assert(io.open(args[1], "rb"))
   while true do
      local length = file:read("*n")
      if length == nil then
         break
      end
      file:read(1)
      requests[#requests + 1] = file:read(length)
   end
   file:close()
   -- Threads begin at different places.
   next_request = math.random(#requests)
end

function request()
   next_request = next_request % #requests + 1
   return requests[next_request]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"not_2xx":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
