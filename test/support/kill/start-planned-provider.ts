import type {
  OpenAIAnswer,
  OpenAIRequest,
  OpenAIServer,
} from "../providers/start-openai-server.ts";
import { startOpenAIServer } from "../providers/start-openai-server.ts";
import type { PlannedStep } from "./plan-answer.ts";
import { planAnswer } from "./plan-answer.ts";

/** One call of the provider. */
export interface ProviderCall {
  readonly token: string;
  readonly attempt: number;
  readonly step: number;
  readonly messages: OpenAIRequest["messages"];
}

/** The provider of all instances. It runs in the test's process, so that it remembers its calls when instances die. */
export interface PlannedProvider {
  readonly baseUrl: string;
  /** Returns the calls for a question, in order. */
  calls(token: string): readonly ProviderCall[];
  readonly callCount: number;
  /** Returns what a strict provider would have refused. */
  complaints(): readonly string[];
  close(): Promise<void>;
}

export const question = (token: string): string => `[${token}] And then?`;

export async function startPlannedProvider(seed: string): Promise<PlannedProvider> {
  const calls = new Map<string, ProviderCall[]>();
  const complaints: string[] = [];
  const answer = ({ messages }: OpenAIRequest): OpenAIAnswer => {
    server.requests.length = 0; // Each is read once, and the requests of an hour are too many to keep.
    const call = readCall(messages, calls);
    const known = calls.get(call.token) ?? [];
    calls.set(call.token, [...known, call]);
    const step = planAnswer(seed, call.token, call.attempt)[call.step];
    if (step === undefined) {
      complaints.push(`${call.token} asks for step ${call.step}, which has no plan.`);
      return { status: 400 };
    }
    return toAnswer(step);
  };
  const onComplaint = (complaint: string): void => void complaints.push(complaint);
  const server: OpenAIServer = await startOpenAIServer(answer, 0, onComplaint);
  return {
    baseUrl: server.baseUrl,
    calls: (token) => calls.get(token) ?? [],
    get callCount() {
      return [...calls.values()].reduce((sum, list) => sum + list.length, 0);
    },
    complaints: () => complaints,
    close: () => server.close(),
  };
}

function readCall(
  messages: OpenAIRequest["messages"],
  calls: ReadonlyMap<string, readonly ProviderCall[]>,
): ProviderCall {
  const start = messages.findLastIndex((message) => message.role === "user");
  const token = tokenOf(messages[start]?.content);
  const steps = messages
    .slice(start + 1)
    .flatMap((message) => ("tool_calls" in message ? [JSON.stringify(message.tool_calls)] : []));
  const id = /call_[^_]+_(\d+)_/.exec(steps.at(-1) ?? "");
  const begun = (calls.get(token) ?? []).filter((call) => call.step === 0).length;
  const attempt = id === null ? begun + 1 : Number(id[1]);
  return { token, attempt, step: steps.length, messages };
}

function toAnswer(step: PlannedStep): OpenAIAnswer {
  return {
    pieces: play(step),
    ...(step.toolCalls.length === 0 ? {} : { toolCalls: step.toolCalls }),
    usage: { prompt_tokens: 3, completion_tokens: step.pieces.length + 1 },
    end: step.breaks ? "drop" : "done",
  };
}

async function* play(step: PlannedStep): AsyncGenerator<string, void> {
  for (const { text, delayMs } of step.pieces) {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    yield text;
  }
}

function tokenOf(content: unknown): string {
  return /^\[([^\]]+)\]/.exec(typeof content === "string" ? content : "")?.[1] ?? "";
}

/** Returns the text that a call replays as the answer to an earlier question. */
export function replayedAnswer(call: ProviderCall, token: string): string | null {
  const start = call.messages.findIndex(
    (message) => message.role === "user" && tokenOf(message.content) === token,
  );
  if (start === -1) return null;
  const following = call.messages.slice(start + 1);
  const end = following.findIndex((message) => message.role === "user");
  return following
    .slice(0, end === -1 ? following.length : end)
    .map(({ role, content }) =>
      role === "assistant" && typeof content === "string" ? content : "",
    )
    .join("");
}
