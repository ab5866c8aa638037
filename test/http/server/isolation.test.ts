import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";
import { z } from "zod";

import { createToolFactory } from "node-llm-trpc/server";
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

const defineTool = createToolFactory<{ readonly userId: string }>();

/** Users who are not `u1`, however much like it their names look to a database. */
const strangers = ["u2", "U1", "u", "u11", "%", "_1", "ú1", "null", "undefined", ""];

/** What may stand in a chat: its content decides which answer the model gives. */
const states = {
  empty: null,
  ended: "Hi",
  waiting: "Remove it",
  "waiting for an output": "Pick it",
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
      if (question.includes("Pick it")) return [toolCallStep("call", "pick")];
      return question.includes(states.running) ? ["So", { hold: true }, " it is."] : ["Hello"];
    });
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [
        tool("remove", () => Promise.resolve("removed")),
        defineTool({ name: "pick", description: "The page runs it", inputSchema: z.object({}) }),
      ],
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

    const ask = async (user: string, procedure: string, input: unknown) => {
      const kind = procedures[procedure]?.kind ?? "query";
      const call = { url: server.url, user, kind, path: `chat.${procedure}`, input };
      const { status, code, message } = await callProcedure(call);
      return { status, code, message };
    };
    /** All ways to name something in an input. */
    const ways = Object.entries(procedures).flatMap(([procedure, { input, others = {}, names }]) =>
      Object.entries(names === null ? others : { "": input, ...others }).map(([what, inputOf]) => ({
        procedure,
        label: `${procedure} ${what}`,
        inputOf,
        // How the names of users compare is the same for all inputs of a procedure.
        askers: what === "" ? strangers : strangers.slice(0, 2),
      })),
    );
    for (const { procedure, label, inputOf, askers } of ways) {
      const never = {
        chatId: randomUUID(),
        messageId: randomUUID(),
        toolCallId: "call",
        attachmentId: randomUUID(),
      };
      const missing = await ask("u2", procedure, inputOf(never));
      expect(missing, label).toMatchObject({ status: 404, code: "NOT_FOUND" });
      for (const user of askers) {
        const asked = [...foreign].map(async ([what, ids]) => {
          const answer = await ask(user, procedure, inputOf(ids));
          expect(answer, `${label} of ${what} by "${user}"`).toEqual(missing);
        });
        await Promise.all(asked);
      }
      // Its owner gets no further with an id of the wrong kind, or with a chat of nobody.
      for (const what of ["the wrong kind", "nobody's"]) {
        const ids = foreign.get(what) ?? never;
        const answer = await ask("u1", procedure, inputOf(ids));
        expect(answer, `${label} of ${what}`).toEqual(missing);
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

    // In a chat of their own the strangers get no further with a foreign message as the parent, with a foreign file, or
    // with the id of something foreign for their message.
    const chats = new Map<string, string>();
    for (const user of strangers)
      chats.set(user, (await server.client(user).chat.create.mutate({})).id);
    const withChats = await readTables(prisma, changing);
    const fields: Record<string, (ids: InputIds) => Readonly<Record<string, unknown>>> = {
      "a parent": ({ messageId: parentId }) => ({ parentId }),
      "a file": ({ attachmentId }) => ({ attachments: [{ id: attachmentId }] }),
      "a file among others": ({ attachmentId }) => ({
        attachments: [sampleFiles.text, { id: attachmentId }],
      }),
    };
    for (const [user, own] of [...chats].slice(0, 3)) {
      for (const [field, fieldsOf] of Object.entries(fields)) {
        const send = (ids: InputIds) =>
          ask(user, "send", { chatId: own, content: "Hi", ...fieldsOf(ids) });
        const unknown = { chatId: own, messageId: randomUUID(), toolCallId: "call" };
        const missing = await send({ ...unknown, attachmentId: randomUUID() });
        expect(missing.status, field).toBeGreaterThanOrEqual(400);
        expect(missing.status, field).toBeLessThan(500);
        for (const [what, ids] of foreign)
          expect(await send(ids), `${field}, ${what}, by "${user}"`).toEqual(missing);
      }
      const unusable = await ask(user, "send", { chatId: own, content: "Hi", id: "17" });
      for (const [what, { messageId: id }] of foreign) {
        // A new UUID, and the id of a chat: no message has them.
        if (what === "empty" || what === "the wrong kind") continue;
        for (const target of [{ chatId: own }, { newChat: {} }]) {
          const answer = await ask(user, "send", { ...target, content: "Hi", id });
          expect(answer, `the id of ${what} by "${user}"`).toEqual(unusable);
        }
      }
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
