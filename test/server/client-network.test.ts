import { expect, test } from "vitest";
import { toClientNetwork } from "../../src/server/client-network.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:0201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:192.0.2.1%eth0", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::"],
  ["2001:DB8:0:0:9::3", "2001:db8::"],
  ["2001:db8:0:1::3", "2001:db8:0:1::"],
  ["fe80::1", "fe80::"],
  ["fe80::1%eth0", "fe80::"],
  ["fe80::1%br-lan", "fe80::"],
  ["fe80::1%eth0.100:2", "fe80::"],
  ["fe80::1%", "fe80::"],
  ["::1", "::"],
  // Not mapped: these would be as many counts as IPv4 has addresses, and IPv4's own.
  ["::1.2.3.4", "::"],
  ["::10.0.0.7", "::"],
  ["", ""],
  ["unknown", "unknown"],
  ["_Hidden%1", "_hidden%1"],
  ["[::1]:80", "[::1]:80"],
  ["192.0.2.1:80", "192.0.2.1:80"],
])("%s is counted under %s", (client, network) => {
  expect(toClientNetwork(client)).toBe(network);
});
