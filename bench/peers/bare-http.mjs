// No GraphQL, no token, nothing decided: the floor under everybody. It reads the request and sends the same bytes.
import { createServer } from "node:http";
import { report, task } from "../servers/child.mjs";
import { toSchemaParts } from "../servers/schema.mjs";

const { Query } = toSchemaParts(task).resolvers;
const data = task.list === undefined ? { adminMessage: Query.adminMessage() } : { rows: Query.rows() };
const answer = Buffer.from(`${JSON.stringify({ data })}\n`);
const headers = { "content-type": "application/json; charset=utf-8", "content-length": answer.length };

const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, headers).end(answer));
});
server.listen(0, "127.0.0.1", () => report(server.address().port));
