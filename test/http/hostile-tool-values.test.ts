import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";
import { z } from "zod";
import { z as zod3 } from "zod/v3";

import { createToolFactory } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

const tool = createToolFactory<{ readonly userId: string }>();
const inputSchema = z.object({});
const description = "Asks the page";
const tools = [
  tool({
    name: "zod4",
    description,
    inputSchema,
    outputSchema: z.object({ a: z.array(z.string()) }),
  }),
  tool({
    name: "zod3",
    description,
    inputSchema,
    outputSchema: zod3.object({ a: zod3.array(zod3.string()) }),
  }),
  tool({
    name: "told",
    description,
    inputSchema,
    toModelOutput: (value) => Object(value).a.length,
  }),
  tool({ name: "long", description, inputSchema }),
  tool({ name: "look", description, inputSchema: z.looseObject({}), execute: () => "seen" }),
];

/** What users and models may write as the arguments and outputs of tools. */
describeDatabases((_name, open) => {
  async function start(calls: readonly { name: string; args: string }[]) {
    const { prisma } = await open();
    const step = calls.map(({ name, args }, index) => ({
      toolCall: { id: `c${index}`, name, arguments: args },
    }));
    const provider = createScriptedProvider([step, ["Done."]]);
    const server = await startChatServer(prisma, createLLM({ provider }), { tools });
    const client = server.client("u1").chat;
    const { id: chatId } = await client.create.mutate({});
    const sent = await client.send.mutate({ chatId, content: "Go" });
    const messageId = sent.assistantMessage.id;
    await readStream(server.client("u1"), { messageId });
    const respond = (toolCallId: string, output: string) =>
      client.respondToTool.mutate({ messageId, toolCallId, output });
    return { client, provider, chatId, messageId, respond, server };
  }

  it("an output with many faults is refused in a few words", async () => {
    const { respond } = await start(["zod4", "zod3"].map((name) => ({ name, args: "{}" })));
    // What a liar sends has no type.
    const output = { a: Array.from({ length: 50_000 }, () => 1) } as unknown as string;
    for (const id of ["c0", "c1"]) {
      const failure = await failureOf(respond(id, output));
      expect(failure).toMatchObject({ data: { code: "BAD_REQUEST", httpStatus: 400 } });
      expect(String(failure).length).toBeLessThan(1_000);
      expect(String(failure)).toMatch(/a\.0: .*and 49997 more/);
    }
  });

  it("an output that makes the tool's own code throw is refused", async () => {
    const { respond } = await start([{ name: "told", args: "{}" }]);
    // What a liar sends has no type.
    for (const output of [null, 1, {}] as unknown as string[])
      expect(await failureOf(respond("c0", output))).toMatchObject({
        data: { code: "BAD_REQUEST", httpStatus: 400 },
        message: "The tool 'told' cannot read the output.",
      });
  });

  it("the model is told as much of a long output as of a long result", async () => {
    const { respond, provider, server, messageId } = await start([{ name: "long", args: "{}" }]);
    await respond("c0", "x".repeat(150_000));
    await readStream(server.client("u1"), { messageId });
    const told = String(provider.requests[1]?.messages.at(-1)?.content);
    expect(told.length).toBeLessThan(101_000);
    expect(told).toContain("150000 characters");
  });

  it("arguments of any depth are stored, and shown as the model wrote them", async () => {
    const depths = [50, 5_000, 50_000];
    const args = depths.map((depth) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    const { client, chatId } = await start(args.map((text) => ({ name: "look", args: text })));
    const { items } = await client.messages.query({ chatId });
    const shown = items.at(-1)?.toolCalls.map((call) => call.arguments);
    expect(shown?.map((value) => typeof value)).toEqual(["object", "string", "string"]);
  });

  it("outputs that arrive at once do not spend beyond the budget", async () => {
    const { prisma } = await open();
    const ask = { toolCall: { id: "c0", name: "long", arguments: {} } };
    const provider = createScriptedProvider([[ask], [ask], [{ hold: true }, "Done."]], {
      repeatLast: true,
    });
    const budget = () => ({ tokens: 20_000, per: "day" }) as const;
    const llm = createLLM({ provider });
    const server = await startChatServer(prisma, llm, { tools, budget });
    const client = server.client("u1");
    const messageIds = ["first", "second"].map(async (content) => {
      const { assistantMessage } = await client.chat.send.mutate({ newChat: {}, content });
      await readStream(client, { messageId: assistantMessage.id });
      return assistantMessage.id;
    });
    const outputs = (await Promise.all(messageIds)).map((messageId) =>
      client.chat.respondToTool
        .mutate({ messageId, toolCallId: "c0", output: "x".repeat(100_000) })
        .then(
          () => messageId,
          (error: unknown) => String(error),
        ),
    );
    const ends = await Promise.all(outputs);
    expect(ends.filter((end) => end.includes("The budget for this day is used up"))).toHaveLength(
      1,
    );
    provider.release(10);
    for (const end of ends) if (!end.includes(" ")) await readStream(client, { messageId: end });
  });
});
