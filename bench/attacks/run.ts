import { createTestDatabase } from "node-llm-trpc/testing";
import { callProcedure } from "../../test/support/clients/call-procedure.ts";
import { openClient } from "../../test/support/databases/open-client.ts";
import { ForkedProgram } from "../../test/support/processes/forked-program.ts";
import type { Attack, Target } from "./attack.ts";
import { manyRequests } from "./many-requests.ts";
import { oneRequest } from "./one-request.ts";
import { readAttacks } from "./read-attacks.ts";
import type { AttackedReport } from "./server.ts";

/**
 * What a stranger with a login can cost a server: how long an attack blocks the event loop, how much memory it takes,
 * and what comes of it. Each attack has a server of its own, with what a router does by default, on SQLite.
 * `ATTACK=watch npm run bench attacks` runs those whose name has the word.
 */
const reading: readonly Attack[] = readAttacks.map(({ name, prepare, attack }) => ({
  name,
  prepare: ({ prisma, chatId }) => prepare(prisma, chatId),
  run: ({ url, chatId }) => attack({ url, port: Number(new URL(url).port) }, chatId),
}));

const wanted = process.env["ATTACK"] ?? "";
for (const [title, attacks] of [
  ["One request", oneRequest],
  ["Many requests", manyRequests],
  ["Reading", reading],
] as const) {
  console.log(
    `\n${title}\n\n| attack | blocked | CPU | memory before and at most | outcome |\n|-|-|-|-|-|`,
  );
  for (const attack of attacks.filter(({ name }) => name.includes(wanted)))
    console.log(await measure(attack));
}

async function measure({ name, budget, prepare, run }: Attack): Promise<string> {
  const database = await createTestDatabase(({ url }) => openClient(url));
  const { prisma } = database;
  const { id: chatId } = await prisma.llmChat.create({ data: { userId: "u1" } });
  await prepare?.({ prisma, chatId });
  const program = new ForkedProgram<AttackedReport>("../../../bench/attacks/server.ts", [
    database.url,
    ...(budget === undefined ? [] : [String(budget)]),
  ]);
  const { port } = await program.reported("ready");
  const url = `http://127.0.0.1:${port}`;
  const call: Target["call"] = (kind, procedure, input, text) =>
    callProcedure({
      url,
      user: "u1",
      kind,
      path: `chat.${procedure}`,
      ...(text === undefined ? { input } : { text }),
    });
  const pulse = async () => {
    program.reports.length = 0;
    program.send("pulse");
    return program.reported("pulse").catch(() => null);
  };
  // The first call of a process compiles what the others use.
  await call("mutation", "create", {});
  const before = await pulse();
  const calls = async (): Promise<number> => (await pulse())?.calls ?? 0;
  const outcome = await Promise.race([
    run({ url, chatId, prisma, call, calls }),
    program.exited.then((code) => `the process ended with ${String(code)}`),
  ]);
  const after = await pulse();
  program.kill("SIGKILL");
  await database.close();
  const megabytes = (bytes = 0): number => Math.round(bytes / 1e6);
  return after === null
    ? `| ${name} | | | | ${outcome} |`
    : `| ${name} | ${Math.round(after.longestMs)} ms | ${Math.round(after.longestCpuMs)} ms | ` +
        `${megabytes(before?.memory)} → ${megabytes(after.memory)} MB | ${outcome} |`;
}
