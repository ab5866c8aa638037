import { expect, it } from "vitest";

import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { Answer } from "../../chat/answer.ts";
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
