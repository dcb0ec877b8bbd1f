import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Program, startProgram } from "./program.ts";

/** Where nginx listens, and the ports of the replicas behind that. */
export interface Upstream {
  readonly name: string;
  readonly port: number;
  readonly replicas: readonly number[];
}

/** Starts nginx on loopback, with everything it writes in a folder, and resolves when it serves. */
export async function startNginx(folder: string, upstreams: readonly Upstream[]): Promise<Program> {
  const file = join(folder, "nginx.conf");
  await writeFile(file, formatConfiguration(folder, upstreams));
  return startProgram({
    name: "nginx",
    command: "nginx",
    args: ["-p", folder, "-c", file, "-e", "stderr", "-g", "daemon off;"],
    cwd: folder,
    isReady: async () => {
      const answers = await Promise.all(upstreams.map(({ port }) => fetch(`http://127.0.0.1:${port}/health/live`)));
      return answers.every(({ ok }) => ok);
    },
  });
}

function formatConfiguration(folder: string, upstreams: readonly Upstream[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `
worker_processes 2;
pid ${join(folder, "nginx.pid")};
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join("\n  ")}
  # autocannon writes its next request before it looks whether the connection is to be closed.
  keepalive_requests 1000000;
${upstreams.map(formatUpstream).join("")}}
`;
}

/** A request that was sent to a replica is sent to no other, unless it is idempotent (a GET): nginx's default. */
function formatUpstream({ name, port, replicas }: Upstream): string {
  const servers = replicas.map((replica) => `server 127.0.0.1:${replica} max_fails=1 fail_timeout=1s;`);
  return `
  upstream ${name} {
    zone ${name} 64k;
    ${servers.join("\n    ")}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://${name};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_connect_timeout 2s;
      proxy_next_upstream error timeout;
      proxy_next_upstream_tries 2;
      # For the test: which request an answer is for, and who gave it.
      add_header X-Request $http_x_request always;
      add_header X-Upstream "$upstream_addr" always;
      add_header X-Upstream-Status "$upstream_status" always;
    }
  }
`;
}
