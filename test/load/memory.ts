import { setTimeout as sleep } from "node:timers/promises";
import type { Memory } from "./replica.ts";
import type { Fleet } from "./site.ts";

/** What one process had at one time. */
interface Sample extends Memory {
  /** From the start, in seconds. */
  readonly atS: number;
}

/** Samples of one process, from its first to its last. */
export interface MemorySeries {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Measures the processes of all fleets every so often until told to stop; one that is replaced begins a new series. */
export function startSampling(
  fleets: readonly Fleet[],
  everyMs: number,
  startMs: number,
): { readonly stop: () => Promise<readonly MemorySeries[]> } {
  const series = new Map<number, { readonly name: string; readonly samples: Sample[] }>();
  const ending = new AbortController();

  const sample = async (): Promise<void> => {
    for (const { method, replicas } of fleets) {
      for (const [index, replica] of replicas.entries()) {
        const memory = await replica.measure();
        const { pid } = replica.child;
        if (memory === undefined || pid === undefined) continue;
        const one = series.get(pid) ?? { name: `${method} ${index + 1}`, samples: [] };
        one.samples.push({ ...memory, atS: (performance.now() - startMs) / 1000 });
        series.set(pid, one);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {});
      await sample();
    }
  };
  const running = run();
  running.catch(() => {});
  return {
    stop: async () => {
      ending.abort();
      await running;
      return [...series.values()];
    },
  };
}

/** The mean heap in the last quarter of the time against that in the second: 0.1 is ten per cent more. */
export function growthByQuarters({ samples }: MemorySeries, seconds: number): number {
  const mean = (fromS: number, toS: number): number => {
    const heaps = samples.filter(({ atS }) => atS >= fromS && atS < toS).map(({ heapBytes }) => heapBytes);
    return heaps.reduce((sum, heap) => sum + heap, 0) / heaps.length;
  };
  return mean(0.75 * seconds, Number.POSITIVE_INFINITY) / mean(0.25 * seconds, 0.5 * seconds) - 1;
}

/** How much the heap grows from `fromS` on, by the straight line nearest to all samples: 0.1 is ten per cent more. */
export function growthOnLine({ samples }: MemorySeries, fromS: number): number {
  const points = samples.filter(({ atS }) => atS >= fromS);
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = meanOf(points.map(({ atS }) => atS));
  const meanY = meanOf(points.map(({ heapBytes }) => heapBytes));
  const slope =
    points.reduce((sum, { atS, heapBytes }) => sum + (atS - meanX) * (heapBytes - meanY), 0) /
    points.reduce((sum, { atS }) => sum + (atS - meanX) ** 2, 0);
  const [first, last] = [points.at(0)?.atS ?? Number.NaN, points.at(-1)?.atS ?? Number.NaN];
  return (slope * (last - first)) / (meanY + slope * (first - meanX));
}
