import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { isEveryAddress } from "../../src/server/metadata.ts";
import { startServerForTest } from "../support/server.ts";

test.each([
  ["0.0.0.0", true],
  ["0", true],
  ["::", true],
  ["0:0:0:0:0:0:0:0", true],
  ["127.0.0.1", false],
  ["::1", false],
  ["10.0.0.1", false],
  ["api.example.com", false],
])("without PUBLIC_URL, HOST=%s names every address and no place: %s", (host, expected) => {
  expect(isEveryAddress(readConfig({ HOST: host }).publicUrl)).toBe(expected);
});

test.each([
  ["production", "http://0.0.0.0:4000", 1],
  ["production", "http://[::]:4000", 1],
  ["production", "http://api.example.com", 0],
  ["development", "http://0.0.0.0:4000", 0],
])("in %s a server that is found at %s warns of it so often: %i", async (mode, url, count) => {
  const env = { NODE_ENV: mode, PUBLIC_URL: url };
  const { logs } = await startServerForTest({ issuer: "http://127.0.0.1:1", env });
  const warnings = logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith("Set PUBLIC_URL"));
  expect(warnings).toEqual(Array(count).fill(expect.objectContaining({ level: 40 })));
  if (count > 0) expect(warnings[0].msg).toContain(`at ${url},`);
});
