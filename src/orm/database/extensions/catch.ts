import { setImmediate as nextTurn } from "node:timers/promises";

import type { TableRole } from "../client/table-names.ts";
import type { Operation } from "../client/used-operations.ts";

/** A statement as it is after the last extension. */
export interface CaughtStatement {
  readonly model: string | undefined;
  readonly operation: string;
  /** An array for a raw statement: its SQL, and its values. */
  readonly args: unknown;
  /** The number of its transaction; undefined outside of one. */
  readonly transaction: unknown;
}

/** What a probe sends. */
export interface Probe {
  /** In words. */
  readonly name: string;
  /** The model; undefined for a raw statement. */
  readonly model?: string;
  readonly role?: TableRole;
  /** The names of its columns and relations. */
  readonly fields?: readonly string[];
  readonly operation: Operation | RawOperation;
  readonly args: unknown;
}

export type RawOperation = "$queryRawUnsafe" | "$executeRawUnsafe";

/** What marks the statements of a probe. No row has this id. */
export const marker = "node-llm-trpc-probe";
/** Marks the update that other writes are sent together with. */
export const anchorId = `${marker} anchor`;

/** How often a statement may be sent again. Further ones wait for ever, because such an extension never gives up. */
const maxSentBack = 20;

/** What a write that was caught rejects with. An extension that holds something for it releases it then. */
export class SentBack extends Error {
  constructor() {
    super(
      "node-llm-trpc has sent this statement to find out what the extensions of the Prisma client do, and has not run it.",
    );
    this.name = "SentBack";
  }
}

let catches = 0;

/** How a client was asked, and what has arrived after its last extension. */
export class Catch {
  /** Writes have it in their arguments, because an extension may send one again later, or from another context. */
  readonly number = ++catches;
  readonly probes: readonly Probe[];
  readonly caught: CaughtStatement[] = [];
  /** What the statement returns; undefined to send it back when it is no longer needed. */
  readonly #reply: { readonly value: unknown } | undefined;
  readonly #waiting: (() => void)[] = [];
  #sentBack = 0;
  #isOver = false;
  readonly #onCaught: (caught: readonly CaughtStatement[]) => void;

  constructor(
    probes: readonly Probe[],
    reply: { readonly value: unknown } | undefined,
    onCaught: (caught: readonly CaughtStatement[]) => void = () => undefined,
  ) {
    this.probes = probes;
    this.#reply = reply;
    this.#onCaught = onCaught;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it asks for statements of the model; undefined for raw ones. */
  asksFor(model: string | undefined): boolean {
    return this.probes.some((probe) => probe.model === model);
  }

  /** The arguments of a probe as they are sent. Those of a read stay the same, because a cache may know them. */
  argsOf({ args }: Probe): unknown {
    return this.#reply === undefined ? replaceTexts(args, (text) => this.#numbered(text)) : args;
  }

  /** After a write nothing may run, also not what an extension does with the result. */
  add(statement: CaughtStatement): Promise<unknown> {
    const args = replaceTexts(statement.args, withoutNumber);
    if (!this.#isOver) this.caught.push({ ...statement, args });
    if (this.#reply !== undefined) return Promise.resolve(structuredClone(this.#reply.value));
    if (this.caught.length === this.probes.length) this.#onCaught(this.caught);
    return new Promise((_, reject) => {
      const sendBack = (): void => {
        if (this.#sentBack++ < maxSentBack) reject(new SentBack());
      };
      if (this.#isOver) sendBack();
      else this.#waiting.push(sendBack);
    });
  }

  /** Sends back what waits. An extension that does not yet listen gets the time to, and then to release what it holds. */
  async end(): Promise<void> {
    this.#isOver = true;
    await nextTurn();
    for (const sendBack of this.#waiting.splice(0)) sendBack();
    await nextTurn();
  }

  #numbered(text: string): string {
    return text === marker || text === anchorId ? `${text} #${this.number}` : text;
  }
}

const numberedText = new RegExp(`^(${marker}(?: anchor)?) #(\\d+)$`);

function withoutNumber(text: string): string {
  return text.replace(numberedText, "$1");
}

/** The number of the `Catch` that a statement was sent for; null when its arguments have none. */
export function numberIn(args: unknown): number | null {
  let found: number | null = null;
  replaceTexts(args, (text) => {
    const [, , number] = numberedText.exec(text) ?? [];
    if (number !== undefined) found ??= Number(number);
    return text;
  });
  return found;
}

/** Replaces the texts in arguments. */
function replaceTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((one) => replaceTexts(one, replace));
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, replaceTexts(one, replace)]),
  );
}
