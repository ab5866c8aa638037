export { createScriptedProvider } from "./create-scripted-provider.ts";
export type {
  ScriptedProvider,
  ScriptedProviderOptions,
  Scripts,
} from "./create-scripted-provider.ts";
export type { Script, ScriptedToolCall, ScriptStep } from "./script.ts";
