import { NodeLLMCore } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import { createProviderLLM } from "../../../test/support/providers/create-provider-llm.ts";
import type { ProviderStub } from "../../../test/support/providers/provider-stubs.ts";
import { providerStubs } from "../../../test/support/providers/provider-stubs.ts";
import { replay } from "./history.ts";
import { recordProvider } from "./call/instrument-provider.ts";
import { encodeParts } from "../messages/stored-parts.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { emptyMessage } from "../database/rows.ts";
import { carriedByMessage } from "./wire/carried.ts";

const originalFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = originalFetch;
});

type Random = () => number;

/** https://en.wikipedia.org/wiki/Linear_congruential_generator */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const texts = ["Yes.", "Yes.", "Let me look. ", " ", "\n\n", "", "Über 🙂", '{"a":1}'];
const contents: readonly (string | null)[] = [...texts, null];
const argumentTexts = ["{}", '{"city":"Oslo"}', "{", "", "[1]", "null", '"text"', "\u0000"];
const ids = ["call_0", "call_1", "toolu_01", "get.weather", "id with spaces", "x".repeat(80), "é"];
const results: readonly (string | null)[] = ["12:00", "", " ", null, "Error: no"];
const statuses = ["complete", "stopped", "failed", "interrupted"];
const raws: readonly (string | null)[] = [
  null,
  null,
  "not JSON",
  "[]",
  "[1,null]",
  '{"id":1}',
  '[{"type":"text","text":""}]',
  '[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]',
  '[{"type":"text","text":" "},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]',
];

function createHistory(
  seed: number,
  provider: string,
): { rows: MessageRow[]; calls: ToolCallRow[] } {
  const random = createRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("Nothing to pick from.");
    return item;
  };
  const rows: MessageRow[] = [];
  const calls: ToolCallRow[] = [];
  const count = Math.floor(random() * 12);
  for (let index = 0; index < count; index++) {
    const role = pick(["user", "assistant", "assistant", "user", "system", "tool", "odd"]);
    const row = createRow(`m${index}`, role, pick(contents));
    rows.push(row);
    if (role === "user") row.contentRaw = pick(raws);
    if (role !== "assistant") continue;
    row.status = pick(statuses);
    row.provider = pick([provider, provider, "Other", null]);
    const own: ToolCallRow[] = [];
    for (const id of new Set(Array.from({ length: Math.floor(random() * 4) }, () => pick(ids)))) {
      own.push({
        id: `${row.id}-${id}`,
        messageId: row.id,
        toolCallId: id,
        name: "get_weather",
        arguments: pick(argumentTexts),
        thought: pick([null, "Thought."]),
        thoughtSignature: pick([null, "sig"]),
        result: pick(results),
        status: pick([
          "running",
          "complete",
          "error",
          "denied",
          "awaiting_approval",
          "awaiting_output",
        ]),
        createdAt: row.createdAt,
        step: 1 + Math.floor(random() * 2),
        position: own.length,
      });
    }
    calls.push(...own);
    row.parts = pick([
      null,
      "not JSON",
      '[["tool","missing"],["text",5000]]',
      encodeParts([
        { type: "thinking", text: "Hm.", signature: pick([null, "sig"]) },
        ...own.map((call) => ({ type: "tool" as const, toolCallId: call.toolCallId })),
        { type: "text", text: row.content ?? "" },
      ]),
      encodeParts([
        { type: "text", text: (row.content ?? "").slice(0, 2) },
        ...own.map((call) => ({ type: "tool" as const, toolCallId: call.toolCallId })),
        { type: "thinking", text: "Hm.", signature: pick([null, "sig"]) },
        { type: "text", text: (row.content ?? "").slice(2) },
      ]),
    ]);
    row.thinkingText = pick([null, "Hm.", "Hm.Hm."]);
    row.thinkingSignature = pick([null, "sig"]);
  }
  rows.push(createRow("question", "user", "And now?"));
  return { rows, calls };
}

function createRow(id: string, role: string, content: string | null): MessageRow {
  return { ...emptyMessage(id, "c", role, new Date(0)), content };
}

/** The body that core's provider sends for a history. */
async function send(stub: ProviderStub, seed: number): Promise<unknown> {
  const llm = createProviderLLM(stub.name, { origin: "http://127.0.0.1", name: "history" });
  if (llm.provider === undefined) throw new Error("no provider");
  const provider = recordProvider(llm.provider, {
    signal: new AbortController().signal,
    cachesPrompt: false,
    onRequest: () => Promise.resolve(),
  });
  let body: unknown;
  globalThis.fetch = (_input, init) => {
    body = JSON.parse(String(init?.body));
    const headers = { "content-type": "application/json" };
    return Promise.resolve(new Response(stub.whole({ text: ["Fine."] }), { headers }));
  };
  const { rows, calls } = createHistory(seed, llm.provider.id);
  const question = replay(rows, calls, llm.provider.id);
  await new NodeLLMCore(llm.config, provider, { attempts: 1, delayMs: 0 })
    .chat(stub.model, {
      messages: question.slice(0, -1),
      systemPrompt: "Be exact.",
      thinking: { budget: 2000 },
    })
    .ask("And now?");
  return body;
}

it("replays the thinking of rows without an order of parts", () => {
  const question = createRow("q", "user", "Hi");
  const answer: MessageRow = {
    ...createRow("a", "assistant", "Noon."),
    provider: "Anthropic",
    thinkingText: "One. Two.",
    thinkingSignature: "sig-2",
  };
  const call: ToolCallRow = {
    id: "t",
    messageId: "a",
    toolCallId: "toolu_1",
    name: "get_time",
    arguments: "{}",
    thought: "One. ",
    thoughtSignature: "sig-1",
    result: "12:00",
    createdAt: new Date(0),
  };
  const thinking = (provider: string, calls: ToolCallRow[]) =>
    replay([question, answer], calls, provider).flatMap(
      (message) => carriedByMessage(message).thinking ?? [],
    );
  expect(thinking("Anthropic", [call])).toEqual([
    { type: "thinking", thinking: "One. ", signature: "sig-1" },
  ]);
  expect(thinking("Anthropic", [])).toEqual([
    { type: "thinking", thinking: "One. Two.", signature: "sig-2" },
  ]);
  expect(thinking("OpenAI", [call])).toEqual([]);
});

const seeds = Array.from({ length: 300 }, (_, index) => index + 1);

it.each(Object.values(providerStubs))(
  "replays any history so that $name accepts it",
  async (stub) => {
    let signatures = 0;
    for (const seed of seeds) {
      const body = await send(stub, seed);
      expect(
        stub.refuse(body, () => true),
        `seed ${seed}`,
      ).toBeNull();
      const text = JSON.stringify(body);
      for (const part of ["Be exact.", "And now?"]) expect(text, `seed ${seed}`).toContain(part);
      signatures += text.split('"sig"').length - 1;
    }
    // Only the providers that ask for them get their signatures back.
    if (stub.name === "anthropic" || stub.name === "gemini") expect(signatures).toBeGreaterThan(10);
    else expect(signatures).toBe(0);
  },
);
