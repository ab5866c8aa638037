"use client";

import { LongContent } from "../controls/long-content.tsx";

interface UserBubbleProps {
  readonly text: string;
  /** True for a message that appears while the user looks at the chat. */
  readonly isNew: boolean;
}

/** What the user wrote. A long text is folded. */
export function UserBubble({ text, isNew }: UserBubbleProps) {
  if (text === "") return <div data-message-content hidden />;
  return (
    <div
      data-new={isNew || undefined}
      className="max-w-[85%] rounded-2xl rounded-ee-md bg-secondary px-3.5 py-2 text-secondary-foreground data-new:transition-[opacity,translate] data-new:duration-150 data-new:starting:translate-y-2 data-new:starting:opacity-0 forced-colors:border"
    >
      <LongContent>
        <div
          dir="auto"
          data-message-content
          className="[unicode-bidi:plaintext] whitespace-pre-wrap [overflow-wrap:anywhere]"
        >
          {text}
        </div>
      </LongContent>
    </div>
  );
}
