import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FakeTab } from "../../../test/support/fakes/fake-browser.ts";
import { FakeBrowser } from "../../../test/support/fakes/fake-browser.ts";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import { readAnswer } from "../session/read-answer.ts";
import { shareBetweenTabs } from "./share-between-tabs.ts";
import type { Subscribe } from "./subscription-source.ts";
import type { TabLocks } from "./tab-browser.ts";

const start = fakeMessage({ id: "answer", status: "streaming" });
let server: FakeChatServer;
let browser: FakeBrowser;
/** The answer as the server has it. */
let content: string;
const opened: OpenTab[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeChatServer();
  browser = new FakeBrowser();
  content = "";
});

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Every connection starts with a snapshot, or with what follows `lastEventId`. */
const subscribe: Subscribe<TrackedEvent> = (lastEventId, handlers) => {
  const subscription = server.subscribe("answer")(lastEventId, handlers);
  const { stream } = server;
  queueMicrotask(() => {
    if (!stream.isOpen) return;
    stream.start();
    const at = Number.parseInt(lastEventId ?? "0", 10);
    if (lastEventId === undefined) {
      stream.emit(`${content.length}.0.0`, { type: "snapshot", message: { ...start, content } });
    } else if (at < content.length) stream.text(at, content.slice(at));
  });
  return subscription;
};

/** The server appends text and sends it to every open connection. */
function write(text: string): void {
  const at = content.length;
  content += text;
  for (const stream of server.streams) if (stream.isOpen) stream.text(at, text);
}

interface OpenTab {
  readonly tab: FakeTab;
  readonly close: () => void;
  readonly hasEnded: () => boolean;
  readonly texts: readonly string[];
  readonly connections: readonly string[];
  readonly refusals: readonly unknown[];
}

/** A tab that shows the answer. */
function open(
  from: Subscribe<TrackedEvent> = subscribe,
  topic = "answer",
  locksOf: (tab: FakeTab) => TabLocks = (tab) => tab.browser.locks,
): OpenTab {
  const tab = browser.openTab();
  const texts: string[] = [];
  const connections: string[] = [];
  const refusals: unknown[] = [];
  let isOver = false;
  const close = readAnswer({
    message: start,
    source: shareBetweenTabs(topic, from, { ...tab.browser, locks: locksOf(tab) }),
    onChange: (message: ChatMessage, hasEnded) => {
      if (message.content !== "") texts.push(message.content);
      isOver = hasEnded;
    },
    onConnectionStateChange: (connection) => connections.push(connection),
    onError: (error) => refusals.push(error),
  });
  const one = { tab, close, hasEnded: () => isOver, texts, connections, refusals };
  opened.push(one);
  return one;
}

/** Locks that the page may not use. */
function noLocks(): TabLocks {
  return {
    request: async () => {
      throw new DOMException("No.", "SecurityError");
    },
  };
}

async function settle(milliseconds = 50): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function expectGrowth({ texts }: OpenTab): void {
  for (const [index, text] of texts.entries()) {
    expect(text.startsWith(texts[index - 1] ?? "")).toBe(true);
  }
}

test("ten tabs share one connection", async () => {
  const tabs = Array.from({ length: 10 }, () => open());
  await settle();
  expect(server.openStreams).toBe(1);
  for (const word of ["One ", "two ", "three"]) {
    write(word);
    await settle();
  }
  for (const one of tabs) {
    expect(one.texts).toEqual(["One ", "One two ", "One two three"].slice(-one.texts.length));
    expect(one.texts.at(-1)).toBe("One two three");
    expect(one.connections).toEqual([]);
  }
  // Each tab opens one to start with.
  expect(server.streams).toHaveLength(10);
});

test("a late tab starts with the current text, and misses nothing meanwhile", async () => {
  open();
  await settle();
  write("Hello");
  await settle();
  const late = open((lastEventId, handlers) => {
    // Relayed before the tab's own snapshot arrives.
    content += " you";
    server.streams[0]?.text(5, " you");
    return subscribe(lastEventId, handlers);
  });
  await settle();
  write(" there");
  await settle();
  expect(late.texts.at(-1)).toBe("Hello you there");
  expectGrowth(late);
  expect(server.openStreams).toBe(1);
});

test.each(["leaves the page", "crashes"])(
  "when the leader %s, another tab resumes where it was",
  async (how) => {
    const [leader, ...others] = [open(), open(), open()];
    await settle();
    write("Hello");
    await settle();
    if (how === "crashes") {
      for (const stream of server.streams) stream.isOpen = false;
      leader.tab.close();
    } else leader.close();
    write(" there");
    await settle();
    expect(server.openStreams).toBe(1);
    expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
    write("!");
    await settle();
    for (const one of others) {
      expect(one.texts.at(-1)).toBe("Hello there!");
      expect(one.connections).toEqual([]);
      expectGrowth(one);
    }
  },
);

test("a leader that hangs is replaced within 1.5 s, and follows when it recovers", async () => {
  const [leader, other] = [open(), open()];
  await settle();
  write("Hello");
  await settle();
  leader.tab.hang();
  const first = server.streams.find((stream) => stream.isOpen);
  if (first !== undefined) first.isOpen = false;
  write(" there");
  await settle(1_500);
  expect(other.texts.at(-1)).toBe("Hello there");
  leader.tab.goOn();
  await settle();
  write("!");
  await settle();
  expect(server.openStreams).toBe(1);
  for (const one of [leader, other]) {
    expect(one.texts.at(-1)).toBe("Hello there!");
    expectGrowth(one);
  }
});

test("a leader without news is not replaced", async () => {
  open();
  open();
  await settle();
  const streams = server.streams.length;
  await settle(60_000);
  expect(server.streams).toHaveLength(streams);
  expect(server.openStreams).toBe(1);
});

test("a hidden tab does not check the leader", async () => {
  const leader = open();
  open().tab.isVisible = false;
  await settle();
  const streams = server.streams.length;
  leader.tab.hang();
  await settle(60_000);
  expect(server.streams).toHaveLength(streams);
});

test("when the connection breaks, it is resumed and no tab loses text", async () => {
  const tabs = [open(), open(), open()];
  await settle();
  write("Hello");
  await settle();
  server.streams.find((stream) => stream.isOpen)?.drop();
  content += " there";
  await settle(200);
  write("!");
  await settle();
  expect(server.openStreams).toBe(1);
  for (const one of tabs) {
    expect(one.texts.at(-1)).toBe("Hello there!");
    expectGrowth(one);
  }
});

test("a tab that the server refuses receives nothing from the others", async () => {
  open();
  await settle();
  const error = new FakeServerError("NOT_FOUND");
  const stranger = open((lastEventId, handlers) => {
    const subscription = server.subscribe("answer")(lastEventId, handlers);
    const { stream } = server;
    queueMicrotask(() => {
      // Sent to the leader, which relays it.
      server.streams[0]?.text(0, "Secret");
      queueMicrotask(() => stream.fail(error));
    });
    return subscription;
  });
  await settle();
  write("!");
  await settle(60_000);
  expect(stranger.texts).toEqual([]);
  expect(stranger.refusals).toMatchObject([{ cause: error }]);
  expect(server.openStreams).toBe(1);
});

test("a tab gets nothing from the others before the server has accepted it", async () => {
  open();
  await settle();
  let tell: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stranger = open(server.subscribe("answer"), "answer", (tab) => ({
    request: async (...args) => {
      await asked;
      await tab.browser.locks.request(...args);
    },
  }));
  // Relayed before the browser has told the tab whether it leads.
  server.streams[0]?.text(0, "Secret");
  await settle();
  tell();
  await settle();
  server.stream.fail(new FakeServerError("UNAUTHORIZED"));
  await settle();
  expect(stranger.texts).toEqual([]);
  expect(stranger.refusals).toHaveLength(1);
});

test("a tab that may not use locks receives nothing from the others", async () => {
  open();
  await settle();
  const alone = open(server.subscribe("answer"), "answer", noLocks);
  await settle();
  server.streams[0]?.text(0, "Secret");
  await settle();
  expect(alone.texts).toEqual([]);
  server.stream.text(0, "Hello");
  await settle();
  expect(alone.texts).toEqual(["Hello"]);
});

test("the end reaches every tab, and releases everything", async () => {
  const tabs = [open(), open(), open()];
  await settle();
  write("Hello");
  await settle();
  const done = fakeMessage({ id: "answer", content });
  for (const stream of server.streams) if (stream.isOpen) stream.done(done);
  await settle();
  for (const one of tabs) expect(one.hasEnded()).toBe(true);
  await settle(60_000);
  expect(server.openStreams).toBe(0);
  expect(browser.held.size).toBe(0);
  expect(browser.channels.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a sleeping page releases the connection and the lock, and reconnects when it wakes up", async () => {
  const one = open();
  await settle();
  write("Hello");
  await settle();
  window.dispatchEvent(new Event("pagehide"));
  await settle();
  expect(server.openStreams).toBe(0);
  expect(browser.held.size).toBe(0);
  content += " there";
  window.dispatchEvent(new Event("pageshow"));
  await settle(100);
  expect(server.openStreams).toBe(1);
  expect(one.texts.at(-1)).toBe("Hello there");
});

test("a page that may not use locks has its own connection", async () => {
  const one = open(subscribe, "answer", noLocks);
  await settle();
  write("Hello");
  await settle();
  expect(one.texts).toEqual(["Hello"]);
  one.close();
  expect(server.openStreams).toBe(0);
});

test("over HTTP/1.1, four of ten tabs with ten chats are connected at a time, and all get their turn", async () => {
  browser = new FakeBrowser(4);
  const tabs = Array.from({ length: 10 }, (_, index) => open(subscribe, `chat ${index}`));
  await settle();
  expect(server.openStreams).toBe(4);
  for (const round of [1, 2, 3]) {
    write(`${round} `);
    for (let time = 0; time < 15_000; time += 100) {
      await settle(100);
      expect(server.openStreams).toBeLessThanOrEqual(4);
    }
    for (const one of tabs) {
      expect(one.texts.at(-1)).toBe(content);
      expect(one.connections).toEqual([]);
    }
  }
  for (const one of tabs) expectGrowth(one);
});

test("a hidden tab does not take the connection of a visible one", async () => {
  browser = new FakeBrowser(1);
  const seen = open(subscribe, "seen");
  await settle();
  const hidden = open(subscribe, "hidden");
  hidden.tab.isVisible = false;
  await settle(60_000);
  expect(server.streams).toHaveLength(1);
  // Now the other tab is visible.
  seen.tab.isVisible = false;
  hidden.tab.isVisible = true;
  await settle(10_000);
  write("Hello");
  await settle();
  expect(hidden.texts).toEqual(["Hello"]);
  expect(seen.texts).toEqual([]);
  expect(server.openStreams).toBe(1);
});
