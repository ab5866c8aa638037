export type Environment = Readonly<Record<string, string | undefined>>;

/** The process that a command runs in. Tests replace it. */
export interface CliIo {
  /** The project's folder. */
  readonly cwd: string;
  readonly env: Environment;
  /** Whether there is a user who can answer a question. */
  readonly isInteractive: boolean;
  /** Prints one or more lines to standard output. */
  out(text: string): void;
  /** Prints one or more lines to standard error. */
  err(text: string): void;
  /** Asks a question on the terminal and resolves with the trimmed reply. */
  ask(question: string): Promise<string>;
}
