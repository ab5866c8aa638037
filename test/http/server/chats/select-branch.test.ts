import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("a question that arrives while another branch is being selected follows one branch only", async () => {
    const chat = await startBranchedChat(await open());
    // The question has read which message it follows. Then the other branch is selected.
    const asked = await chat.between(
      "newest",
      (client) => client.chat.send.mutate({ chatId: chat.id, content: "next" }),
      (client) => client.chat.selectBranch.mutate({ messageId: chat.first }),
    );
    await chat.read(asked.assistantMessage.id);
    expect(await chat.branch()).toEqual(["q", "A", "next", "C"]);
    expect(await chat.contentOf(asked.userMessage.parentId)).toBe("A");
  });

  it("selecting a branch while a question arrives leaves the question in its own branch", async () => {
    const chat = await startBranchedChat(await open());
    let asked = "";
    await chat.between(
      "branches",
      (client) => client.chat.selectBranch.mutate({ messageId: chat.first }),
      async (client) => {
        const sent = await client.chat.send.mutate({ chatId: chat.id, content: "next" });
        asked = sent.assistantMessage.id;
        await chat.read(asked);
      },
    );
    expect(await chat.branch()).toEqual(["q", "A"]);
    await chat.select(asked);
    expect(await chat.branch()).toEqual(["q edited", "B", "next", "C"]);
  });

  /** A chat with two branches, on two instances. The second branch is active. */
  async function startBranchedChat(database: TestDatabase) {
    const llm = createLLM({ provider: createScriptedProvider([["A"], ["B"], ["C"]]) });
    let onRead: (read: "newest" | "branches") => Promise<void> = () => Promise.resolve();
    const slow = database.connect().$extends({
      query: {
        llmMessage: {
          findMany: async ({ args, query }) => {
            const found: unknown = await query(args);
            await onRead("parentId" in (args.select ?? {}) ? "branches" : "newest");
            return found;
          },
        },
      },
      // An extended client has the same models, but its type names them differently.
    }) as unknown as PrismaClient;
    const here = (await startChatServer(slow, llm)).client("u1");
    const there = (await startChatServer(database.prisma, llm)).client("u1");
    const { id } = await there.chat.create.mutate({});
    const ask = async (content: string, parentId?: null) => {
      const sent = await there.chat.send.mutate({ chatId: id, content, parentId });
      await readStream(there, { messageId: sent.assistantMessage.id });
      return sent.userMessage.id;
    };
    const first = await ask("q");
    await ask("q edited", null);
    return {
      id,
      first,
      read: (messageId: string) => readStream(there, { messageId }),
      select: (messageId: string) => there.chat.selectBranch.mutate({ messageId }),
      branch: async () =>
        (await there.chat.messages.query({ chatId: id })).items.map((message) => message.content),
      contentOf: async (messageId: string | null) =>
        (await database.prisma.llmMessage.findUnique({ where: { id: messageId ?? "" } }))?.content,
      /** Runs `one`, and runs `other` on another instance right after a read of `one`. */
      between: async <Result>(
        moment: "newest" | "branches",
        one: (client: typeof here) => Promise<Result>,
        other: (client: typeof there) => Promise<unknown>,
      ): Promise<Result> => {
        let isDone = false;
        onRead = async (read) => {
          if (isDone || read !== moment) return;
          isDone = true;
          await other(there);
        };
        const result = await one(here);
        expect(isDone).toBe(true);
        return result;
      },
    };
  }
});
