import { ChatError } from "../../chat/chat-error.ts";
import type { Refuse } from "./client-probe.ts";
import { ClientProbe } from "./client-probe.ts";
import type { ExtensionNode, PrismaInternals } from "./prisma-client-like.ts";
import type { ModelNames, TableRole } from "./table-names.ts";

/** What the extensions of a client change in the statements of this package. */
export interface ClientTraits {
  /** They change texts on the way to the database: raw statements must not write them. */
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

/**
 * The client that reads and writes the primary database: a replica may be behind, and answers the question before.
 *
 * @throws ChatError `CONFIGURATION` when that client lacks other extensions.
 */
export function primaryClient(client: PrismaInternals): PrismaInternals {
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

/**
 * Finds out what the extensions of a client do, without reaching the database: each statement is sent through them, and
 * caught after the last one.
 *
 * @throws ChatError `CONFIGURATION` when they would make statements wrong, with their names and the reason.
 */
export async function inspectClient(
  client: PrismaInternals,
  names: ModelNames,
  has: (role: TableRole, column: string) => boolean,
): Promise<ClientTraits> {
  const extensions = extensionsOf(client).filter(
    (extension) => extension.query !== undefined || extension.model !== undefined,
  );
  if (extensions.length === 0) return plainTraits;
  const subject = extensions.length === 1 ? "it" : "one of them";
  const refuse: Refuse = (reason, cause) =>
    new ChatError(
      "CONFIGURATION",
      `The Prisma client cannot be used with ${nameAll(extensions)}: ${subject} ${reason}`,
      cause === undefined ? {} : { cause },
    );
  const probe = new ClientProbe(client, names, refuse);
  if (!(await probe.isAtomic())) {
    throw refuse(
      "runs statements in transactions of their own, so that a question and its answer cannot be written together. " +
        "Pass a client without it, and limit what callers see with `scope`.",
    );
  }
  const changesText = await findTextChanges(probe, names, has, refuse);
  for (const role of ["usage", "usageDay", "account"] as const) {
    if (has(role, "scope") && (await probe.write(role, "createMany", ["scope"])).changed.length > 0)
      throw refuse(
        `changes what is written to ${names[role]}, which needs raw statements. Leave that model out of it.`,
      );
  }
  if (has("chunk", "seq") && !(await probe.deletesLogInTransaction()))
    throw refuse(
      `replaces deleteMany of ${names.chunk}, whose rows must be deleted together with other changes. Leave that model out of it.`,
    );
  const reads = [await probe.read("chat"), await probe.read("message")];
  const readsElsewhere = reads.some((read) => read === "elsewhere");
  if (readsElsewhere && !(await probe.readsInTransaction()))
    throw refuse("keeps reads from the database, even inside a transaction.");
  return {
    changesText,
    filtersReads: reads.includes("filtered"),
    readsElsewhere,
    deletesElsewhere: !(await probe.deletesInTransaction()),
  };
}

/** The texts of each model, and the operations that this package writes them with. */
const texts: readonly {
  readonly role: Exclude<TableRole, "request" | "usage" | "usageDay" | "account">;
  readonly columns: readonly string[];
  readonly used: readonly WriteOperation[];
}[] = [
  { role: "chat", columns: ["instructions", "title"], used: ["create", "update", "updateMany"] },
  {
    role: "message",
    columns: ["content", "contentRaw", "thinkingText", "parts"],
    used: ["createMany", "update", "updateMany"],
  },
  {
    role: "toolCall",
    columns: ["arguments", "result", "thought", "output", "progress"],
    used: ["createMany", "updateMany"],
  },
  { role: "chunk", columns: ["text"], used: ["createMany"] },
];

type WriteOperation = "create" | "createMany" | "update" | "updateMany";
const operations: readonly WriteOperation[] = ["create", "createMany", "update", "updateMany"];

/** An extension that encrypts must do so in each way that a text is written. */
async function findTextChanges(
  probe: ClientProbe,
  names: ModelNames,
  has: (role: TableRole, column: string) => boolean,
  refuse: Refuse,
): Promise<boolean> {
  const changing = new Set<TableRole>();
  for (const { role, columns, used } of texts) {
    const known = columns.filter((column) => has(role, column));
    if (known.length === 0) continue;
    const changes = new Map<WriteOperation, readonly string[]>();
    for (const operation of operations)
      changes.set(operation, (await probe.write(role, operation, known)).changed);
    for (const column of known) {
      const those = operations.filter((operation) => changes.get(operation)?.includes(column));
      if (those.length === 0) continue;
      changing.add(role);
      const others = used.filter((operation) => !those.includes(operation));
      if (others.length === 0) continue;
      throw refuse(
        `changes ${names[role]}.${column} in ${those.join(" and ")}, but not in ${others.join(" and ")}, which this package uses. Extend it to these.`,
      );
    }
  }
  if (changing.has("message") && has("chunk", "text") && !changing.has("chunk"))
    throw refuse(
      `changes the texts of ${names.message}, but not ${names.chunk}.text, where an answer is saved piece by piece while it is made. Extend it to that model.`,
    );
  return changing.has("message") || changing.has("chunk");
}

/** Whether an extension of the client (`$extends({ query })`) sees the queries of this package. */
export function hasQueryExtension(client: PrismaInternals): boolean {
  return extensionsOf(client).some(({ query }) => query !== undefined);
}

type Extension = ExtensionNode["extension"];

/** The extensions of a client, the last one first. */
function extensionsOf(client: PrismaInternals): readonly Extension[] {
  const extensions: Extension[] = [];
  for (let node = client._extensions?.head; node !== undefined; node = node.previous)
    extensions.push(node.extension);
  return extensions;
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
