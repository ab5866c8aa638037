import { ensureChromium } from "../../../scripts/lib/ensure-chromium.ts";
import { SetupError } from "../../../scripts/lib/setup-error.ts";

/**
 * Vitest's global setup: installs Chromium once, before the tests that use it begin, whose time is limited. Without it,
 * those tests fail, and the others run.
 */
export default async function installChromium(): Promise<void> {
  try {
    await ensureChromium();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  }
}
