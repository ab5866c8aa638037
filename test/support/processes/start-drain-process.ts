import {
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from "@trpc/client";
import { EventSource } from "eventsource";

import type { DrainProcessReport, DrainRouter } from "./drain-process.ts";
import { ForkedProgram } from "./forked-program.ts";

/** A chat server in a process of its own, which drains on SIGTERM. */
export interface DrainProcess {
  readonly client: TRPCClient<DrainRouter>;
  readonly reported: ForkedProgram<DrainProcessReport>["reported"];
  /** Resolves to the exit code. */
  readonly exited: Promise<number | null>;
  /** Sends SIGTERM. */
  terminate(): void;
  /** Sends SIGKILL. */
  kill(): void;
}

/** @param timeoutMs How long the drain waits for answers, in milliseconds. */
export async function startDrainProcess(url: string, timeoutMs: number): Promise<DrainProcess> {
  const program = new ForkedProgram<DrainProcessReport>("drain-process.ts", [
    url,
    String(timeoutMs),
  ]);
  const { port } = await program.reported("ready");
  return {
    client: createClient(`http://127.0.0.1:${port}`),
    reported: (...types) => program.reported(...types),
    exited: program.exited,
    terminate: () => program.kill("SIGTERM"),
    kill: () => program.kill("SIGKILL"),
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
