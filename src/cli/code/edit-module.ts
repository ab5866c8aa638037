import type { ImportDeclaration } from "@babel/types";
import EditableText from "magic-string";

import { applyStyle, readStyle } from "../code/code-style.ts";
import type { FileChange } from "./file-change.ts";
import type { SourceModule } from "../code/source-module.ts";
import { placeOf } from "../code/source-module.ts";

/** Where Prettier breaks a line, unless it is told another width. */
export const maxWidth = 80;

/** Changes a file at positions of its syntax tree. What is not changed keeps its formatting. */
export class ModuleEdit {
  readonly style;
  readonly #module: SourceModule;
  readonly #text: EditableText;

  constructor(module: SourceModule) {
    this.#module = module;
    this.#text = new EditableText(module.text);
    this.style = readStyle(module.text);
  }

  /** Inserts code, written in Prettier's default style, at a position. */
  insert(at: number, code: string): void {
    this.#text.appendLeft(at, code);
  }

  replace(start: number, end: number, code: string): void {
    this.#text.update(start, end, code);
  }

  /** Imports names that the file does not import yet, with those it already imports from the module if there are any. */
  addImport(from: string, names: readonly string[]): void {
    const declarations = this.#module.program.body.filter(
      (statement): statement is ImportDeclaration => statement.type === "ImportDeclaration",
    );
    const existing = declarations.find(
      ({ source, importKind, specifiers }) =>
        source.value === from &&
        importKind !== "type" &&
        specifiers.some(({ type }) => type === "ImportSpecifier"),
    );
    if (existing !== undefined) this.#extend(existing, names);
    else this.#addDeclaration(from, names, declarations);
  }

  /** Adds an import in its alphabetical place among those of the same kind; packages come before the app's own files. */
  #addDeclaration(
    from: string,
    names: readonly string[],
    declarations: readonly ImportDeclaration[],
  ): void {
    const { newline } = this.style;
    const code = `import { ${names.join(", ")} } from "${from}";`;
    const line = applyStyle(this.#module.path, code, this.style);
    const alike = declarations.filter(({ source }) => isOwnFile(source.value) === isOwnFile(from));
    const next = alike.find(({ source }) => source.value > from);
    const previous = alike.at(-1) ?? (isOwnFile(from) ? declarations.at(-1) : undefined);
    const [first] = declarations;
    if (next !== undefined) this.insert(placeOf(next)[0], line + newline);
    else if (previous !== undefined) this.insert(placeOf(previous)[1], newline + line);
    else if (first !== undefined) this.insert(placeOf(first)[0], line + newline + newline);
    else this.insert(this.#afterDirectives(), line + newline + newline);
  }

  /** Adds names to an import in their alphabetical place when it is sorted, as a formatter keeps it. */
  #extend(declaration: ImportDeclaration, names: readonly string[]): void {
    const { text } = this.#module;
    const named = declaration.specifiers.filter(({ type }) => type === "ImportSpecifier");
    const present = new Set(named.map(({ local }) => local.name));
    const added = names.filter((name) => !present.has(name));
    const [first] = named;
    const last = named.at(-1);
    if (first === undefined || last === undefined || added.length === 0) return;
    const all = [...named.map((node) => text.slice(...placeOf(node))), ...added];
    const key = (name: string): string => name.replace(/^type /, "").toLowerCase();
    const isSorted = named.every((node, index) => {
      const before = named[index - 1];
      return before === undefined || key(before.local.name) <= key(node.local.name);
    });
    if (isSorted) all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const start = text.lastIndexOf("{", placeOf(first)[0]);
    const end = text.indexOf("}", placeOf(last)[1]) + 1;
    const line = `{ ${all.join(", ")} }`;
    const [from, to] = placeOf(declaration);
    const fits = to - from - (end - start) + line.length <= maxWidth;
    const { indent, newline } = this.style;
    const broken = ["{", ...all.map((name) => `${indent}${name},`), "}"].join(newline);
    const wasBroken = text.slice(start, end).includes("\n");
    this.replace(start, end, fits && !wasBroken ? line : broken);
  }

  #afterDirectives(): number {
    const last = this.#module.program.directives.at(-1);
    return last === undefined ? 0 : placeOf(last)[1] + 1;
  }

  /** The change of the file. */
  toChange(): FileChange {
    const { path, label, text } = this.#module;
    return { path, label, before: text, after: this.#text.toString() };
  }
}

/** The indentation of the line that a position is in. */
export function indentAt(text: string, position: number): string {
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** Whether an import leads to a file of the app, by a relative path or an alias, and not to a package. */
function isOwnFile(from: string): boolean {
  return /^(\.|~|#|@\/)/.test(from);
}
