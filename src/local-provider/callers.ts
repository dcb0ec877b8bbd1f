import type { LocalApplication, LocalPerson } from "./people.ts";
import type { LocalClient } from "./provider.ts";

const secret = "local-development";

/** A caller whose tokens grant nothing but being one. */
export const member: LocalClient = { id: "member", secret, scopes: [] };

/** A caller who may read the admin's messages. */
export const admin: LocalClient = { id: "admin", secret, scopes: ["read:admin-messages"] };

/** Whoever develops here: gets any scope asked for. */
export const developer: LocalClient = { id: "developer", secret };

/** Who can sign in: people of the same names and rights. */
export const people: readonly LocalPerson[] = [member, admin].map(({ id, scopes = [] }) => ({ name: id, scopes }));

/** A page on this machine that signs people in. */
export const frontend: LocalApplication = { id: "frontend", redirectUris: ["http://127.0.0.1/", "http://localhost/"] };
