/** Formats steps as an indented, numbered list. */
export function numberedList(steps: readonly string[]): string {
  return steps.map((step, index) => `  ${index + 1}. ${step}`).join("\n");
}
