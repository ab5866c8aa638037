const knownTools: readonly unknown[] = ["get_weather", "get_time"];

/**
 * Looks at the history of a request as the provider would: each tool call has an id, a known name, arguments that are a
 * JSON object, and exactly one result.
 *
 * @returns what is wrong, or null.
 */
export function followUpComplaint(provider: string, body: unknown): string | null {
  if (provider === "gemini") return geminiComplaint(listOf(body, "contents"));
  const messages = listOf(body, "messages");
  return callComplaint(provider === "anthropic" ? anthropicCalls(messages) : openaiCalls(messages));
}

/** A call with its results, or a result that belongs to no call. */
interface Round {
  readonly calls: readonly {
    readonly id: unknown;
    readonly name: unknown;
    readonly input: unknown;
  }[];
  readonly results: unknown[];
}

function callComplaint(rounds: readonly Round[]): string | null {
  for (const { calls, results } of rounds) {
    for (const { id, name, input } of calls) {
      if (typeof id !== "string" || id === "") return `the call of ${String(name)} has no id`;
      if (!knownTools.includes(name)) return `there is no tool ${String(name)}`;
      if (!isObject(input)) return `the arguments of ${String(name)} are not an object`;
    }
    const ids = calls.map((call) => call.id);
    if (new Set(ids).size < ids.length) return `two calls have one id: ${ids.join()}`;
    const [called, answered] = [ids.map(String).toSorted(), results.map(String).toSorted()];
    if (called.join() !== answered.join())
      return `the calls ${called.join()} have the results ${answered.join()}`;
  }
  return null;
}

function openaiCalls(messages: readonly unknown[]): readonly Round[] {
  const rounds: Round[] = [];
  for (const message of messages) {
    if (field(message, "role") === "tool") {
      const id = field(message, "tool_call_id");
      const last = rounds.at(-1);
      if (last === undefined) rounds.push({ calls: [], results: [id] });
      else last.results.push(id);
      continue;
    }
    const calls = listOf(message, "tool_calls").map((call) => ({
      id: field(call, "id"),
      name: field(field(call, "function"), "name"),
      input: parsed(field(field(call, "function"), "arguments")),
    }));
    if (calls.length > 0) rounds.push({ calls, results: [] });
  }
  return rounds;
}

function anthropicCalls(messages: readonly unknown[]): readonly Round[] {
  const rounds: Round[] = [];
  for (const message of messages) {
    const blocks = listOf(message, "content");
    const of = (type: string) => blocks.filter((block) => field(block, "type") === type);
    const results = of("tool_result").map((block) => field(block, "tool_use_id"));
    if (results.length > 0) (rounds.at(-1)?.results ?? []).push(...results);
    const calls = of("tool_use").map((block) => ({
      id: field(block, "id"),
      name: field(block, "name"),
      input: field(block, "input"),
    }));
    if (calls.length > 0) rounds.push({ calls, results: [] });
  }
  return rounds;
}

/** Gemini compares the names: as many results as calls, in the turn that follows. */
function geminiComplaint(contents: readonly unknown[]): string | null {
  const namesIn = (content: unknown, part: string): readonly unknown[] =>
    listOf(content, "parts")
      .map((one) => field(one, part))
      .filter((one) => one !== undefined)
      .map((one) => field(one, "name"));
  for (const [index, content] of contents.entries()) {
    const called = namesIn(content, "functionCall");
    if (called.some((name) => !knownTools.includes(name)))
      return `unknown tool in ${called.join()}`;
    for (const part of listOf(content, "parts")) {
      const call = field(part, "functionCall");
      if (call !== undefined && !isObject(field(call, "args"))) return "args are not an object";
    }
    const answered = namesIn(contents[index + 1], "functionResponse");
    if (called.map(String).toSorted().join() !== answered.map(String).toSorted().join())
      return `the calls ${called.join()} have the results ${answered.join()}`;
  }
  return null;
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
