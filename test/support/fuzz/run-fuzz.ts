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
    let refreshing: Promise<void> | null = null;
    /** Lanes that ask for it at the same time share one. */
    const refreshOnce = (): Promise<void> =>
      (refreshing ??= refresh(server, world).finally(() => (refreshing = null)));
    const names = Object.keys(procedures);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < names.length * requests) {
        // The procedures take turns, so that what one leaves behind meets the others.
        const index = Math.floor(next / names.length);
        const name = names[next++ % names.length] ?? "";
        const random = new SeededRandom(`${seed} ${name} ${index}`);
        const request = fuzzRequest(name, world, random);
        const { status, fault } = await send(server, name, request);
        // Otherwise there would soon be nothing left to find.
        const isUsedUp = name === "delete" || name === "respondToTool";
        if (isUsedUp && status === 200) await refreshOnce();
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
  name: string,
  request: FuzzRequest,
): Promise<{ status: number; fault: string | null }> {
  const { user, method, contentType, accept, text } = request;
  const headers = {
    accept,
    ...(user === null ? {} : { "x-user": user }),
    ...(contentType === null ? {} : { "content-type": contentType }),
  };
  const isGet = method === "GET";
  const query = isGet && text !== null ? `?input=${encodeURIComponent(toUri(text))}` : "";
  const left = new AbortController();
  try {
    const response = await fetch(`${server}/chat.${name}${query}`, {
      method,
      headers,
      signal: left.signal,
      ...(isGet || text === null ? {} : { body: text }),
    });
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const body = isStream ? await readSome(response) : await response.text();
    return judge(response.status, body, isStream ? "0" : response.headers.get(writesHeader));
  } catch (error) {
    return { status: 0, fault: `no response (${String(error)} ${causeOf(error)})` };
  } finally {
    left.abort();
  }
}

function judge(
  status: number,
  body: string,
  writes: string | null,
): { status: number; fault: string | null } {
  // An error of a stream comes with the status 200.
  const [, inStream] = /"httpStatus":(\d+)/.exec(body) ?? [];
  const real = inStream === undefined ? status : Number(inStream);
  // A batch has several; everything else one.
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
