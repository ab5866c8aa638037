import { createLLM } from "@node-llm/core";
import { expect, it, onTestFinished } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { createAppClient } from "../support/clients/create-app-client.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { endLease } from "../support/databases/end-lease.ts";
import { ForkedProgram } from "../support/processes/forked-program.ts";
import type { ToolProcessReport } from "../support/processes/tool-process.ts";
import { killedOptions, killedSchema } from "../support/providers/killed-tools.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  /** Asks for a tool in a process of its own, and starts a second instance that outlives it. */
  async function start(tool: "locate" | "work" | "note", kind: "text" | "object" = "text") {
    const database = await open();
    const program = new ForkedProgram<ToolProcessReport>("tool-process.ts", [database.url, kind]);
    onTestFinished(() => program.kill("SIGKILL"));
    const { port } = await program.reported("ready");
    const doomed = createAppClient(`http://127.0.0.1:${port}`).chat;
    const provider = createScriptedProvider([["You are in Oslo."]]);
    const schema = kind === "object" ? killedSchema : undefined;
    const settings = { ...killedOptions, schema };
    const server = await startChatServer(database.prisma, createLLM({ provider }), settings);
    const client = server.client("u1");
    const { id: chatId } = await doomed.create.mutate({});
    const sent = await doomed.send.mutate({ chatId, content: tool });
    const messageId = sent.assistantMessage.id;
    const message = async () => (await client.chat.messages.query({ chatId })).items.at(-1);
    const row = async () =>
      await database.prisma.llmMessage.findUniqueOrThrow({ where: { id: messageId } });
    const end = async () => endOfStream(await readStream(client, { messageId }));
    const kill = async (): Promise<void> => {
      program.kill("SIGKILL");
      await program.exited;
    };
    return {
      ...database,
      program,
      provider,
      doomed,
      client,
      chatId,
      messageId,
      message,
      row,
      end,
      kill,
    };
  }

  it("a call that waits for the page outlives its process, and continues elsewhere", async () => {
    const scene = await start("locate");
    await expect.poll(async () => (await scene.row()).status).toBe("awaiting_output");
    await scene.kill();
    expect(await scene.message()).toMatchObject({
      status: "awaiting_output",
      content: "Let me see. ",
      toolCalls: [{ name: "locate", status: "awaiting_output", output: null }],
    });
    const { messageId } = scene;
    const output = { city: "Oslo" };
    await scene.client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", output });
    const ended = await scene.end();
    expect(ended).toMatchObject({
      status: "complete",
      content: "Let me see. You are in Oslo.",
      toolCalls: [{ status: "complete", output, result: "In Oslo" }],
    });
    expect(await scene.message()).toEqual(ended);
    expect(scene.provider.requests[0]?.messages.at(-1)).toMatchObject({
      role: "tool",
      content: "In Oslo",
    });
  }, 30_000);

  it("what the page gave stays when the process dies in the middle of what follows", async () => {
    const scene = await start("locate");
    const { doomed, messageId, prisma } = scene;
    await expect.poll(async () => (await scene.row()).status).toBe("awaiting_output");
    const output = { city: "Oslo" };
    await doomed.respondToTool.mutate({ messageId, toolCallId: "c1", output });
    const saved = async () =>
      (await prisma.llmMessageChunk.findMany({ where: { messageId } })).map(({ text }) => text);
    await expect.poll(saved).toContain("The second call says ");
    await scene.kill();
    await endLease(prisma, messageId);
    const interrupted = await scene.end();
    expect(interrupted).toMatchObject({
      status: "interrupted",
      content: "Let me see. The second call says ",
      toolCalls: [{ status: "complete", output, result: "In Oslo" }],
    });
    expect(await scene.message()).toEqual(interrupted);
  }, 30_000);

  it("what a tool has reported stays when the process dies while it runs", async () => {
    const scene = await start("work");
    const progress = async () => (await scene.message())?.toolCalls[0]?.progress;
    await expect.poll(progress).toEqual({ done: 2 });
    await scene.kill();
    await endLease(scene.prisma, scene.messageId);
    const interrupted = await scene.end();
    expect(interrupted).toMatchObject({
      status: "interrupted",
      content: "Let me see. ",
      toolCalls: [{ name: "work", status: "error", progress: { done: 2 }, output: null }],
    });
    expect(await scene.message()).toEqual(interrupted);
  }, 30_000);

  it("the first text and the data stay when the process dies while the object is corrected", async () => {
    const scene = await start("note", "object");
    await scene.program.reported("held");
    const kept = {
      content: "Let me see. I would rather talk about Oslo.",
      parts: [
        { type: "text" },
        { type: "tool", toolCallId: "c1" },
        { type: "data", name: "source", id: "s1", data: { title: "A map" } },
        { type: "text", text: "I would rather talk about Oslo." },
      ],
      toolCalls: [{ name: "note", status: "complete", output: "Noted" }],
      object: null,
    };
    await expect.poll(scene.message).toMatchObject({ status: "streaming", ...kept });
    await scene.kill();
    await endLease(scene.prisma, scene.messageId);
    const interrupted = await scene.end();
    expect(interrupted).toMatchObject({ status: "interrupted", ...kept });
    expect(await scene.message()).toEqual(interrupted);
    expect(scene.provider.requests).toEqual([]);
  }, 30_000);
});
