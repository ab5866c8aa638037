import type { ChatError } from "../../chat/chat-error.ts";
import { findDelegate } from "./find-models.ts";
import type { PrismaInternals, PrismaPromise, Row } from "./prisma-client-like.ts";
import { isUnavailable } from "./prisma-errors.ts";
import type { ModelNames, TableRole } from "./table-names.ts";

/** A statement as it is after the last extension. */
interface CaughtStatement {
  readonly model: string;
  readonly operation: string;
  readonly args: Row;
  /** The number of its transaction; undefined outside of one. */
  readonly transaction: unknown;
}

/** Makes the error that refuses a client, which names its extensions. */
export type Refuse = (reason: string, cause?: unknown) => ChatError;

/** What marks the statements of a probe. No row has this id. */
const marker = "node-llm-trpc-probe";

/** Sends statements through the extensions of a client, and catches them after the last one. */
export class ClientProbe {
  readonly #client: PrismaInternals;
  readonly #names: ModelNames;
  readonly #refuse: Refuse;
  /** The statements that the extensions have got since the last one was caught, in words. */
  #sent: readonly string[] = [];
  #onCaught: (statement: CaughtStatement) => void = () => undefined;

  constructor(client: PrismaInternals, names: ModelNames, refuse: Refuse) {
    this.#names = names;
    this.#refuse = refuse;
    this.#client = client.$extends({
      name: "node-llm-trpc",
      query: {
        $allModels: {
          $allOperations: ({ model, operation, args, __internalParams: params }) => {
            this.#onCaught({ model, operation, args, transaction: params?.transaction?.id });
            // Nothing after this may run, also not what an extension does with the result.
            return new Promise<never>(() => undefined);
          },
        },
      },
    });
  }

  /** Whether the statements of one transaction stay in one. */
  async isAtomic(): Promise<boolean> {
    const caught = await this.#catch(2, () =>
      this.#client.$transaction([
        this.#call("message", "createMany", { data: [] }),
        this.#call("chat", "updateMany", { where: { id: marker }, data: {} }),
      ]),
    );
    const [first, second] = caught ?? [];
    return (
      second !== undefined &&
      first?.transaction !== undefined &&
      first.transaction === second.transaction
    );
  }

  /** Which of the columns arrive as other values than they were given. All of them when the statement does not arrive. */
  async write(
    role: TableRole,
    operation: "create" | "createMany" | "update" | "updateMany",
    columns: readonly string[],
  ): Promise<{ readonly changed: readonly string[] }> {
    const given: Row = Object.fromEntries(columns.map((column) => [column, `${marker} ${column}`]));
    // The date cannot be stored, in case that an extension sends the row by another way.
    const row = operation.startsWith("create")
      ? { ...given, createdAt: new Date(Number.NaN) }
      : given;
    const where = operation.startsWith("create") ? {} : { where: { id: marker } };
    const data = operation === "createMany" ? [row] : { ...row };
    const [caught] =
      (await this.#catch(1, () => this.#call(role, operation, { ...where, data }))) ?? [];
    const sent = caught?.args["data"];
    const arrived: unknown = Array.isArray(sent) ? sent[0] : sent;
    return {
      changed: columns.filter(
        (column) =>
          typeof arrived !== "object" ||
          arrived === null ||
          Reflect.get(arrived, column) !== given[column],
      ),
    };
  }

  /** Whether a read arrives as it was sent, with other conditions, or not at all. */
  async read(role: TableRole): Promise<"here" | "filtered" | "elsewhere"> {
    const args = { where: { id: marker } };
    const [caught] = (await this.#catch(1, () => this.#call(role, "findMany", args))) ?? [];
    if (caught === undefined) return "elsewhere";
    return JSON.stringify(caught.args) === JSON.stringify(args) ? "here" : "filtered";
  }

  readsInTransaction(): Promise<boolean> {
    return this.#arrivesInTransaction("message", "findMany");
  }

  deletesInTransaction(): Promise<boolean> {
    return this.#arrivesInTransaction("message", "deleteMany");
  }

  /** Whether the rows of a log can be deleted in a transaction. */
  deletesLogInTransaction(): Promise<boolean> {
    return this.#arrivesInTransaction("chunk", "deleteMany");
  }

  async #arrivesInTransaction(role: TableRole, operation: string): Promise<boolean> {
    const where = role === "chunk" ? { messageId: marker } : { id: marker };
    const caught = await this.#catch(1, () =>
      this.#client.$transaction([this.#call(role, operation, { where })]),
    );
    const [statement] = caught ?? [];
    return statement?.operation === operation && statement.transaction !== undefined;
  }

  #call(role: TableRole, operation: string, args: Row): PrismaPromise<unknown> {
    const delegate = findDelegate<Row>(this.#client, this.#names[role]);
    const run: unknown = delegate === null ? null : Reflect.get(delegate, operation);
    if (typeof run !== "function")
      throw new Error(`The Prisma client has no ${operation} for ${this.#names[role]}.`);
    this.#sent = [...this.#sent, `${operation} of ${this.#names[role]}`];
    const query: PrismaPromise<unknown> = Reflect.apply(run, delegate, [args]);
    return query;
  }

  /**
   * Runs statements until so many of them have arrived.
   *
   * @returns null when they ended without arriving.
   * @throws ChatError `CONFIGURATION` when an extension throws.
   */
  async #catch(
    count: number,
    run: () => Promise<unknown>,
  ): Promise<readonly CaughtStatement[] | null> {
    const caught: CaughtStatement[] = [];
    this.#sent = [];
    const arrived = new Promise<readonly CaughtStatement[]>((resolve) => {
      this.#onCaught = (statement) => {
        caught.push(statement);
        if (caught.length === count) resolve(caught);
      };
    });
    const ended = async (): Promise<null> => {
      try {
        await run();
      } catch (error) {
        // An extension has replaced the operation by a function of its own, which cannot be part of a transaction.
        if (String(error).includes("need to be Prisma Client promises")) return null;
        // The extension has asked the database itself, and is not to blame.
        if (isUnavailable(error)) throw error;
        throw this.#refuse(
          `throws an error at ${this.#sent.join(" or ")}, where made-up values are sent to find out what it does. Its error is the \`cause\`. Let it pass such values, or leave that model out of it.`,
          error,
        );
      }
      return null;
    };
    return Promise.race([arrived, ended()]);
  }
}
