import { defineConfig } from "vitest/config";

export default defineConfig({
  // One graphql: the CommonJS build that Apollo Server loads, not the ES module beside it.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    reporters: ["default", "./test/support/closing-line.ts"],
    // Tests start real servers and providers; on two busy cores that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
