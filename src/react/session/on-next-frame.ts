/** Browsers draw no frames for a page that nobody sees; then time alone must do, in milliseconds. */
const longestWait = 250;
const frameTime = 16;

/** Runs once, at the next animation frame, or soon in a page that draws none. Returns a cancel. */
export function onNextFrame(run: () => void): () => void {
  const draws = globalThis.document && !document.hidden;
  const cancel = (): void => {
    clearTimeout(timer);
    if (draws) cancelAnimationFrame(frame);
  };
  const once = (): void => {
    cancel();
    run();
  };
  const timer = setTimeout(once, draws ? longestWait : frameTime);
  const frame = draws ? requestAnimationFrame(once) : 0;
  return cancel;
}
