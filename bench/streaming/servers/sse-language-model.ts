import type { LanguageModel } from "ai";

type Model = Extract<LanguageModel, { specificationVersion: "v4" }>;
type StreamPart =
  Awaited<ReturnType<Model["doStream"]>>["stream"] extends ReadableStream<infer Part>
    ? Part
    : never;

/**
 * The smallest model that the AI SDK accepts: it reads chat completions over `fetch` and passes on their text. It sends
 * the same request as `@ai-sdk/openai`, but costs less, because it does not validate each chunk with a schema.
 */
export function sseLanguageModel(baseUrl: string, modelId: string): Model {
  return {
    specificationVersion: "v4",
    provider: "bench",
    modelId,
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("This model only streams.")),
    doStream: async ({ prompt, abortSignal }) => {
      const response = await fetch(`${baseUrl}/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer bench", "content-type": "application/json" },
        body: JSON.stringify({
          model: modelId,
          messages: prompt.map(({ role, content }) => ({ role, content })),
          stream: true,
          stream_options: { include_usage: true },
        }),
        signal: abortSignal ?? null,
      });
      if (response.body === null) throw new Error("The response has no body.");
      return {
        stream: response.body
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new TransformStream(new Parser())),
      };
    },
  };
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

class Parser implements Transformer<string, StreamPart> {
  #rest = "";
  #usage: Chunk["usage"];

  start(controller: TransformStreamDefaultController<StreamPart>): void {
    controller.enqueue({ type: "stream-start", warnings: [] });
    controller.enqueue({ type: "text-start", id: "0" });
  }

  transform(text: string, controller: TransformStreamDefaultController<StreamPart>): void {
    const lines = (this.#rest + text).split("\n\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
      const chunk = JSON.parse(line.slice(6)) as Chunk;
      const delta = chunk.choices[0]?.delta.content;
      if (delta) controller.enqueue({ type: "text-delta", id: "0", delta });
      this.#usage = chunk.usage ?? this.#usage;
    }
  }

  flush(controller: TransformStreamDefaultController<StreamPart>): void {
    const input = this.#usage?.prompt_tokens;
    const output = this.#usage?.completion_tokens;
    controller.enqueue({ type: "text-end", id: "0" });
    controller.enqueue({
      type: "finish",
      finishReason: { unified: "stop", raw: "stop" },
      usage: {
        inputTokens: {
          total: input,
          noCache: undefined,
          cacheRead: undefined,
          cacheWrite: undefined,
        },
        outputTokens: { total: output, text: output, reasoning: undefined },
      },
    });
  }
}
