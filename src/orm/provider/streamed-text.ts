import type { ChatChunk } from "@node-llm/core";
import { toStorable } from "../database/storable-text.ts";
import { WholeText } from "./whole-text.ts";

type Chunk = Omit<ChatChunk, "tool_calls">;

/** The texts of one stream. */
export class StreamedText {
  readonly content = new WholeText();
  readonly thinking = new WholeText();

  /** The chunk with what can be stored of its texts by now. */
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

  /** What is left of them when the stream has ended. */
  end(): Chunk {
    const text = this.thinking.end();
    return { content: this.content.end(), ...(text === "" ? {} : { thinking: { text } }) };
  }
}

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
