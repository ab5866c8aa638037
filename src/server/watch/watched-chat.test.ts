import { expect, it } from "vitest";
import type { ChatState } from "./chat-state.ts";
import { WatchedChat } from "./watched-chat.ts";

const state: ChatState = { updatedAt: 1, position: 1, newestId: "a", activeId: null, waiting: "" };

it("resolves changed() when the state is set, and at once when it is another one already", async () => {
  const chat = new WatchedChat("c");
  const { signal } = new AbortController();
  const changed = chat.changed(undefined, signal);
  chat.set(state);
  await changed;
  expect(chat.state).toBe(state);
  await chat.changed(undefined, signal);
});

it("resolves changed() when the watcher leaves", async () => {
  const chat = new WatchedChat("c");
  const watcher = new AbortController();
  const changed = chat.changed(undefined, watcher.signal);
  watcher.abort();
  await changed;
  await chat.changed(undefined, watcher.signal);
  expect(chat.state).toBeUndefined();
});

it("knows a torn state only until it is read again unchanged", () => {
  const chat = new WatchedChat("c");
  expect(chat.isNewlyTorn(state)).toBe(true);
  expect(chat.isNewlyTorn({ ...state })).toBe(false);
  expect(chat.isNewlyTorn({ ...state, position: 2 })).toBe(true);
});
