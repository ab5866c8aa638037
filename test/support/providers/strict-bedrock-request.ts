/** The body of a request to Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. */
export interface BedrockBody {
  readonly messages: readonly {
    readonly role: string;
    readonly content: readonly BedrockBlock[];
  }[];
  readonly system?: readonly BedrockBlock[];
  readonly toolConfig?: { readonly tools?: readonly unknown[] };
  readonly [key: string]: unknown;
}

interface BedrockBlock {
  readonly text?: string;
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input: unknown };
  readonly toolResult?: { readonly toolUseId: string; readonly content: readonly BedrockBlock[] };
  readonly [key: string]: unknown;
}

/** The errors of the Converse API: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html. */
export function strictBedrockRequest(body: BedrockBody): string | null {
  const { messages, system = [], toolConfig } = body;
  if (messages[0]?.role !== "user") return "A conversation must start with a user message.";
  if (messages.at(-1)?.role !== "user") return "The last message must be the user's.";
  if (toolConfig !== undefined && (toolConfig.tools ?? []).length === 0)
    return "toolConfig.tools: expected at least one";
  const hasTools = messages.some((message) =>
    message.content.some((block) => block.toolUse ?? block.toolResult),
  );
  // https://github.com/openclaw/openclaw/pull/166720
  if (hasTools && toolConfig === undefined)
    return "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
  for (const [index, block] of system.entries())
    if (isBlank(block)) return `The text field in the ContentBlock at system.${index} is blank.`;
  const used = new Set<string>();
  let open: readonly string[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const complain = (text: string): string => `messages.${index} (${role}): ${text}`;
    // https://github.com/langchain-ai/langchain-aws/issues/192
    if (role !== (index % 2 === 0 ? "user" : "assistant"))
      return complain("A conversation must alternate between user and assistant roles.");
    // https://github.com/archestra-ai/archestra/pull/4220 and https://github.com/OpenHands/OpenHands/issues/5722
    if (content.length === 0) return complain("The content field is empty.");
    if (content.some(isBlank)) return complain("The text field in the ContentBlock is blank.");
    // https://github.com/NousResearch/hermes-agent/pull/64858
    if (content.some(({ toolResult }) => toolResult?.content.some(isBlank) === true))
      return complain("text content blocks must contain non-whitespace text");
    const results = content.flatMap(({ toolResult }) => toolResult?.toolUseId ?? []);
    // https://github.com/agno-agi/agno/issues/6698
    if (results.toSorted().join() !== open.toSorted().join())
      return complain(
        `Expected toolResult blocks for the ids ${open.join()}, found ${results.join()}`,
      );
    open = content.flatMap(({ toolUse }) => toolUse?.toolUseId ?? []);
    for (const { toolUse } of content) {
      if (toolUse === undefined) continue;
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(toolUse.toolUseId)) return complain("malformed toolUseId");
      if (used.has(toolUse.toolUseId)) return complain("duplicate toolUseId");
      used.add(toolUse.toolUseId);
      if (
        typeof toolUse.input !== "object" ||
        toolUse.input === null ||
        Array.isArray(toolUse.input)
      )
        return complain("The format of the toolUse input is invalid.");
    }
  }
  return null;
}

function isBlank({ text }: BedrockBlock): boolean {
  return text !== undefined && text.trim() === "";
}
