import type { JsonRecord } from "../../../shared/json-value.ts";
import { asArray, asNumber, asRecord, asText, isRecord } from "../../../shared/json-value.ts";
import type { DialectReader } from "./dialect.ts";
import { applyFinishWord } from "./finish-words.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";
import { readWireError } from "./wire-error.ts";
import { asTokens, sumTokens } from "./wire-usage.ts";

/**
 * Reads Bedrock's Converse API:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html.
 */
export class BedrockReader implements DialectReader {
  readonly #answer: WireAnswer;
  readonly #target: CallTarget;

  constructor(answer: WireAnswer, target: CallTarget) {
    this.#answer = answer;
    this.#target = target;
  }

  /** @param name the type of the event or of the exception, which the API writes beside the JSON. */
  readEvent(json: unknown, name = ""): void {
    if (!isRecord(json)) return;
    if (/exception$/i.test(name)) {
      const error = readWireError(
        { type: name, ...json, error: { type: name, ...json } },
        this.#target,
      );
      this.#answer.isReadable = true;
      if (error !== null) this.#answer.fail(error);
      return;
    }
    if (isRecord(json["output"])) this.#readResponse(json);
    else if (name !== "") this.#read(name, json);
    // Some gateways write the type around the event.
    else for (const [type, event] of Object.entries(json)) this.#read(type, asRecord(event));
  }

  #read(name: string, event: JsonRecord): void {
    const answer = this.#answer;
    const index = asNumber(event["contentBlockIndex"]) || 0;
    switch (name) {
      case "messageStart":
        answer.isReadable = true;
        return;
      case "contentBlockStart":
        this.#readBlock(index, asRecord(event["start"]));
        return;
      case "contentBlockDelta":
        this.#readBlock(index, asRecord(event["delta"]));
        return;
      case "messageStop":
        answer.isReadable = true;
        applyFinishWord(answer, event["stopReason"], this.#target);
        return;
      case "metadata":
        this.#readUsage(event["usage"]);
        return;
      default: // The end of a block, or an event of a newer version of the API.
    }
  }

  #readResponse(response: JsonRecord): void {
    this.#answer.isReadable = true;
    const message = asRecord(asRecord(response["output"])["message"]);
    for (const [index, block] of asArray(message["content"]).entries())
      this.#readBlock(index, asRecord(block));
    this.#readUsage(response["usage"]);
    applyFinishWord(this.#answer, response["stopReason"], this.#target);
  }

  /** A block, or a piece of one. */
  #readBlock(index: number, block: JsonRecord): void {
    const answer = this.#answer;
    answer.appendText(asText(block["text"]));
    const reasoning = asRecord(block["reasoningContent"]);
    answer.appendThinking(
      asText(reasoning["text"]) || asText(asRecord(reasoning["reasoningText"])["text"]),
    );
    const call = block["toolUse"];
    if (!isRecord(call)) return;
    const { input } = call;
    answer.addToolCall({
      id: asText(call["toolUseId"]),
      index,
      name: asText(call["name"]),
      arguments: isRecord(input) ? JSON.stringify(input) : asText(input),
    });
  }

  #readUsage(usage: unknown): void {
    if (!isRecord(usage)) return;
    const cachedTokens = asTokens(usage["cacheReadInputTokens"]);
    const cacheWriteTokens = asTokens(usage["cacheWriteInputTokens"]);
    this.#answer.addUsage({
      inputTokens: sumTokens(usage["inputTokens"], cachedTokens, cacheWriteTokens),
      outputTokens: asTokens(usage["outputTokens"]),
      cachedTokens,
      cacheWriteTokens,
      reasoningTokens: null,
      cost: null,
    });
  }
}
