import { defineConfig } from "@playwright/test";

import { chromiumArgs } from "./e2e/support/chromium-args.ts";
import { findChromium } from "./scripts/lib/ensure-chromium.ts";

const executablePath = findChromium();

/** Each worker starts its own server and browser. */
const workers = Number(process.env["E2E_WORKERS"] ?? "2");

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/e2e",
  globalSetup: "./e2e/support/global-setup.ts",
  fullyParallel: false,
  forbidOnly: process.env["CI"] !== undefined,
  retries: 0,
  workers,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/e2e.json" }]],
  use: {
    locale: "en-US",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: [...chromiumArgs],
    },
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } } },
    {
      name: "phone",
      grepInvert: /@any-size/,
      // These tests don't depend on the window size.
      testIgnore: [
        "**/access.spec.ts",
        "**/drained-server.spec.ts",
        "**/hostile-answer.spec.ts",
        "**/instances.spec.ts",
        "**/javascript-budget.spec.ts",
        "**/killed-server.spec.ts",
        "**/log-out.spec.ts",
        "**/offline-model.spec.ts",
        "**/server-html.spec.ts",
        "**/shutdown.spec.ts",
        "**/strict-mode.spec.ts",
        "**/tabs.spec.ts",
        "**/two-tabs.spec.ts",
        "**/usage-errors.spec.ts",
        "**/zoom.spec.ts",
      ],
      use: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    },
  ],
});
