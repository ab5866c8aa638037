import { expect, it } from "vitest";

import { createCliProject } from "../../../test/support/project/create-cli-project.ts";

const manifest = (version: string): string => JSON.stringify({ version });

it("names a package that is installed twice, who has the other copy, and what breaks", async () => {
  const { out, code } = await createCliProject({
    "node_modules/react/package.json": manifest("19.1.0"),
    "node_modules/@tanstack/react-query/package.json": manifest("5.90.0"),
    "node_modules/@trpc/react-query/package.json": manifest("11.19.0"),
    "node_modules/@trpc/react-query/node_modules/@tanstack/react-query/package.json":
      manifest("5.80.0"),
  }).run("doctor");
  expect(code).toBe(1);
  expect(out).toMatch(
    /✗ Copies: @tanstack\/react-query is installed twice, in versions 5\.90\.0 and 5\.80\.0 \(.*@trpc.react-query.*\): hooks find no QueryClient/,
  );
  expect(out).toContain("npm install @tanstack/react-query@5.90.0 && npm dedupe");
  expect(out).not.toContain("Copies: react");
});
