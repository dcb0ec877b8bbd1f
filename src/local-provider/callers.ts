import type { LocalClient } from "./provider.ts";

const secret = "local-development";

/** A caller whose tokens grant nothing but being one. */
export const member: LocalClient = { id: "member", secret, scopes: [] };

/** A caller who may read the admin's messages. */
export const admin: LocalClient = { id: "admin", secret, scopes: ["read:admin-messages"] };

/** Whoever develops here: gets any scope asked for. */
export const developer: LocalClient = { id: "developer", secret };
