import { FileText } from "lucide-react";
import type { AppData } from "../app/app-types.ts";

/** Where an answer comes from. */
export function Sources({ part }: { readonly part: AppData }) {
  return (
    <ul aria-label="Sources" className="flex flex-wrap gap-1.5" data-sources>
      {part.data.map(({ document, heading }, index) => (
        <li
          key={index}
          title={`${document}: ${heading}`}
          className="flex h-6 max-w-full min-w-0 items-center gap-1 rounded-full border border-border px-2 text-xs text-muted-foreground"
        >
          <FileText aria-hidden className="size-3 shrink-0" />
          <span className="truncate">{heading.split(" › ").at(-1)}</span>
        </li>
      ))}
    </ul>
  );
}
