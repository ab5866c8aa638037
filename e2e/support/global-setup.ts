import { buildDemo } from "../../scripts/lib/build-demo.ts";
import { generateClients } from "../../scripts/lib/generate-clients.ts";

/** Generates the Prisma clients and builds the demo. Both are skipped if the sources are unchanged. */
export default async function globalSetup(): Promise<void> {
  await generateClients();
  await buildDemo();
}
