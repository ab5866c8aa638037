import type { Page } from "@playwright/test";

import { ChatPage } from "../../e2e/support/chat-page.ts";
import type { ScriptedModel } from "../../e2e/support/scripted-model.ts";

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  /** How many characters the answer has before it is measured. */
  readonly before: number;
  /** How many times slower the processor is. */
  readonly slowdown: number;
}

/** Streams an answer into a page. Resolves to the number of frames that the page drew a second. */
export async function streamedFrames(
  page: Page,
  model: ScriptedModel,
  { perSecond, seconds, before, slowdown }: Load,
): Promise<number> {
  const prompt = "Write a long text";
  const text = model.hold(prompt, ...paragraphs(before), "\n\nThe end has begun. ");
  const chat = new ChatPage(page);
  await chat.goto();
  await chat.composer.fill(prompt);
  // A tap, as on a phone: a mouse that rests on the page costs every frame a search for what is below it.
  await chat.sendButton.tap();
  await chat.isSent(prompt);
  await chat.answer.getByText("The end has begun.").waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const frames = page.evaluate(async (duration) => {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < duration) {
      await new Promise(requestAnimationFrame);
      count++;
    }
    return (count * 1_000) / (performance.now() - start);
  }, seconds * 1_000);
  const start = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) * perSecond) / 1_000);
    for (; written < due; written++) text.write(piece(written));
  }, 10);
  try {
    return await frames;
  } finally {
    clearInterval(timer);
    text.end();
  }
}

/** A word of a paragraph of 60 words, with some Markdown. */
function piece(index: number): string {
  if (index % 60 === 59) return "done.\n\n";
  if (index % 20 === 7) return "**word** ";
  return index % 20 === 13 ? "`code` " : `word${index % 10} `;
}

function paragraphs(characters: number): readonly string[] {
  const pieces: string[] = [];
  for (let length = 0; length < characters; length += pieces.at(-1)?.length ?? 0) {
    pieces.push(piece(pieces.length));
  }
  return pieces;
}
