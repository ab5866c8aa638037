import { CircleAlert, Info, Lightbulb, MessageSquareWarning, TriangleAlert } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

const kinds = {
  note: { title: "Note", icon: Info, color: "border-s-(--code-title) text-(--code-title)" },
  tip: { title: "Tip", icon: Lightbulb, color: "border-s-primary text-primary" },
  important: {
    title: "Important",
    icon: MessageSquareWarning,
    color: "border-s-(--code-keyword) text-(--code-keyword)",
  },
  warning: { title: "Warning", icon: TriangleAlert, color: "border-s-warning text-warning" },
  caution: {
    title: "Caution",
    icon: CircleAlert,
    color: "border-s-destructive text-destructive",
  },
} as const satisfies Readonly<
  Record<string, { readonly title: string; readonly icon: LucideIcon; readonly color: string }>
>;

export type AlertKind = keyof typeof kinds;

/** Reads the first line of a quote: `[!NOTE]` and so on make it an alert, as on GitHub. */
export function readAlertKind(line: string): AlertKind | null {
  const name = /^\[!([a-z]+)\][ \t]*$/i.exec(line)?.[1]?.toLowerCase() ?? "";
  return name in kinds ? (name as AlertKind) : null;
}

/** A box that stands out from the text. */
export function MarkdownAlert({
  kind,
  dir,
  children,
}: {
  readonly kind: AlertKind;
  readonly dir: "auto" | "rtl" | "ltr";
  readonly children: ReactNode;
}) {
  const { title, icon: Icon, color } = kinds[kind];
  const [border, text] = color.split(" ");
  return (
    <div
      role="note"
      dir={dir}
      aria-label={title}
      data-alert={kind}
      className={`flex flex-col gap-1.5 rounded-e-lg border-s-4 bg-muted py-2 ps-3.5 pe-3 ${border}`}
    >
      <p className={`flex items-center gap-1.5 font-semibold ${text}`}>
        <Icon aria-hidden className="size-4 shrink-0" />
        {title}
      </p>
      {children}
    </div>
  );
}
