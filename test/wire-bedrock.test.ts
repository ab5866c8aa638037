import { expect, it } from "vitest";

import {
  awsMessage,
  bedrockBody,
  bedrockEvents,
} from "./support/providers/formats/bedrock-format.ts";
import type { ModelAnswer } from "./support/providers/formats/model-answer.ts";
import { SeededRandom } from "./support/seeded-random.ts";
import { awsFramings } from "./support/wire/aws-framings.ts";
import { expectedOutcome } from "./support/wire/expected-outcome.ts";
import { cutAtRandom, randomAnswer } from "./support/wire/fuzz-stream.ts";
import type { WireOutcome } from "./support/wire/read-wire.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { packetings } from "./support/wire/sse-framings.ts";
import { wireScenarios } from "./support/wire/wire-scenarios.ts";

const target = {
  provider: "bedrock",
  model: "anthropic.claude-3-5-sonnet-20240620-v1:0",
  dialect: "bedrock",
} as const;

/** Those that Bedrock can be in: it has no field for a refusal. */
const scenarios = Object.entries(wireScenarios).filter(
  ([, answer]) => answer.refusal === undefined,
);

const plainBytes = (answer: ModelAnswer): Uint8Array =>
  Buffer.concat(bedrockEvents(answer).map(awsMessage));
const readPlain = (answer: ModelAnswer): WireOutcome => readWire(target, [plainBytes(answer)]);

it.each(scenarios)("a stream of Bedrock is read: %s", (_scenario, answer) => {
  expect(readPlain(answer)).toMatchObject(expectedOutcome(answer, target));
});

it.each(Object.entries(packetings))("a stream of Bedrock is the same as %s", (_packeting, cut) => {
  for (const [scenario, answer] of scenarios)
    expect(readWire(target, cut(plainBytes(answer))), scenario).toEqual(readPlain(answer));
});

it.each(Object.entries(awsFramings))(
  "a stream of Bedrock is the same with %s",
  (_framing, frame) => {
    for (const [scenario, answer] of scenarios) {
      const bytes = Buffer.concat(bedrockEvents(answer).map(frame));
      expect(readWire(target, [bytes]), scenario).toEqual(readPlain(answer));
    }
  },
);

it("any stream of Bedrock is the same however it is cut, and never complete before its end", () => {
  for (let seed = 0; seed < 250; seed++) {
    const random = new SeededRandom(`bedrock ${seed}`);
    const answer = randomAnswer(random, false);
    const bytes = plainBytes(answer);
    const plain = readPlain(answer);
    expect(plain, `seed ${seed}`).toMatchObject(expectedOutcome(answer, target));
    expect(readWire(target, cutAtRandom(bytes, random)), `seed ${seed}`).toEqual(plain);
    const part = readWire(target, [bytes.subarray(0, random.between(0, bytes.length - 1))]);
    expect(plain.text.startsWith(part.text), `seed ${seed}`).toBe(true);
    if (part.isFinished) expect(part.text, `seed ${seed}`).toBe(plain.text);
  }
});

it.each(scenarios.filter(([, { error, cut }]) => error === undefined && cut === undefined))(
  "a whole response of Bedrock is read: %s",
  (_scenario, answer) => {
    expect(readWire(target, [Buffer.from(bedrockBody(answer))])).toMatchObject(
      expectedOutcome(answer, target),
    );
  },
);
