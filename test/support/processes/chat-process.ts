import { createLLM } from "@node-llm/core";

import { loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { openClient } from "../databases/open-client.ts";

/** What the process reports to the test that started it. */
export type ChatProcessReport =
  | { readonly type: "ready" }
  /** At this time, this many characters had arrived from the provider. */
  | { readonly type: "produced"; readonly length: number; readonly at: number }
  | { readonly type: "ended" }
  | { readonly type: "failed"; readonly code: unknown; readonly message: string };

// A program: start-chat-process.ts starts it with the URL of the database and the id of the chat.
const [url = "", chatId = ""] = process.argv.slice(2);
const report = (message: ChatProcessReport): void => void process.send?.(message);
const prisma = openClient(url);
const pieces = Array.from({ length: 400 }, (_, index) => `${index} `);
const provider = createScriptedProvider([{ text: pieces, delayMs: 10 }]);
const chat = await loadChat(prisma, createLLM({ provider }), chatId);
await prisma.$queryRawUnsafe("SELECT 1");

process.once("message", () => {
  void (async () => {
    let length = 0;
    for await (const chunk of chat.askStream("Count")) {
      length += chunk.content.length;
      report({ type: "produced", length, at: Date.now() });
    }
    report({ type: "ended" });
  })().catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : null;
    report({ type: "failed", code, message: String(error) });
  });
});
report({ type: "ready" });
