/** How long to wait at most: browsers draw no frames while a page is hidden. In milliseconds. */
const maxWait = 250;
/** How long to wait where no frames are drawn at all, and how long a frame may take, in milliseconds. */
const frameTime = 20;
/** How long to leave the frames to others at most: less than `maxWait`, which ends any wait. In milliseconds. */
const maxRest = 200;

export interface FrameTask {
  /** Runs the task in one of the next animation frames; once, however often it is called before. */
  readonly schedule: () => void;
  readonly cancel: () => void;
}

/**
 * Makes a task that runs at most once per animation frame, and soon where no frames are drawn. Where it makes a frame late,
 * it leaves the page time for frames without it, so that the page scrolls and animates on a slow phone.
 */
export function createFrameTask(run: () => void): FrameTask {
  /** Set while the task is scheduled. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let restsUntil = 0;

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function runOnce(): void {
    cancel();
    run();
  }

  function onFrame(start: number): void {
    if (!timer) return;
    if (start < restsUntil) requestAnimationFrame(onFrame);
    else {
      runOnce();
      requestAnimationFrame((end) => {
        // Twice the delay, so that most of the time is left. In a page that was hidden meanwhile, it may be hours.
        restsUntil = end + Math.min(maxRest, 2 * (end - start - frameTime));
      });
    }
  }

  return {
    schedule() {
      if (timer) return;
      const isDrawn = globalThis.document && !document.hidden;
      timer = setTimeout(runOnce, isDrawn ? maxWait : frameTime);
      if (isDrawn) requestAnimationFrame(onFrame);
    },
    cancel,
  };
}
