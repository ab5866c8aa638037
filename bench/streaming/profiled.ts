import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { CpuProfile } from "../lib/summarize-profile.ts";
import { summarizeProfile } from "../lib/summarize-profile.ts";
import type { PinnedProcess } from "./pinned-process.ts";

/**
 * Runs a part of a measurement. When `BENCH_CPU_PROFILE` names a folder, a CPU profile of the server goes there, and its
 * summary to the console.
 *
 * @param name the name of the file.
 */
export async function profiled<Result>(
  server: PinnedProcess,
  name: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const folder = process.env["BENCH_CPU_PROFILE"];
  if (folder === undefined) return await run();
  await server.call("startProfile");
  const result = await run();
  const path = join(folder, `${name}.cpuprofile`);
  await server.call("endProfile", path);
  const profile = JSON.parse(await readFile(path, "utf8")) as CpuProfile;
  console.error(`${name}, ${summarizeProfile(profile)}`);
  return result;
}
