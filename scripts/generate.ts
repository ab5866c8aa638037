import { generateClients } from "./lib/generate-clients.ts";
import { runScript } from "./lib/setup-error.ts";

await runScript(async () => {
  const written = await generateClients();
  console.log(
    written
      ? "Prisma clients written to generated/sqlite and generated/postgresql."
      : "Prisma clients are up to date.",
  );
});
