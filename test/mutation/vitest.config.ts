import { defineConfig, type ViteUserConfig } from "vitest/config";

// The tests of src/authorization that are fast enough to run once for each mutant.
const config: ViteUserConfig = defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    testTimeout: 60_000,
    include: [
      "advisories",
      "contract",
      "expiring-stream",
      "guard",
      "guarded-inputs",
      "ineffective-rules",
      "plugin",
      "plugin-in-apollo",
      "policy",
      "refusal-error",
      "report-mode",
      "requirement",
      "subscription",
      "told-refusals",
      "unmarked",
    ]
      .map((name) => `test/${name}.test.ts`)
      .concat("test/oracle/examples.test.ts", "test/mutation/agreement.ts"),
  },
});

export default config;
