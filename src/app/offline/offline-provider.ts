import { createHash } from "node:crypto";
import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Message,
  Provider,
  ToolCall,
  Usage,
} from "@node-llm/core";
import { attachedFiles } from "./attached-files.ts";
import { answerFiles, composeAnswer } from "./compose-answer.ts";
import { nameChat } from "./name-chat.ts";
import { queryTerms } from "./query-terms.ts";
import { parsePassages, searchDocsName } from "./search-docs-tool.ts";
import { parseReceipt, sendFeedbackName } from "./send-feedback-tool.ts";
import { smallTalk } from "./small-talk.ts";
import { jsonWords, pause, streamWords } from "./stream-words.ts";

const offlineModel = "offline";

export interface OfflineProviderOptions {
  /**
   * How fast to stream answers. `Infinity` streams them without a delay.
   *
   * @default 40
   */
  readonly wordsPerSecond?: number;
}

/** The model's next step: an answer or a tool call. */
type Step =
  | { readonly type: "answer"; readonly text: string }
  | { readonly type: "tool"; readonly call: ToolCall };

/**
 * Creates a NodeLLM provider that works offline. It answers questions about this package with what it finds
 * with the `search_docs` tool. The same history always gives the same answer.
 */
export function createOfflineProvider(options: OfflineProviderOptions = {}): Provider {
  const wordsPerSecond = options.wordsPerSecond ?? 40;
  const hesitation = Number.isFinite(wordsPerSecond) ? 350 : 0;
  return {
    id: "offline",
    defaultModel: () => offlineModel,
    capabilities: {
      supportsTools: () => true,
      supportsVision: () => false,
      supportsStructuredOutput: () => false,
      supportsEmbeddings: () => false,
      supportsImageGeneration: () => false,
      supportsTranscription: () => false,
      supportsModeration: () => false,
      supportsReasoning: () => false,
      supportsDeveloperRole: () => false,
      supportsToolChoice: () => true,
      getContextWindow: () => null,
    },
    formatToolResultMessage: (toolCallId, content, result) => ({
      role: "tool",
      tool_call_id: toolCallId,
      content,
      ...(result?.isError === undefined ? {} : { isError: result.isError }),
    }),
    async chat(request): Promise<ChatResponse> {
      const title = nameChat(request);
      if (title !== null) return { content: title, usage: usageOf(request, title) };
      const step = nextStep(request);
      return step.type === "tool"
        ? { content: null, tool_calls: [step.call], usage: usageOf(request, "") }
        : { content: step.text, usage: usageOf(request, step.text) };
    },
    async *stream(request): AsyncGenerator<ChatChunk> {
      const signal = request["signal"] instanceof AbortSignal ? request["signal"] : undefined;
      const step = nextStep(request);
      await pause(hesitation, signal);
      if (step.type === "tool") {
        for await (const call of growing(step.call, wordsPerSecond, signal)) {
          yield { content: "", tool_calls: [call] };
        }
        yield { content: "", usage: usageOf(request, step.call.function.arguments), done: true };
        return;
      }
      for await (const word of streamWords(step.text, wordsPerSecond, signal)) {
        yield { content: word };
      }
      yield { content: "", usage: usageOf(request, step.text), done: true };
    },
  };
}

/** Yields the call again and again while its arguments grow, so that readers see it from their first byte. */
async function* growing(
  call: ToolCall,
  wordsPerSecond: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ToolCall> {
  let written = "";
  const { arguments: text } = call.function;
  for await (const word of streamWords(text, wordsPerSecond, signal, jsonWords)) {
    written += word;
    yield { ...call, function: { ...call.function, arguments: written } };
  }
}

function nextStep(request: ChatRequest): Step {
  const questionAt = request.messages.findLastIndex((message) => message.role === "user");
  const files = attachedFiles(request.messages[questionAt]);
  if (files.length > 0) return { type: "answer", text: answerFiles(files) };
  const question = textOf(request.messages[questionAt]);
  const feedback = offersTool(request, sendFeedbackName) ? feedbackIn(question) : null;
  const isFirst = !request.messages.slice(0, questionAt).some(({ role }) => role === "assistant");
  const found = toolResult(request.messages.slice(questionAt + 1));
  if (found !== null) {
    const text = feedback === null ? answerFrom(question, found, isFirst) : thankFor(found);
    return { type: "answer", text };
  }
  if (feedback === "") return { type: "answer", text: askForFeedback };
  if (feedback !== null) {
    return { type: "tool", call: toolCall(sendFeedbackName, { feedback }, request) };
  }

  const talk = smallTalk(question);
  if (talk !== null) return { type: "answer", text: talk };

  const query = searchQuery(question, textOf(earlierQuestion(request.messages, questionAt)));
  if (query === "" || !offersTool(request, searchDocsName)) {
    return { type: "answer", text: composeAnswer(question, [], isFirst) };
  }
  return { type: "tool", call: toolCall(searchDocsName, { query }, request) };
}

function answerFrom(question: string, result: string, isFirst: boolean): string {
  const passages = parsePassages(result);
  if (passages === null) {
    return `I couldn’t search the documentation, so I can’t answer “${question.trim()}” right now. Please try again.`;
  }
  return composeAnswer(question, passages, isFirst);
}

/** The keywords of the question or, if it has none, like “and why?”, those of the question before. */
function searchQuery(question: string, earlier: string): string {
  const terms = queryTerms(question);
  return (terms.length > 0 ? terms : queryTerms(earlier)).slice(0, 12).join(" ");
}

const askForFeedback =
  "What would you like to say? Put it after a colon, like this: “Send feedback: the tables are easy to read”.";

/** The feedback in a question: empty if the user has not written any, null for any other question. */
function feedbackIn(question: string): string | null {
  const match = /^(?:please )?(?:send|leave|give)\b.{0,24}?\bfeedback\b[\s:,–-]*(.*)$/is.exec(
    question.trim(),
  );
  return match === null ? null : (match[1]?.trim() ?? "");
}

function thankFor(result: string): string {
  const file = parseReceipt(result);
  if (file === null) return `I didn’t send it.\n\n> ${result.trim().replaceAll("\n", "\n> ")}`;
  return `Thank you! I saved it to \`${file}\` on the server. I asked first because \`${sendFeedbackName}\` does something outside this chat. While I was waiting, you could even have reloaded the page or restarted the server.`;
}

function toolCall(
  name: string,
  args: Readonly<Record<string, string>>,
  request: ChatRequest,
): ToolCall {
  const text = JSON.stringify(args);
  const digest = createHash("sha256").update(`${request.messages.length}\n${text}`).digest("hex");
  return {
    id: `call_${digest.slice(0, 16)}`,
    type: "function",
    function: { name, arguments: text },
  };
}

function offersTool(request: ChatRequest, name: string): boolean {
  if (request.tool_choice === "none") return false;
  return request.tools?.some((tool) => tool.function.name === name) ?? false;
}

function toolResult(messages: readonly Message[]): string | null {
  const message = messages.findLast((item) => item.role === "tool");
  return message === undefined ? null : textOf(message);
}

function earlierQuestion(messages: readonly Message[], before: number): Message | undefined {
  return messages.slice(0, Math.max(before, 0)).findLast((message) => message.role === "user");
}

function textOf(message: Message | undefined): string {
  const content = message?.content ?? "";
  if (!Array.isArray(content)) return String(content);
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** Estimates the tokens at four characters each. They cost nothing. */
function usageOf(request: ChatRequest, output: string): Usage {
  const input = request.messages.reduce((sum, message) => sum + textOf(message).length, 0);
  const input_tokens = Math.ceil(input / 4);
  const output_tokens = Math.ceil(output.length / 4);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens, cost: 0 };
}
