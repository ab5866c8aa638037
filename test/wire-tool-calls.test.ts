import { describe, expect, it } from "vitest";

import { inPieces } from "./support/providers/formats/model-answer.ts";
import { callText } from "./support/wire/case-differences.ts";
import { readWire } from "./support/wire/read-wire.ts";

const target = { provider: "openai", model: "gpt-4o", dialect: "openai" } as const;

interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: object;
}

/** What a model may call at once: one tool, different ones, one twice, and tools without arguments. */
const rounds: Readonly<Record<string, readonly Call[]>> = {
  "one call": [{ id: "a1", name: "get_weather", input: { city: "Oslo" } }],
  "one call without arguments": [{ id: "a1", name: "get_time", input: {} }],
  "two tools": [
    { id: "a1", name: "get_weather", input: { city: "Oslo" } },
    { id: "a2", name: "get_time", input: { zone: "UTC" } },
  ],
  "one tool twice": [
    { id: "a1", name: "get_weather", input: { city: "Oslo" } },
    { id: "a2", name: "get_weather", input: { city: "Rome" } },
  ],
  "one tool twice with the same arguments": [
    { id: "a1", name: "get_weather", input: { city: "Oslo" } },
    { id: "a2", name: "get_weather", input: { city: "Oslo" } },
  ],
  "three calls, one without arguments": [
    { id: "a1", name: "get_weather", input: { city: '{"Os}lo"' } },
    { id: "a2", name: "get_time", input: {} },
    { id: "a3", name: "get_weather", input: { city: "Rome", days: [1, { of: 2 }] } },
  ],
};

/** A chunk with these pieces of tool calls. */
const chunk = (toolCalls: readonly object[], more: object = {}): object => ({
  choices: [{ index: 0, delta: { tool_calls: toolCalls }, finish_reason: null }],
  ...more,
});

const json = ({ input }: Call): string => JSON.stringify(input);

/** The ways in which servers stream calls. Each gives the chunks before the end. */
const styles: Readonly<Record<string, (calls: readonly Call[]) => readonly object[]>> = {
  "whole, each in a chunk": (calls) =>
    calls.map((call, index) => chunk([{ index, ...whole(call) }])),
  "whole, all in one chunk": (calls) => [
    chunk(calls.map((call, index) => ({ index, ...whole(call) }))),
  ],
  "whole, all with index 0": (calls) => calls.map((call) => chunk([{ index: 0, ...whole(call) }])),
  "whole, in one chunk, all with index 0": (calls) => [
    chunk(calls.map((call) => ({ index: 0, ...whole(call) }))),
  ],
  "whole, without an index": (calls) => calls.map((call) => chunk([whole(call)])),
  "whole, in one chunk without an index": (calls) => [chunk(calls.map(whole))],
  "whole, with an index that is null": (calls) =>
    calls.map((call) => chunk([{ index: null, ...whole(call) }])),
  "whole, with arguments that are an object": (calls) =>
    calls.map((call, index) =>
      chunk([{ index, id: call.id, function: { name: call.name, arguments: call.input } }]),
    ),
  "whole, with ids that are numbers": (calls) =>
    calls.map((call, index) => chunk([{ index, ...whole(call), id: index + 7 }])),
  "whole, without ids": (calls) =>
    calls.map((call, index) => chunk([{ index, ...whole(call), id: null }])),
  "whole, with empty ids and index 0": (calls) =>
    calls.map((call) => chunk([{ index: 0, ...whole(call), id: "" }])),
  "whole, without ids and indexes": (calls) =>
    calls.map((call) => chunk([{ function: whole(call).function }])),
  "in pieces": (calls) => pieces(calls, (index) => ({ index })),
  "in pieces, interleaved": (calls) => interleaved(pieces(calls, (index) => ({ index }))),
  "in pieces, with the id in each": (calls) =>
    pieces(calls, (index, call) => ({ index, id: call.id })),
  "in pieces, with the id in each and index 0": (calls) =>
    pieces(calls, (_index, call) => ({ index: 0, id: call.id })),
  "in pieces, with the id in each and without an index": (calls) =>
    pieces(calls, (_index, call) => ({ id: call.id })),
  "in pieces, with the name in each": (calls) => pieces(calls, (index) => ({ index }), true),
  "in pieces, with index 0 and the id in the first": (calls) => pieces(calls, () => ({ index: 0 })),
  "in pieces, without an index": (calls) => pieces(calls, () => ({})),
  "in pieces, with empty ids after the first": (calls) =>
    pieces(calls, (index) => ({ index, id: "" })),
  "the name in two pieces": (calls) =>
    calls.flatMap((call, index) => [
      chunk([{ index, id: call.id, function: { name: call.name.slice(0, 4), arguments: "" } }]),
      chunk([{ index, function: { name: call.name.slice(4) } }]),
      chunk([{ index, function: { arguments: json(call) } }]),
    ]),
  "one character at a time": (calls) =>
    calls.flatMap((call, index) => [
      chunk([{ index, id: call.id, function: { name: call.name, arguments: "" } }]),
      ...json(call)
        .split("")
        .map((text) => chunk([{ index, function: { arguments: text } }])),
    ]),
  "with nulls for what is missing": (calls) =>
    calls.flatMap((call, index) => [
      chunk([{ index, id: call.id, type: null, function: { name: call.name, arguments: null } }]),
      chunk([{ index, id: null, type: null, function: { name: null, arguments: json(call) } }]),
    ]),
};

function whole(call: Call) {
  return { id: call.id, type: "function", function: { name: call.name, arguments: json(call) } };
}

/** @param place what each piece has, besides its function. */
function pieces(
  calls: readonly Call[],
  place: (index: number, call: Call) => object,
  repeatsName = false,
): readonly object[] {
  return calls.flatMap((call, index) => [
    chunk([
      {
        ...place(index, call),
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: "" },
      },
    ]),
    ...inPieces(json(call), 3).map((text) =>
      chunk([
        {
          ...place(index, call),
          function: { ...(repeatsName ? { name: call.name } : {}), arguments: text },
        },
      ]),
    ),
  ]);
}

/** Takes the chunks of the calls in turn, with each call's own in their order. */
function interleaved(chunks: readonly object[]): readonly object[] {
  const rows: object[][] = [];
  for (const one of chunks) {
    if (JSON.stringify(one).includes('"name"')) rows.push([]);
    rows.at(-1)?.push(one);
  }
  const longest = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, place) =>
    rows.flatMap((row) => row.slice(place, place + 1)),
  ).flat();
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const end = (reason: string) => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });

/** How the stream ends after the calls. */
const endings: Readonly<
  Record<string, (chunks: readonly object[]) => readonly (object | string)[]>
> = {
  "finish_reason tool_calls": (chunks) => [...chunks, end("tool_calls"), "[DONE]"],
  "finish_reason stop": (chunks) => [...chunks, end("stop"), "[DONE]"],
  "finish_reason function_call, without [DONE]": (chunks) => [...chunks, end("function_call")],
  "the end and the usage in the last chunk of a call": (chunks) => [
    ...chunks.slice(0, -1),
    ...chunks.slice(-1).map((last) => withEnd(last)),
    "[DONE]",
  ],
};

function withEnd(last: object): object {
  const { choices } = last as { choices: readonly object[] };
  return {
    ...last,
    choices: choices.map((one) => ({ ...one, finish_reason: "tool_calls" })),
    usage,
  };
}

const read = (chunks: readonly (object | string)[]) =>
  readWire(target, [
    Buffer.from(
      chunks
        .map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`)
        .join(""),
    ),
  ]);

/** Nothing tells the same call again from a repetition of it in these. */
const ambiguous: ReadonlySet<string> = new Set([
  "whole, with empty ids and index 0",
  "whole, without ids and indexes",
]);

describe.each(Object.entries(styles))("tool calls %s", (style, write) => {
  const told = Object.entries(rounds).filter(
    ([round]) => !(ambiguous.has(style) && round === "one tool twice with the same arguments"),
  );

  it.each(told)("are kept apart: %s", (_round, calls) => {
    for (const [ending, finish] of Object.entries(endings)) {
      const outcome = read(finish(write(calls)));
      const wanted = calls.map(({ name, input }) => callText({ name, arguments: input }));
      expect(outcome.toolCalls.toSorted(), ending).toEqual(wanted.toSorted());
      expect(outcome, ending).toMatchObject({ text: "", error: null, isFinished: true });
    }
  });
});

it("takes a call without an id for a repetition of the one before when it is the same", () => {
  const calls = rounds["one tool twice with the same arguments"] ?? [];
  for (const style of ambiguous)
    expect(read([...(styles[style]?.(calls) ?? []), end("tool_calls")]).toolCalls).toEqual([
      'get_weather({"city":"Oslo"})',
    ]);
});

it.each([
  ["text before", [{ choices: [{ delta: { content: "Let me look. " } }] }], "Let me look. "],
  ["empty text in each chunk", [{ choices: [{ delta: { content: "" } }] }], ""],
  ["text after", [], ""],
])("calls and %s are both read", (_title, before, text) => {
  const calls = rounds["two tools"] ?? [];
  const chunks = styles["in pieces"]?.(calls) ?? [];
  const outcome = read([...before, ...chunks, end("tool_calls"), "[DONE]"]);
  expect(outcome).toMatchObject({ text, toolCalls: [expect.anything(), expect.anything()] });
});

it.each([
  ["whole", [{ name: "get_time", arguments: '{"zone":"UTC"}' }]],
  [
    "in pieces",
    [{ name: "get_time", arguments: "" }, { arguments: '{"zone"' }, { arguments: ':"UTC"}' }],
  ],
  [
    "with its name in each",
    [
      { name: "get_time", arguments: '{"zone":' },
      { name: "get_time", arguments: '"UTC"}' },
    ],
  ],
])("the older function_call is a call, %s", (_title, deltas) => {
  const chunks = deltas.map((one) => ({ choices: [{ index: 0, delta: { function_call: one } }] }));
  expect(read([...chunks, end("function_call"), "[DONE]"]).toolCalls).toEqual([
    'get_time({"zone":"UTC"})',
  ]);
});

it.each([
  ["no arguments", undefined],
  ["null", null],
  ["an empty text", ""],
  ["an empty object", {}],
  ["spaces", "  "],
])("a call with %s has none", (_title, args) => {
  const call = { index: 0, id: "a1", function: { name: "get_time", arguments: args } };
  expect(read([chunk([call]), end("tool_calls"), "[DONE]"]).toolCalls).toEqual(["get_time({})"]);
});
