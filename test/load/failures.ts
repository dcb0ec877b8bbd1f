import { type FleetTallies, sum } from "./report.ts";

/** What there is to know about answers that were wrong, and requests that were lost; empty when none was. */
export function findFailures(fleets: readonly FleetTallies[]): readonly string[] {
  return fleets.flatMap(({ method, tallies }) =>
    tallies
      .filter((tally) => sum([tally], ["wrong", "lost"]) > 0)
      .flatMap(({ caller, complaints }) => complaints.map((complaint) => `${method}: ${caller.name}, ${complaint}`)),
  );
}
