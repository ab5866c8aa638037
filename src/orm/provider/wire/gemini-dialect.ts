import type { ThinkingConfig } from "@node-llm/core";
import type { JsonRecord } from "../../../shared/json-value.ts";
import { asArray, asRecord, asText, isRecord, parseJson } from "../../../shared/json-value.ts";
import { carriedBy } from "./carried.ts";
import type { DialectReader, RequestRewriter } from "./dialect.ts";
import { applyFinishWord } from "./finish-words.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";
import { readWireError } from "./wire-error.ts";
import { asTokens, sumTokens } from "./wire-usage.ts";

/** Reads Gemini's `generateContent` and `streamGenerateContent`: https://ai.google.dev/api/generate-content. */
export class GeminiReader implements DialectReader {
  readonly #answer: WireAnswer;
  readonly #target: CallTarget;

  constructor(answer: WireAnswer, target: CallTarget) {
    this.#answer = answer;
    this.#target = target;
  }

  readEvent(json: unknown): void {
    // Without `alt=sse`, a stream is one array.
    if (Array.isArray(json)) for (const one of json) this.readEvent(one);
    if (!isRecord(json)) return;
    const answer = this.#answer;
    const error = readWireError(json, this.#target);
    const usage = json["usageMetadata"];
    const feedback = json["promptFeedback"];
    if (error !== null || Array.isArray(json["candidates"]) || isRecord(usage ?? feedback))
      answer.isReadable = true;
    const candidate = asRecord(asArray(json["candidates"])[0]);
    for (const part of asArray(asRecord(candidate["content"])["parts"]))
      if (isRecord(part)) this.#readPart(part);
    if (isRecord(usage)) this.#readUsage(usage);
    if (error !== null) answer.fail(error);
    applyFinishWord(answer, candidate["finishReason"], this.#target);
    if (asText(asRecord(feedback)["blockReason"]) !== "") answer.finish("content_filter");
    else if (answer.finishReason === "stop" && answer.callCount > 0) answer.finish("tool_calls");
  }

  #readPart(part: JsonRecord): void {
    const answer = this.#answer;
    const text = asText(part["text"]);
    if (part["thought"] === true) answer.appendThinking(text);
    else answer.appendText(text);
    const { mimeType, data } = asRecord(part["inlineData"]);
    if (typeof mimeType === "string" && typeof data === "string")
      answer.addAttachment({ mimeType, data });
    const call = part["functionCall"];
    if (!isRecord(call)) return;
    const signature = asText(part["thoughtSignature"]);
    // Each part is a whole call, so each one has an index of its own.
    answer.addToolCall({
      id: asText(call["id"]),
      index: answer.callCount,
      name: asText(call["name"]),
      arguments: JSON.stringify(call["args"] ?? {}),
      ...(signature === "" ? {} : { carried: { signature } }),
    });
  }

  #readUsage(usage: JsonRecord): void {
    this.#answer.addUsage({
      inputTokens: sumTokens(usage["promptTokenCount"], usage["toolUsePromptTokenCount"]),
      // Thinking is charged as output, and not contained in the first figure.
      outputTokens: sumTokens(usage["candidatesTokenCount"], usage["thoughtsTokenCount"]),
      cachedTokens: asTokens(usage["cachedContentTokenCount"]),
      cacheWriteTokens: null,
      reasoningTokens: asTokens(usage["thoughtsTokenCount"]),
      cost: null,
    });
  }
}

/**
 * Puts the signatures back on the calls that they came with: core's calls have no ids, but keep their order. Moves the
 * settings for thinking to where the API takes them: https://ai.google.dev/gemini-api/docs/thinking.
 */
export const rewriteGemini: RequestRewriter = (text, { sent, thinking }) => {
  const signatures = sent.flatMap(({ tool_calls: calls = [] }) =>
    calls.map((call) => carriedBy(call).signature),
  );
  if (thinking === undefined && signatures.every((signature) => signature === undefined))
    return text;
  const { thinking: _thinking, thinkingConfig: _config, ...body } = asRecord(parseJson(text));
  let next = 0;
  const contents = asArray(body["contents"]).map((content) => {
    const parts = asArray(asRecord(content)["parts"]).map((part) => {
      if (!isRecord(part) || !isRecord(part["functionCall"])) return part;
      const thoughtSignature = signatures[next++];
      return thoughtSignature === undefined ? part : { ...part, thoughtSignature };
    });
    return { ...asRecord(content), parts };
  });
  const generationConfig = {
    ...asRecord(body["generationConfig"]),
    ...(thinking === undefined ? {} : { thinkingConfig: toThinkingConfig(thinking) }),
  };
  return JSON.stringify({ ...body, contents, generationConfig });
};

function toThinkingConfig({ effort, budget }: ThinkingConfig): object {
  const thinkingBudget = effort === "none" ? 0 : budget;
  return {
    includeThoughts: effort !== "none",
    ...(thinkingBudget === undefined ? {} : { thinkingBudget }),
  };
}
