import { generateClients } from "./lib/generate-clients.ts";
import { runScript } from "./lib/setup-error.ts";

await runScript(async () => {
  const written = await generateClients();
  console.log(
    written
      ? "Generated the Prisma clients in generated/, one for each database."
      : "The Prisma clients are up to date.",
  );
});
