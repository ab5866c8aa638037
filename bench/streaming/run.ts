import { cpus } from "node:os";

import type { BenchDatabaseName } from "../persistence/open-bench-database.ts";
import { openBenchDatabase } from "../persistence/open-bench-database.ts";
import { canPin } from "./pinned-process.ts";
import { measureClient } from "./client-cost.ts";
import { compile } from "./compile.ts";
import { median } from "../lib/quantile.ts";
import type { ServerKind } from "./readers.ts";
import type { Load, Measured, Result } from "./scenario.ts";
import { Scenario } from "./scenario.ts";
import { measureSend } from "./send.ts";

/**
 * Compares streaming with this package, with the AI SDK, and with a tRPC subscription that yields each chunk.
 * The README.md in this folder explains what is measured and how to run only a part of it.
 *
 *     npm run bench streaming
 */
const isQuick = process.env["BENCH_QUICK"] !== undefined;
const parts = chosen("BENCH_PARTS", ["cpu", "curve", "send", "growth"]);
const rounds = isQuick ? 1 : 5;
/** A server counts as saturated when its median delay exceeds this, in milliseconds. */
const saturatedMs = 2_000;
/** With Node's default of 16 MB, a process with this many streams collects garbage all the time. */
const largeNewSpace = ["--max-semi-space-size=64"];
const names: { readonly [Kind in ServerKind]: string } = {
  ours: "node-llm-trpc, saved in SQLite",
  "ours-ws": "the same over WebSockets",
  "ai-sdk": "AI SDK, not saved",
  trpc: "tRPC, each chunk, not saved",
};
const oursKinds: readonly ServerKind[] = ["ours", "ours-ws"];
const kinds = chosen<ServerKind>("BENCH_SERVERS", ["ours", "ours-ws", "ai-sdk", "trpc"]);
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
show("Targets", verdicts);

/** The values that a variable lists, in the order of all. */
function chosen<Value extends string>(variable: string, all: readonly Value[]): readonly Value[] {
  const named = process.env[variable]?.split(",");
  return all.filter((value) => named?.includes(value) ?? true);
}

async function showCpu(): Promise<void> {
  const rows: ({ kind: ServerKind } & ReturnType<typeof summary>)[] = [];
  for (const kind of kinds) {
    const results: Result[] = [];
    // Each round has a new process, because V8 does not optimize the code the same way every time.
    for (let round = 0; round < rounds; round++) {
      results.push(await run({ kind, answers: 50, rate: 100, windows: 1, windowMs: 2_500 }));
    }
    rows.push({ kind, ...summary(results) });
  }
  const of = (kind: ServerKind): number => rows.find((row) => row.kind === kind)?.cpu ?? NaN;
  show(
    "50 answers x 100 chunks/s",
    rows.map(({ kind, ...row }) => ({ server: names[kind], ...toCells(row) })),
  );
  for (const kind of oursKinds)
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
    if (answers === 1_000 && oursKinds.includes(kind)) judgeAnswers(server, measured);
    return measured;
  };
  for (const answers of sizes) {
    for (const kind of kinds) {
      // More answers on a saturated server take minutes and show nothing new, but the targets are at 1,000.
      const hasTarget = answers === 1_000 && oursKinds.includes(kind);
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

async function run(load: Load): Promise<Result> {
  const database = oursKinds.includes(load.kind) ? await openBenchDatabase("sqlite") : null;
  const args = database === null ? [] : [database.url];
  const scenario = await Scenario.start(file, load.kind, args, load.nodeFlags);
  try {
    return await scenario.run(load);
  } catch (error) {
    // The other measurements continue.
    const nothing = {
      windows: [],
      rssPerAnswer: NaN,
      usedPerAnswer: NaN,
      openSeconds: NaN,
      missing: 0,
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
    failed: results.flatMap((result) => result.failed),
  };
}

function toCells(row: ReturnType<typeof summary>) {
  const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;
  return {
    "CPU, µs/chunk": row.cpu.toFixed(0),
    "bytes/chunk": row.bytes.toFixed(0),
    "chunks/s": `${row.received.toFixed(0)} of ${row.sent.toFixed(0)}`,
    "p50, ms": row.p50,
    "p99, ms": row.p99,
    "server's core": percent(row.serverShare),
    "load's core": percent(row.loadShare),
    "KiB/answer (RSS, used)": `${(row.rss / 1024).toFixed(0)}, ${(row.used / 1024).toFixed(0)}`,
    "begun after, s": row.open.toFixed(1),
    lost: row.missing,
    ...(row.failed.length === 0 ? {} : { failed: row.failed.join("; ") }),
  };
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
