import type { TestDatabase } from "../databases/describe-databases.ts";
import { planAnswer } from "./plan-answer.ts";
import type { Asked, ChatUser } from "./chat-user.ts";
import { question } from "./start-planned-provider.ts";
import type { World } from "./world.ts";

type Prisma = TestDatabase["prisma"];

/** Compares the rows that a run has left with what its users were told. Returns the number of interrupted answers. */
export async function verifyDatabase(
  database: TestDatabase,
  world: World,
  users: readonly ChatUser[],
): Promise<number> {
  const { prisma } = database;
  await verifyNothingInProgress(prisma, world);
  for (const user of users) await verifyUser(prisma, world, user);
  await verifyAccounts(prisma, world);
  if (database.name === "sqlite") {
    const found = await prisma.$queryRawUnsafe("PRAGMA integrity_check");
    world.check(JSON.stringify(found).includes('"ok"'), () => JSON.stringify(found));
    const broken = await prisma.$queryRawUnsafe("PRAGMA foreign_key_check");
    world.check(JSON.stringify(broken) === "[]", () => JSON.stringify(broken));
  }
  return await prisma.llmMessage.count({ where: { status: "interrupted" } });
}

async function verifyNothingInProgress(prisma: Prisma, world: World): Promise<void> {
  const left = {
    locks: await prisma.llmMessage.findMany({ where: { turnLock: { not: null } } }),
    messages: await prisma.llmMessage.findMany({
      where: { status: { in: ["pending", "streaming"] } },
    }),
    tools: await prisma.llmToolCall.findMany({
      where: { OR: [{ status: "running" }, { result: null }] },
      include: { message: { select: { status: true } } },
    }),
    chunks: await prisma.llmMessageChunk.findMany({
      where: { kind: { not: "fence" } },
      include: { message: { select: { status: true } } },
    }),
  };
  for (const [name, rows] of Object.entries(left))
    world.check(rows.length === 0, () => `Left in progress, ${name}: ${JSON.stringify(rows)}`);
}

/** Checks that nobody holds anything any more, and that what was spent is what the ledger says. */
async function verifyAccounts(prisma: Prisma, world: World): Promise<void> {
  // Who has deleted a chat is remembered for a while.
  const rows = await prisma.llmAccount.findMany({ where: { scope: { not: "deleted" } } });
  const holds = rows.filter(({ id, scope }) => id !== scope);
  world.check(holds.length === 0, () => `Left as holds: ${describe(holds)}`);
  for (const totals of rows.filter(({ id, scope }) => id === scope)) {
    const { scope, answers, tokens, spentTokens, periodStart } = totals;
    world.check(answers === 0 && tokens === 0, () => `Left as held: ${describe(totals)}`);
    const calls = await prisma.llmUsage.findMany({
      where: { scope, createdAt: { gte: new Date(Number(periodStart)) } },
    });
    const sum = calls.reduce((total, call) => total + call.inputTokens + call.outputTokens, 0);
    world.check(
      BigInt(sum) === spentTokens,
      () => `${scope}: ${spentTokens} tokens were counted, and ${sum} are in the ledger.`,
    );
    const days = await prisma.llmUsageDay.findMany({ where: { scope } });
    for (const kind of ["model", "chat"]) {
      const counted = days
        .filter((day) => day.kind === kind)
        .reduce((total, day) => total + Number(day.inputTokens + day.outputTokens), 0);
      world.check(counted === sum, () => `${scope}: the days of each ${kind} have ${counted}.`);
    }
  }
  const requests = await prisma.llmRequest.count();
  const calls = await prisma.llmUsage.count();
  world.check(calls >= requests, () => `${requests} requests, and ${calls} calls in the ledger.`);
}

function describe(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? String(part) : part,
  );
}

async function verifyUser(prisma: Prisma, world: World, user: ChatUser): Promise<void> {
  const { chatId, asked, refused, name } = user;
  if (chatId === "") return;
  const messages = await prisma.llmMessage.findMany({ where: { chatId } });
  const requests = await prisma.llmRequest.findMany({ where: { chatId } });
  const rows = new Map(messages.map((message) => [message.id, message]));
  for (const id of refused)
    world.check(!rows.has(id), () => `${name}: ${id} was refused but stored.`);
  const positions = messages.map((message) => message.position);
  world.check(
    new Set(positions).size === positions.length,
    () => `${name} has a position taken twice.`,
  );
  const children = messages.filter((message) => message.active).map((message) => message.parentId);
  world.check(new Set(children).size === children.length, () => `${name} has two active siblings.`);
  for (const one of asked) {
    const row = rows.get(one.userMessageId);
    world.check(row?.content === question(one.token), () => `${one.token} is not stored.`);
    const answers = messages.filter(
      (message) => message.parentId === one.userMessageId && message.role === "assistant",
    );
    const missing = one.answerIds.filter((id) => !rows.has(id));
    world.check(missing.length <= one.removed, () => `${one.token} lost ${missing.join()}.`);
    verifyCalls(world, one, answers.length);
    for (const answer of answers) {
      if (answer.status !== "complete") continue;
      const rowsOfAnswer = requests.filter((request) => request.messageId === answer.id);
      const attempts = world.provider.calls(one.token).map((call) => call.attempt);
      const steps = new Set(
        attempts.map((attempt) => planAnswer(world.seed, one.token, attempt).length),
      );
      world.check(
        steps.has(rowsOfAnswer.length) &&
          rowsOfAnswer.every((request) => request.statusCode === 200),
        () =>
          `${one.token}: ${rowsOfAnswer.length} requests in the ledger, not ${[...steps].join(" or ")}.`,
      );
    }
  }
  // Stopped calls have rows as well, but may not have reached the provider.
  const answered = requests.filter((request) => request.statusCode === 200);
  const calls = asked.reduce((sum, one) => sum + world.provider.calls(one.token).length, 0);
  world.check(
    answered.length <= calls,
    () => `${name}: ${answered.length} of ${calls} in the ledger.`,
  );
}

/** Checks that each answer made one first call of the provider, and one more for each further step. */
function verifyCalls(world: World, asked: Asked, stored: number): void {
  const calls = world.provider.calls(asked.token);
  const first = calls.filter((call) => call.step === 0).length;
  const answers = stored + asked.removed;
  world.check(first <= answers, () => `${asked.token}: ${first} calls for ${answers} answers.`);
  const steps = calls.map((call) => `${call.attempt}/${call.step}`);
  world.check(
    new Set(steps).size === steps.length,
    () => `${asked.token}: repeated ${steps.join()}`,
  );
}
