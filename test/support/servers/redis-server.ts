import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureRedisServer } from "../../../scripts/lib/ensure-redis-server.ts";
import { freePort } from "./free-port.ts";

/** A Redis server for one test, on a free port. It persists nothing. */
export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | null = null;

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), "redis-")));
    await server.restart();
    return server;
  }

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** Starts the server again on the same port, without its data. */
  async restart(): Promise<void> {
    const settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const args = ["--port", String(this.#port), "--dir", this.#folder, ...settings];
    const child = spawn(await ensureRedisServer(), args, { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    const kill = (): boolean => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("close", () => process.removeListener("exit", kill));
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk) => {
        output += String(chunk);
        if (output.includes("Ready to accept connections")) resolve();
      });
      child.once("close", () => reject(new Error(`Redis did not start:\n${output}`)));
    });
  }

  /** Kills the server, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  /** Makes the server hang: it answers nothing, and its connections stay open. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
