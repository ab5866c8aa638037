import { fileURLToPath } from "node:url";

/** The repository's top folder, with a trailing slash left out. */
export const projectRoot = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
