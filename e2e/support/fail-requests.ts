import type { Page } from "@playwright/test";

const errors = {
  BAD_REQUEST: { status: 400, number: -32600 },
  TOO_MANY_REQUESTS: { status: 429, number: -32029 },
  INTERNAL_SERVER_ERROR: { status: 500, number: -32603 },
} as const;

/** Makes a procedure of the chat router fail in one page, as tRPC reports it in a batch of one. */
export async function failRequests(
  page: Page,
  procedure: string,
  code: keyof typeof errors,
  message: string,
): Promise<void> {
  const { status, number } = errors[code];
  await page.route(`**/api/trpc/chat.${procedure}*`, async (route) => {
    await route.fulfill({
      status,
      contentType: "application/json",
      body: JSON.stringify([
        { error: { message, code: number, data: { code, httpStatus: status } } },
      ]),
    });
  });
}
