import { join } from "node:path";

import type { NodeLLMCore, ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { beforeAll, describe, expect, it, vi } from "vitest";

import { loadChat } from "node-llm-trpc/orm";
import type { Script, ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import type { Row } from "../../src/orm/database/client/prisma-client-like.ts";
import { describeMigrated } from "../support/databases/describe-databases.ts";
import type { SchemaDatabase } from "../support/databases/describe-schema.ts";
import { openOldDatabase } from "../support/databases/open-old-database.ts";
import { oldTranscript } from "../support/databases/old-transcript.ts";
import { ownerStatements } from "../support/databases/owner-statements.ts";
import type { OldChat } from "../support/databases/write-old-chat.ts";
import { tool } from "../support/providers/tool.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { createAppRouter } from "../support/servers/create-app-router.ts";
import { unlimited } from "../support/servers/unlimited.ts";

/** What is used of `@node-llm/orm`. */
interface Peer {
  createChat(prisma: unknown, llm: NodeLLMCore, options: object): Promise<PeerChat>;
  loadChat(prisma: unknown, llm: NodeLLMCore, id: string): Promise<PeerChat>;
}

interface PeerChat {
  readonly id: string;
  withTools(tools: readonly ToolDefinition[]): PeerChat;
  ask(text: string): Promise<{ readonly id: string }>;
  askStream(text: string): AsyncIterable<unknown>;
  messages(): Promise<readonly { readonly id: string; readonly content: string | null }[]>;
}

/** Its source runs: the published package has no compiled files. */
const source = join(projectRoot, "node_modules/@node-llm/orm/src/adapters/prisma/index.ts");

const chatCount = 24;
const patience = { timeout: 9_000, interval: 5 };

/** Lets the package write one chat: questions with and without tools, streamed or not, and some that fail. */
async function writePeerChat(
  peer: Peer,
  { prisma, model }: SchemaDatabase,
  random: SeededRandom,
  index: number,
): Promise<OldChat> {
  const scripts: Script[] = [];
  const provider = createScriptedProvider(() => scripts.shift() ?? [{ fail: 400 }]);
  const llm = createLLM({ provider, retry: { attempts: 1 } });
  const callsOf = (where: Row) =>
    model("LlmToolCall").findMany({ where: { ...where, message: { chatId: id } } });
  const weather = tool("get_weather", async (input) => {
    const { city } = Object.assign({ city: "" }, input);
    // The package stores the result of a call with an update that must find its row. It waits for neither.
    await vi.waitFor(async () => {
      expect(await callsOf({ arguments: { contains: city } })).toHaveLength(1);
    }, patience);
    return `Sunny in ${city}`;
  });
  const options = { model: "gpt-4o", metadata: { userId: index % 5 === 0 ? "u2" : "u1" } };
  const { id } = await peer.createChat(prisma, llm, options);
  const messages: OldChat["messages"][number][] = [];
  const turns = random.between(1, 5);
  for (let turn = 1; turn <= turns; turn++) {
    // Each turn may be another process's.
    const chat = (await peer.loadChat(prisma, llm, id)).withTools([weather]);
    const question = `Question ${turn} of chat ${index}`;
    const isStreamed = random.chance(0.5);
    const ask = async (): Promise<void> => {
      if (!isStreamed) return void (await chat.ask(question));
      for await (const _chunk of chat.askStream(question));
    };
    const known = new Set((await chat.messages()).map((message) => message.id));
    const fails = random.chance(0.2);
    const count = random.chance(0.5) ? random.between(1, 3) : 0;
    const calls = Array.from({ length: count }, (_, call) => {
      const city = `City ${turn}.${call}`;
      return { id: `call_${index}_${turn}_${call}`, city, result: `Sunny in ${city}` };
    });
    const content = `Answer ${turn} of chat ${index}`;
    if (!fails) {
      const steps = calls.map(({ id: callId, city }): ScriptStep => ({
        toolCall: { id: callId, name: "get_weather", arguments: { city } },
      }));
      if (count > 0) scripts.push(steps);
      scripts.push([content]);
    }
    if (fails) await expect(ask()).rejects.toThrow("400");
    else await ask();
    await vi.waitFor(async () => expect(await callsOf({ result: null })).toEqual([]), patience);
    const written = (await chat.messages()).filter((message) => !known.has(message.id));
    const idOf = (text: string) => written.find((message) => message.content === text)?.id ?? "";
    messages.push({ id: idOf(question), role: "user", content: question, calls: [] });
    if (!fails) messages.push({ id: idOf(content), role: "assistant", content, calls });
  }
  return { id, messages };
}

describe("a database that the code of @node-llm/orm has written", () => {
  describeMigrated((name) => {
    const chats: OldChat[] = [];
    let prisma: PrismaClient;

    beforeAll(async () => {
      const peer: Peer = await import(source);
      const random = new SeededRandom("chats of the peer");
      const database = await openOldDatabase(name);
      for (let index = 0; index < chatCount; index++)
        chats.push(await writePeerChat(peer, database.old, random, index));
      prisma = await database.migrate();
      for (const statement of await ownerStatements()) await database.execute(statement);
      return () => database.close();
    }, 60_000);

    const start = () => {
      const provider = createScriptedProvider("Fine.");
      return { provider, llm: createLLM({ provider }) };
    };

    it("has what the test has counted on: tools, and questions that failed", () => {
      const messages = chats.flatMap((chat) => chat.messages);
      expect(messages.filter(({ calls }) => calls.length > 0).length).toBeGreaterThan(10);
      const questions = messages.filter(({ role }) => role === "user");
      expect(questions.length).toBeGreaterThan(messages.length - questions.length);
      expect(messages.filter(({ id }) => id === "")).toEqual([]);
    });

    it("is shown to its owners as it was written", async () => {
      const router = createAppRouter(prisma, start().llm, { limits: unlimited });
      for (const [index, { id: chatId, messages }] of chats.entries()) {
        const [owner, other] = index % 5 === 0 ? ["u2", "u1"] : ["u1", "u2"];
        const { items } = await router
          .createCaller({ userId: owner })
          .chat.messages({ chatId, limit: 100 });
        expect(items).toMatchObject(
          messages.map((message, place) => ({
            id: message.id,
            content: message.content,
            parentId: messages[place - 1]?.id ?? null,
            status: "complete",
            toolCalls: message.calls.map(({ id, city, result }) => ({
              toolCallId: id,
              arguments: { city },
              result,
              status: "complete",
            })),
          })),
        );
        expect(items).toHaveLength(messages.length);
        const foreign = router.createCaller({ userId: other }).chat.messages({ chatId });
        await expect(foreign).rejects.toMatchObject({ code: "NOT_FOUND" });
      }
    });

    it("continues with what was said", async () => {
      const { provider, llm } = start();
      for (const { id, messages } of chats) {
        await (await loadChat(prisma, llm, id)).ask("And now?");
        expect(provider.requests.at(-1)?.messages).toEqual([
          ...oldTranscript(messages),
          { role: "user", content: "And now?" },
        ]);
      }
    });
  });
});
