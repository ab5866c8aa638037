import type { Page } from "@playwright/test";

/** Where the focus is after Tab was pressed. */
export interface TabStop {
  readonly name: string;
  readonly isVisible: boolean;
  /** Whether it looks focused. */
  readonly isMarked: boolean;
}

/** Presses Tab from the top of the page until the focus leaves it. */
export async function tabStops(page: Page): Promise<readonly TabStop[]> {
  // Otherwise Tab would go on from the field that has the focus in the beginning.
  await page.evaluate(() => {
    const top = document.createElement("span");
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
  });
  const stops: TabStop[] = [];
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

/** Returns what is wrong with the stops: one that can't be seen, does not look focused, or has no name. */
export function tabFindings(stops: readonly TabStop[]): readonly string[] {
  return stops.flatMap(({ name, isVisible, isMarked }) => [
    ...(isVisible ? [] : [`“${name}” can't be seen when it has the focus`]),
    ...(isMarked ? [] : [`“${name}” does not look focused`]),
    ...(/^\w+ $/.test(name) ? [`${name}has no name`] : []),
  ]);
}

async function focused(page: Page): Promise<TabStop | null> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return null;
    const [labelled] = element instanceof HTMLInputElement ? (element.labels ?? []) : [];
    const label = element.getAttribute("aria-label") ?? (labelled ?? element).textContent ?? "";
    const { width, height, top, bottom } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const frame = element.closest("label, [data-composer]")?.parentElement ?? element;
    const isMarked =
      style.outlineStyle !== "none" ||
      element.matches("input, textarea") ||
      getComputedStyle(frame).outlineStyle !== "none";
    return {
      name: `${element.tagName} ${label.trim().slice(0, 40)}`,
      isVisible: width > 0 && height > 0 && bottom > 0 && top < window.innerHeight,
      isMarked,
    };
  });
}
