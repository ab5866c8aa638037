import type { Socket } from "node:net";

import { firstDelay } from "../../src/react/connection/connection-times.ts";
import { now } from "../lib/now.ts";
import { subscribe } from "./open-answer.ts";
import { stampLength } from "./stamp.ts";

interface Callbacks {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A reader of one answer that can be cut off, and resumes after its last event as the React client does: see
 * `connectLater` in src/react/connection/reconnecting-subscription.ts.
 */
export class ReconnectingReader {
  readonly #url: URL;
  readonly #messageId: string;
  #socket: Socket | null = null;
  #lastEventId: string | undefined;
  #rest = "";
  #next = 0;
  #missing = 0;
  #repeated = 0;
  /** Who waits for the next event. */
  #opening: Callbacks | null = null;
  #ending: Callbacks | null = null;
  readonly #ended: Promise<void>;

  constructor(url: URL, messageId: string) {
    this.#url = url;
    this.#messageId = messageId;
    this.#ended = new Promise((resolve, reject) => (this.#ending = { resolve, reject }));
    // Until somebody awaits it, it is no unhandled rejection.
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the answer has ended, and rejects when the connection was lost before, unless by `cut`. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** How many chunks never arrived. */
  get missing(): number {
    return this.#missing;
  }

  /** How many chunks arrived again. The last event, which has the whole text, does not count. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Subscribes. Resolves with the first event. */
  open(): Promise<void> {
    const input = { messageId: this.#messageId, lastEventId: this.#lastEventId };
    const socket = subscribe(this.#url, "/chat.stream", input);
    this.#socket = socket;
    this.#rest = "";
    let hasBegun = false;
    socket.on("data", (bytes: Buffer) => {
      if (!hasBegun && !bytes.toString("latin1", 0, 12).endsWith(" 200"))
        this.#fail(bytes.toString("latin1", 0, 300));
      hasBegun = true;
      this.#read(bytes);
    });
    socket.on("error", (error) => this.#fail(String(error)));
    socket.on("close", () => {
      if (this.#socket === socket) this.#fail(`closed after ${this.#next} chunks`);
    });
    return new Promise((resolve, reject) => (this.#opening = { resolve, reject }));
  }

  /** Cuts the connection and resumes. Resolves with the milliseconds until the first new event. */
  async cut(): Promise<number> {
    const cutAt = now();
    this.#close();
    const delay = firstDelay * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, delay));
    await this.open();
    return now() - cutAt;
  }

  #close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }

  #fail(why: string): void {
    const error = new Error(why);
    this.#opening?.reject(error);
    this.#ending?.reject(error);
  }

  #read(bytes: Buffer): void {
    // The sizes of HTTP's chunks stand between events.
    const events = (this.#rest + bytes.toString("latin1")).split("\n\n");
    this.#rest = events.pop() ?? "";
    for (const event of events) {
      const id = /^id: (\S+)$/m.exec(event)?.[1];
      // Pings have none.
      if (id === undefined) continue;
      this.#lastEventId = id;
      this.#readStamps(event, id === "end");
      this.#opening?.resolve();
      this.#opening = null;
    }
  }

  #readStamps(event: string, isLast: boolean): void {
    // A snapshot contains its text twice.
    const known = this.#next;
    for (let at = event.indexOf("~"); at !== -1; at = event.indexOf("~", at + stampLength)) {
      const index = Number(event.slice(at + 1, at + 7));
      if (index >= this.#next) {
        this.#missing += index - this.#next;
        this.#next = index + 1;
      } else if (index < known && !isLast) this.#repeated++;
    }
    const end = /\^(\d{6}):/.exec(event);
    if (end === null) return;
    this.#missing += Number(end[1]) - this.#next;
    this.#close();
    this.#ending?.resolve();
  }
}
