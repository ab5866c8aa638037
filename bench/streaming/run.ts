import { cpus } from "node:os";

import type { BenchDatabase, BenchDatabaseName } from "../persistence/open-bench-database.ts";
import { openBenchDatabase } from "../persistence/open-bench-database.ts";
import { readPostgresWork } from "../persistence/read-postgres-work.ts";
import { canPin } from "./pinned-process.ts";
import { measureClient } from "./client-cost.ts";
import { compile } from "./compile.ts";
import { median, quantile } from "../lib/quantile.ts";
import type { Flood, FloodKind } from "./flood.ts";
import { measureFlood } from "./flood.ts";
import type { ServerKind } from "./open-answer.ts";
import { pinPostgres } from "./pin-postgres.ts";
import type { Cuts } from "./reconnect.ts";
import { measureReconnects, reconnectingReaders } from "./reconnect.ts";
import type { DatabaseWork, Load, Measured, MeasuredWork, Result } from "./scenario.ts";
import { isOurs, Scenario } from "./scenario.ts";
import { measureSend } from "./send.ts";

/**
 * Compares streaming with this package, with the AI SDK, and with a tRPC subscription that yields each chunk.
 * The README.md in this folder explains what is measured and how to run only a part of it.
 *
 *     npm run bench streaming
 */
const isQuick = process.env["BENCH_QUICK"] !== undefined;
const parts = chosen("BENCH_PARTS", ["cpu", "curve", "send", "growth", "flood", "reconnect"]);
const rounds = isQuick ? 1 : 5;
/** A server counts as saturated when its median delay exceeds this, in milliseconds. */
const saturatedMs = 2_000;
/** With Node's default of 16 MB, a process with this many streams collects garbage all the time. */
const largeNewSpace = ["--max-semi-space-size=64"];
const names: { readonly [Kind in ServerKind]: string } = {
  ours: "node-llm-trpc, saved in SQLite",
  "ours-ws": "the same over WebSockets",
  "ours-pg": "node-llm-trpc, saved in PostgreSQL",
  "ours-trpc": "node-llm-trpc over tRPC's adapter",
  "ai-sdk": "AI SDK, not saved",
  trpc: "tRPC, each chunk, not saved",
};
const kinds = chosen<ServerKind>("BENCH_SERVERS", [
  "ours",
  "ours-ws",
  "ours-pg",
  "ours-trpc",
  "ai-sdk",
  "trpc",
]);
/** Those that are compared where neither the database nor the adapter is the subject. */
const comparedKinds = kinds.filter((kind) => kind !== "ours-pg" && kind !== "ours-trpc");
const sizes = chosen("BENCH_ANSWERS", ["100", "300", "1000", "2000"]).map(Number);
const verdicts: { readonly target: string; readonly reached: string; readonly verdict: string }[] =
  [];

console.log(
  `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, Node ${process.version}; ` +
    (canPin ? "servers on core 0, provider and readers on core 1" : "processes are not pinned"),
);
const { file } = await compile();
if (parts.includes("cpu")) await showCpu();
if (parts.includes("curve")) await showCurve();
if (parts.includes("send")) await showSend();
if (parts.includes("growth")) await showGrowth();
if (parts.includes("flood")) await showFlood();
if (parts.includes("reconnect")) await showReconnects();
show("Targets", verdicts);

/** The values that a variable lists, in the order of all. */
function chosen<Value extends string>(variable: string, all: readonly Value[]): readonly Value[] {
  const named = process.env[variable]?.split(",");
  return all.filter((value) => named?.includes(value) ?? true);
}

async function showCpu(): Promise<void> {
  const results = new Map<ServerKind, Result[]>(
    kinds.filter((kind) => kind !== "ours-pg").map((kind) => [kind, []]),
  );
  const load = { answers: 50, rate: 100, windows: 1, windowMs: 2_500 };
  // In turn, because the speed of a machine changes, and each in a new process, because V8 does not optimize the code
  // the same way every time.
  for (let round = 0; round < rounds; round++)
    for (const [kind, ofKind] of results) ofKind.push(await run({ kind, ...load }));
  const rows = [...results].map(([kind, ofKind]) => ({ kind, ...summary(ofKind) }));
  const of = (kind: ServerKind): number => rows.find((row) => row.kind === kind)?.cpu ?? NaN;
  show(
    "50 answers x 100 chunks/s",
    rows.map(({ kind, ...row }) => ({ server: names[kind], ...toCells(row) })),
  );
  for (const kind of comparedKinds.filter(isOurs))
    judge(`CPU for a chunk against the AI SDK, ${names[kind]}`, of(kind) / of("ai-sdk"), 0.25);
}

async function showCurve(): Promise<void> {
  const rows: { readonly [column: string]: string | number }[] = [];
  const saturated = new Set<ServerKind>();
  const measure = async (answers: number, kind: ServerKind, nodeFlags: readonly string[] = []) => {
    const pace = { rate: 20, windows: rounds, windowMs: 1_000 };
    const measured = summary([await run({ kind, answers, nodeFlags, ...pace })]);
    const server = [names[kind], ...nodeFlags].join(" ");
    const row = { answers, server, ...toCells(measured) };
    rows.push(row);
    // The curve takes long, so each row is shown at once.
    console.error(Object.values(row).join(" | "));
    if (answers === 1_000 && isOurs(kind)) judgeAnswers(server, measured);
    return measured;
  };
  for (const answers of sizes) {
    for (const kind of kinds.filter((one) => one !== "ours-trpc")) {
      // More answers on a saturated server take minutes and show nothing new, but the targets are at 1,000.
      const hasTarget = answers === 1_000 && isOurs(kind);
      if (saturated.has(kind) && !hasTarget) continue;
      const { failed, p50 } = await measure(answers, kind);
      if (failed.length > 0 || p50 > saturatedMs) saturated.add(kind);
      if (hasTarget) await measure(answers, kind, largeNewSpace);
    }
  }
  show(
    "Answers at once x 20 chunks/s (targets at 1,000: begun within 10 s, p99 300 ms, 80 KiB, 60 over WebSockets)",
    rows,
  );
}

async function showSend(): Promise<void> {
  const rows = [];
  for (const name of ["sqlite", "postgresql"] satisfies BenchDatabaseName[]) {
    const database = await openBenchDatabase(name);
    try {
      const { empty, bare, send } = await measureSend(file, database.url, rounds);
      judge(`send against a call that inserts both rows, ${name}`, send / bare, 1.3);
      rows.push({
        database: name,
        "empty call, ms": empty.toFixed(2),
        "both rows, ms": bare.toFixed(2),
        "send, ms": send.toFixed(2),
        ratio: (send / bare).toFixed(2),
      });
    } finally {
      await database.close();
    }
  }
  show("send against a call that inserts both rows (target: at most 1.30)", rows);
}

async function showGrowth(): Promise<void> {
  const rows = [];
  const costs: { readonly server: number; readonly client: number }[] = [];
  for (const prefix of [1_000, 10_000, 100_000, 1_000_000]) {
    const pace = { answers: 20, rate: 50, windows: rounds, windowMs: 1_000 };
    const { cpu, bytes } = summary([await run({ kind: "ours", prefix, ...pace })]);
    const client = measureClient(prefix, rounds);
    costs.push({ server: cpu, client });
    rows.push({
      "answer, characters": prefix,
      "server, µs/chunk": cpu.toFixed(0),
      "wire, bytes/chunk": bytes.toFixed(1),
      "client, µs/event": client.toFixed(2),
    });
  }
  for (const side of ["server", "client"] as const) {
    const growth = (costs.at(-1)?.[side] ?? NaN) / (costs[0]?.[side] ?? NaN);
    judge(`cost for a chunk at 1 MB against 1 KB, ${side}`, growth, 1.3);
  }
  show("20 answers x 50 chunks/s, by the length of the answer so far", rows);
}

async function showFlood(): Promise<void> {
  const rows = [];
  for (const kind of [...comparedKinds, "core-loop"] satisfies FloodKind[]) {
    const floods: Flood[] = [];
    for (let round = 0; round < rounds; round++) floods.push(await runFlood(kind));
    const cpu = median(floods.map((flood) => flood.cpuPerChunk));
    const lost = floods.reduce((sum, flood) => sum + flood.missing, 0);
    const server = kind === "core-loop" ? "core's loop alone, no reader" : names[kind];
    if (kind === "ours") judge(`CPU for a chunk of a flood, ${server}, µs`, cpu, 5);
    if (lost !== 0) judge(`chunks of a flood lost, ${server}`, Math.abs(lost), 0, 0);
    rows.push({
      server,
      "CPU, µs/chunk": cpu.toFixed(2),
      "whole answer, s": median(floods.map((flood) => flood.seconds)).toFixed(2),
      lost,
    });
  }
  show("50,000 chunks of 4 bytes at once (target: at most 5 µs for a chunk over SSE)", rows);
}

async function runFlood(kind: FloodKind): Promise<Flood> {
  if (kind === "core-loop" || !isOurs(kind)) return await measureFlood(file, kind);
  const database = await openBenchDatabase("sqlite");
  return await measureFlood(file, kind, [database.url]).finally(() => database.close());
}

async function showReconnects(): Promise<void> {
  const database = await openBenchDatabase("sqlite");
  const measured = await measureReconnects(file, database.url, {
    cuts: isQuick ? 50 : 200,
    rounds,
  }).finally(() => database.close());
  const { single, together, missing, repeated, failures } = measured;
  const rows = [
    { cut: "one reader at a time", ...toCutCells(single), "CPU, ms/reconnect": "" },
    {
      cut: "all at once",
      ...toCutCells(together),
      "CPU, ms/reconnect": together.cpuOfEach.toFixed(2),
    },
  ];
  judge("new text after a cut, one reader at a time, median, ms", median(single.times), 60, 0);
  judge("new text after a cut, all at once, median, ms", median(together.times), 60, 0);
  const wrong = missing + repeated + failures.length;
  judge("readers that were cut: chunks lost or repeated, or readers failed", wrong, 0, 0);
  const faults = [`${missing} lost`, `${repeated} repeated`, `${failures.length} failed`];
  show(
    `${reconnectingReaders} readers over SSE that are cut (target: median 60 ms); ` +
      [faults.join(", "), ...failures.slice(0, 1)].join(": "),
    rows,
  );
}

function toCutCells({ times, serverShare, loadShare }: Cuts) {
  return {
    reconnects: times.length,
    "median, ms": median(times).toFixed(0),
    "p99, ms": quantile(times, 0.99).toFixed(0),
    "max, ms": Math.max(...times).toFixed(0),
    "server's core": percent(serverShare),
    "load's core": percent(loadShare),
  };
}

async function run(load: Load): Promise<Result> {
  const { kind } = load;
  const isPostgres = kind === "ours-pg";
  const database = isOurs(kind)
    ? await openBenchDatabase(isPostgres ? "postgresql" : "sqlite")
    : null;
  if (isPostgres && database !== null) await pinPostgres(database.prisma);
  const args = database === null ? [] : [database.url, "", kind === "ours-trpc" ? "trpc" : ""];
  const scenario = await Scenario.start(file, kind, args, load.nodeFlags);
  const readWork = async ({ prisma }: BenchDatabase): Promise<DatabaseWork> => ({
    statements: await scenario.server.call<number>("statements"),
    ...(await readPostgresWork(prisma)),
  });
  try {
    return await scenario.run(
      load,
      isPostgres && database !== null ? () => readWork(database) : null,
    );
  } catch (error) {
    // The other measurements continue.
    const nothing = {
      windows: [],
      rssPerAnswer: NaN,
      usedPerAnswer: NaN,
      openSeconds: NaN,
      missing: 0,
      work: null,
    };
    return { ...nothing, failed: [String(error)] };
  } finally {
    await scenario.stop();
    await database?.close();
  }
}

function summary(results: readonly Result[]) {
  const windows = results.flatMap((result) => result.windows);
  const of = (field: keyof Measured): number => median(windows.map((window) => window[field]));
  return {
    cpu: of("cpuPerChunk"),
    kernelShare: of("kernelShare"),
    bytes: of("bytesPerChunk"),
    received: of("received"),
    sent: of("sent"),
    p50: of("p50"),
    p99: of("p99"),
    serverShare: of("serverShare"),
    loadShare: of("loadShare"),
    rss: median(results.map((result) => result.rssPerAnswer)),
    used: median(results.map((result) => result.usedPerAnswer)),
    open: median(results.map((result) => result.openSeconds)),
    missing: results.reduce((sum, result) => sum + result.missing, 0),
    work: results.find((result) => result.work !== null)?.work ?? null,
    failed: results.flatMap((result) => result.failed),
  };
}

function toCells(row: ReturnType<typeof summary>) {
  return {
    "CPU, µs/chunk": row.cpu.toFixed(0),
    "in the kernel": percent(row.kernelShare),
    "bytes/chunk": row.bytes.toFixed(0),
    "chunks/s": `${row.received.toFixed(0)} of ${row.sent.toFixed(0)}`,
    "p50, ms": row.p50,
    "p99, ms": row.p99,
    "server's core": percent(row.serverShare),
    "load's core": percent(row.loadShare),
    "KiB/answer (RSS, used)": `${(row.rss / 1024).toFixed(0)}, ${(row.used / 1024).toFixed(0)}`,
    "begun after, s": row.open.toFixed(1),
    lost: row.missing,
    ...(row.work === null ? {} : toWorkCells(row.work)),
    ...(row.failed.length === 0 ? {} : { failed: row.failed.join("; ") }),
  };
}

function toWorkCells(work: MeasuredWork) {
  return {
    "statements/s": work.statementsPerSecond.toFixed(0),
    "transactions/s": work.transactionsPerSecond.toFixed(0),
    "WAL, bytes/chunk": work.walBytesPerChunk.toFixed(0),
    "WAL, bytes/s of an answer": work.walBytesPerAnswer.toFixed(0),
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}

function judgeAnswers(server: string, measured: ReturnType<typeof summary>): void {
  const what = `1,000 answers x 20 chunks/s, ${server}`;
  judge(`${what}: chunks lost or answers failed`, measured.missing + measured.failed.length, 0, 0);
  judge(`${what}: p99, ms`, measured.p99, 300, 0);
  judge(`${what}: seconds until all have begun`, measured.open, 10, 1);
  const maxKib = server.startsWith(names["ours-ws"]) ? 60 : 80;
  judge(`${what}: KiB reachable for an answer`, measured.used / 1024, maxKib, 0);
}

function judge(target: string, value: number, max: number, digits = 2): void {
  const verdict = value <= max ? "reached" : "MISSED";
  const limit = max.toFixed(digits);
  verdicts.push({ target: `${target}: at most ${limit}`, reached: value.toFixed(digits), verdict });
}

/** Prints a Markdown table that can be copied into the documentation. */
function show(
  title: string,
  rows: readonly { readonly [column: string]: string | number }[],
): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;
  console.log(`\n${title}\n`);
  console.log(line(columns));
  console.log(line(columns.map(() => "---")));
  for (const row of rows) console.log(line(columns.map((column) => row[column] ?? "")));
}
