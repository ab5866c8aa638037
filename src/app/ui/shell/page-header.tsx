import type { ReactNode } from "react";

interface PageHeaderProps {
  /** True on an empty page, which needs no line below its header, and no header on a wide screen. */
  readonly isBare?: boolean;
  readonly children: ReactNode;
}

/** The bar above a page. */
export function PageHeader({ isBare = false, children }: PageHeaderProps) {
  return (
    <header
      className={`flex h-13 shrink-0 items-center gap-1 border-b px-2 md:px-4 ${
        isBare ? "border-transparent md:not-in-data-[sidebar=collapsed]:hidden" : "border-border"
      }`}
    >
      {children}
    </header>
  );
}
