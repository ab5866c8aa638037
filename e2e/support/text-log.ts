import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";

/**
 * Records every text that an answer had on the page, starting with the server's HTML and after each
 * change of the DOM, so that it includes texts shown for a single frame. The parser may pause inside an
 * answer, so one that it has not finished does not count.
 */
export class TextLog {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** Call this before the page loads. The log starts over with each load. */
  static async install(page: Page): Promise<TextLog> {
    await page.addInitScript(record);
    return new TextLog(page);
  }

  async read(messageId: string): Promise<readonly string[]> {
    return await this.#page.evaluate((id) => window.answerTexts[id] ?? [], messageId);
  }
}

/** Expects each text to start with the one before. Trailing space is ignored, because it is invisible. */
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
      // A message that has disappeared counts as an empty text.
      if (document.querySelector(`[data-message-id="${id}"]`) === null) add(known, "");
    }
    for (const answer of document.querySelectorAll('[data-role="assistant"]')) {
      if (document.readyState === "loading" && !isParsed(answer)) continue;
      const id = answer.getAttribute("data-message-id") ?? "";
      const content = answer.querySelector("[data-message-content]")?.textContent ?? "";
      add((texts[id] ??= []), content.trimEnd());
    }
  };
  /** The parser has finished an element once there is a node after it. */
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
