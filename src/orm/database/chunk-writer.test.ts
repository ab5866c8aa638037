import { AsyncLocalStorage } from "node:async_hooks";

import { expect, it, vi } from "vitest";

import { ContextNeed } from "./context-need.ts";
import type { NewChunk } from "./rows.ts";
import { ChunkWriter } from "./chunk-writer.ts";

const chunk = (messageId: string): NewChunk => ({
  messageId,
  seq: 0,
  kind: "text",
  text: "Hi",
  at: 0,
  toolCallId: null,
  timeoutMs: null,
});

/** A table that takes only some messages; what it was asked to take, statement by statement. */
function table(refuse: (messageId: string) => unknown) {
  const statements: string[][] = [];
  const rows: string[] = [];
  const writer = new ChunkWriter((chunks) => {
    const ids = chunks.map((one) => one.messageId);
    statements.push(ids);
    const error = ids.map(refuse).find((one) => one !== null);
    if (error !== undefined) return Promise.reject(error);
    rows.push(...ids);
    return Promise.resolve();
  });
  return { statements, rows, writer };
}

it("saves what comes at the same time with one statement", async () => {
  const { statements, writer } = table(() => null);
  const ids = Array.from({ length: 60 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => writer.save([chunk(id), chunk(id)])));
  expect(statements).toEqual([ids.flatMap((id) => [id, id])]);
  await writer.save([chunk("later")]);
  expect(statements).toHaveLength(2);
});

it("keeps a statement short enough for each database", async () => {
  const { statements, writer } = table(() => null);
  await Promise.all(Array.from({ length: 250 }, (_, index) => writer.save([chunk(`${index}`)])));
  expect(statements.map((ids) => ids.length)).toEqual([100, 100, 50]);
});

it.each(["P2002", "P2003"])("tells %s only to the answer that it is about", async (code) => {
  const violation = Object.assign(new Error(code), { code });
  const { statements, rows, writer } = table((id) => (id === "5" ? violation : null));
  const results = await Promise.allSettled(
    Array.from({ length: 16 }, (_, index) => writer.save([chunk(`${index}`)])),
  );
  expect(results.flatMap((one, index) => (one.status === "rejected" ? [index] : []))).toEqual([5]);
  expect(results[5]).toEqual({ status: "rejected", reason: violation });
  expect(rows.toSorted()).toEqual(
    Array.from({ length: 16 }, (_, index) => `${index}`)
      .filter((id) => id !== "5")
      .toSorted(),
  );
  expect(statements).toHaveLength(9);
});

it("tells each answer when the database takes nothing, and does not try again", async () => {
  const away = Object.assign(new Error("away"), { code: "P1001" });
  const { statements, writer } = table(() => away);
  const results = await Promise.allSettled(["a", "b"].map((id) => writer.save([chunk(id)])));
  expect(results.map((one) => (one.status === "rejected" ? one.reason : null))).toEqual([
    away,
    away,
  ]);
  expect(statements).toHaveLength(1);
});

it("brings the moments of several answers together, and leaves one alone", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const { writer } = table(() => null);
    const slots = (): readonly number[] => {
      const start = Date.now();
      return Array.from({ length: 50 }, (_, ms) => {
        vi.setSystemTime(start + ms);
        return start + ms + writer.slot(250);
      });
    };
    await writer.save([chunk("a")]);
    await writer.save([chunk("a")]);
    expect(writer.slot(250)).toBe(250);
    await writer.save([chunk("b")]);
    expect(new Set(slots()).size).toBeLessThanOrEqual(2);
    vi.setSystemTime(Date.now() + 1_000);
    expect(writer.slot(250)).toBe(250);
  } finally {
    vi.useRealTimers();
  }
});

/** A client whose statements see the context of the one who asks, as an app's may. */
function contextualTable(refuse: (user: string | undefined, ids: readonly string[]) => unknown) {
  const users = new AsyncLocalStorage<string>();
  const statements: { user: string | undefined; ids: readonly string[] }[] = [];
  const contextNeed = new ContextNeed(false);
  const noteRefusal = vi.spyOn(contextNeed, "noteRefusal");
  const writer = new ChunkWriter((chunks) => {
    const user = users.getStore();
    const ids = chunks.map((one) => one.messageId);
    statements.push({ user, ids });
    const error = refuse(user, ids);
    return error === null ? Promise.resolve() : Promise.reject(error);
  }, contextNeed);
  const save = (id: string) => users.run(`of ${id}`, () => writer.save([chunk(id)]));
  return { statements, contextNeed, noteRefusal, save };
}

const ids = Array.from({ length: 8 }, (_, index) => `${index}`);
const alone = ids.map((id) => ({ user: `of ${id}`, ids: [id] }));

it("saves for several answers outside of their contexts, and for one in its own", async () => {
  const { statements, noteRefusal, save } = contextualTable(() => null);
  await Promise.all(ids.map(save));
  await save("later");
  expect(statements).toEqual([
    { user: undefined, ids },
    { user: "of later", ids: ["later"] },
  ]);
  expect(noteRefusal).not.toHaveBeenCalled();
});

it.each([
  ["refuses a statement in no context", Object.assign(new Error("42501"), { code: "P2010" })],
  ["throws without a context", new Error("There is no tenant.")],
  ["looks for the message elsewhere", Object.assign(new Error("foreign key"), { code: "P2003" })],
])(
  "saves each answer in its own context when the client %s, and notes it",
  async (_what, error) => {
    const { statements, contextNeed, noteRefusal, save } = contextualTable((user, named) =>
      named.every((id) => user === `of ${id}`) ? null : error,
    );
    await Promise.all(ids.map(save));
    expect(statements.filter(({ user }) => user !== undefined)).toEqual(
      expect.arrayContaining(alone),
    );
    await vi.waitFor(() => expect(noteRefusal).toHaveBeenCalledWith(error));
    contextNeed.noteChoice();
    statements.length = 0;
    await Promise.all(ids.map(save));
    expect(statements).toEqual(alone);
  },
);

it("asks no more than one answer for itself when that is refused, too", async () => {
  const { statements, noteRefusal, save } = contextualTable(() => new Error("no such column"));
  const results = await Promise.allSettled(ids.map(save));
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(statements).toHaveLength(2);
  expect(noteRefusal).not.toHaveBeenCalled();
});
