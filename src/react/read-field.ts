/** The field of a value whose type is not known; undefined when the value is no object or has no such field. */
export function readField(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
