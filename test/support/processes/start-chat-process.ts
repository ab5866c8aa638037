import type { ChatProcessReport } from "./chat-process.ts";
import { ForkedProgram } from "./forked-program.ts";

/** A process of its own that has loaded a chat and asks when it is told to. */
export interface ChatProcess {
  readonly reports: readonly ChatProcessReport[];
  readonly reported: ForkedProgram<ChatProcessReport>["reported"];
  ask(): void;
  /** Sends SIGKILL, and resolves to the time at which the process was gone. */
  kill(): Promise<number>;
}

export async function startChatProcess(url: string, chatId: string): Promise<ChatProcess> {
  const program = new ForkedProgram<ChatProcessReport>("chat-process.ts", [url, chatId]);
  await program.reported("ready");
  return {
    reports: program.reports,
    reported: (...types) => program.reported(...types),
    ask: () => program.send("ask"),
    kill: async () => {
      program.kill("SIGKILL");
      await program.exited;
      return Date.now();
    },
  };
}
