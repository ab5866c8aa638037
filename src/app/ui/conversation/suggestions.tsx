"use client";

export interface Suggestion {
  readonly title: string;
  readonly text: string;
}

interface SuggestionsProps {
  readonly suggestions: readonly Suggestion[];
  readonly onChoose: (text: string) => void;
}

/** Questions to start with. */
export function Suggestions({ suggestions, onChoose }: SuggestionsProps) {
  return (
    <div className="flex-1 px-3 pb-5 md:px-6">
      <ul className="mx-auto grid max-w-172 gap-2 sm:grid-cols-2">
        {suggestions.map(({ title, text }) => (
          <li key={title}>
            <button
              type="button"
              className="flex size-full flex-col rounded-xl border border-border px-3.5 py-2.5 text-start text-sm transition-colors hover:border-input hover:bg-card"
              onClick={() => onChoose(text)}
            >
              <span className="font-medium">{title}</span>
              <span className="text-muted-foreground">{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
