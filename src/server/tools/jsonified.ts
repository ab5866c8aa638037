import type { JsonValue } from "../../shared/json-value.ts";

/** What becomes of a value when it is sent as JSON: a `Date` becomes a string, for example. */
export type Jsonified<Value> = 0 extends 1 & Value
  ? JsonValue
  : unknown extends Value
    ? JsonValue
    : Value extends JsonValue
      ? Value
      : Value extends { toJSON(): infer Json }
        ? Jsonified<Json>
        : Value extends undefined | void | symbol | NotJson
          ? null
          : Value extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
            ? { readonly [key: string]: never }
            : Value extends readonly unknown[]
              ? { readonly [Index in keyof Value]: Jsonified<Value[Index]> }
              : Value extends object
                ? JsonifiedObject<Value>
                : never;

type NotJson = (...args: never[]) => unknown;

/** What JSON leaves out has no key, and what may be undefined has an optional one. */
type JsonifiedObject<Value> = Flat<
  {
    readonly [Key in RequiredKeys<Value>]: Jsonified<Value[Key]>;
  } & {
    readonly [Key in OptionalKeys<Value>]?: Jsonified<Exclude<Value[Key], undefined>>;
  }
>;

type Flat<Value> = { [Key in keyof Value]: Value[Key] };

type RequiredKeys<Value> = {
  [Key in keyof Value]-?: Key extends symbol
    ? never
    : undefined extends Value[Key]
      ? never
      : Value[Key] extends NotJson | symbol
        ? never
        : Key;
}[keyof Value];

type OptionalKeys<Value> = {
  [Key in keyof Value]-?: Key extends symbol
    ? never
    : undefined extends Value[Key]
      ? Exclude<Value[Key], undefined> extends NotJson | symbol
        ? never
        : Key
      : never;
}[keyof Value];
