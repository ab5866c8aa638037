import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as sendRequest } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { onTestFinished } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { bundleProgram } from "../processes/bundle-program.ts";

/** What became of a function: it had nothing more to do, it was killed at the limit, or its caller left. */
interface FunctionEnd {
  /** The procedure that it was called for. */
  readonly procedure: string;
  readonly reason: "idle" | "limit";
}

interface Functions {
  readonly url: string;
  readonly ends: readonly FunctionEnd[];
  /** How many functions a procedure has had. */
  readonly count: (procedure: string) => number;
  /** Kills the functions of a procedure as if their time were over. */
  readonly expire: (procedure: string) => void;
}

interface Platform {
  /** The file of the route. */
  readonly route: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A function that waits for its request. */
interface Instance {
  readonly child: ChildProcess;
  readonly port: number;
}

/**
 * A serverless platform, until the test ends: each request runs in a process of its own, which is killed once it has
 * responded and what it gave to `after` is done, or at the limit, which comes when the test calls `expire`.
 */
export async function startFunctions({ route, env }: Platform): Promise<Functions> {
  const children = new Set<ChildProcess>();
  const ends: FunctionEnd[] = [];
  const counts = new Map<string, number>();
  /** What kills a function that runs, by its procedure. */
  const running = new Map<() => void, string>();

  const program = await bundleFunction(route);

  async function startInstance(): Promise<Instance> {
    const child = fork(program, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    const [address] = await once(child, "message");
    return { child, port: Number(Object(address).port) };
  }

  // Functions that are warm, as most are on a real platform.
  const spares = [startInstance(), startInstance(), startInstance()];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const procedure = /\/(chat\.\w+)/.exec(request.url ?? "")?.[1] ?? "";
    const spare = spares.shift() ?? startInstance();
    spares.push(startInstance());
    const { child, port } = await spare;
    const end = (reason: FunctionEnd["reason"]): void => {
      running.delete(expire);
      ends.push({ procedure, reason });
      child.kill("SIGKILL");
    };
    const expire = (): void => end("limit");
    running.set(expire, procedure);
    counts.set(procedure, (counts.get(procedure) ?? 0) + 1);
    child.once("message", () => end("idle"));
    const { method = "GET", url = "/", headers } = request;
    const passed = sendRequest({ port, host: "127.0.0.1", path: url, method, headers });
    passed.on("response", (answered) => {
      response.writeHead(answered.statusCode ?? 500, answered.headers);
      response.flushHeaders();
      answered.on("error", () => response.destroy());
      answered.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await Promise.all(spares);
    for (const child of children) child.kill("SIGKILL");
  });
  const address = server.address();
  const port = Number(Object(address).port);
  return {
    url: `http://127.0.0.1:${port}/api/trpc`,
    ends,
    count: (procedure) => counts.get(procedure) ?? 0,
    expire: (procedure) => {
      for (const [expire, name] of running) if (name === procedure) expire();
    },
  };
}

/** Bundles a function that answers with a route. The file stands beside that of the route. */
async function bundleFunction(route: string): Promise<string> {
  const run = fileURLToPath(new URL("run-function.ts", import.meta.url));
  const file = join(dirname(route), "function.ts");
  const code = `import { runFunction } from ${JSON.stringify(run)};
    import * as route from ${JSON.stringify(route)};
    runFunction(route);`;
  await writeFile(file, code);
  return bundleProgram(pathToFileURL(file), join(dirname(route), "function.mjs"));
}
