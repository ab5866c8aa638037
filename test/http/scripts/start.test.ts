import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

it("does not build the demo when its port is in use, and suggests another port", async () => {
  const holder = createServer().listen(0);
  await once(holder, "listening");
  // The address of a server that listens on a port has this type.
  const { port } = holder.address() as AddressInfo;
  const start = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts"], {
    cwd: projectRoot,
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: `file:${join(tmpdir(), "never-created.db")}`,
    },
  });
  let output = "";
  for (const stream of [start.stdout, start.stderr]) {
    stream.on("data", (data: Buffer) => (output += data.toString()));
  }
  const [code] = await once(start, "exit");
  holder.close();
  expect(code).toBe(1);
  expect(output).toContain(`${port}`);
  expect(output).toMatch(/PORT=\d+ npm start/);
  expect(output).not.toMatch(/Building|    at /);
});
