import { expect, it } from "vitest";

import { missingFeatures } from "../src/orm/database/schema-features.ts";
import { modelNames } from "../src/orm/database/client/table-names.ts";
import { readDocsTable } from "./support/project/read-docs-table.ts";

it("docs/persistence.md lists every feature of a schema, with what happens without it", async () => {
  const none = {
    chat: null,
    message: null,
    toolCall: null,
    request: null,
    chunk: null,
    usage: null,
    usageDay: null,
    account: null,
    agentSession: null,
    attachment: null,
    storedFile: null,
  };
  const features = missingFeatures(modelNames({}), none);
  const rows = features.map(({ feature, without }) => [feature, without]);
  const listed = await readDocsTable("persistence.md", "Any schema");
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(rows));
});
