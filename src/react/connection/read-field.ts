/** Reads a field of a value of unknown type; undefined when the value has no such field. */
export function readField(value: unknown, name: string): unknown {
  // Any value but null and undefined can be asked for any field.
  return (value as Record<string, unknown> | null | undefined)?.[name];
}
