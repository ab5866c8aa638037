import { createTwoFilesPatch } from "diff";

/** A file as it is, and as it shall be. */
export interface FileChange {
  readonly path: string;
  /** The path relative to the project, for messages. */
  readonly label: string;
  /** Null for a new file. */
  readonly before: string | null;
  readonly after: string;
}

/** What one part of the set-up still needs. Without changes and a note, it is done. */
export interface SetupStep {
  /** The part, as `doctor` names it. */
  readonly name: string;
  readonly changes: readonly FileChange[];
  /** What the user has to do, where this command can't find the place. */
  readonly manual: string | null;
}

export function done(name: string): SetupStep {
  return { name, changes: [], manual: null };
}

export function changed(name: string, ...changes: readonly FileChange[]): SetupStep {
  return { name, changes, manual: null };
}

export function byHand(name: string, manual: string): SetupStep {
  return { name, changes: [], manual };
}

/** Shows a change as a unified diff. */
export function showDiff({ label, before, after }: FileChange): string {
  const from = before === null ? "/dev/null" : label;
  const patch = createTwoFilesPatch(from, label, before ?? "", after, "", "", { context: 2 });
  return patch
    .split("\n")
    .filter((line) => !/^=+$/.test(line))
    .map((line) => line.trimEnd())
    .join("\n")
    .trim();
}
