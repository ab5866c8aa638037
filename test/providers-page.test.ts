import { expect, it } from "vitest";

import { readDocsTable } from "./support/project/read-docs-table.ts";
import { providerStubs } from "./support/providers/provider-stubs.ts";

const cell = (can: boolean): string => (can ? "yes" : "–");

/** `test/http/providers.test.ts` holds each provider to its facts, and every provider to the other columns. */
it("docs/providers.md says of each provider what its tests show", async () => {
  expect(await readDocsTable("providers.md", "What each provider can do")).toEqual(
    Object.values(providerStubs).map(({ name, facts }) => [
      name,
      "yes",
      "yes",
      "yes",
      cell(facts.showsThinking),
      cell(facts.getsThinkingBack),
    ]),
  );
});
