import { openBenchDatabase } from "../persistence/open-bench-database.ts";
import type { BenchDatabaseName } from "../persistence/open-bench-database.ts";
import { readPostgresWork } from "../persistence/read-postgres-work.ts";
import { median } from "../lib/quantile.ts";
import { compile } from "../streaming/compile.ts";
import { hasThirdCore } from "../streaming/pinned-process.ts";
import { ProcessGroup } from "../streaming/process-group.ts";
import type { ReaderStats } from "../streaming/readers.ts";
import type { ServerStats } from "../streaming/servers/serve.ts";
import { RedisServer } from "../../test/support/servers/redis-server.ts";

/**
 * Measures what a second process on the same database is worth: the CPU time for a chunk with one process, and with two
 * that have as many answers each. A chunk that costs as much with two means that two cores carry twice as many. With
 * `other`, each answer is read at the process that does not produce it.
 *
 *     npm run bench processes
 */
const rounds = process.env["BENCH_QUICK"] === undefined ? 5 : 1;
/** Answers of each process, and their chunks per second: a third of what one core carries. */
const load = { answers: 60, rate: 50 };
const windowMs = 2_500;

/** How many processes there are, and where an answer is read. */
interface Layout {
  readonly processes: 1 | 2;
  readonly isReadByOther: boolean;
  readonly hasRedis: boolean;
}

const layouts: readonly Layout[] = [false, true].flatMap((hasRedis) => [
  { processes: 1, isReadByOther: false, hasRedis },
  { processes: 2, isReadByOther: false, hasRedis },
  { processes: 2, isReadByOther: true, hasRedis },
]);

interface Measured {
  /** Microseconds of all processes. */
  readonly cpuPerChunk: number;
  /** Chunks per second that the readers received. */
  readonly received: number;
  readonly p50: number;
  readonly p99: number;
  readonly missing: number;
  /** Transactions per second, and bytes of the log (WAL) per second. Null for SQLite. */
  readonly transactions: number | null;
  readonly walBytes: number | null;
}

const { file } = await compile();
const redis = await RedisServer.start();
console.log(
  hasThirdCore
    ? "Each server has a core of its own."
    : "Both servers share a core, so two of them carry no more than one. Compare the CPU time for a chunk.",
);
console.log(
  "\n| database | Redis | processes | read at | CPU, µs/chunk | of one process | two cores carry | chunks/s | p50, ms | p99, ms | lost | transactions/s | WAL, bytes/chunk |",
);
console.log(`|${" --- |".repeat(13)}`);
try {
  for (const name of ["sqlite", "postgresql"] satisfies BenchDatabaseName[]) {
    let alone = NaN;
    for (const layout of layouts) {
      const results: Measured[] = [];
      for (let round = 0; round < rounds; round++) results.push(await measure(name, layout));
      const of = (field: keyof Measured): number => median(results.map((one) => one[field] ?? NaN));
      const cpu = of("cpuPerChunk");
      if (layout.processes === 1) alone = cpu;
      const cells = [
        name,
        layout.hasRedis ? "yes" : "no",
        layout.processes,
        layout.isReadByOther ? "other" : "own",
        cpu.toFixed(0),
        (cpu / alone).toFixed(2),
        `${((layout.processes * alone) / cpu).toFixed(2)} times`,
        of("received").toFixed(0),
        of("p50"),
        of("p99"),
        results.reduce((sum, { missing }) => sum + missing, 0),
        show(of("transactions")),
        show(of("walBytes") / of("received")),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
} finally {
  await redis.stop();
}

async function measure(name: BenchDatabaseName, layout: Layout): Promise<Measured> {
  const database = await openBenchDatabase(name);
  const processes = new ProcessGroup(file);
  try {
    const provider = await processes.start<{ url: string }>("provider", "load");
    const args = [provider.ready.url, database.url, ...(layout.hasRedis ? [redis.url] : [])];
    const servers = [await processes.start<{ url: string }>("servers/ours", "server", args)];
    if (layout.processes === 2)
      servers.push(await processes.start<{ url: string }>("servers/ours", "second server", args));
    const readers = (await processes.start("readers", "load")).child;
    const urls = servers.map(({ ready }) => ready.url);
    const readStats = (): Promise<ReaderStats> => readers.call<ReaderStats>("stats");
    const until = async (isMet: (stats: ReaderStats) => boolean): Promise<void> => {
      while (!isMet(await readStats())) await pause(100);
    };
    const open = async (answers: number): Promise<void> => {
      const { opened } = await readStats();
      const question = JSON.stringify({ rate: load.rate, prefix: 0 });
      await Promise.all(
        urls.map((url, index) =>
          readers.call("open", {
            kind: "ours",
            url,
            readUrl: layout.isReadByOther ? urls[1 - index] : url,
            count: answers,
            question,
          }),
        ),
      );
      await until((stats) => stats.opened - opened >= answers * urls.length);
    };
    const finish = async (answers: number): Promise<void> => {
      const { ended } = await readStats();
      await provider.child.call("finish");
      await until((stats) => stats.ended - ended >= answers * urls.length);
    };
    // The warm-up keeps one-time costs out of the measurement.
    await open(10);
    await pause(1_000);
    await finish(10);
    await open(load.answers);
    await pause(1_000);
    const snapshot = async () => {
      const stats = await Promise.all(servers.map(({ child }) => child.call<ServerStats>("stats")));
      const cpu = stats.reduce((sum, { cpu: { user, system } }) => sum + user + system, 0);
      return {
        cpu,
        readers: await readStats(),
        work: name === "sqlite" ? null : await readPostgresWork(database.prisma),
        at: performance.now(),
      };
    };
    const before = await snapshot();
    await pause(windowMs);
    const after = await snapshot();
    const chunks = after.readers.received - before.readers.received;
    const seconds = (after.at - before.at) / 1_000;
    const each = (field: "transactions" | "walBytes"): number | null =>
      before.work === null || after.work === null
        ? null
        : (after.work[field] - before.work[field]) / seconds;
    await finish(load.answers);
    return {
      cpuPerChunk: (after.cpu - before.cpu) / chunks,
      received: chunks / seconds,
      p50: after.readers.p50,
      p99: after.readers.p99,
      missing: (await readStats()).missing,
      transactions: each("transactions"),
      walBytes: each("walBytes"),
    };
  } finally {
    await processes.stop();
    await database.close();
  }
}

/** SQLite counts neither transactions nor the bytes of its log. */
function show(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
