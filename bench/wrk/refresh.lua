-- Rotates refresh tokens. Only for one thread of wrk (-t1): a token waits in the queue, is used once, and the answer
-- puts its successor at the queue's end. BENCH_TOKENS: a file, one token a line, more lines than connections.
-- BENCH_BODY: the form without the token.
local folder = os.getenv("BENCH_WRK")
dofile(folder .. "/report.lua")

local queue, first, last = {}, 1, 0
local function push(token)
  last = last + 1
  queue[last] = token
end
local function pop()
  local token = queue[first]
  if not token then return "none-left" end
  queue[first] = nil
  first = first + 1
  return token
end
for line in io.lines(os.getenv("BENCH_TOKENS")) do push(line) end

local prefix = os.getenv("BENCH_BODY") .. "&refresh_token="
local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }

function request() return wrk.format("POST", nil, headers, prefix .. pop()) end

function response(status, _, body)
  local token = string.match(body, '"refresh_token":"([^"]+)"')
  if status == 200 and token then push(token) end
end
