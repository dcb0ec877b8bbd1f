import { defineConfig, type ViteUserConfig } from "vitest/config";

// The tests of src/authorization that start no server: fast enough to run once for each mutant.
const config: ViteUserConfig = defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: [
      "advisories",
      "contract",
      "guard",
      "guarded-inputs",
      "ineffective-rules",
      "plugin-in-apollo",
      "policy",
      "refusal-error",
      "report-mode",
      "requirement",
      "subscription",
      "unmarked",
    ].map((name) => `test/${name}.test.ts`),
  },
});

export default config;
