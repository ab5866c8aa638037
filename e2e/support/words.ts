/** Words that Markdown does not change: “w1 w2 w3 …”. */
export function words(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `w${from + index} `);
}
