/** The environment has mistakes; `message` lists them all and never quotes a value. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
    const lines = problems.map((problem) => `  - ${problem}`).join("\n");
    super(`The configuration has ${count}:\n${lines}\nEvery variable is explained in .env.example.`);
  }
}
