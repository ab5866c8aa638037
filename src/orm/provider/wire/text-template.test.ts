import { expect, it } from "vitest";

import { SeededRandom } from "../../../../test/support/seeded-random.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import type { DialectName } from "./dialects.ts";
import { WireAnswer } from "./wire-answer.ts";
import { WireReader } from "./wire-reader.ts";

const target = { provider: "any", model: "gpt-4o" };

/** JSON literals that may stand in a text's place, and what a liar may write there. */
const literals = [
  ...[
    "Hello",
    " world",
    "",
    "assistant",
    "gpt-4o",
    "a",
    "\n",
    '"',
    "\\",
    "日本 👩‍🚀",
    "\ud83d",
    "x".repeat(99),
  ].flatMap((text) => [JSON.stringify(text), escaped(text)]),
  String.raw`"\ud83d\udc69"`,
  String.raw`"a"}}],"choices":[{"delta":{"content":"b"`,
  String.raw`"a","refusal":"b"`,
  String.raw`"a"},"finish_reason":"stop","x":{"y":"b"`,
  '"a\tb"',
  '"a\\"',
  '"a',
  "null",
  "7",
  '["a"]',
];

/** As programs that keep to ASCII write JSON. */
function escaped(text: string): string {
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${codes.map((code) => `\\u${code.toString(16).padStart(4, "0")}`).join("")}"`;
}

/** The data of events with a text at `@`, and of others. */
const forms: Readonly<Record<Exclude<DialectName, "bedrock">, readonly string[]>> = {
  openai: [
    '{"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{"content":@},"finish_reason":null}]}',
    '{"choices":[{"delta":{"role":"assistant","content":@}}]}',
    '{"choices":[{"delta":{"content":@}}],"obfuscation":"#"}',
    '{"choices":[{"delta":{"content":@},"finish_reason":"length"}]}',
    '{"choices":[{"delta":{"content":@}}],"usage":{"prompt_tokens":3,"completion_tokens":#}}',
    '{"choices":[{"delta":{"refusal":@}}]}',
    '{"id":@,"choices":[{"delta":{"content":@}}]}',
    '{"choices":[{"delta":{"content":@,"reasoning_content":"Hm."}}]}',
    '{"choices":[{"delta":{"content":@,"refusal":"No."}}]}',
    '{"choices":[{"delta":{"content":@,"reasoning_details":[{"type":"reasoning.text","text":"Hm."}]}}]}',
    '{"choices":[{"message":{"content":@},"index":{"toString":1}}]}',
    '{"choices":[{"delta":{"reasoning_content":@}}]}',
    '{"choices":[{"index":1,"delta":{"content":@}},{"index":0,"delta":{"content":@}}]}',
    '{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":@}}]}}]}',
    '{"choices":[{"delta":{"content":@,"content":"last"}}]}',
    '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":#}}',
  ],
  anthropic: [
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":@}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":@}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":@}}',
    '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":@}}',
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":@}}',
    '{"type":"content_block_stop","index":0}',
    '{"type":"message_delta","delta":{"stop_reason":@},"usage":{"output_tokens":#}}',
    '{"type":"ping"}',
    '{"content":[{"type":"text","text":@}]}',
  ],
  gemini: [
    '{"candidates":[{"content":{"parts":[{"text":@}],"role":"model"},"index":0}]}',
    '{"candidates":[{"content":{"parts":[{"text":@}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":#}}',
    '{"candidates":[{"content":{"parts":[{"text":@,"thought":true}]}}]}',
    '{"candidates":[{"content":{"parts":[{"text":@},{"text":"more"}]}}]}',
    '{"candidates":[{"content":{"parts":[{"functionCall":{"name":@,"args":{}}}]}}]}',
    '{"candidates":[{"content":{"parts":[{"text":@}]},"finishReason":"STOP"}]}',
    '{"candidates":[{"content":{"parts":[{"text":@,"inlineData":{"mimeType":"image/png","data":"AA=="}}]}}]}',
  ],
};

/** What an answer says, its neighboring pieces of one kind joined. */
function saidBy(answer: WireAnswer) {
  const pieces: { type: string; text: string }[] = [];
  for (const { type, text } of answer.takePieces()) {
    const last = pieces.at(-1);
    if (last?.type === type && type !== "call") last.text += text;
    else pieces.push({ type, text });
  }
  const { isFinished, isClosed, isReadable, finishReason, usage, hasText, hasThinking } = answer;
  const flags = { isFinished, isClosed, isReadable, finishReason, usage, hasText, hasThinking };
  const { error, toolCalls, thinkingBlocks, attachments } = answer;
  return { ...flags, pieces, error: error?.message, toolCalls, thinkingBlocks, attachments };
}

it.each(Object.entries(forms))("says of %s exactly what parsing each event says", (name, data) => {
  const dialect = Object.entries(dialects).find(([key]) => key === name)?.[1];
  if (dialect === undefined) throw new Error(`There is no dialect "${name}".`);
  const random = new SeededRandom(name);
  for (let stream = 0; stream < 300; stream++) {
    const expected = new WireAnswer();
    const plain = dialect.createReader(expected, target);
    const reader = new WireReader(dialect, target);
    for (let run = random.between(1, 5); run > 0; run--) {
      const form = random.pick(data);
      for (let count = random.between(1, 8); count > 0; count--) {
        const event = form
          .replaceAll("@", () => random.pick(literals))
          .replaceAll("#", () => String(random.between(1, 99)));
        // An event that is no JSON ends the stream, with and without a template.
        const json = parsed(event);
        reader.push(Buffer.from(`data: ${event}\n\n`));
        if (json === undefined) expected.fail(reader.answer.error ?? new Error("no JSON"));
        else if (!expected.isClosed) plain.readEvent(json);
      }
    }
    expect(saidBy(reader.answer)).toEqual(saidBy(expected));
  }
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

it("takes no other text of an event for what it says", () => {
  const reader = new WireReader(dialects.openai, target);
  for (const id of ["a", "b", "c"])
    reader.push(Buffer.from(`data: {"id":"${id}","choices":[{"delta":{"content":"a"}}]}\n\n`));
  expect(saidBy(reader.answer).pieces).toEqual([{ type: "text", text: "aaa" }]);
});

it("takes an error for one, also when it looks like a text", () => {
  const reader = new WireReader(dialects.openai, target);
  const data = 'data: {"choices":[{"delta":{"content":"a"}}],"message":"Too busy."}';
  for (const event of ["", "", "event: error\n"]) reader.push(Buffer.from(`${event}${data}\n\n`));
  expect(saidBy(reader.answer)).toMatchObject({
    pieces: [{ type: "text", text: "aa" }],
    error: "Too busy.",
  });
});

/** The dialect, and how many events it has read. */
function counted(dialect: Dialect) {
  const count = { events: 0 };
  const createReader: Dialect["createReader"] = (answer, of) => {
    const reader = dialect.createReader(answer, of);
    return {
      readEvent(json, name) {
        count.events++;
        reader.readEvent(json, name);
      },
    };
  };
  return { dialect: { ...dialect, createReader }, count };
}

it.each([
  ["the same but for their text", '{"choices":[{"delta":{"content":@}}]}', 3],
  ["with something new in each", '{"choices":[{"delta":{"content":@}}],"x":#}', 200 + 2 * 4],
])("parses as few events as it can of those that are %s", (_title, form, most) => {
  const { dialect, count } = counted(dialects.openai);
  const reader = new WireReader(dialect, target);
  for (let index = 0; index < 200; index++)
    reader.push(
      Buffer.from(`data: ${form.replace("@", `"word ${index}"`).replace("#", `${index}`)}\n\n`),
    );
  expect(count.events).toBeLessThanOrEqual(most);
  expect(reader.answer.takePieces()).toHaveLength(1);
});
