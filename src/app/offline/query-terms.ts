const stopWords = new Set(
  `a about add an and any are as at be but by can could did do does explain for from get give had happen happening happens has have how i if in
  into is it its let like me mean more my need needs no not of on one or our please say set shall should show so some support supported supports tell
  than that the their them then there these they this those to too us use used using want was way we were what
  when where which who why will with work works would you your`.split(/\s+/),
);

/** Returns the keywords of a question, in lower case and without duplicates. */
export function queryTerms(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}_-]*/gu) ?? [];
  // A number alone says nothing about what it counts.
  return [...new Set(words)].filter((word) => !stopWords.has(word) && /\p{L}/u.test(word));
}

/** Strips the ending of an English word, so that “stopped”, “stops” and “stopping” match each other. */
export function stem(word: string): string {
  const lower = word.toLowerCase();
  if (lower.length < 5) return lower;
  const base = lower.replace(/(?:ing|ed|es|s)$/, "");
  if (base.length < 3 || lower.endsWith("ss")) return lower;
  return base.replace(/([bdgmnprt])\1$/, "$1");
}
