import type { ReactNode } from "react";

/**
 * A table that scrolls sideways when it is wider than the text. A column is never wider than a part of the screen, so
 * that on a phone its neighbors stay in view.
 */
export function MarkdownTable({
  dir,
  children,
}: {
  readonly dir: "auto" | "rtl" | "ltr";
  readonly children: ReactNode;
}) {
  return (
    <div
      role="region"
      aria-label="Table"
      tabIndex={0}
      className="scroll-cue max-w-full overflow-x-auto rounded-lg border border-border text-sm"
    >
      <table dir={dir} className="w-max min-w-full border-collapse">
        {children}
      </table>
    </div>
  );
}

interface MarkdownCellProps {
  readonly isHeader: boolean;
  readonly align: "left" | "center" | "right" | null;
  readonly children: ReactNode;
}

const alignments = { left: "text-left", center: "text-center", right: "text-right" };

export function MarkdownCell({ isHeader, align, children }: MarkdownCellProps) {
  const Tag = isHeader ? "th" : "td";
  return (
    <Tag
      scope={isHeader ? "col" : undefined}
      className={`max-w-[min(20rem,52vw)] min-w-14 border-border px-3 py-1.5 align-top [overflow-wrap:anywhere] not-first:border-s-0 [tr:not(:last-child)>&]:border-b [thead_&]:border-b ${
        isHeader ? "bg-border/35 font-semibold" : ""
      } ${align === null ? "text-start" : alignments[align]}`}
    >
      {children}
    </Tag>
  );
}
