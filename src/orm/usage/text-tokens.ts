/**
 * At most about how many tokens a text has, for any of the tokenizers that providers use. What a budget reserves, and
 * what a call has cost whose provider did not say, must not be too low, whatever the language.
 *
 * The figures were measured with the tokenizers of GPT-4, GPT-4o, Llama 3 and Claude (`test/fixtures/token-counts.json`). No
 * tokenizer makes more than one token of a byte in UTF-8.
 */
export function textTokens(text: string): number {
  let tokens = 0;
  let index = 0;
  while (index < text.length) {
    const start = index;
    const kind = kindOf(text.charCodeAt(index));
    let hasDigit = kind === "digit";
    index++;
    if (kind === "word" || kind === "digit") {
      for (; index < text.length; index++) {
        const next = kindOf(text.charCodeAt(index));
        if (next !== "word" && next !== "digit") break;
        hasDigit ||= next === "digit";
      }
      tokens += wordTokens(index - start, hasDigit);
    } else if (kind === "space") {
      while (index < text.length && kindOf(text.charCodeAt(index)) === "space") index++;
      tokens += spaceTokens(text, start, index);
    } else tokens += kind;
  }
  return Math.ceil(tokens);
}

/**
 * About how many tokens a text has: what a model can read is measured by the usual text, and not by the worst, of which
 * a part of its window stays free.
 */
export function typicalTokens(text: string): number {
  const bytes = Buffer.byteLength(text);
  if (bytes === text.length) return Math.ceil(bytes / 4);
  let ascii = 0;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) < 0x80) ascii++;
  return Math.ceil(ascii / 4 + (bytes - ascii) / 3);
}

/** At most about how many tokens a text has of which only the size is known, in bytes of UTF-8. */
export function bytesTokens(bytes: number): number {
  return Math.ceil(bytes * tokensPerByte);
}

/** Of the texts that were measured, only those in scripts that tokenizers do not know have more. */
const tokensPerByte = 0.75;

/** A word of a language or an identifier is a token for each three letters or more. */
const lettersPerToken = 3;
/** A longer one is likely to be a key, a hash or base64. */
const maxWordChars = 24;
const tokensPerCodeChar = 0.75;

function wordTokens(length: number, hasDigit: boolean): number {
  if (hasDigit) return length;
  if (length > maxWordChars) return length * tokensPerCodeChar;
  return Math.max(1, length / lettersPerToken);
}

/** Tokenizers take a single space for a part of the word after it, if they know that word. */
function spaceTokens(text: string, start: number, end: number): number {
  const length = end - start;
  const isOfWord = length === 1 && text[start] === " " && kindOf(text.charCodeAt(end)) === "word";
  return isOfWord ? 0 : 1 + length / 8;
}

/** The kind of an ASCII character, or the tokens of another one: of each half of a pair, in UTF-16. */
function kindOf(code: number): "word" | "digit" | "space" | number {
  if (code < 0x80) return asciiKinds[code] ?? 1;
  // Latin letters with accents, which also split the word around them.
  if (code < 0x370) return 2.5;
  // Greek, Cyrillic, Hebrew, Arabic.
  if (code < 0x700) return 1.35;
  if (code < 0x800) return 2;
  // Chinese, Japanese, Korean.
  const isEastAsian =
    (code >= 0x3000 && code < 0xa000) ||
    (code >= 0xac00 && code < 0xd7b0) ||
    (code >= 0xff00 && code < 0xfff0);
  if (isEastAsian) return 2;
  // Four bytes for the two halves of a pair, such as those of an emoji.
  return code >= 0xd800 && code < 0xe000 ? 2 : 3;
}

const asciiKinds = Array.from({ length: 0x80 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z]/.test(character)) return "word";
  if (/\d/.test(character)) return "digit";
  return /[ \t\r\n]/.test(character) ? "space" : 1;
});
