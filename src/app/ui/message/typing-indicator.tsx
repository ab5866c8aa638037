/** Three dots, hidden from screen readers, which hear the announcer instead. */
export function TypingIndicator() {
  return (
    <div className="flex h-6 items-center gap-1" data-typing aria-hidden>
      {["", "[animation-delay:150ms]", "[animation-delay:300ms]"].map((delay) => (
        <span
          key={delay}
          className={`size-1.5 animate-pulse rounded-full bg-muted-foreground [animation-duration:1.2s] forced-colors:bg-[CanvasText] ${delay}`}
        />
      ))}
    </div>
  );
}
