import type { Page } from "@playwright/test";

/**
 * Finds out what React renders: an element gets new properties whenever its component renders, even when nothing changes
 * in the document.
 *
 * @returns a function that lists the elements that were rendered since, or are new, each as its place and its tag.
 */
export async function watchRenders(page: Page): Promise<() => Promise<readonly string[]>> {
  const list = await page.evaluateHandle(() => {
    const elements = (): Element[] => [...document.body.querySelectorAll("*")];
    const propsOf = (element: Element): unknown =>
      Object.entries(element).find(([key]) => key.startsWith("__reactProps$"))?.[1];
    const before = new Map(elements().map((element) => [element, propsOf(element)]));
    return () =>
      elements()
        .filter((element) => !before.has(element) || before.get(element) !== propsOf(element))
        .map((element) => {
          const message = element.closest("[data-message-id]");
          const place =
            message?.getAttribute("data-role") ??
            (element.closest("[data-transcript]") === null ? "around" : "transcript");
          return `${place} ${element.tagName.toLowerCase()}`;
        });
  });
  return () => list.evaluate((run) => run());
}
