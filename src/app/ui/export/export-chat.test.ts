import type { ChatMessage } from "node-llm-trpc/react";
import { describe, expect, it } from "vitest";
import { fakeMessage } from "../../../../test/support/fakes/fake-message.ts";
import { fileName, toJson, toMarkdown } from "./export-chat.ts";

const empty = fakeMessage({ id: "m", role: "user", model: null });

const chat = {
  title: "Herons",
  model: "gpt-4o",
  instructions: "Be brief.\nBe kind.",
  messages: [
    {
      ...empty,
      content: "Why?",
      attachments: [{ id: "a", name: "a.txt", mediaType: "text/plain", size: 2, url: null }],
    },
    {
      ...empty,
      role: "assistant",
      status: "stopped",
      model: "gpt-4o",
      content: "Because",
      toolCalls: [
        {
          toolCallId: "t",
          name: "search",
          arguments: { q: "x" },
          output: "",
          progress: null,
          result: "",
          status: "complete",
        },
      ],
    },
  ] satisfies ChatMessage[],
};

describe("export-chat", () => {
  it("writes a Markdown document", () => {
    expect(toMarkdown(chat)).toBe(`# Herons

> Be brief.
> Be kind.

## You

- File: a.txt

Why?

## Assistant · gpt-4o (stopped)

- Tool: \`search\` {"q":"x"}

Because
`);
  });

  it.each([
    ["length", " (cut off)"],
    ["content_filter", " (filtered)"],
    ["stop", ""],
    [null, ""],
  ] as const)("says how an answer ended: %s", (finishReason, end) => {
    const answer = fakeMessage({ id: "a", content: "Half", finishReason });
    const [, head] = toMarkdown({ ...chat, instructions: null, messages: [answer] }).split("\n\n");
    expect(head).toBe(`## Assistant · model${end}`);
  });

  it("writes JSON that parses to the same chat", () => {
    expect(JSON.parse(toJson(chat))).toEqual(chat);
  });

  it("makes a file name that is valid on every system", () => {
    expect(fileName("Über: Herons / Ducks?", "md")).toBe("über-herons-ducks.md");
    expect(fileName("???", "json")).toBe("chat.json");
  });
});
