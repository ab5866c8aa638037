import type { Attack, Target } from "./attack.ts";

/** One request each. */
export const oneRequest: readonly Attack[] = [
  attack("`send` with 300,000 attachments `{}`", "send", (chatId) =>
    sendText(chatId, `[${"{},".repeat(299_999)}{}]`),
  ),
  attack("`send` with 2,000,000 attachments `{}`", "send", (chatId) =>
    sendText(chatId, `[${"{},".repeat(1_999_999)}{}]`),
  ),
  attack("`create` with 600,000 keys of metadata", "create", () => {
    const keys = Array.from({ length: 600_000 }, (_, index) => `"${index.toString(36)}":1`);
    return `{"metadata":{${keys.join()}}}`;
  }),
  attack("`create` with 100,000 levels of metadata", "create", () => levels(100_000)),
  attack("`create` with 3,400,000 levels of metadata", "create", () => levels(3_400_000)),
  {
    name: "`send` with the id of another user's message, and with none",
    run: async ({ prisma, call, chatId }) => {
      const theirs = await prisma.llmChat.create({ data: { userId: "u2" } });
      const { id } = await prisma.llmMessage.create({
        data: { chatId: theirs.id, role: "user", content: "Hi", position: 1, active: true },
      });
      const answers = [id, "17"].map((one) =>
        call("mutation", "send", { chatId, content: "Hi", id: one }),
      );
      const [used, none] = await Promise.all(answers);
      return used?.status === none?.status && used?.message === none?.message
        ? `the same refusal: ${used?.message}`
        : "they differ";
    },
  },
];

function attack(name: string, procedure: string, textOf: (chatId: string) => string): Attack {
  return {
    name,
    run: async ({ call, chatId }: Target) => {
      const text = textOf(chatId);
      const { status, message } = await call("mutation", procedure, undefined, text);
      return `${(text.length / 1e6).toFixed(1)} MB: ${status} ${message?.slice(0, 60)}`;
    },
  };
}

function levels(count: number): string {
  return `{"metadata":{"a":${"[".repeat(count)}${"]".repeat(count)}}}`;
}

function sendText(chatId: string, attachments: string): string {
  return `{"chatId":"${chatId}","content":"Hi","attachments":${attachments}}`;
}
