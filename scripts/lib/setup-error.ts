/** A problem that the user can fix. Its message says what happened and what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** Runs a script's main function. On an error it sets exit code 1, and prints a SetupError without its stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}\n` : error);
    process.exitCode = 1;
  }
}
