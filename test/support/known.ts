type Below = {
  readonly 5: 4;
  readonly 4: 3;
  readonly 3: 2;
  readonly 2: 1;
  readonly 1: 0;
  readonly 0: 0;
};

/** True when the type, or one that is inside of it, is `any`. What is deeper is left alone: JSON may be endless. */
type HasAny<Value, Depth extends keyof Below = 5> = 0 extends 1 & Value
  ? true
  : Depth extends 0
    ? false
    : Value extends readonly (infer Item)[]
      ? HasAny<Item, Below[Depth]>
      : Value extends object
        ? { [Key in keyof Value]-?: HasAny<Value[Key], Below[Depth]> }[keyof Value]
        : false;

/**
 * Returns a value of which a client gave the type, and does not compile when that is `any`, or has one inside: `any`
 * would pass every other test of a type.
 */
export const known = <Value>(value: true extends HasAny<Value> ? never : Value): Value => value;
