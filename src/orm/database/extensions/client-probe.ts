import { AsyncLocalStorage } from "node:async_hooks";

import type { Refuse } from "../client/list-extensions.ts";
import { findDelegate } from "../client/find-models.ts";
import type { PrismaInternals, PrismaPromise, Row } from "../client/prisma-client-like.ts";
import { isUnavailable } from "../prisma-errors.ts";
import type { ModelNames, TableRole } from "../client/table-names.ts";
import type { Operation } from "../client/used-operations.ts";
import { keyOf } from "../client/used-operations.ts";
import type { CaughtStatement, Probe } from "./catch.ts";
import { anchorId, Catch, marker, numberIn, SentBack } from "./catch.ts";

/** How long a statement may take through the extensions, in milliseconds. One may wait for others of the app. */
const maxMs = 5000;

/** Tells statements of one probe from those of another that an extension has kept, or sends again. */
const current = new AsyncLocalStorage<Catch>();

/** Sends statements through the extensions of a client, and catches them after the last one. */
export class ClientProbe {
  readonly #client: PrismaInternals;
  readonly #names: ModelNames;
  readonly #refuse: Refuse;
  readonly #catches = new Map<number, Catch>();
  #catching: Catch | null = null;

  constructor(client: PrismaInternals, names: ModelNames, refuse: Refuse) {
    this.#names = names;
    this.#refuse = refuse;
    const onStatement = ({ model, operation, args, query, __internalParams: params }: Sent) => {
      const catching = this.#catchOf(model, args);
      // An extension may ask for something of its own meanwhile.
      if (catching === null) return query(args);
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

  /** Finds what a statement was sent for; null when this probe has not sent it. */
  #catchOf(model: string | undefined, args: unknown): Catch | null {
    const known = this.#catches.get(numberIn(args) ?? -1);
    const here = current.getStore();
    // The context is another one where an extension runs statements from a queue of its own.
    const candidates =
      known === undefined
        ? [this.#catching, this.#catches.get(here?.number ?? -1) ?? null]
        : [known];
    const asking = candidates.filter((one) => one !== null && one.asksFor(model));
    return asking.find((one) => one?.isOver === false) ?? asking[0] ?? null;
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
    const [statement] =
      (await this.#catch([probe], blamed, (catching) => this.#call(probe, catching))) ?? [];
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
        return isInTransaction
          ? (await this.#transact([probe], catching))?.[0]
          : this.#call(probe, catching);
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
    return this.#catch(probes, blamed, (catching) => this.#transact(probes, catching));
  }

  /** Runs statements in one transaction. Null when an extension has put something else in the place of one. */
  async #transact(probes: readonly Probe[], catching: Catch): Promise<readonly unknown[] | null> {
    const queries = probes.map((probe) => this.#call(probe, catching));
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
    run: (catching: Catch) => Promise<unknown>,
  ): Promise<readonly CaughtStatement[] | null> {
    let onCaught: (caught: readonly CaughtStatement[]) => void = () => undefined;
    const arrived = new Promise<readonly CaughtStatement[]>((resolve) => {
      onCaught = resolve;
    });
    const catching = new Catch(probes, undefined, onCaught);
    const ended = this.#guarded(catching, blamed, () => run(catching)).then(() => null);
    try {
      return await this.#inTime(Promise.race([arrived, ended]), blamed);
    } finally {
      await catching.end();
    }
  }

  #call(probe: Probe, catching: Catch): PrismaPromise<unknown> {
    const { model, operation } = probe;
    const args = catching.argsOf(probe);
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
    this.#catches.set(catching.number, catching);
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
