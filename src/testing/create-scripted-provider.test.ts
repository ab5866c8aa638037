import { spawn } from "node:child_process";
import { once } from "node:events";

import { createLLM } from "@node-llm/core";
import type { ChatChunk, ChatRequest } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "./create-scripted-provider.ts";

const request: ChatRequest = { model: "m", messages: [{ role: "user", content: "Hello" }] };

async function read(chunks: AsyncIterable<ChatChunk>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.content;
  return text;
}

describe("createScriptedProvider", () => {
  it("answers through NodeLLM, tool calls included", async () => {
    const provider = createScriptedProvider([
      [
        { thinking: { text: "I should look.", signature: "s1" } },
        { toolCall: { id: "c1", name: "weather", arguments: { city: "Oslo" } } },
        { usage: { input_tokens: 3, output_tokens: 2 } },
      ],
      ["It is ", "cold."],
    ]);
    const seen: unknown[] = [];
    const chat = createLLM({ provider })
      .chat()
      .withTool({
        type: "function",
        function: { name: "weather", parameters: { type: "object", properties: {} } },
        handler: async (args: unknown) => {
          seen.push(args);
          return "-4 degrees";
        },
      });

    expect(await read(chat.stream("How is it?"))).toBe("It is cold.");
    expect(seen).toEqual([{ city: "Oslo" }]);
    expect(provider.calls).toBe(2);
    expect(provider.requests[1]?.messages.at(-1)).toMatchObject({
      role: "tool",
      tool_call_id: "c1",
      content: "-4 degrees",
    });
    expect(provider.aborted).toBe(0);
  });

  it("answers without a stream", async () => {
    const provider = createScriptedProvider([
      "Hi",
      { thinking: { text: "a" } },
      { thinking: { text: "b", signature: "s" } },
      { usage: { input_tokens: 1, output_tokens: 1, cost: 0.5 } },
    ]);

    expect(await provider.chat(request)).toEqual({
      content: "Hi",
      thinking: { text: "ab", signature: "s" },
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2, cost: 0.5 },
      finish_reason: "stop",
    });
  });

  it("holds until it is released, even when the release comes first", async () => {
    const provider = createScriptedProvider([["a", { hold: true }, "b", { hold: true }, "c"]]);
    const text = read(provider.stream(request));
    await provider.waitForHold();
    expect(provider.holding).toBe(1);
    provider.release(2);
    expect(await text).toBe("abc");
  });

  it("repeats the last script, or fails with repeatLast: false", async () => {
    const repeating = createScriptedProvider([["one"], ["two"]]);
    const texts = [1, 2, 3].map(async () => await read(repeating.stream(request)));
    expect(await Promise.all(texts)).toEqual(["one", "two", "two"]);

    const single = createScriptedProvider([["one"]], { repeatLast: false });
    await single.chat(request);
    await expect(single.chat(request)).rejects.toThrow(
      "Call 2 of the scripted provider has no script (scripts: 1)",
    );
  });

  it("fails with the script's own error after the chunks before it", async () => {
    const error = new Error("overloaded");
    const provider = createScriptedProvider(["par", "tial", { error }]);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of provider.stream(request)) seen.push(chunk.content);
    })();
    await expect(reading).rejects.toBe(error);
    expect(seen).toEqual(["par", "tial"]);
    expect(provider.aborted).toBe(0);
  });

  it.each([
    [{ fail: 429 }, { status: 429, message: "The scripted provider failed with status 429." }],
    [{ drop: true }, { name: "TypeError", message: "terminated" }],
  ] as const)("fails in the middle of an answer: %j", async (step, error) => {
    const provider = createScriptedProvider(["par", step, "tial"]);
    await expect(provider.chat(request)).rejects.toMatchObject(error);
    const chunks = provider.stream(request)[Symbol.asyncIterator]();
    expect(await chunks.next()).toMatchObject({ value: { content: "par" } });
    await expect(chunks.next()).rejects.toMatchObject(error);
    expect(provider.aborted).toBe(0);
  });

  it("kills its process with SIGKILL", async () => {
    const url = new URL("create-scripted-provider.ts", import.meta.url).href;
    const program = `
      const { createScriptedProvider } = await import(${JSON.stringify(url)});
      process.on("exit", () => console.log("exited"));
      const provider = createScriptedProvider(["One", { die: true }, "two"]);
      for await (const chunk of provider.stream({ model: "m", messages: [] })) console.log(chunk.content);`;
    const flags = ["--import", "tsx", "--input-type=module", "--eval", program];
    const child = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    const [code, signal] = await once(child, "close");
    expect([code, signal, output]).toEqual([null, "SIGKILL", "One\n"]);
  });

  it.each([{ hold: true } as const, { stall: true } as const, { text: "late", delayMs: 60_000 }])(
    "ends when the request's signal aborts while it waits: %j",
    async (step) => {
      const controller = new AbortController();
      const provider = createScriptedProvider(["a", step]);
      const reading = read(provider.stream({ ...request, signal: controller.signal }));
      await provider.waitForCall(1);
      controller.abort();
      await expect(reading).rejects.toMatchObject({ name: "AbortError" });
      expect(provider.aborted).toBe(1);
      expect(provider.holding).toBe(0);
    },
  );

  it("ends when the stream is left, between chunks and while it waits", async () => {
    const provider = createScriptedProvider(["a", { hold: true }, "b"]);
    for await (const chunk of provider.stream(request)) {
      expect(chunk.content).toBe("a");
      break;
    }
    expect(provider.aborted).toBe(1);

    const chunks = provider.stream(request)[Symbol.asyncIterator]();
    await chunks.next();
    const pending = chunks.next();
    await provider.waitForHold();
    await chunks.return?.();
    expect(await pending).toMatchObject({ done: true });
    expect(provider.aborted).toBe(2);
  });

  it("records a copy of each request and passes it to a script function", async () => {
    const provider = createScriptedProvider(({ messages }, call) => [
      `${call}: ${String(messages.at(-1)?.content)}`,
    ]);
    const messages = [...request.messages];
    expect(await read(provider.stream({ ...request, messages }))).toBe("1: Hello");
    messages.push({ role: "user", content: "changed later" });
    expect(await provider.waitForCall(1)).toEqual(request);
  });
});
