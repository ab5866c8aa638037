import { AsyncLocalStorage } from "node:async_hooks";

import type { Refuse } from "../list-extensions.ts";
import { findDelegate } from "../find-models.ts";
import type { PrismaInternals, PrismaPromise, Row } from "../prisma-client-like.ts";
import { isUnavailable } from "../prisma-errors.ts";
import type { ModelNames, TableRole } from "../table-names.ts";
import type { Operation } from "../used-operations.ts";
import { keyOf } from "../used-operations.ts";

/** A statement as it is after the last extension. */
interface CaughtStatement {
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
const anchorId = `${marker} anchor`;

/** How long a statement may take through the extensions, in milliseconds. One may wait for others of the app. */
const maxMs = 5000;

/** How often a statement may be sent again. Further ones wait for ever, because such an extension never gives up. */
const maxSentBack = 20;

/** What a write that was caught rejects with. An extension that holds something for it releases it then. */
class SentBack extends Error {
  constructor() {
    super(
      "node-llm-trpc has sent this statement to find out what the extensions of the Prisma client do, and has not run it.",
    );
    this.name = "SentBack";
  }
}

/** How a client was asked, and what has arrived after its last extension. */
class Catch {
  readonly probes: readonly Probe[];
  /** What the statement returns; undefined to send it back when it is no longer needed. */
  readonly reply: { readonly value: unknown } | undefined;
  readonly caught: CaughtStatement[] = [];
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
    this.reply = reply;
    this.#onCaught = onCaught;
  }

  /** After a write nothing may run, also not what an extension does with the result. */
  add(statement: CaughtStatement): Promise<unknown> {
    if (!this.#isOver) this.caught.push(statement);
    if (this.reply !== undefined) return Promise.resolve(structuredClone(this.reply.value));
    if (this.caught.length === this.probes.length) this.#onCaught(this.caught);
    return new Promise((_, reject) => {
      const sendBack = (): void => {
        if (this.#sentBack++ < maxSentBack) reject(new SentBack());
      };
      if (this.#isOver) sendBack();
      else this.#waiting.push(sendBack);
    });
  }

  /** Sends back what waits. An extension that does not yet listen gets the time to. */
  end(): void {
    this.#isOver = true;
    setImmediate(() => {
      for (const sendBack of this.#waiting.splice(0)) sendBack();
    });
  }
}

/** Tells statements of one probe from those of another that an extension has kept, or sends again. */
const current = new AsyncLocalStorage<Catch>();

/** Sends statements through the extensions of a client, and catches them after the last one. */
export class ClientProbe {
  readonly #client: PrismaInternals;
  readonly #names: ModelNames;
  readonly #refuse: Refuse;
  #catching: Catch | null = null;

  constructor(client: PrismaInternals, names: ModelNames, refuse: Refuse) {
    this.#names = names;
    this.#refuse = refuse;
    const onStatement = ({ model, operation, args, query, __internalParams: params }: Sent) => {
      // The context is lost where an extension runs statements from a queue of its own.
      const catching = current.getStore() ?? this.#catching;
      // An extension may ask for something of its own meanwhile.
      if (catching === null || !catching.probes.some((probe) => probe.model === model))
        return query(args);
      return catching.add({ model, operation, args, transaction: params?.transaction?.id });
    };
    this.#client = client.$extends({
      name: "node-llm-trpc",
      query: {
        $allModels: { $allOperations: onStatement },
        $queryRawUnsafe: onStatement,
        $executeRawUnsafe: onStatement,
      },
    });
  }

  /** A statement of a model. */
  probe(role: TableRole, operation: Operation, args: Row): Probe & { readonly role: TableRole } {
    const model = this.#names[role];
    const fields = this.#client._runtimeDataModel?.models[model]?.fields.map(({ name }) => name);
    return { name: `${operation} of ${model}`, model, role, fields: fields ?? [], operation, args };
  }

  /** The conditions for a row that is not there. */
  nowhere(role: TableRole): Row {
    return { [keyOf(role)]: marker };
  }

  /** An update of no row, to send together with others. */
  get anchor(): Probe {
    return this.probe("chat", "updateMany", { where: { id: anchorId }, data: {} });
  }

  /**
   * Sends a write. Null when it does not arrive.
   *
   * @param blamed those that an error of an extension may come from.
   */
  async write(probe: Probe, blamed: readonly Probe[] = [probe]): Promise<CaughtStatement | null> {
    const [statement] = (await this.#catch([probe], blamed, () => this.#call(probe))) ?? [];
    return statement !== undefined && isOf(statement, probe) ? statement : null;
  }

  /**
   * Sends a write in a transaction with another one.
   *
   * @param blamed those that an error of an extension may come from.
   * @returns null when it does not arrive there.
   */
  async writeTogether(
    probe: Probe,
    blamed: readonly Probe[] = [probe],
  ): Promise<CaughtStatement | null> {
    // What an extension does in its place ends, but a transaction with another one that waits does not.
    const caught =
      (await this.#inTransaction([probe], blamed)) &&
      (await this.#inTransaction([this.anchor, probe], blamed));
    // They may arrive in another order than they were sent in.
    const statement = caught?.find((one) => isOf(one, probe) && !isAnchor(one));
    const anchor = caught?.find((one) => one !== statement && isOf(one, this.anchor));
    const isTogether =
      statement?.transaction !== undefined && statement.transaction === anchor?.transaction;
    return isTogether ? statement : null;
  }

  /**
   * Sends writes of different models in one transaction.
   *
   * @returns what has arrived of each; null when it is not together.
   */
  async writeGroup(probes: readonly Probe[]): Promise<readonly CaughtStatement[] | null> {
    const caught = (await this.#inTransaction([this.anchor, ...probes], probes)) ?? [];
    const [transaction, ...others] = new Set(caught.map((one) => one.transaction));
    if (transaction === undefined || others.length > 0) return null;
    const found = probes.flatMap(
      (probe) => caught.find((one) => isOf(one, probe) && !isAnchor(one)) ?? [],
    );
    return found.length === probes.length ? found : null;
  }

  /**
   * Sends a read, and lets it return something.
   *
   * @returns what has arrived, null for nothing, and what the read has returned in the end.
   * @throws ChatError `CONFIGURATION` when an extension throws.
   */
  async read(
    probe: Probe,
    reply: unknown,
    isInTransaction: boolean,
  ): Promise<{ readonly statement: CaughtStatement | null; readonly result: unknown }> {
    const catching = new Catch([probe], { value: reply });
    const result = await this.#inTime(
      this.#guarded(catching, [probe], async () => {
        return isInTransaction ? (await this.#transact([probe]))?.[0] : this.#call(probe);
      }),
      [probe],
    );
    const [statement] = catching.caught;
    const isThis = statement !== undefined && isOf(statement, probe);
    const isThere = isThis && (!isInTransaction || statement.transaction !== undefined);
    return { statement: isThere ? statement : null, result };
  }

  #inTransaction(
    probes: readonly Probe[],
    blamed: readonly Probe[],
  ): Promise<readonly CaughtStatement[] | null> {
    return this.#catch(probes, blamed, () => this.#transact(probes));
  }

  /** Runs statements in one transaction. Null when an extension has put something else in the place of one. */
  async #transact(probes: readonly Probe[]): Promise<readonly unknown[] | null> {
    const queries = probes.map((probe) => this.#call(probe));
    const others = queries.filter(
      (query) => Reflect.get(Object(query), Symbol.toStringTag) !== "PrismaPromise",
    );
    if (others.length === 0) return this.#client.$transaction(queries);
    // It runs already, and nobody waits for it.
    for (const other of others) Promise.resolve(other).catch(() => undefined);
    return null;
  }

  /**
   * Sends writes, which do not end.
   *
   * @returns null when they do not all arrive.
   * @throws ChatError `CONFIGURATION` when an extension throws.
   */
  async #catch(
    probes: readonly Probe[],
    blamed: readonly Probe[],
    run: () => Promise<unknown>,
  ): Promise<readonly CaughtStatement[] | null> {
    let onCaught: (caught: readonly CaughtStatement[]) => void = () => undefined;
    const arrived = new Promise<readonly CaughtStatement[]>((resolve) => {
      onCaught = resolve;
    });
    const catching = new Catch(probes, undefined, onCaught);
    const ended = this.#guarded(catching, blamed, run).then(() => null);
    try {
      return await this.#inTime(Promise.race([arrived, ended]), blamed);
    } finally {
      catching.end();
    }
  }

  #call({ model, operation, args }: Probe): PrismaPromise<unknown> {
    const owner: object | null =
      model === undefined ? this.#client : findDelegate<Row>(this.#client, model);
    const run: unknown = owner === null ? null : Reflect.get(owner, operation);
    if (typeof run !== "function")
      throw new Error(`The Prisma client has no ${operation} for ${model}.`);
    const query: PrismaPromise<unknown> = Reflect.apply(
      run,
      owner,
      Array.isArray(args) ? args : [args],
    );
    return query;
  }

  /** An extension that lets one statement wait for the end of another one would wait for ever. */
  async #inTime<Result>(work: Promise<Result>, sent: readonly Probe[]): Promise<Result> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const places = sent.map(({ name }) => name).join(" or ");
        const reason = `has not passed on ${places} within ${maxMs / 1000} seconds, alone or in a transaction with another statement. If it limits how many statements run at once, let it count a transaction as one.`;
        reject(this.#refuse(reason, sent.length === 1 ? sent[0] : undefined));
      }, maxMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #guarded(
    catching: Catch,
    sent: readonly Probe[],
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    this.#catching = catching;
    try {
      // A query of Prisma runs in the context where it is awaited.
      return await current.run(catching, async () => await run());
    } catch (error) {
      // It comes from a statement that the extension has kept.
      if (error instanceof SentBack) return undefined;
      // The extension has asked the database itself, and is not to blame.
      if (isUnavailable(error)) throw error;
      const places = sent.map(({ name }) => name).join(" or ");
      throw this.#refuse(
        sent.every(({ model }) => model === undefined)
          ? `throws an error at ${places}, which this package needs. Its error is the \`cause\`. Let it pass raw statements to the tables of this package.`
          : `throws an error at ${places}, where made-up values are sent to find out what it does. Its error is the \`cause\`. Let it pass such values, or leave that model out of it.`,
        sent.length === 1 ? sent[0] : undefined,
        error,
      );
    }
  }
}

function isOf(statement: CaughtStatement, { model, operation }: Probe): boolean {
  return statement.model === model && statement.operation === operation;
}

/** Whether a statement has the conditions of the one that others are sent together with. */
function isAnchor({ args }: CaughtStatement): boolean {
  const { where }: { readonly where?: unknown } = Object(args);
  return includes(where, anchorId);
}

function includes(value: unknown, text: string): boolean {
  if (typeof value !== "object" || value === null) return value === text;
  return Object.values(value).some((one) => includes(one, text));
}

/** A statement as an extension gets it. */
type Sent = Parameters<
  Parameters<PrismaInternals["$extends"]>[0]["query"]["$allModels"]["$allOperations"]
>[0];
