import type { CombinedError, TypedDocumentNode } from "@urql/core";
import { AdminDocument, PrivateDocument, PublicDocument } from "../../generated/graphql.ts";
import { createClient } from "./client.ts";
import { openSession } from "./session.ts";

const { VITE_API_URL, VITE_ISSUER } = import.meta.env;

const session = await openSession({
  issuer: VITE_ISSUER ?? "http://127.0.0.1:4001",
  clientId: "frontend",
  scope: "openid read:admin-messages",
});
const client = createClient(VITE_API_URL ?? "http://127.0.0.1:4000/graphql", session);

find("sign-in").addEventListener("click", () => void session.signIn());

await Promise.all([
  show("public", PublicDocument, ({ publicMessage }) => publicMessage.message),
  show("private", PrivateDocument, ({ privateMessage }) => privateMessage?.message),
  show("admin", AdminDocument, ({ adminMessage }) => adminMessage?.message),
]);

/** Asks, and shows the message or what it takes to see it. */
async function show<Data>(
  id: string,
  document: TypedDocumentNode<Data, Record<string, never>>,
  read: (data: Data) => string | undefined,
): Promise<void> {
  const { data, error } = await client.query(document, {}).toPromise();
  find(id).classList.toggle("refused", error !== undefined);
  find(id).textContent = (error ? formatRefusal(error) : data && read(data)) ?? "There is no message.";
}

/** What a reader can do about it. */
function formatRefusal({ graphQLErrors: [refusal], message }: CombinedError): string {
  switch (refusal?.extensions["code"]) {
    case "UNAUTHENTICATED":
      find("sign-in").hidden = false;
      return "Sign in to read this.";
    case "FORBIDDEN": {
      const scopes = refusal.extensions["requiredScopes"] as readonly (readonly string[])[];
      return `To read this you need ${scopes.map((all) => all.join(" and ")).join(", or ")}.`;
    }
    default:
      return `This cannot be read now: ${refusal?.message ?? message}`;
  }
}

function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no ${id}.`);
  return element;
}
