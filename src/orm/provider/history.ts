import type { Message, ToolCall, Usage } from "@node-llm/core";
import { isWaiting } from "../../chat/chat-message.ts";
import { groupBy } from "../../shared/collections/group-by.ts";
import { sentText, userParts } from "../attachments/user-content.ts";
import type { Database } from "../database/database.ts";
import type { SignedPart } from "../messages/stored-parts.ts";
import { decodeParts } from "../messages/stored-parts.ts";
import { placeMessages } from "../messages/place-messages.ts";
import { readBranch, readNewest, readToolCalls } from "../messages/read-branch.ts";
import { argumentsJson } from "../messages/tool-arguments.ts";
import type { SizedFile } from "../usage/estimate-tokens.ts";
import { isTextFile } from "../usage/estimate-tokens.ts";
import { typicalTokens } from "../usage/text-tokens.ts";
import type { ChatRow, MessageRow, ToolCallRow } from "../database/rows.ts";
import type { ThinkingBlock } from "./wire/carried.ts";
import { carry, decodeSignature } from "./wire/carried.ts";
import { objectJson } from "./prepare-request.ts";
import type { UserContents } from "./read-user-contents.ts";
import { inlineContent } from "./read-user-contents.ts";

/** How much of a chat's history is sent to the provider. The newest messages are kept. */
export interface ContextLimits {
  /**
   * At most this many messages, including the question. An answer counts as one, with all of its tool calls.
   *
   * @default "unlimited"
   */
  readonly maxMessages?: number | "unlimited" | undefined;
  /**
   * At most about this many tokens, estimated as one for four characters of ASCII or three bytes of any other, and 1,500
   * for an image or 50 kB of a PDF file.
   *
   * @default in the router, the model's context window without the answer; in `createChat`, `"unlimited"`
   */
  readonly maxTokens?: number | "unlimited" | undefined;
  /**
   * At most this many bytes of files, besides those of the question. The newest files are sent; the others are named in
   * words, with their names, types and sizes.
   *
   * @default 10_000_000
   */
  readonly maxFileBytes?: number | undefined;
}

/**
 * Reads the messages that are sent to the provider, up to the question to answer, and their tool calls.
 *
 * @param answer the pending message, which is left out; null when there is none.
 */
export async function readContext(
  db: Database,
  { id: chatId, lastPosition }: Pick<ChatRow, "id" | "lastPosition">,
  answer: Pick<MessageRow, "id" | "position"> | null,
  limits: ContextLimits,
): Promise<{ rows: readonly MessageRow[]; toolCalls: readonly ToolCallRow[] }> {
  const maxMessages = limitOf(limits.maxMessages);
  const maxTokens = limitOf(limits.maxTokens);
  const count = Math.max(1, Math.floor(maxMessages));
  const near = answer?.position ?? lastPosition;
  const { read, isWhole } = await readRecent(db, chatId, near, count, maxTokens);
  const settled = read.filter((row) => row.id !== answer?.id && row.turnLock == null);
  const recent = settled.slice(Math.max(0, settled.length - count));
  const toolCalls = await readToolCalls(db, recent);
  const rows = maxTokens === Infinity ? recent : withinTokens(recent, toolCalls, maxTokens);
  const isCut = !isWhole || rows.length < settled.length;
  return { rows: isCut ? fromUser(rows) : rows, toolCalls };
}

function limitOf(limit: number | "unlimited" | undefined): number {
  return limit === undefined || limit === "unlimited" ? Infinity : limit;
}

/** How many messages are read at once until their tokens suffice. */
const pageSize = 100;

/**
 * The newest messages of the active branch, oldest first: at least as many as the limits allow. One more than that shows
 * whether the branch is longer.
 */
async function readRecent(
  db: Database,
  chatId: string,
  near: number | null | undefined,
  count: number,
  maxTokens: number,
): Promise<{ readonly read: readonly MessageRow[]; readonly isWhole: boolean }> {
  const isLimited = count !== Infinity || maxTokens !== Infinity;
  // Rows without a position cannot be placed without that feature, so all of them are read.
  const canPage = db.supports("turns") || !db.has("message", "position");
  if (!isLimited || !canPage) return { read: await readBranch(db, chatId), isWhole: true };
  if (db.supports("turns")) await placeMessages(db, chatId);
  if (count !== Infinity) {
    // The answer is among them.
    const rows = await readNewest(db, chatId, count + 2, { near });
    return { read: rows.toReversed(), isWhole: rows.length < count + 2 };
  }
  const rows: MessageRow[] = [];
  for (let tokens = 0; ;) {
    const below = rows.at(-1)?.position ?? undefined;
    const page = await readNewest(db, chatId, pageSize, { below, near });
    if (page.some((row) => row.position == null))
      return { read: await readBranch(db, chatId), isWhole: true };
    rows.push(...page);
    for (const row of page) tokens += tokensOf(row, []);
    const isWhole = page.length < pageSize;
    if (isWhole || tokens > maxTokens) return { read: rows.toReversed(), isWhole };
  }
}

/** Leaves out the oldest messages so that the others fit. The newest one always stays. */
function withinTokens(
  rows: readonly MessageRow[],
  toolCalls: readonly ToolCallRow[],
  maxTokens: number,
): readonly MessageRow[] {
  const callsByMessage = groupBy(toolCalls, (call) => call.messageId);
  let first = rows.length;
  let tokens = 0;
  for (const row of rows.toReversed()) {
    tokens += tokensOf(row, callsByMessage.get(row.id) ?? []);
    if (tokens > maxTokens && first < rows.length) break;
    first--;
  }
  return rows.slice(first);
}

function tokensOf(row: MessageRow, calls: readonly ToolCallRow[]): number {
  const isUser = row.role === "user";
  let tokens = typicalTokens(isUser ? sentText(row) : (row.content ?? ""));
  for (const part of isUser ? userParts(row) : []) {
    if (part.kind !== "other") tokens += fileTokens(part.file);
    else if (part.part.type !== "text") tokens += imageTokens;
  }
  for (const call of calls)
    tokens += typicalTokens(call.arguments) + typicalTokens(call.result ?? "");
  return tokens;
}

/** Most providers count a usual image as 85 to 1,600 tokens, depending on its size. */
const imageTokens = 1_500;
/** A page of a PDF file has about as many tokens as an image, and about this many bytes. */
const pdfPageBytes = 50_000;

/** About how many tokens a usual file has. */
function fileTokens({ mediaType, size }: SizedFile): number {
  if (isTextFile(mediaType)) return Math.ceil(size / 4);
  return imageTokens * (mediaType === "application/pdf" ? Math.ceil(size / pdfPageBytes) : 1);
}

/** Makes a shortened history start with a user message, because providers refuse one that starts with an answer. */
function fromUser(rows: readonly MessageRow[]): readonly MessageRow[] {
  const first = rows.findIndex((row) => row.role === "user");
  return first === -1 ? rows.slice(-1) : rows.slice(first);
}

/**
 * Converts stored messages to those that a provider accepts: text and tool calls in order, each call with its result,
 * and thinking only for the provider that signed it. Providers refuse a call without a result, so such a call gets an
 * error as its result. Empty messages are left out.
 */
export function replay(
  rows: readonly MessageRow[],
  toolCalls: readonly ToolCallRow[],
  provider: string,
  contentOf: UserContents = inlineContent,
): Message[] {
  const callsByMessage = groupBy(toolCalls, (call) => call.messageId);
  return rows.flatMap((row, index): Message[] => {
    if (row.role === "assistant")
      return replayAnswer(row, callsByMessage.get(row.id) ?? [], provider);
    if (row.role !== "user" && row.role !== "system") return [];
    const content = contentOf(row);
    // The question is sent even if it is blank, so that the provider's refusal says what is wrong with it.
    const isQuestion = index === rows.length - 1;
    const isBlank = typeof content === "string" && content.trim() === "";
    return isBlank && !isQuestion ? [] : [{ role: row.role, content }];
  });
}

function replayAnswer(row: MessageRow, calls: readonly ToolCallRow[], provider: string): Message[] {
  const byId = new Map(calls.map((call) => [call.toolCallId, call]));
  const isOwn = row.provider === provider;
  const messages: Message[] = [];
  let text = "";
  let thinking: ThinkingBlock[] = [];
  let reasoning = "";
  let open: ToolCallRow[] = [];
  const flush = (): void => {
    const content = text.trim() === "" ? null : text;
    if (open.length > 0) {
      const toolCalls = open.map((call) =>
        isOwn ? carry(toToolCall(call), decodeSignature(call.thoughtSignature)) : toToolCall(call),
      );
      const message: Message = { role: "assistant", content, tool_calls: toolCalls };
      messages.push(carry(message, { thinking, reasoning }), ...open.map(toToolResult));
    } else if (content !== null) {
      messages.push(carry({ role: "assistant", content }, { thinking }));
    }
    text = "";
    thinking = [];
    reasoning = "";
    open = [];
  };
  for (const { part, signature } of answerParts(row, calls)) {
    // Data is for pages alone.
    if (part.type === "data") continue;
    if (part.type === "tool") {
      const call = byId.get(part.toolCallId);
      if (call === undefined) continue;
      if (open.length > 0 && (open[0]?.step ?? 0) !== (call.step ?? 0)) flush();
      open.push(call);
    } else {
      if (open.length > 0) flush();
      if (part.type === "text") text += part.text;
      else if (isOwn) {
        reasoning += part.text;
        if (signature !== null && part.text !== "")
          thinking.push({ type: "thinking", thinking: part.text, signature });
      }
    }
  }
  flush();
  const last = messages.at(-1);
  const usage = usageOf(row);
  if (last !== undefined && usage !== undefined) last.usage = usage;
  return messages;
}

/** The usage of a whole answer. It is not sent; `Chat.totalUsage` and the app's hooks read it, as in core. */
function usageOf({ inputTokens, outputTokens, cachedTokens, cost }: MessageRow): Usage | undefined {
  if (inputTokens === null && outputTokens === null) return undefined;
  const [input, output] = [inputTokens ?? 0, outputTokens ?? 0];
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    ...(cachedTokens == null ? {} : { cached_tokens: cachedTokens }),
    ...(cost == null ? {} : { cost }),
  };
}

/** The parts in order. A row without an order has the thinking before a tool call in the call's row. */
function answerParts(row: MessageRow, calls: readonly ToolCallRow[]): SignedPart[] {
  const thinking = row.thinkingText ?? "";
  const ids = calls.map((call) => call.toolCallId);
  const parts = decodeParts(row.parts, row.content ?? "", thinking, ids);
  if (row.parts != null) return parts;
  if (calls.length === 0)
    return parts.map(({ part }) => ({
      part,
      signature: part.type === "thinking" ? row.thinkingSignature : null,
    }));
  const before = new Map(calls.map((call) => [call.toolCallId, call]));
  return parts.flatMap((entry): SignedPart[] => {
    if (entry.part.type === "thinking") return [];
    const call = entry.part.type === "tool" ? before.get(entry.part.toolCallId) : undefined;
    if (call?.thought == null) return [entry];
    const thought = { type: "thinking" as const, text: call.thought };
    return [{ part: thought, signature: call.thoughtSignature }, entry];
  });
}

/** A stored tool call as core knows it. */
export function toToolCall(call: ToolCallRow): ToolCall {
  return {
    id: call.toolCallId,
    type: "function",
    function: { name: call.name, arguments: objectJson(argumentsJson(call.arguments)) },
  };
}

function toToolResult(call: ToolCallRow): Message {
  const isError = call.result === null || call.status === "error";
  return {
    role: "tool",
    tool_call_id: call.toolCallId,
    content: call.result ?? missingResult(call),
    ...(isError ? { isError } : {}),
  };
}

function missingResult(call: ToolCallRow): string {
  return isWaiting(call.status) ? "The tool was proposed and has not been run." : unfinishedTool;
}

/** The result of a call that has none, in an answer that has ended. */
const unfinishedTool = "Error: the tool did not finish and has no result.";
