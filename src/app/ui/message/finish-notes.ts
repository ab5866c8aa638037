import type { LucideIcon } from "lucide-react";
import { Ban, Scissors, ShieldAlert } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";

interface FinishNote {
  readonly icon: LucideIcon;
  readonly badge: string;
  readonly explanation: string;
  /** What the user can do about it. */
  readonly advice: string;
  /** True if another question may get a better answer. */
  readonly canRephrase: boolean;
}

const notes: Partial<Record<NonNullable<ChatMessage["finishReason"]>, FinishNote>> = {
  length: {
    icon: Scissors,
    badge: "Cut off",
    explanation: "The answer reached the model’s length limit.",
    advice: "Send “Go on” to get the rest.",
    canRephrase: false,
  },
  content_filter: {
    icon: ShieldAlert,
    badge: "Filtered",
    explanation: "The model’s provider held back the rest of this answer.",
    advice: "Rephrase your question to get a full answer.",
    canRephrase: true,
  },
  refusal: {
    icon: Ban,
    badge: "Declined",
    explanation: "The model declined to answer.",
    advice: "Rephrase your question, or choose another model.",
    canRephrase: true,
  },
};

/** What there is to say about an answer that is complete, but not all that the user asked for. */
export function finishNote({ status, finishReason }: ChatMessage): FinishNote | undefined {
  return status === "complete" && finishReason !== null ? notes[finishReason] : undefined;
}
