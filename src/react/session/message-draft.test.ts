import { afterEach, expect, test, vi } from "vitest";
import { createUserMessage, randomId, readDraft } from "./message-draft.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const attachments = [{ name: null, mediaType: "text/plain", url: "data:,Hi" }];

afterEach(() => vi.unstubAllGlobals());

test("a draft needs text or an attachment", () => {
  expect(readDraft("Hello")).toEqual({ content: "Hello" });
  expect(readDraft({ content: "", attachments })).toEqual({ content: "", attachments });
  expect(readDraft(" \n")).toBeNull();
  expect(readDraft({ content: "", attachments: [] })).toBeNull();
});

test("a user message is complete, and the newest of its versions", () => {
  const given = { id: "b", chatId: "chat", parentId: "p", attachments, siblingIds: ["a", "b"] };
  expect(createUserMessage({ ...given, content: "Hello" })).toMatchObject({
    ...given,
    role: "user",
    status: "complete",
    parts: [{ type: "text", text: "Hello" }],
    siblings: { index: 1, count: 2 },
  });
  expect(createUserMessage({ ...given, content: "" }).parts).toEqual([]);
  expect(createUserMessage({ ...given, content: "" }).metadata).toBeNull();
  const metadata = { page: "/" };
  expect(createUserMessage({ ...given, content: "", metadata }).metadata).toBe(metadata);
});

test("an id is a UUID", () => {
  expect(randomId()).toMatch(uuid);
});

test("an id is a UUID in a page without a secure context", () => {
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  vi.stubGlobal("crypto", { getRandomValues });
  expect(randomId()).toMatch(uuid);
  expect(randomId()).not.toBe(randomId());
});
