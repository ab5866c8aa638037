import { expect, it } from "vitest";

import { ContextNeed } from "../../orm/database/context-need.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { uncountedReads } from "../../../test/support/fakes/uncounted-reads.ts";
import { Answer } from "../../chat/answer.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import { formatCursor } from "../../chat/stream-cursor.ts";
import type { ToolCallStatus } from "../../chat/tool-call.ts";
import type { Database } from "../../orm/database/database.ts";
import { createMemoryHub } from "../hub/create-memory-hub.ts";
import { AccessGuard } from "./access-guard.ts";
import { Subscriptions } from "./subscriptions.ts";

const chatId = "chat";

/** How a check of access may go. */
const checks = {
  "is quick": () => Promise.resolve([{ id: chatId, userId: "u1" }]),
  "takes too long": () => new Promise<never>(() => undefined),
  fails: () => Promise.reject(new Error("The database is down.")),
  refuses: () => Promise.resolve([{ id: chatId, userId: "u2" }]),
};

/** What may happen in an answer whose call waits for approval, and whether somebody else may have done it. */
const deeds = {
  text: { isOthers: false, run: (answer: Answer) => answer.append("text", "More") },
  decision: { isOthers: true, run: (answer: Answer) => setCall(answer, "running") },
  "decision, and text after it": {
    isOthers: true,
    run: (answer: Answer) => {
      setCall(answer, "running");
      answer.append("text", "More");
    },
  },
  "decision that leaves the call to the page": {
    isOthers: true,
    run: (answer: Answer) => setCall(answer, "awaiting_output"),
  },
  denial: { isOthers: true, run: (answer: Answer) => setCall(answer, "denied", "No.") },
  result: { isOthers: true, run: (answer: Answer) => setCall(answer, "complete", "Done.") },
  "new call that is being written": {
    isOthers: false,
    run: (answer: Answer) => setCall(answer, "writing", null, "second"),
  },
  "new call that waits": {
    isOthers: false,
    run: (answer: Answer) => setCall(answer, "awaiting_approval", null, "second"),
  },
  done: {
    isOthers: true,
    run: (answer: Answer) => answer.finish(fakeMessage({ id: "m", chatId, status: "stopped" })),
  },
};

function setCall(answer: Answer, status: ToolCallStatus, result: string | null = null, id = "c") {
  const fields = { name: "remove", arguments: {}, output: null, progress: null };
  answer.setToolCall({ toolCallId: id, ...fields, status, result });
}

const cases = Object.entries(checks).flatMap(([check, find]) =>
  Object.entries(deeds).flatMap(([deed, { isOthers, run }]) =>
    (["begins", "resumes"] as const).map((reader) => ({
      check,
      find,
      deed,
      isOthers,
      run,
      reader,
    })),
  ),
);

it.each(cases)(
  "a reader that $reader gets $deed when the check of access $check, if it may",
  async ({ check, find, isOthers, run, reader }) => {
    const contextNeed = new ContextNeed(false);
    // Only what the guard uses.
    const db = {
      contextNeed,
      get isContextual() {
        return contextNeed.isKnown;
      },
      ledger: null,
      chat: { findMany: find, findFirst: find },
    } as unknown as Database;
    // The database says the same of the whole scope.
    const refused = { findMany: () => Promise.resolve([]) };
    if (check === "refuses") Object.assign(db.chat, { findMany: alternating(find, refused) });
    const guard = new AccessGuard<null>(db, undefined, { waitMs: 20, checkMs: 60_000 });
    const subscriptions = new Subscriptions(db, createMemoryHub(), guard, null);
    const answer = new Answer(fakeMessage({ id: "m", chatId, status: "pending" }));
    answer.append("text", "May I?");
    setCall(answer, "awaiting_approval");
    const told: ChatEvent[] = [];
    const caller = { ctx: null, scope: { userId: "u1" } };
    const leaving = new AbortController();
    const events = subscriptions.stream(
      { caller, reads: uncountedReads, onEnd: () => undefined },
      answer,
      reader === "begins" ? null : formatCursor(answer.cursor),
      leaving.signal,
    );
    if (reader === "begins") expect((await events.next()).value?.data.type).toBe("snapshot");
    const next = events.next();
    // By now a reader that resumes has read the answer, and waits.
    await new Promise(setImmediate);
    run(answer);
    if (!isOthers || check === "is quick") {
      const { value } = await next;
      if (value !== undefined) told.push(value.data);
      expect(told).not.toEqual([]);
    } else {
      const code = check === "refuses" ? "NOT_FOUND" : "SERVICE_UNAVAILABLE";
      await expect(next).rejects.toMatchObject({ code });
      // Nothing follows it.
      await expect(events.next()).rejects.toMatchObject({ code });
    }
    await events.return?.();
  },
);

/** The first call finds the chat of another owner, and the second one, in the scope, finds nothing. */
function alternating<Result>(
  first: () => Promise<Result>,
  { findMany: second }: { readonly findMany: () => Promise<Result> },
): () => Promise<Result> {
  let calls = 0;
  return () => (calls++ % 2 === 0 ? first() : second());
}
