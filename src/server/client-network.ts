import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What requests from an address are counted under: of IPv6 the network of 64 bits, as a single household has more
 * addresses in it than could be counted; else the address. One that is IPv4's written as IPv6 is IPv4's.
 */
export function toClientNetwork(address: string): string {
  if (!isIPv6(address)) return address.toLowerCase();
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).map(toHex).join(":") : parsed.toString();
}

function toHex(part: number): string {
  return part.toString(16);
}
