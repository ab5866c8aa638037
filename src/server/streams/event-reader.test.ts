import { expect, it } from "vitest";

import { applyEvents } from "../../../test/support/clients/apply-events.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { Answer } from "../../chat/answer.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import { parseCursor } from "../../chat/stream-cursor.ts";
import { EventReader } from "./event-reader.ts";

const placeholder = fakeMessage({ id: "m", status: "pending" });

it("begins with a snapshot, gathers what comes in one turn of the event loop, and ends", async () => {
  const answer = new Answer(placeholder);
  const reader = new EventReader(answer, null, new AbortController().signal);
  expect((await reader.next()).value?.data.type).toBe("snapshot");
  const next = reader.next();
  answer.append("text", "one ");
  await Promise.resolve();
  answer.append("text", "two");
  expect(await next).toMatchObject({ value: { id: "7.0.0", data: { at: 0, text: "one two" } } });
  const end = reader.next();
  answer.finish({ ...placeholder, status: "complete", content: "one two" });
  expect(await end).toMatchObject({ value: { id: "end", data: { type: "done" } } });
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

it.each(["abort", "return"])("ends a wait at once by %s", async (how) => {
  const left = new AbortController();
  const reader = new EventReader(new Answer(placeholder), null, left.signal);
  await reader.next();
  const next = reader.next();
  if (how === "abort") left.abort();
  else await reader.return();
  expect(await next).toEqual({ done: true, value: undefined });
});

/** A step of an answer that is JSON, with tools, data and thinking between its text. */
function takeStep(answer: Answer, step: number, random: SeededRandom): void {
  const toolCallId = `c${random.between(0, 2)}`;
  switch (random.between(0, 7)) {
    case 0:
      return answer.append("thinking", `thought ${step} `);
    case 1:
      return answer.writeToolCall(toolCallId, "look", `{"step":${step},`);
    case 2:
      return answer.setProgress(toolCallId, { step }, step);
    case 3: {
      const data = { type: "data", name: "d", id: toolCallId, data: step, revision: step } as const;
      return answer.setData(data);
    }
    case 4: {
      const result = random.chance(1 / 2) ? null : "seen";
      const status = result === null ? "running" : "complete";
      const call = { name: "look", arguments: {}, output: result, progress: null };
      return answer.setToolCall({ ...call, toolCallId, result, status });
    }
    default: {
      const isStart = random.chance(1 / 8);
      return answer.append("text", `${isStart ? '{"of":[' : ""}{"step":${step}},`);
    }
  }
}

/** What a page shows of an answer in progress. */
function shown({ content, thinking, parts, toolCalls, object }: ChatMessage) {
  return { content, thinking, parts, toolCalls, object };
}

it.each(Array.from({ length: 100 }, (_, index) => index + 1))(
  "gives a reader everything, whichever event it has read last (seed %i)",
  async (seed) => {
    const random = new SeededRandom(String(seed));
    const answer = new Answer(placeholder, true);
    const eventsAfter = (id: string) => {
      const cursor = parseCursor(id);
      return cursor === null ? [] : (answer.since(cursor)?.events ?? []);
    };
    const read = async (id: string, count: number): Promise<readonly TrackedEvent[]> => {
      const reader = new EventReader(answer, id, new AbortController().signal);
      const events: TrackedEvent[] = [];
      for (let left = count; left > 0; left--) {
        const { value } = await reader.next();
        if (value !== undefined) events.push(value);
      }
      await reader.return();
      return events;
    };
    let reader = { message: placeholder, id: "0.0.0" };
    for (let step = 1; step <= 60; step++) {
      takeStep(answer, step, random);
      if (random.chance(1 / 2)) continue;
      const expected = shown(answer.snapshot());
      const states = [reader];
      for (const { id, data } of await read(reader.id, eventsAfter(reader.id).length)) {
        const { message } = states.at(-1) ?? reader;
        states.push({ message: applyEvents(message, [data]), id });
      }
      for (const { message, id } of states) {
        expect(shown(applyEvents(message, eventsAfter(id)))).toEqual(expected);
      }
      reader = random.pick(states);
    }
    expect(answer.snapshot().object).not.toBeNull();
  },
);
