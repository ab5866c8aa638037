import type { Provider, Usage } from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { describeProviderError } from "./describe-provider-error.ts";
import type { ProviderCall } from "./wire/provider-fetch.ts";
import type { ProviderObserver } from "./provider-observer.ts";

export interface CallRecord {
  end(usage: Usage | undefined): Promise<void>;
  fail(error: unknown, usage?: Usage): Promise<void>;
}

/** Writes the call into the ledger, once. */
export function startRecord(
  provider: Provider,
  model: string,
  observer: ProviderObserver,
  call: ProviderCall,
): CallRecord {
  const startedAt = performance.now();
  let isRecorded = false;
  const write = async (
    statusCode: number,
    usage: Usage | undefined,
    errorCode: string | null,
  ): Promise<void> => {
    if (isRecorded) return;
    isRecorded = true;
    await observer.onRequest({
      provider: provider.id,
      model,
      statusCode,
      duration: Math.round(performance.now() - startedAt),
      inputTokens: usage?.input_tokens ?? 0,
      outputTokens: usage?.output_tokens ?? 0,
      cost: costOf(usage, model, provider.id),
      errorCode,
    });
  };
  return {
    end: (usage) => write(call.status ?? 200, usage, null),
    fail: (error, usage) => {
      const { code, statusCode } = describeProviderError(error);
      return write(statusCode ?? call.status ?? 0, usage, code);
    },
  };
}

function costOf(usage: Usage | undefined, model: string, provider: string): number | null {
  if (usage === undefined) return null;
  if (usage.cost !== undefined) return usage.cost;
  const priced: Usage = ModelRegistry.calculateCost(usage, model, provider);
  return priced.cost ?? null;
}
