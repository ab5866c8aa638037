import type { ModelNames, TableRole } from "./client/table-names.ts";

/** The columns of the log that almost all of its entries need, and those that few need: fewer values are faster. */
export const logColumns = {
  text: ["messageId", "seq", "kind", "text", "at"],
  rare: ["toolCallId", "timeoutMs"],
} as const;

/** The columns of the models of the ledger. */
export const ledgerColumns = {
  usage: [
    "scope",
    "chatId",
    "messageId",
    "kind",
    "provider",
    "model",
    "statusCode",
    "errorCode",
    "duration",
    "inputTokens",
    "outputTokens",
    "cachedTokens",
    "cost",
    "isEstimate",
    "createdAt",
  ],
  usageDay: [
    "scope",
    "kind",
    "day",
    "name",
    "requests",
    "errors",
    "inputTokens",
    "outputTokens",
    "cachedTokens",
    "cost",
  ],
  account: [
    "id",
    "scope",
    "answers",
    "subscriptions",
    "tokens",
    "cost",
    "expiresAt",
    "call",
    "answersFrom",
    "answersBegun",
    "chatsFrom",
    "chatsMade",
    "period",
    "periodStart",
    "spentTokens",
    "spentCost",
  ],
};

const attachmentColumns = [
  "chatId",
  "messageId",
  "name",
  "mediaType",
  "size",
  "isStored",
  "data",
] as const;

interface FeatureNeeds {
  readonly feature: string;
  /** The additions to the specification that it needs, by model. */
  readonly needs: readonly (readonly [role: TableRole, columns: readonly string[]])[];
  /** What happens without it. */
  readonly without: string;
  /** True for what the router does without, too. */
  readonly isOptional?: true;
}

/** Each addition to the specification's columns, with what it is for. */
const features = [
  { feature: "titles", needs: [["chat", ["title"]]], without: "Chats have no titles." },
  { feature: "owners", needs: [["chat", ["userId"]]], without: "Chats have no owners." },
  {
    feature: "turns",
    needs: [
      ["chat", ["lastPosition"]],
      ["message", ["position", "status", "turnLock", "stopRequestedAt"]],
      ["chunk", [...logColumns.text, ...logColumns.rare]],
    ],
    without:
      "Two answers may be in progress in a chat at the same time, and an answer is lost when its process dies.",
  },
  {
    feature: "order",
    needs: [["message", ["position"]]],
    without: "Messages are ordered by their time.",
  },
  {
    feature: "branches",
    needs: [["message", ["parentId", "active", "position"]]],
    without: "A chat has one branch: no question can be edited, and no answer made again.",
  },
  {
    feature: "statuses",
    needs: [["message", ["status", "errorCode", "finishedAt"]]],
    without: "A row does not say how its answer ended.",
  },
  {
    feature: "parts",
    needs: [["message", ["parts"]]],
    without: "An answer has its thinking first, then its tool calls, and its text last.",
  },
  {
    feature: "costs",
    needs: [["message", ["cost"]]],
    without: "Requests have a cost, and messages have none.",
  },
  {
    feature: "toolStatuses",
    needs: [["toolCall", ["position", "step", "status", "finishedAt"]]],
    without: "A tool call has a result and no status, and calls are ordered by their time.",
  },
  {
    feature: "requestErrors",
    needs: [["request", ["errorCode"]]],
    without: "A failed request has a status code and no reason.",
  },
  {
    feature: "ledger",
    needs: [
      ["usage", ledgerColumns.usage],
      ["usageDay", ledgerColumns.usageDay],
      ["account", ledgerColumns.account],
    ],
    without: "What a chat has cost is deleted with it, and no limit or budget applies.",
  },
  {
    feature: "attachments",
    needs: [["attachment", attachmentColumns]],
    without: "Files are stored in the rows of their messages, and read whenever those are.",
  },
  {
    feature: "storedFiles",
    needs: [["storedFile", ["key", "attachmentId", "createdAt"]]],
    without: "Files are stored in the database only.",
    isOptional: true,
  },
  {
    feature: "finishReasons",
    needs: [["message", ["finishReason"]]],
    without: "A row does not say why the model stopped writing.",
    isOptional: true,
  },
  {
    feature: "cachedTokens",
    needs: [
      ["message", ["cachedTokens"]],
      ["request", ["cachedTokens"]],
    ],
    without: "Tokens that the provider had in its cache are not told apart from others.",
    isOptional: true,
  },
  {
    feature: "temperatures",
    needs: [["chat", ["temperature"]]],
    without: "A chat does not keep its temperature.",
    isOptional: true,
  },
  {
    feature: "toolOutputs",
    needs: [["toolCall", ["output"]]],
    without:
      "A tool call keeps the text that the model was told, and not the value that the tool returned.",
    isOptional: true,
  },
  {
    feature: "toolProgress",
    needs: [["toolCall", ["progress"]]],
    without: "What a tool has reported is shown while it runs, and not kept.",
    isOptional: true,
  },
  {
    feature: "messageMetadata",
    needs: [["message", ["metadata"]]],
    without: "Messages have no metadata.",
    isOptional: true,
  },
  {
    feature: "objects",
    needs: [["message", ["object"]]],
    without: "The router cannot have a schema for answers, and what they say is not kept.",
    isOptional: true,
  },
  {
    feature: "finishCallbacks",
    needs: [["message", ["finishDueAt"]]],
    without: "The router calls nobody when an answer has ended.",
    isOptional: true,
  },
] as const satisfies readonly FeatureNeeds[];

/** The name of a feature that a schema may lack. */
export type SchemaFeature = (typeof features)[number]["feature"];

/** A feature that a schema lacks. */
export interface MissingFeature {
  /** The feature's name. */
  readonly feature: SchemaFeature;
  /** What the schema lacks for it, as `Model` or `Model.column`. */
  readonly missing: readonly string[];
  /** What happens without it. */
  readonly without: string;
  /** True when the router works without it, too. */
  readonly isOptional: boolean;
}

/**
 * Finds the features that a schema lacks.
 *
 * @param columns the columns of each model; null for a model that does not exist.
 */
export function missingFeatures(
  names: ModelNames,
  columns: { readonly [Role in TableRole]-?: ReadonlySet<string> | null },
): readonly MissingFeature[] {
  return features.flatMap((entry): MissingFeature[] => {
    const { feature, needs, without } = entry;
    const missing = needs.flatMap(([role, needed]): string[] => {
      const known = columns[role];
      if (known === null) return [names[role]];
      return needed
        .filter((column) => !known.has(column))
        .map((column) => `${names[role]}.${column}`);
    });
    const isOptional = "isOptional" in entry;
    return missing.length === 0 ? [] : [{ feature, missing, without, isOptional }];
  });
}

/**
 * What the router lacks: everything that the missing features need, except for the optional ones.
 *
 * @param uses the optional features that this router needs.
 * @returns models first, then columns in the order of their models.
 */
export function missingForRouter(
  names: ModelNames,
  missing: readonly MissingFeature[],
  uses: readonly SchemaFeature[] = [],
): readonly string[] {
  const needed = missing.flatMap(({ feature, isOptional, missing: parts }) =>
    isOptional && !uses.includes(feature) ? [] : parts,
  );
  const models = [
    names.chat,
    names.message,
    names.toolCall,
    names.request,
    names.chunk,
    names.usage,
    names.usageDay,
    names.account,
    names.attachment,
    names.storedFile,
  ];
  // A whole model has no column, so that it is not among these and comes first.
  const place = (name: string): number => models.findIndex((model) => name.startsWith(`${model}.`));
  return [...new Set(needed)].toSorted((a, b) => place(a) - place(b));
}
