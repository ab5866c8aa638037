import type { ModelAnswer, ModelError } from "../providers/formats/model-answer.ts";

const usage = { input: 100, output: 20 };
const weather = (id: string, city: string) => ({ id, name: "get_weather", input: { city } });
const time = (id: string) => ({ id, name: "get_time", input: {} });
const failing = (status: ModelError["status"]): ModelAnswer => ({
  text: ["Half "],
  error: { status, message: "The provider's own words" },
});

/** Ids that every provider may give. */
const ids = ["call00001", "call00002", "call00003"] as const;

/** What a model may answer in one call. */
export const wireScenarios: Readonly<Record<string, ModelAnswer>> = {
  text: { text: ["Hello ", "world", "."], usage },
  "text of many kinds": {
    text: [
      "Grüße 👨‍👩‍👧‍👦 ",
      "日本語\u2028\u2029\u0085 ",
      'data: [DONE]\n\ndata: {"error":"no"}\r\n\r\n',
      'event: message_stop\n\n: \\ " \t',
      " end ",
    ],
    usage,
  },
  "thinking and text": { thinking: ["Let me ", "see."], text: ["42", "."], usage },
  "a tool": { toolCalls: [weather(ids[0], "Oslo")], usage },
  "text and a tool": { text: ["Let me ", "look. "], toolCalls: [weather(ids[0], "Oslo")], usage },
  "parallel tools": {
    toolCalls: [weather(ids[0], "Oslo"), weather(ids[1], "Rome"), time(ids[2])],
    usage,
  },
  "thinking and parallel tools": {
    thinking: ["I need ", "both."],
    toolCalls: [time(ids[0]), weather(ids[1], 'São "Paulo"\n')],
    usage,
  },
  "cut by the limit": { text: ["Cut in ", "the mid"], finish: "length", usage },
  "filtered after text": { text: ["Cut in ", "the mid"], finish: "content_filter", usage },
  "filtered without text": { finish: "content_filter", usage },
  "nothing said": { usage },
  "cached tokens": { text: ["Hi."], usage: { ...usage, cached: 90 } },
  "no usage": { text: ["Hi."] },
  "a refusal": { refusal: ["I'm sorry, ", "I cannot."], usage },
  "an error, 401": failing(401),
  "an error, 429": failing(429),
  "an error, 500": failing(500),
  "an error, 503": failing(503),
  "cut off in the text": { text: ["Half "], cut: "eof" },
  "cut off in a tool": { text: ["Half "], toolCalls: [weather(ids[0], "Oslo")], cut: "eof" },
};
