import { ForkedProgram } from "../processes/forked-program.ts";
import { SeededRandom } from "../seeded-random.ts";
import { sampleFiles } from "../files/sample-files.ts";
import type { InputIds } from "../servers/procedures.ts";
import { procedures } from "../servers/procedures.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import { readStream } from "../clients/read-stream.ts";
import { writesHeader } from "./count-writes.ts";
import type { FuzzRequest, FuzzWorld } from "./fuzz-request.ts";
import { fuzzRequest } from "./fuzz-request.ts";
import { fuzzBatch } from "./fuzz-batch.ts";
import type { FuzzServerReport } from "./fuzz-server.ts";

export interface FuzzOptions {
  /** The URL of the database. */
  readonly url: string;
  readonly seed: string;
  /** Requests for each procedure. */
  readonly requests: number;
}

export interface FuzzResult {
  /** Everything that must not happen, with the request that led to it. */
  readonly faults: readonly string[];
  /** How many requests had each status. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly longestMs: number;
  readonly longestCpuMs: number;
  readonly memory: number;
}

/** The statuses of what is refused for its input, whatever the database has. */
const refusals = new Set([400, 401, 405, 413, 415]);
/** Stands for requests of several calls among the names of procedures. */
const batch = "several at once";
/** Requests at a time. */
const lanes = 16;
/** What no message to a client contains: texts of JavaScript, zod, Prisma, SQL and tRPC about their inside. */
const internal =
  /call stack|is not a function|cannot read prop|unexpected (token|end)|in JSON at|zod|prisma|invocation|\bselect\b|\binsert\b|constraint|node_modules|\n\s+at /i;

/** Sends requests to every procedure of a server of its own, and looks for what must not happen. */
export async function runFuzz({ url, seed, requests }: FuzzOptions): Promise<FuzzResult> {
  const program = new ForkedProgram<FuzzServerReport>("../fuzz/fuzz-server.ts", [url]);
  const { port } = await program.reported("ready");
  const server = `http://127.0.0.1:${port}`;
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  try {
    const world: FuzzWorld = { mine: [], strangers: [] };
    await refresh(server, world);
    // The first requests load and compile what all others need.
    program.send("pulse");
    let refreshing: Promise<void> | null = null;
    /** Lanes that ask for it at the same time share one. */
    const refreshOnce = (): Promise<void> =>
      (refreshing ??= refresh(server, world).finally(() => (refreshing = null)));
    const names = [...Object.keys(procedures), batch];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < names.length * requests) {
        // The procedures take turns, so that what one leaves behind meets the others.
        const index = Math.floor(next / names.length);
        const name = names[next++ % names.length] ?? "";
        const random = new SeededRandom(`${seed} ${name} ${index}`);
        const request =
          name === batch
            ? fuzzBatch(world, random)
            : { ...fuzzRequest(name, world, random), names: [name] };
        const { status, fault } = await send(server, request, name === batch);
        // Otherwise there would soon be nothing left to find.
        const isUsedUp = request.names.some((one) => one === "delete" || one === "respondToTool");
        if (isUsedUp && (status === 200 || status === 207)) await refreshOnce();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (fault !== null)
          faults.push(`${name} ${index}: ${fault}: ${request.text?.slice(0, 300)}`);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    program.send("pulse");
    const pulse = await program.reported("pulse");
    for (const { error } of program.reports.filter((sent) => sent.type === "uncaught"))
      faults.push(`Nobody caught ${error}`);
    for (const { error } of program.reports.filter((sent) => sent.type === "failed"))
      faults.push(`It failed in ${error}`);
    return { ...pulse, faults, statuses };
  } finally {
    program.kill("SIGKILL");
  }
}

async function refresh(server: string, world: FuzzWorld): Promise<void> {
  [world.mine, world.strangers] = await Promise.all([settle(server, "u1"), settle(server, "u2")]);
}

/**
 * Gives a user some chats: an empty one, one with an answer, one with data of the app and a progress, and two whose answers
 * wait: for an approval, and for an output of the page.
 */
async function settle(server: string, user: string): Promise<readonly InputIds[]> {
  const client = createAppClient(server, user);
  const contents = [null, "Hi", "Work on it", "Remove it", "Pick it"];
  return Promise.all(
    contents.map(async (content) => {
      const { id: chatId } = await client.chat.create.mutate({});
      if (content === null)
        return { chatId, messageId: "none", toolCallId: "call", attachmentId: "none" };
      const attachments = [sampleFiles.text];
      const sent = await client.chat.send.mutate({ chatId, content, attachments });
      const messageId = sent.assistantMessage.id;
      const attachmentId = sent.userMessage.attachments[0]?.id ?? "";
      await readStream(client, { messageId });
      return { chatId, messageId, toolCallId: "call", attachmentId };
    }),
  );
}

async function send(
  server: string,
  request: FuzzRequest & { readonly names: readonly string[] },
  isBatch: boolean,
): Promise<{ status: number; fault: string | null }> {
  const { user, method, contentType, accept, text, names } = request;
  const headers = {
    accept,
    ...(user === null ? {} : { "x-user": user }),
    ...(contentType === null ? {} : { "content-type": contentType }),
  };
  const isGet = method === "GET";
  const input = isGet && text !== null ? [`input=${encodeURIComponent(toUri(text))}`] : [];
  const query = [...(isBatch ? ["batch=1"] : []), ...input].join("&");
  const path = names.map((name) => `chat.${name}`).join();
  const left = new AbortController();
  try {
    const response = await fetch(`${server}/${path}?${query}`, {
      method,
      headers,
      signal: left.signal,
      ...(isGet || text === null ? {} : { body: text }),
    });
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const body = isStream ? await readSome(response) : await response.text();
    const writes = isStream ? "0" : response.headers.get(writesHeader);
    return isBatch
      ? judgeBatch(response.status, body, writes)
      : judge(response.status, body, writes);
  } catch (error) {
    return { status: 0, fault: `no response (${String(error)} ${causeOf(error)})` };
  } finally {
    left.abort();
  }
}

/** Judges each call of a batch. Some may have written what belongs to them. */
function judgeBatch(
  status: number,
  body: string,
  writes: string | null,
): { status: number; fault: string | null } {
  const answer: unknown = JSON.parse(body);
  const calls = (Array.isArray(answer) ? answer : [answer]).map((call) => JSON.stringify(call));
  const judged = calls.map((call) => {
    const [, own] = /"httpStatus":(\d+)/.exec(call) ?? [];
    return judge(own === undefined ? 200 : Number(own), call, null);
  });
  const isRefused = judged.every((call) => refusals.has(call.status));
  const written =
    isRefused && writes !== "0" && writes !== null ? `${writes} rows were written` : null;
  const failed = status >= 500 ? `status ${status}` : null;
  return { status, fault: judged.find((call) => call.fault !== null)?.fault ?? failed ?? written };
}

function judge(
  status: number,
  body: string,
  writes: string | null,
): { status: number; fault: string | null } {
  // An error of a stream comes with the status 200.
  const [, inStream] = /"httpStatus":(\d+)/.exec(body) ?? [];
  const real = inStream === undefined ? status : Number(inStream);
  const [, message = ""] = /"message":"((?:[^"\\]|\\.)*)"/.exec(body) ?? [];
  let fault: string | null = null;
  if (real >= 500) fault = `status ${real} ${message}`;
  else if (real >= 400 && internal.test(message)) fault = `the client is told "${message}"`;
  else if (refusals.has(real) && writes !== "0" && writes !== null)
    fault = `${writes} rows were written`;
  return { status: real, fault };
}

/** The first event of a stream, or all of a short one. */
async function readSome(response: Response): Promise<string> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (/^data: ?[{["]/m.test(text.replace(/^event: connected\ndata: .*$/m, ""))) break;
    if (text.includes("event: return")) break;
  }
  return text;
}

/** A lone surrogate cannot be in a URL. */
function toUri(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? String(error.cause) : "";
}
