import type { JsonRecord } from "../../../shared/json-value.ts";
import { asArray, asNumber, asRecord, asText, isRecord } from "../../../shared/json-value.ts";
import type { DialectReader } from "./dialect.ts";
import { applyFinishWord } from "./finish-words.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";
import { readWireError } from "./wire-error.ts";
import { asTokens, sumTokens } from "./wire-usage.ts";

/** Reads Anthropic's Messages API: https://docs.anthropic.com/en/api/messages-streaming. */
export class AnthropicReader implements DialectReader {
  readonly #answer: WireAnswer;
  readonly #target: CallTarget;
  /** The block of thinking that is arriving. */
  #thinking: { thinking: string; signature: string } | null = null;

  constructor(answer: WireAnswer, target: CallTarget) {
    this.#answer = answer;
    this.#target = target;
  }

  readEvent(json: unknown): void {
    if (!isRecord(json)) return;
    const answer = this.#answer;
    const error = readWireError(json, this.#target);
    if (error !== null) {
      answer.isReadable = true;
      answer.fail(error);
      return;
    }
    const index = asNumber(json["index"]) || 0;
    switch (json["type"]) {
      case "message_start":
        answer.isReadable = true;
        this.#readUsage(asRecord(json["message"])["usage"]);
        return;
      case "content_block_start":
        this.#startBlock(index, asRecord(json["content_block"]));
        return;
      case "content_block_delta":
        this.#readDelta(index, asRecord(json["delta"]));
        return;
      case "content_block_stop":
        this.#endBlock();
        return;
      case "message_delta":
        this.#readUsage(json["usage"]);
        applyFinishWord(answer, asRecord(json["delta"])["stop_reason"], this.#target);
        return;
      case "message_stop":
        answer.isFinished = true;
        answer.isClosed = true;
        return;
      default:
        // Anything else is a ping, or an event of a newer version of the API.
        if (Array.isArray(json["content"])) this.#readMessage(json);
    }
  }

  /** A whole response. */
  #readMessage(message: JsonRecord): void {
    this.#answer.isReadable = true;
    for (const [index, block] of asArray(message["content"]).entries()) {
      this.#startBlock(index, asRecord(block));
      this.#endBlock();
    }
    this.#readUsage(message["usage"]);
    applyFinishWord(this.#answer, message["stop_reason"], this.#target);
  }

  #startBlock(index: number, block: JsonRecord): void {
    const answer = this.#answer;
    switch (block["type"]) {
      case "text":
        answer.appendText(asText(block["text"]));
        return;
      case "thinking":
        this.#thinking = { thinking: "", signature: "" };
        this.#appendThinking(asText(block["thinking"]), asText(block["signature"]));
        return;
      case "redacted_thinking":
        answer.addThinkingBlock({ type: "redacted_thinking", data: asText(block["data"]) });
        return;
      case "tool_use": {
        const { input } = block;
        // In a stream, an empty input is a placeholder for the pieces that follow.
        const isWhole = isRecord(input) && Object.keys(input).length > 0;
        answer.addToolCall({
          id: asText(block["id"]),
          index,
          name: asText(block["name"]),
          arguments: isWhole ? JSON.stringify(input) : "",
        });
        return;
      }
      default: // A block of a server tool, which says nothing.
    }
  }

  #readDelta(index: number, delta: JsonRecord): void {
    switch (delta["type"]) {
      case "text_delta":
        this.#answer.appendText(asText(delta["text"]));
        return;
      case "thinking_delta":
        this.#appendThinking(asText(delta["thinking"]), "");
        return;
      case "signature_delta":
        this.#appendThinking("", asText(delta["signature"]));
        return;
      case "input_json_delta":
        this.#answer.addToolCall({ index, arguments: asText(delta["partial_json"]) });
        return;
      default: // Citations, for which an answer has no place.
    }
  }

  #appendThinking(thinking: string, signature: string): void {
    this.#answer.appendThinking(thinking);
    this.#thinking ??= { thinking: "", signature: "" };
    this.#thinking.thinking += thinking;
    this.#thinking.signature += signature;
  }

  #endBlock(): void {
    const block = this.#thinking;
    this.#thinking = null;
    // Thinking that was cut off has no signature, and is not accepted back.
    if (block?.thinking && block.signature)
      this.#answer.addThinkingBlock({ type: "thinking", ...block });
  }

  /** `input_tokens` counts neither what was read from the cache nor what was written to it. */
  #readUsage(usage: unknown): void {
    if (!isRecord(usage)) return;
    const cachedTokens = asTokens(usage["cache_read_input_tokens"]);
    const cacheWriteTokens = asTokens(usage["cache_creation_input_tokens"]);
    this.#answer.addUsage({
      inputTokens: sumTokens(usage["input_tokens"], cachedTokens, cacheWriteTokens),
      outputTokens: asTokens(usage["output_tokens"]),
      cachedTokens,
      cacheWriteTokens,
      reasoningTokens: null,
      cost: null,
    });
  }
}
