import { afterEach, describe, expect, it, vi } from "vitest";

import { awsMessage, bedrockEvents } from "./support/providers/formats/bedrock-format.ts";
import type { ModelAnswer } from "./support/providers/formats/model-answer.ts";
import { plainSse } from "./support/providers/formats/model-answer.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { packetings } from "./support/wire/sse-framings.ts";
import { wireWriters } from "./support/wire/wire-writers.ts";

afterEach(() => vi.restoreAllMocks());

const streams = [
  ...wireWriters.map((writer) => ({
    ...writer,
    bytesOf: (answer: ModelAnswer): Uint8Array =>
      Buffer.from(writer.events(answer).map(plainSse).join("")),
  })),
  {
    provider: "bedrock",
    model: "amazon.nova-lite-v1:0",
    dialect: "bedrock" as const,
    bytesOf: (answer: ModelAnswer): Uint8Array =>
      Buffer.concat(bedrockEvents(answer).map(awsMessage)),
  },
];

const answers: Readonly<Record<string, (size: number) => ModelAnswer>> = {
  text: (size) => ({ text: Array.from({ length: size }, (_, index) => `word ${index} `) }),
  thinking: (size) => ({
    thinking: Array.from({ length: size }, (_, index) => `thought ${index} `),
    text: ["Yes."],
  }),
  "one long piece": (size) => ({ text: ["x".repeat(size * 10)] }),
  "one tool": (size) => ({
    toolCalls: [{ id: "call00001", name: "get_weather", input: { city: "y".repeat(size * 10) } }],
  }),
  "many tools": (size) => ({
    toolCalls: Array.from({ length: Math.ceil(size / 20) }, (_, index) => ({
      id: `call${String(index).padStart(5, "0")}`,
      name: "get_time",
      input: {},
    })),
  }),
};

/** The characters that are parsed as JSON, and the bytes that are copied, for each byte of a stream. */
function costOf(
  target: Parameters<typeof readWire>[0],
  bytes: Uint8Array,
  cut: (bytes: Uint8Array) => readonly Uint8Array[],
): number {
  const packets = cut(bytes);
  const parse = vi.spyOn(JSON, "parse");
  const concat = vi.spyOn(Buffer, "concat");
  readWire(target, packets);
  const parsed = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  const copied = concat.mock.results.reduce(
    (sum, { value }) => sum + (value instanceof Uint8Array ? value.length : 0),
    0,
  );
  vi.restoreAllMocks();
  return (parsed + copied) / bytes.length;
}

describe.each(streams)("reading a stream of $provider", (stream) => {
  it.each(Object.keys(answers))("costs each byte the same, however long it is: %s", (name) => {
    for (const cut of Object.values(packetings)) {
      const [short = 0, long = 0] = [50, 500].map((size) =>
        costOf(stream, stream.bytesOf(answers[name]?.(size) ?? {}), cut),
      );
      expect(long).toBeLessThan(Math.max(short, 1) * 2);
      expect(long).toBeLessThan(8);
    }
  });
});
