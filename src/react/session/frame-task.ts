/** How long to wait at most: browsers draw no frames while a page is hidden. In milliseconds. */
const maxWait = 250;
/** How long to wait where no frames are drawn at all, in milliseconds. */
const frameTime = 16;

export interface FrameTask {
  /** Runs the task in the next animation frame; once, however often it is called before. */
  readonly schedule: () => void;
  readonly cancel: () => void;
}

/** Makes a task that runs at most once per animation frame, and soon where no frames are drawn. */
export function createFrameTask(run: () => void): FrameTask {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
    if (frame) cancelAnimationFrame(frame);
    frame = 0;
  }

  function runOnce(): void {
    cancel();
    run();
  }

  return {
    schedule() {
      if (timer) return;
      const isDrawn = globalThis.document && !document.hidden;
      timer = setTimeout(runOnce, isDrawn ? maxWait : frameTime);
      if (isDrawn) frame = requestAnimationFrame(runOnce);
    },
    cancel,
  };
}
