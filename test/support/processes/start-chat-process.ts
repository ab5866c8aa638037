import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import type { ChatProcessReport } from "./chat-process.ts";

/** A process of its own that has opened a chat and asks when it is told to. */
export interface ChatProcess {
  readonly reports: readonly ChatProcessReport[];
  ask(): void;
  /** Resolves to the first report of one of these types. */
  reported(...types: readonly ChatProcessReport["type"][]): Promise<ChatProcessReport>;
  /** SIGKILL, and the time at which the process was gone. */
  kill(): Promise<number>;
}

export async function startChatProcess(url: string, chatId: string): Promise<ChatProcess> {
  const program = fileURLToPath(new URL("chat-process.ts", import.meta.url));
  const child = fork(program, [url, chatId], {
    cwd: projectRoot,
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const reports: ChatProcessReport[] = [];
  const watchers = new Set<() => void>();
  child.on("message", (message) => {
    // What the program above sends.
    reports.push(message as ChatProcessReport);
    for (const watcher of watchers) watcher();
  });
  const chatProcess: ChatProcess = {
    reports,
    ask: () => void child.send("ask"),
    reported: (...types) =>
      new Promise((resolve, reject) => {
        child.once("exit", (code) => reject(new Error(`The process ended with ${String(code)}.`)));
        const check = (): void => {
          const found = reports.find((report) => types.includes(report.type));
          if (found === undefined) return;
          watchers.delete(check);
          resolve(found);
        };
        watchers.add(check);
        check();
      }),
    kill: () => kill(child),
  };
  await chatProcess.reported("ready");
  return chatProcess;
}

async function kill(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  return Date.now();
}
