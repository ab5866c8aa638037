import { createLLM } from "@node-llm/core";
import { TRPCError } from "@trpc/server";
import { expect, it } from "vitest";

import type { BeforeSend } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../support/clients/call-procedure.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { startApprovalScene, toolCallStep } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { sampleFiles } from "../support/files/sample-files.ts";
import { tool } from "../support/providers/tool.ts";
import type { InputIds } from "../support/servers/procedures.ts";
import { procedures, validInputs } from "../support/servers/procedures.ts";
import { failureOf } from "../support/failure-of.ts";

describeDatabases((_name, open) => {
  it("asks the app before each new answer, and writes nothing when it refuses", async () => {
    const { prisma } = await open();
    const asked: BeforeSend<{ userId: string }>[] = [];
    let isUsedUp = false;
    const provider = createScriptedProvider([["Yes."]], { repeatLast: true });
    const server = await startChatServer(prisma, createLLM({ provider }), {
      beforeSend: (sent) => {
        asked.push(sent);
        if (isUsedUp)
          throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "Come back tomorrow." });
      },
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const id = crypto.randomUUID();
    const attachments = [{ name: "a.txt", mediaType: "text/plain", url: "data:text/plain,Hello" }];
    const sent = await client.chat.send.mutate({ chatId, id, content: "May I?", attachments });
    const { id: messageId } = sent.assistantMessage;
    await readStream(client, { messageId });
    expect(asked).toMatchObject([
      { ctx: { userId: "u1" }, chat: { id: chatId }, content: "May I?", attachments: [{}] },
    ]);

    isUsedUp = true;
    const refused = { data: { code: "TOO_MANY_REQUESTS" }, message: "Come back tomorrow." };
    const again = client.chat.send.mutate({ chatId, content: "And now?" });
    expect(await failureOf(again)).toMatchObject(refused);
    expect(await failureOf(client.chat.regenerate.mutate({ messageId }))).toMatchObject(refused);
    expect(asked.at(-1)).toMatchObject({ content: "May I?", attachments: [{ name: "a.txt" }] });
    expect(await prisma.llmMessage.count()).toBe(2);
    expect(provider.calls).toBe(1);
    // A repeated send is not a new answer, so it is not refused.
    const repeated = await client.chat.send.mutate({ chatId, id, content: "May I?" });
    expect(repeated.assistantMessage.id).toBe(messageId);
  });

  it("asks before an approval makes the model go on, and not again for the same one", async () => {
    const asked: BeforeSend<{ userId: string }>[] = [];
    let isUsedUp = false;
    const scene = await startApprovalScene(
      await open(),
      [["I will. ", toolCallStep("c1", "remove")], ["It is gone."]],
      {
        beforeSend: (sent: BeforeSend<{ userId: string }>) => {
          asked.push(sent);
          if (isUsedUp) throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "Tomorrow." });
        },
      },
    );
    const { one, messageId, provider } = scene;
    await readStream(one, { messageId });
    isUsedUp = true;
    const decision = { messageId, toolCallId: "c1", approved: true };
    const refused = { data: { code: "TOO_MANY_REQUESTS" }, message: "Tomorrow." };
    expect(await failureOf(one.chat.respondToTool.mutate(decision))).toMatchObject(refused);
    expect((await scene.newest())?.status).toBe("awaiting_approval");
    expect(provider.calls).toBe(1);
    isUsedUp = false;
    await one.chat.respondToTool.mutate(decision);
    await readStream(one, { messageId });
    await one.chat.respondToTool.mutate(decision);
    expect(asked.map(({ procedure, content }) => [procedure, content])).toEqual([
      ["send", "Remove it"],
      ["respondToTool", "Remove it"],
      ["respondToTool", "Remove it"],
    ]);
    expect(provider.calls).toBe(2);
  });

  it("lets no call of a procedure reach the provider when it refuses", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(({ messages }) => [
      JSON.stringify(messages).includes("Remove it") ? toolCallStep("c1", "remove") : "Yes.",
    ]);
    const asked = new Set<string>();
    let isUsedUp = false;
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("remove", async () => "removed")],
      needsApproval: ["remove"],
      beforeSend: ({ procedure }) => {
        if (!isUsedUp) return;
        asked.add(procedure);
        throw new TRPCError({ code: "FORBIDDEN", message: "Not today." });
      },
    });
    const client = server.client("u1");
    const attachments = [sampleFiles.text];
    const chats: InputIds[] = [];
    for (const content of ["Hello", "Remove it"]) {
      const sent = await client.chat.send.mutate({ newChat: {}, content, attachments });
      const { id: messageId, chatId } = sent.assistantMessage;
      await readStream(client, { messageId });
      const attachmentId = sent.userMessage.attachments[0]?.id ?? "";
      chats.push({ chatId, messageId, toolCallId: "c1", attachmentId });
    }
    const { calls } = provider;
    isUsedUp = true;
    const rows = await prisma.llmMessage.count();
    // A chat that is deleted has nothing to answer any more, nor one that was stopped.
    const last = ["stop", "delete"];
    const names = Object.keys(procedures).filter((name) => !last.includes(name));
    for (const path of [...names, ...last]) {
      const procedure = procedures[path];
      if (procedure === undefined || procedure.kind === "subscription") continue;
      // What a procedure starts has a row of its own before the provider is called.
      if (path === "delete") expect(await prisma.llmMessage.count()).toBe(rows);
      for (const input of chats.flatMap((ids) => validInputs(procedure, ids))) {
        await callProcedure({
          url: server.url,
          kind: procedure.kind,
          path: `chat.${path}`,
          input,
          user: "u1",
        });
      }
    }
    expect([...asked].toSorted()).toEqual(["regenerate", "respondToTool", "send"]);
    expect(provider.calls).toBe(calls);
  });
});
