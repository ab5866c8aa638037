"use client";

import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

interface DisclosureProps {
  readonly summary: ReactNode;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  /** Rendered only while the card is open. */
  readonly children: ReactNode;
  /** Shown below the card's content, whether it is open or not. */
  readonly footer?: ReactNode;
}

/** A card that opens to show more. */
export function Disclosure({ summary, isOpen, onToggle, children, footer }: DisclosureProps) {
  return (
    <div className="overflow-hidden rounded-xl border border-border bg-muted text-sm">
      <details open={isOpen}>
        <summary
          className="flex h-9 list-none items-center gap-2 px-3 hover:bg-accent focus-visible:rounded-[11px] focus-visible:-outline-offset-2 pointer-coarse:h-11 [&::-webkit-details-marker]:hidden"
          onClick={(event) => {
            // React controls the state, so that the content of a closed card is not rendered.
            event.preventDefault();
            onToggle();
          }}
        >
          {summary}
          <ChevronRight
            aria-hidden
            className={`ms-auto size-4 shrink-0 text-muted-foreground transition-[rotate] rtl:-scale-x-100 ${isOpen ? "rotate-90" : ""}`}
          />
        </summary>
        {isOpen && <div className="border-t border-border px-3 py-1.5">{children}</div>}
      </details>
      {footer}
    </div>
  );
}
