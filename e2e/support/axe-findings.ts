import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** Runs axe on the page as it is. Returns the violated rules with the elements that violate them. */
export async function axeFindingsNow(
  page: Page,
  { isForced = false }: { readonly isForced?: boolean } = {},
): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  // Forced colors are the user's own, and axe does not know them.
  return await analyze(isForced ? axe.disableRules("color-contrast") : axe);
}

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
  const light = await axeFindingsNow(page);
  if ((page.viewportSize()?.width ?? 0) < 768) return light;
  await setTheme(page, "dark");
  const dark = await analyze(new AxeBuilder({ page }).withRules("color-contrast"));
  await setTheme(page, "light");
  return [...light, ...dark];
}

async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate((name) => (document.documentElement.dataset["theme"] = name), theme);
}
