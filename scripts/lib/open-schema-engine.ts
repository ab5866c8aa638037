import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";

import { projectRoot } from "./project-root.ts";

/** The WebAssembly bindings: the public class, and the function that wasm-bindgen's loader calls. */
interface EngineBindings {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

const folder = join(projectRoot, "node_modules/@prisma/schema-engine-wasm");
let bindings: Promise<EngineBindings> | null = null;

/**
 * Opens Prisma's schema engine as WebAssembly. It creates the same migrations as `prisma migrate`, but
 * needs no download of a native binary. The caller must free the engine to close its connection.
 */
export async function openSchemaEngine(
  schema: { readonly path: string; readonly content: string },
  adapter: SqlMigrationAwareDriverAdapterFactory,
): Promise<SchemaEngine> {
  bindings ??= loadBindings();
  const { SchemaEngine: Engine } = await bindings;
  return await Engine.new(
    { datamodels: [[schema.path, schema.content]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
}

/** Instantiates the module by hand, because the package imports the `.wasm` file, which Node 20 does not support. */
async function loadBindings(): Promise<EngineBindings> {
  const module: unknown = await import(pathToFileURL(join(folder, "schema_engine_bg.js")).href);
  // The package has types for this file, but its `exports` hide them.
  const engine = module as EngineBindings;
  const bytes = await readFile(join(folder, "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": module as WebAssembly.ModuleImports,
  });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports["__wbindgen_start"];
  if (typeof start === "function") start();
  return engine;
}
