"use client";

import type { MouseEvent, ReactNode } from "react";
import { createContext, use } from "react";

interface FootnoteNames {
  /** Makes the ids of this text's footnotes unique on the page. */
  readonly prefix: string;
  readonly numbers: ReadonlyMap<string, number>;
  /** The labels of the footnotes that exist already. */
  readonly labels: ReadonlySet<string>;
}

export const FootnoteContext = createContext<FootnoteNames>({
  prefix: "",
  numbers: new Map(),
  labels: new Set(),
});

/** The number of a footnote, which leads to it. While a text streams, the footnote may not be there yet. */
export function FootnoteRef({ label }: { readonly label: string }) {
  const { prefix, numbers, labels } = use(FootnoteContext);
  const number = numbers.get(label) ?? label;
  return (
    <sup data-footnote-ref={`${prefix}${label}`} className="text-[0.7em]">
      {labels.has(label) ? (
        <a
          href={`#${prefix}${label}`}
          aria-label={`Footnote ${number}`}
          className="px-0.5 text-primary underline underline-offset-2"
          onClick={(event) => jump(event, document.getElementById(`${prefix}${label}`))}
        >
          {number}
        </a>
      ) : (
        number
      )}
    </sup>
  );
}

/** The footnotes of a text. */
export function Footnotes({ children }: { readonly children: ReactNode }) {
  return (
    <section
      aria-label="Footnotes"
      className="mt-1 border-t border-border pt-3 text-sm text-muted-foreground"
    >
      <ol className="list-decimal space-y-1.5 ps-6">{children}</ol>
    </section>
  );
}

/** One footnote, with a way back to where the text refers to it. */
export function Footnote({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  const { prefix, numbers } = use(FootnoteContext);
  const id = `${prefix}${label}`;
  const number = numbers.get(label);
  return (
    <li
      id={id}
      value={number}
      tabIndex={-1}
      className="space-y-1.5 outline-offset-4 [&>p:last-of-type]:inline"
    >
      {children}
      <a
        href={`#${id}`}
        aria-label={`Back to reference ${number ?? label}`}
        className="ms-1 text-primary underline underline-offset-4"
        onClick={(event) =>
          jump(event, document.querySelector(`[data-footnote-ref="${CSS.escape(id)}"] a`))
        }
      >
        ↩
      </a>
    </li>
  );
}

/** Moves to an element without changing the address of the page. */
function jump(event: MouseEvent, target: Element | null): void {
  if (!(target instanceof HTMLElement)) return;
  event.preventDefault();
  target.scrollIntoView({ block: "nearest" });
  target.focus({ preventScroll: true });
}
