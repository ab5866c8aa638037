"use client";

import { Check, X } from "lucide-react";
import type { FormEvent, KeyboardEvent } from "react";
import { use, useId, useRef, useState } from "react";
import { ConversationActionsContext } from "../message/conversation-actions.ts";

interface ToolApprovalProps {
  readonly messageId: string;
  readonly toolCallId: string;
  /** The tool's. */
  readonly name: string;
}

/** The question whether a tool may run. A denial can have a reason, which the model is told. */
export function ToolApproval({ messageId, toolCallId, name }: ToolApprovalProps) {
  const { respondToTool } = use(ConversationActionsContext);
  const [isDenying, setIsDenying] = useState(false);
  const [isSent, setIsSent] = useState(false);
  const [reason, setReason] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const questionId = useId();

  const respond = async (approved: boolean): Promise<void> => {
    setIsSent(true);
    // The buttons go away, so the focus goes on to the next question, or stays at this card.
    const card = root.current?.closest<HTMLElement>("[data-tool]");
    if (card !== undefined && card !== null) focusAfter(card);
    const isHeard = await respondToTool({
      messageId,
      toolCallId,
      approved,
      ...(!approved && reason.trim() !== "" && { reason: reason.trim() }),
    });
    if (!isHeard) setIsSent(false);
  };
  const deny = (event: FormEvent): void => {
    event.preventDefault();
    if (!isSent) void respond(false);
  };
  const back = (): void => {
    setIsDenying(false);
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>("[data-deny]")?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    back();
  };

  return (
    <div ref={root} role="group" aria-labelledby={questionId} className="tool-approval">
      <p id={questionId} className="min-w-0 flex-1 basis-48 font-medium">
        Allow <span className="font-mono text-[13px]">{name}</span> to run?
      </p>
      {isDenying ? (
        <form className="flex w-full flex-wrap gap-2" onSubmit={deny} onKeyDown={onKeyDown}>
          <input
            className="text-field min-w-0 flex-1 basis-48"
            aria-label="Reason for the denial"
            placeholder="Why not? (optional)"
            maxLength={1_000}
            value={reason}
            autoFocus
            onChange={(event) => setReason(event.target.value)}
          />
          <button type="button" className="text-button" onClick={back}>
            Back
          </button>
          <button type="submit" className="text-button text-button-danger" disabled={isSent}>
            Deny
          </button>
        </form>
      ) : (
        <div className="flex gap-2">
          <button
            type="button"
            data-deny
            className="text-button"
            disabled={isSent}
            onClick={() => setIsDenying(true)}
          >
            <X aria-hidden />
            Deny…
          </button>
          <button
            type="button"
            data-approve
            className="text-button text-button-accent"
            disabled={isSent}
            onClick={() => void respond(true)}
          >
            <Check aria-hidden />
            Approve
          </button>
        </div>
      )}
    </div>
  );
}

function focusAfter(card: HTMLElement): void {
  const message = card.closest("[data-message-id]");
  const waiting = [...(message?.querySelectorAll<HTMLElement>("[data-approve]") ?? [])];
  const next = waiting.find((button) => !card.contains(button));
  (next ?? card.querySelector<HTMLElement>("summary"))?.focus({ preventScroll: true });
}
