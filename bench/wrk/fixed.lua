-- The same request again and again. BENCH_BODY: a form to POST (else GET). BENCH_BEARER: an access token.
-- BENCH_PAUSE: milliseconds that a connection waits between an answer and its next request.
local folder = os.getenv("BENCH_WRK")
dofile(folder .. "/report.lua")

local body, bearer, pause = os.getenv("BENCH_BODY"), os.getenv("BENCH_BEARER"), os.getenv("BENCH_PAUSE")
if body then
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
if bearer then wrk.headers["Authorization"] = "Bearer " .. bearer end
if pause then
  local milliseconds = tonumber(pause)
  -- Between half and one and a half of the pause, so that connections do not march in step.
  function delay() return math.floor(milliseconds * (0.5 + math.random()) + 0.5) end
end
