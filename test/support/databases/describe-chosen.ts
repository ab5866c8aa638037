import { describe, it } from "vitest";

import { chosenDatabases, isChosen } from "./chosen-databases.ts";

/**
 * Runs a suite on each of the databases that TEST_DATABASES leaves.
 *
 * @param prefix what stands before the name of the database.
 */
export function describeChosen<Name extends string>(
  names: readonly Name[],
  prefix: string,
  suite: (name: Name) => void,
): void {
  const chosen = names.filter(isChosen);
  const reason = `only ${chosenDatabases?.join(" and ")} was chosen`;
  // Vitest wants a test in each file.
  const leftOut = chosen.length > 0 ? [] : [`runs on ${names.join(" and ")} (skipped: ${reason})`];
  // oxlint-disable-next-line no-disabled-tests, expect-expect -- it says what the run has left out
  it.skip.each(leftOut)("%s", () => undefined);
  describe.each(chosen)(`${prefix}%s`, (name) => {
    suite(name);
  });
}
