import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { isLoopback } from "../../src/app/server/demo-access.ts";
import type { Address } from "./check-port.ts";
import { projectRoot } from "./project-root.ts";

export const nextCli = "node_modules/next/dist/bin/next";

/** Runs Next until it exits, forwards signals to it and adopts its exit code. */
export async function runNext(command: "start" | "dev", address: Address): Promise<void> {
  const { host, port } = address;
  const args = [nextCli, command, "--hostname", host, "--port", String(port)];
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: ["inherit", "ignore", "inherit"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const ended = once(child, "exit");
  const stopped = new AbortController();
  await Promise.race([announce(address, stopped.signal), ended]);
  const [code] = await ended;
  stopped.abort();
  process.exitCode = typeof code === "number" ? code : 0;
}

async function announce({ host, port }: Address, stopped: AbortSignal): Promise<void> {
  // A server that listens on all addresses is reached by this machine's own name.
  const isLocal = isLoopback(host) || ["0.0.0.0", "::"].includes(host);
  const name = isLocal ? "localhost" : host;
  while (!stopped.aborted) {
    if (await accepts({ host: name, port })) {
      console.log(`\nReady: http://${name.includes(":") ? `[${name}]` : name}:${port}\n`);
      return;
    }
    await delay(100);
  }
}

async function accepts({ host, port }: Address): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
