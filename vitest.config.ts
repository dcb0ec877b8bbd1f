import { defineConfig, type ViteUserConfig } from "vitest/config";

// One graphql: the CommonJS build that Apollo Server loads, not the ES module beside it.
const resolve = { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] };

// Tests start real servers, providers and browsers; on two busy cores that takes its time.
const timeouts = { testTimeout: 60_000, hookTimeout: 120_000 };

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        resolve,
        test: {
          ...timeouts,
          name: "main",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/image/**"],
        },
      },
      { resolve, test: { ...timeouts, name: "browser", include: ["test/browser/**/*.test.ts"] } },
      { resolve, test: { ...timeouts, name: "image", include: ["test/image/**/*.test.ts"] } },
    ],
  },
});

export default config;
