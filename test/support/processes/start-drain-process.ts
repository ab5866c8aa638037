import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import {
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from "@trpc/client";
import { EventSource } from "eventsource";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import type { DrainProcessReport, DrainRouter } from "./drain-process.ts";

/** A chat server in a process of its own, which drains when it gets a SIGTERM. */
export interface DrainProcess {
  readonly client: TRPCClient<DrainRouter>;
  readonly reports: readonly DrainProcessReport[];
  /** Resolves to the first report of this type. */
  reported<Type extends DrainProcessReport["type"]>(
    type: Type,
  ): Promise<Extract<DrainProcessReport, { type: Type }>>;
  terminate(): void;
  /** Resolves to the exit code. */
  readonly exited: Promise<number | null>;
  kill(): void;
}

export async function startDrainProcess(url: string, timeoutMs: number): Promise<DrainProcess> {
  const program = fileURLToPath(new URL("drain-process.ts", import.meta.url));
  const child = fork(program, [url, String(timeoutMs)], {
    cwd: projectRoot,
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  const reports: DrainProcessReport[] = [];
  const watchers = new Set<() => void>();
  child.on("message", (message) => {
    // What the program sends.
    reports.push(message as DrainProcessReport);
    for (const watcher of watchers) watcher();
  });
  const reported = <Type extends DrainProcessReport["type"]>(type: Type) =>
    new Promise<Extract<DrainProcessReport, { type: Type }>>((resolve, reject) => {
      const isWanted = (
        report: DrainProcessReport,
      ): report is Extract<DrainProcessReport, { type: Type }> => report.type === type;
      const check = (): void => {
        const found = reports.find(isWanted);
        if (found === undefined) return;
        watchers.delete(check);
        resolve(found);
      };
      watchers.add(check);
      check();
      void exited.then((code) => reject(new Error(`The process ended with ${String(code)}.`)));
    });
  const { port } = await reported("ready");
  return {
    client: createClient(`http://127.0.0.1:${port}`),
    reports,
    reported,
    terminate: () => void child.kill("SIGTERM"),
    exited,
    kill: () => void child.kill("SIGKILL"),
  };
}

function createClient(url: string): TRPCClient<DrainRouter> {
  return createTRPCClient<DrainRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({ url, EventSource }),
        false: httpLink({ url }),
      }),
    ],
  });
}
