import { QueryClient } from "@tanstack/react-query";
import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  fakeChat,
  FakeChatServer,
  FakeServerError,
} from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, renderChat, settle, texts } from "../../test/support/clients/render-chat.tsx";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const streaming = fakeMessage({
  id: "answer",
  parentId: "hello",
  status: "streaming",
  content: "Hi",
});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a gap requests a snapshot", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.text(20, "far away");
  await drawFrame();
  await settle(50);
  expect(server.streams).toHaveLength(2);
  expect(server.stream.input).toEqual({ messageId: "answer" });
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi"]);
  expect(page.chat().connection).toBe("live");
});

test("a broken connection is reported, resumed, and loses no text", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.text(2, " th");
  server.stream.drop();
  await settle(0);
  expect(page.chat().connection).toBe("reconnecting");
  await settle(50);
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
  server.stream.text(5, "ere");
  await drawFrame();
  expect(page.chat().connection).toBe("live");
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
});

test("a lost connection is retried as soon as the browser is online", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.drop();
  for (let time = 0; time < 40_000; time += 500) {
    await settle(500);
    if (server.stream.isOpen) server.stream.drop();
  }
  expect(page.chat().connection).toBe("lost");
  const tries = server.streams.length;
  act(() => {
    window.dispatchEvent(new Event("online"));
  });
  expect(server.streams).toHaveLength(tries + 1);
  act(() => server.stream.start());
  await settle();
  expect(page.chat().connection).toBe("live");
});

test.each(["stream", "watch"] as const)(
  "a limit that refuses the %s is the chat's error until it has passed",
  async (name) => {
    const server = new FakeChatServer([hello, streaming]);
    const page = renderChat(server);
    await settle();
    act(() => {
      server.watch.start();
      server.stream.start();
    });
    const message = "The limit is reached. Try again after 2026-12-01T00:00:00.000Z.";
    const refuse = (): void => {
      const error = new FakeServerError("TOO_MANY_REQUESTS", message);
      if (server[name].isOpen) server[name].fail(error);
    };
    refuse();
    for (let time = 0; time < 1_000; time += 20) {
      await settle(20);
      refuse();
    }
    const { error } = page.chat();
    expect(error).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      message,
      retryable: true,
      retryAt: "2026-12-01T00:00:00.000Z",
    });
    for (let time = 0; time < 20_000; time += 100) {
      await settle(100);
      refuse();
    }
    // Each attempt has an error of its own; the app hears of it once.
    expect(page.chat().error).toBe(error);
    while (!server[name].isOpen) await settle(100);
    act(() => {
      if (name === "stream") server.stream.text(2, "!");
      else
        server.watch.notice({ type: "state", newestId: "answer", chat: fakeChat({ id: "chat" }) });
    });
    await drawFrame();
    expect(page.chat().error).toBeNull();
  },
);

test("a limit that refuses both shows until both have passed", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  const refuse = (...names: readonly ("stream" | "watch")[]): void => {
    const error = new FakeServerError("TOO_MANY_REQUESTS");
    for (const name of names) if (server[name].isOpen) server[name].fail(error);
  };
  for (let time = 0; time < 2_000; time += 20) {
    refuse("stream", "watch");
    await settle(20);
  }
  expect(page.chat().error).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  while (!server.stream.isOpen) await settle(20);
  act(() => server.stream.text(2, "!"));
  await drawFrame();
  for (let time = 0; time < 10_000; time += 20) {
    refuse("watch");
    await settle(20);
  }
  expect(page.chat().error).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  while (!server.watch.isOpen) await settle(20);
  act(() => server.watch.start());
  await settle(11_000);
  expect(page.chat().error).toBeNull();
  expect(page.chat().status).toBe("streaming");
});

test("a page that wakes up replaces a silent connection", async () => {
  const server = new FakeChatServer([hello, streaming]);
  renderChat(server);
  await settle();
  server.stream.text(2, "!");
  const wake = (): boolean => document.dispatchEvent(new Event("visibilitychange"));
  wake();
  expect(server.streams).toHaveLength(1);
  await settle(11_000);
  wake();
  expect(server.streams).toHaveLength(2);
  expect(server.openStreams).toBe(1);
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "3.0.0" });
});

test("a page replaces a connection that may be dead when the machine has slept without telling it", async () => {
  const server = new FakeChatServer([hello, streaming]);
  renderChat(server);
  await settle();
  server.stream.text(2, "!");
  await settle(60_000);
  // A page that merely waits keeps its connection.
  expect(server.streams).toHaveLength(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  await settle(5_000);
  expect(server.openStreams).toBe(1);
  expect(server.streams).toHaveLength(2);
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "3.0.0" });
});

test("a sleeping page holds no connection, and resumes when it wakes up", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.text(2, " th");
  window.dispatchEvent(new Event("pagehide"));
  expect(server.openStreams).toBe(0);
  expect(server.watch.isOpen).toBe(false);
  await settle(60_000);
  expect(server.streams).toHaveLength(1);
  window.dispatchEvent(new Event("pageshow"));
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
  expect(server.watch.isOpen).toBe(true);
  server.stream.text(5, "ere");
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
});

test("a proxy that disconnects every five seconds costs a few milliseconds each time, and no text", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  for (let cut = 1; cut <= 12; cut++) {
    await settle(5_001);
    server.stream.drop();
    // Even a quiet connection is replaced at once.
    await settle(25);
    expect(server.streams).toHaveLength(cut + 1);
    act(() => server.stream.start());
    if (cut % 3 === 0) server.stream.text(1 + cut / 3, `${cut / 3}`);
  }
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi1234"]);
  expect(page.chat().connection).toBe("live");
});

test("a hidden page draws no frames and still receives the text", async () => {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  const frames = vi.spyOn(globalThis, "requestAnimationFrame");
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.text(2, " there");
  await settle(25);
  expect(frames).not.toHaveBeenCalled();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  hidden.mockRestore();
  frames.mockRestore();
});

test("after the server has not found an answer, the messages are refetched and the stream is not retried", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.messages = [hello];
  server.stream.fail(new FakeServerError("NOT_FOUND"));
  await settle(30_000);
  expect(server.count("messages")).toBe(2);
  expect(server.streams).toHaveLength(1);
  expect(texts(page.chat().messages)).toEqual(["Hello"]);
  expect(page.chat().status).toBe("ready");
});

test("a refused stream is an error, and is opened again by the next visit", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const queryClient = new QueryClient();
  const page = renderChat(server, { queryClient });
  await settle();
  server.stream.fail(new FakeServerError("UNAUTHORIZED", "Sign in first."));
  await settle(60_000);
  expect(page.chat().status).toBe("error");
  expect(page.chat().error?.message).toBe("Sign in first.");
  expect(server.streams).toHaveLength(1);
  page.unmount();
  const back = renderChat(server, { queryClient });
  await settle();
  expect(back.chat().status).toBe("streaming");
  expect(server.openStreams).toBe(1);
});
