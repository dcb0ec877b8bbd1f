import { isIPv6 } from "node:net";
import { Address6 } from "ip-address";

/**
 * What requests from an address are counted under: of IPv6 the network of 64 bits, as a single household has more
 * addresses in it than could be counted; else the address, or whatever a proxy has written for one. One that is IPv4's
 * written as IPv6 (`::ffff:192.0.2.1`) is IPv4's; by which interface it came (`%eth0`) does not matter.
 */
export function toClientNetwork(client: string): string {
  const [address = ""] = client.split("%", 1);
  if (!isIPv6(address)) return client.toLowerCase();
  const parsed = new Address6(address);
  if (parsed.isMapped4()) return parsed.to4().correctForm();
  return new Address6(`${address}/64`).startAddress().correctForm();
}
