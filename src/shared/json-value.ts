/** A value that survives JSON unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A JSON object of which nothing is known. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and not an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one for anything else. */
export function asRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

/** The value as an array; an empty one for anything else. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text; an empty one for anything else. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value as a number, also of a text that is one; NaN for anything else. */
export function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

/** A value with more levels is not sent as JSON: reading or writing it may exhaust the stack. */
export const maxJsonDepth = 100;

/** Whether a value has more levels than are sent. */
export function isTooDeep(value: unknown, levels: number = maxJsonDepth): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner: unknown) => isTooDeep(inner, levels - 1));
}

/** Superjson throws on these keys: a value with one of them could be stored, and never be read again. */
const unsafeKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** The first key, at any level, that cannot be sent through every transformer of tRPC; undefined for none. */
export function findUnsafeKey(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  for (const [key, inner] of entries) {
    const found = unsafeKeys.has(key) ? key : findUnsafeKey(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value with `constructor_` instead of `constructor`, and so on: nothing that was said is hidden. */
export function withSafeKeys(value: JsonValue): JsonValue {
  return findUnsafeKey(value) === undefined ? value : renamed(value);
}

function renamed(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (!isRecord(value)) return value.map(renamed);
  const entries = Object.entries<JsonValue>(value).map(([key, inner]) => {
    let safe = key;
    while (unsafeKeys.has(safe) || (safe !== key && Object.hasOwn(value, safe))) safe += "_";
    return [safe, renamed(inner)];
  });
  return Object.fromEntries(entries);
}

/** The parsed JSON as it is sent to clients; the text itself for one that is not valid JSON, or has too many levels. */
export function parseForClients(text: string): JsonValue {
  try {
    const json: JsonValue = JSON.parse(text);
    return isTooDeep(json) ? text : withSafeKeys(json);
  } catch {
    return text;
  }
}

/** The parsed JSON; undefined for a text that is not valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
