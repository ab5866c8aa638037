import { Window } from "happy-dom";
import type { ReactNode } from "react";
import { memo } from "react";

/** Creates a page for React. Call it before `react-dom` is loaded. */
export function openPage(): void {
  const window = new Window({ url: "http://localhost/" });
  // In newer Node versions, navigator cannot be assigned.
  Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
  Object.assign(globalThis, {
    window,
    document: window.document,
    HTMLElement: window.HTMLElement,
    Node: window.Node,
    // Happy DOM draws frames at once, but a screen draws 60 per second.
    requestAnimationFrame: (draw: FrameRequestCallback) => setTimeout(draw, 16, performance.now()),
    cancelAnimationFrame: clearTimeout,
  });
}

/** Renders a message in both chats, and again only when its text has changed. */
export const Row = memo(function Row({ id, text }: { readonly id: string; readonly text: string }) {
  return <li data-id={id}>{text}</li>;
});

export interface BenchChat {
  readonly page: ReactNode;
  /** Sends a prompt and streams these pieces as its answer. Resolves when they are on the page. */
  stream(pieces: readonly string[]): Promise<void>;
}

/** Lets timers, frames and network callbacks run between two pieces, like in a browser. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export function historyText(index: number): string {
  return `Message ${index}. ${"It has some words. ".repeat(10)}`;
}
