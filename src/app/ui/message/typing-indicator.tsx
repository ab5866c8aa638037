/** Three dots; what they mean is said by the announcer. */
export function TypingIndicator() {
  return (
    <div className="typing" aria-hidden>
      <span />
      <span />
      <span />
    </div>
  );
}
