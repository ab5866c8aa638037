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
  /** Set while the task is scheduled. */
  let timer: ReturnType<typeof setTimeout> | undefined;

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function runOnce(): void {
    if (!timer) return;
    cancel();
    run();
  }

  return {
    schedule() {
      if (timer) return;
      const isDrawn = globalThis.document && !document.hidden;
      timer = setTimeout(runOnce, isDrawn ? maxWait : frameTime);
      if (isDrawn) requestAnimationFrame(runOnce);
    },
    cancel,
  };
}
