import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { readExample } from "../project/read-markdown-pages.ts";

/** Where the README's chat stands in an app of create-t3-app. */
export const readmeChatFolder = "src/app/readme";

/** Writes the README's chat into an app of create-t3-app that has the router. */
export async function writeReadmeChat(folder: string): Promise<void> {
  const target = join(folder, readmeChatFolder);
  await mkdir(target);
  for (const name of ["chat-hooks.ts", "chat.tsx"]) {
    await writeFile(join(target, name), await readExample("README.md", `client/${name}`));
  }
  await writeFile(join(target, "trpc.ts"), 'export { api as trpc } from "~/trpc/react";\n');
}
