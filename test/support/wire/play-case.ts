import { createChat } from "node-llm-trpc/orm";
import type { ChatMessage } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import { readStream } from "../clients/read-stream.ts";
import type { ProviderName } from "../providers/create-provider-llm.ts";
import { createProviderLLM } from "../providers/create-provider-llm.ts";
import { createAppRouter, listen } from "../servers/create-app-router.ts";
import { callText, caseDifferences, sameCost, tokenDifferences } from "./case-differences.ts";
import type { CaseTools } from "./case-tools.ts";
import { createCaseTools } from "./case-tools.ts";
import type { ObservedAnswer } from "./observed-answer.ts";
import type { CaseServer, PlayedCase } from "./start-case-server.ts";
import type { WireCase, WireReply } from "./wire-case.ts";

/** Where the cases are played. */
export interface CaseStage {
  readonly prisma: PrismaClient;
  readonly server: CaseServer;
  /** The global `fetch` leads to the server, in place of a base URL. */
  readonly isRedirected?: boolean;
}

/** Plays a case through the router, over HTTP. Returns what is not as the case expects. */
export async function playThroughRouter(stage: CaseStage, wireCase: WireCase): Promise<string[]> {
  const name = `${wireCase.id}-router`;
  const played = stage.server.play(name, wireCase);
  const tools = createCaseTools();
  const failures: unknown[] = [];
  const router = createAppRouter(stage.prisma, openLLM(stage, wireCase, name), {
    models: [wireCase.model],
    tools: [...tools.tools],
    onError: (failure) => failures.push(failure),
    ...(wireCase.idleTimeout === undefined ? {} : { idleTimeout: wireCase.idleTimeout }),
  });
  const { server, url } = await listen(router);
  try {
    const client = createAppClient(url, name);
    const chat = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId: chat.id, content: "Hi" });
    const messageId = sent.assistantMessage.id;
    const events = await readStream(client, { messageId });
    const { id: chatId } = chat;
    const [stored, ...others] = await Promise.all([
      client.chat.messages.query({ chatId }),
      client.chat.get.query({ chatId }),
      client.chat.list.query({}),
      client.chat.stats.query({ chatId }),
      client.chat.usage.query({ groupBy: "model" }),
    ]);
    const done = events.at(-1)?.event;
    if (done?.type !== "done") return [`the last event is ${done?.type}`];
    const kept = stored.items.find((message) => message.id === messageId);
    const seen = JSON.stringify([sent, events, stored, others]);
    return [
      ...caseDifferences(wireCase, observed(done.message)).map((text) => `done: ${text}`),
      ...(kept === undefined
        ? keptDifferences(wireCase)
        : caseDifferences(wireCase, observed(kept)).map((text) => `messages: ${text}`)),
      ...leaks(wireCase, seen),
      ...playDifferences(wireCase, played, tools),
      ...(await ledgerDifferences(stage.prisma, chatId, done.message.usage.cost, wireCase)),
      ...(wireCase.expect.status === "failed" && failures.length === 0
        ? ["onError was not called"]
        : []),
    ];
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Plays a case through `askStream`, or `ask` where the case says so. Returns what is not as the case expects. */
export async function playThroughOrm(stage: CaseStage, wireCase: WireCase): Promise<string[]> {
  const name = `${wireCase.id}-orm`;
  const played = stage.server.play(name, wireCase);
  const tools = createCaseTools();
  const { prisma } = stage;
  const chat = await createChat(prisma, openLLM(stage, wireCase, name), {
    model: wireCase.model,
    tools: [...tools.tools],
    onFailure: "keep",
    ...(wireCase.idleTimeout === undefined ? {} : { idleTimeout: wireCase.idleTimeout }),
  });
  const differences: string[] = [];
  try {
    if (wireCase.call === "ask") await chat.ask("Hi");
    else for await (const chunk of chat.askStream("Hi")) if (chunk.done === true) break;
    if (wireCase.expect.status === "failed") differences.push("it did not reject");
  } catch (error) {
    if (wireCase.expect.status !== "failed") differences.push(`it rejected: ${String(error)}`);
  }
  const [row] = await prisma.llmMessage.findMany({
    where: { chatId: chat.id, role: "assistant" },
  });
  if (row !== undefined) {
    const calls = await prisma.llmToolCall.findMany({ where: { messageId: row.id } });
    const answer = observedRow(row, calls);
    differences.push(...caseDifferences(wireCase, answer));
    differences.push(...(await ledgerDifferences(prisma, chat.id, answer.usage.cost, wireCase)));
    differences.push(...(await askDifferences(stage, wireCase, answer.usage.cost)));
    if (JSON.stringify(row).includes("[object Object]")) differences.push("[object Object]");
  } else {
    differences.push(...keptDifferences(wireCase));
    const requests = await prisma.llmRequest.findMany({ where: { chatId: chat.id } });
    const code = requests.at(-1)?.errorCode ?? null;
    const wanted = [wireCase.expect.errorCode].flat();
    if (!wanted.includes(code ?? undefined))
      differences.push(`the ledger says ${String(code)} instead of ${wanted.join(" or ")}`);
  }
  return [...differences, ...playDifferences(wireCase, played, tools)];
}

function openLLM({ server, isRedirected = false }: CaseStage, wireCase: WireCase, name: string) {
  // The cases name core's providers.
  const provider = wireCase.provider as ProviderName;
  const { call, attempts = call === "ask" ? undefined : 1 } = wireCase;
  const retry = attempts === undefined ? undefined : { attempts, delayMs: 0 };
  return createProviderLLM(provider, { origin: server.origin, name, isRedirected }, retry);
}

function observed(message: ChatMessage): ObservedAnswer {
  return {
    ...message,
    toolCalls: message.toolCalls.map((call) => ({ ...call, id: call.toolCallId })),
  };
}

type MessageRow = Awaited<ReturnType<PrismaClient["llmMessage"]["findMany"]>>[number];
type CallRow = Awaited<ReturnType<PrismaClient["llmToolCall"]["findMany"]>>[number];

function observedRow(row: MessageRow, calls: readonly CallRow[]): ObservedAnswer {
  return {
    status: row.status,
    content: row.content,
    thinking: row.thinkingText,
    finishReason: row.finishReason,
    error: row.errorCode === null ? null : { code: row.errorCode },
    toolCalls: calls.map((call) => ({
      id: call.toolCallId,
      name: call.name,
      arguments: JSON.parse(call.arguments) as unknown,
      status: call.status,
    })),
    usage: { inputTokens: row.inputTokens, outputTokens: row.outputTokens, cost: row.cost },
  };
}

function keptDifferences({ expect: expected }: WireCase): string[] {
  const mayBeGone = expected.status === "failed" && expected.kept !== true;
  return mayBeGone ? [] : ["the message is gone"];
}

function leaks({ expect: expected }: WireCase, seen: string): string[] {
  return [...(expected.mustNotLeak ?? []), "sk-SECRET", "[object Object]"]
    .filter((text) => seen.includes(text) || seen.includes(JSON.stringify(text).slice(1, -1)))
    .map((text) => `a client sees ${text}`);
}

function playDifferences(wireCase: WireCase, played: PlayedCase, tools: CaseTools): string[] {
  const { responses, expect: expected } = wireCase;
  const differences = [...played.complaints];
  const count = played.requests.length;
  if (count !== responses.length)
    differences.push(`${count} requests were made instead of ${responses.length}`);
  const wanted = (expected.toolCalls ?? []).map(callText).toSorted();
  if (tools.runs().join() !== wanted.join())
    differences.push(`the tools ran as ${tools.runs().join()} instead of ${wanted.join()}`);
  for (const [index, least] of (expected.minGapsMs ?? []).entries()) {
    const [before, after] = [played.requests[index], played.requests[index + 1]];
    const gap = before === undefined || after === undefined ? 0 : after.at - before.at;
    if (gap < least) differences.push(`request ${index + 2} came after ${gap} ms`);
  }
  return differences;
}

/** The rows of the ledger add up to the cost of the message, and their tokens are integers. */
async function ledgerDifferences(
  prisma: PrismaClient,
  chatId: string,
  cost: number | null,
  { expect: expected }: WireCase,
): Promise<string[]> {
  const rows = await prisma.llmRequest.findMany({ where: { chatId } });
  const differences = rows.flatMap((row) => tokenDifferences(row));
  const costs = rows.map((row) => row.cost);
  const sum = costs.includes(null) ? null : costs.reduce<number>((all, one) => all + (one ?? 0), 0);
  const isJudged = expected.status === "complete" && expected.usage?.cost !== undefined;
  if (isJudged && !sameCost(sum, cost))
    differences.push(`the ledger adds up to ${sum}, the message costs ${cost}`);
  return differences;
}

/** The stream costs what the same answer costs when it is asked for without one. */
async function askDifferences(
  stage: CaseStage,
  wireCase: WireCase,
  cost: number | null,
): Promise<string[]> {
  const reply: WireReply | undefined = wireCase.expect.costOfAsk;
  if (reply === undefined) return [];
  const name = `${wireCase.id}-cost`;
  stage.server.play(name, { provider: wireCase.provider, responses: [reply] });
  const asked = await createChat(stage.prisma, openLLM(stage, wireCase, name), {
    model: wireCase.model,
  });
  const row = await asked.ask("Hi");
  return sameCost(cost, row.cost) ? [] : [`the stream costs ${cost}, and ask costs ${row.cost}`];
}
