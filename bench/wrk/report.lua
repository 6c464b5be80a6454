-- Shared end of the scripts for wrk: one line that begins with RESULT and holds JSON. Latencies in milliseconds.
-- An error is an answer of 400 and up, a broken connection, or no answer in time.
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50":%.4f,"p99":%.4f,"max":%.4f,"errors":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, e.status + e.connect + e.read + e.write + e.timeout))
end
