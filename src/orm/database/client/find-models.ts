import { ChatError } from "../../../chat/chat-error.ts";
import type { ClientDelegate, PrismaInternals, SchemaModel } from "./prisma-client-like.ts";
import type { ModelNames, TableNames, TableRole } from "./table-names.ts";
import { modelNames } from "./table-names.ts";

/** Each model that is found by its relation: the model that it belongs to, and the columns that tell it from others. */
const shapes: readonly {
  readonly role: Exclude<TableRole, "chat" | "usage" | "usageDay" | "account">;
  readonly parent: "chat" | "message" | "attachment";
  readonly columns: readonly string[];
}[] = [
  { role: "message", parent: "chat", columns: ["chatId", "role", "content"] },
  { role: "toolCall", parent: "message", columns: ["messageId", "toolCallId", "arguments"] },
  { role: "request", parent: "chat", columns: ["chatId", "provider", "statusCode"] },
  { role: "chunk", parent: "message", columns: ["messageId", "seq", "kind", "text"] },
  { role: "agentSession", parent: "chat", columns: ["chatId", "agentClass"] },
  { role: "attachment", parent: "message", columns: ["messageId", "mediaType", "isStored"] },
  { role: "storedFile", parent: "attachment", columns: ["attachmentId", "key"] },
];

/**
 * The names of the models, as the schema spells them. A model without a given name is the one with its usual name, or
 * the one that the relations of the schema lead to.
 *
 * @throws ChatError `CONFIGURATION` when several models may be meant.
 */
export function findModelNames(client: PrismaInternals, given: TableNames): ModelNames {
  const models = client._runtimeDataModel?.models ?? {};
  const spell = (name: string): string =>
    Object.keys(models).find((model) => camelCase(model) === camelCase(name)) ?? name;
  let names = modelNames(given);
  const { chat, usage, usageDay, account } = names;
  names = {
    ...names,
    chat: spell(chat),
    // Rows that outlive chats have no relations.
    usage: spell(usage),
    usageDay: spell(usageDay),
    account: spell(account),
  };
  for (const { role, parent, columns } of shapes) {
    // The usual name of the log depends on the name of the message model, which may just have been found.
    const usual = modelNames({ ...given, message: names.message })[role];
    const related = Object.keys(models).filter((name) => {
      const model = models[name];
      return model !== undefined && isRelated(model, names[parent]) && hasAll(model, columns);
    });
    const isUsual = related.length === 0 || related.includes(spell(usual));
    const [found, other] = given[role] !== undefined || isUsual ? [usual] : related;
    if (other !== undefined) {
      throw new ChatError(
        "CONFIGURATION",
        `The Prisma client has several models that belong to "${names[parent]}" and may be meant: ${related.join(", ")}. Name one of them as tableNames.${role}.`,
      );
    }
    names = { ...names, [role]: spell(found ?? usual) };
  }
  return names;
}

function isRelated(model: SchemaModel, target: string): boolean {
  return model.fields.some((field) => field.kind === "object" && field.type === target);
}

function hasAll(model: SchemaModel, columns: readonly string[]): boolean {
  return columns.every((column) => model.fields.some((field) => field.name === column));
}

/** The part of the client for a model; null when the client has no such model. */
export function findDelegate<Record extends object>(
  client: PrismaInternals,
  name: string,
): ClientDelegate<Record> | null {
  // A generated client has a delegate for each model, under the model's name in camel case.
  const delegate = (client as unknown as { [property: string]: unknown })[camelCase(name)];
  if (typeof delegate !== "object" || delegate === null || !("fields" in delegate)) return null;
  return delegate as ClientDelegate<Record>;
}

/** The error for a client without a model. */
export function noSuchModel(client: PrismaInternals, role: TableRole, name: string): ChatError {
  if ("orm" in client && !("$transaction" in client)) {
    return new ChatError(
      "CONFIGURATION",
      "This is a client of Prisma 8, which has another API. Pass a client of @prisma/client 6.16 or 7: both versions can be installed side by side.",
    );
  }
  const models = Object.keys(client._runtimeDataModel?.models ?? {});
  const known = models.length === 0 ? "It has no models." : `It has: ${models.join(", ")}.`;
  return new ChatError(
    "CONFIGURATION",
    `The Prisma client has no model "${name}" (tableNames.${role}). ${known} ` +
      "Add the model to your schema (`npx node-llm-trpc init`) and run `npx prisma generate`, or set tableNames.",
  );
}

/** A model's name as the client spells it. */
export function camelCase(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/** The field of a model that leads to the rows of another one; null when there is none. */
export function relationField(client: PrismaInternals, from: string, to: string): string | null {
  const fields = client._runtimeDataModel?.models[from]?.fields ?? [];
  return fields.find(({ kind, type }) => kind === "object" && type === to)?.name ?? null;
}
