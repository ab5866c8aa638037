import { createLLM } from "@node-llm/core";
import type { NodeLLMCore } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import type { SendMessageOutput } from "node-llm-trpc/react";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { AppRouter, AppRouterOptions } from "../support/servers/create-app-router.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { startToolScene } from "../support/servers/start-tool-scene.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { importExample } from "../support/project/import-example.ts";

type Client = TRPCClient<AppRouter>;
type Tool = NonNullable<Extract<AppRouterOptions["tools"], readonly unknown[]>>[number];

/** The exports of the examples. `test/docs-examples.test.ts` tests that they compile. */
interface Examples {
  readonly ask: (client: Client, content: string) => Promise<string>;
  readonly readAnswer: (
    client: Client,
    messageId: string,
    onText: (content: string) => void,
  ) => unknown;
  readonly sendSurely: (
    client: Client,
    chatId: string,
    content: string,
  ) => Promise<SendMessageOutput>;
  readonly llm: NodeLLMCore;
}

describeDatabases(
  (_name, open) => {
    it("docs/router.md: a client asks and gets the answer", async () => {
      const { ask } = await importExample<Pick<Examples, "ask">>("docs/router.md", "client/ask.ts");
      const { prisma } = await open();
      const provider = createScriptedProvider(["Paris", ", of course."]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      expect(await ask(server.client("u1"), "The capital of France?")).toBe("Paris, of course.");
    });

    it("docs/tools.md: each tool that needs no user does what it says", async () => {
      const files = ["server/import-rows.ts", "server/refund.ts", "server/locate.ts"];
      const examples = await Promise.all(
        files.map((file) => importExample<Readonly<Record<string, Tool>>>("docs/tools.md", file)),
      );
      const tools = examples.flatMap((exported) => Object.values(exported));
      const call = (id: string, name: string, args: Readonly<Record<string, unknown>>) => ({
        toolCall: { id, name, arguments: args },
      });
      const { one, send, two } = await startToolScene(
        await open(),
        [
          [
            call("c1", "import_rows", { rows: ["a", "b"] }),
            call("c2", "refund", { orderId: "o1", euros: 50 }),
            call("c3", "refund", { orderId: "o2", euros: 150 }),
            call("c4", "locate", { precise: true }),
          ],
          ["Done."],
        ],
        { tools },
      );
      const messageId = await send();
      const waiting = endOfStream(await readStream(one, { messageId }));
      expect(waiting?.toolCalls).toMatchObject([
        { status: "complete", output: { imported: 2 }, progress: { done: 2, total: 2 } },
        { status: "complete", output: { orderId: "o1", refunded: true } },
        { status: "awaiting_approval" },
        { status: "awaiting_output" },
      ]);
      const output = { latitude: 59.9, longitude: 10.7 };
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c4", output });
      const ended = endOfStream(await readStream(two, { messageId }));
      expect(ended).toMatchObject({ status: "complete", content: "Done." });
      expect(ended?.toolCalls.slice(2)).toMatchObject([
        { status: "complete", output: { orderId: "o2", refunded: true } },
        { status: "complete", output },
      ]);
    });

    it("docs/streaming.md: a client reads an answer as it grows, and one that has ended", async () => {
      const { readAnswer } = await importExample<Pick<Examples, "readAnswer">>(
        "docs/streaming.md",
        "client/read-answer.ts",
      );
      const { prisma } = await open();
      const provider = createScriptedProvider(["Paris", { hold: true }, ", of course."]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "France?" });
      const seen: string[] = [];
      readAnswer(client, assistantMessage.id, (text) => seen.push(text));
      await expect.poll(() => seen.at(-1)).toBe("Paris");
      provider.release();
      await expect.poll(() => seen.at(-1)).toBe("Paris, of course.");

      const seenLater: string[] = [];
      readAnswer(client, assistantMessage.id, (text) => seenLater.push(text));
      await expect.poll(() => seenLater).toEqual(["Paris, of course."]);
    });

    it("docs/guarantees.md: a client sends again when the response is lost", async () => {
      const { sendSurely } = await importExample<Pick<Examples, "sendSurely">>(
        "docs/guarantees.md",
        "client/send-surely.ts",
      );
      const { prisma } = await open();
      const provider = createScriptedProvider(["Yes."]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      let calls = 0;
      const losing = {
        chat: {
          send: {
            mutate: async (input: { chatId: string; content: string }) => {
              const output = await client.chat.send.mutate(input);
              if (++calls === 1) throw new Error("The response is lost.");
              return output;
            },
          },
        },
      };
      // The example calls nothing else of a client.
      const { userMessage } = await sendSurely(losing as unknown as Client, chatId, "Is it there?");
      expect(calls).toBe(2);
      expect(await prisma.llmMessage.count({ where: { role: "user" } })).toBe(1);
      expect(userMessage.content).toBe("Is it there?");
    });

    it("docs/providers.md: a custom provider answers and streams", async () => {
      const { llm } = await importExample<Pick<Examples, "llm">>(
        "docs/providers.md",
        "server/echo-provider.ts",
      );
      const { prisma } = await open();
      const chat = await createChat(prisma, llm);
      expect((await chat.ask("Hello")).content).toBe("You said: Hello");
      let text = "";
      for await (const chunk of chat.askStream("Again")) text += chunk.content;
      expect(text).toBe("You said: Again ");
    });
  },
  ["sqlite"],
);
