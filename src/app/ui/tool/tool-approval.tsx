"use client";

import { Check, X } from "lucide-react";
import type { FormEvent, KeyboardEvent } from "react";
import { use, useId, useRef, useState } from "react";
import { RespondToToolContext } from "./tool-decision.ts";

interface ToolApprovalProps {
  readonly messageId: string;
  readonly toolCallId: string;
  readonly toolName: string;
}

/** Asks whether a tool may run. A denial can include a reason, which the model sees. */
export function ToolApproval({ messageId, toolCallId, toolName }: ToolApprovalProps) {
  const respondToTool = use(RespondToToolContext);
  const [isDenying, setIsDenying] = useState(false);
  const [isSent, setIsSent] = useState(false);
  const [reason, setReason] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const questionId = useId();

  const respond = async (approved: boolean): Promise<void> => {
    setIsSent(true);
    // The buttons are about to disappear, so the focus moves to the next request, or to this card.
    const card = root.current?.closest<HTMLElement>("[data-tool]");
    if (card !== undefined && card !== null) focusAfter(card);
    const isAccepted = await respondToTool({
      messageId,
      toolCallId,
      approved,
      ...(!approved && reason.trim() !== "" && { reason: reason.trim() }),
    });
    if (!isAccepted) setIsSent(false);
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
        Allow <span className="font-mono text-[13px]">{toolName}</span> to run?
      </p>
      {isDenying ? (
        <form className="flex w-full flex-wrap gap-2" onSubmit={deny} onKeyDown={onKeyDown}>
          <input
            className="text-field min-w-0 flex-1 basis-48"
            aria-label="Reason for denying"
            placeholder="Reason (optional)"
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
