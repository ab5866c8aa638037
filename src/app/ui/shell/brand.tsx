/** The logo: lines of text that are still being written. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6 shrink-0" aria-hidden>
        <rect width="32" height="32" rx="8" className="fill-primary" />
        <path
          d="M8 9.5h16M8 15.5h11M8 21.5h6"
          className="stroke-primary-foreground"
          strokeWidth="3"
          strokeLinecap="round"
        />
        <rect x="17.5" y="19.5" width="3" height="4.5" rx="1" className="fill-primary-foreground" />
      </svg>
      node-llm-trpc
    </span>
  );
}
