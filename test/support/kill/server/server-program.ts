import { createLLM } from "@node-llm/core";

import type { ChatBudget, ChatHub } from "node-llm-trpc/server";
import { createDrain, createMemoryHub } from "node-llm-trpc/server";
import type { Answer } from "../../../../src/chat/answer.ts";
import { createAppRouter, listen } from "../../servers/create-app-router.ts";
import { watchStatements } from "../../databases/watch-statements.ts";
import { beatMs } from "./pulse.ts";
import { JournalWriter } from "./server-journal.ts";

/** When a process can be told to die: right before a statement, or while a tool runs. */
export type Moment =
  | "begin"
  | "tool"
  | "working"
  | "pause"
  | "decide"
  | "finish"
  | "commit"
  | "ledger"
  | "save"
  | "recover"
  | "any";

/** What the test tells the process. */
export type ServerCommand =
  | {
      readonly type: "open";
      readonly database: ServerDatabase;
      readonly providerUrl: string;
      readonly journalPath: string;
      readonly budget: ChatBudget;
    }
  /** Kill yourself at the moment of this kind that follows `skip` others. */
  | { readonly type: "die"; readonly moment: Moment; readonly skip: number }
  /** Stop yourself outside a transaction, until you get SIGCONT. */
  | { readonly type: "hang" };

/** What the process tells the test. */
export type ServerReport =
  | { readonly type: "loaded" }
  | { readonly type: "open"; readonly url: string }
  | { readonly type: "hanging" }
  | { readonly type: "produces"; readonly messageId: string };

export interface ServerDatabase {
  readonly name: "sqlite" | "postgresql";
  readonly url: string;
  readonly redisUrl: string | null;
}

/** How long a process waits for a moment without a transaction before it hangs, in milliseconds. */
const hangPatienceMs = 2_000;
/** How long answers may continue after SIGTERM, in milliseconds. */
const drainMs = 1_000;

// A program: one instance of the app. It opens when it is told to, so that a loaded instance is always at hand.
const report = (message: ServerReport): void => void process.send?.(message);
let death: { moment: Moment; skip: number } | null = null;
let hangBy = Infinity;

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  // server-process.ts sends nothing else.
  const command = message as ServerCommand;
  if (command.type === "die") death = command;
  else if (command.type === "hang") hangBy = Date.now() + hangPatienceMs;
  else void open(command, new JournalWriter(command.journalPath));
});
report({ type: "loaded" });

async function open(
  { database, providerUrl, budget }: Extract<ServerCommand, { type: "open" }>,
  journal: JournalWriter,
): Promise<void> {
  const surprise = (error: Error): void =>
    journal.write("surprise", Date.now(), String(error.stack ?? error));
  process.on("warning", surprise);
  let transactions = 0;
  const beat = (): void => {
    journal.write("beat", Date.now());
    // A process that stops while it holds SQLite's lock would block all others.
    if (hangBy === Infinity || (transactions > 0 && Date.now() < hangBy)) return;
    hangBy = Infinity;
    report({ type: "hanging" });
    process.kill(process.pid, "SIGSTOP");
  };
  beat();
  setInterval(beat, beatMs);
  const dieAt = (isIt: (moment: Moment) => boolean): void => {
    if (death === null || !isIt(death.moment) || death.skip-- > 0) return;
    journal.write("die", Date.now());
    process.kill(process.pid, "SIGKILL");
  };
  const { prisma } = watchStatements(
    database,
    (sql, values) => {
      dieAt((moment) => isAt(moment, sql, values));
      if (sql === "BEGIN") transactions++;
      else if (sql === "COMMIT" || sql === "ROLLBACK") transactions--;
      journal.ask(sql, values);
    },
    { onEnd: (values) => journal.answer(values) },
  );
  const llm = createLLM({
    provider: "openai",
    openaiApiKey: "sk-test",
    openaiApiBase: providerUrl,
    retry: { attempts: 1 },
  });
  const { redisUrl } = database;
  const hub = redisUrl === null ? createMemoryHub() : await connectHub(redisUrl);
  const offer = hub.open.bind(hub);
  hub.open = (message, stop) => {
    report({ type: "produces", messageId: message.id });
    void recordAnswer(message, journal);
    offer(message, stop);
  };
  const drain = createDrain();
  process.on("SIGTERM", () => {
    journal.write("drain", Date.now());
    void drain.start({ timeout: drainMs }).then(() => {
      journal.write("drained", Date.now());
      process.exit();
    });
  });
  const tool = (name: string) => ({
    type: "function" as const,
    function: {
      name,
      description: "Takes some time",
      parameters: { type: "object", properties: {} },
    },
    handler: async (args: unknown) => {
      // The planned answers call it with these arguments.
      const { ms, say } = args as { ms: number; say: string };
      await new Promise((resolve) => setTimeout(resolve, ms / 2));
      dieAt((moment) => moment === "working");
      await new Promise((resolve) => setTimeout(resolve, ms / 2));
      return `done ${say}`;
    },
  });
  const router = createAppRouter(prisma, llm, {
    models: ["gpt-4o"],
    hub,
    drain,
    tools: [tool("work"), tool("guarded")],
    needsApproval: ["guarded"],
    // The users of a run do more than people do, and what they hold and spend is compared with the ledger.
    limits: {
      answersAtOnce: "unlimited",
      answersPerMinute: "unlimited",
      openSubscriptions: "unlimited",
      chatsPerMinute: "unlimited",
    },
    budget: () => budget,
    onError: () => undefined,
  });
  const { url } = await listen(router, (error) => {
    // The kill of another process must not cause an error in this one.
    if (error.code === "INTERNAL_SERVER_ERROR") surprise(error.cause ?? error);
  });
  await prisma.$queryRawUnsafe("SELECT 1");
  report({ type: "open", url });
}

/** Records how much text readers can have, and when. */
async function recordAnswer(answer: Answer, journal: JournalWriter): Promise<void> {
  const { signal } = new AbortController();
  journal.write("open", Date.now(), answer.id, answer.chatId);
  let length = answer.cursor.content;
  while (answer.final === null) {
    await answer.changed(signal);
    const { content } = answer.cursor;
    if (content > length) journal.write("text", Date.now(), answer.id, content);
    length = content;
  }
  journal.write("end", Date.now(), answer.id, answer.final.status);
}

async function connectHub(url: string): Promise<ChatHub> {
  const { createRedisHub } = await import("node-llm-trpc/redis");
  return createRedisHub({ url });
}

function isAt(moment: Moment, sql: string, values: readonly unknown[]): boolean {
  switch (moment) {
    case "begin":
      return /INSERT INTO .*LlmMessage\W/.test(sql) || /UPDATE .*LlmChat\W.*lastPosition/.test(sql);
    case "tool":
      return /(INSERT INTO|UPDATE) .*LlmToolCall\W/.test(sql);
    case "pause":
      return values.includes("approval");
    case "decide":
      return /INSERT INTO .*LlmMessageChunk\W.*'beat'|='streaming'/.test(sql);
    case "finish":
      return (
        /UPDATE .*LlmMessage\W.*turnLock/.test(sql) || /DELETE FROM .*LlmMessageChunk\W/.test(sql)
      );
    case "commit":
      return sql === "COMMIT";
    case "ledger":
      return /INSERT INTO .*Llm(Request|Usage|UsageDay|Account)\W/.test(sql);
    case "save":
      return /INSERT INTO .*LlmMessageChunk\W/.test(sql);
    case "recover":
      return sql.includes("'fence'") || values.includes("interrupted");
    case "any":
      return true;
    case "working":
      return false;
  }
}
