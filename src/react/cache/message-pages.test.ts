import { expect, test } from "vitest";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import type { MessageData } from "./message-pages.ts";
import { flattenMessages, putMessage } from "./message-pages.ts";

/** Pages as they are fetched: the newest one first. */
function pagesOf(...pages: readonly string[]): MessageData {
  return {
    pages: pages.map((letters) => ({
      items: letters.split("").map((id) => fakeMessage({ id })),
      nextCursor: null,
    })),
    pageParams: pages.map(() => null),
  };
}

function ids(data: MessageData): string {
  return flattenMessages(data)
    .map(({ id }) => id)
    .join("");
}

test("messages are listed oldest first", () => {
  expect(ids(pagesOf("de", "bc", "a"))).toBe("abcde");
});

test("a new message is appended to the newest page", () => {
  const data = putMessage(pagesOf("c", "ab"), fakeMessage({ id: "d" }));
  expect(ids(data)).toBe("abcd");
  expect(data.pages[0]?.items).toHaveLength(2);
});

test("a message with a known id is replaced where it is", () => {
  const data = putMessage(pagesOf("cd", "ab"), fakeMessage({ id: "b", content: "new" }));
  expect(ids(data)).toBe("abcd");
  expect(data.pages[1]?.items[1]?.content).toBe("new");
});

test("a new version takes the place of the shown one and what follows, across pages", () => {
  const data = putMessage(pagesOf("cd", "ab"), fakeMessage({ id: "x", siblingIds: ["b", "x"] }));
  expect(ids(data)).toBe("ax");
});
