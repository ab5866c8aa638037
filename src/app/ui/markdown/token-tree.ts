import type { Token } from "markdown-it";
import { readInlineTag } from "./syntax/inline-html.ts";

/** A token with those inside it. */
export interface TokenNode {
  readonly token: Token;
  readonly children: TokenNode[];
}

/** Deeper nodes stay, but without the elements around them, which would overflow the browser's stack. */
const maxDepth = 60;

/**
 * Turns the flat list of tokens that the parser returns into a tree.
 *
 * @param isTail whether HTML that is not closed may still be
 */
export function toTree(tokens: readonly Token[], isTail = false): readonly TokenNode[] {
  const root: TokenNode[] = [];
  const open: TokenNode[] = [];
  let skipped = 0;
  const add = (node: TokenNode): void => {
    (open.at(-1)?.children ?? root).push(node);
  };
  for (const token of tokens) {
    const tag = token.type === "html_inline" ? readInlineTag(token.content) : null;
    const node = { token, children: [] };
    if (token.nesting > 0 && open.length >= maxDepth) skipped++;
    else if (token.nesting < 0 && skipped > 0) skipped--;
    else if (token.nesting > 0) {
      add(node);
      open.push(node);
    } else if (token.nesting < 0) {
      // HTML that was not closed inside of what ends here.
      while (open.at(-1)?.token.type === "html_inline") dissolve(open, root);
      open.pop();
    } else if (tag === null || tag.name === "br") add(node);
    else if (!tag.isClosing && open.length < maxDepth) {
      add(node);
      open.push(node);
    } else if (tag.isClosing && isOpenTag(open.at(-1), tag.name)) open.pop();
    else add(node);
  }
  while (open.length > 0) {
    if (!isTail) dissolve(open, root);
    else if (open.pop()?.children.length === 0) (open.at(-1)?.children ?? root).pop();
  }
  return root;
}

function isOpenTag(node: TokenNode | undefined, name: string): boolean {
  if (node?.token.type !== "html_inline") return false;
  return readInlineTag(node.token.content)?.name === name;
}

/** Moves what is inside of an HTML tag that is never closed next to it, so that the tag is shown as text. */
function dissolve(open: TokenNode[], root: TokenNode[]): void {
  const node = open.pop();
  if (node === undefined) return;
  (open.at(-1)?.children ?? root).push(...node.children.splice(0));
}
