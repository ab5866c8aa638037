import type { Database } from "../../orm/database/database.ts";
import type { SchemaFeature } from "../../orm/database/schema-features.ts";
import { missingForRouter } from "../../orm/database/schema-features.ts";
import { checkSettings } from "../../orm/provider/check-settings.ts";
import { checkTimeouts } from "../../orm/provider/check-timeouts.ts";
import { checkFallback } from "../../orm/provider/resolve-llm.ts";
import { requireObject } from "../../orm/tools/require-object.ts";
import { checkApprovalTimeout } from "./requires-approval.ts";
import { warnServerless } from "./warn-serverless.ts";
import type { ChatRouterOptions, ChatTitleOptions } from "../chat-router-options.ts";
import { schemaMismatch } from "../errors.ts";

/** @throws ChatError `CONFIGURATION` when an option is invalid. */
export function checkOptions<Context>(options: ChatRouterOptions<Context>): void {
  warnServerless(options.background);
  checkApprovalTimeout(options.approvalTimeout);
  const { maxSubscriptionAge, context, titles } = options;
  checkTimeouts("createChatRouter", { maxSubscriptionAge });
  checkSettings("createChatRouter", {
    ...options,
    context: typeof context === "function" ? undefined : context,
  });
  if (titles != null && typeof titles === "object") checkTitles(titles);
  if (typeof options.fallback !== "function") checkFallback(options.fallback ?? []);
  requireObject("createChatRouter: `schema`", options.schema);
  for (const [name, schema] of Object.entries(options.data ?? {}))
    requireObject(`createChatRouter: the schema of the data '${name}'`, schema);
}

/** @throws ChatError `CONFIGURATION` when the timeout is no time. */
export function checkTitles({ timeout }: ChatTitleOptions): void {
  checkTimeouts("createChatRouter: `titles`", { timeout });
}

/** @throws ChatError `SCHEMA_MISMATCH` when the schema lacks what a router with these options needs. */
export function checkSchemaOf<Context>(
  db: Database,
  { attachments, onFinish, metadata, schema }: ChatRouterOptions<Context>,
): void {
  const uses: SchemaFeature[] = [];
  if (attachments !== undefined) uses.push("storedFiles");
  if (onFinish !== undefined) uses.push("finishCallbacks", "messageMetadata");
  if (metadata !== undefined) uses.push("messageMetadata");
  if (schema !== undefined) uses.push("objects");
  const missing = missingForRouter(db.names, db.missing, uses);
  if (missing.length > 0) throw schemaMismatch(missing);
}
