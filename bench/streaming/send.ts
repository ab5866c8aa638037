import { randomUUID } from "node:crypto";

import { median } from "../lib/quantile.ts";
import { Scenario } from "./scenario.ts";

export interface SendTimes {
  /** An empty tRPC call, in milliseconds. */
  readonly empty: number;
  /** A call that inserts the two messages and does nothing else, in milliseconds. */
  readonly bare: number;
  /** `send`, in milliseconds. */
  readonly send: number;
}

const calls = 40;

/** Measures how long `send` takes over HTTP, one call after the other: the median of the rounds' medians. */
export async function measureSend(
  file: (name: string) => string,
  databaseUrl: string,
  rounds: number,
): Promise<SendTimes> {
  const scenario = await Scenario.start(file, "ours", [databaseUrl]);
  try {
    const times: SendTimes[] = [];
    for (let round = -1; round < rounds; round++) {
      const measured = await measureRound(scenario);
      if (round >= 0) times.push(measured);
    }
    return {
      empty: median(times.map((time) => time.empty)),
      bare: median(times.map((time) => time.bare)),
      send: median(times.map((time) => time.send)),
    };
  } finally {
    await scenario.stop();
  }
}

async function measureRound(scenario: Scenario): Promise<SendTimes> {
  const { url, server } = scenario;
  const create = async () => await call<{ id: string }>(url, "chat.create", {});
  const [plain, chat] = [await create(), await create()];
  const empty: number[] = [];
  const bare: number[] = [];
  const send: number[] = [];
  for (let index = 0; index < calls; index++) {
    empty.push(await timed(() => call(url, "empty", null)));
    bare.push(await timed(() => call(url, "bare", plain.id)));
    const input = { chatId: chat.id, content: '{"rate":0,"prefix":0}', id: randomUUID() };
    send.push(await timed(() => call(url, "chat.send", input)));
    // The answer itself is not measured.
    await server.call("settle");
  }
  return { empty: median(empty), bare: median(bare), send: median(send) };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function call<Data>(url: string, path: string, input: unknown): Promise<Data> {
  const response = await fetch(`${url}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  // tRPC's envelope. The data in it is trusted to have this type.
  const body = (await response.json()) as { result?: { data: Data }; error?: unknown };
  if (body.result === undefined) throw new Error(`${path}: ${JSON.stringify(body.error)}`);
  return body.result.data;
}
