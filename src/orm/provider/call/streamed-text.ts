import type { ChatChunk } from "@node-llm/core";
import { endsInHalf, withoutHalf } from "../../../shared/cut-text.ts";
import { toStorable } from "../../../chat/storable-text.ts";

type Chunk = Omit<ChatChunk, "tool_calls">;

/** The text and the thinking of one stream, made storable. */
export class StreamedText {
  readonly content = new WholeText();
  readonly thinking = new WholeText();

  /** The chunk with storable text. Half a character at its end waits for the next chunk. */
  push(chunk: Chunk): Chunk {
    const { thinking, reasoning, content } = chunk;
    const thought = thinking?.text;
    return {
      ...chunk,
      content: content ? this.content.push(content) : "",
      ...(thinking === undefined
        ? reasoning && { reasoning: this.thinking.push(reasoning) }
        : {
            thinking: storableThinking({
              ...thinking,
              ...(thought && { text: this.thinking.push(thought) }),
            }),
          }),
    };
  }

  /** What still waits at the end of the stream. */
  end(): Chunk {
    const text = this.thinking.end();
    return { content: this.content.end(), ...(text === "" ? {} : { thinking: { text } }) };
  }
}

/** A text that arrives in pieces, made storable. Half a character at the end of a piece waits for the next piece. */
export class WholeText {
  #half = "";

  /** The piece, preceded by what has waited, without what has to wait. */
  push(piece: string): string {
    const text = this.#half + piece;
    this.#half = endsInHalf(text) ? text.slice(-1) : "";
    return toStorable(withoutHalf(text));
  }

  /** What still waits at the end of the text. */
  end(): string {
    const half = this.#half;
    this.#half = "";
    return toStorable(half);
  }
}

/** Thinking with a storable text and signature. */
export function storableThinking<Thinking extends { text?: string; signature?: string }>(
  thinking: Thinking,
): Thinking {
  const { text, signature } = thinking;
  return {
    ...thinking,
    ...(text === undefined ? {} : { text: toStorable(text) }),
    ...(signature === undefined ? {} : { signature: toStorable(signature) }),
  };
}
