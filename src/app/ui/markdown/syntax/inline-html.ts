/** HTML tags that are rendered as elements when they have no attributes. Any other HTML is shown as text. */
export const inlineTags = [
  "b",
  "br",
  "code",
  "del",
  "em",
  "i",
  "ins",
  "kbd",
  "mark",
  "s",
  "small",
  "strong",
  "sub",
  "sup",
  "u",
] as const;

export type InlineTag = (typeof inlineTags)[number];

/** Reads a tag that is rendered as an element. Returns null for any other HTML. */
export function readInlineTag(
  html: string,
): { readonly name: InlineTag; readonly isClosing: boolean } | null {
  const [, slash, name = ""] = /^<(\/?)([a-z]+)\s*\/?>$/i.exec(html) ?? [];
  const known = inlineTags.find((tag) => tag === name.toLowerCase());
  return known === undefined ? null : { name: known, isClosing: slash === "/" };
}
