import type { BrowserContext } from "@playwright/test";

/**
 * Collects what must not happen in any page of a context: console errors, uncaught errors, and requests
 * to other hosts.
 */
export class PageProblems {
  readonly #found: string[] = [];
  readonly #allowed: RegExp[] = [];

  constructor(context: BrowserContext, origin: string) {
    context.on("console", (message) => {
      if (message.type() !== "error") return;
      this.add(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (event) => {
      const error: unknown = event.error();
      this.add(`page: ${error instanceof Error ? error.message : String(error)}`);
    });
    context.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && /^(https?|wss?):/.test(url)) this.add(`request: ${url}`);
    });
  }

  add(problem: string): void {
    this.#found.push(problem);
  }

  /** Allows problems that a test causes on purpose. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  list(): readonly string[] {
    return this.#found.filter((problem) => !this.#allowed.some((one) => one.test(problem)));
  }
}
