/** The field of a value whose type is not known; undefined when the value is no object or has no such field. */
export function readField(value: unknown, name: string): unknown {
  // All other values have fields, or lack them.
  return (value as Record<string, unknown> | null | undefined)?.[name];
}
