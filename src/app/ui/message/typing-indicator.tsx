/** Three dots, hidden from screen readers, which hear the announcer instead. */
export function TypingIndicator() {
  return (
    <div className="typing" aria-hidden>
      <span />
      <span />
      <span />
    </div>
  );
}
