// Calls back at a steady pace, in a hidden page too. Returns the function that stops it.

export function tick(interval_ms, callback) {
  if (typeof Worker === "undefined") {
    const timer = setInterval(callback, interval_ms);
    return () => clearInterval(timer);
  }
  const worker = new Worker(new URL("./ticker_worker.js", import.meta.url));
  worker.onmessage = () => callback();
  worker.postMessage(interval_ms);
  return () => worker.terminate();
}
