import type { TestDatabase } from "../describe-databases.ts";
import { ChatUser } from "./chat-user.ts";
import { Fleet } from "./fleet.ts";
import { startPlannedProvider } from "./planned-provider.ts";
import type { Moment } from "./server-program.ts";
import { beatMs } from "./pulse.ts";
import { verifyDatabase } from "./verify-database.ts";
import type { Tally } from "./world.ts";
import { World } from "./world.ts";

export interface KillRun {
  readonly database: TestDatabase;
  /** Answers, tools, users and kills follow from it. Which of them meet does not: two runs are alike, not the same. */
  readonly seed: string;
  /** At least so many SIGKILLs. */
  readonly kills: number;
  /** At least so many answers that are in progress when their process is killed. */
  readonly killedAnswers: number;
  /** Answers in progress at a time. */
  readonly answers: number;
  readonly redisUrl?: string | null;
}

export interface KillReport {
  readonly violations: readonly string[];
  readonly tally: Tally;
  readonly users: number;
  readonly calls: number;
  /** Answers that lost their process, by what the database says. */
  readonly interrupted: number;
}

/** Each kind comes in turn. Without a moment, the kill comes when it comes. */
const moments: readonly (Moment | null)[] = [
  null,
  "tool",
  "finish",
  "begin",
  "recover",
  "save",
  "ledger",
  null,
  "recover",
  "any",
];

/** Two instances on one database, people who chat, and one SIGKILL after the other. */
export async function runKills(run: KillRun): Promise<KillReport> {
  const { database, seed, answers, redisUrl = null } = run;
  const provider = await startPlannedProvider(seed);
  const errors: unknown[] = [];
  const target = { name: database.name, url: database.url, redisUrl };
  const fleet = new Fleet(target, provider.baseUrl, (error) => errors.push(error));
  const world = new World({
    seed,
    fleet,
    provider,
    hasSharedHub: redisUrl !== null,
    slots: answers,
  });
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
  try {
    await fleet.start(2);
    const spawning = setInterval(addUsers, 50);
    const pulse = setInterval(() => world.pulse.beat(Date.now()), beatMs);
    addUsers();
    try {
      await killThem(world, run);
    } finally {
      clearInterval(spawning);
      world.isClosing = true;
    }
    await Promise.all(running);
    clearInterval(pulse);
  } finally {
    await fleet.close();
    await provider.close();
  }
  for (const error of errors) world.violations.push(String(error));
  for (const complaint of provider.complaints()) world.violations.push(`Refused: ${complaint}`);
  const interrupted = await verifyDatabase(database, world, users);
  return {
    violations: world.violations,
    tally: world.tally,
    users: users.length,
    calls: provider.callCount,
    interrupted,
  };
}

async function killThem(world: World, run: KillRun): Promise<void> {
  const { fleet, tally } = world;
  const isEnough = (): boolean =>
    tally.kills >= run.kills && tally.killedAnswers >= run.killedAnswers;
  for (let index = 0; !isEnough() && world.violations.length < 20; index++) {
    const random = world.random(`kill ${index}`);
    const patience = AbortSignal.timeout(5_000);
    while (world.inProgress < run.answers * 0.7 && !patience.aborted) await world.sleep(20);
    await world.sleep(random.between(0, 700));
    const serving = await fleet.available();
    const victims = random.chance(0.25) ? serving : [random.pick(serving)];
    const moment = moments[index % moments.length] ?? null;
    await fleet.kill(victims, { moment, skip: random.between(0, 12), patienceMs: 2_500 });
    tally.kills += victims.length;
    const name = moment ?? "anywhere";
    tally.moments.set(name, (tally.moments.get(name) ?? 0) + victims.length);
  }
}
