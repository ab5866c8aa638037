import { describeProviderError } from "../../../src/orm/failures/describe-provider-error.ts";
import type { DialectName } from "../../../src/orm/provider/wire/dialects.ts";
import { dialects } from "../../../src/orm/provider/wire/dialects.ts";
import { WireReader } from "../../../src/orm/provider/wire/wire-reader.ts";
import { callText } from "./case-differences.ts";

/** What a reader has read. */
export interface WireOutcome {
  readonly text: string;
  readonly thinking: string;
  /** As `callText` writes them, in the order of the calls. */
  readonly toolCalls: readonly string[];
  readonly finishReason: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly error: string | null;
  /** Whether the provider has said that the answer is complete. */
  readonly isFinished: boolean;
}

/** Reads a response without HTTP. */
export function readWire(
  { dialect, provider, model }: { dialect: DialectName; provider: string; model: string },
  packets: readonly Uint8Array[],
): WireOutcome {
  const reader = new WireReader(dialects[dialect], { provider, model });
  const { answer } = reader;
  let text = "";
  let thinking = "";
  const take = (): void => {
    for (const piece of answer.takePieces()) {
      if (piece.type === "text") text += piece.text;
      else if (piece.type === "thinking") thinking += piece.text;
    }
  };
  for (const packet of packets) {
    reader.push(packet);
    take();
  }
  reader.end();
  take();
  const { usage, error } = answer;
  return {
    text,
    thinking,
    toolCalls: error !== null || !answer.isFinished ? [] : answer.toolCalls.map(toText),
    finishReason: error === null ? answer.finishReason : null,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    cachedTokens: usage?.cachedTokens ?? null,
    error: error === null ? null : describeProviderError(error).code,
    isFinished: answer.isFinished && error === null,
  };
}

function toText(call: { function: { name: string; arguments: string } }): string {
  const { name, arguments: text } = call.function;
  let args: unknown = text;
  try {
    args = JSON.parse(text === "" ? "{}" : text);
  } catch {
    // The text shows that it is not JSON.
  }
  return callText({ name, arguments: args });
}
