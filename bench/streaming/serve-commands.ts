/**
 * Carries out the commands that a `PinnedProcess` sends to this process, and says that it is ready. The caller sends each
 * command with the right input.
 */
export function serveCommands(commands: {
  readonly [command: string]: (input: never) => unknown;
}): void {
  process.on("message", ({ id, command, input }: Message) => {
    const run = async (): Promise<unknown> => await commands[command]?.(input);
    run().then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0, result: null });
}

interface Message {
  readonly id: number;
  readonly command: string;
  readonly input: never;
}
