import { anthropicEvents } from "../providers/formats/anthropic-format.ts";
import { geminiEvents } from "../providers/formats/gemini-format.ts";
import type { ModelAnswer, SseEvent } from "../providers/formats/model-answer.ts";
import type { OpenAIVariant } from "../providers/formats/openai-format.ts";
import {
  deepseekVariant,
  mistralVariant,
  ollamaVariant,
  openaiEvents,
  openaiVariant,
  openrouterVariant,
  xaiVariant,
} from "../providers/formats/openai-format.ts";

/** Writes a model's answer as a provider streams it. */
export interface WireWriter {
  readonly provider: string;
  readonly model: string;
  readonly dialect: "openai" | "anthropic" | "gemini";
  readonly events: (answer: ModelAnswer) => readonly SseEvent[];
  /** Whether the format has a place for a refusal. */
  readonly refuses: boolean;
}

const openai = (provider: string, variant: OpenAIVariant): WireWriter => ({
  provider,
  model: variant.model,
  dialect: "openai",
  events: (answer) => openaiEvents(answer, variant),
  refuses: true,
});

/** Those that stream server-sent events. */
export const wireWriters: readonly WireWriter[] = [
  openai("openai", openaiVariant),
  openai("deepseek", deepseekVariant),
  openai("openrouter", openrouterVariant),
  openai("xai", xaiVariant),
  openai("ollama", ollamaVariant),
  openai("mistral", mistralVariant),
  {
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    dialect: "anthropic",
    events: anthropicEvents,
    refuses: false,
  },
  {
    provider: "gemini",
    model: "gemini-2.5-flash",
    dialect: "gemini",
    events: geminiEvents,
    refuses: false,
  },
];
