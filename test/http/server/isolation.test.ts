import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../support/clients/call-procedure.ts";
import { hasText } from "../../support/clients/has-text.ts";
import { readStream } from "../../support/clients/read-stream.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { readTables } from "../../support/databases/read-tables.ts";
import { sampleFiles } from "../../support/files/sample-files.ts";
import { tool } from "../../support/providers/tool.ts";
import type { InputIds } from "../../support/servers/procedures.ts";
import { procedures } from "../../support/servers/procedures.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";
import { toolCallStep } from "../../support/servers/start-approval-scene.ts";

/** Users who are not `u1`, however much like it their names look to a database. */
const strangers = ["u2", "U1", "u", "u11", "%", "_1", "ú1", "null", "undefined", ""];

/** What may stand in a chat: its content decides which answer the model gives. */
const states = {
  empty: null,
  ended: "Hi",
  waiting: "Remove it",
  running: "Take your time",
} as const;

/** What a running answer writes in the meantime, and the places of the strangers' subscriptions. */
const changing = ["LlmMessageChunk", "LlmAccount"];

describeDatabases((_name, open) => {
  it("every procedure answers every stranger and every foreign id like an id that never was, and writes nothing", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider((request) => {
      const question = JSON.stringify(request.messages.at(-1)?.content);
      if (question.includes(states.waiting)) return [toolCallStep("call", "remove")];
      return question.includes(states.running) ? ["So", { hold: true }, " it is."] : ["Hello"];
    });
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("remove", () => Promise.resolve("removed"))],
      needsApproval: ["remove"],
      limits: { openSubscriptions: "unlimited" },
    });
    const mine = server.client("u1");
    const foreign = new Map<string, InputIds>();
    for (const [state, content] of Object.entries(states)) {
      const { id: chatId } = await mine.chat.create.mutate({ title: state });
      let messageId: string = randomUUID();
      let attachmentId = `${messageId}_0`;
      if (content !== null) {
        const attachments = [sampleFiles.text];
        const sent = await mine.chat.send.mutate({ chatId, content, attachments });
        messageId = sent.assistantMessage.id;
        attachmentId = sent.userMessage.attachments[0]?.id ?? "";
        const begins = hasText("So");
        await readStream(mine, { messageId }, (event) => state === "running" && begins(event));
        foreign.set(`the question of ${state}`, {
          chatId,
          messageId: sent.userMessage.id,
          toolCallId: "call",
          attachmentId: `${sent.userMessage.id}_1`,
        });
      }
      foreign.set(state, { chatId, messageId, toolCallId: "call", attachmentId });
    }
    const nobodys = await prisma.llmChat.create({ data: {} });
    const theirs = await prisma.llmMessage.create({
      data: { chatId: nobodys.id, role: "user", content: "Hi", position: 1, active: true },
    });
    const file = await prisma.llmAttachment.create({
      data: {
        chatId: nobodys.id,
        messageId: theirs.id,
        mediaType: "text/plain",
        size: 1,
        data: Buffer.from("a"),
      },
    });
    foreign.set("nobody's", {
      chatId: nobodys.id,
      messageId: theirs.id,
      toolCallId: "call",
      attachmentId: file.id,
    });
    const { chatId = "", messageId = "" } = foreign.get("ended") ?? {};
    foreign.set("the wrong kind", {
      chatId: messageId,
      messageId: chatId,
      toolCallId: "call",
      attachmentId: messageId,
    });
    const before = await readTables(prisma, changing);

    const ask = async (user: string, procedure: string, ids: InputIds) => {
      const { kind, input } = procedures[procedure] ?? { kind: "query", input: () => ({}) };
      const path = `chat.${procedure}`;
      const call = { url: server.url, user, kind, path, input: input(ids) } as const;
      const { status, code, message } = await callProcedure(call);
      return { status, code, message };
    };
    for (const [procedure, { names }] of Object.entries(procedures)) {
      if (names === null) continue;
      const never = {
        chatId: randomUUID(),
        messageId: randomUUID(),
        toolCallId: "call",
        attachmentId: randomUUID(),
      };
      const missing = await ask("u2", procedure, never);
      expect(missing, procedure).toMatchObject({ status: 404, code: "NOT_FOUND" });
      for (const user of strangers) {
        const asked = [...foreign].map(async ([what, ids]) => {
          const answer = await ask(user, procedure, ids);
          expect(answer, `${procedure} of ${what} by "${user}"`).toEqual(missing);
        });
        await Promise.all(asked);
      }
      // Its owner gets no further with an id of the wrong kind, or with a chat of nobody.
      for (const what of ["the wrong kind", "nobody's"]) {
        const ids = foreign.get(what) ?? never;
        expect(await ask("u1", procedure, ids), `${procedure} of ${what}`).toEqual(missing);
      }
    }
    for (const user of strangers) {
      const client = server.client(user);
      expect((await client.chat.list.query({})).items, user).toEqual([]);
      expect((await client.chat.list.query({ search: "i" })).items, user).toEqual([]);
      for (const groupBy of ["day", "model", "chat"] as const)
        expect((await client.chat.usage.query({ groupBy })).groups, user).toEqual([]);
    }
    expect(await readTables(prisma, changing)).toEqual(before);

    // In a chat of their own the strangers get no further with a foreign message as the parent.
    const chats = new Map<string, string>();
    for (const user of strangers)
      chats.set(user, (await server.client(user).chat.create.mutate({})).id);
    const withChats = await readTables(prisma, changing);
    for (const [user, own] of chats) {
      const sendUnder = async (parentId: string) => {
        const input = { chatId: own, content: "Hi", parentId };
        const call = { url: server.url, user, kind: "mutation", path: "chat.send", input } as const;
        const { status, code, message } = await callProcedure(call);
        return { status, code, message };
      };
      const missing = await sendUnder(randomUUID());
      expect(missing).toMatchObject({ status: 404, code: "NOT_FOUND" });
      for (const [what, ids] of foreign)
        expect(await sendUnder(ids.messageId), `a parent, ${what}, by "${user}"`).toEqual(missing);
    }
    expect(await readTables(prisma, changing)).toEqual(withChats);
    expect(
      await callProcedure({ url: server.url, kind: "query", path: "chat.list" }),
    ).toMatchObject({
      code: "UNAUTHORIZED",
    });
    provider.release();
    // An answer that still writes would lose its connection with the database.
    await readStream(mine, { messageId: foreign.get("running")?.messageId ?? "" });
  }, 60_000);
});
