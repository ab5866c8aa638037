"use client";

import { Check, X } from "lucide-react";
import type { FormEvent, KeyboardEvent } from "react";
import { use, useId, useRef, useState } from "react";
import { Button } from "../controls/button.tsx";
import { fieldClass } from "../controls/field-class.ts";
import { isComposing } from "../controls/is-composing.ts";
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
    // Enter that ends a composition would otherwise send the form.
    if (isComposing(event) && event.key === "Enter") event.preventDefault();
    if (event.key !== "Escape" || isComposing(event)) return;
    event.stopPropagation();
    back();
  };

  return (
    <div
      ref={root}
      role="group"
      aria-labelledby={questionId}
      className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-border bg-warning-muted px-3 py-2.5"
    >
      <p id={questionId} className="min-w-0 flex-1 basis-48 font-medium">
        Allow <span className="font-mono text-[13px]">{toolName}</span> to run?
      </p>
      {isDenying ? (
        <form className="flex w-full flex-wrap gap-2" onSubmit={deny} onKeyDown={onKeyDown}>
          <input
            dir="auto"
            className={`${fieldClass} h-8 min-w-0 flex-1 basis-48 pointer-coarse:h-10`}
            aria-label="Reason for denying"
            placeholder="Reason (optional)"
            maxLength={1_000}
            value={reason}
            autoFocus
            onChange={(event) => setReason(event.target.value)}
          />
          <Button size="medium" onClick={back}>
            Back
          </Button>
          <Button type="submit" variant="destructive" size="medium" disabled={isSent}>
            Deny
          </Button>
        </form>
      ) : (
        <div className="flex gap-2">
          <Button data-deny size="medium" disabled={isSent} onClick={() => setIsDenying(true)}>
            <X aria-hidden />
            Deny…
          </Button>
          <Button
            data-approve
            variant="primary"
            size="medium"
            disabled={isSent}
            onClick={() => void respond(true)}
          >
            <Check aria-hidden />
            Approve
          </Button>
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
