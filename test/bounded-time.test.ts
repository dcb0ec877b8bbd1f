import { makeExecutableSchema } from "@graphql-tools/schema";
import { graphql, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { authDirectives, findGuarded } from "../src/authorization/guard.ts";
import { findRefusedFields } from "../src/authorization/refused-fields.ts";
import { anonymous } from "../src/testing.ts";

describe("in bounded time, refused before executing and while executing,", () => {
  /** How much more processor time four times the size takes: linear is 4, quadratic 16. */
  async function measureGrowth(run: (size: number) => unknown, size: number): Promise<number> {
    const time = async (n: number): Promise<number> => {
      const start = process.cpuUsage();
      await run(n);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    await time(size);
    const ratios: number[] = [];
    for (let round = 0; round < 3; round += 1) ratios.push((await time(4 * size)) / (await time(size)));
    return Math.min(...ratios);
  }

  const auth = authDirectives();
  const typeDefs = [
    auth.typeDefs,
    "type Query { one: String @auth, node: Node, open: String } type Node { one: String @auth, node: Node }",
  ];
  const resolvers = { Query: { node: () => ({}), open: () => "o" }, Node: { node: () => ({}) } };
  const schema = auth.transformer(makeExecutableSchema({ typeDefs, resolvers }));
  const guarded = findGuarded(schema);

  async function refuseBoth(source: string): Promise<number> {
    const document = parse(source);
    const [operation] = document.definitions;
    if (operation?.kind !== "OperationDefinition" || guarded === undefined) throw new Error("There is no operation.");
    const planned = { schema, fields: guarded.fields, document, operation, variables: undefined };
    const before = findRefusedFields(planned, anonymous()).length;
    const { errors } = await graphql({ schema, source, contextValue: { authentication: anonymous() } });
    return Math.max(before, errors?.length ?? 0);
  }

  test("ten thousand aliases", async () => {
    const query = (size: number): string =>
      `{ ${Array.from({ length: size }, (_, index) => `a${index}: one`).join(" ")} }`;
    expect(await refuseBoth(query(10_000))).toBe(10_000);
    expect(await measureGrowth((size) => refuseBoth(query(size)), 1000)).toBeLessThan(10);
  });

  test("fragments that spread each other twice, thirty deep", async () => {
    const fragment = (index: number): string =>
      `fragment F${index} on Query { a${index}: one ...F${index + 1} ... { ...F${index + 1} } }`;
    const fragments = Array.from({ length: 30 }, (_, index) => fragment(index)).join(" ");
    expect(await refuseBoth(`query { ...F0 } ${fragments} fragment F30 on Query { last: one }`)).toBe(31);
  });

  test("one guarded selection in ten thousand places", async () => {
    const query = (size: number): string =>
      `{ open ${Array.from({ length: size }, (_, index) => `a${index}: node { ...F }`).join(" ")} } fragment F on Node { one }`;
    expect(validate(schema, parse(query(2)))).toEqual([]);
    expect(await refuseBoth(query(2000))).toBe(2000);
    expect(await measureGrowth((size) => refuseBoth(query(size)), 500)).toBeLessThan(12);
  });
});
