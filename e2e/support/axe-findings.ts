import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** Returns the violated rules with the elements that violate them. */
async function analyze(axe: AxeBuilder): Promise<string[]> {
  // Otherwise axe opens a blank page for cross-origin frames, of which there are none.
  const { violations } = await axe.setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  );
}

/**
 * Runs axe on the current page. On desktop, it also checks the colors of the dark theme. Use it with reduced motion:
 * without transitions, axe never measures a color halfway to another one.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  const light = await analyze(new AxeBuilder({ page }));
  if ((page.viewportSize()?.width ?? 0) < 768) return light;
  await setTheme(page, "dark");
  const dark = await analyze(new AxeBuilder({ page }).withRules("color-contrast"));
  await setTheme(page, "light");
  return [...light, ...dark];
}

async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate((name) => (document.documentElement.dataset["theme"] = name), theme);
}
