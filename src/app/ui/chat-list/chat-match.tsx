interface ChatMatchProps {
  readonly text: string;
  readonly search: string;
}

/** The excerpt of a chat that matches the search, with the term highlighted. */
export function ChatMatch({ text, search }: ChatMatchProps) {
  const at = text.toLowerCase().indexOf(search.toLowerCase());
  const end = at + search.length;
  return (
    <span className="chat-match">
      {at < 0 ? (
        text
      ) : (
        <>
          {text.slice(0, at)}
          <mark>{text.slice(at, end)}</mark>
          {text.slice(end)}
        </>
      )}
    </span>
  );
}
