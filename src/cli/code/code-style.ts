import { nodesIn, parseModule, placeOf } from "../code/source-module.ts";

/** How an app's code is formatted, as far as its formatter decides it. */
export interface CodeStyle {
  /** One level of indentation. */
  readonly indent: string;
  readonly quote: '"' | "'";
  readonly semicolons: boolean;
  readonly newline: "\n" | "\r\n";
}

/** Reads the style from a file of the app. */
export function readStyle(text: string): CodeStyle {
  const imports = text.match(/^import .*$/gm) ?? [];
  return {
    indent: /^(\t| {2,})(?=\S)(?!\*)/m.exec(text)?.[1] ?? "  ",
    quote: imports.filter((line) => line.includes("'")).length > imports.length / 2 ? "'" : '"',
    semicolons: imports.length === 0 || imports.some((line) => line.trimEnd().endsWith(";")),
    newline: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

/** Formats code, which is written in Prettier's default style, as the app's formatter would. */
export function applyStyle(path: string, code: string, style: CodeStyle): string {
  let text = style.quote === "'" ? withSingleQuotes(path, code) : code;
  if (!style.semicolons) text = text.replace(/;$/gm, "");
  return text
    .replace(/^(?: {2})+/gm, (spaces) => style.indent.repeat(spaces.length / 2))
    .replaceAll("\n", style.newline);
}

/** Changes the quotes of strings; those of JSX attributes are double in either style. */
function withSingleQuotes(path: string, code: string): string {
  const program = parseModule(path, code);
  if (program === null) throw new Error(`The template of ${path} is not valid TypeScript.`);
  const nodes = nodesIn(program);
  const attributes = new Set(
    nodes.flatMap((node) => (node.type === "JSXAttribute" && node.value ? [node.value] : [])),
  );
  let text = code;
  for (const node of nodes) {
    const isString = node.type === "StringLiteral" || node.type === "DirectiveLiteral";
    if (!isString || (node.type === "StringLiteral" && attributes.has(node))) continue;
    if (node.value.includes("'")) continue;
    const [start, end] = placeOf(node);
    text = `${text.slice(0, start)}'${text.slice(start + 1, end - 1)}'${text.slice(end)}`;
  }
  return text;
}
