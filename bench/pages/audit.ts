import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

import { projectRoot } from "../../scripts/lib/project-root.ts";

/** What Lighthouse says of a page on a phone. Times are milliseconds. */
export interface Audit {
  /** From 0 to 100. */
  readonly score: number;
  readonly blockingMs: number;
  readonly paintMs: number;
}

const report = z.object({
  runtimeError: z.object({ message: z.string() }).optional(),
  categories: z.object({ performance: z.object({ score: z.number() }) }),
  audits: z.object({
    "total-blocking-time": z.object({ numericValue: z.number() }),
    "largest-contentful-paint": z.object({ numericValue: z.number() }),
  }),
});

/**
 * Runs Lighthouse in a process of its own.
 *
 * @param port the port on which the browser can be controlled
 */
export async function audit(url: string, port: number): Promise<Audit> {
  const lighthouse = join(projectRoot, "bench/node_modules/lighthouse/cli/index.js");
  const flags = [`--port=${port}`, "--output=json", "--quiet", "--only-categories=performance"];
  const { stdout } = await promisify(execFile)(process.execPath, [lighthouse, url, ...flags], {
    maxBuffer: 256 * 1_024 * 1_024,
  });
  const { audits, categories, runtimeError } = report.parse(JSON.parse(stdout));
  if (runtimeError !== undefined) throw new Error(runtimeError.message);
  return {
    score: categories.performance.score * 100,
    blockingMs: audits["total-blocking-time"].numericValue,
    paintMs: audits["largest-contentful-paint"].numericValue,
  };
}
