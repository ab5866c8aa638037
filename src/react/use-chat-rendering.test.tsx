import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, renderChat, settle } from "../../test/support/clients/render-chat.tsx";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Streams five chunks per frame into a chat with `size` messages. */
async function stream(size: number, frames: number) {
  const history = Array.from({ length: size - 1 }, (_, index) =>
    fakeMessage({ id: `old-${index}`, content: `Message ${index}` }),
  );
  const answer = fakeMessage({ id: "answer", status: "pending" });
  const server = new FakeChatServer([...history, answer]);
  server.pageSize = size;
  const page = renderChat(server);
  await settle();
  expect(page.chat().messages).toHaveLength(size);
  const before = page.commits();
  page.rows.clear();
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let chunk = 0; chunk < 5; chunk++) {
      act(() => server.stream.text(at, "word "));
      at += 5;
    }
    await drawFrame();
  }
  const commits = page.commits() - before;
  const rows = new Map(page.rows);
  const { content } = page.chat().messages.at(-1) ?? { content: "" };
  return { commits, rows, content };
}

test.each([
  [2, 30],
  [200, 30],
  [2_000, 3],
])(
  "among %i messages, only the streaming one renders, once per frame",
  async (size, frames) => {
    const { commits, rows, content } = await stream(size, frames);
    expect(content).toBe("word ".repeat(frames * 5));
    expect(commits).toBe(frames);
    expect([...rows]).toEqual([["answer", frames]]);
  },
  30_000,
);

test("10,000 chunks render nothing until the next frame, and then once", async () => {
  const server = new FakeChatServer([fakeMessage({ id: "answer", status: "pending" })]);
  const page = renderChat(server);
  await settle();
  const before = page.commits();
  page.rows.clear();
  act(() => {
    for (let at = 0; at < 10_000; at++) server.stream.text(at, "x");
  });
  // A key pressed now does not wait for a render.
  expect(page.commits()).toBe(before);
  await drawFrame();
  expect(page.commits()).toBe(before + 1);
  expect([...page.rows]).toEqual([["answer", 1]]);
  expect(page.chat().messages[0]?.content).toHaveLength(10_000);
});

test("a refetch without news renders no row", async () => {
  const history = Array.from({ length: 20 }, (_, index) => fakeMessage({ id: `old-${index}` }));
  const server = new FakeChatServer(history);
  const page = renderChat(server);
  await settle();
  page.rows.clear();
  const commits = page.commits();
  server.messages = history.map((message) => ({ ...message }));
  await act(async () => {
    await page.queryClient.invalidateQueries();
    await vi.advanceTimersByTimeAsync(1);
  });
  expect(server.count("messages")).toBe(2);
  expect(page.rows.size).toBe(0);
  expect(page.commits()).toBe(commits);
});

test("sending renders only the two new messages", async () => {
  const history = Array.from({ length: 20 }, (_, index) => fakeMessage({ id: `old-${index}` }));
  const server = new FakeChatServer(history);
  const page = renderChat(server);
  await settle();
  page.rows.clear();
  await act(async () => {
    void page.chat().sendMessage("Hello");
    await vi.advanceTimersByTimeAsync(1);
  });
  const ids = page
    .chat()
    .messages.slice(-2)
    .map((message) => message.id);
  expect([...page.rows.keys()]).toEqual(ids);
});
