import type { BrowserContext, Page, Request } from "@playwright/test";

/** The subscriptions that a browser has open, over all its tabs. */
export class Subscriptions {
  readonly #open = new Map<Request, Page>();
  #count = 0;

  constructor(context: BrowserContext) {
    context.on("request", (request) => {
      if (nameOf(request) === null) return;
      this.#open.set(request, request.frame().page());
      this.#count++;
    });
    context.on("requestfinished", (request) => this.#open.delete(request));
    context.on("requestfailed", (request) => this.#open.delete(request));
  }

  /** The names of their procedures, in the order of the alphabet. */
  get open(): readonly string[] {
    const open = [...this.#open].filter(([, page]) => !page.isClosed());
    return open.map(([request]) => nameOf(request) ?? "").toSorted();
  }

  /**
   * How many are open at the same time. What one tab has closed may be heard of behind what another opened in its
   * place; each tab has told all of it when it answers.
   */
  async countAtOnce(): Promise<number> {
    const seen = [...this.#open].filter(([, page]) => !page.isClosed());
    await Promise.all(seen.map(async ([, page]) => await page.evaluate(() => 0)));
    return seen.filter(([request]) => this.#open.has(request)).length;
  }

  /** How many were opened so far. */
  get count(): number {
    return this.#count;
  }
}

function nameOf(request: Request): string | null {
  return /\/chat\.(stream|watch)\?/.exec(request.url())?.[1] ?? null;
}
