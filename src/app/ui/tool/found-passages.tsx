import { plainExcerpt } from "../markdown/syntax/plain-excerpt.ts";
import type { AppToolCall } from "../app/app-types.ts";

type Passages = Extract<
  AppToolCall,
  { readonly name: "search_docs"; readonly status: "complete" }
>["output"];

interface FoundPassagesProps {
  readonly passages: Passages;
  /** How many documents were searched, if that is known. */
  readonly documents: number | undefined;
}

/** The sections of the documentation that a search has found. */
export function FoundPassages({ passages, documents }: FoundPassagesProps) {
  return (
    <>
      <p className="text-xs text-muted-foreground">
        {count(passages.length, "section")}
        {documents !== undefined && ` in ${count(documents, "document")}`}
      </p>
      <ol className="leading-5">
        {passages.map(({ document, heading, text }, index) => (
          <li key={index} className="border-b border-border py-1.5 last:border-b-0">
            <h3 className="font-medium [overflow-wrap:anywhere]">{heading}</h3>
            <p className="font-mono text-xs text-muted-foreground [overflow-wrap:anywhere]">
              {document}
            </p>
            <p className="line-clamp-3 text-muted-foreground [overflow-wrap:anywhere]">
              {plainExcerpt(text, "")}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
