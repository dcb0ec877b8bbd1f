import { describe, expect, onTestFinished, test } from "vitest";
import { respondWith, type Script } from "../support/scripted-provider.ts";
import type { Answer } from "../support/server.ts";
import { createSigner } from "../support/signer.ts";
import { keys, listPublicJwks, providerWords, type Stage, type StageOptions, startStage } from "../support/stage.ts";
import { ask, countStatuses, expectNothingTold, expectOutage, expectRefused, expectService } from "./expect-answer.ts";

const second = 1000;
const minute = 60 * second;
const newKey = createSigner("ES256", "kid-mark-new");

async function start(options: StageOptions = {}): Promise<Stage> {
  const stage = await startStage(options);
  onTestFinished(stage.stop);
  return stage;
}

/** A new token of a day: outages here last for hours. */
const sign = (stage: Stage, signer = keys.p256): string => stage.sign({ exp: stage.nowS + 24 * 3600 }, {}, signer);

const serve = ({ provider }: Stage, jwks: Script): unknown => provider.answers.set("/jwks", jwks);

const countCalls = ({ provider }: Stage, path = "/jwks"): number => provider.calls.get(path) ?? 0;

const askOften = (stage: Stage, times: number, signer = keys.p256): Promise<Answer>[] =>
  Array.from({ length: times }, () => ask(stage, sign(stage, signer)));

/** Every way to answer that is no key set. The elsewhere of a redirect would have a good one. */
const lies: readonly (readonly [string, Script])[] = [
  ["an empty set", { keys: [] }],
  ["keys without a usable one", { keys: [{ kty: "oct", k: "c2VjcmV0" }, null, 7] }],
  ["another shape", { keys: { 0: keys.p256.publicJwk } }],
  ["a list", [keys.p256.publicJwk]],
  ["a web page", respondWith(200, `<html>${providerWords}</html>`)],
  ["nothing", respondWith(200, "")],
  ["half of it", respondWith(200, JSON.stringify({ keys: listPublicJwks() }).slice(0, -9))],
  ["more than 256 KiB", { keys: listPublicJwks(), filler: "x".repeat(256 * 1024) }],
  ["an error", respondWith(500, providerWords)],
  ["a redirect", respondWith(302, {}, { location: "/elsewhere" })],
  ["a redirect that keeps the method", respondWith(307, {}, { location: "/elsewhere" })],
  ["a cut connection", (response) => response.destroy()],
];

describe("a provider that is down at the start", () => {
  test("is no caller's fault, hides nothing that is public, and serves within 20 seconds of coming back", async () => {
    const stage = await start({ set: ({ goDown }) => goDown() });
    const token = sign(stage);
    for (let waited = 0; waited < 2 * minute; waited += 20 * second) {
      await expectOutage(stage, token);
      stage.clock.advance(20 * second);
    }
    await stage.provider.comeBack();
    stage.clock.advance(20 * second);
    await expectService(stage, token);
  });

  test("lets those be refused whom it need not be asked about", async () => {
    const stage = await start({ set: ({ goDown }) => goDown() });
    expect((await stage.server.query("{ privateMessage { message } }")).status).toBe(401);
    await expectRefused(stage, "a b", "invalid_header");
    await expectRefused(stage, "opaque-token-mark", "invalid_token");
    await expectRefused(stage, stage.sign({ iss: "https://issuer-mark.example.com" }), "invalid_claims");
  });

  test.each(lies)("or answers %s, serves within 20 seconds of mending", async (_, lie) => {
    const stage = await start({
      set: ({ answers }) => {
        answers.set("/jwks", lie);
        answers.set("/elsewhere", { keys: listPublicJwks() });
      },
    });
    const token = sign(stage);
    await expectOutage(stage, token);
    expect(countCalls(stage, "/elsewhere")).toBe(0);
    serve(stage, { keys: listPublicJwks() });
    stage.clock.advance(20 * second);
    await expectService(stage, token);
  });

  test.each<[string, (issuer: string) => Script]>([
    ["of another issuer", (issuer) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` })],
    ["without the keys' address", (issuer) => ({ issuer })],
    ["that is a web page", () => respondWith(200, `<html>${providerWords}</html>`)],
    ["elsewhere", () => respondWith(302, {}, { location: "/elsewhere" })],
    ["of more than 256 KiB", (issuer) => ({ issuer, jwks_uri: `${issuer}/jwks`, filler: "x".repeat(256 * 1024) })],
    ["of another shape", (issuer) => ({ issuer: [issuer], jwks_uri: [`${issuer}/jwks`] })],
  ])("or has metadata %s, serves within 20 seconds of mending", async (_, toMetadata) => {
    const path = "/.well-known/openid-configuration";
    const stage = await start({ set: ({ issuer, answers }) => void answers.set(path, toMetadata(issuer)) });
    const { issuer, answers } = stage.provider;
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
    answers.set("/elsewhere", metadata);
    const token = sign(stage);
    await expectOutage(stage, token);
    expect([countCalls(stage), countCalls(stage, "/elsewhere")]).toEqual([0, 0]);
    answers.set(path, metadata);
    stage.clock.advance(20 * second);
    await expectService(stage, token);
  });
});

describe("a provider that dies under load", () => {
  test("is not missed by callers with known keys: every request is answered, and granted", async () => {
    const stage = await start();
    await expectService(stage, sign(stage));
    stage.clock.advance(6 * minute);
    const before = askOften(stage, 30);
    const dying = stage.provider.goDown();
    const during = askOften(stage, 30);
    await dying;
    expect(await countStatuses([...before, ...during])).toEqual({ 200: 60 });
    stage.clock.advance(5 * 60 * minute);
    expect(await countStatuses(askOften(stage, 30))).toEqual({ 200: 30 });
  });

  test("is not missed for six hours, then missed aloud, and serves within 15 seconds of coming back", async () => {
    const stage = await start();
    const token = sign(stage);
    await expectService(stage, token);
    await stage.provider.goDown();
    stage.clock.advance(6 * 60 * minute - second);
    await expectService(stage, sign(stage));
    stage.clock.advance(2 * second);
    await expectOutage(stage, token);
    await expectOutage(stage, sign(stage));
    await stage.provider.comeBack();
    stage.clock.advance(15 * second);
    await expectService(stage, token);
  });

  test("with requests waiting for its first answer, leaves none of them without one", async () => {
    const stage = await start({ set: ({ answers }) => void answers.set("/jwks", () => {}) });
    const waiting = askOften(stage, 30);
    await expect.poll(() => countCalls(stage)).toBe(1);
    await stage.provider.goDown();
    expect(await countStatuses(waiting)).toEqual({ 503: 30 });
    serve(stage, { keys: listPublicJwks() });
    await stage.provider.comeBack();
    stage.clock.advance(15 * second);
    expect(await countStatuses(askOften(stage, 30))).toEqual({ 200: 30 });
  });

  test("and comes back, again and again, never makes a good token a bad one", async () => {
    const stage = await start();
    await expectService(stage, sign(stage));
    for (let round = 0; round < 4; round += 1) {
      await stage.provider.goDown();
      stage.clock.advance(11 * minute);
      expect(await countStatuses(askOften(stage, 10))).toEqual({ 200: 10 });
      await expectOutage(stage, sign(stage, newKey));
      await stage.provider.comeBack();
      stage.clock.advance(15 * second);
      expect(await countStatuses(askOften(stage, 10))).toEqual({ 200: 10 });
      await expectRefused(stage, sign(stage, newKey), "invalid_token");
    }
    expectNothingTold(stage, []);
  });
});

describe("a slow provider", () => {
  test("makes callers wait for it once, and all of them are served", async () => {
    let release = (): void => {};
    const slow: Script = (response) => {
      release = () => response.end(JSON.stringify({ keys: listPublicJwks() }));
    };
    const stage = await start({
      env: { AUTH_TIMEOUT_MS: "60000" },
      set: ({ answers }) => void answers.set("/jwks", slow),
    });
    const waiting = askOften(stage, 20);
    expect((await stage.server.query("{ publicMessage { message } }")).status).toBe(200);
    await expect.poll(() => countCalls(stage)).toBe(1);
    release();
    expect(await countStatuses(waiting)).toEqual({ 200: 20 });
    expect(countCalls(stage)).toBe(1);
  });

  test("that is too slow is an outage to new callers, and none to those with known keys", async () => {
    const stage = await start({ env: { AUTH_TIMEOUT_MS: "200" } });
    const token = sign(stage);
    await expectService(stage, token);
    serve(stage, (response) => {
      const drops = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drops));
    });
    stage.clock.advance(31 * second);
    await expectOutage(stage, sign(stage, newKey));
    await expectService(stage, sign(stage));
    serve(stage, { keys: [...listPublicJwks(), newKey.publicJwk] });
    stage.clock.advance(15 * second);
    await expectService(stage, sign(stage, newKey));
  });
});

describe("a provider that lies", () => {
  test.each(lies)("with %s does not talk its good keys away", async (_, lie) => {
    const stage = await start();
    stage.provider.answers.set("/elsewhere", { keys: [newKey.publicJwk] });
    await expectService(stage, sign(stage));
    serve(stage, lie);
    stage.clock.advance(11 * minute);
    expect(await countStatuses(askOften(stage, 5))).toEqual({ 200: 5 });
    await expectOutage(stage, sign(stage, newKey));
    expect(countCalls(stage, "/elsewhere")).toBe(0);
    serve(stage, { keys: [newKey.publicJwk] });
    stage.clock.advance(15 * second);
    await expectService(stage, sign(stage, newKey));
    await expectRefused(stage, sign(stage), "invalid_token");
  });
});

describe("a provider that rotates its keys", () => {
  test("has the new one known within 40 seconds, while callers with the old one never wait", async () => {
    const stage = await start();
    await expectService(stage, sign(stage));
    serve(stage, { keys: [...listPublicJwks(), newKey.publicJwk] });
    stage.clock.advance(40 * second);
    const both = [...askOften(stage, 20), ...askOften(stage, 20, newKey), ...askOften(stage, 20)];
    expect(await countStatuses(both)).toEqual({ 200: 60 });
    expect(countCalls(stage)).toBe(2);
  });

  test("has the old one forgotten within 10 minutes, also for tokens that were seen", async () => {
    const stage = await start();
    const token = sign(stage);
    await expectService(stage, token);
    serve(stage, { keys: [newKey.publicJwk] });
    stage.clock.advance(10 * minute);
    await expectRefused(stage, token, "invalid_token");
    await expectService(stage, sign(stage, newKey));
  });

  test("is asked once in 30 seconds, however many unknown keys are named", async () => {
    const stage = await start();
    await expectService(stage, sign(stage));
    const flood = (): Promise<Answer>[] =>
      Array.from({ length: 50 }, (_, index) => ask(stage, stage.sign({}, { kid: `kid-mark-${index}` }, keys.attacker)));
    expect(await countStatuses(flood())).toEqual({ 401: 50 });
    expect(countCalls(stage)).toBe(1);
    stage.clock.advance(31 * second);
    expect(await countStatuses(flood())).toEqual({ 401: 50 });
    expect(await countStatuses(flood())).toEqual({ 401: 50 });
    expect(countCalls(stage)).toBe(2);
  });

  test("and its address, is followed when the old one fails", async () => {
    const stage = await start();
    await expectService(stage, sign(stage));
    const { issuer, answers } = stage.provider;
    answers.set("/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/moved` });
    answers.set("/moved", { keys: [newKey.publicJwk] });
    answers.delete("/jwks");
    stage.clock.advance(31 * second);
    await expectOutage(stage, sign(stage, newKey));
    stage.clock.advance(9 * second);
    await expectService(stage, sign(stage, newKey));
  });
});
