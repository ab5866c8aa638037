import { ChatError } from "../../../chat/chat-error.ts";
import { camelCase } from "./find-models.ts";
import type { ExtensionNode, PrismaInternals } from "./prisma-client-like.ts";

type Extension = ExtensionNode["extension"];

/** What the extensions of a client change in the statements of this package. */
export interface ClientTraits {
  /** They change texts or titles on the way to the database: raw statements must not search. */
  readonly changesText: boolean;
  /** They limit what is read: raw statements must not search. */
  readonly filtersReads: boolean;
  /** Reads outside of a transaction go elsewhere, such as to a replica that is behind. */
  readonly readsElsewhere: boolean;
  /** Rows are not deleted, or not in the transaction that says so. */
  readonly deletesElsewhere: boolean;
}

/** Those of a client without extensions. */
export const plainTraits: ClientTraits = {
  changesText: false,
  filtersReads: false,
  readsElsewhere: false,
  deletesElsewhere: false,
};

/** What has once been seen stays, because callers in other contexts go on meanwhile. */
export function addTraits(known: ClientTraits, found: Partial<ClientTraits>): ClientTraits {
  const either = (trait: keyof ClientTraits): boolean => known[trait] || found[trait] === true;
  return {
    changesText: either("changesText"),
    filtersReads: either("filtersReads"),
    readsElsewhere: either("readsElsewhere"),
    deletesElsewhere: either("deletesElsewhere"),
  };
}

/** A statement, as an extension knows it. */
interface SeenStatement {
  /** Undefined for a raw statement. */
  readonly model?: string;
  readonly operation: string;
}

/** Makes the error that refuses a client, which names the extensions that see the statement. */
export type Refuse = (reason: string, statement?: SeenStatement, cause?: unknown) => ChatError;

/**
 * The client that reads and writes the primary database: a replica may be behind, and answers the question before.
 *
 * @throws ChatError `CONFIGURATION` when that client lacks other extensions, and for the client of a transaction, which
 *   can neither be asked about its extensions nor write anything in a transaction of its own.
 */
export function primaryClient(client: PrismaInternals): PrismaInternals {
  if (Reflect.get(client, "$connect") === undefined)
    throw new ChatError(
      "CONFIGURATION",
      "This is the Prisma client inside an interactive transaction. Pass the one that $transaction was called on, because this package writes in transactions of its own.",
    );
  if (typeof client.$primary !== "function") return client;
  const primary = client.$primary();
  const kept = extensionsOf(primary);
  const lost = extensionsOf(client).filter(
    (extension) => !kept.includes(extension) && !isOfReplicas(extension),
  );
  if (lost.length === 0) return primary;
  throw new ChatError(
    "CONFIGURATION",
    `The Prisma client that $primary() returns lacks ${nameAll(lost)}. Extend the client with the read replicas last.`,
  );
}

/** Whether an extension of the client (`$extends({ query })`) sees the queries of this package. */
export function hasQueryExtension(client: PrismaInternals): boolean {
  return extensionsOf(client).some(({ query }) => query !== undefined);
}

/** The methods of a client that this package calls. */
const clientMethods = ["$transaction", "$queryRawUnsafe", "$executeRawUnsafe"];

/** The extensions of a client that may do something to statements, the last one first. */
export function statementExtensions(client: PrismaInternals): readonly Extension[] {
  return extensionsOf(client).filter(({ query, model, client: methods }) => {
    const hasMethod = clientMethods.some((name) => member(methods, name) !== undefined);
    return query !== undefined || model !== undefined || hasMethod;
  });
}

/**
 * Whether an extension of the client sees a statement.
 *
 * @param model undefined for a raw statement.
 */
export function seesStatement(
  client: PrismaInternals,
  model: string | undefined,
  operation: string,
): boolean {
  return statementExtensions(client).some((extension) => sees(extension, model, operation));
}

/** The fields that extensions compute for a model when it is read, with the extension in words. */
export function computedFields(
  client: PrismaInternals,
  model: string,
): readonly { readonly extension: string; readonly field: string }[] {
  return extensionsOf(client).flatMap((extension) =>
    ["$allModels", camelCase(model)]
      .flatMap((name) => Object.keys(Object(member(extension.result, name))))
      .map((field) => ({ extension: nameAll([extension]), field })),
  );
}

/** Makes the errors that refuse a client. */
export function refusalOf(client: PrismaInternals): Refuse {
  return (reason, statement, cause) => {
    const extensions = statementExtensions(client);
    const seeing = extensions.filter(
      (one) => statement === undefined || sees(one, statement.model, statement.operation),
    );
    const blamed = seeing.length === 0 ? extensions : seeing;
    const subject = blamed.length === 1 ? "it" : "one of them";
    return new ChatError(
      "CONFIGURATION",
      `The Prisma client cannot be used with ${nameAll(blamed)}: ${subject} ${reason}`,
      cause === undefined ? {} : { cause },
    );
  };
}

/**
 * Checks a row that a write has returned.
 *
 * @throws ChatError `CONFIGURATION` when an extension has taken columns out of it.
 */
export function checkNewRow(
  client: PrismaInternals,
  model: string,
  row: object,
  columns: ReadonlySet<string> | null,
): void {
  const lacking = [...(columns ?? [])].find(
    (column) => Reflect.get(Object(row), column) === undefined,
  );
  if (lacking === undefined) return;
  throw refusalOf(client)(
    `returns a new row of ${model} without \`${lacking}\`, which this package needs. The row has been written. Let it return what it gets.`,
    { model, operation: "create" },
  );
}

function extensionsOf(client: PrismaInternals): readonly Extension[] {
  const extensions: Extension[] = [];
  for (let node = client._extensions?.head; node !== undefined; node = node.previous)
    extensions.push(node.extension);
  return extensions;
}

function sees(
  { query, model: models, client }: Extension,
  model: string | undefined,
  operation: string,
): boolean {
  const all = member(query, "$allOperations");
  if (model === undefined)
    return [all, member(query, operation), member(client, operation)].some(Boolean);
  const parts = ["$allModels", camelCase(model)].flatMap((name) => [
    member(member(query, name), "$allOperations"),
    member(member(query, name), operation),
    member(member(models, name), operation),
  ]);
  return [all, ...parts].some(Boolean);
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function isOfReplicas({ client }: Extension): boolean {
  return client !== undefined && "$primary" in client;
}

function nameAll(extensions: readonly Extension[]): string {
  const names = extensions.map(({ name }) =>
    name === undefined ? "an extension without a name" : `the extension "${name}"`,
  );
  return [...new Set(names)].toReversed().join(" and ");
}
