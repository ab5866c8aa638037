/** The body of a request to Gemini: https://ai.google.dev/api/generate-content. */
export interface GeminiBody {
  readonly contents: readonly GeminiContent[];
  readonly tools?: readonly { readonly functionDeclarations?: readonly unknown[] }[];
  readonly [key: string]: unknown;
}

interface GeminiContent {
  readonly role?: string;
  readonly parts?: readonly GeminiPart[];
}

type GeminiPart = Readonly<Record<string, unknown>>;

/**
 * Checks what Gemini refuses: fields that its protocol buffers do not have, empty turns, calls and results that do not
 * match, and, in the turn in progress, a call without the signature that came with it
 * (https://ai.google.dev/gemini-api/docs/thought-signatures).
 *
 * @param isSignature whether the server has issued this signature; null for a model that does not ask for any.
 * @returns what is wrong, or null.
 */
export function strictGeminiRequest(
  body: GeminiBody,
  isSignature: ((signature: unknown) => boolean) | null,
): string | null {
  return (
    unknownField(body, "", bodyFields) ??
    unknownField(body["generationConfig"], "generation_config", configFields) ??
    checkTools(body) ??
    checkContents(body.contents) ??
    checkCalls(body.contents) ??
    (isSignature === null ? null : checkSignatures(body.contents, isSignature))
  );
}

const bodyFields = new Set([
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "safetySettings",
  "generationConfig",
  "cachedContent",
]);

/** https://ai.google.dev/api/generate-content#generationconfig */
const configFields = new Set([
  "stopSequences",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "responseModalities",
  "candidateCount",
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseLogprobs",
  "logprobs",
  "thinkingConfig",
]);

/** https://ai.google.dev/api/caching#Part */
const partFields = new Set([
  "text",
  "thought",
  "thoughtSignature",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
]);

/** https://ai.google.dev/api/caching#FunctionDeclaration */
const declarationFields = new Set(["name", "description", "parameters", "parametersJsonSchema"]);

/** https://ai.google.dev/api/caching#Schema; seen refused: https://github.com/openswarm-ai/openswarm/issues/24. */
const schemaFields = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "maxItems",
  "minItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "example",
  "anyOf",
  "propertyOrdering",
  "default",
  "items",
  "minimum",
  "maximum",
]);

/** "Invalid JSON payload received. Unknown name …": protocol buffers have no other fields. */
function unknownField(value: unknown, path: string, known: ReadonlySet<string>): string | null {
  if (typeof value !== "object" || value === null) return null;
  const name = Object.keys(value).find((key) => !known.has(key));
  return name === undefined ? null : `Unknown name "${name}" at '${path}': Cannot find field.`;
}

function checkTools({ tools = [] }: GeminiBody): string | null {
  for (const declaration of tools.flatMap((tool) => tool.functionDeclarations ?? [])) {
    const problem =
      unknownField(declaration, "tools[0].function_declarations", declarationFields) ??
      checkSchema(fieldOf(declaration, "parameters"), "parameters");
    if (problem !== null) return problem;
  }
  return null;
}

function checkSchema(schema: unknown, path: string): string | null {
  if (schema === undefined) return null;
  const problem = unknownField(schema, path, schemaFields);
  if (problem !== null) return problem;
  if (Array.isArray(fieldOf(schema, "type")))
    return `"type" at '${path}': Proto field is not repeating, cannot start list.`;
  const inner: [string, unknown][] = Object.entries(fieldOf(schema, "properties") ?? {});
  const options = fieldOf(schema, "anyOf");
  if (Array.isArray(options))
    inner.push(...options.map((one, index): [string, unknown] => [`any_of[${index}]`, one]));
  inner.push(["items", fieldOf(schema, "items")]);
  for (const [name, one] of inner) {
    const found = checkSchema(one, `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}

function checkContents(contents: readonly GeminiContent[]): string | null {
  if (contents.length === 0) return "contents are required";
  for (const [index, { role, parts = [], ...rest }] of contents.entries()) {
    const path = `contents[${index}]`;
    if (role !== "user" && role !== "model")
      return `${path}: Please use a valid role: user, model.`;
    if (Object.keys(rest).length > 0) return `Unknown name at '${path}': Cannot find field.`;
    if (parts.length === 0) return `${path}.parts: contents.parts must not be empty.`;
    for (const part of parts) {
      const problem = unknownField(part, `${path}.parts`, partFields);
      if (problem !== null) return problem;
      const data = ["text", "inlineData", "fileData", "functionCall", "functionResponse"];
      if (data.filter((name) => part[name] !== undefined).length !== 1)
        return `${path}.parts: required oneof field 'data' must have one initialized field`;
      const response = part["functionResponse"];
      if (response !== undefined && !isObject(fieldOf(response, "response")))
        return `${path}.parts.function_response.response: must be an object`;
    }
  }
  return null;
}

/** https://github.com/google-gemini/gemini-cli/issues/4217 */
function checkCalls(contents: readonly GeminiContent[]): string | null {
  for (const [index, content] of contents.entries()) {
    const previous = contents[index - 1];
    const calls = partsWith(previous, "functionCall");
    const responses = partsWith(content, "functionResponse");
    if (partsWith(content, "functionCall").length > 0 && previous?.role !== "user")
      return "Please ensure that function call turn comes immediately after a user turn or after a function response turn.";
    if (responses.length > 0 && calls.length === 0)
      return "Please ensure that function response turn comes immediately after a function call turn.";
    if (responses.length !== calls.length)
      return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
    const names = (parts: readonly GeminiPart[], field: string): string =>
      parts
        .map((part) => String(fieldOf(part[field], "name")))
        .toSorted()
        .join();
    if (names(calls, "functionCall") !== names(responses, "functionResponse"))
      return "the names of the function responses are not those of the function calls";
  }
  return partsWith(contents.at(-1), "functionCall").length > 0
    ? "Please ensure that function call turn is followed by a function response turn."
    : null;
}

/** Accepted for a call that another model has made: https://ai.google.dev/gemini-api/docs/thought-signatures. */
const placeholder = "skip_thought_signature_validator";

/** Only the turn in progress is checked, and in each step only the first call, which carries the signature. */
function checkSignatures(
  contents: readonly GeminiContent[],
  isSignature: (signature: unknown) => boolean,
): string | null {
  const first = contents.findLastIndex(
    (content) => content.role === "user" && partsWith(content, "functionResponse").length === 0,
  );
  for (const content of contents.slice(first)) {
    const [call] = partsWith(content, "functionCall");
    if (call === undefined) continue;
    const signature = call["thoughtSignature"];
    if (signature === undefined)
      return "Function call is missing a thought_signature in functionCall parts.";
    if (signature !== placeholder && !isSignature(signature))
      return "Thought signature is not valid.";
  }
  return null;
}

function partsWith(content: GeminiContent | undefined, field: string): readonly GeminiPart[] {
  return (content?.parts ?? []).filter((part) => part[field] !== undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
