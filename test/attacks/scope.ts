import type { TokenClaims } from "../support/provider.ts";
import { toCompactForm } from "../support/signer.ts";
import { keys, type StageOptions } from "../support/stage.ts";
import { type Attack, type AttackGroup, group } from "./attack.ts";
import { outcomes } from "./outcomes.ts";

const body = JSON.stringify({ query: "{ adminMessage { message } }" });

const cases =
  (expected: Attack["expected"]) =>
  (id: string, title: string, claims: TokenClaims): Attack => ({
    id,
    title,
    expected,
    send: ({ sign }) => ({ lines: [`Authorization: Bearer ${sign(claims)}`], body }),
  });

const refused = cases("insufficient_scope");
const granted = cases("granted");
const admin = "read:admin-messages";

/** Members put in as text: what an object literal would take for its prototype. */
const withText = (id: string, title: string, member: string): Attack => ({
  id,
  title,
  expected: "insufficient_scope",
  send: ({ claims }) => {
    const payload = `{${member},${JSON.stringify(claims()).slice(1)}`;
    const token = toCompactForm(keys.rsa, { alg: "RS256", typ: "at+jwt", kid: keys.rsa.kid }, payload);
    return { lines: [`Authorization: Bearer ${token}`], body };
  },
});

const usual = group([
  refused("SCOPE-01", "no scope", {}),
  refused("SCOPE-02", "an empty scope", { scope: "" }),
  refused("SCOPE-03", "another scope", { scope: "write:admin-messages" }),
  refused("SCOPE-04", "the scope in capitals", { scope: "READ:ADMIN-MESSAGES" }),
  refused("SCOPE-05", "a longer scope", { scope: "read:admin-messages-mark" }),
  refused("SCOPE-06", "a shorter scope", { scope: "read:admin-message" }),
  refused("SCOPE-07", "a pattern", { scope: "read:* * .*" }),
  refused("SCOPE-08", "the scope behind a tab", { scope: `x\t${admin}` }),
  refused("SCOPE-09", "the scope behind a line feed", { scope: `x\n${admin}` }),
  refused("SCOPE-10", "the scope behind a comma", { scope: `x,${admin}` }),
  refused("SCOPE-11", "the scope behind a no-break space", { scope: `x\u00a0${admin}` }),
  refused("SCOPE-12", "the scope with a character of no width", { scope: `${admin}\u200b` }),
  refused("SCOPE-13", "the scope in letters that look like it", { scope: "reаd:admin-messages" }),
  refused("SCOPE-14", "a list's text with the scope behind a space", { scope: [`x ${admin}`] }),
  refused("SCOPE-15", "the scope in a list in a list", { scope: [[admin]] }),
  refused("SCOPE-16", "the scope in quotes", { scope: `'${admin}'` }),
  refused("SCOPE-17", "the scope deeper in", { realm_access: { roles: [admin] }, data: { scope: admin } }),
  refused("SCOPE-18", "the scope under names that are not configured", { scopes: admin, role: admin, Scope: admin }),
  refused("SCOPE-19", "the scope as an object's value", { scope: { role: admin } }),
  refused("SCOPE-20", "true for a scope", { scope: true }),
  withText("SCOPE-21", "the scope in a claim named __proto__", `"__proto__":{"scope":"${admin}"}`),
  withText("SCOPE-22", "the scope in an object's __proto__", `"scope":{"__proto__":{"${admin}":1}}`),
  withText("SCOPE-23", "the scope in the constructor's prototype", `"constructor":{"prototype":{"scope":"${admin}"}}`),

  granted("SCOPE-90", "the scope", { scope: admin }),
  granted("SCOPE-91", "the scope among others, several spaces between", { scope: `a  ${admin} b` }),
  granted("SCOPE-92", "the scope in a list", { scp: ["a", admin] }),
  granted("SCOPE-93", "the scope as a permission", { permissions: [admin] }),
  granted("SCOPE-94", "the scope as an object's key", { scope: { [admin]: { 1: "tenant-mark" } } }),
]);

/** Where a scope is required that every object seems to have. */
const requiring = (scope: string): StageOptions => ({
  typeDefs: `type Query { privateMessage: Message @requiresScope(scopes: "${scope}") } type Message { message: String }`,
  resolvers: { Query: { privateMessage: () => outcomes.accepted.data?.["privateMessage"] } },
});

const inherited = ["constructor", "toString", "hasOwnProperty", "__proto__"].map((scope, index) => {
  const { challenge } = outcomes.insufficient_scope;
  const lacking = {
    ...outcomes.insufficient_scope,
    requiredScopes: [[scope]],
    challenge: String(challenge).replace(admin, scope),
  };
  return group(
    [
      {
        id: `SCOPE-3${index}`,
        title: `no scope where ${scope} is required`,
        expected: lacking,
        send: ({ sign }) => sign({ scope: {} }),
      },
      {
        id: `SCOPE-4${index}`,
        title: `the scope ${scope} where it is required`,
        expected: "accepted",
        send: ({ sign }) => sign({ scope }),
      },
    ],
    requiring(scope),
  );
});

export const scopeAttacks: readonly AttackGroup[] = [usual, ...inherited];
