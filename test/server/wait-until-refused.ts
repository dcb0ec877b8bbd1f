import { vi } from "vitest";

/** Resolves when the server takes no new connections; it is asked again and again until then. */
export async function waitUntilRefused(url: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const cause = await fetch(`${url}/health/live`).then(
        () => undefined,
        (error: Error) => error.cause,
      );
      if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ECONNREFUSED") throw new Error("It still listens.");
    },
    { timeout: 30_000 },
  );
}
