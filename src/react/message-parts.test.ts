import { expect, it } from "vitest";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { messageParts } from "./message-parts.ts";

it("puts each call in its place, and leaves out a part whose call is not there", () => {
  const call = {
    toolCallId: "c1",
    name: "look",
    arguments: {},
    output: 1,
    progress: null,
    result: "1",
    status: "complete",
  } as const;
  const message = fakeMessage({
    id: "m",
    parts: [
      { type: "thinking", text: "Hm." },
      { type: "tool", toolCallId: "c1" },
      { type: "tool", toolCallId: "missing" },
      { type: "text", text: "One." },
    ],
    toolCalls: [call],
  });
  expect(messageParts(message)).toEqual([
    { type: "thinking", text: "Hm." },
    { type: "tool", toolCall: call },
    { type: "text", text: "One." },
  ]);
});
