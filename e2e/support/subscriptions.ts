import type { BrowserContext, Page, Request } from "@playwright/test";

/** Tracks the open subscriptions of a browser across all tabs. */
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

  /** The names of the subscribed procedures, sorted. */
  get open(): readonly string[] {
    const open = [...this.#open].filter(([, page]) => !page.isClosed());
    return open.map(([request]) => nameOf(request) ?? "").toSorted();
  }

  /** The tab that has the open subscription of a procedure. */
  tabWith(procedure: string): Page | undefined {
    const open = [...this.#open].filter(([, page]) => !page.isClosed());
    return open.find(([request]) => nameOf(request) === procedure)?.[1];
  }

  /**
   * Counts the subscriptions that are open at the same time. The event of one that a tab closed can arrive
   * after that of the one another tab opened in its place. Once a tab responds, all its events are here.
   */
  async countAtOnce(): Promise<number> {
    const seen = [...this.#open].filter(([, page]) => !page.isClosed());
    await Promise.all(seen.map(async ([, page]) => await page.evaluate(() => 0)));
    return seen.filter(([request]) => this.#open.has(request)).length;
  }

  /** How many subscriptions have been opened so far. */
  get count(): number {
    return this.#count;
  }
}

function nameOf(request: Request): string | null {
  return /\/chat\.(stream|watch)\?/.exec(request.url())?.[1] ?? null;
}
