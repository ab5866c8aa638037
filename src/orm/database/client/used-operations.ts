import type { ModelDelegate } from "./prisma-client-like.ts";
import type { TableRole } from "./table-names.ts";

/** The operations of each model that this package uses. Extensions are asked what they do to these. */
export const usedOperations = {
  chat: ["findMany", "findFirst", "create", "update", "updateMany", "deleteMany"],
  message: [
    "findMany",
    "findFirst",
    "groupBy",
    "aggregate",
    "createMany",
    "update",
    "updateMany",
    "deleteMany",
  ],
  toolCall: ["findMany", "findFirst", "createMany", "update", "updateMany"],
  request: ["aggregate", "createMany", "updateMany"],
  chunk: ["findMany", "findFirst", "createMany", "updateMany", "deleteMany"],
  usage: ["findMany", "createMany", "updateMany"],
  usageDay: [],
  account: ["findMany", "findFirst", "update", "updateMany"],
  agentSession: ["findFirst", "createMany", "updateMany", "deleteMany"],
  attachment: ["findMany", "aggregate", "createMany"],
  storedFile: ["findMany", "createMany", "update", "updateMany", "deleteMany"],
} as const satisfies { readonly [Role in TableRole]: readonly Operation[] };

/** An operation of a model. */
export type Operation = Exclude<keyof ModelDelegate<object>, "fields">;

/** A model's part of the client, with the operations that this package uses. */
export type UsedDelegate<Role extends TableRole, Record extends object> = Pick<
  ModelDelegate<Record>,
  "fields" | (typeof usedOperations)[Role][number]
>;

/** The column that tells the rows of a model apart, or those of one message. */
export function keyOf(role: TableRole): string {
  if (role === "storedFile") return "key";
  if (role === "usageDay") return "scope";
  return role === "chunk" ? "messageId" : "id";
}
