import { LazyMap } from "../../../shared/collections/lazy-map.ts";
import type { ChatResponse, ToolCall } from "@node-llm/core";
import { ChatError } from "../../../chat/chat-error.ts";
import type { FinishReason } from "../../../chat/chat-message.ts";
import type { JsonRecord } from "../../../shared/json-value.ts";
import { parseJson } from "../../../shared/json-value.ts";
import type { Carried, ThinkingBlock } from "./carried.ts";
import { carry } from "./carried.ts";
import type { WireUsage } from "./wire-usage.ts";
import { mergeWireUsage } from "./wire-usage.ts";

/**
 * A piece of an answer, in the order in which the provider sent it. A signature closes the thinking before it. A call is
 * a piece of the arguments of a tool call.
 */
export type WirePiece =
  | { readonly type: "text" | "thinking" | "signature"; text: string }
  | { readonly type: "call"; readonly call: WrittenPiece; text: string };

/** The tool call that a piece of arguments belongs to. */
export interface WrittenPiece {
  /** The provider's id of the call. */
  readonly id: string;
  /** The place among the calls of the response, which tells calls of the same id apart. */
  readonly place: number;
  readonly name: string;
}

/** A response with more characters than this in the arguments of its tool calls fails, and one with more calls. */
const maxArgumentsLength = 1_000_000;
const maxCalls = 1_000;

type WireAttachment = NonNullable<ChatResponse["attachments"]>[number];

/** A tool call while its pieces arrive. */
interface OpenCall {
  id: string | null;
  /** Tells calls apart that have no id. */
  readonly index: number | null;
  name: string;
  arguments: string;
  carried: Carried;
  /** As readers know it, from the first piece with its id and its name. */
  shown: WrittenPiece | null;
  /** The arguments that are not in pieces yet. */
  unshown: string;
}

/** A piece of a tool call, as a dialect found it. */
export interface ToolCallDelta {
  readonly id?: string | null;
  readonly index?: number | null;
  readonly name?: string;
  readonly arguments?: string;
  /** What the provider wants back with the call. */
  readonly carried?: Carried;
}

/**
 * What a provider says in one call, in one form for every dialect. A dialect puts in what it reads; `streamCall` and
 * `chatCall` take it out.
 */
export class WireAnswer {
  /** The provider has said why the answer ends. Usage may still follow. */
  isFinished = false;
  /** Nothing more will follow. */
  isClosed = false;
  /** Something of the response could be read as the dialect. */
  isReadable = false;
  /** The error in the response. */
  error: Error | null = null;
  finishReason: FinishReason | null = null;
  usage: WireUsage | null = null;
  readonly attachments: WireAttachment[] = [];
  hasText = false;
  hasThinking = false;
  /** The characters in the pieces that nobody has taken yet. */
  waitingLength = 0;
  /** The characters of all text so far. */
  textLength = 0;
  readonly #joinsPieces: boolean;
  #argumentsLength = 0;
  #isRefused = false;
  #reasoning = "";
  #blocks: ThinkingBlock[] = [];
  #messageFields: JsonRecord | null = null;
  #pieces: WirePiece[] = [];
  #calls: OpenCall[] = [];
  /** The newest call of each index. */
  readonly #byIndex = new LazyMap<number, OpenCall>();

  /** @param joinsPieces whether neighbors of the same kind become one piece. */
  constructor(joinsPieces = true) {
    this.#joinsPieces = joinsPieces;
  }

  appendText(text: string): void {
    if (text === "") return;
    this.hasText ||= text.trim() !== "";
    this.textLength += text.length;
    this.#append("text", text);
  }

  appendThinking(text: string): void {
    if (text === "") return;
    this.hasThinking = true;
    this.#append("thinking", text);
  }

  /** Marks the text as the model's words for a refusal. */
  refuse(): void {
    this.#isRefused = true;
  }

  /** Appends thinking that has to go back as text. */
  appendReasoning(text: string): void {
    this.appendThinking(text);
    this.#reasoning += text;
  }

  /** Adds a complete block of thinking that has to go back as it is. The text of it has been appended. */
  addThinkingBlock(block: ThinkingBlock): void {
    this.#blocks.push(block);
    if (block.type === "thinking") this.#pieces.push({ type: "signature", text: block.signature });
  }

  /** Adds a file that the model made. */
  addAttachment(attachment: WireAttachment): void {
    this.attachments.push(attachment);
  }

  /** Sets fields of the message that have to go back as they are. */
  setMessageFields(fields: JsonRecord): void {
    this.#messageFields = fields;
  }

  /** The pieces since the last time. */
  takePieces(): readonly WirePiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.waitingLength = 0;
    return pieces;
  }

  get hasPieces(): boolean {
    return this.#pieces.length > 0;
  }

  /** The text, when nothing else has been said or happened; null otherwise. That something was readable does not count. */
  get onlyText(): string | null {
    const [piece, ...others] = this.#pieces;
    const isPlain =
      piece?.type === "text" &&
      others.length === 0 &&
      !this.isFinished &&
      !this.isClosed &&
      !this.hasThinking &&
      !this.#isRefused &&
      this.error === null &&
      this.finishReason === null &&
      this.usage === null &&
      this.#messageFields === null &&
      this.#calls.length === 0 &&
      this.#blocks.length === 0 &&
      this.attachments.length === 0;
    return isPlain ? piece.text : null;
  }

  finish(reason: FinishReason): void {
    this.isFinished = true;
    this.finishReason = this.#isRefused && reason === "stop" ? "refusal" : reason;
  }

  /** Ends the answer with the provider's error. What it said before stays. */
  fail(error: Error): void {
    this.error ??= error;
    this.isClosed = true;
  }

  addUsage(usage: WireUsage): void {
    this.usage = mergeWireUsage(this.usage, usage);
  }

  addToolCall(delta: ToolCallDelta): void {
    const call = this.#findCall(delta) ?? this.#openCall(delta);
    const { name = "", arguments: args = "", carried } = delta;
    if (delta.id) call.id = delta.id;
    if (name !== "" && !call.name.endsWith(name)) {
      // Some servers repeat the name in each piece, and some send it in pieces.
      call.name = name.startsWith(call.name) || call.arguments !== "" ? name : call.name + name;
    }
    if (carried !== undefined) call.carried = { ...call.carried, ...carried };
    // Some servers repeat the whole call at the end.
    if (args !== call.arguments || !isWholeObject(args)) {
      call.arguments += args;
      call.unshown += args;
      this.#argumentsLength += args.length;
    }
    if (this.#argumentsLength > maxArgumentsLength || this.#calls.length > maxCalls)
      this.fail(new ChatError("BAD_RESPONSE", endlessCalls));
    else this.#showCall(call);
  }

  /** How many tool calls have begun. */
  get callCount(): number {
    return this.#calls.length;
  }

  /** The blocks of thinking that have to go back. */
  get thinkingBlocks(): readonly ThinkingBlock[] {
    return this.#blocks;
  }

  /** The calls with complete arguments, in their order. The id is empty when the provider gave none. */
  get toolCalls(): ToolCall[] {
    const isCutOff = this.finishReason === "length" || this.finishReason === "content_filter";
    const calls = this.#calls.filter(
      (call) => call.name !== "" && !(isCutOff && parseJson(call.arguments || "{}") === undefined),
    );
    const message: Carried = {
      thinking: this.#blocks,
      reasoning: this.#reasoning,
      ...(this.#messageFields === null ? {} : { message: this.#messageFields }),
    };
    return calls.map(({ id, name, arguments: args, carried }, index) =>
      carry(
        { id: id ?? "", type: "function", function: { name, arguments: args.trim() } },
        index === 0 ? { ...message, ...carried } : carried,
      ),
    );
  }

  /** Some providers send the id or the name after the first piece. */
  #showCall(call: OpenCall): void {
    const { id, name, unshown: text } = call;
    if (id === null || name === "" || text === "") return;
    // What comes in one piece is no longer being written.
    if (call.shown === null && isWholeObject(call.arguments)) return;
    call.shown ??= { id, name, place: this.#calls.indexOf(call) };
    call.unshown = "";
    const last = this.#pieces.at(-1);
    if (this.#joinsPieces && last?.type === "call" && last.call === call.shown) last.text += text;
    else this.#pieces.push({ type: "call", call: call.shown, text });
    this.waitingLength += text.length;
  }

  #append(type: "text" | "thinking", text: string): void {
    const last = this.#pieces.at(-1);
    if (this.#joinsPieces && last?.type === type) last.text += text;
    else this.#pieces.push({ type, text });
    this.waitingLength += text.length;
  }

  /**
   * The call that a piece continues. An id decides, then the index, then the place. Some servers use one index for
   * all calls, or no index at all: https://github.com/ollama/ollama/issues/15457.
   */
  #findCall({ id, index = null, name = "", arguments: args = "" }: ToolCallDelta): OpenCall | null {
    const last = this.#calls.at(-1);
    if (id) {
      const known = this.#calls.findLast(
        (call) => call.id === id && (index === null || call.index === index),
      );
      if (known !== undefined) return isNextCall(known, name, args) ? null : known;
      // The id may follow the first piece.
      const open = index === null ? last : this.#byIndex.get(index);
      return open?.id === null && !isNextCall(open, name, args) ? open : null;
    }
    const open = index === null ? last : this.#byIndex.get(index);
    if (open === undefined || isNextCall(open, name, args)) return null;
    return index === null && name !== "" && open.name !== name && open.arguments !== ""
      ? null
      : open;
  }

  #openCall({ id, index = null }: ToolCallDelta): OpenCall {
    const call: OpenCall = {
      id: id || null,
      index,
      name: "",
      arguments: "",
      carried: {},
      shown: null,
      unshown: "",
    };
    this.#calls.push(call);
    if (index !== null) this.#byIndex.set(index, call);
    return call;
  }
}

/** Whether a piece with a name and arguments begins another call, because the one before is complete. */
function isNextCall(call: OpenCall, name: string, args: string): boolean {
  if (name === "" || !args.startsWith("{") || args === call.arguments) return false;
  return isWholeObject(call.arguments);
}

const endlessCalls = `The model's tool calls were too long: in one response, they may have ${maxArgumentsLength} characters of arguments. Ask for less at once, or let the tool take less.`;

/** Looks at the last character first, because arguments can be long. */
function isWholeObject(text: string): boolean {
  return text.endsWith("}") && parseJson(text) !== undefined;
}
