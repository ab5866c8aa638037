import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ScopeColumns } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { callProcedure } from "../../support/clients/call-procedure.ts";
import { readStream } from "../../support/clients/read-stream.ts";
import { watchChat } from "../../support/clients/watch-chat.ts";
import { describeSchema } from "../../support/databases/describe-schema.ts";
import { readTables } from "../../support/databases/read-tables.ts";
import { extendedModels } from "../../support/databases/specification-models.ts";
import { sampleFiles } from "../../support/files/sample-files.ts";
import { tool } from "../../support/providers/tool.ts";
import { procedures } from "../../support/servers/procedures.ts";
import { endOfStream, toolCallStep } from "../../support/servers/start-approval-scene.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";

/** Chats with columns of every kind that a scope may have. */
const models = extendedModels.replace(
  /^model LlmChat \{$/m,
  "model LlmChat {\n  orgId Int?\n  isInternal Boolean?\n  tenant BigInt?\n  region String?",
);

/** Beyond it, not every integer is a number of JavaScript. */
const large = 2n ** 53n;

interface Kind {
  readonly title: string;
  readonly owner: ScopeColumns;
  /** Scopes that differ from the owner's as little as they can. */
  readonly strangers: readonly ScopeColumns[];
}

const kinds: readonly Kind[] = [
  {
    title: "two columns",
    owner: { orgId: 1, userId: "a" },
    strangers: [
      { orgId: 1, userId: "b" },
      { orgId: 2, userId: "a" },
      { orgId: 2, userId: "b" },
      { orgId: 1, userId: "A" },
      { orgId: 1, userId: "" },
    ],
  },
  {
    title: "two texts that are one when they are joined",
    owner: { region: "a", userId: "b,c" },
    strangers: [
      { region: "a,b", userId: "c" },
      { region: "b,c", userId: "a" },
      { region: "", userId: "a,b,c" },
    ],
  },
  {
    title: "a number",
    owner: { orgId: 1 },
    strangers: [{ orgId: 0 }, { orgId: -1 }, { orgId: 10 }, { orgId: 11 }],
  },
  { title: "nothing as a number", owner: { orgId: 0 }, strangers: [{ orgId: 1 }, { orgId: -1 }] },
  { title: "true", owner: { isInternal: true }, strangers: [{ isInternal: false }] },
  { title: "false", owner: { isInternal: false }, strangers: [{ isInternal: true }] },
  {
    title: "a bigint",
    owner: { tenant: large + 1n },
    strangers: [{ tenant: large }, { tenant: large + 2n }, { tenant: 1n }, { tenant: -large - 1n }],
  },
  {
    title: "all of them",
    owner: { orgId: 1, isInternal: true, tenant: large + 1n, userId: "a" },
    strangers: [
      { orgId: 1, isInternal: true, tenant: large, userId: "a" },
      { orgId: 1, isInternal: false, tenant: large + 1n, userId: "a" },
      { orgId: 2, isInternal: true, tenant: large + 1n, userId: "a" },
      { orgId: 1, isInternal: true, tenant: large + 1n, userId: "b" },
    ],
  },
];

/** What a subscription's place in the limits writes. */
const changing = ["LlmAccount"];

describeSchema("a scope", models, (open) => {
  it.each(kinds)(
    "of $title is stored with a chat that its first message makes",
    async ({ owner }) => {
      const database = await open();
      // Its schema has more columns than that of the type.
      const prisma = database.prisma as unknown as PrismaClient;
      const llm = createLLM({ provider: createScriptedProvider(["Fine."]) });
      const client = (await startChatServer(prisma, llm, { scope: () => owner })).client("owner");
      const sent = await client.chat.send.mutate({ newChat: {}, content: "Hi" });
      await readStream(client, { messageId: sent.assistantMessage.id });
      const where = { id: sent.assistantMessage.chatId };
      expect(await database.model("LlmChat").findFirst({ where })).toMatchObject(owner);
    },
  );

  it.each(kinds)(
    "of $title keeps its chats from others, in every procedure",
    async ({ owner, strangers }) => {
      const database = await open();
      // Its schema has more columns than that of the type.
      const prisma = database.prisma as unknown as PrismaClient;
      const scopes: Readonly<Record<string, ScopeColumns | undefined>> = {
        owner,
        ...Object.fromEntries(strangers.map((scope, index) => [`stranger ${index}`, scope])),
      };
      const provider = createScriptedProvider([
        ["Fine."],
        [toolCallStep("first", "remove"), toolCallStep("second", "remove")],
        ["It is gone."],
      ]);
      const runs: unknown[] = [];
      const server = await startChatServer(prisma, createLLM({ provider }), {
        scope: ({ ctx }) => scopes[ctx.userId] ?? {},
        limits: { openSubscriptions: "unlimited" },
        tools: [tool("remove", async (args) => `removed ${runs.push(args)}`)],
        needsApproval: ["remove"],
      });
      const mine = server.client("owner");
      const { id: chatId } = await mine.chat.create.mutate({});
      const attachments = [sampleFiles.text];
      const sent = await mine.chat.send.mutate({ chatId, content: "Hi", attachments });
      const { id: messageId } = sent.assistantMessage;
      await readStream(mine, { messageId });
      const attachmentId = sent.userMessage.attachments[0]?.id ?? "";
      const foreign = { chatId, messageId, toolCallId: "call", attachmentId };
      expect(await database.model("LlmChat").findFirst({ where: { id: chatId } })).toMatchObject(
        owner,
      );

      const before = await readTables(prisma, changing);
      for (const user of Object.keys(scopes).filter((name) => name !== "owner")) {
        for (const [name, { kind, input, others = {}, names }] of Object.entries(procedures)) {
          const ask = async (ids: typeof foreign, inputOf: typeof input) => {
            const call = { url: server.url, user, kind, path: `chat.${name}`, input: inputOf(ids) };
            const { status, code, message } = await callProcedure(call);
            return { status, code, message };
          };
          for (const inputOf of Object.values(names === null ? others : { input, ...others })) {
            const never = {
              chatId: randomUUID(),
              messageId: randomUUID(),
              toolCallId: "call",
              attachmentId: randomUUID(),
            };
            const missing = await ask(never, inputOf);
            expect(missing.status, name).toBe(404);
            expect(await ask(foreign, inputOf), `${name} by ${user}`).toEqual(missing);
          }
        }
        const client = server.client(user);
        expect((await client.chat.list.query({})).items, user).toEqual([]);
        expect((await client.chat.list.query({ search: "Hi" })).items, user).toEqual([]);
        for (const groupBy of ["day", "model", "chat"] as const)
          expect((await client.chat.usage.query({ groupBy })).groups, user).toEqual([]);
      }
      expect(await readTables(prisma, changing)).toEqual(before);

      // Its owner has all of it.
      expect((await mine.chat.list.query({ search: "Hi" })).items).toMatchObject([{ id: chatId }]);
      expect((await mine.chat.usage.query({ groupBy: "chat" })).groups).toHaveLength(1);
      expect(await mine.chat.attachment.query({ attachmentId })).toMatchObject({
        mediaType: "text/markdown",
      });
      // Only the owner decides about its tool calls.
      const asking = await mine.chat.send.mutate({ chatId, content: "Remove it" });
      const waiting = { messageId: asking.assistantMessage.id };
      expect(endOfStream(await readStream(mine, waiting))?.status).toBe("awaiting_approval");
      const approval = { ...waiting, toolCallId: "first", approved: true };
      for (const user of Object.keys(scopes).filter((name) => name !== "owner"))
        await expect(server.client(user).chat.respondToTool.mutate(approval), user).rejects.toThrow(
          /There is no such message/,
        );
      const denial = { ...waiting, toolCallId: "second", approved: false };
      for (const decision of [approval, approval, denial])
        expect((await mine.chat.respondToTool.mutate(decision)).assistantMessage.id).toBe(
          waiting.messageId,
        );
      expect(endOfStream(await readStream(mine, waiting))).toMatchObject({
        status: "complete",
        content: "It is gone.",
        toolCalls: [
          { toolCallId: "first", status: "complete", result: "removed 1" },
          { toolCallId: "second", status: "denied" },
        ],
      });
      // Until one column of it changes.
      const watch = watchChat(mine, { chatId });
      await expect.poll(() => watch.notices).toHaveLength(1);
      const [given = owner] = strangers;
      await database.model("LlmChat").updateMany({ where: { id: chatId }, data: given });
      await server.client("stranger 0").chat.update.mutate({ chatId, title: "Theirs" });
      await expect.poll(() => watch.end()).toMatch(/There is no such chat/);
      expect(watch.notices).toHaveLength(1);
      await expect(mine.chat.get.query({ chatId })).rejects.toThrow(/There is no such chat/);
    },
  );
});
