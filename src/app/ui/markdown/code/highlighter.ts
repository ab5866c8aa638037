import type { Emitter, HighlightResult } from "highlight.js";
import hljs from "highlight.js/lib/core";
import { languageName, loadLanguage } from "./languages.ts";

/** A piece of code: text, or pieces with the class names of their kind. */
export type CodeNode = string | { readonly scope: string; readonly children: CodeNode[] };

/** Some lines of code that are not going to change. */
export type CodeChunk = readonly CodeNode[];

/** In characters. Highlighting more than the beginning of longer code would block the page. */
const maxLength = 50_000;

/** In lines. A chunk is rendered once, and only the last one again when lines follow. */
const chunkLines = 40;

/** In characters. A string or comment that is longer is not highlighted again for each word that it grows by. */
const costlyLength = 4_000;

/** Languages in which an indented line may belong to a construct that began above it. */
const isIndentedBelow: ReadonlySet<string> = new Set(["markdown", "yaml"]);

/** Collects what highlight.js finds as a tree. */
class TreeEmitter implements Emitter {
  readonly root: CodeNode[] = [];
  readonly #open: CodeNode[][] = [this.root];

  addText(text: string): void {
    if (text !== "") this.#open.at(-1)?.push(text);
  }

  startScope(scope: string): void {
    this.openNode(scope);
  }

  endScope(): void {
    this.closeNode();
  }

  openNode(scope: string): void {
    const children: CodeNode[] = [];
    this.#open.at(-1)?.push({ scope, children });
    this.#open.push(children);
  }

  closeNode(): void {
    if (this.#open.length > 1) this.#open.pop();
  }

  finalize(): void {
    this.#open.length = 1;
  }

  toHTML(): string {
    return "";
  }

  __addSublanguage(emitter: Emitter): void {
    if (emitter instanceof TreeEmitter) this.#open.at(-1)?.push(...emitter.root);
  }
}

hljs.configure({ __emitter: TreeEmitter });

/**
 * Loads a language.
 *
 * @returns the name for `Highlighter`, or null if the language is not highlighted
 */
export async function prepareLanguage(language: string): Promise<string | null> {
  const name = languageName(language);
  if (name === null || hljs.getLanguage(name) !== undefined) return name;
  for (const [one, definition] of await loadLanguage(name)) hljs.registerLanguage(one, definition);
  return name;
}

/**
 * Highlights code that grows. Lines are final once they end outside of any string, comment or other construct: what
 * follows is then highlighted as if the code began there, so a line costs the same wherever it stands.
 */
export class Highlighter {
  readonly #language: string;
  #chunks: CodeChunk[] = [];
  #chunkLines = 0;
  #settled = "";
  #rest: { readonly code: string; readonly nodes: readonly CodeNode[] } = { code: "", nodes: [] };

  /** @param language one that `prepareLanguage` has loaded */
  constructor(language: string) {
    this.#language = language;
  }

  /** Returns the code in chunks. A chunk that has not changed is the same object. */
  read(whole: string): readonly CodeChunk[] {
    // Never between the halves of a character.
    const code = whole.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "");
    if (!code.startsWith(this.#settled)) {
      this.#chunks = [];
      this.#chunkLines = 0;
      this.#settled = "";
    }
    this.#settleLines(code.slice(this.#settled.length));
    const rest = this.#highlightRest(code.slice(this.#settled.length));
    const plain = whole.slice(code.length);
    return [...this.#chunks, plain === "" ? rest : [...rest, plain]];
  }

  #settleLines(code: string): void {
    const end = isIndentedBelow.has(this.#language)
      ? code.search(/(?<=\n)\S[^\n]*(?:\n[ \t][^\n]*)*$/)
      : code.lastIndexOf("\n") + 1;
    if (end <= 0 || this.#isCostly(code)) return;
    const lines = code.slice(0, end);
    const { nodes, isOutside } = highlight(lines, this.#language);
    if (!isOutside) return;
    this.#settled += lines;
    if (this.#chunkLines === 0 || this.#chunkLines >= chunkLines) {
      this.#chunks.push(nodes);
      this.#chunkLines = 0;
    } else this.#chunks.push([...(this.#chunks.pop() ?? []), ...nodes]);
    this.#chunkLines += lines.split("\n").length - 1;
  }

  #highlightRest(code: string): readonly CodeNode[] {
    if (this.#isCostly(code)) return [...this.#rest.nodes, code.slice(this.#rest.code.length)];
    this.#rest = { code, nodes: highlight(code, this.#language).nodes };
    return this.#rest.nodes;
  }

  /** Whether highlighting again costs more than it shows. It then waits until the code has grown by a quarter. */
  #isCostly(code: string): boolean {
    const { length } = this.#rest.code;
    return length > costlyLength && code.length < length * 1.25 && code.startsWith(this.#rest.code);
  }
}

function highlight(
  code: string,
  language: string,
): { readonly nodes: readonly CodeNode[]; readonly isOutside: boolean } {
  if (code === "") return { nodes: [], isOutside: true };
  const result: HighlightResult = hljs.highlight(code, { language, ignoreIllegals: true });
  const { _emitter: emitter, _top: top } = result;
  return {
    nodes: emitter instanceof TreeEmitter ? emitter.root : [code],
    isOutside: top?.parent === undefined,
  };
}
