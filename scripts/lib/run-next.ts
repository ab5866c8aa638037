import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { projectRoot } from "./project-root.ts";

export const nextCli = "node_modules/next/dist/bin/next";

/** Runs Next until it exits, forwards signals to it and adopts its exit code. */
export async function runNext(command: "start" | "dev", port: number): Promise<void> {
  const child = spawn(process.execPath, [nextCli, command, "--port", String(port)], {
    cwd: projectRoot,
    stdio: ["inherit", "ignore", "inherit"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const ended = once(child, "exit");
  const stopped = new AbortController();
  await Promise.race([announce(port, stopped.signal), ended]);
  const [code] = await ended;
  stopped.abort();
  process.exitCode = typeof code === "number" ? code : 0;
}

async function announce(port: number, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    if (await accepts(port)) {
      console.log(`\nReady: http://localhost:${port}\n`);
      return;
    }
    await delay(100);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
