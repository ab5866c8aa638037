import { cutText } from "../../shared/cut-text.ts";

/** A value as its schema parsed it, or what is wrong with it. */
export type Checked = { readonly value: unknown } | { readonly problem: string };

/**
 * A schema of any library that follows the Standard Schema, such as zod, Valibot and ArkType.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    /** Only for the type checker. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** What a library of schemas says of a value that does not fit. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a library of schemas adds that can describe them, by https://standardschema.dev/json-schema. */
interface DescribesItself {
  readonly jsonSchema: { readonly input: (options: { readonly target: string }) => JsonSchema };
}

type JsonSchema = { readonly [keyword: string]: unknown };

/** Also true for schemas of ArkType, which are functions. */
export function isStandardSchema(schema: unknown): schema is StandardSchema {
  return (
    ((typeof schema === "object" && schema !== null) || typeof schema === "function") &&
    "~standard" in schema
  );
}

/** @throws Error when the schema cannot describe itself. */
export function describeStandard({ "~standard": standard }: StandardSchema): JsonSchema {
  if (!describesItself(standard)) {
    throw new Error(
      `the schema of "${standard.vendor}" cannot describe itself as JSON Schema. ` +
        'Update that library, or wrap the schema: with `toStandardJsonSchema` of "@valibot/to-json-schema" for Valibot.',
    );
  }
  return standard.jsonSchema.input({ target: "draft-07" });
}

function describesItself(standard: object): standard is DescribesItself {
  return (
    "jsonSchema" in standard &&
    typeof standard.jsonSchema === "object" &&
    standard.jsonSchema !== null &&
    "input" in standard.jsonSchema &&
    typeof standard.jsonSchema.input === "function"
  );
}

/** Validates a value. */
export async function checkStandard(schema: StandardSchema, value: unknown): Promise<Checked> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value };
  return { problem: describeIssues(result.issues) };
}

/** A model or a stranger chooses how many issues a value has, so only the first ones are told. */
const maxIssues = 3;
const maxProblemChars = 500;

/** Says what is wrong with a value. */
export function describeIssues(issues: readonly Issue[]): string {
  const first = issues.slice(0, maxIssues).map(describeIssue).join("; ");
  const more = issues.length > maxIssues ? `; and ${issues.length - maxIssues} more` : "";
  return `${cutText(first, maxProblemChars)}${more}`;
}

function describeIssue({ message, path = [] }: Issue): string {
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
