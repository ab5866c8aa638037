import type { CliIo } from "../project/cli-io.ts";

/** Lists the existing fields that the user has to change. Returns the exit code. */
export function reportConflicts(conflicts: readonly string[], io: CliIo): number {
  if (conflicts.length === 0) return 0;
  const list = conflicts.map((conflict) => `  ${conflict}`).join("\n");
  io.err(`\nThis command never changes existing lines. Fix these yourself:\n${list}`);
  return 1;
}
