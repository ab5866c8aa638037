import type { FoldedCall, FoldedText, StartPart, TextKind } from "../../chat/answer-fold.ts";
import { AnswerFold } from "../../chat/answer-fold.ts";
import type { MessagePart } from "../../chat/chat-message.ts";
import type { TextLog } from "../../shared/text-log.ts";

/**
 * The fold of an answer with what only its provider needs back: the signatures of its thinking, and the calls of the
 * provider as steps. A signature and a step close the part before them.
 */
export class SignedFold<Call extends FoldedCall> extends AnswerFold<Call, TextLog> {
  protected override addPart(part: StartPart): void {
    super.addPart(part);
    if (part.signature) this.sign(part.signature);
  }

  /** @param isNew true to start a new part in any case. */
  override append(type: TextKind, text: string, isNew = false): void {
    const last = this.parts.at(-1);
    const isClosed = isNew || (last !== undefined && "signature" in last);
    if (text !== "" && isClosed) this.startPart(type);
    super.append(type, text);
  }

  /** Signs the newest thinking part. */
  sign(signature: string): void {
    const last = this.parts.findLast(
      (part): part is FoldedText<TextLog> => part.type === "thinking",
    );
    if (last !== undefined) last.signature = signature;
  }

  /** Returns a function that puts the parts back as they are now. */
  saveParts(): () => void {
    const parts = [...this.parts];
    const { text } = this.lengths;
    return () => {
      this.parts.splice(0, this.parts.length, ...parts);
      this.lengths.text = text;
    };
  }
}

/** The parts, with neighbors of one kind of text as one: readers do not see where a provider signed its thinking. */
export function mergeNeighbors(parts: readonly MessagePart[]): MessagePart[] {
  const merged: MessagePart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if ("text" in part && last?.type === part.type)
      merged.splice(-1, 1, { type: part.type, text: last.text + part.text });
    else merged.push(part);
  }
  return merged;
}
