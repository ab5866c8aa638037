import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { answerErrors, chatErrors } from "../src/chat/error-codes.ts";

/** Reads the tables under a heading of docs/errors.md, as the cells of each row. */
async function tableRows(heading: string): Promise<string[][]> {
  const page = await readFile(join(projectRoot, "docs/errors.md"), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

const retry = (isRetryable: boolean): string => (isRetryable ? "yes" : "no");

it("docs/errors.md lists every code of a refused call, with its tRPC code and meaning", async () => {
  expect(await tableRows("Refused calls")).toEqual(
    Object.entries(chatErrors).map(([code, { trpcCode, message, retryable }]) => [
      code,
      trpcCode,
      message,
      retry(retryable),
    ]),
  );
});

it("docs/errors.md lists every code of a failed answer, with its message", async () => {
  expect(await tableRows("Failed answers")).toEqual(
    Object.entries(answerErrors).map(([code, { message, retryable }]) => [
      code,
      message,
      retry(retryable),
    ]),
  );
});
