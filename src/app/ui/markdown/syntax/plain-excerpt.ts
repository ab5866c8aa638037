/**
 * Removes the Markdown from a piece of a message, which may be cut anywhere. The page of the list does not load the parser
 * for it. Markdown stays where the search term is part of it.
 */
export function plainExcerpt(text: string, search: string): string {
  const plain = text
    .replaceAll(/^[ \t]*(?:`{3,}|~{3,}).*$/gm, "")
    .replaceAll(/^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*$/gm, "")
    .replaceAll(
      /^[ \t]*(?:>[ \t]?|#{1,6}[ \t]+|[-+*][ \t]+(?:\[[ x]\][ \t]+)?|\d{1,9}[.)][ \t]+)+/gim,
      "",
    )
    .replaceAll(/!?\[([^[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)?|\[[^[\]]*\])/g, "$1")
    .replaceAll(/(\*{1,3}|~~|`+)(?=\S)(.*?\S)\1/gs, "$2")
    .replaceAll(/(?<!\w)(_{1,3})(?=\S)(.*?\S)\1(?!\w)/gs, "$2")
    .replaceAll(/(?<![\w\\])\*{1,3}(?=\S)|(?<=[^\s\\])\*{1,3}(?!\w)|`/g, "")
    .replaceAll(/[ \t]*\|[ \t]*/g, " ")
    .replaceAll(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim();
  const isKept = plain.toLowerCase().includes(search.toLowerCase());
  return isKept ? plain : text.replaceAll(/\s+/g, " ").trim();
}
