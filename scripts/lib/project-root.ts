import { join } from "node:path";

/** The repository's root folder, without a trailing slash. Vite rewrites `new URL("…", import.meta.url)` in tests with a DOM. */
export const projectRoot = join(import.meta.dirname, "../..");
