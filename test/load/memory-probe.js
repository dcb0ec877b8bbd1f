// Loaded into a replica (node --expose-gc --import): says how much memory it has, after collecting all that it can.
process.on("message", () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ heapBytes: heapUsed, rssBytes: rss });
});
// Nothing that was started for a test outlives it.
process.on("disconnect", () => process.exit(1));
process.channel.unref();
