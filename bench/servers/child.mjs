/** What the bench told this server process to serve; see `Task` in server-process.ts. */
export const task = JSON.parse(process.env.BENCH_TASK);

/** Tells the bench where this process listens, and from then on what it has used whenever it is asked. */
export function report(port) {
  process.on("message", () => process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
  // The bench has ended, or wants this process to.
  process.on("disconnect", () => process.exit());
  process.send({ port });
}
