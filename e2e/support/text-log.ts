import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

/**
 * Keeps each text that an answer had in the page, from the server's HTML on: after every change of the
 * DOM, so also what was shown for no longer than a frame. The parser may pause inside of an answer: what
 * it has of one so far does not count.
 */
export class TextLog {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** To be called before the page is loaded; it starts anew with each load. */
  static async install(page: Page): Promise<TextLog> {
    await page.addInitScript(record);
    return new TextLog(page);
  }

  async read(messageId: string): Promise<readonly string[]> {
    return await this.#page.evaluate((id) => window.answerTexts[id] ?? [], messageId);
  }
}

/** Each text is the beginning of the next one. Space at the end is not seen, so it does not count. */
export function expectGrowth(texts: readonly string[]): void {
  for (const [index, text] of texts.entries()) {
    const before = texts[index - 1] ?? "";
    expect(text.startsWith(before), `“${before}” became “${text}”`).toBe(true);
  }
}

declare global {
  interface Window {
    answerTexts: Record<string, string[]>;
  }
}

function record(): void {
  const texts: Record<string, string[]> = {};
  window.answerTexts = texts;
  const look = (): void => {
    for (const [id, known] of Object.entries(texts)) {
      // A message that was there and is gone has no text.
      if (document.querySelector(`[data-message-id="${id}"]`) === null) add(known, "");
    }
    for (const answer of document.querySelectorAll('[data-role="assistant"]')) {
      if (document.readyState === "loading" && !isParsed(answer)) continue;
      const id = answer.getAttribute("data-message-id") ?? "";
      const content = answer.querySelector("[data-message-content]")?.textContent ?? "";
      add((texts[id] ??= []), content.trimEnd());
    }
  };
  /** The parser goes on behind an element when it has all of it. */
  const isParsed = (element: Element): boolean => {
    for (let one: Element | null = element; one !== null; one = one.parentElement) {
      if (one.nextSibling !== null) return true;
    }
    return false;
  };
  const add = (known: string[], text: string): void => {
    if (known.at(-1) !== text) known.push(text);
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
  });
}
