import type { ToolApproval, ToolOutput } from "../chat/chat-procedures.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import { ChatHookError } from "./connection/chat-hook-error.ts";
import { runInOneTab } from "./connection/run-in-one-tab.ts";
import type { ChatSession } from "./session/chat-session.ts";
import type { OutputOf } from "./session/respond-to-tool.ts";

/** A tool call that the page is to run. */
export interface PageToolRun<Call extends ChatToolCall = ChatToolCall> {
  /** The call. Its `name` tells the types of its arguments. */
  readonly toolCall: Call & { readonly status: "awaiting_output" };
  /** The answer that waits for it. */
  readonly messageId: string;
  /** Aborts when nobody waits for the output any more. */
  readonly signal: AbortSignal;
}

/** What the page returns of that: the output, or nothing when it calls `respondToTool` itself. */
export type PageToolOutput<Call extends ChatToolCall = ChatToolCall> = OutputOf<Call> | void;

/** `onToolCall` of `useChat`. */
export type OnToolCall<Call extends ChatToolCall = ChatToolCall> =
  | ((run: PageToolRun<Call>) => PageToolOutput<Call> | Promise<PageToolOutput<Call>>)
  | undefined;

/** The calls of each chat that this tab runs, or would run if another one did not. */
const runsOf = new WeakMap<ChatSession, Map<string, AbortController>>();

/**
 * Runs the tools of a chat that the page has to run, each in one tab. Call it when the chat has changed, and when a
 * hook no longer shows it.
 */
export function runTools(session: ChatSession, onToolCall: NonNullable<OnToolCall>): void {
  const runs = runsOf.get(session) ?? new Map<string, AbortController>();
  runsOf.set(session, runs);
  const message = session.isWatched() ? session.activeMessage() : undefined;
  const left = new Map(runs);
  for (const { toolCallId, status } of message?.toolCalls ?? []) {
    const name = message?.id + toolCallId;
    const isWaiting = status === "awaiting_output";
    // It is shown as running while its output is on the way to the server.
    if (isWaiting || status === "running") left.delete(name);
    if (!isWaiting || runs.has(name) || !message) continue;
    const controller = new AbortController();
    const { signal } = controller;
    runs.set(name, controller);
    runInOneTab(name, signal, () => run(session, onToolCall, message.id, toolCallId, signal));
  }
  for (const [name, controller] of left) {
    controller.abort();
    runs.delete(name);
  }
}

/** Never rejects. */
async function run(
  { messages, actions, setError }: ChatSession,
  onToolCall: NonNullable<OnToolCall>,
  messageId: string,
  toolCallId: string,
  signal: AbortSignal,
): Promise<void> {
  // Another tab may have run it since this page has heard of the chat.
  await messages.refetch();
  const toolCall = messages
    .find(messageId)
    ?.toolCalls.find(
      (call): call is PageToolRun["toolCall"] =>
        call.toolCallId === toolCallId && call.status === "awaiting_output",
    );
  if (!toolCall || signal.aborted) return;
  const send = async (response: ToolApproval | ToolOutput): Promise<void> => {
    // After a stop, nobody waits for a response.
    if (!signal.aborted) await actions.respondToTool({ messageId, toolCallId, ...response });
  };
  try {
    const output = await onToolCall({ toolCall, messageId, signal });
    if (output !== undefined) await send({ output });
  } catch (cause) {
    await send({ approved: false });
    setError(new ChatHookError("TOOL_FAILED", "A tool failed on this page.", false, cause));
  }
}
