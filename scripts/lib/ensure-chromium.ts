import { existsSync } from "node:fs";

import { chromium } from "playwright";

import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { runCommand } from "./run-command.ts";
import { SetupError } from "./setup-error.ts";

/** Chromium without its windows, as Debian names it. It is the same browser for a page, at less than half of the CPU. */
const headlessShell = "chromium-headless-shell";

/**
 * Finds a Chromium or Chrome: the one at CHROMIUM_PATH, else one in PATH, else the one that Playwright
 * has installed. Returns null when there is none.
 */
export function findChromium(): string | null {
  const given = process.env["CHROMIUM_PATH"] ?? "";
  if (given !== "") return existsSync(given) ? given : null;
  const own = chromium.executablePath();
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return findProgram(headlessShell, ...names) ?? (existsSync(own) ? own : null);
}

/**
 * Finds a Chromium, or installs one: the headless shell where apt-get has it.
 *
 * @throws {SetupError} when it cannot be installed.
 */
export async function ensureChromium(): Promise<string> {
  const found = findChromium();
  if (found !== null) return found;
  const given = process.env["CHROMIUM_PATH"] ?? "";
  if (given !== "")
    throw new SetupError(
      `CHROMIUM_PATH is ${given}, which does not exist. Set it to a Chromium, or unset it.`,
    );
  if (!(await aptInstall([headlessShell]))) await aptInstall(["chromium"]);
  const installed = findChromium();
  if (installed !== null) return installed;
  console.log("Installing Chromium with Playwright…");
  const { output } = await runCommand(
    process.execPath,
    ["node_modules/playwright/cli.js", "install", "chromium"],
    { quiet: true },
  );
  const downloaded = findChromium();
  if (downloaded !== null) return downloaded;
  throw new SetupError(
    `The browser tests need Chromium, which could not be installed:\n${output.trim().split("\n").slice(-5).join("\n")}\n` +
      "Run npx playwright install chromium, or on Debian sudo apt-get install chromium,\nor set CHROMIUM_PATH to an existing one.",
  );
}
