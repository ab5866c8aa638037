import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";

test.use({ command: "dev" });
// `next dev` compiles pages on request.
test.setTimeout(180_000);

/** Sets `window.isStrict` once React renders something in strict mode. */
async function watchStrictMode(page: Page): Promise<void> {
  await page.addInitScript(() => {
    interface Fiber {
      readonly mode: number;
      readonly child: Fiber | null;
    }
    const strictEffects = 16;
    Object.assign(window, {
      __REACT_DEVTOOLS_GLOBAL_HOOK__: {
        renderers: new Map(),
        supportsFiber: true,
        inject: () => 1,
        onCommitFiberUnmount: () => undefined,
        onCommitFiberRoot: (_: number, root: { readonly current: Fiber }) => {
          let fiber: Fiber | null = root.current;
          while (fiber !== null && (fiber.mode & strictEffects) === 0) fiber = fiber.child;
          if (fiber !== null) Object.assign(window, { isStrict: true });
        },
      },
    });
  });
}

/** Compiles the routes that a first message needs, which can take longer than a page may wait. */
async function compileRoutes(page: Page): Promise<void> {
  for (const path of ["/api/trpc/chat.list", "/chats/none"]) {
    await page.request.get(path, { timeout: 120_000 });
  }
}

test("in development, under StrictMode, one message calls the model once", async ({
  chat,
  model,
  page,
  db,
  problems,
}) => {
  problems.allow(/^server: +⚠ Slow filesystem detected/);
  // A development server on a busy machine may take longer than the two seconds that the hooks give it.
  problems.allow(/No live updates/);
  await watchStrictMode(page);
  await compileRoutes(page);
  const text = model.hold("Only once in development", "one ");
  await page.goto("/", { timeout: 120_000 });
  await chat.isReady();
  expect(await page.evaluate(() => Reflect.get(window, "isStrict"))).toBe(true);

  await chat.send("Only once in development");
  await expect(chat.text(chat.answer)).toHaveText("one");
  text.end("two");
  await chat.expectAnswer("one two");
  expect(model.calls("Only once in development")).toHaveLength(1);
  const chatId = chat.chatId();
  expect(await db.llmMessage.count({ where: { chatId } })).toBe(2);

  // The chat's own page mounts everything again without another request.
  await page.goto(`/chats/${chatId}`, { timeout: 120_000 });
  await chat.expectAnswer("one two");
  expect(model.calls("Only once in development")).toHaveLength(1);
  expect(await db.llmRequest.count({ where: { chatId, messageId: { not: null } } })).toBe(1);
  // If it was slow, that has passed.
  await expect(page.getByText("No live updates")).toHaveCount(0);
});
