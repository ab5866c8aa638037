export { createScriptedProvider } from "./create-scripted-provider.ts";
export type {
  ScriptedProvider,
  ScriptedProviderOptions,
  Scripts,
} from "./create-scripted-provider.ts";
export { createTestDatabase } from "./create-test-database.ts";
export type {
  TestDatabase,
  TestDatabaseClient,
  TestDatabaseOptions,
} from "./create-test-database.ts";
export type { Script, ScriptedToolCall, ScriptStep } from "./script.ts";
