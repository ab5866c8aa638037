import type { Page } from "@playwright/test";

/** What the tabs show, for as long as they show it. */
export interface Frame {
  /** A PNG of each tab. */
  readonly tabs: readonly Buffer[];
  readonly caption: string;
  /** In milliseconds. */
  delay: number;
}

export interface Recorder {
  /** Says below the tabs what happens from now on. */
  say(caption: string): void;
  stop(): Promise<readonly Frame[]>;
}

/**
 * Takes pictures of tabs as fast as it can. What stands still is one frame.
 *
 * @param maxDelay how long a frame is shown at most, so that nobody has to wait as long as the tabs did, in milliseconds.
 */
export function recordFrames(tabs: readonly Page[], maxDelay: number): Recorder {
  const frames: Frame[] = [];
  let caption = "";
  const stopping = new AbortController();
  const record = async (): Promise<void> => {
    let shownAt = performance.now();
    while (!stopping.signal.aborted) {
      const pictures: Buffer[] = [];
      for (const tab of tabs) pictures.push(await tab.screenshot({ caret: "hide" }));
      const now = performance.now();
      const last = frames.at(-1);
      if (last !== undefined) last.delay = Math.min(last.delay + now - shownAt, maxDelay);
      shownAt = now;
      const isSame =
        last?.caption === caption && last.tabs.every((tab, index) => pictures[index]?.equals(tab));
      if (!isSame) frames.push({ tabs: pictures, caption, delay: 0 });
    }
    const last = frames.at(-1);
    if (last !== undefined) last.delay = maxDelay;
  };
  const recorded = record();
  return {
    say: (text) => {
      caption = text;
    },
    stop: async () => {
      stopping.abort();
      await recorded;
      return frames;
    },
  };
}
