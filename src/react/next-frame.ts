/** Browsers draw no frames for a page that nobody sees; then time alone must do, in milliseconds. */
const longestWait = 250;
const frameTime = 16;

/** Runs once, at the next animation frame, or soon in a page that draws none. Returns a cancel. */
export function onNextFrame(run: () => void): () => void {
  const draws = typeof requestAnimationFrame === "function";
  const hidden = typeof document !== "undefined" && document.hidden;
  let frame: number | undefined;
  const cancel = (): void => {
    clearTimeout(timer);
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
  const once = (): void => {
    cancel();
    run();
  };
  const timer = setTimeout(once, draws && !hidden ? longestWait : frameTime);
  if (draws && !hidden) frame = requestAnimationFrame(once);
  return cancel;
}
