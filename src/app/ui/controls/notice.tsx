import type { ReactNode } from "react";

interface NoticeProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
}

/** A full-page message. */
export function Notice({ icon, title, children }: NoticeProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-3 overflow-y-auto px-6 py-10 text-center text-sm text-muted-foreground">
      <span className="text-primary [&>svg]:size-8">{icon}</span>
      <h1 className="text-lg font-semibold text-balance text-foreground">{title}</h1>
      <div className="flex max-w-lg flex-col items-center gap-4 text-pretty [overflow-wrap:anywhere]">
        {children}
      </div>
    </div>
  );
}
