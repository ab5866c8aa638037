import type { SseEvent } from "../providers/formats/model-answer.ts";
import type { ModelAnswer, ModelToolCall } from "../providers/formats/model-answer.ts";
import type { SeededRandom } from "../seeded-random.ts";

const words = [
  "Hello ",
  "wörld ",
  "👩‍🚀",
  "\n\n",
  "data: ",
  "日本",
  '"',
  "\\n",
  "\u2028",
  "[DONE]",
  "a",
  " ",
];

/** An answer of a model that depends only on the seed. */
export function randomAnswer(random: SeededRandom, mayRefuse: boolean): ModelAnswer {
  const pieces = (least: number) =>
    Array.from({ length: random.between(least, 6) }, () => random.pick(words));
  const toolCalls = Array.from({ length: random.pick([0, 0, 1, 2, 3]) }, (_, index) =>
    randomCall(index, random),
  );
  const usage = {
    input: random.between(0, 9999),
    output: random.between(1, 999),
    ...(random.chance(0.3) ? { cached: 0 } : {}),
  };
  const text = ["Yes.", ...pieces(0)];
  const refuses = mayRefuse && toolCalls.length === 0 && random.chance(0.1);
  const isCutShort = !refuses && toolCalls.length === 0 && random.chance(0.2);
  return {
    ...(random.chance(0.4) ? { thinking: ["Hm. ", ...pieces(0)] } : {}),
    ...(toolCalls.length > 0 && random.chance(0.5) ? {} : { text }),
    ...(refuses ? { refusal: ["No.", " "] } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(isCutShort ? { finish: "length" as const } : {}),
    ...(random.chance(0.8) ? { usage } : {}),
    ...(random.chance(0.1)
      ? { error: { status: random.pick([401, 429, 500, 503] as const), message: "No." } }
      : random.chance(0.1)
        ? { cut: "eof" as const }
        : {}),
  };
}

function randomCall(index: number, random: SeededRandom): ModelToolCall {
  const input = random.pick([
    {},
    { city: random.pick(words) },
    { zone: random.pick(words), city: random.pick(words), deep: { list: [1, "}{", null] } },
  ]);
  return {
    id: `call${String(random.between(100, 999))}${index}0`,
    name: random.pick(["get_weather", "get_time"]),
    input,
  };
}

/** Writes events with another line end and other lines around each, all of which mean nothing. */
export function frameAtRandom(events: readonly SseEvent[], random: SeededRandom): Uint8Array {
  const pure = random.pick(["\n", "\r\n", "\r"]);
  const isMixed = random.chance(0.3);
  let text = random.chance(0.1) ? "\uFEFF" : "";
  const line = (content: string): void => {
    let end = isMixed ? random.pick(["\n", "\r\n", "\r"]) : pure;
    // A blank line that ends with LF would be the second half of a CRLF.
    if (content === "" && end === "\n" && text.endsWith("\r")) end = "\r";
    text += content + end;
  };
  const filler = (): void => {
    if (random.chance(0.2)) line(random.pick([": ping", ":", "id: 3", "retry: 5", "unknown: x"]));
  };
  for (const { event, data } of events) {
    filler();
    const space = random.pick([" ", ""]);
    if (event !== undefined) line(`event:${space}${event}`);
    filler();
    for (const part of data.split("\n")) {
      // A value that begins with a space needs the one that belongs to the colon.
      line(`data:${part.startsWith(" ") ? " " : space}${part}`);
      filler();
    }
    line("");
    if (random.chance(0.1)) line("");
  }
  return Buffer.from(text);
}

/** Cuts bytes into packets at any place. */
export function cutAtRandom(
  bytes: Uint8Array,
  random: SeededRandom,
  averages: readonly number[] = [1, 3, 20, 200, 5000],
): readonly Uint8Array[] {
  const average = random.pick(averages);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.between(0, average * 2);
    packets.push(bytes.subarray(at, at + length));
    at += length;
  }
  return packets;
}
