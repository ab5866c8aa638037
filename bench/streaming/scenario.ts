import { PinnedProcess } from "./pinned-process.ts";
import { profiled } from "./profiled.ts";
import type { ServerKind } from "./open-answer.ts";
import type { ReaderStats } from "./readers.ts";
import type { ServerStats } from "./servers/serve.ts";
import { spentCpu } from "./spent-cpu.ts";

export interface Load {
  readonly kind: ServerKind;
  readonly answers: number;
  /** Chunks per second of each answer. */
  readonly rate: number;
  /** Characters of each answer before the measured chunks. */
  readonly prefix?: number;
  readonly windows: number;
  readonly windowMs: number;
  /** The server's Node flags. */
  readonly nodeFlags?: readonly string[];
}

export interface Measured {
  /** The server's CPU time per chunk that a reader received, in microseconds. */
  readonly cpuPerChunk: number;
  /** The share of it that the kernel used, from 0 to 1. */
  readonly kernelShare: number;
  /** The share of its core that the server used, from 0 to 1. */
  readonly serverShare: number;
  /** The share of their core that the provider and the readers used, from 0 to 1. */
  readonly loadShare: number;
  /** The delay from the provider's socket to the reader's, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly bytesPerChunk: number;
  /** Chunks per second that the readers received. */
  readonly received: number;
  /** Chunks per second that the provider sent. */
  readonly sent: number;
}

export interface Result {
  readonly windows: readonly Measured[];
  /** The growth of the process's memory per open answer, in bytes. */
  readonly rssPerAnswer: number;
  /** The growth of the reachable memory per open answer, in bytes. */
  readonly usedPerAnswer: number;
  /** How long it took until all answers had begun, in seconds: their chats, their messages and their first chunk. */
  readonly openSeconds: number;
  /** How many chunks never arrived. */
  readonly missing: number;
  /** Null when the database does not count it. */
  readonly work: MeasuredWork | null;
  /** What went wrong. */
  readonly failed: readonly string[];
}

interface ProviderStats {
  readonly sent: number;
  readonly cpu: NodeJS.CpuUsage;
}

/** What the database has done so far. */
export interface DatabaseWork {
  readonly statements: number;
  readonly transactions: number;
  /** Bytes of the write-ahead log. */
  readonly walBytes: number;
}

/** The same over all windows. */
export interface MeasuredWork {
  readonly statementsPerSecond: number;
  readonly transactionsPerSecond: number;
  readonly walBytesPerChunk: number;
  /** Bytes per second of each answer. */
  readonly walBytesPerAnswer: number;
}

/** The processes of one measurement: a provider, a server and the readers. */
export class Scenario {
  readonly #provider: PinnedProcess;
  readonly #server: PinnedProcess;
  readonly #readers: PinnedProcess;
  readonly url: string;

  private constructor(
    provider: PinnedProcess,
    server: PinnedProcess,
    readers: PinnedProcess,
    url: string,
  ) {
    this.#provider = provider;
    this.#server = server;
    this.#readers = readers;
    this.url = url;
  }

  static async start(
    file: (name: string) => string,
    kind: ServerKind,
    args: readonly string[] = [],
    nodeFlags: readonly string[] = [],
  ): Promise<Scenario> {
    const provider = await PinnedProcess.start<{ url: string }>(file("provider"), "load");
    const name = isOurs(kind) ? "ours" : kind;
    const serverArgs = [provider.ready.url, ...args];
    const server = await PinnedProcess.start<{ url: string }>(
      file(`servers/${name}`),
      "server",
      serverArgs,
      nodeFlags,
    );
    const readers = await PinnedProcess.start(file("readers"), "load");
    return new Scenario(provider.child, server.child, readers.child, server.ready.url);
  }

  async stop(): Promise<void> {
    for (const child of [this.#readers, this.#server, this.#provider]) await child.stop();
  }

  get server(): PinnedProcess {
    return this.#server;
  }

  /** @param readWork asks the database what it has done; null when it cannot say. */
  async run(load: Load, readWork: (() => Promise<DatabaseWork>) | null = null): Promise<Result> {
    // The warm-up keeps one-time costs, such as compilation, out of the measurement.
    await this.#open({ ...load, answers: 20 });
    await pause(1_000);
    await this.#finish(20);
    const before = await this.#server.call<ServerStats>("collect");
    const warm = await this.#readers.call<ReaderStats>("stats");
    const name = `${load.kind}-${load.answers}x${load.rate}`;
    const openedAt = performance.now();
    const windows: Measured[] = [];
    const memory = { rssPerAnswer: NaN, usedPerAnswer: NaN, openSeconds: NaN };
    let work: MeasuredWork | null = null;
    const answers = await profiled(this.#server, `${name}-opening`, async () => {
      const opened = await this.#open(load);
      await this.#until(
        (stats) => stats.opened - warm.opened + stats.failed - warm.failed >= opened,
      );
      return opened;
    });
    const failed = answers < load.answers ? [`only ${answers} began`] : [];
    if (failed.length === 0) memory.openSeconds = (performance.now() - openedAt) / 1000;
    try {
      await pause(1_000);
      await profiled(this.#server, name, async () => {
        work = await this.#measureWork(answers, readWork, async () => {
          for (let index = 0; index < load.windows; index++)
            windows.push(await this.#window(load.windowMs));
        });
      });
      const busy = await this.#server.call<ServerStats>("stats");
      memory.rssPerAnswer = (busy.rss - before.rss) / answers;
      const collected = await this.#server.call<ServerStats>("collect");
      memory.usedPerAnswer = (collected.used - before.used) / answers;
    } catch (error) {
      // A server far beyond its limit does not reply.
      failed.push(String(error));
    }
    await this.#finish(answers);
    const end = await this.#readers.call<ReaderStats>("stats");
    const unended = answers - (end.ended - warm.ended) - (end.failed - warm.failed);
    if (unended > 0) failed.push(`${unended} did not end`);
    return { windows, ...memory, work, missing: end.missing, failed: [...failed, ...end.failures] };
  }

  async #open({ kind, answers, rate, prefix = 0 }: Load): Promise<number> {
    const question = JSON.stringify({ rate, prefix });
    return await this.#readers.call<number>("open", {
      kind,
      url: this.url,
      count: answers,
      question,
    });
  }

  async #finish(answers: number): Promise<void> {
    const { ended, failed } = await this.#readers.call<ReaderStats>("stats");
    await this.#provider.call("finish");
    await this.#until((stats) => stats.ended - ended + stats.failed - failed >= answers);
  }

  /** Waits for a condition, but not for long: a server that cannot keep up may never meet it. */
  async #until(isMet: (stats: ReaderStats) => boolean): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while (performance.now() < giveUpAt) {
      if (isMet(await this.#readers.call<ReaderStats>("stats"))) return;
      await pause(200);
    }
  }

  async #snapshot() {
    const [server, readers, provider] = await Promise.all([
      this.#server.call<ServerStats>("stats"),
      this.#readers.call<ReaderStats>("stats"),
      this.#provider.call<ProviderStats>("stats"),
    ]);
    return { server, readers, provider, at: performance.now() };
  }

  async #measureWork(
    answers: number,
    readWork: (() => Promise<DatabaseWork>) | null,
    run: () => Promise<void>,
  ): Promise<MeasuredWork | null> {
    if (readWork === null) {
      await run();
      return null;
    }
    const before = { ...(await this.#snapshot()), work: await readWork() };
    await run();
    const after = { ...(await this.#snapshot()), work: await readWork() };
    const seconds = (after.at - before.at) / 1000;
    const of = (field: keyof DatabaseWork): number => after.work[field] - before.work[field];
    return {
      statementsPerSecond: of("statements") / seconds,
      transactionsPerSecond: of("transactions") / seconds,
      walBytesPerChunk: of("walBytes") / (after.readers.received - before.readers.received),
      walBytesPerAnswer: of("walBytes") / answers / seconds,
    };
  }

  async #window(ms: number): Promise<Measured> {
    const before = await this.#snapshot();
    await pause(ms);
    const after = await this.#snapshot();
    const seconds = (after.at - before.at) / 1000;
    const chunks = after.readers.received - before.readers.received;
    const cpu = spentCpu(before.server, after.server);
    const load =
      spentCpu(before.readers, after.readers) + spentCpu(before.provider, after.provider);
    return {
      cpuPerChunk: cpu / chunks,
      kernelShare: (after.server.cpu.system - before.server.cpu.system) / cpu,
      serverShare: cpu / seconds / 1e6,
      loadShare: load / seconds / 1e6,
      p50: after.readers.p50,
      p99: after.readers.p99,
      bytesPerChunk: (after.readers.bytes - before.readers.bytes) / chunks,
      received: chunks / seconds,
      sent: (after.provider.sent - before.provider.sent) / seconds,
    };
  }
}

/** Whether the server is this package's. Its arguments include a database. */
export function isOurs(kind: ServerKind): boolean {
  return kind.startsWith("ours");
}

/** How long a server may take to begin or to end its answers, in milliseconds. */
const patienceMs = 40_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
