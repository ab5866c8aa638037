import { createTestDatabase } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { callProcedure } from "../../test/support/clients/call-procedure.ts";
import { openClient } from "../../test/support/databases/open-client.ts";
import type { FuzzServerReport } from "../../test/support/fuzz/fuzz-server.ts";
import { ForkedProgram } from "../../test/support/processes/forked-program.ts";
import { readAttacks } from "./read-attacks.ts";

/**
 * What one request costs a server: how long it blocks the event loop, how much memory it takes, and what the client is
 * told. Each attack has a server of its own, with what a router does by default.
 */
const attacks: readonly { readonly name: string; readonly path: string; readonly text: Text }[] = [
  {
    name: "send with 300,000 attachments {}",
    path: "chat.send",
    text: (chatId) => sendText(chatId, `[${"{},".repeat(299_999)}{}]`),
  },
  {
    name: "send with 2,000,000 attachments {}",
    path: "chat.send",
    text: (chatId) => sendText(chatId, `[${"{},".repeat(1_999_999)}{}]`),
  },
  {
    name: "create with 600,000 keys of metadata",
    path: "chat.create",
    text: () => {
      const keys = Array.from({ length: 600_000 }, (_, index) => `"${index.toString(36)}":1`);
      return `{"metadata":{${keys.join()}}}`;
    },
  },
  {
    name: "create with 100,000 levels of metadata",
    path: "chat.create",
    text: () => `{"metadata":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
  },
  {
    name: "create with 3,400,000 levels of metadata",
    path: "chat.create",
    text: () => `{"metadata":{"a":${"[".repeat(3_400_000)}${"]".repeat(3_400_000)}}}`,
  },
];

type Text = (chatId: string) => string;

function sendText(chatId: string, attachments: string): string {
  return `{"chatId":"${chatId}","content":"Hi","attachments":${attachments}}`;
}

/** Runs an attack against a server of its own, and says what it has cost. */
async function run(
  name: string,
  prepare: (prisma: PrismaClient, chatId: string) => Promise<void>,
  attack: (
    server: { readonly url: string; readonly port: number },
    chatId: string,
  ) => Promise<string>,
): Promise<void> {
  const database = await createTestDatabase(({ url }) => openClient(url));
  const chat = await database.prisma.llmChat.create({ data: { userId: "u1" } });
  await prepare(database.prisma, chat.id);
  const program = new ForkedProgram<FuzzServerReport>("../fuzz/fuzz-server.ts", [
    database.url,
    "limited",
  ]);
  const { port } = await program.reported("ready");
  const url = `http://127.0.0.1:${port}`;
  // The first call of a process compiles what the others use.
  await callProcedure({ url, user: "u1", kind: "mutation", path: "chat.create", input: {} });
  const answer = await Promise.race([
    attack({ url, port }, chat.id).catch(() => "no response"),
    program.exited.then((code) => `the process ended with ${String(code)}`),
  ]);
  program.send("pulse");
  const pulse = await program.reported("pulse").catch(() => null);
  console.log(
    `${name}: ` +
      (pulse === null
        ? ""
        : `blocked ${Math.round(pulse.longestMs)} ms (${Math.round(pulse.longestCpuMs)} ms of CPU), ${Math.round(pulse.memory / 1e6)} MB, `) +
      answer,
  );
  program.kill("SIGKILL");
  await database.close();
}

for (const { name, path, text } of attacks) {
  await run(
    name,
    () => Promise.resolve(),
    async ({ url }, chatId) => {
      const body = text(chatId);
      const call = { url, user: "u1", kind: "mutation", path, text: body } as const;
      const { status, message } = await callProcedure(call);
      return `${status} ${message?.slice(0, 60)} (${(body.length / 1e6).toFixed(1)} MB)`;
    },
  );
}
for (const { name, prepare, attack } of readAttacks) await run(name, prepare, attack);
