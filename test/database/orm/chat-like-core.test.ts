import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ChatRequest, Message, Middleware } from "@node-llm/core";
import {
  Chat as CoreChat,
  ChatResponseString,
  createLLM,
  providerRegistry,
  SchemaSelfCorrectionMiddleware,
  Tool,
  ToolExecutionMode,
  z,
} from "@node-llm/core";
import { expect, it, vi } from "vitest";
import { z as zod4 } from "zod/v4";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { tool } from "../../support/providers/tool.ts";

/** The members that both chats have. Their types differ in what they return. */
type Both = Omit<CoreChat, "ask"> & {
  ask(...args: Parameters<Chat["ask"]>): Promise<unknown>;
};
type Note = (...entry: readonly unknown[]) => void;

interface Scenario {
  readonly members: readonly (keyof CoreChat)[];
  readonly scripts?: Scripts;
  /** True when core keeps what was said before an error, while an answer that fails is deleted here. */
  readonly isDeleted?: true;
  readonly run: (chat: Both, note: Note) => Promise<unknown>;
}

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19, cost: 0.25 } };
const look = (id: string, at = "here") => ({ toolCall: { id, name: "look", arguments: { at } } });
const withLook = [
  ["Let me look. ", look("c1"), usage],
  ["Seen.", usage],
] as const;
const lookTool = tool("look", async (args) => `seen ${JSON.stringify(args)}`);
/** A raw tool that returns an object, which handlers get as it is. */
const objectTool = { ...lookTool, handler: async () => ({ seen: [1, 2] }) as unknown as string };

class WeatherTool extends Tool {
  name = "look";
  description = "looks";
  schema = z.object({ at: z.string() });
  async execute({ at }: { at: string }) {
    return { sunny: at };
  }
}

const failing = (times: number) => {
  let calls = 0;
  return tool("look", async () => {
    if (++calls <= times) throw new Error(`failure ${calls}`);
    return `worked at call ${calls}`;
  });
};

/** Chunks, without those that say nothing. */
const read = async (stream: AsyncIterable<{ content?: string }>): Promise<string> => {
  let text = "";
  for await (const chunk of stream) text += chunk.content ?? "";
  return text;
};

const answerSchema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };

const scenarios: Readonly<Record<string, Scenario>> = {
  "ask and stream, one after the other": {
    members: ["ask", "stream", "history", "totalUsage", "modelId"],
    scripts: [["One", usage], [{ thinking: { text: "Hm." } }, "Two ", "words", usage], ["Three"]],
    run: async (chat, note) => {
      note(chat.modelId, chat.totalUsage, chat.history);
      await chat.ask("First");
      note(await read(chat.stream("Second")));
      await chat.ask([{ type: "text", text: "Third" }]);
    },
  },
  "toArray of a stream": {
    members: ["stream"],
    scripts: ["One ", "two"],
    run: async (chat, note) => {
      const chunks = await chat.stream("Count").toArray();
      note(chunks.map(({ content }) => content));
    },
  },
  "options of one question": {
    members: ["ask", "stream"],
    run: async (chat) => {
      const options = {
        temperature: 0.1,
        maxTokens: 50,
        headers: { "x-one": "1" },
        requestTimeout: 5_000,
        thinking: { effort: "low" as const },
      };
      await chat.ask("One", options);
      await read(chat.stream("Two", { ...options, temperature: 0.2 }));
    },
  },
  "system prompts": {
    members: ["withInstructions", "withSystemPrompt", "system"],
    run: async (chat) => {
      chat.withInstructions("One.").withSystemPrompt("Two.").system("Three.");
      await chat.ask("Hi");
      chat.system("Only this.", { replace: true });
      await chat.ask("Hi again");
    },
  },
  settings: {
    members: [
      "withTemperature",
      "withModel",
      "withRequestOptions",
      "withParams",
      "withPrediction",
      "withThinking",
      "withEffort",
    ],
    run: async (chat, note) => {
      chat
        .withTemperature(0.3)
        .withModel("other-model")
        .withParams({ seed: 1 })
        .withParams({ top_k: 2 });
      chat
        .withRequestOptions({ headers: { "x-a": "1" } })
        .withRequestOptions({ headers: { "x-b": "2" } });
      chat.withPrediction("maybe").withThinking({ budget: 2_000 }).withEffort("high");
      await chat.ask("Hi");
      note(chat.modelId);
      chat.withPrediction(null).withRequestOptions({ responseFormat: { type: "json_object" } });
      await chat.ask("Hi again");
    },
  },
  "messages of another history": {
    members: ["add", "addMessage", "addMessages", "history", "totalUsage"],
    scripts: [["Fine.", usage]],
    run: async (chat, note) => {
      chat.add("user", "Old question").add("assistant", "Old answer").add("system", "Be kind.");
      chat.addMessage({ role: "user", content: [{ type: "text", text: "In parts" }] });
      chat.addMessages([
        {
          role: "assistant",
          content: "Looking. ",
          tool_calls: [
            { id: "c9", type: "function", function: { name: "look", arguments: '{"at":"x"}' } },
          ],
        },
        { role: "tool", tool_call_id: "c9", content: "a cat" },
        { role: "assistant", content: "A cat.", usage: usage.usage },
      ]);
      note(chat.history, chat.totalUsage);
      await chat.ask("New question");
    },
  },
  tools: {
    members: ["withTool", "withTools", "withToolChoice", "withToolCalls"],
    scripts: withLook,
    run: async (chat) => {
      chat.withTool(tool("other", async () => "no")).withTools([lookTool], { replace: true });
      chat.withToolChoice("auto").withToolCalls("one");
      await chat.ask("Look");
    },
  },
  "tools, with everything in one call": {
    members: ["withTools"],
    scripts: withLook,
    run: async (chat) => {
      chat.withTools([WeatherTool], { choice: "required", calls: "many" });
      await read(chat.stream("Look"));
    },
  },
  "tool hooks get what a raw tool returned": {
    members: ["onToolCallStart", "onToolCallEnd", "onToolCall", "onToolResult"],
    scripts: [[look("c1"), look("c2", "there")], ["Seen."]],
    run: async (chat, note) => {
      const name = (call: unknown): unknown => (call as { id: string }).id;
      chat.withTool(objectTool);
      chat
        .onToolCallStart((call) => note("start", name(call)))
        .onToolCall((call) => note("call", name(call)));
      chat.onToolCallEnd((call, result) => note("end", name(call), result));
      chat.onToolResult((result) => note("result", result));
      await chat.ask("Look");
      await read(chat.stream("Look again"));
    },
  },
  "tool hooks, with concurrent calls of a class": {
    members: ["withToolConcurrency", "onToolCallEnd"],
    scripts: [[look("c1"), look("c2", "there")], ["Seen."]],
    run: async (chat, note) => {
      chat.withTool(WeatherTool).withToolConcurrency(true);
      chat.onToolCallEnd((call, result) => note((call as { id: string }).id, result));
      await chat.ask("Look");
    },
  },
  "message hooks": {
    members: ["onNewMessage", "onEndMessage", "beforeRequest", "afterResponse"],
    scripts: withLook,
    run: async (chat, note) => {
      chat.withTool(lookTool);
      chat.onNewMessage(() => note("new")).onEndMessage((message) => note("end", String(message)));
      chat.beforeRequest(async (messages) => {
        note("before", messages.length);
        return [...messages, { role: "user", content: "A note." }];
      });
      chat.afterResponse(async (response) => {
        note("after", String(response));
        return response.withContent(`${String(response)}!`);
      });
      await chat.ask("Look");
      note(await read(chat.stream("Go on")));
    },
  },
  "message hooks that take their time": {
    members: ["onNewMessage", "onEndMessage"],
    scripts: withLook,
    run: async (chat, note) => {
      const slowly = async (what: string) => {
        await new Promise((resolve) => setImmediate(resolve));
        note(what);
      };
      chat.withTool(lookTool).beforeRequest(() => slowly("before"));
      chat.onNewMessage(() => slowly("new")).onEndMessage(() => slowly("end"));
      await chat.ask("Look");
      note("asked");
      await read(chat.stream("Go on"));
      note("read");
    },
  },
  "a tool error, tried again": {
    members: ["onToolCallError"],
    scripts: withLook,
    run: async (chat, note) => {
      chat.withTool(failing(1)).onToolCallError((_call, error) => {
        note(error.message);
        return "RETRY";
      });
      await chat.ask("Look");
    },
  },
  "a tool error, tried again in vain, in a stream": {
    members: ["onToolCallError"],
    scripts: withLook,
    run: async (chat, note) => {
      chat.withTool(failing(9)).onToolCallError((_call, error) => note(error.message));
      chat.onToolCallError(() => "RETRY");
      await read(chat.stream("Look"));
    },
  },
  "a tool error that ends the answer": {
    members: ["onToolCallError"],
    isDeleted: true,
    scripts: withLook,
    run: async (chat, note) => {
      chat.withTool(failing(9)).onToolCallError(() => "STOP");
      await chat.ask("Look").catch((error: unknown) => note(String(error)));
    },
  },
  "confirmed and refused calls": {
    members: ["withToolExecution", "onConfirmToolCall"],
    scripts: [[look("c1"), look("c2", "there")], ["Seen."]],
    run: async (chat) => {
      chat.withTool(lookTool).withToolExecution(ToolExecutionMode.CONFIRM);
      chat.onConfirmToolCall((call) => (call as { id: string }).id === "c1");
      await chat.ask("Look");
      await chat.ask("And?");
    },
  },
  "calls that are only proposed": {
    members: ["withToolExecution"],
    scripts: [["Let me look.", look("c1")]],
    run: async (chat) => {
      chat.withTool(lookTool).withToolExecution(ToolExecutionMode.DRY_RUN);
      await chat.ask("Look");
    },
  },
  "an answer in JSON Schema": {
    members: ["withSchema"],
    scripts: [['{"a":1}'], ["Free text."]],
    run: async (chat, note) => {
      chat.onEndMessage((message) => note(message.isValid, message.safeData));
      await chat.withSchema(answerSchema).ask("Give me a");
      await chat.withSchema(null).ask("Say something");
    },
  },
  "an answer in zod, corrected": {
    members: ["withSchema"],
    scripts: [['{"a":"x"}'], ['{"a":1}']],
    run: async (chat, note) => {
      chat.onEndMessage((message) => note(message.isValid, message.safeData));
      await chat.withSchema(z.object({ a: z.number() })).ask("Give me a");
    },
  },
  "an error of the provider": {
    members: ["ask", "stream"],
    scripts: [[{ fail: 400 }], ["Half", { drop: true }], ["Fine."]],
    run: async (chat, note) => {
      await chat.ask("One").catch((error: unknown) => note(String(error)));
      await read(chat.stream("Two")).catch((error: unknown) => note(String(error)));
      await chat.ask("Three");
    },
  },
};

/** What goes over the wire, without what this package leaves out or joins on purpose. */
function wire(
  { messages, tools, headers, thinking: _thinking, ...rest }: ChatRequest,
  index: number,
) {
  const texts = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  const isFirst = messages.at(-1)?.role !== "tool" || index === 0;
  const given = Object.fromEntries(Object.entries(headers ?? {}));
  return {
    ...rest,
    // Core forgets these after a tool.
    ...(isFirst && Object.keys(given).length > 0 ? { headers: given } : {}),
    ...(tools === undefined || tools.length === 0
      ? {}
      : { tools: tools.map((one) => one.function.name) }),
    system: texts.join("\n\n"),
    messages: messages.filter(({ role }) => role !== "system").map(wireMessage),
  };
}

function wireMessage({
  usage: _usage,
  reasoning: _reasoning,
  isError: _error,
  content,
  tool_calls: calls,
  ...rest
}: Message) {
  const given = content instanceof ChatResponseString ? String(content) : content;
  // Core tells the model what a tool has thrown, which may have secrets in it.
  const text =
    typeof given === "string"
      ? given.replace(
          /^Fatal error executing tool '(\w+)': .*/,
          "Error executing tool '$1': It failed on the server.",
        )
      : given;
  return {
    ...rest,
    content: text === "" ? null : text,
    ...(calls === undefined || calls.length === 0
      ? {}
      : { calls: calls.map((call) => call.function) }),
  };
}

/** The messages of a history. A row has the usage of all steps of an answer, so that only the sum is the same. */
const shown = (history: readonly Message[]) => history.map(wireMessage);

/** The parts of a noted entry that both chats have. */
const noted = (entry: unknown): unknown =>
  Array.isArray(entry) &&
  entry.some((one) => typeof one === "object" && one !== null && "role" in one)
    ? shown(entry as Message[])
    : entry;

async function play(
  { run, scripts = "Fine.", isDeleted }: Scenario,
  open: (scripts: Scripts) => Promise<Opened>,
) {
  const { chat, provider } = await open(scripts);
  const notes: unknown[] = [];
  await run(chat, (...entry) => void notes.push(entry.map(noted)));
  const played = { notes, requests: provider.requests.map(wire) };
  return isDeleted === true
    ? played
    : { ...played, history: shown(chat.history), usage: chat.totalUsage };
}

interface Opened {
  readonly chat: Both;
  readonly provider: ReturnType<typeof createScriptedProvider>;
}

/** Core itself sends what a strict provider refuses, so this provider is not one that the tests check. */
const openCore = async (scripts: Scripts): Promise<Opened> => {
  const { createScriptedProvider: create } = await vi.importActual<{
    createScriptedProvider: typeof createScriptedProvider;
  }>("../../../src/testing/create-scripted-provider.ts");
  const provider = create(scripts);
  const chat = createLLM({ provider, retry: { attempts: 1 } }).chat("scripted-model");
  // Core's chat returns another type from `ask`.
  return { chat: chat as unknown as Both, provider };
};

/** The chat, which notes the members that are used. */
function recording(chat: Both, used: Set<string>): Both {
  const recorder: Both = new Proxy(chat, {
    get: (target, name) => {
      used.add(String(name));
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        return result === target ? recorder : result;
      };
    },
  });
  return recorder;
}

it("has every public member of core's chat, and a scenario for each that uses it", async () => {
  const hidden = ["constructor", "normalizeTool"];
  const members = Object.getOwnPropertyNames(CoreChat.prototype).filter(
    (name) => !hidden.includes(name),
  );
  const tested = new Set<string>(Object.values(scenarios).flatMap((scenario) => scenario.members));
  expect(members.filter((name) => !tested.has(name))).toEqual([]);
  expect(members.length).toBeGreaterThan(30);
  for (const [title, { run, scripts = "Fine.", members: claimed }] of Object.entries(scenarios)) {
    const used = new Set<string>();
    const { chat } = await openCore(scripts);
    await run(recording(chat, used), () => undefined);
    expect(
      claimed.filter((name) => !used.has(name)),
      title,
    ).toEqual([]);
  }
});

describeDatabases((_name, open) => {
  const openOurs = async (scripts: Scripts): Promise<Opened> => {
    const { prisma } = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    // Ours returns a row from `ask`, and itself from `withSchema`.
    return { chat: chat as unknown as Both, provider };
  };

  it.each(Object.entries(scenarios))("does what core's chat does: %s", async (_title, scenario) => {
    const expected = await play(scenario, openCore);
    expect(await play(scenario, openOurs)).toEqual(expected);
  });

  const start = async (scripts: Scripts) => {
    const { prisma } = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    return {
      prisma,
      provider,
      llm,
      chat: await createChat(prisma, llm, { model: "scripted-model" }),
    };
  };
  const stored = (prisma: PrismaClient) =>
    prisma.llmToolCall.findMany({ orderBy: { position: "asc" } });

  it("knows the history of a loaded chat, with its usage", async () => {
    const { prisma, llm, chat } = await start(withLook);
    await chat.withTool(lookTool).ask("Look");
    const loaded = await loadChat(prisma, llm, chat.id, { instructions: "Be brief." });
    expect(shown(loaded.history)).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Look" },
      { role: "assistant", content: "Let me look. ", calls: [{ name: "look" }] },
      { role: "tool", content: 'seen {"at":"here"}' },
      { role: "assistant", content: "Seen." },
    ]);
    expect(loaded.totalUsage).toMatchObject({ input_tokens: 24, output_tokens: 14, cost: 0.5 });
    expect(loaded.totalUsage).toEqual(chat.totalUsage);
    expect([loaded.record.id, loaded.options]).toEqual([chat.id, { instructions: "Be brief." }]);
  });

  it("keeps the history in step with the database when an answer fails or is left", async () => {
    const { prisma, llm, chat } = await start([
      ["One."],
      ["Half ", { fail: 503 }],
      ["Kept ", { hold: true }],
    ]);
    await chat.ask("First");
    await read(chat.askStream("Second")).catch(() => undefined);
    for await (const { content } of chat.askStream("Third")) if (content !== "") break;
    const { history } = await loadChat(prisma, llm, chat.id);
    expect(shown(chat.history)).toEqual(shown(history));
    expect(history.map(({ content }) => content)).toEqual([
      "First",
      "One.",
      "Second",
      "Third",
      "Kept ",
    ]);
  });

  it("stores added messages with their calls, before a question or for `messages`", async () => {
    const { prisma, provider, llm, chat } = await start("Fine.");
    chat.add("user", "Old question").addMessages([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "a cat", isError: true },
    ]);
    expect(await chat.messages()).toMatchObject([
      { role: "user", content: "Old question", position: 1 },
      { role: "assistant", content: null, position: 2 },
    ]);
    expect(await stored(prisma)).toMatchObject([
      { result: "a cat", status: "error", name: "look" },
    ]);
    chat.add("assistant", "A cat.");
    await chat.ask("Sure?");
    await (await loadChat(prisma, llm, chat.id)).ask("Really?");
    expect(provider.requests[1]?.messages).toMatchObject([
      { role: "user", content: "Old question" },
      { role: "assistant", tool_calls: [{ id: "c1" }] },
      { role: "tool", tool_call_id: "c1", content: "a cat" },
      { role: "assistant", content: "A cat." },
      { role: "user", content: "Sure?" },
      { role: "assistant", content: "Fine." },
      { role: "user", content: "Really?" },
    ]);
    chat.addMessage({ role: "tool", tool_call_id: "c7", content: "?" });
    await expect(chat.messages()).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  it("keeps the files of a question with it, as core's history does", async () => {
    const { prisma, provider, llm, chat } = await start("Fine.");
    const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
    const [text, image] = [join(folder, "notes.txt"), join(folder, "dot.png")];
    await writeFile(text, "the notes");
    await writeFile(image, Buffer.from("iVBORw0KGgo=", "base64"));
    await chat.ask("Read this", { files: [text] });
    await read(chat.askStream("Look at this", { images: [image] }));
    expect((await chat.messages()).map(({ content }) => content)).toEqual([
      "Read this",
      "Fine.",
      "Look at this",
      "Fine.",
    ]);
    const first = provider.requests[0]?.messages;
    const second = provider.requests[1]?.messages.at(-1);
    expect(first?.[0]?.content).toContain("the notes");
    await (await loadChat(prisma, llm, chat.id)).ask("Again?");
    const last = provider.requests[2]?.messages;
    expect(last?.[0]).toEqual(first?.[0]);
    expect(last?.[2]).toEqual(second);
    expect(second?.content).toMatchObject([
      { type: "text", text: "Look at this" },
      { type: "image_url", image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } },
    ]);
    await expect(chat.ask("And this?", { files: [join(folder, "nothing.txt")] })).rejects.toThrow(
      "ENOENT",
    );
    expect(await chat.messages()).toHaveLength(6);
  });

  it.each(["ask", "stream"] as const)(
    "stores a tool call as it ended, after a retry (%s)",
    async (kind) => {
      const { prisma, chat } = await start(withLook);
      const retry: Middleware = { name: "again", onToolCallError: async () => "RETRY" };
      chat.use(failing(1)).use(retry);
      if (kind === "ask") await chat.ask("Look");
      else await read(chat.stream("Look"));
      expect(await stored(prisma)).toMatchObject([
        { result: "worked at call 2", status: "complete" },
      ]);
    },
  );

  it("stores the answer that a middleware puts in place of another", async () => {
    const { chat } = await start("Bad words.");
    const empty = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    chat.use({
      name: "moderation",
      onResponse: async () => ({
        action: "REPLACE",
        response: new ChatResponseString("Removed.", empty, "scripted-model", "scripted"),
      }),
    });
    expect(await chat.ask("Say it")).toMatchObject({ content: "Removed." });
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "Removed." });
  });

  it("checks answers with zod 4 as core does with its own, and has them corrected", async () => {
    const { provider, chat } = await start([['{"a":"x"}'], ['{"a":1}']]);
    const seen: unknown[] = [];
    chat.withSchema(zod4.object({ a: zod4.number() }));
    chat.use(new SchemaSelfCorrectionMiddleware());
    chat.onEndMessage((message) => seen.push([message.isValid, message.safeData]));
    expect(await chat.ask("Give me a")).toMatchObject({ content: '{"a":1}' });
    expect(seen).toEqual([
      [false, null],
      [true, { a: 1 }],
    ]);
    expect(provider.requests).toHaveLength(2);
    for (const request of provider.requests)
      expect(request.response_format).toMatchObject({
        type: "json_schema",
        json_schema: { name: "output", strict: true, schema: answerSchema },
      });
  });

  it.each(["ask", "stream"] as const)(
    "keeps the JSON of the last step alone with a schema (%s)",
    async (kind) => {
      const { chat } = await start([["Let me look.", look("c1")], ['{"a":1}']]);
      chat.withTool(lookTool).withSchema(answerSchema);
      if (kind === "ask") await chat.ask("Give me a");
      else await read(chat.stream("Give me a"));
      expect((await chat.messages()).at(-1)).toMatchObject({
        content: '{"a":1}',
        parts: '[["tool","c1"],["text",7]]',
      });
    },
  );

  it("asks the provider that is named, and the one that a chat was stored with", async () => {
    const { prisma } = await open();
    const b = createScriptedProvider("From b.", { id: "b-provider" });
    providerRegistry.register("B-provider", () => b);
    const llm = createLLM({ provider: createScriptedProvider("From a.", { id: "a" }) });
    const chat = await createChat(prisma, llm, { provider: "b-provider" });
    expect(await chat.ask("Hi")).toMatchObject({ content: "From b.", provider: "b-provider" });
    const loaded = await loadChat(prisma, llm, chat.id);
    expect(await loaded.ask("Hi")).toMatchObject({ content: "From b.", provider: "b-provider" });
    expect(await loaded.withProvider("a").ask("Hi")).toMatchObject({ content: "From a." });
    await expect(createChat(prisma, llm, { provider: "nobody" })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('no provider "nobody". It has: openai'),
    });
    await expect(loaded.withProvider("nobody").ask("Hi")).rejects.toMatchObject({
      code: "CONFIGURATION",
    });
    expect(await prisma.llmChat.findMany()).toMatchObject([{ provider: "b-provider" }]);
  });

  it("refuses what is neither a tool nor a middleware", async () => {
    const { chat } = await start("Fine.");
    expect(() => chat.use({ name: "nothing" })).toThrow(
      expect.objectContaining({ code: "BAD_REQUEST" }),
    );
  });
});
