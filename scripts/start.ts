import { buildDemo } from "./lib/build-demo.ts";
import { checkPort } from "./lib/check-port.ts";
import { loadEnvironment } from "./lib/load-environment.ts";
import { prepareDemo } from "./lib/prepare-demo.ts";
import { runNext } from "./lib/run-next.ts";
import { runScript } from "./lib/setup-error.ts";

await runScript(async () => {
  const environment = loadEnvironment();
  await checkPort(environment, "npm start");
  await prepareDemo(environment);
  await buildDemo();
  await runNext("start", environment);
});
