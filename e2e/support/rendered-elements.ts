import type { Page } from "@playwright/test";

declare global {
  interface Window {
    renderedBefore?: WeakMap<Element, unknown>;
  }
}

/**
 * Finds out what React renders again: an element gets new properties whenever its component renders, even when nothing
 * changes in the document.
 */
export const renderedElements = {
  /** Remembers the properties of all elements. */
  async remember(page: Page): Promise<void> {
    await page.evaluate(() => {
      const propsOf = (element: Element): unknown =>
        Object.entries(element).find(([key]) => key.startsWith("__reactProps$"))?.[1];
      window.renderedBefore = new WeakMap(
        [...document.body.querySelectorAll("*")].map((element) => [element, propsOf(element)]),
      );
    });
  },

  /** Returns the elements that were rendered again since `remember`, or are new, each as its tag and its place. */
  async list(page: Page): Promise<readonly string[]> {
    return await page.evaluate(() => {
      const propsOf = (element: Element): unknown =>
        Object.entries(element).find(([key]) => key.startsWith("__reactProps$"))?.[1];
      const before = window.renderedBefore;
      if (before === undefined) throw new Error("Call `remember` first.");
      return [...document.body.querySelectorAll("*")]
        .filter((element) => !before.has(element) || before.get(element) !== propsOf(element))
        .map((element) => {
          const message = element.closest("[data-message-id]");
          const place =
            message?.getAttribute("data-role") ??
            (element.closest("[data-transcript]") === null ? "around" : "transcript");
          return `${place} ${element.tagName.toLowerCase()}`;
        });
    });
  },
};
