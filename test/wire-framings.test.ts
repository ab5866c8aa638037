import { describe, expect, it } from "vitest";

import { expectedOutcome } from "./support/wire/expected-outcome.ts";
import { readWire } from "./support/wire/read-wire.ts";
import { packetings, sseFramings } from "./support/wire/sse-framings.ts";
import { wireScenarios } from "./support/wire/wire-scenarios.ts";
import type { WireWriter } from "./support/wire/wire-writers.ts";
import { wireWriters } from "./support/wire/wire-writers.ts";

/** The scenarios that a provider can be in. */
const scenariosOf = (writer: WireWriter) =>
  Object.entries(wireScenarios).filter(
    ([, answer]) => writer.refuses || answer.refusal === undefined,
  );

describe.each(wireWriters)("a stream of $provider", (writer) => {
  it.each(scenariosOf(writer))("is read: %s", (_scenario, answer) => {
    const plain = sseFramings["LF"]?.(writer.events(answer)) ?? new Uint8Array();
    expect(readWire(writer, [plain])).toMatchObject(expectedOutcome(answer, writer));
  });

  it.each(Object.entries(sseFramings))("is the same with %s", (_framing, frame) => {
    for (const [scenario, answer] of scenariosOf(writer)) {
      const events = writer.events(answer);
      const plain = readWire(writer, [sseFramings["LF"]?.(events) ?? new Uint8Array()]);
      for (const [packeting, cut] of Object.entries(packetings))
        expect(readWire(writer, cut(frame(events))), `${scenario}, ${packeting}`).toEqual(plain);
    }
  });
});
