import { readConfig } from "../../src/config.ts";

/** What a start is refused with; empty when it is not. */
export function readConfigMessage(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
}
