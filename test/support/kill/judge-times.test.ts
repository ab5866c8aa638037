import { describe, expect, it } from "vitest";

import type { JudgedRow } from "./judge-times.ts";
import { judgeTimes } from "./judge-times.ts";
import { beatMs, Pulse } from "./server/pulse.ts";
import { Reading } from "./reading.ts";
import type { Journal, JournaledAnswer } from "./server/server-journal.ts";
import type { Death, Instance } from "./server/server-process.ts";

const startedAt = 1_000_000;
const diedAt = startedAt + 60_000;

/** A process that lived until a time, and whose event loop turned except during the stalls. */
function process(
  until: number,
  stalls: readonly (readonly [number, number])[] = [],
  kind: Death["kind"] = "killed",
  answer: Partial<JournaledAnswer> = {},
): Instance & { death: Death } {
  const beats: number[] = [];
  for (let at = startedAt; at <= until; at += beatMs)
    if (!stalls.some(([from, to]) => at > from && at < to)) beats.push(at);
  const answers = new Map([
    ["a", { chatId: "c", openedAt: startedAt, text: [], waits: [], end: null, ...answer }],
  ]);
  const journal: Journal = {
    answers: kind === "killed" || answer.openedAt !== undefined ? answers : new Map(),
    beats,
    slow: [],
    slowTransactions: [],
    diedAt: until,
    surprises: [],
    drainedFrom: null,
    isDrained: false,
  };
  const instance = { url: "http://an.instance" };
  const death: Death = { process: { ...instance, death: null }, kind, at: until, journal };
  return { ...instance, death };
}

function judge(
  processes: readonly { death: Death }[],
  row: Partial<JudgedRow> = {},
  readings: readonly Reading[] = [],
) {
  const complaints: string[] = [];
  const pulse = new Pulse();
  for (let at = startedAt; at < diedAt + 60_000; at += beatMs) pulse.beat(at);
  const rows = new Map([
    ["a", { id: "a", content: "", status: "complete", finishedAt: null, ...row }],
  ]);
  const times = judgeTimes(rows, {
    deaths: processes.map(({ death }) => death),
    readings,
    pulse,
    check: (isTrue, complaint) => void (isTrue || complaints.push(complaint())),
  });
  return { complaints, times };
}

describe("lost text", () => {
  const lost = (ms: number, stalls: readonly (readonly [number, number])[] = []) =>
    process(diedAt, stalls, "killed", { text: [{ at: diedAt - ms, length: 5 }] });

  it("is allowed up to 250 ms plus the time of a commit", () => {
    expect(judge([lost(290)])).toMatchObject({ complaints: [], times: { strictLosses: 1 } });
  });

  it("is a violation beyond that, in a process that could have saved it", () => {
    expect(judge([lost(350)]).complaints).toHaveLength(1);
    expect(judge([lost(350)], { content: "saved" }).complaints).toEqual([]);
  });

  it("is excused in a process that stalled when the text was due", () => {
    expect(judge([lost(900, [[diedAt - 660, diedAt]])])).toMatchObject({
      complaints: [],
      times: { strictLosses: 0, worstLossMs: 900 },
    });
  });

  it("is a violation when the process stalled earlier, or when another process did", () => {
    expect(judge([lost(900, [[diedAt - 1_500, diedAt - 700]])]).complaints).toHaveLength(1);
    const other = process(diedAt + 9_000, [[diedAt - 2_000, diedAt]], "closed");
    expect(judge([lost(900), other]).complaints).toHaveLength(1);
  });

  it("is excused while the database runs its own statement, but not another answer's", () => {
    const waits = [{ from: diedAt - 700, to: diedAt }];
    const slow = process(diedAt, [], "killed", { text: [{ at: diedAt - 900, length: 5 }], waits });
    expect(judge([slow]).complaints).toEqual([]);
    const others = lost(900);
    const journal = { ...others.death.journal, slow: waits };
    expect(judge([{ death: { ...others.death, journal } }]).complaints).toHaveLength(1);
  });
});

describe("a reader", () => {
  const told = (instance: Instance, ms: number, away: Reading["away"] = []): Reading => {
    const reading = new Reading("c", "a");
    reading.inProgressAt = diedAt - 100;
    reading.interruptedAt = diedAt + ms;
    reading.away.push(...away);
    reading.spans.push({ instance, from: diedAt + 20, to: diedAt + ms });
    return reading;
  };
  const late = (ms: number, stalls: readonly (readonly [number, number])[] = []) => {
    const other = process(diedAt + 40_000, stalls, "closed");
    return judge([process(diedAt), other], {}, [told(other, ms)]);
  };

  it("is told within 10 s", () => {
    expect(late(9_990)).toMatchObject({ complaints: [], times: { strictRecoveries: 1 } });
    expect(late(10_200).complaints).toHaveLength(1);
  });

  it("may be told later by an instance that stalled at the end of that time, but by no other", () => {
    const still = [diedAt + 8_000, diedAt + 13_900] as const;
    expect(late(14_000, [still]).complaints).toEqual([]);
    expect(late(20_000, [still]).complaints).toHaveLength(1);
    expect(late(14_000, [[diedAt, diedAt + 7_000]]).complaints).toHaveLength(1);
  });

  it("that first looks when all is over has not waited", () => {
    const other = process(diedAt + 40_000, [], "closed");
    const reading = told(other, 30_000);
    reading.inProgressAt = 0;
    expect(judge([process(diedAt), other], {}, [reading]).complaints).toEqual([]);
  });
});

describe("an interrupted answer", () => {
  const at = diedAt + 8_000;
  const row = { status: "interrupted", finishedAt: new Date(at) };

  it("must have lost its process", () => {
    expect(judge([process(diedAt)], row).complaints).toEqual([]);
    const living = process(diedAt + 20_000, [], "closed", { openedAt: startedAt });
    expect(judge([living], row).complaints).toHaveLength(1);
  });

  it("or its process must have hung for the length of a lease", () => {
    const hung = process(diedAt + 20_000, [[at - 7_100, at + 50]], "closed", {
      openedAt: startedAt,
    });
    expect(judge([hung], row).complaints).toEqual([]);
  });
});
