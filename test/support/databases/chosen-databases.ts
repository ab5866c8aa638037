/** The databases that TEST_DATABASES names, such as "mysql"; null for the usual ones of each suite. */
export const chosenDatabases: readonly string[] | null =
  process.env["TEST_DATABASES"]?.split(",") ?? null;

/** True unless TEST_DATABASES leaves the database out. */
export function isChosen(name: string): boolean {
  return chosenDatabases === null || chosenDatabases.includes(name);
}
