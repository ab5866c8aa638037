import { expect, it } from "vitest";

import { answerErrors, chatErrors } from "../src/chat/error-codes.ts";
import { readDocsTable } from "./support/project/read-docs-table.ts";

const retry = (isRetryable: boolean): string => (isRetryable ? "yes" : "no");

it("docs/errors.md lists every code of a refused call, with its tRPC code and meaning", async () => {
  expect(await readDocsTable("errors.md", "Refused calls")).toEqual(
    Object.entries(chatErrors).map(([code, { trpcCode, message, retryable }]) => [
      code,
      trpcCode,
      message,
      retry(retryable),
    ]),
  );
});

it("docs/errors.md lists every code of a failed answer, with its message", async () => {
  expect(await readDocsTable("errors.md", "Failed answers")).toEqual(
    Object.entries(answerErrors).map(([code, { message, retryable }]) => [
      code,
      message,
      retry(retryable),
    ]),
  );
});
