import type { Refuse } from "../list-extensions.ts";
import { findDelegate } from "../find-models.ts";
import type { PrismaInternals, PrismaPromise, Row } from "../prisma-client-like.ts";
import { isUnavailable } from "../prisma-errors.ts";
import type { ModelNames, TableRole } from "../table-names.ts";
import type { Operation } from "../used-operations.ts";
import { keyOf } from "../used-operations.ts";

/** A statement as it is after the last extension. */
interface CaughtStatement {
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

/** How a client was asked, and what has arrived after its last extension. */
interface Catch {
  readonly models: readonly (string | undefined)[];
  /** What the statement returns; undefined to let it wait for ever. */
  readonly reply: { readonly value: unknown } | undefined;
  readonly onCaught: (statement: CaughtStatement) => void;
}

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
      const catching = this.#catching;
      // An extension may ask for something of its own meanwhile.
      if (catching === null || !catching.models.includes(model)) return query(args);
      catching.onCaught({ operation, args, transaction: params?.transaction?.id });
      // After a write nothing may run, also not what an extension does with the result.
      return catching.reply === undefined
        ? new Promise<never>(() => undefined)
        : Promise.resolve(structuredClone(catching.reply.value));
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
  probe(role: TableRole, operation: Operation, args: Row): Probe {
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
    return this.probe("chat", "updateMany", { where: this.nowhere("chat"), data: {} });
  }

  /** Sends a write. Null when it does not arrive. */
  async write(probe: Probe): Promise<CaughtStatement | null> {
    const [statement] = (await this.#catch([probe], [probe], () => this.#call(probe))) ?? [];
    return statement?.operation === probe.operation ? statement : null;
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
    const [anchor, statement] = caught ?? [];
    const isTogether =
      statement?.operation === probe.operation &&
      statement.transaction !== undefined &&
      statement.transaction === anchor?.transaction;
    return isTogether ? statement : null;
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
    const caught: CaughtStatement[] = [];
    this.#catching = {
      models: [probe.model],
      reply: { value: reply },
      onCaught: (statement) => caught.push(statement),
    };
    const result = await this.#guarded([probe], async () => {
      return isInTransaction ? (await this.#transact([probe]))?.[0] : this.#call(probe);
    });
    const [statement] = caught;
    const isThis = statement?.operation === probe.operation;
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
    const caught: CaughtStatement[] = [];
    const arrived = new Promise<readonly CaughtStatement[]>((resolve) => {
      this.#catching = {
        models: probes.map(({ model }) => model),
        reply: undefined,
        onCaught: (statement) => {
          caught.push(statement);
          if (caught.length === probes.length) resolve(caught);
        },
      };
    });
    const ended = this.#guarded(blamed, run).then(() => null);
    return Promise.race([arrived, ended]);
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

  async #guarded(sent: readonly Probe[], run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
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

/** A statement as an extension gets it. */
type Sent = Parameters<
  Parameters<PrismaInternals["$extends"]>[0]["query"]["$allModels"]["$allOperations"]
>[0];
