import { plainExcerpt } from "../markdown/syntax/plain-excerpt.ts";

interface ChatMatchProps {
  /** A piece of a message, in Markdown. */
  readonly text: string;
  readonly search: string;
}

/** The excerpt of a chat that matches the search, with the term highlighted. */
export function ChatMatch({ text, search }: ChatMatchProps) {
  const excerpt = plainExcerpt(text, search);
  const at = excerpt.toLowerCase().indexOf(search.toLowerCase());
  const end = at + search.length;
  return (
    <span
      dir="auto"
      className="mb-2 line-clamp-2 text-xs font-normal break-words text-muted-foreground"
    >
      {at < 0 ? (
        excerpt
      ) : (
        <>
          {excerpt.slice(0, at)}
          <mark className="rounded-sm bg-secondary font-medium text-foreground forced-colors:bg-[Mark]">
            {excerpt.slice(at, end)}
          </mark>
          {excerpt.slice(end)}
        </>
      )}
    </span>
  );
}
