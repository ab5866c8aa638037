export { createScriptedProvider } from "./create-scripted-provider.ts";
export type { ScriptedProvider, ScriptedProviderOptions } from "./create-scripted-provider.ts";
export { createTestDatabase } from "./create-test-database.ts";
export type {
  TestDatabase,
  TestDatabaseClient,
  TestDatabaseOptions,
} from "./create-test-database.ts";
export type { Script, ScriptedToolCall, Scripts, ScriptStep } from "./script.ts";
