import { buildDemo } from "../../scripts/lib/build-demo.ts";
import { generateClients } from "../../scripts/lib/generate-clients.ts";

/** Clients and production build; both are kept while the sources are the same. */
export default async function globalSetup(): Promise<void> {
  await generateClients();
  await buildDemo();
}
