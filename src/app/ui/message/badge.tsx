import type { ReactNode } from "react";

const tones = {
  neutral: "bg-accent text-muted-foreground",
  warning: "bg-warning-muted text-warning",
  danger: "bg-destructive-muted text-destructive",
} as const;

interface BadgeProps {
  readonly tone?: keyof typeof tones;
  readonly children: ReactNode;
}

/** A word with an icon that says what state something is in. */
export function Badge({ tone = "neutral", children }: BadgeProps) {
  return (
    <span
      className={`inline-flex h-6 max-w-full shrink-0 items-center gap-1 rounded-full px-2.5 text-xs font-medium [&>svg]:size-3.5 [&>svg]:shrink-0 forced-colors:border ${tones[tone]}`}
    >
      {children}
    </span>
  );
}
