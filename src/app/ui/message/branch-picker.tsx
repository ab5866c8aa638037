"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { use } from "react";
import { IconButton } from "../controls/icon-button.tsx";
import { ConversationBusyContext, MessageActionsContext } from "./message-actions.ts";

/** Shows “2/3” between buttons for the previous and next version. */
export function BranchPicker({ message }: { readonly message: ChatMessage }) {
  const { selectBranch } = use(MessageActionsContext);
  const isBusy = use(ConversationBusyContext);
  const { index, count } = message.siblings;
  const step = (direction: "previous" | "next") => {
    const id = message.siblingIds[direction === "previous" ? index - 1 : index + 1];
    const isOff = isBusy || id === undefined;
    return (
      // Not `disabled`, because the button would lose the focus at the first and the last version.
      <IconButton
        label={direction === "previous" ? "Previous version" : "Next version"}
        small
        aria-disabled={isOff}
        data-branch={direction}
        onClick={() => {
          if (!isOff) selectBranch(id, direction);
        }}
      >
        {direction === "previous" ? <ChevronLeft aria-hidden /> : <ChevronRight aria-hidden />}
      </IconButton>
    );
  };
  return (
    <span role="group" aria-label="Versions" className="flex items-center">
      {step("previous")}
      <span className="px-0.5 tabular-nums">
        {index + 1}/{count}
      </span>
      {step("next")}
    </span>
  );
}
