import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { ChatUser } from "./chat-user.ts";
import { Fleet } from "./server/fleet.ts";
import type { Times } from "./judge-times.ts";
import { judgeTimes } from "./judge-times.ts";
import { startPlannedProvider } from "./start-planned-provider.ts";
import { beatMs } from "./server/pulse.ts";
import type { Moment } from "./server/server-program.ts";
import type { Death } from "./server/server-process.ts";
import { verifyDatabase } from "./verify-database.ts";
import type { Tally } from "./world.ts";
import { World } from "./world.ts";

export interface KillRun {
  readonly database: TestDatabase<DatabaseProvider>;
  /** Determines answers, tools, users and kills, but not their timing: two runs with one seed are similar, not identical. */
  readonly seed: string;
  /** The minimum number of SIGKILLs. */
  readonly kills: number;
  /** The minimum number of answers that are in progress when their process is killed, unless that takes too long. */
  readonly killedAnswers: number;
  /** How many answers are in progress at a time. */
  readonly answers: number;
  readonly redisUrl?: string | null;
  /** Called with the progress after each kill. */
  readonly onProgress?: (progress: string) => void;
}

export interface KillReport {
  readonly violations: readonly string[];
  readonly tally: Tally;
  readonly times: Times;
  readonly users: number;
  readonly calls: number;
  /** How many answers are stored as interrupted. */
  readonly interrupted: number;
}

/** After this time, enough answers have been killed: on a busy machine, more would exceed the test's timeout. */
const enoughMs = 60_000;
/** How long a process hangs. Longer than a lease. */
const hangMs = 9_000;

/** What to do next, in turn: kill at one of these moments, kill a new process, drain, or hang. */
const aims: readonly (Moment | "anywhere" | "restart" | "drain" | "hang")[] = [
  "anywhere",
  "tool",
  "finish",
  "begin",
  "recover",
  "save",
  "working",
  "commit",
  "drain",
  "anywhere",
  "hang",
  "ledger",
  "pause",
  "restart",
  "decide",
  "recover",
  "any",
];

/** Runs two instances on one database with users who chat, and kills one process after another. */
export async function runKills(run: KillRun): Promise<KillReport> {
  const { database, seed, answers, redisUrl = null } = run;
  const provider = await startPlannedProvider(seed);
  const errors: unknown[] = [];
  const early: Death[] = [];
  let bury = (death: Death): void => void early.push(death);
  const fleet = await Fleet.start(2, {
    database: { name: database.name, url: database.url, redisUrl },
    providerUrl: provider.baseUrl,
    onDeath: (death) => bury(death),
    onError: (error) => errors.push(error),
  });
  const hasSharedHub = redisUrl !== null;
  const world = new World({ seed, fleet, provider, hasSharedHub, slots: answers });
  bury = (death) => world.bury(death);
  early.forEach(bury);
  const users: ChatUser[] = [];
  const running = new Set<Promise<void>>();
  const addUsers = (): void => {
    while (world.hasRoom && !world.isClosing && running.size < answers * 8) {
      const user = new ChatUser(world, `u${users.length}`);
      users.push(user);
      const life = user.run().catch((error: unknown) => {
        world.violations.push(`${user.name} gave up: ${String(error)}`);
      });
      running.add(life);
      void life.then(() => running.delete(life));
      if (users.length % answers === 0) return;
    }
  };
  const spawning = setInterval(addUsers, 50);
  const pulse = setInterval(() => world.pulse.beat(Date.now()), beatMs);
  try {
    addUsers();
    try {
      await killThem(world, run);
    } finally {
      clearInterval(spawning);
      world.isClosing = true;
    }
    run.onProgress?.(`waiting for the last ${running.size} of ${users.length} users`);
    await Promise.all(running);
  } finally {
    clearInterval(pulse);
    await fleet.close();
    await provider.close();
  }
  for (const error of errors) world.violations.push(String(error));
  for (const complaint of provider.complaints()) world.violations.push(`Refused: ${complaint}`);
  const rows = await database.prisma.llmMessage.findMany({ where: { role: "assistant" } });
  const times = judgeTimes(new Map(rows.map((row) => [row.id, row])), world);
  const interrupted = await verifyDatabase(database, world, users);
  return {
    violations: world.violations,
    tally: world.tally,
    times,
    users: users.length,
    calls: provider.callCount,
    interrupted,
  };
}

async function killThem(world: World, run: KillRun): Promise<void> {
  const { fleet, tally } = world;
  const patience = AbortSignal.timeout(enoughMs);
  const isEnough = (): boolean =>
    tally.kills >= run.kills && (tally.killedAnswers >= run.killedAnswers || patience.aborted);
  const hanging: Promise<void>[] = [];
  for (let index = 0; !isEnough() && world.violations.length < 20; index++) {
    const random = world.random(`kill ${index}`);
    const expired = AbortSignal.timeout(5_000);
    while (world.inProgress < run.answers * 0.7 && !expired.aborted) await world.sleep(20);
    await world.sleep(random.between(0, 700));
    const serving = await fleet.available();
    const aim = aims[index % aims.length] ?? "anywhere";
    const { kills, killedAnswers } = tally;
    const { inProgress, violations } = world;
    run.onProgress?.(
      `${JSON.stringify({ kills, killedAnswers, inProgress, next: aim })} ${violations.join("\n")}`,
    );
    if (aim === "drain") {
      await fleet.drain(random.pick(serving));
      tally.drains++;
      continue;
    }
    if (aim === "hang") {
      // The process may be killed before it can hang.
      hanging.push(
        random
          .pick(serving)
          .hang(hangMs)
          .catch(() => undefined),
      );
      tally.hangs++;
      continue;
    }
    const isYoung = aim === "restart";
    const one = isYoung ? serving.at(-1) : random.pick(serving);
    const victims = one === undefined || random.chance(0.25) ? serving : [one];
    const moment = isYoung || aim === "anywhere" ? null : aim;
    await fleet.kill(victims, { moment, skip: random.between(0, 12), patienceMs: 2_500 });
    tally.kills += victims.length;
    tally.moments.set(aim, (tally.moments.get(aim) ?? 0) + victims.length);
  }
  await Promise.all(hanging);
}
