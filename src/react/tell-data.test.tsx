import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatMessage, DataPart } from "../chat/chat-message.ts";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, renderChat, settle } from "../../test/support/clients/render-chat.tsx";
import type { UseChatOptions } from "./use-chat.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });

function part(name: string, id: string, data: DataPart["data"]): DataPart {
  return { type: "data", name, id, data };
}

function answer(parts: ChatMessage["parts"], patch: Partial<ChatMessage> = {}): ChatMessage {
  return fakeMessage({ id: "answer", parentId: "hello", status: "streaming", parts, ...patch });
}

beforeEach(async () => {
  // Loaded before the clock stops.
  await import("./page-callbacks.ts");
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test.each([true, false])(
  "tells of data that is written or replaced, once (strict: %s)",
  async (strict) => {
    const server = new FakeChatServer([hello, answer([part("source", "1", "old")])]);
    const onData = vi.fn<NonNullable<UseChatOptions["onData"]>>();
    renderChat(server, { strict, onData });
    await settle();
    expect(onData).not.toHaveBeenCalled();

    server.stream.emit("1", { type: "data", part: part("source", "1", "new") });
    server.stream.emit("1", { type: "data", part: part("chart", "1", [1]) });
    await drawFrame();
    await settle();
    server.stream.emit("1", { type: "data", part: part("chart", "1", [1]) });
    server.stream.text(0, "Hi");
    await drawFrame();
    await settle();
    const parts = [part("source", "1", "new"), part("chart", "1", [1])];
    expect(onData.mock.calls).toEqual(
      parts.map((written) => [{ part: expect.objectContaining(written), messageId: "answer" }]),
    );

    const last = part("source", "2", null);
    server.stream.done(answer([...parts, last], { status: "complete" }));
    await drawFrame();
    await settle();
    expect(onData).toHaveBeenCalledTimes(3);
    expect(onData).toHaveBeenLastCalledWith({ part: last, messageId: "answer" });
  },
);

test("knows each chat and each message by itself", async () => {
  const server = new FakeChatServer([hello, answer([part("source", "1", 1)])]);
  const onData = vi.fn<NonNullable<UseChatOptions["onData"]>>();
  const page = renderChat(server, { chatId: "one", onData });
  await settle();
  server.messages = [hello, answer([part("source", "1", 2)])];
  page.show({ chatId: "two", onData });
  await settle();
  expect(onData).not.toHaveBeenCalled();
  server.stream.emit("1", { type: "data", part: part("source", "1", 3) });
  await drawFrame();
  await settle();
  expect(onData.mock.calls).toEqual([
    [{ part: expect.objectContaining({ data: 3 }), messageId: "answer" }],
  ]);
});

test("an error that onData throws becomes the hook's", async () => {
  const server = new FakeChatServer([hello, answer([])]);
  const cause = new Error("mine");
  const page = renderChat(server, {
    onData: () => {
      throw cause;
    },
  });
  await settle();
  server.stream.emit("1", { type: "data", part: part("source", "1", 1) });
  await drawFrame();
  await settle();
  expect(page.chat().error).toMatchObject({ cause });
});
