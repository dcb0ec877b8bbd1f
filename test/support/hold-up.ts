import { onTestFinished } from "vitest";

/** Keeps the event loop of this process late by 60 ms, until it is told to let go or the test is over. */
export function holdUpEventLoop(): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + 60;
    while (performance.now() < end);
  }, 1);
  const letGo = (): void => clearInterval(timer);
  onTestFinished(letGo);
  return letGo;
}
