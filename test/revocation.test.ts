import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import type { IssuerOptions } from "../src/authentication/issuer.ts";
import { createTestClock, type TestClock } from "./support/clock.ts";
import { audience, clients, startProvider, type TestProvider } from "./support/provider.ts";

const second = 1000;
const minute = 60 * second;

let provider: TestProvider;
let clock: TestClock;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());
beforeEach(() => {
  clock = createTestClock();
});

const api = clients.find(({ id }) => id === "api");

function introspect(options: Partial<IssuerOptions> = {}): Authenticator {
  const { id: clientId, secret: clientSecret } = api ?? {};
  const issuer = { issuer: provider.issuer, audience, method: "introspection", clientId, clientSecret } as const;
  return createAuthenticator({ issuers: [{ ...issuer, ...options }], clock });
}

async function ask(authenticate: Authenticator, token: string): Promise<string> {
  const authentication = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

/** Revokes a token at the provider (RFC 7009), as the client that got it. */
async function revoke(token: string): Promise<void> {
  const response = await fetch(`${provider.issuer}/token/revocation`, {
    method: "POST",
    body: new URLSearchParams({ token, client_id: "member", client_secret: "member-secret" }),
  });
  expect(response.status).toBe(200);
}

describe("a revoked token, with introspection,", () => {
  test("passes for the rest of 30 seconds since it was asked about, and no longer", async () => {
    const authenticate = introspect();
    const token = await provider.getToken("member", { format: "opaque" });
    expect(await ask(authenticate, token)).toBe("authenticated");
    await revoke(token);
    clock.advance(29 * second);
    expect(await ask(authenticate, token)).toBe("authenticated");
    clock.advance(1 * second);
    expect(await ask(authenticate, token)).toBe("token_inactive");
  });

  test.each([1, 10, 600])(
    "passes for AUTH_INTROSPECTION_TTL_S when that is %i, used or not",
    async (introspectionTtlS) => {
      const authenticate = introspect({ introspectionTtlS });
      const token = await provider.getToken("member", { format: "opaque" });
      expect(await ask(authenticate, token)).toBe("authenticated");
      await revoke(token);
      // Being used does not make an answer younger.
      for (let time = 0; time < 4; time += 1) {
        clock.advance((introspectionTtlS / 4) * second);
        await ask(authenticate, token);
      }
      expect(await ask(authenticate, token)).toBe("token_inactive");
    },
  );

  test("passes no more at all when the time is 0", async () => {
    const authenticate = introspect({ introspectionTtlS: 0 });
    const token = await provider.getToken("member", { format: "opaque" });
    expect(await ask(authenticate, token)).toBe("authenticated");
    await revoke(token);
    expect(await ask(authenticate, token)).toBe("token_inactive");
  });

  test("does not pass for longer because the provider is down when the time is over", async () => {
    const own = await startProvider();
    const authenticate = introspect({ issuer: own.issuer });
    const token = await own.getToken("member", { format: "opaque" });
    expect(await ask(authenticate, token)).toBe("authenticated");
    await own.stop();
    clock.advance(29 * second);
    expect(await ask(authenticate, token)).toBe("authenticated");
    clock.advance(1 * second);
    expect(await ask(authenticate, token)).toBe("provider_unavailable");
  });
});

// A removed key is revocation for all of its tokens: within 10 minutes, in key-set.test.ts.
test("a JWT that is verified here passes until it expires and no longer, whatever the provider has come to know", async () => {
  const authenticate = createAuthenticator({
    issuers: [{ issuer: provider.issuer, audience, clockToleranceS: 0 }],
    clock,
  });
  const token = await provider.sign({ exp: Math.floor(clock.wallMs() / second) + 5 * 60 });
  expect(await ask(authenticate, token)).toBe("authenticated");
  clock.advance(5 * minute - 2 * second);
  expect(await ask(authenticate, token)).toBe("authenticated");
  clock.advance(2 * second);
  expect(await ask(authenticate, token)).toBe("token_expired");
});
