import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Route } from "./serve-route.ts";
import { serveRoute } from "./serve-route.ts";

// A program: it serves a route of the app in whose folder it is started, and a page from a file.
const [route = "", page = ""] = process.argv.slice(2);
// Every route of tRPC exports these two functions.
const exports = (await import(join(process.cwd(), route))) as Route;
console.log(await serveRoute(exports, await readFile(page, "utf8")));
