import type { ToolResolvable } from "@node-llm/core";
import type { ChatToolCall, ToolTypes, UntypedTool } from "../../chat/tool-call.ts";
import type { PerAnswer } from "../answer-of.ts";
import type { ChatTool } from "./chat-tool.ts";

/** A tool that a router takes: of `defineTool`, or a class, an instance or a raw definition of NodeLLM. */
export type RouterTool<Context> = ChatTool<ToolTypes, Context> | ToolResolvable;

/** The tools of a router, or a function that returns those of a caller and a chat. */
export type ToolsOption<
  Context,
  Tools extends readonly RouterTool<Context>[] = readonly RouterTool<Context>[],
> = PerAnswer<Context, Tools>;

type TypesOf<Tool> = Tool extends ChatTool<infer Types> ? Types : UntypedTool;

/** A router without typed tools has calls without types. */
type Typed<Types extends ToolTypes> = [Types] extends [UntypedTool] ? ToolTypes : Types;

/** A call of one of a router's tools, as its messages have it. */
export type CallOf<Tool> =
  ChatToolCall<Typed<TypesOf<Tool>>> extends infer Call extends ChatToolCall ? Call : ChatToolCall;

/** Gives messages the types of the router's tools and schemas, which have checked what is in them. */
export function typed<Value>(messages: unknown): Value {
  return messages as Value;
}
