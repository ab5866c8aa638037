import type { ModelAnswer, ModelError, ModelUsage, SseEvent } from "./model-answer.ts";
import { finishOf } from "./model-answer.ts";

/** Gemini signs the first call of a response: https://ai.google.dev/gemini-api/docs/thought-signatures. */
export const geminiSignature = "c2lnbmVk";

const finishReasons = {
  stop: "STOP",
  tool_calls: "STOP",
  length: "MAX_TOKENS",
  content_filter: "SAFETY",
} as const;

/** https://cloud.google.com/apis/design/errors#error_model */
const errorStatuses: Readonly<Record<ModelError["status"], string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

/** The events of a streamed answer: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent. */
export function geminiEvents(answer: ModelAnswer): readonly SseEvent[] {
  const parts = partsOf(answer);
  const isWhole = answer.cut === undefined && answer.error === undefined;
  const events = parts.map((part, index): SseEvent => {
    const isLast = isWhole && index === parts.length - 1;
    const data = response([part], isLast ? answer : null, answer.usage);
    return { data: JSON.stringify(data) };
  });
  if (isWhole && parts.length === 0)
    events.push({ data: JSON.stringify(response([], answer, answer.usage)) });
  if (answer.error !== undefined) events.push({ data: geminiError(answer.error) });
  return events;
}

/** A whole response. */
export function geminiBody(answer: ModelAnswer): string {
  return JSON.stringify(response(partsOf(answer), answer, answer.usage));
}

/** The data of an error, in a stream or as a response. */
export function geminiError({ status, message }: ModelError): string {
  return JSON.stringify({ error: { code: status, message, status: errorStatuses[status] } });
}

function partsOf({ thinking = [], text = [], toolCalls = [] }: ModelAnswer): readonly object[] {
  return [
    ...thinking.map((piece) => ({ text: piece, thought: true })),
    ...text.map((piece) => ({ text: piece })),
    ...toolCalls.map(({ name, input }, index) => ({
      functionCall: { name, args: input },
      ...(index === 0 ? { thoughtSignature: geminiSignature } : {}),
    })),
  ];
}

/** @param ended null for a response that is not the last of its stream. */
function response(
  parts: readonly object[],
  ended: ModelAnswer | null,
  usage: ModelUsage | undefined,
): object {
  return {
    candidates: [
      {
        content: { role: "model", parts },
        ...(ended === null ? {} : { finishReason: finishReasons[finishOf(ended)] }),
        index: 0,
      },
    ],
    ...(usage === undefined ? {} : { usageMetadata: usageOf(usage, ended !== null) }),
    modelVersion: "gemini-2.5-flash",
    responseId: "response-1",
  };
}

/** Each response of a stream has the totals so far. */
function usageOf({ input, output, cached }: ModelUsage, isLast: boolean): object {
  const candidates = isLast ? output : Math.min(1, output);
  return {
    promptTokenCount: input,
    candidatesTokenCount: candidates,
    totalTokenCount: input + candidates,
    ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
  };
}
