import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../src/config.ts";
import { readImage, readTexts } from "../support/dockerfile.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { findProblems } from "./kubernetes-schemas.ts";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

const documents = parseAllDocuments(read("deploy/kubernetes.yaml"), { strict: true });
// biome-ignore lint/suspicious/noExplicitAny: resources have every shape, and the schemas have been asked about it.
const resources: readonly any[] = documents.map((document) => document.toJS());
const find = (kind: string): (typeof resources)[number] => resources.find((resource) => resource.kind === kind);

const deployment = find("Deployment");
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const values: Readonly<Record<string, string>> = find("ConfigMap").data;
const probes = ["startupProbe", "readinessProbe", "livenessProbe"] as const;
const labels = { "app.kubernetes.io/name": "gatehouse" };

/** What the container's process would find in its environment. */
const environment = {
  NODE_ENV: "production",
  ...values,
  AUTH_CLIENT_SECRET: "from-the-secret",
  CACHE_URL: "rediss://from-the-secret",
};

describe("the manifest", () => {
  test("is YAML without a doubt, and what Kubernetes' schemas ask for", () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(findProblems(resources)).toEqual([]);
  });

  test("would not be with mistakes: in names anywhere, in types, in values, in kinds", () => {
    const mistakes = [
      (copy: typeof deployment) => Object.assign(copy.spec, { replica: 2 }),
      (copy: typeof deployment) => Object.assign(copy.spec.template.spec.containers[0], { env_from: [] }),
      (copy: typeof deployment) => Object.assign(copy.spec, { replicas: "2" }),
      (copy: typeof deployment) => Object.assign(copy.spec, { minReadySeconds: 1.5 }),
      (copy: typeof deployment) => Object.assign(copy.spec, { selector: undefined }),
      (copy: typeof deployment) => Object.assign(copy, { apiVersion: "apps/v2" }),
    ];
    const copies = mistakes.map((change) => {
      const copy = structuredClone(deployment);
      change(copy);
      return copy;
    });
    const problems = findProblems(copies).join("\n");
    expect(problems).toMatch(/"replica"' does not exist/);
    expect(problems).toMatch(/"env_from"' does not exist/);
    expect(problems).toContain("replicas must be integer");
    expect(problems).toContain("minReadySeconds must be integer");
    expect(problems).toContain("must have required property selector");
    expect(problems).toContain("there is no Deployment in apps/v2");
  });

  test("gives the server a configuration that it takes", () => {
    expect(readConfig(environment)).toMatchObject({ port: 4000, metricsPort: 9090, shutdownTimeoutMs: 30_000 });
  });

  test("names variables that there are, each once, and no secret's value", () => {
    const fromSecret = container.env.map(({ name }: { name: string }) => name);
    expect(fromSecret).toEqual(["AUTH_CLIENT_SECRET", "CACHE_URL"]);
    for (const { name, ...source } of container.env) {
      expect(source).toEqual({ valueFrom: { secretKeyRef: { name: "gatehouse", key: name } } });
    }
    const known = Object.keys(parseEnv(read(".env.example")));
    const named = [...Object.keys(values), ...fromSecret];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    expect(container.envFrom).toEqual([{ configMapRef: { name: find("ConfigMap").metadata.name } }]);
    expect(resources.map(({ kind }) => kind)).not.toContain("Secret");
  });

  test("opens the ports where the server listens, of which only the API's is in the Service", () => {
    expect(container.ports).toEqual([
      { name: "http", containerPort: Number(values["PORT"]) },
      { name: "metrics", containerPort: Number(values["METRICS_PORT"]) },
    ]);
    expect(readTexts(readImage(), "EXPOSE")).toEqual([values["PORT"]]);
    expect(find("Service").spec.ports).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
    expect(deployment.spec.template.metadata.annotations["prometheus.io/port"]).toBe(values["METRICS_PORT"]);
  });

  test("finds its own pods everywhere", () => {
    expect(deployment.spec.template.metadata.labels).toEqual(labels);
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(find("Service").spec.selector).toEqual(labels);
    expect(find("PodDisruptionBudget").spec.selector.matchLabels).toEqual(labels);
    expect(find("NetworkPolicy").spec.podSelector.matchLabels).toEqual(labels);
    for (const { labelSelector } of pod.topologySpreadConstraints) expect(labelSelector.matchLabels).toEqual(labels);
  });

  test("gives the process the rights of nobody in particular", () => {
    const user = Number(readTexts(readImage(), "USER")[0]);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    for (const name of ["hostNetwork", "hostPID", "hostIPC", "volumes"]) expect(pod).not.toHaveProperty(name);
  });

  test("always leaves a replica that serves, and asks for what it may use", () => {
    expect(deployment.spec.replicas).toBeGreaterThan(find("PodDisruptionBudget").spec.maxUnavailable);
    expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(container.resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    expect(container.resources.limits).toEqual({ memory: expect.any(String) });
  });

  test("gives requests under way the time that the server gives them, after others have stopped coming", () => {
    const pauseS = container.lifecycle.preStop.sleep.seconds;
    expect(pauseS).toBeGreaterThanOrEqual(5);
    const neededS = pauseS + readConfig(environment).shutdownTimeoutMs / 1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(neededS);
  });
});

describe("a probe", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ issuer: "http://127.0.0.1:1" });
    return server.stop;
  });

  test.each(probes)("of the manifest (%s) is answered with 200 by a server whose provider is down", async (name) => {
    const { path, port } = container[name].httpGet;
    expect(port).toBe("http");
    expect((await fetch(`${server.url}${path}`)).status).toBe(200);
  });

  test("asks whether the server is alive before it is killed, and whether it is ready before it is sent requests", () => {
    expect(probes.map((name) => container[name].httpGet.path)).toEqual([
      "/health/ready",
      "/health/ready",
      "/health/live",
    ]);
  });
});
