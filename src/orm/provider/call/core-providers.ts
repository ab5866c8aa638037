import type { Provider } from "@node-llm/core";
import { BaseProvider, createLLM } from "@node-llm/core";
import { providerNames } from "../provider-facts.ts";

/** Settings with which each of core's providers can be created. Nothing is sent with them. */
const anySettings = {
  openaiApiKey: "none",
  anthropicApiKey: "none",
  geminiApiKey: "none",
  deepseekApiKey: "none",
  openrouterApiKey: "none",
  xaiApiKey: "none",
  mistralApiKey: "none",
  bedrockApiKey: "none",
  bedrockRegion: "us-east-1",
};

let methods: ReadonlySet<unknown> | null = null;

/** Core does not export the classes of its providers. */
function methodsOfCore(): ReadonlySet<unknown> {
  methods ??= new Set(
    providerNames.flatMap((name) => {
      const { provider } = createLLM({ ...anySettings, provider: name });
      return provider === undefined ? [] : methodNames.map((method) => provider[method]);
    }),
  );
  return methods;
}

const methodNames = ["chat", "stream"] as const;

/**
 * Whether this method is the code of one of core's providers, and not that of an app's own provider, of a subclass, or of
 * something that wraps a provider, such as a recorder.
 */
export function isCoreMethod(provider: Provider, method: "chat" | "stream"): boolean {
  return provider instanceof BaseProvider && methodsOfCore().has(provider[method]);
}
