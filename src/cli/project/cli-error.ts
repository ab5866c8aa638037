/** A problem that the user can fix. The CLI prints its message without a stack. */
export class CliError extends Error {
  /** 1 for a problem in the project, 2 for a wrong command line. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}
