import type { ToolCall, ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DocsIndex } from "./docs-index.ts";
import { createOfflineProvider } from "./offline-provider.ts";
import { searchDocsName } from "./search-docs-tool.ts";
import { sendFeedbackName } from "./send-feedback-tool.ts";
import { firstBlocks, splitMarkdown } from "./split-markdown.ts";

const docs = `# node-llm-trpc
A typed tRPC chat router.

## Stopping an answer
Call \`stop({ messageId })\` from any tab. The partial text stays.

\`\`\`ts
# not a heading
await client.chat.stop.mutate({ messageId });
\`\`\`

## Persistence
Every message is a row in the database.
`;
const index = new DocsIndex(splitMarkdown("docs/guide.md", docs));

function chatWith(wordsPerSecond: number) {
  return createLLM({ provider: createOfflineProvider({ wordsPerSecond }) })
    .chat("offline")
    .withTools([toolOf(searchDocsName, ({ query }) => JSON.stringify(index.search(query ?? "")))]);
}

/** A tool as core has it, without a router around it. */
function toolOf(
  name: string,
  handler: (args: Readonly<Record<string, string>>) => string,
): ToolDefinition {
  return {
    type: "function",
    function: { name, description: "", parameters: {} },
    handler: async (args) => handler(z.record(z.string(), z.string()).parse(args)),
  };
}

async function read(stream: AsyncIterable<{ content: string }>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.content;
  return text;
}

describe("the offline model", () => {
  it("answers a question with a real tool call and names its source", async () => {
    const chat = chatWith(Infinity);
    const text = await read(chat.stream("How do I stop an answer from another tab?"));

    expect(text).toContain("The partial text stays.");
    expect(text).toContain("docs/guide.md");
    expect(text).toContain("offline model");
    expect(text).toContain("OPENAI_API_KEY");
    expect(chat.history.map((message) => message.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
    ]);
    const [call] = chat.history[1]?.tool_calls ?? [];
    expect(call?.function.name).toBe("search_docs");
    expect(JSON.parse(call?.function.arguments ?? "{}")).toEqual({
      query: "stop answer another tab",
    });
  });

  it("repeats a call while its arguments grow, from the first byte to the last", async () => {
    const stream = createOfflineProvider({ wordsPerSecond: Infinity }).stream?.({
      model: "offline",
      messages: [{ role: "user", content: 'How do I stop  "an answer" from another tab?' }],
      tools: [toolOf(searchDocsName, () => "[]")],
    });
    const calls: ToolCall[] = [];
    for await (const chunk of stream ?? []) calls.push(...(chunk.tool_calls ?? []));
    expect(new Set(calls.map(({ id }) => id)).size).toBe(1);
    const texts = calls.map((call) => call.function.arguments);
    expect(texts[0]).toBe("{");
    expect(texts.length).toBeGreaterThan(8);
    for (const [at, text] of texts.slice(1).entries()) {
      expect(text.startsWith(texts[at] ?? "-")).toBe(true);
    }
    expect(JSON.parse(texts.at(-1) ?? "")).toEqual({ query: "stop answer another tab" });
  });

  it("says that it can't read files, and doesn't search for their contents", async () => {
    const content = [
      { type: "text", text: "How do I stop an answer?" },
      { type: "text", text: "notes.md:\n# Herons" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ] as const;
    const { content: answer, tool_calls: calls } = await createOfflineProvider().chat({
      model: "offline",
      messages: [{ role: "user", content: [...content] }],
    });
    expect(calls).toBeUndefined();
    expect(answer).toMatch(/^I received `notes.md` and an image, but I can’t read files\./);
  });

  it("gives the same answer to the same question", async () => {
    const question = "How is a message stored in the database?";
    const first = await read(chatWith(Infinity).stream(question));
    expect(await read(chatWith(Infinity).stream(question))).toBe(first);
  });

  it("matches other forms of a word", async () => {
    const text = await read(chatWith(Infinity).stream("What happens to stopped answers?"));
    expect(text).toContain("The partial text stays.");
  });

  it("says so when the documentation has no match", async () => {
    const text = await read(chatWith(Infinity).stream("Which football club won yesterday?"));
    expect(text).toContain("I don’t know.");
    expect(text).toContain("“Which football club won yesterday?”");
  });

  it("answers small talk without a tool", async () => {
    const chat = chatWith(Infinity);
    expect(await read(chat.stream("hello"))).toMatch(/^Hello!/);
    expect(chat.history).toHaveLength(2);
  });

  it("sends feedback with a tool, and says so when that fails", async () => {
    const saved: string[] = [];
    const save = toolOf(sendFeedbackName, ({ feedback }) => {
      if (feedback === "fail") throw new Error("The disk is full.");
      saved.push(feedback ?? "");
      return JSON.stringify({ file: "feedback.md" });
    });
    const chat = chatWith(Infinity).withTools([save]);
    expect(await read(chat.stream("Send feedback: I like: colons"))).toContain("`feedback.md`");
    expect(saved).toEqual(["I like: colons"]);
    expect(await read(chat.stream("Please leave some feedback"))).toMatch(
      /^What would you like to say/,
    );
    expect(await read(chat.stream("Send feedback: fail"))).toMatch(/^I didn’t send it/);
    expect(saved).toHaveLength(1);
  });

  it("reuses the earlier question when a follow-up has no keywords", async () => {
    const chat = chatWith(Infinity);
    await read(chat.stream("stop an answer"));
    await read(chat.stream("and why?"));
    const calls = chat.history.flatMap((message) => message.tool_calls ?? []);
    expect(calls.map((call) => JSON.parse(call.function.arguments))).toEqual([
      { query: "stop answer" },
      { query: "stop answer" },
    ]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
  });

  it("reports its tokens at no cost", async () => {
    const chat = chatWith(Infinity);
    await read(chat.stream("stop an answer"));
    const usage = chat.history.at(-1)?.usage;
    expect(usage?.output_tokens).toBeGreaterThan(0);
    expect(usage?.cost).toBe(0);
  });

  it("streams words at the given rate and stops when the signal aborts", async () => {
    const provider = createOfflineProvider({ wordsPerSecond: 40 });
    const controller = new AbortController();
    const started = performance.now();
    let words = 0;
    const reading = (async () => {
      const stream = provider.stream?.({
        model: "offline",
        messages: [{ role: "user", content: "hello" }],
        signal: controller.signal,
      });
      for await (const _ of stream ?? []) {
        words += 1;
        if (words === 20) controller.abort();
      }
    })();
    await expect(reading).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(words).toBe(20);
    expect(performance.now() - started).toBeGreaterThan(400);
  });
});

describe("splitMarkdown", () => {
  it("splits at headings, ignores those in fenced code, and records the path of headings", () => {
    expect(splitMarkdown("docs/guide.md", docs).map((passage) => passage.heading)).toEqual([
      "node-llm-trpc",
      "node-llm-trpc › Stopping an answer",
      "node-llm-trpc › Persistence",
    ]);
  });
});

describe("firstBlocks", () => {
  it("cuts between blocks and list items, never inside code", () => {
    expect(firstBlocks("one\n\ntwo\n\nthree", 8)).toBe("one\n\ntwo");
    expect(firstBlocks("- one\n  more\n- two\n- three", 12)).toBe("- one\n  more");
    expect(firstBlocks("```ts\na\n\nb\n```\n\nend", 3)).toBe("```ts\na\n\nb\n```");
    expect(firstBlocks("a short text", 100)).toBe("a short text");
  });
});
