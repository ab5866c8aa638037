import "./production.ts";
import { nextTurn, openPage } from "./page.tsx";
import type { BenchChat } from "./page.tsx";
import { median } from "../lib/quantile.ts";

/**
 * Measures the client's CPU time per piece of a streamed answer, including React's rendering, next to the AI
 * SDK's `useChat`, in chats of 2, 200 and 2,000 messages. The answer has 50,000 characters. The loop that hands
 * over the pieces is measured alone in each round, and subtracted.
 *
 *     npm run bench react
 */
const sizes = [2, 200, 2_000];
// Long enough that the code is compiled, and that one frame more or less does not show.
const pieces = Array.from({ length: 10_000 }, (_, index) => `wor${index % 10} `);
const rounds = 5;

openPage();
const { createRoot } = await import("react-dom/client");
const { ownChat } = await import("./own-chat.tsx");
const { aiSdkChat } = await import("./ai-sdk-chat.tsx");

const contestants: Record<string, (messages: number) => BenchChat> = {
  "node-llm-trpc": ownChat,
  "AI SDK": (messages) => aiSdkChat(messages),
  "AI SDK, throttle 16 ms": (messages) => aiSdkChat(messages, 16),
  "AI SDK, throttle 50 ms": (messages) => aiSdkChat(messages, 50),
};

console.log(`CPU per piece in µs, median of ${rounds} answers of ${pieces.length} pieces`);
for (const messages of sizes) {
  const times = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    const loop = await measureLoop();
    for (const [name, make] of Object.entries(contestants)) {
      const time = (await measure(make(messages))) - loop;
      // The first round warms up.
      if (round > 0) times.set(name, [...(times.get(name) ?? []), time]);
    }
  }
  const own = median(times.get("node-llm-trpc") ?? []);
  const cells = [...times].map(
    ([name, all]) => `${name} ${median(all).toFixed(1)} (ratio ${(own / median(all)).toFixed(2)})`,
  );
  console.log(`${messages} messages: ${cells.join("; ")}`);
}
process.exit(0);

async function measureLoop(): Promise<number> {
  const before = process.cpuUsage();
  for (let piece = 0; piece < pieces.length; piece++) await nextTurn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / pieces.length;
}

async function measure(chat: BenchChat): Promise<number> {
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  root.render(chat.page);
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc?.();
  const before = process.cpuUsage();
  await chat.stream(pieces);
  const { user, system } = process.cpuUsage(before);
  root.unmount();
  document.body.replaceChildren();
  return (user + system) / pieces.length;
}
