import type { ToolDefinition } from "@node-llm/core";
import { createLLM, Tool } from "@node-llm/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";

import type { AnswerFailure } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../support/clients/call-procedure.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { readTables } from "../support/databases/read-tables.ts";
import { tool } from "../support/providers/tool.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { toolCallStep } from "../support/servers/start-approval-scene.ts";

const secret = "postgres://app:pw@10.0.0.5";
const error = new Error(`connect ${secret} SELECT 1`);
const fails = (): never => {
  throw error;
};

/** Tools that fail in every way in which a tool can throw. */
const failing: readonly (ToolDefinition | (new () => Tool))[] = [
  tool("rejects", () => Promise.reject(error)),
  tool("throws", fails),
  tool("throws_a_text", () => Promise.reject(secret)),
  tool("throws_an_object", () => Promise.reject({ message: secret })),
  tool("throws_later", () => new Promise((_, reject) => setTimeout(() => reject(error), 5))),
  {
    type: "function",
    function: {
      name: "checks_arguments",
      // Core's type knows one copy of zod 3.
      parameters: z.object({ a: z.string().optional().transform(fails) }) as unknown as Record<
        string,
        unknown
      >,
    },
    handler: () => Promise.resolve("never"),
  },
  instance("instance_rejects", () => Promise.reject(error)),
  instance("instance_throws", fails),
  instance("instance_unauthorized", () =>
    Promise.reject(Object.assign(new Error(secret), { status: 401 })),
  ),
];

function instance(name: string, execute: () => Promise<string>): new () => Tool {
  return class extends Tool {
    override name = name;
    override description = name;
    override schema = { type: "object", properties: {} };
    override execute(): Promise<string> {
      return execute();
    }
  };
}

const names = failing.map((given) =>
  typeof given === "function" ? new given().name : given.function.name,
);

// Core logs the error of a tool, which is the app's own.
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describeDatabases((_name, open) => {
  it.each([
    ["at once", []],
    ["after an approval", names],
  ])(
    "what a tool throws %s reaches no model, no page and no row, and the app is told",
    async (_when, needsApproval) => {
      const { prisma } = await open();
      const provider = createScriptedProvider([
        names.map((name) => toolCallStep(name, name)),
        ["I could not."],
        ["Still not."],
      ]);
      const failures: AnswerFailure[] = [];
      const { url, ...server } = await startChatServer(prisma, createLLM({ provider }), {
        tools: [...failing],
        needsApproval,
        onError: (failure) => failures.push(failure),
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Try" });
      const messageId = assistantMessage.id;
      const seen: unknown[] = [await readStream(client, { messageId })];
      for (const toolCallId of needsApproval) {
        const decision = { messageId, toolCallId, approved: true };
        seen.push(await client.chat.respondToTool.mutate(decision));
      }
      seen.push(await readStream(client, { messageId }));
      const call = { url, user: "u1", kind: "query", path: "chat.messages" } as const;
      seen.push(await callProcedure({ ...call, input: { chatId } }));
      const again = await client.chat.send.mutate({ chatId, content: "And now?" });
      await readStream(client, { messageId: again.assistantMessage.id });

      const { items } = await client.chat.messages.query({ chatId });
      const answer = items.find(({ id }) => id === messageId);
      expect(answer).toMatchObject({ status: "complete", content: "I could not." });
      expect(answer?.toolCalls.map(({ status, result }) => ({ status, result }))).toEqual(
        names.map((name) => ({
          status: "error",
          result: `Error executing tool '${name}': It failed on the server.`,
        })),
      );
      expect(JSON.stringify(seen)).not.toContain("10.0.0.5");
      expect(JSON.stringify(provider.requests)).not.toContain("10.0.0.5");
      expect(JSON.stringify(await readTables(prisma))).not.toContain("10.0.0.5");
      expect(failures.map(({ task }) => task)).toEqual(names.map(() => "tool"));
      for (const failure of failures) {
        expect(failure).toMatchObject({ task: "tool", chatId, messageId });
        expect(names).toContain("toolName" in failure ? failure.toolName : "");
        const text = failure.error instanceof Error ? failure.error.message : failure.error;
        expect(JSON.stringify(text)).toContain("10.0.0.5");
      }
    },
  );
});

describeDatabases(
  (_name, open) => {
    it("an error that ends the answer is told to nobody but the app, either", async () => {
      const { prisma } = await open();
      const fatal = Object.assign(new Error(secret), { fatal: true });
      const provider = createScriptedProvider([[toolCallStep("c", "fatal")], ["Never."]]);
      const failures: AnswerFailure[] = [];
      const server = await startChatServer(prisma, createLLM({ provider }), {
        tools: [tool("fatal", () => Promise.reject(fatal))],
        onError: (failure) => failures.push(failure),
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Try" });
      const events = await readStream(client, { messageId: assistantMessage.id });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: { status: "failed", error: { code: "INTERNAL" } },
      });
      expect(JSON.stringify(events)).not.toContain("10.0.0.5");
      expect(JSON.stringify(await readTables(prisma))).not.toContain("10.0.0.5");
      expect(failures).toMatchObject([
        { task: "tool", error: fatal },
        { task: "answer", error: fatal },
      ]);
    });

    it("what the app's own middleware throws about a tool is told to nobody, either", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([[toolCallStep("c", "fine")], ["Well."]]);
      const server = await startChatServer(prisma, createLLM({ provider }), {
        tools: [tool("fine", () => Promise.resolve("fine"))],
        middlewares: [{ name: "audit", onToolCallEnd: () => Promise.reject(error) }],
        onError: () => undefined,
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Try" });
      const events = await readStream(client, { messageId: assistantMessage.id });
      expect(JSON.stringify([events, provider.requests])).not.toContain("10.0.0.5");
      expect(JSON.stringify(await readTables(prisma))).not.toContain("10.0.0.5");
    });
  },
  ["sqlite"],
);
