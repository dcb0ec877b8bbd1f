/** Reads a file `.env` of the working directory into the environment, where there is one. Does not replace what is set. */
export function loadDotEnv(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    // One that is there and cannot be read must not be passed over: another provider would be asked.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
