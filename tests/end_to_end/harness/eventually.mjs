// Asks again until `probe` gives something other than undefined or false; fails with the last error after `milliseconds`.
export async function eventually(probe, { milliseconds = 10_000, every = 50, what = 'the condition' } = {}) {
  const end = Date.now() + milliseconds;
  let last;
  while (Date.now() < end) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  throw new Error(`${what} did not come true within ${milliseconds} ms`, { cause: last });
}
