-- Requests for one of many, drawn by chance: BENCH_PATH and BENCH_BODY (a form to POST, else GET) hold "{i}", which
-- becomes a number below BENCH_COUNT. BENCH_BEARER: an access token.
local folder = os.getenv("BENCH_WRK")
dofile(folder .. "/report.lua")

local path, body, count = os.getenv("BENCH_PATH"), os.getenv("BENCH_BODY"), tonumber(os.getenv("BENCH_COUNT"))
local headers = {}
if body then headers["Content-Type"] = "application/x-www-form-urlencoded" end
if os.getenv("BENCH_BEARER") then headers["Authorization"] = "Bearer " .. os.getenv("BENCH_BEARER") end
math.randomseed(os.time())

function request()
  local i = tostring(math.random(0, count - 1))
  return wrk.format(body and "POST" or "GET", path:gsub("{i}", i), headers, body and body:gsub("{i}", i) or nil)
end
