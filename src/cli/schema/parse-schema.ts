import { maskComments, tokenEnd } from "./mask-comments.ts";

/** A statement in a block. It may span several lines. Positions are offsets in the file's text. */
export interface SchemaEntry {
  readonly start: number;
  readonly end: number;
  /** Where its last line ends, including a comment. */
  readonly lineEnd: number;
  /** The statement without comments. */
  readonly code: string;
  /** The comment on the same line, with its slashes, or an empty string. */
  readonly comment: string;
}

export interface SchemaField extends SchemaEntry {
  readonly name: string;
  /** The type without `?` and `[]`. */
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
  readonly attributes: string;
}

/** A top-level block: a `model`, `enum`, `datasource`, `generator` and so on. */
export interface SchemaBlock {
  readonly kind: string;
  readonly name: string;
  readonly start: number;
  /** The offset after the opening brace. */
  readonly bodyStart: number;
  /** The offset of the closing brace. */
  readonly bodyEnd: number;
  /** The whole block without comments, with each run of whitespace as one space. */
  readonly code: string;
  readonly fields: readonly SchemaField[];
  /** The `@@` lines. */
  readonly attributes: readonly SchemaEntry[];
  /** The `key = "value"` lines of a datasource or generator. Values that are not strings are left out. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Reads the blocks of a Prisma schema and leaves out what it does not understand. */
export function parseSchema(text: string): readonly SchemaBlock[] {
  const code = maskComments(text);
  const blocks: SchemaBlock[] = [];
  let index = 0;
  let head = 0;
  while (index < code.length) {
    const character = code.charAt(index);
    if (character === "{") {
      const bodyEnd = closingBrace(code, index + 1);
      const match = /(\w+)\s+(\w+)\s*$/.exec(code.slice(head, index));
      if (match !== null) {
        const [, kind = "", name = ""] = match;
        blocks.push(
          readBlock(text, code, { kind, name, start: head + match.index, index, bodyEnd }),
        );
      }
      index = bodyEnd + 1;
      head = index;
    } else {
      index = tokenEnd(code, index);
    }
  }
  return blocks;
}

function closingBrace(code: string, from: number): number {
  let depth = 0;
  for (let index = from; index < code.length; index = tokenEnd(code, index)) {
    const character = code.charAt(index);
    if (character === "{") depth++;
    if (character === "}" && depth-- === 0) return index;
  }
  return code.length;
}

interface BlockPlace {
  readonly kind: string;
  readonly name: string;
  readonly start: number;
  /** The offset of the opening brace. */
  readonly index: number;
  readonly bodyEnd: number;
}

function readBlock(text: string, code: string, place: BlockPlace): SchemaBlock {
  const { kind, name, start, bodyEnd } = place;
  const bodyStart = place.index + 1;
  const fields: SchemaField[] = [];
  const attributes: SchemaEntry[] = [];
  const settings = new Map<string, string>();
  for (const entry of readEntries(text, code, bodyStart, bodyEnd)) {
    const setting = /^(\w+)\s*=\s*"([^"]*)"/.exec(entry.code);
    const field = /^(\w+)\s+(\w+(?:\("[^"]*"\))?)(\[\])?(\?)?\s*(@[^]*)?$/.exec(entry.code);
    if (entry.code.startsWith("@@")) attributes.push(entry);
    else if (setting !== null) settings.set(setting[1] ?? "", setting[2] ?? "");
    else if (field !== null) {
      const [, fieldName = "", type = "", list, optional, rest = ""] = field;
      const isList = list !== undefined;
      const isOptional = optional !== undefined;
      fields.push({ ...entry, name: fieldName, type, isList, isOptional, attributes: rest });
    }
  }
  const whole = code.slice(start, bodyEnd + 1).replace(/\s+/g, " ");
  return { kind, name, start, bodyStart, bodyEnd, code: whole, fields, attributes, settings };
}

function* readEntries(
  text: string,
  code: string,
  bodyStart: number,
  bodyEnd: number,
): Generator<SchemaEntry> {
  let start = bodyStart;
  let depth = 0;
  for (let index = bodyStart; index <= bodyEnd; index = tokenEnd(code, index)) {
    const character = index === bodyEnd ? "\n" : code.charAt(index);
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (character !== "\n" || (depth > 0 && index < bodyEnd)) continue;
    const line = code.slice(start, index);
    const entryCode = line.trim();
    if (entryCode !== "") {
      const entryStart = start + line.length - line.trimStart().length;
      const end = start + line.trimEnd().length;
      const lineEnd = start + text.slice(start, index).trimEnd().length;
      const comment = text.slice(end, lineEnd).trim();
      yield { start: entryStart, end, lineEnd, code: entryCode, comment };
    }
    start = index + 1;
  }
}
