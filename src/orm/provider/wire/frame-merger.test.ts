import { createLLM } from "@node-llm/core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { FrameMerger } from "./frame-merger.ts";

const original = globalThis.fetch;
let body: Uint8Array[] = [];
beforeAll(() => {
  globalThis.fetch = () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of body) controller.enqueue(piece);
        controller.close();
      },
    });
    return Promise.resolve(new Response(stream));
  };
});
afterAll(() => void (globalThis.fetch = original));

/** What core reads in a stream, with its text joined. */
async function read(pieces: Uint8Array[]) {
  body = pieces;
  const { provider } = createLLM({ provider: "openai", openaiApiKey: "sk-test" });
  const result = { content: "", thinking: "", others: [] as unknown[] };
  for await (const { content, thinking, ...rest } of provider?.stream?.({
    model: "gpt-4o",
    messages: [],
  }) ?? []) {
    result.content += content;
    result.thinking += thinking?.text ?? "";
    if (Object.keys(rest).length > 0) result.others.push(rest);
  }
  return result;
}

/** Random numbers from a seed: https://en.wikipedia.org/wiki/Lehmer_random_number_generator. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

const head = '"id":"1","object":"chat.completion.chunk","created":17,"model":"m"';
const words = [
  "one ",
  "",
  '"',
  "\\",
  "\\n",
  "é€😀",
  "\ud83d",
  "\ude00",
  '","x":1},"',
  "\n\n",
  "{",
  "}]}",
];
const of = (delta: object, more = "", finish = "null"): string =>
  `data: {${head},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${finish}}]${more}}`;
const call = (args: string) => ({ tool_calls: [{ index: 0, function: { arguments: args } }] });

const frames: readonly ((text: string, number: number) => string)[] = [
  (content) => of({ content }),
  (content) => of({ content }),
  (content) => of({ content }),
  (content) => of({ role: "assistant", content, refusal: null }),
  (content, number) => of({ content }, `,"usage":null,"obfuscation":"${"a".repeat(number)}"`),
  (content, number) =>
    of({ content }, `,"usage":{"prompt_tokens":${number % 2},"completion_tokens":2}`),
  (content) => of({ content, reasoning_content: content }),
  (content) => of({ content, ...call(content) }),
  (content) => of({ reasoning_content: content }),
  (content) => of(call(content)),
  (content) => of({ content }, "", '"stop"'),
  (content) =>
    of({ content }).replaceAll(":", ": ").replaceAll(",", ", ").replace("data:  ", "data: "),
  (content) =>
    `data: {${head},"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}},{"index":1,"delta":{"content":"no"}}]}`,
  () => ": a comment",
  () => "event: ping\ndata: {}",
  () => "data: {broken",
];

function cut(bytes: Buffer, next: (limit: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = next(4) === 0 ? from + 1 + next(5) : from + 1 + next(900);
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}

it.each(Array.from({ length: 150 }, (_, index) => index + 1))(
  "changes nothing that core reads, wherever the stream is cut (seed %i)",
  async (seed) => {
    const next = random(seed);
    const all = Array.from({ length: 40 }, () => {
      const frame = frames[next(next(3) === 0 ? frames.length : 3)];
      return frame?.(words[next(words.length)] ?? "", next(20)) ?? "";
    });
    const pieces = cut(Buffer.from(`${all.join("\n\n")}\n\ndata: [DONE]\n\n`), next);
    const merger = new FrameMerger();
    const merged = pieces.map((piece) => merger.merge(piece));
    expect(await read(merged)).toEqual(await read(pieces));
  },
);

it("merges frames that differ only in their text", () => {
  const text = ["one ", "two ", "three"].map((content) => `${of({ content })}\n\n`).join("");
  const merged = new FrameMerger().merge(Buffer.from(text));
  expect(Buffer.from(merged).toString()).toBe(`${of({ content: "one two three" })}\n\n`);
});

it("ignores the padding of OpenAI's frames", () => {
  const text = ["one ", "two"].map((content, index) =>
    of({ content }, `,"usage":null,"obfuscation":"${"x".repeat(index)}"`),
  );
  const merged = new FrameMerger().merge(Buffer.from(`${text.join("\n\n")}\n\n`));
  expect(Buffer.from(merged).toString()).toBe(`${of({ content: "one two" }, ',"usage":null')}\n\n`);
});

it("leaves a cut frame alone, and merges those that follow", () => {
  const frame = `${of({ content: "x" })}\n\n`;
  const merger = new FrameMerger();
  const give = (text: string): string => Buffer.from(merger.merge(Buffer.from(text))).toString();
  expect(give(frame + frame.slice(0, 50))).toBe(frame + frame.slice(0, 50));
  const two = `${of({ content: "xx" })}\n\n`;
  expect(give(frame.slice(50) + frame + frame)).toBe(frame.slice(50) + two);
});

it.each([
  ["usage", of({ content: "x" }, ',"usage":{"prompt_tokens":1,"completion_tokens":2}')],
  ["an error", of({ content: "x" }, ',"error":{"message":"overloaded"}')],
  ["a tool call", of({ content: "x", ...call("{}") })],
  ["thinking", of({ content: "x", reasoning_content: "hm" })],
  ["an end", of({ content: "x" }, "", '"stop"')],
])("leaves frames alone that have %s besides their text", (_what, frame) => {
  const text = `${frame}\n\n${frame}\n\n`;
  expect(Buffer.from(new FrameMerger().merge(Buffer.from(text))).toString()).toBe(text);
});

it("leaves the rest of a cut frame alone, even when its text looks like a frame", () => {
  const frame = `${of({ content: of({ content: "inner" }) })}\n\n`;
  const rest = frame.slice(frame.lastIndexOf("data: "));
  const merger = new FrameMerger();
  merger.merge(Buffer.from(frame.slice(0, frame.lastIndexOf("data: "))));
  const text = rest + frame;
  expect(Buffer.from(merger.merge(Buffer.from(text))).toString()).toBe(text);
});
