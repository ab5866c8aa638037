import { describe, expect, it } from "vitest";

import { plainSse } from "./support/providers/formats/model-answer.ts";
import { SeededRandom } from "./support/seeded-random.ts";
import { expectedOutcome } from "./support/wire/expected-outcome.ts";
import { cutAtRandom, frameAtRandom, randomAnswer } from "./support/wire/fuzz-stream.ts";
import { mutateEvents } from "./support/wire/mutate-events.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { wireWriters } from "./support/wire/wire-writers.ts";

const seeds = 2000;

/** One seed after the other for each provider. */
const seedsOf = (provider: string): readonly string[] =>
  Array.from({ length: seeds }, (_, seed) => seed)
    .filter((seed) => wireWriters[seed % wireWriters.length]?.provider === provider)
    .map((seed) => `wire ${seed}`);

describe.each(wireWriters)("any stream of $provider", (writer) => {
  it("is read like its plain form, however it is written and cut into packets", () => {
    for (const seed of seedsOf(writer.provider)) {
      const random = new SeededRandom(seed);
      const answer = randomAnswer(random, writer.refuses);
      const events = writer.events(answer);
      const plain = readWire(writer, [Buffer.from(events.map(plainSse).join(""))]);
      expect(plain, seed).toMatchObject(expectedOutcome(answer, writer));
      const bytes = frameAtRandom(mutateEvents(events, writer, random), random);
      expect(readWire(writer, cutAtRandom(bytes, random)), seed).toEqual(plain);
    }
  });

  it("is never complete before its end, and shows only what the model said", () => {
    for (const seed of seedsOf(writer.provider)) {
      const random = new SeededRandom(`${seed}, broken off`);
      const { error: _error, cut: _cut, ...answer } = randomAnswer(random, writer.refuses);
      const events = writer.events(answer);
      const whole = Buffer.from(events.map(plainSse).join(""));
      const complete = readWire(writer, [whole]);
      const at = random.between(0, whole.length - 1);
      const part = readWire(writer, cutAtRandom(whole.subarray(0, at), random));
      expect(complete.text.startsWith(part.text), seed).toBe(true);
      expect(complete.thinking.startsWith(part.thinking), seed).toBe(true);
      if (part.isFinished) {
        expect(part.finishReason, seed).toBe(complete.finishReason);
        expect([part.text, part.toolCalls], seed).toEqual([complete.text, complete.toolCalls]);
      } else expect(part.toolCalls, seed).toEqual([]);
    }
  });
});
