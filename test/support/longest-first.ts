import { relative } from "node:path";

import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

import { projectRoot } from "../../scripts/lib/project-root.ts";

/**
 * The files that take more than half a minute while others run, the longest first. `npm test` ends with the files that took
 * longest.
 */
export const longestFiles: readonly string[] = [
  "test/http/kill.test.ts",
  "test/http/guides/serverless.test.ts",
  "test/http/server/limits/budget-calls.test.ts",
  "test/database/database-failure.test.ts",
  "test/http/answer-finish.test.ts",
  "test/http/fuzz.test.ts",
  "test/database/abort.test.ts",
  "test/http/budget-processes.test.ts",
  "test/package/init-write.test.ts",
  "test/database/orm/database/table-names.test.ts",
  "test/database/orm/inspect-schema.test.ts",
  "test/http/wire/wire-cases.test.ts",
  "test/http/guides/express.test.ts",
  "test/package/guides.test.ts",
  "test/http/providers.test.ts",
  "test/http/hub-contract.test.ts",
  "test/http/redis/create-redis-hub.test.ts",
  "test/database/processes.test.ts",
  "test/http/server/inputs/chat-inputs.test.ts",
  "test/package/oldest-peers.test.ts",
];

/**
 * Starts with the files that take longest, so that none of them runs on alone at the end. Vitest itself knows of times only
 * where it has run before.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longestFiles.indexOf(relative(projectRoot, moduleId));
      return index === -1 ? Infinity : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- Vitest's own method, which returns a new array
    return (await super.sort(files)).toSorted((one, other) =>
      rank(one) === rank(other) ? 0 : rank(one) - rank(other),
    );
  }
}
