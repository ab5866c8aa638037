import { ensureChromium } from "../../../scripts/lib/ensure-chromium.ts";

/** Vitest's global setup: installs Chromium once, before the tests that use it begin, whose time is limited. */
export default async function findChromium(): Promise<void> {
  await ensureChromium();
}
