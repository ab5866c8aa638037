/** What a command knows of the process that it runs in. */
export interface CliIo {
  /** The project's folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True when somebody is there to answer a question. */
  readonly isInteractive: boolean;
  /** Writes a line, or several, to standard output. */
  out(text: string): void;
  /** Writes a line, or several, to standard error. */
  err(text: string): void;
  /** Asks on the terminal; resolves with the answer without surrounding spaces. */
  ask(question: string): Promise<string>;
}
