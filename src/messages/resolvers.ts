import type { Resolvers } from "../generated/resolvers.ts";

/** The example domain. Whether a caller may see a message is the schema's business: nothing is checked here. */
export const resolvers: Resolvers = {
  Query: {
    publicMessage: () => ({ message: "The API doesn't require an access token to share this message." }),
    privateMessage: () => ({ message: "The API successfully validated your access token." }),
    adminMessage: () => ({ message: "The API successfully recognized you as an admin." }),
  },
};
