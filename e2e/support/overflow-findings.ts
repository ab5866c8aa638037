import type { Page } from "@playwright/test";

/** Returns what sticks out of the window at a side and can't be scrolled to: texts, controls, pictures, and the page itself. */
export async function overflowFindings(page: Page): Promise<readonly string[]> {
  // No function in here has a name: scripts that call this are compiled with a helper that the page does not have.
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const findings =
      scrollWidth > clientWidth ? [`the page is ${scrollWidth} of ${clientWidth} px wide`] : [];
    for (const element of document.body.querySelectorAll("*")) {
      const { left, right, width } = element.getBoundingClientRect();
      const isShown =
        element.matches("a, button, input, textarea, img, svg, table, pre") ||
        [...element.childNodes].some(
          (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim() !== "",
        );
      if (!isShown) continue;
      if (width === 0 || (left >= -1 && right <= clientWidth + 1)) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest("[inert], [aria-hidden=true], .sr-only") !== null) continue;
      let box = element.parentElement;
      while (box !== null && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
      if (box !== null && box !== document.body && box !== document.documentElement) continue;
      const text = (element.textContent ?? "").slice(0, 30);
      findings.push(
        `<${element.tagName.toLowerCase()}> “${text}” spans ${Math.round(left)} to ${Math.round(right)} px`,
      );
    }
    return findings;
  });
}
