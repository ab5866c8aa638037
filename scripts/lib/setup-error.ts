/** Something that a person can put right. `message` says what happened and what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** Runs a script's main function; a SetupError is printed without its stack and ends with exit code 1. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}\n` : error);
    process.exitCode = 1;
  }
}
